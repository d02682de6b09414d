/* base/state: what one init writes another one of the next version reads; what
 * is cut off or changed nobody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/state.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct old {
	uint32_t count;
	int32_t fd;
	char none[0];
	char text[12];
	uint16_t gone;
};

struct new
{
	uint64_t extra;
	char text[16];
	uint64_t count;
	int32_t fd;
};

static const struct state_field old_fields[] = {
	STATE_RECORD(struct old),
	STATE_KEPT(struct old, count),
	STATE_FILE(struct old, fd),
	STATE_KEPT(struct old, none),
	STATE_KEPT(struct old, text),
	STATE_KEPT(struct old, gone),
	STATE_END,
};

static const struct state_field new_fields[] = {
	STATE_RECORD(struct new),
	STATE_KEPT(struct new, extra),
	STATE_KEPT(struct new, text),
	STATE_KEPT(struct new, count),
	STATE_FILE(struct new, fd),
	STATE_END,
};

static const struct state_field number_fields[] = {
	STATE_RECORD(struct old),
	STATE_KEPT(struct old, count),
	STATE_END,
};

static struct old written[] = {
	{7, -1, {}, "seven", 1}, {0x80000001, 5, {}, "", 2}};

static struct state_list list_of(uint32_t count)
{
	struct state_list list = {.count = 0};

	state_add(&list, STATE_KEY("first"), old_fields, written, count);
	state_add(&list, STATE_KEY("second"), number_fields, written, 1);
	return list;
}

/* A copy in memory, to be freed. */
static char *write_state(size_t *size)
{
	const struct state_build build = {1, 2, 3};
	const struct state_list list = list_of(2);
	int fd = memfd_create("state", MFD_CLOEXEC);
	char *image;

	assert_int_equal(state_write(fd, &list, &build), 0);
	*size = (size_t)lseek(fd, 0, SEEK_END);
	image = malloc(*size);
	assert_int_equal(pread(fd, image, *size, 0), *size);
	close(fd);
	return image;
}

static void reads_what_it_knows(void **unused)
{
	struct new read[3] = {{.extra = 9}, {.extra = 8}, {.count = 6}};
	const struct state_part part = {
		STATE_KEY("first"), 3, new_fields, read};
	size_t size;
	char *image = write_state(&size);

	(void)unused;
	assert_int_equal(state_check(image, size), STATE_SOUND);
	assert_int_equal(state_count(image, STATE_KEY("first")), 2);
	assert_int_equal(state_count(image, STATE_KEY("second")), 1);
	assert_int_equal(state_count(image, STATE_KEY("other")), 0);
	assert_int_equal(state_build(image)->inode, 2);
	state_take(image, &part);
	assert_int_equal(read[0].count, 7);
	assert_int_equal(read[0].fd, -1);
	assert_int_equal(read[0].extra, 9); /* was not written */
	assert_string_equal(read[0].text, "seven");
	assert_int_equal(read[1].count, 0x80000001);
	assert_int_equal(read[1].extra, 8);
	assert_int_equal(read[2].count, 6); /* no such record */
	free(image);
}

static void goes_back(void **unused)
{
	struct new from[] = {{1, "0123456789abcde", 0x100000002, 3}};
	struct old to[] = {{.gone = 4}};
	struct state_list list = {.count = 0};
	const struct state_build build = {1, 2, 3};
	int fd = memfd_create("state", MFD_CLOEXEC);
	void *image;

	(void)unused;
	state_add(&list, STATE_KEY("part"), new_fields, from, 1);
	assert_int_equal(state_write(fd, &list, &build), 0);
	image = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_int_equal(state_check(image, (size_t)lseek(fd, 0, SEEK_END)),
		STATE_SOUND);
	state_take(image,
		&(struct state_part){STATE_KEY("part"), 1, old_fields, to});
	assert_int_equal(to[0].count, 2);
	assert_int_equal(to[0].gone, 4);
	assert_memory_equal(to[0].text, "0123456789ab", 12);
	munmap(image, 4096);
	close(fd);
}

