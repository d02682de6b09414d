/* Credentials: files of the host, copied at each start for a service's user
 * alone, into memory that is never swapped and is gone with the service.
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define BYTES_MAX (1 << 20)

/* Looked at before it is opened: a fifo or a device is never read. */
int source_open(
	const struct build *b, const char *path, off_t most, off_t *size)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = K_RESOLVE_NO_SYMLINKS};
	SCOPED_FD found = kernel_openat2(AT_FDCWD, path, &how);
	struct stat status;
	char name[40];

	if (found < 0 || fstat(found, &status) < 0)
		return -1;
	if (!S_ISREG(status.st_mode) || status.st_size > most) {
		errno = S_ISREG(status.st_mode) ? EFBIG : EPERM;
		return -1;
	}
	*size = status.st_size;
	text_compose(name, sizeof(name), "self/fd/%u", (unsigned)found);
	return openat(b->host->proc, name, O_RDONLY | O_CLOEXEC);
}

/* A file that shrinks meanwhile is copied as far as it goes. */
static int copy(int to, int from, off_t size)
{
	while (size > 0) {
		ssize_t done = sendfile(to, from, NULL, (size_t)size);

		if (done <= 0)
			return (int)done;
		size -= done;
	}
	return 0;
}

static int give(const struct build *b, int at, const char *name)
{
	return fchownat(at, name, users_outside(b->service, b->uid),
		users_outside(b->service, b->gid), K_AT_EMPTY_PATH);
}

static int add_file(
	const struct build *b, const struct mount_entry *entry, int folder)
{
	const char *name = strrchr(table_string(b->table, entry->inside), '/');
	off_t size = 0;
	SCOPED_FD from = source_open(b, b->object, BYTES_MAX, &size);
	SCOPED_FD to = -1;

	if (from < 0)
		return -1;
	to = openat(folder, name + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		0400);
	if (to < 0 || copy(to, from, size) < 0)
		return -1;
	return give(b, folder, name + 1);
}

static int add_entry(
	struct build *b, const struct mount_entry *entry, int folder)
{
	b->object = table_string(b->table, entry->host);
	if (host_has(b, b->object) && add_file(b, entry, folder) == 0)
		return 0;
	if (!entry->optional || errno != ENOENT)
		return -1;
	build_left_out(b);
	return 0;
}

static int make_folder(void)
{
	static const char *const options[] = {"mode=0500", NULL};

	return mounts_new("ramfs", options, MOUNTS_SAFE | K_MOUNT_ATTR_NOEXEC);
}

/* The folder of all is the tree of the first. */
int credentials_copy(struct build *b)
{
	const struct kernel_mount_attr sealed = {
		.attr_set = K_MOUNT_ATTR_RDONLY};
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);
	int folder = -1;

	for (uint32_t i = 0; i < count; i++) {
		if (entries[i].kind != MOUNT_CREDENTIAL)
			continue;
		if (folder < 0)
			folder = b->trees[i] = make_folder();
		if (folder < 0 || add_entry(b, &entries[i], folder) < 0)
			return -1;
	}
	b->object = NULL;
	if (folder < 0)
		return 0;
	return give(b, folder, "") < 0 ? -1
				       : kernel_mount_setattr(folder, &sealed);
}
