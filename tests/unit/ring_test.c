/* log/ring: what goes in comes out, the last records stay, readers never see
 * one that is being overwritten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 4096U

static void is_sealed_and_checked(void **state)
{
	int fd = ring_make("ring", SIZE);
	int other = memfd_create("other", 0);

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 20), -1);
	assert_null(ring_map(other));
	assert_int_equal(ftruncate(other, RING_HEAD + SIZE), 0);
	assert_null(ring_map(other));
	assert_null(ring_map(-1));
	assert_int_equal(ring_make("odd", 5000), -EINVAL);
	assert_int_equal(ring_make("small", 2048), -EINVAL);
	close(other);
	close(fd);
}

static struct ring_record record;

static void put(struct ring *ring, const char *bytes, size_t count)
{
	record = (struct ring_record){.stream = RING_OUTPUT, .instance = 7};
	ring_write(ring, &record, bytes, count);
}

static bool next(const struct ring *ring, struct ring_want *want)
{
	return ring_next(ring, want, &record);
}

static void keeps_records(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	const struct ring *view = ring_map_read(fd);
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};

	(void)state;
	assert_false(next(view, &want));
	put(ring, "hello ", 6);
	put(ring, "", 0);
	put(ring, "world", 5);
	assert_true(next(view, &want));
	assert_int_equal(record.length, 6);
	assert_int_equal(record.instance, 7);
	assert_int_equal(record.stream, RING_OUTPUT);
	assert_memory_equal(out, "hello ", 6);
	assert_true(next(view, &want));
	assert_int_equal(record.length, 0);
	want.skip = 2;
	assert_true(next(view, &want));
	assert_int_equal(record.length, 5);
	assert_memory_equal(out, "rld", 3);
	assert_false(next(view, &want));
	assert_false(want.lost);
	want.at = 1 << 30;
	assert_false(next(view, &want));
	want.at = 8;
	assert_true(next(view, &want));
	assert_true(want.lost);
	ring_unmap(view);
	ring_unmap(ring);
	close(fd);
}

/* Each record tells its number; after any number of them the oldest ones are
 * gone, and none between. */
static void forgets_the_oldest(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char text[512];
	char out[SIZE];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct ring_want want = {.bytes = out, .room = sizeof(out)};
		unsigned seen = 0;
		unsigned first = 0;
		unsigned number = 0;

		memcpy(text, &i, sizeof(i));
		put(ring, text, sizeof(i) + i * 37 % 400);
		while (next(ring, &want)) {
			memcpy(&number, out, sizeof(number));
			if (!seen)
				first = number;
			assert_int_equal(number, first + seen);
			assert_int_equal(
				record.length, sizeof(i) + number * 37 % 400);
			seen++;
		}
		assert_int_equal(number, i);
		assert_true(i < 20 || seen >= 7);
	}
	ring_unmap(ring);
	close(fd);
}

static void cuts_what_is_too_much(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char text[2 * SIZE];
	char out[2 * SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};

	(void)state;
	memset(text, 'a', sizeof(text));
	put(ring, text, sizeof(text));
	assert_true(next(ring, &want));
	assert_int_equal(record.length, SIZE / 4 - RING_ALIGN);
	ring_unmap(ring);
	close(fd);
}

static void hides_what_is_being_written(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char text[96];
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};

	(void)state;
	memset(text, 'a', sizeof(text));
	for (unsigned i = 0; i < SIZE / 128; i++)
		put(ring, text, sizeof(text));
	ring->begun = SIZE + 96;
	assert_true(next(ring, &want));
	assert_int_equal(want.from, 128);
	want.at = SIZE - 128;
	assert_true(next(ring, &want));
	assert_false(next(ring, &want));
	ring_unmap(ring);
	close(fd);
}

/* A writer that was killed has overwritten who knows what. */
static void survives_its_writer(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	struct ring *head;
	char text[96];
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};

	(void)state;
	memset(text, 'a', sizeof(text));
	for (unsigned i = 0; i < SIZE / 128; i++)
		put(ring, text, sizeof(text));
	memset(ring->data, 'x', 512);
	ring->begun = SIZE + 512;
	head = ring_map_head(fd);
	assert_non_null(head);
	record = (struct ring_record){.stream = RING_SYSLOG, .length = 3};
	ring_put(head, fd, &record, "new");
	assert_true(next(ring, &want));
	assert_int_equal(want.from, 512 + 128);
	while (next(ring, &want))
		continue;
	assert_int_equal(record.stream, RING_SYSLOG);
	assert_memory_equal(out, "new", 3);
	munmap(head, RING_HEAD);
	ring_unmap(ring);
	close(fd);
}

