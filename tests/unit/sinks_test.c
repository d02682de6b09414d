/* log/sinks: files of lines, as they are written, full, and found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log/sinks.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 150U /* bytes of a file: three lines */

static struct {
	char path[32];
	int folder;
	_Atomic uint64_t writing;
	struct sink_file file;
} t;

static void open_again(void)
{
	if (t.file.fd >= 0)
		close(t.file.fd);
	t.file = (struct sink_file){
		t.folder, "a", 3, MOST, -1, 0, false, &t.writing};
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(t.path, sizeof(t.path), "/tmp/sinks.XXXXXX");
	if (!mkdtemp(t.path))
		return -1;
	t.folder = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t.writing = 0;
	t.file.fd = -1;
	open_again();
	return t.folder < 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"a", "a.1", "a.2", "a.3"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlinkat(t.folder, names[i], 0);
	close(t.folder);
	if (t.file.fd >= 0)
		close(t.file.fd);
	return rmdir(t.path);
}

static void put(const char *text)
{
	const struct line line = {.stream = RING_OUTPUT,
		.priority = LINES_NO_PRIORITY,
		.text = text,
		.length = strlen(text)};

	assert_int_equal(sink_file(&t.file, "web", &line), SINK_DONE);
}

static void put_noted(const char *text)
{
	put(text);
	sink_file_noted(&t.file);
}

/* What stands in a file, less the heads of the lines; "-": there is none. */
static const char *held_by(const char *name)
{
	static char held[512];
	char bytes[1024];
	int fd = openat(t.folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
	size_t used = 0;
	char *next = bytes;
	char *line;

	if (fd < 0)
		return "-";
	close(fd);
	bytes[count] = '\0';
	held[0] = '\0';
	while ((line = strsep(&next, "\n")) != NULL && next) {
		const char *text = strstr(line, " out: ");

		used += (size_t)snprintf(held + used, sizeof(held) - used,
			"%s|", text ? text + 6 : line);
	}
	assert_string_equal(line, "");
	return held;
}

static void becomes_older_files(void **state)
{
	(void)state;
	for (char text[] = "line a"; text[5] < 'm'; text[5]++)
		put_noted(text);
	assert_string_equal(held_by("a"), "line j|line k|line l|");
	assert_string_equal(held_by("a.1"), "line g|line h|line i|");
	assert_string_equal(held_by("a.2"), "line d|line e|line f|");
	assert_string_equal(held_by("a.3"), "-");
}

/* Who was killed behind the write had no time to note it. */
static void writes_no_line_twice(void **state)
{
	(void)state;
	put_noted("one");
	put("two");
	open_again();
	put_noted("two");
	put_noted("three");
	assert_string_equal(held_by("a"), "one|two|three|");
	put("four");
	open_again();
	put_noted("four");
	assert_string_equal(held_by("a"), "four|");
	put_noted("four");
	assert_string_equal(held_by("a"), "four|four|");
}

/* And who was killed before it has not written the line. */
static void writes_a_line_that_is_not_there(void **state)
{
	(void)state;
	put_noted("one");
	t.writing = t.file.size + 1;
	open_again();
	put_noted("two");
	assert_string_equal(held_by("a"), "one|two|");
	put("six");
	open_again();
	put_noted("ten");
	assert_string_equal(held_by("a"), "ten|");
	assert_string_equal(held_by("a.1"), "one|two|six|");
}

static void ends_a_torn_line(void **state)
{
	(void)state;
	put_noted("one");
	assert_int_equal(write(t.file.fd, "torn", 4), 4);
	open_again();
	put_noted("two");
	assert_string_equal(held_by("a"), "one|torn|two|");
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(becomes_older_files),
		IN_FOLDER(writes_no_line_twice),
		IN_FOLDER(writes_a_line_that_is_not_there),
		IN_FOLDER(ends_a_torn_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
