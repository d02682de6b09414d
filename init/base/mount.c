/* Mounts of the kernel's own file systems: see mount.h. */
#include "base/mount.h"

#include "base/file.h"
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <linux/magic.h>

/* It differs from the folder above it. */
bool mount_is_there(const char *path)
{
	SCOPED_FD fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat one;
	struct stat other;

	return fd >= 0 && fstat(fd, &one) == 0 &&
		fstatat(fd, "..", &other, 0) == 0 && one.st_dev != other.st_dev;
}

int mount_make(const struct mount_plan *wanted)
{
	unsigned long again = mount_is_there(wanted->path) ? MS_REMOUNT : 0;

	/* where that fails, mount tells why */
	mkdir(wanted->path, 0755);
	return mount(wanted->type, wanted->path, wanted->type,
		wanted->flags | again,
		*wanted->options ? wanted->options : NULL);
}

bool mount_in_ram(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
		(fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
}
