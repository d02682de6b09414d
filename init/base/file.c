/* Short files and rows of folders: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void file_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int file_write(int at, const char *path, const char *text)
{
	int fd = openat(at, path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);
	ssize_t done = fd < 0 ? -1 : write(fd, text, (size_t)length);
	int error = done >= 0 && done < length ? EIO : errno;

	file_close(&fd);
	errno = error;
	return done == length ? 0 : -1;
}

ssize_t file_read(int at, const char *path, char *to, size_t size)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, to, size - 1);
	int error = errno;

	to[got > 0 ? got : 0] = '\0';
	file_close(&fd);
	errno = error;
	return got;
}

long file_rows(int folder, void *rows, size_t size)
{
	return syscall(SYS_getdents64, folder, rows, size);
}
