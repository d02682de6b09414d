/* Mounts of the kernel's own file systems. */
#ifndef BASE_MOUNT_H
#define BASE_MOUNT_H

#include <stdbool.h>

/* Without pointers: each would cost a relocation of 24 bytes. */
struct mount_plan {
	char type[10]; /* also its source */
	char path[16]; /* made where it is missing */
	char options[32]; /* "": none */
	char needs[20]; /* of the kernel's configuration */
	unsigned long flags;
};

/* Mounts it; what is a mount already is only set anew. 0, or -1 with errno.
 * mount(2) */
int mount_make(const struct mount_plan *wanted) __attribute__((nonnull));

/* Whether something is mounted there, that is not of what lies above. */
bool mount_is_there(const char *path) __attribute__((nonnull));

/* Whether it is a file system in RAM, with nothing to lose or to pivot. */
bool mount_in_ram(const char *path) __attribute__((nonnull));

#endif
