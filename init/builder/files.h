/* What the files of builder/ that make a service's files share. */
#ifndef BUILDER_FILES_H
#define BUILDER_FILES_H

#include "sandbox/build.h"

/* A detached copy of one mount from an open folder on: its fd, or -1 with
 * errno. attributes: K_MOUNT_ATTR_* besides MOUNTS_SAFE. */
int mounts_clone(int folder, unsigned attributes);

/* A folder below another, or absolute, made with mode 0700 where it is missing.
 * No link is followed. Its fd, or -1 with errno. */
int folders_open(int at, const char *path);
int folders_make(int at, const char *name);
bool folders_are_empty(int folder);

/* A regular file of the host of at most so many bytes: no link is followed. Its
 * fd, or -1 with errno. */
int source_open(const struct build *b, const char *path, off_t most,
	off_t *size) __attribute__((nonnull));

/* Whether a state's files belong to the ids that the service sees. */
bool state_is_seen(const struct service *service, int folder)
	__attribute__((nonnull));

/* The mounts of the table, and how many. */
static inline const struct mount_entry *mounts_of(
	const struct build *b, uint32_t *count)
{
	*count = b->service->mounts.count;
	return table_pointer(b->table, b->service->mounts.at);
}

#endif
