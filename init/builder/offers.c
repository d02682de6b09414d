/* What services offer each other: a small tmpfs for each, on the host where
 * only root comes, so that it outlives the service that offers and can be
 * there before it. Whoever needs it first makes it.
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NAME_SIZE 256U

/* All folders on the way, each for root alone but those that are there. */
static int make_folders(const char *path)
{
	int at = folders_open(AT_FDCWD, "/");

	while (at >= 0 && *path) {
		char name[NAME_SIZE];
		size_t length = strcspn(++path, "/");
		int next;

		text_compose(name, sizeof(name), "%.*s", (int)length, path);
		path += length;
		next = folders_make(at, name);
		file_close(&at);
		at = next;
	}
	return at;
}

static int mount_offer(const struct mount_entry *entry, int folder)
{
	char size[40];
	const char *const options[] = {
		size, "nr_inodes=4096", "mode=0755", NULL};
	SCOPED_FD mount = -1;

	text_compose(size, sizeof(size), "size=%llu",
		(unsigned long long)entry->size);
	mount = mounts_new("tmpfs", options, MOUNTS_SAFE | K_MOUNT_ATTR_NOEXEC);
	return mount < 0 ? -1 : kernel_attach(mount, folder);
}

/* Two builders would mount twice, hence the lock. */
static int make(const struct build *b, const struct mount_entry *entry)
{
	const char *path = table_string(b->table, entry->host);
	SCOPED_FD lock = mounts_lock(b);
	SCOPED_FD folder = -1;

	if (lock < 0)
		return -1;
	folder = make_folders(path);
	if (folder < 0 ||
		(!host_is_mounted(folder) && mount_offer(entry, folder) < 0))
		return -1;
	return folders_open(AT_FDCWD, path);
}

/* It is its owner's from its start on, who may have changed since it was
 * made. */
static int open_offer(struct build *b, const struct mount_entry *entry)
{
	SCOPED_FD folder = make(b, entry);

	if (folder < 0)
		return -1;
	if (entry->kind == MOUNT_USE)
		return mounts_clone(
			folder, K_MOUNT_ATTR_NOEXEC | K_MOUNT_ATTR_RDONLY);
	if (fchown(folder, users_outside(b->service, b->uid),
		    users_outside(b->service, b->gid)) < 0)
		return -1;
	return mounts_clone(folder, K_MOUNT_ATTR_NOEXEC);
}

/* For who listens in one, before the service is started. */
int offers_make(struct build *b)
{
	const struct list *listen = &b->service->listen;
	const struct listener *listeners = table_pointer(b->table, listen->at);
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);
	bool is_wanted = false;

	for (uint32_t i = 0; i < listen->count; i++)
		is_wanted = is_wanted || listeners[i].path;
	for (uint32_t i = 0; i < count && is_wanted; i++) {
		int folder;

		if (entries[i].kind != MOUNT_OFFER)
			continue;
		b->object = table_string(b->table, entries[i].host);
		folder = make(b, &entries[i]);
		if (folder < 0)
			return -1;
		close(folder);
	}
	b->object = NULL;
	return 0;
}

int offers_open(struct build *b)
{
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (entries[i].kind != MOUNT_OFFER &&
			entries[i].kind != MOUNT_USE)
			continue;
		b->object = table_string(b->table, entries[i].host);
		b->trees[i] = open_offer(b, &entries[i]);
		if (b->trees[i] < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}
