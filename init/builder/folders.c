/* Folders of the host that are opened or made for a service, without following
 * a link on the way, and copies of mounts. openat2(2)
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ROOM 512U

int folders_open(int at, const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = K_RESOLVE_NO_SYMLINKS};

	return kernel_openat2(at, path, &how);
}

int folders_make(int at, const char *name)
{
	int fd = folders_open(at, name);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* another builder may make it at the same time */
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return folders_open(at, name);
}

/* All but "." and "..", which come in any order. */
bool folders_are_empty(int folder)
{
	_Alignas(struct file_row) char rows[ROOM];
	SCOPED_FD fd = folders_open(folder, ".");
	long got = fd < 0 ? -1 : file_rows(fd, rows, sizeof(rows));

	for (long at = 0; at < got;) {
		const struct file_row *row = (const void *)(rows + at);

		if (strcmp(row->name, ".") != 0 && strcmp(row->name, "..") != 0)
			return false;
		at += row->length;
	}
	return got >= 0;
}

int mounts_clone(int folder, unsigned attributes)
{
	const struct kernel_mount_attr wanted = {
		.attr_set = MOUNTS_SAFE | attributes,
		.propagation = MS_PRIVATE};
	int tree = kernel_open_tree(folder, "",
		K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC | K_AT_EMPTY_PATH);

	if (tree < 0 || kernel_mount_setattr(tree, &wanted) == 0)
		return tree;
	file_close(&tree);
	return -1;
}
