/* Label and UUID of file systems, from bytes laid out as their makers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/superblock.h"
#include <string.h>

struct row {
	unsigned magic_at;
	const char *magic;
	unsigned label_at;
	const char *label;
	unsigned id_at;
	const char *uuid;
};

static const struct row rows[] = {
	{1080, "\x53\xef", 1144, "data", 1128,
		"30313233-3435-3637-3839-3a3b3c3d3e3f"},
	{1080, "\x53\xef", 1144, "sixteen bytes ab", 1128,
		"30313233-3435-3637-3839-3a3b3c3d3e3f"},
	{1024, "\xe2\xe1\xf5\xe0", 1088, "root", 1072,
		"30313233-3435-3637-3839-3a3b3c3d3e3f"},
	{0, "XFSB", 108, "twelve bytes", 32,
		"30313233-3435-3637-3839-3a3b3c3d3e3f"},
	{82, "FAT32   ", 71, "BOOT", 67, "3332-3130"},
	{54, "FAT16   ", 43, "A B", 39, "3332-3130"},
	{54, "FAT12   ", 43, "FLOPPY", 39, "3332-3130"},
};

static void names_of_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned char bytes[SUPERBLOCK_BYTES] = {0};
		struct superblock block;
		unsigned serial = strlen(rows[i].uuid) == 9;

		for (unsigned at = 0; at < (serial ? 4 : 16); at++)
			bytes[rows[i].id_at + at] = (unsigned char)('0' + at);
		if (serial)
			memset(bytes + rows[i].label_at, ' ', 11);
		memcpy(bytes + rows[i].label_at, rows[i].label,
			strlen(rows[i].label));
		memcpy(bytes + rows[i].magic_at, rows[i].magic,
			strlen(rows[i].magic));
		assert_true(superblock_read(&block, bytes, sizeof(bytes)));
		assert_string_equal(block.label, rows[i].label);
		assert_string_equal(block.uuid, rows[i].uuid);
		assert_false(superblock_read(&block, bytes, sizeof(bytes) - 1));
	}
}

static void nothing_known(void **state)
{
	unsigned char bytes[SUPERBLOCK_BYTES] = {0};
	struct superblock block;

	(void)state;
	assert_false(superblock_read(&block, bytes, sizeof(bytes)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_each),
		cmocka_unit_test(nothing_known)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
