/* Small helps with files: descriptors that close themselves, short files, and
 * the rows of a folder. No allocation.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Closes an fd at the end of its scope; errno stays. */
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

/* What getdents64(2) fills in; musl's own needs opendir, which allocates. */
struct file_row {
	uint64_t inode;
	int64_t next;
	uint16_t length; /* of this row */
	uint8_t type; /* FILE_*, or another */
	char name[];
};

#define FILE_CHARACTER 2U
#define FILE_FOLDER 4U
#define FILE_BLOCK 6U

/* Reads rows of an open folder from where it stands: bytes, 0 at its end, or -1
 * with errno. rows: aligned as struct file_row. */
long file_rows(int folder, void *rows, size_t size) __attribute__((nonnull));

#endif
