/* Small helps of this folder: fds that close themselves, short files, mounts.
 */
#ifndef BOOT_FILE_H
#define BOOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Closes an fd at the end of its scope. */
void file_close(const int *fd);
#define SCOPED_FD __attribute__((cleanup(file_close))) int

/* Writes the text with one write(2) to what is there, below the directory
 * `at`. 0, or -1 with errno. */
int file_write(int at, const char *path, const char *text)
	__attribute__((nonnull));

/* Reads the beginning, at most size - 1 bytes, and ends it with a NUL. How
 * many, or -1 with errno and an empty text. */
ssize_t file_read(int at, const char *path, char *to, size_t size)
	__attribute__((nonnull));

/* Without pointers: each would cost a relocation of 24 bytes. */
struct file_mount {
	char type[10]; /* also its source */
	char path[16]; /* made where it is missing */
	char options[32]; /* "": none */
	char needs[20]; /* of the kernel's configuration */
	unsigned long flags;
};

/* Mounts it; what is a mount already is only set anew. 0, or -1 with errno.
 * mount(2) */
int file_mount(const struct file_mount *wanted) __attribute__((nonnull));

/* Whether it is a file system in RAM, with nothing to lose or to pivot. */
bool file_in_ram(const char *path) __attribute__((nonnull));

#endif
