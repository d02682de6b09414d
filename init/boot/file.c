/* Short files and mounts of the kernel's own file systems: see file.h. */
#include "boot/file.h"

#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#define PATH_SIZE 64U

void file_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int file_write(int at, const char *path, const char *text)
{
	SCOPED_FD fd = openat(at, path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);
	ssize_t done = fd < 0 ? -1 : write(fd, text, (size_t)length);

	if (done >= 0 && done < length)
		errno = EIO;
	return done == length ? 0 : -1;
}

ssize_t file_read(int at, const char *path, char *to, size_t size)
{
	SCOPED_FD fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, to, size - 1);

	to[got > 0 ? got : 0] = '\0';
	return got;
}

/* A mount differs from the folder above it. */
static bool is_mounted(const char *path)
{
	char above[PATH_SIZE];
	struct stat one;
	struct stat other;

	text_compose(above, sizeof(above), "%s/..", path);
	return stat(path, &one) == 0 && stat(above, &other) == 0 &&
		one.st_dev != other.st_dev;
}

int file_mount(const struct file_mount *wanted)
{
	unsigned long again = is_mounted(wanted->path) ? MS_REMOUNT : 0;

	/* where that fails, mount tells why */
	mkdir(wanted->path, 0755);
	return mount(wanted->type, wanted->path, wanted->type,
		wanted->flags | again,
		*wanted->options ? wanted->options : NULL);
}

bool file_in_ram(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
		(fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
}
