/* The names that a file system carries: label and UUID, read from the first
 * bytes of its device. Pure. Used by boot/ to find the device of a mount.
 */
#ifndef BASE_SUPERBLOCK_H
#define BASE_SUPERBLOCK_H

#include <stdbool.h>
#include <stddef.h>

#define SUPERBLOCK_BYTES 2048U /* of the device, from its start */

struct superblock {
	char label[17]; /* without blanks at its end; may be empty */
	char uuid[37]; /* lower case; of vfat "1234-abcd" */
};

/* Reads ext2 to ext4, erofs, xfs and vfat; squashfs has no names. False: none
 * of these, or too few bytes. */
bool superblock_read(struct superblock *block, const unsigned char *bytes,
	size_t size) __attribute__((nonnull));

#endif
