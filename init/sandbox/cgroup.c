/* cgroup v2: the group of one start, its limits, and its end.
 *
 * The builder makes the group and writes the limits; init only kills, removes
 * and looks. A limit that the table names and the kernel does not have stops
 * the service. cgroup-v2.rst
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define EVENTS_SIZE 512U
#define NESTED_MAX 8 /* depth of groups below a service's */
#define NESTED_TURNS 256 /* groups removed in one call */
#define CPU_PERIOD 100000U /* microseconds */
#define WEIGHT_DEFAULT 100U

static void group_name(
	char to[GROUP_NAME_MAX], const char *name, uint64_t generation)
{
	text_compose(to, GROUP_NAME_MAX, "%s.%llu", name,
		(unsigned long long)generation);
}

int group_make(struct build *b)
{
	char name[GROUP_NAME_MAX];
	int services = b->host->services;

	/* the rescue shell must come up on a machine without cgroups too */
	if (services < 0 && (b->service->flags & SERVICE_BUILT_IN))
		return 0;
	group_name(name, table_string(b->table, b->service->name),
		b->start->generation);
	if (mkdirat(services, name, 0755) < 0)
		return -1;
	b->group = openat(services, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->group < 0)
		return -1;
	b->object = "cgroup.max.descendants";
	return file_write(b->group, b->object,
		b->service->delegate ? GROUP_DESCENDANTS : "0");
}

static int set_number(struct build *b, const char *file, uint64_t number)
{
	char text[24];

	text_compose(text, sizeof(text), "%llu", (unsigned long long)number);
	b->object = file;
	return file_write(b->group, file, text);
}

static bool is_given(const struct amount *amount)
{
	return amount->percent || amount->bytes != LIMIT_NONE;
}

static int set_amount(
	struct build *b, const char *file, const struct amount *amount)
{
	struct sysinfo system;
	uint64_t bytes = amount->bytes;

	if (!is_given(amount))
		return 0;
	if (amount->percent) {
		if (sysinfo(&system) < 0)
			return -1;
		bytes = (uint64_t)system.totalram * system.mem_unit / 100 *
			amount->percent;
	}
	return set_number(b, file, bytes);
}

/* All of a service ends when the kernel takes its memory, whatever took it:
 * without the controller there is nothing to say and nothing to lose. */
static int end_as_one(struct build *b)
{
	b->object = "memory.oom.group";
	if (file_write(b->group, b->object, "1") == 0 ||
		(errno == ENOENT && !is_given(&b->service->memory)))
		return 0;
	return -1;
}

int group_limit_memory(struct build *b)
{
	const struct service *service = b->service;

	if (b->group < 0)
		return 0;

	if (set_amount(b, "memory.max", &service->memory) < 0 ||
		set_amount(b, "memory.high", &service->memory_high) < 0 ||
		set_amount(b, "memory.swap.max", &service->swap) < 0)
		return -1;
	return end_as_one(b);
}

int group_limit_cpu(struct build *b)
{
	const struct service *service = b->service;
	const char *cpus = table_string(b->table, service->cpus);
	char text[48];

	if (b->group < 0)
		return 0;

	if (service->cpu_weight != WEIGHT_DEFAULT && service->cpu_weight &&
		set_number(b, "cpu.weight", service->cpu_weight) < 0)
		return -1;
	b->object = "cpu.max";
	text_compose(text, sizeof(text), "%llu %u",
		(unsigned long long)service->cpu_percent * CPU_PERIOD / 100,
		CPU_PERIOD);
	if (service->cpu_percent && file_write(b->group, b->object, text) < 0)
		return -1;
	b->object = "cpuset.cpus";
	return *cpus ? file_write(b->group, b->object, cpus) : 0;
}

/* Reaper, forwarder, and the checker with what it runs, are on top of what the
 * table gives. */
int group_limit_tasks(struct build *b)
{
	if (b->group < 0)
		return 0;
	if (!b->service->tasks)
		return 0;
	return set_number(b, "pids.max",
		(uint64_t)b->service->tasks + (b->has_reaper ? 1 : 0) +
			(b->service->publish.count ? 1 : 0) +
			(service_has_checker(b->service) ? 2 : 0));
}

void sandbox_group_kill(int services, const char *name, uint64_t generation)
{
	char path[GROUP_NAME_MAX + 16];

	text_compose(path, sizeof(path), "%s.%llu/cgroup.kill", name,
		(unsigned long long)generation);
	file_write(services, path, "1");
}

int sandbox_group_freeze(
	int services, const char *name, uint64_t generation, bool frozen)
{
	char path[GROUP_NAME_MAX + 16];

	text_compose(path, sizeof(path), "%s.%llu/cgroup.freeze", name,
		(unsigned long long)generation);
	return file_write(services, path, frozen ? "1" : "0") < 0 ? -errno : 0;
}

/* Name of the first group in a group: getdents64(2). */
static bool first_below(int fd, char name[256])
{
	_Alignas(struct file_row) char bytes[1024];
	long count;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return false;
	while ((count = file_rows(fd, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < count;) {
			const struct file_row *entry =
				(const void *)(bytes + at);

			at += entry->length;
			if (entry->type != FILE_FOLDER || *entry->name == '.')
				continue;
			text_compose(name, 256, "%s", entry->name);
			return true;
		}
	return false;
}

/* Removes the groups below one, the deepest first. */
static COLD void remove_below(int group)
{
	char name[256];
	int fds[NESTED_MAX] = {group};
	int depth = 0;

	for (int turn = 0; depth >= 0 && turn < NESTED_TURNS; turn++) {
		if (!first_below(fds[depth], name)) {
			close(fds[depth--]);
			continue;
		}
		if (unlinkat(fds[depth], name, AT_REMOVEDIR) == 0)
			continue;
		if (depth + 1 == NESTED_MAX)
			break;
		fds[depth + 1] = openat(fds[depth], name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fds[depth + 1] < 0)
			break;
		depth++;
	}
	while (depth >= 0)
		close(fds[depth--]);
}

int sandbox_group_remove(int services, const char *name, uint64_t generation)
{
	char group[GROUP_NAME_MAX];
	int fd;

	if (services < 0)
		return 0;
	group_name(group, name, generation);
	if (unlinkat(services, group, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return -errno;
	fd = openat(services, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	remove_below(fd);
	return unlinkat(services, group, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

/* Of a file with a key and a number a line. */
static bool is_counted(const char *line, const char *key)
{
	size_t length = strlen(key);

	while (strncmp(line, key, length) != 0) {
		line = strchr(line, '\n');
		if (!line++)
			return false;
	}
	return line[length] != '0';
}

bool sandbox_group_is_empty(int services, const char *name, uint64_t generation)
{
	char path[GROUP_NAME_MAX + 16];
	char events[EVENTS_SIZE] = "";

	text_compose(path, sizeof(path), "%s.%llu/cgroup.events", name,
		(unsigned long long)generation);
	return file_read(services, path, events, sizeof(events)) > 0 &&
		!is_counted(events, "populated ");
}

bool sandbox_group_oom(int services, const char *name, uint64_t generation)
{
	char path[GROUP_NAME_MAX + 16];
	char events[EVENTS_SIZE];
	ssize_t size;
	int fd;

	text_compose(path, sizeof(path), "%s.%llu/memory.events", name,
		(unsigned long long)generation);
	fd = openat(services, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, events, sizeof(events) - 1);
	close(fd);
	events[size > 0 ? size : 0] = '\0';
	return is_counted(events, "oom_kill ");
}
