/* log/journal: what is said is kept, and no name in it moves a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log/journal.h"
#include "log/ring.h"
#include <string.h>

/* What has been said since the last call. */
static const char *said(void)
{
	static char text[8192];
	static struct ring_want want;
	const struct ring *ring = ring_map_read(journal_ring());
	struct ring_record record = {.length = 0};
	size_t used = 0;

	assert_non_null(ring);
	do {
		want.bytes = text + used;
		want.room = sizeof(text) - 1 - used;
		if (!ring_next(ring, &want, &record))
			break;
		assert_int_equal(record.stream, RING_INIT);
		assert_true(record.real_ns);
		used += record.length;
	} while (used < sizeof(text) - 1);
	text[used] = '\0';
	ring_unmap(ring);
	return text;
}

static int open_journal(void **state)
{
	(void)state;
	journal_open();
	return journal_ring() < 0;
}

static void keeps_lines(void **state)
{
	(void)state;
	say("web: exited %u", 3U);
	say_lines("a.tab:1: one\nb.tab:2: two\n");
	assert_string_equal(
		said(), "web: exited 3\na.tab:1: one\nb.tab:2: two\n");
}

static void disarms_control_bytes(void **state)
{
	static const struct {
		const char *said;
		const char *kept;
	} rows[] = {
		{"\x1b[31mred", "?[31mred"},
		{"\x7f\x01\r", "???"},
		{"a\xc2\x9b"
		 "31m",
			"a??31m"},
		{"a\x9b"
		 "31m",
			"a?31m"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xc3", "?"},
	};

	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		strcpy(line, rows[i].kept);
		strcat(line, "\n");
		say("%s", rows[i].said);
		assert_string_equal(said(), line);
		strcpy(line, rows[i].said);
		strcat(line, "\n");
		say_lines(line);
		strcpy(line, rows[i].kept);
		strcat(line, "\n");
		assert_string_equal(said(), line);
	}
}

static void keeps_long_lines(void **state)
{
	char line[1400];

	(void)state;
	memset(line, 'x', sizeof(line) - 2);
	strcpy(line + sizeof(line) - 2, "\n");
	say_lines(line);
	assert_string_equal(said(), line);
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_lines),
		cmocka_unit_test(disarms_control_bytes),
		cmocka_unit_test(keeps_long_lines),
	};

	return cmocka_run_group_tests_name(
		"journal", tests, open_journal, NULL);
}
