/* Label and UUID of a file system: see superblock.h. Where they stand: ext4
 * in the kernel's Documentation/filesystems/ext4/super.rst, erofs and xfs in
 * their on-disk headers, vfat in the extended boot record.
 */
#include "base/superblock.h"

#include <string.h>

static const struct layout {
	unsigned magic_at;
	unsigned magic_length;
	char magic[8];
	unsigned label_at;
	unsigned label_length;
	unsigned id_at;
	unsigned id_length; /* 16: UUID; 4: serial number of vfat */
} layouts[] = {
	{1024 + 56, 2, "\x53\xef", 1024 + 120, 16, 1024 + 104, 16}, /* ext */
	{1024, 4, "\xe2\xe1\xf5\xe0", 1024 + 64, 16, 1024 + 48, 16}, /* erofs */
	{0, 4, "XFSB", 108, 12, 32, 16},
	{82, 8, "FAT32   ", 71, 11, 67, 4},
	{54, 5, "FAT16", 43, 11, 39, 4},
	{54, 5, "FAT12", 43, 11, 39, 4},
};

static void put_hex(char **to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	*(*to)++ = digits[byte >> 4];
	*(*to)++ = digits[byte & 15];
}

static void write_uuid(char *to, const unsigned char *bytes)
{
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		put_hex(&to, bytes[i]);
	}
	*to = '\0';
}

/* Little-endian. */
static void write_serial(char *to, const unsigned char *bytes)
{
	for (unsigned i = 4; i-- > 0;) {
		put_hex(&to, bytes[i]);
		if (i == 2)
			*to++ = '-';
	}
	*to = '\0';
}

static void write_label(char *to, const unsigned char *bytes, size_t length)
{
	memcpy(to, bytes, length);
	to[length] = '\0';
	length = strlen(to);
	while (length && to[length - 1] == ' ')
		to[--length] = '\0';
}

bool superblock_read(
	struct superblock *block, const unsigned char *bytes, size_t size)
{
	if (size < SUPERBLOCK_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		const struct layout *at = &layouts[i];

		if (memcmp(bytes + at->magic_at, at->magic, at->magic_length) !=
			0)
			continue;
		write_label(
			block->label, bytes + at->label_at, at->label_length);
		if (at->id_length == 4)
			write_serial(block->uuid, bytes + at->id_at);
		else
			write_uuid(block->uuid, bytes + at->id_at);
		return true;
	}
	return false;
}
