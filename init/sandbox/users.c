/* User namespaces: the id maps, and who a process becomes. */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>

uint32_t users_outside(const struct service *service, uint32_t inside)
{
	if (!service->id_count)
		return inside;
	if (inside == NOBODY && service->id_count - 1 <= NOBODY)
		return service->first_id + service->id_count - 1;
	return service->first_id + inside;
}

size_t users_map(const struct service *service, char *to, size_t size)
{
	uint32_t last = service->id_count - 1;

	if (last > NOBODY)
		return text_compose(to, size, "0 %u %u\n", service->first_id,
			service->id_count);
	return text_compose(to, size, "0 %u %u\n%u %u 1\n", service->first_id,
		last, NOBODY, service->first_id + last);
}

static int write_map(
	struct build *b, pid_t pid, const char *file, const char *map)
{
	char path[64];

	text_compose(path, sizeof(path), "%u/%s", (unsigned)pid, file);
	return file_write(b->host->proc, path, map);
}

/* Each map can be written once, by one write. */
int users_map_process(struct build *b, pid_t pid)
{
	char map[96];

	if (b->service->id_count < 2) {
		errno = ERANGE;
		return -1;
	}
	users_map(b->service, map, sizeof(map));
	b->object = "uid_map";
	if (write_map(b, pid, "uid_map", map) < 0)
		return -1;
	b->object = "gid_map";
	return write_map(b, pid, "gid_map", map);
}

int users_write(struct build *b)
{
	return is_own(b, SPACE_USER)
		? users_map_process(b, b->start->pids->reaper)
		: 0;
}

/* Until here the reaper has the host's uid 0, by which the host's sysctls can
 * be written and no file can be made. With the host's user namespace it stays
 * the host's root, and caps_drop() takes its power. */
int users_become_root(struct build *b)
{
	(void)b;
	return kernel_setgroups(0, NULL) < 0 || kernel_setgid(0) < 0
		? -1
		: kernel_setuid(0);
}

int users_become(struct build *b)
{
	if (caps_keep(b) < 0)
		return -1;
	b->object = "supplementary groups";
	if (kernel_setgroups(b->service->groups.count, b->groups) < 0)
		return -1;
	b->object = "group";
	if (kernel_setgid(b->gid) < 0)
		return -1;
	b->object = "user";
	return kernel_setuid(b->uid);
}
