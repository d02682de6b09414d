/* Id-mapped mounts: what belongs to an id on disk belongs to the same id
 * inside. The map is that of the service's user namespace, so it is set
 * between the two: when the reaper has its ids, and before it attaches what
 * the builder holds as well. mount_setattr(2)
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>

static int open_space(const struct build *b)
{
	char path[64];

	text_compose(path, sizeof(path), "%u/ns/user",
		(unsigned)b->start->pids->reaper);
	return openat(b->host->proc, path, O_RDONLY | O_CLOEXEC);
}

static int map_tree(const struct build *b, int tree)
{
	SCOPED_FD space = open_space(b);
	const struct kernel_mount_attr attributes = {
		.attr_set = K_MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)space};

	return space < 0 ? -1 : kernel_mount_setattr(tree, &attributes);
}

/* Without maps a new directory is given to the host's ids, once and for all:
 * those of a service depend on its name alone. */
static int map_state(const struct build *b, int tree)
{
	const struct service *service = b->service;

	if (!state_is_seen(service, tree) || map_tree(b, tree) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	if (folders_are_empty(tree))
		return fchownat(tree, "", users_outside(service, b->uid),
			users_outside(service, b->gid), K_AT_EMPTY_PATH);
	errno = EINVAL;
	return -1;
}

int ids_map(struct build *b)
{
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);
	int done = 0;

	for (uint32_t i = 0; i < count && done == 0; i++) {
		if (b->trees[i] < 0)
			continue;
		b->object = table_string(b->table, entries[i].host);
		if (entries[i].kind == MOUNT_STATE)
			done = map_state(b, b->trees[i]);
		else if (entries[i].mapped && is_own(b, SPACE_USER))
			done = map_tree(b, b->trees[i]);
	}
	return done;
}
