/* Short files and rows of folders: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void file_close(const int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	errno = error;
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

long file_rows(int folder, void *rows, size_t size)
{
	return syscall(SYS_getdents64, folder, rows, size);
}
