/* log/ring: what goes in comes out, the last bytes stay, readers never see a
 * byte that is being overwritten. */
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

static void keeps_the_last_bytes(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	const struct ring *view = ring_map_read(fd);
	char in[3 * SIZE];
	char out[3 * SIZE];
	uint64_t from = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + i / 256);
	assert_int_equal(ring_read(view, &from, out, sizeof(out)), 0);
	ring_write(ring, "hello ", 6);
	ring_write(ring, "world", 5);
	assert_int_equal(ring_read(view, &from, out, 4), 4);
	assert_int_equal(ring_read(view, &from, out + 4, 100), 7);
	assert_memory_equal(out, "hello world", 11);
	assert_int_equal(from, 11);
	ring_write(ring, in, sizeof(in));
	assert_int_equal(ring_read(view, &from, out, sizeof(out)), SIZE);
	assert_memory_equal(out, in + 2 * SIZE, SIZE);
	assert_int_equal(from, 11 + sizeof(in));
	from = 1 << 30;
	assert_int_equal(ring_read(view, &from, out, sizeof(out)), 0);
	assert_int_equal(from, 11 + sizeof(in));
	ring_unmap(view);
	ring_unmap(ring);
	close(fd);
}

static void hides_what_is_being_written(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char text[SIZE];
	char out[SIZE];
	uint64_t from = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	ring_write(ring, text, sizeof(text));
	ring->begun = SIZE + 96;
	assert_int_equal(ring_read(ring, &from, out, sizeof(out)), SIZE - 96);
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
	uint64_t from = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(ring_pour(head, fd, ends[0], SIZE), -EAGAIN);
	ring_write(ring, text, 4000);
	assert_int_equal(write(ends[1], "0123456789", 10), 10);
	memset(text, 'y', sizeof(text));
	assert_int_equal(write(ends[1], text, 90), 90);
	assert_int_equal(ring_pour(head, fd, ends[0], SIZE), 96);
	assert_int_equal(ring_pour(head, fd, ends[0], SIZE), 4);
	assert_int_equal(ring_pour(head, fd, ends[0], SIZE), -EAGAIN);
	from = 4000;
	assert_int_equal(ring_read(ring, &from, out, sizeof(out)), 100);
	assert_memory_equal(out, "0123456789y", 11);
	close(ends[1]);
	assert_int_equal(ring_pour(head, fd, ends[0], SIZE), 0);
	close(ends[0]);
	munmap(head, RING_HEAD);
	ring_unmap(ring);
	close(fd);
}

/* Each byte tells its own position, so that a torn one would show. */
static void write_for_ever(struct ring *ring)
{
	char line[256];
	uint64_t at = 0;

	for (;;) {
		size_t count = 1 + at % sizeof(line);

		for (size_t i = 0; i < count; i++)
			line[i] = (char)((at + i) % 251);
		ring_write(ring, line, count);
		at += count;
	}
}

static void is_never_torn(void **state)
{
	int fd = ring_make("ring", SIZE);
	struct ring *ring = ring_map(fd);
	char out[SIZE];
	uint64_t from = 0;
	uint64_t seen = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		write_for_ever(ring);
	while (seen < (64U << 20)) {
		size_t count = ring_read(ring, &from, out, sizeof(out));

		for (size_t i = 0; i < count; i++)
			if (out[i] != (char)((from - count + i) % 251))
				fail_msg("torn at %lu",
					(unsigned long)(from - count + i));
		seen += count;
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
		cmocka_unit_test(keeps_the_last_bytes),
		cmocka_unit_test(hides_what_is_being_written),
		cmocka_unit_test(pours_from_a_pipe),
		cmocka_unit_test(is_never_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
