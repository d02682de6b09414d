/* Files as bytes. Only regular files are read, so a fifo or a device that was
 * put in place of a table cannot hold the loader.
 */
#include "load/files.h"

#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LIST_MAX 4096 /* files of a folder */
#define PARSER_RESERVE ((size_t)192 << 20) /* left for what is made of them */

static const char *refuse_kind(const struct stat *status, size_t most)
{
	errno = 0;
	if (S_ISDIR(status->st_mode))
		return "is a directory; name the file";
	if (!S_ISREG(status->st_mode))
		return "not a regular file; only such are read";
	if (status->st_mode & S_IWOTH)
		return "anyone may write it; chmod o-w";
	if ((unsigned long long)status->st_size > most)
		return "too large; make it smaller";
	return NULL;
}

/* Reads all of fd behind the arena's end. -1 with errno. */
static ssize_t read_all(int fd, struct arena *arena, size_t most)
{
	char *to = arena->start + arena->used;
	size_t used = 0;
	ssize_t got;

	do {
		got = read(fd, to + used, most + 1 - used);
		if (got > 0)
			used += (size_t)got;
	} while ((got > 0 && used <= most) || (got < 0 && errno == EINTR));
	arena->used += used;
	return got < 0 ? -1 : (ssize_t)used;
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_size == other->st_size &&
		one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
		one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

const char *files_read(
	int at, struct table_text *file, size_t most, struct arena *arena)
{
	SCOPED_FD fd = openat(
		at, file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *start = arena->start + arena->used;
	struct stat before;
	struct stat after;
	const char *why;
	ssize_t got;

	if (fd < 0 || fstat(fd, &before) < 0)
		return strerror(errno);
	why = refuse_kind(&before, most);
	if (why)
		return why;
	if (arena_left(arena) <= most + PARSER_RESERVE)
		return "no room for so many files; make them smaller";
	got = read_all(fd, arena, most);
	if (got < 0 || fstat(fd, &after) < 0)
		return strerror(errno);
	errno = 0;
	if (!is_same(&before, &after) || got != before.st_size)
		return "changed while it was read; load it again";
	file->bytes = start;
	file->size = (size_t)got;
	return NULL;
}

struct listing {
	const char *folder;
	struct arena *arena;
	const char **paths;
	int count;
};

static bool is_table(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > 4 &&
		strcmp(name + length - 4, ".tab") == 0;
}

static void add_path(struct listing *list, const char *name)
{
	size_t folder = strlen(list->folder);
	size_t length = strlen(name) + 1;
	char *path;

	if (!is_table(name) || list->count == LIST_MAX)
		return;
	path = arena_take(list->arena, folder + 1 + length, 1, 1);
	memcpy(path, list->folder, folder);
	path[folder] = '/';
	memcpy(path + folder + 1, name, length);
	list->paths[list->count++] = path;
}

static int compare_paths(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

int files_list(const char *folder, struct arena *arena, const char ***paths)
{
	_Alignas(struct file_row) char rows[2048];
	struct listing list = {
		folder, arena, ARENA_ARRAY(arena, const char *, LIST_MAX), 0};
	SCOPED_FD fd =
		openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	*paths = list.paths;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((got = file_rows(fd, rows, sizeof(rows))) > 0) {
		for (long at = 0; at < got;) {
			const struct file_row *row =
				(const struct file_row *)(const void *)(rows +
					at);

			add_path(&list, row->name);
			at += row->length;
		}
	}
	if (got < 0)
		return -errno;
	qsort(list.paths, (size_t)list.count, sizeof(*list.paths),
		compare_paths);
	return list.count;
}
