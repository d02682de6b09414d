/* What the builder has to know of the host's file systems. */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Whether path is top or stands below it. */
static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 &&
		(!path[length] || path[length] == '/');
}

bool host_is_mounted(int folder)
{
	struct stat one;
	struct stat other;

	return fstat(folder, &one) == 0 &&
		fstatat(folder, "..", &other, 0) == 0 &&
		one.st_dev != other.st_dev;
}

static bool is_mounted(const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = K_RESOLVE_NO_SYMLINKS};
	SCOPED_FD folder = kernel_openat2(AT_FDCWD, path, &how);

	return folder >= 0 && host_is_mounted(folder);
}

bool host_has(const struct build *b, const char *path)
{
	const struct list *list = &b->table->file_systems;
	const struct file_system *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		const char *top = table_string(b->table, all[i].path);

		if (!is_below(path, top) || is_mounted(top))
			continue;
		errno = ENOENT;
		return false;
	}
	return true;
}
