/* A root of the service's own: a directory of the host (here) or a file system
 * in an image (image.c).
 *
 * The builder takes it as a mount that is attached nowhere, maps its ids, and
 * makes of the root template a second one with this root: with the template's
 * /dev, and its /proc and /sys, which show empty namespaces. From there on the
 * start is that of every service, and the reaper's copy has all of it locked.
 * pivot_root(2), mount_setattr(2)
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define STAGE "/dev" /* where the new root stands until it is the root */

/* The directory alone, without what the host has mounted in it. */
int root_open(struct build *b)
{
	static const struct kernel_mount_attr attributes = {
		.attr_set = ROOT_ATTRIBUTES, .propagation = MS_PRIVATE};
	SCOPED_FD source = -1;
	struct stat status;

	if (!b->service->root)
		return 0;
	b->object = table_string(b->table, b->service->root);
	source = mounts_source(b->object);
	if (source < 0 || fstat(source, &status) < 0)
		return -1;
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	b->root = kernel_open_tree(source, "",
		K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC | K_AT_EMPTY_PATH);
	return b->root < 0 ? -1 : kernel_mount_setattr(b->root, &attributes);
}

/* What root owns there belongs to the service's root. A file system that
 * cannot map ids, which is EINVAL, shows nobody as the owner of it all. */
int root_map(struct build *b)
{
	const struct kernel_mount_attr attributes = {
		.attr_set = K_MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)b->users};

	if (b->root < 0 || b->users < 0)
		return 0;
	return kernel_mount_setattr(b->root, &attributes) < 0 && errno != EINVAL
		? -1
		: 0;
}

/* No link is followed: in the root of somebody else it is a trap. */
static int attach(const struct build *b, int tree, const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = K_RESOLVE_IN_ROOT | K_RESOLVE_NO_SYMLINKS};
	SCOPED_FD target = kernel_openat2(b->root, path, &how);

	return target < 0 ? -1 : kernel_attach(tree, target);
}

static int pivot(const struct build *b)
{
	return fchdir(b->root) < 0 || kernel_pivot_root(".", ".") < 0 ||
			umount2(".", MNT_DETACH) < 0
		? -1
		: chdir("/");
}

int root_enter(struct build *b)
{
	static const char *const kept[] = {"/proc", "/sys", "/dev"};
	int trees[sizeof(kept) / sizeof(*kept)];
	SCOPED_FD stage = -1;

	if (b->root < 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		b->object = kept[i];
		trees[i] = kernel_open_tree(AT_FDCWD, kept[i],
			K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC);
		if (trees[i] < 0)
			return -1;
	}
	stage = open(STAGE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (stage < 0 || kernel_attach(b->root, stage) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		b->object = kept[i];
		if (attach(b, trees[i], kept[i]) < 0)
			return -1;
		close(trees[i]);
	}
	b->object = "/";
	return pivot(b);
}