/* Every byte of it counts. */
static void refuses_what_is_changed(void **unused)
{
	size_t size;
	char *image = write_state(&size);

	(void)unused;
	for (size_t i = 0; i < size; i++) {
		image[i] ^= 1;
		assert_int_not_equal(state_check(image, size), STATE_SOUND);
		image[i] ^= 1;
	}
	assert_int_equal(state_check(image, size), STATE_SOUND);
	free(image);
}

static void refuses_what_is_cut_off(void **unused)
{
	size_t size;
	char *image = write_state(&size);

	(void)unused;
	for (size_t i = 0; i < size; i++)
		assert_int_equal(state_check(image, i), STATE_DAMAGED);
	free(image);
}

/* The version stands behind magic, sum and size. */
static void knows_versions_next_to_its_own(void **unused)
{
	size_t size;
	char *image = write_state(&size);
	uint32_t version = STATE_VERSION + 2;

	(void)unused;
	memcpy(image + 24, &version, sizeof(version));
	assert_int_equal(state_check(image, size), STATE_FOREIGN);
	version = STATE_VERSION + 1;
	memcpy(image + 24, &version, sizeof(version));
	assert_int_equal(state_check(image, size), STATE_DAMAGED); /* the sum */
	free(image);
}

static void shares_and_owns_descriptors(void **unused)
{
	const struct state_list list = list_of(2);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int other = open("/dev/null", O_RDONLY);

	(void)unused;
	written[0].fd = fd;
	written[1].fd = other;
	close(other);
	state_share_fds(&list);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	state_find_fds(&list);
	assert_int_equal(written[0].fd, fd);
	assert_int_equal(written[1].fd, -1);
	state_own_fds(&list);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

/* Two members with one key would be taken for one another. */
static void refuses_keys_that_stand_twice(void **unused)
{
	static const struct state_field twice[] = {
		STATE_RECORD(struct old),
		STATE_KEPT(struct old, count),
		STATE_KEPT(struct old, fd),
		STATE_KEPT(struct old, count),
		STATE_END,
	};
	struct state_list list = {.count = 0};
	const struct state_build build = {1, 2, 3};
	int fd = memfd_create("state", MFD_CLOEXEC);
	void *image;

	(void)unused;
	state_add(&list, STATE_KEY("part"), twice, written, 1);
	assert_int_equal(state_write(fd, &list, &build), 0);
	image = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_int_equal(state_check(image, (size_t)lseek(fd, 0, SEEK_END)),
		STATE_DAMAGED);
	munmap(image, 4096);
	close(fd);
}

/* FNV-1a of "a" and 19 zeros, and of 20 letters: all of a name counts. */
static void keys_are_of_all_letters(void **unused)
{
	uint32_t sum = 2166136261U;

	(void)unused;
	for (unsigned i = 0; i < 20; i++)
		sum = (sum ^ (unsigned char)"abcdefghijklmnopqrst"[i]) *
			16777619U;
	assert_int_equal(STATE_KEY("abcdefghijklmnopqrst"), sum);
	assert_int_not_equal(STATE_KEY("abcdefghijklmnopqrsu"), sum);
	assert_int_not_equal(STATE_KEY("a"), STATE_KEY("aa"));
	assert_int_not_equal(STATE_KEY("ab"), STATE_KEY("ba"));
}

#define UNIT(how, member) "unit." #member,
#define FATE(how, member) "fate." #member,
#define SLOT(how, member) "slot." #member,
#define SPARE(how, member) "spare." #member,
#define SUPERVISOR(how, member) "super." #member,

/* A name has STATE_NAME bytes at most, and stands once. */
static void names_are_unique(void **unused)
{
	static const char *const names[] = {
#include "supervise/state.def"
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_true(strlen(strchr(names[i], '.') + 1) <= STATE_NAME);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_knows),
		cmocka_unit_test(goes_back),
		cmocka_unit_test(refuses_what_is_changed),
		cmocka_unit_test(refuses_what_is_cut_off),
		cmocka_unit_test(refuses_keys_that_stand_twice),
		cmocka_unit_test(keys_are_of_all_letters),
		cmocka_unit_test(knows_versions_next_to_its_own),
		cmocka_unit_test(shares_and_owns_descriptors),
		cmocka_unit_test(names_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