static void puts_around_the_end(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *head = ring_map_head(fd);
	struct ring *ring = ring_map(fd);
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};
	char text[100];

	(void)state;
	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	for (unsigned i = 0; i < 100; i++) {
		record = (struct ring_record){.length = sizeof(text)};
		ring_put(head, fd, &record, text);
		assert_true(next(ring, &want));
		assert_memory_equal(out, text, sizeof(text));
	}
	record = (struct ring_record){.length = SIZE};
	ring_put(head, fd, &record, out);
	assert_true(next(ring, &want));
	assert_int_equal(record.length, SIZE / 4 - RING_ALIGN);
	munmap(head, RING_HEAD);
	ring_unmap(ring);
	close(fd);
}

static void pours_from_a_pipe(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *head = ring_map_head(fd);
	struct ring *ring = ring_map(fd);
	int ends[2];
	char text[SIZE];
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ring_pour(head, fd, &record, ends[0]), -EAGAIN);
	for (unsigned i = 0; i < 3; i++) {
		put(ring, text, SIZE / 4 - RING_ALIGN);
		assert_true(next(ring, &want));
	}
	put(ring, text, 928);
	assert_true(next(ring, &want));
	assert_int_equal(write(ends[1], "0123456789", 10), 10);
	memset(text, 'y', sizeof(text));
	assert_int_equal(write(ends[1], text, 90), 90);
	record = (struct ring_record){.stream = RING_ERRORS};
	assert_int_equal(ring_pour(head, fd, &record, ends[0]), 32);
	assert_true(next(ring, &want));
	assert_int_equal(record.stream, RING_ERRORS);
	assert_int_equal(record.length, 32);
	assert_memory_equal(out, "0123456789y", 11);
	assert_int_equal(ring_pour(head, fd, &record, ends[0]), 68);
	assert_int_equal(ring_pour(head, fd, &record, ends[0]), -EAGAIN);
	assert_true(next(ring, &want));
	assert_int_equal(record.length, 68);
	assert_false(next(ring, &want));
	close(ends[1]);
	assert_int_equal(ring_pour(head, fd, &record, ends[0]), 0);
	close(ends[0]);
	munmap(head, RING_HEAD);
	ring_unmap(ring);
	close(fd);
}

static void stamps(void **state)
{
	struct ring_record other;

	(void)state;
	ring_stamp(&record, 0);
	ring_stamp(&other, -1000000000);
	assert_true(record.real_ns > 1000000000U);
	assert_true(other.real_ns >= record.real_ns);
	assert_true(other.boot_ns >= record.boot_ns + 1000000000);
}

static void rings_its_bell(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	const struct ring *view = ring_map_read(fd);
	uint32_t bell = view->bell;
	pid_t pid;

	(void)state;
	ring_wait(view, bell, 1);
	assert_int_equal(view->bell, bell);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(20000);
		put(ring, "x", 1);
		_exit(0);
	}
	while (view->bell == bell)
		ring_wait(view, bell, -1);
	waitpid(pid, NULL, 0);
	ring_unmap(view);
	ring_unmap(ring);
	close(fd);
}

/* Each byte tells its own record and place, so that a torn one would show. */
static void write_for_ever(struct ring *ring)
{
	char line[256];

	for (uint64_t number = 0;; number++) {
		size_t count = 1 + number % sizeof(line);

		record = (struct ring_record){.instance = (uint32_t)number};
		for (size_t i = 0; i < count; i++)
			line[i] = (char)((number + i) % 251);
		ring_write(ring, &record, line, count);
	}
}

static void is_never_torn(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char out[SIZE];
	struct ring_want want = {.bytes = out, .room = sizeof(out)};
	uint64_t seen = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		write_for_ever(ring);
	while (seen < (16U << 20)) {
		uint64_t number;

		if (!next(ring, &want))
			continue;
		number = record.instance;
		assert_int_equal(record.length, 1 + number % 256);
		for (size_t i = 0; i < record.length; i++)
			if (out[i] != (char)((number + i) % 251))
				fail_msg("torn in %lu", (unsigned long)number);
		seen += record.length;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ring_unmap(ring);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_sealed_and_checked),
		cmocka_unit_test(keeps_records),
		cmocka_unit_test(forgets_the_oldest),
		cmocka_unit_test(cuts_what_is_too_much),
		cmocka_unit_test(hides_what_is_being_written),
		cmocka_unit_test(survives_its_writer),
		cmocka_unit_test(puts_around_the_end),
		cmocka_unit_test(pours_from_a_pipe),
		cmocka_unit_test(stamps),
		cmocka_unit_test(rings_its_bell),
		cmocka_unit_test(is_never_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
