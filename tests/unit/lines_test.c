/* log/lines and base/moment: records become lines, times become words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/moment.h"
#include "log/lines.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIZE 65536U

static struct {
	struct ring *ring;
	struct lines lines;
	char bytes[SIZE / 4];
	uint32_t instance;
	int fd;
} t;

static int open_ring(void **state)
{
	(void)state;
	t.fd = ring_make("ring", SIZE);
	t.ring = ring_map(t.fd);
	t.instance = 1;
	lines_open(&t.lines, t.ring, &(struct lines_place){0}, t.bytes,
		sizeof(t.bytes));
	return !t.ring;
}

static int close_ring(void **state)
{
	(void)state;
	ring_unmap(t.ring);
	close(t.fd);
	return 0;
}

static void put_bytes(enum ring_stream stream, const char *bytes, size_t count)
{
	struct ring_record record = {
		.stream = (uint16_t)stream, .instance = t.instance};

	ring_stamp(&record, 0);
	ring_write(t.ring, &record, bytes, count);
}

static void put(enum ring_stream stream, const char *text)
{
	put_bytes(stream, text, strlen(text));
}

/* "INSTANCE STREAM PRIORITY CUT:TEXT" */
static const char *text_of(const struct line *line)
{
	static char text[LINES_MOST + 64];

	snprintf(text, sizeof(text), "%u %u %d %d:%.*s", line->instance,
		line->stream, line->priority, line->cut, (int)line->length,
		line->text);
	return text;
}

static void gives(const char *wanted)
{
	struct line line;

	assert_true(lines_next(&t.lines, &line));
	assert_string_equal(text_of(&line), wanted);
}

static void gives_rest(const char *wanted)
{
	struct line line;

	assert_true(lines_rest(&t.lines, &line));
	assert_string_equal(text_of(&line), wanted);
}

static void gives_nothing(void)
{
	struct line line;

	assert_false(lines_next(&t.lines, &line));
}

static void cuts_records(void **state)
{
	struct line line;

	(void)state;
	gives_nothing();
	put(RING_OUTPUT, "one\ntwo\n\nthr");
	gives("1 1 -1 0:one");
	gives("1 1 -1 0:two");
	gives("1 1 -1 0:");
	gives_nothing();
	put(RING_ERRORS, "err");
	put(RING_OUTPUT, "ee\nfour");
	gives("1 1 -1 0:three");
	put(RING_ERRORS, "or\n");
	gives("1 2 -1 0:error");
	gives_nothing();
	gives_rest("1 1 -1 0:four");
	assert_false(lines_rest(&t.lines, &line));
	gives_nothing();
}

/* Who is started again after any line gets the next one. */
static void goes_on_at_a_place(void **state)
{
	static const char *const wanted[] = {"1 1 -1 0:one", "1 1 -1 0:two",
		"1 2 -1 0:three", "1 3 -1 0:four", "1 1 -1 0:five"};

	(void)state;
	put(RING_OUTPUT, "one\ntwo\n");
	put(RING_ERRORS, "three\n");
	put(RING_SYSLOG, "four");
	put(RING_OUTPUT, "five\n");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		struct lines_place place;

		gives(wanted[i]);
		lines_place(&t.lines, &place);
		lines_open(&t.lines, t.ring, &place, t.bytes, sizeof(t.bytes));
	}
	gives_nothing();
}

static void open_again(void)
{
	struct lines_place place;

	lines_place(&t.lines, &place);
	lines_open(&t.lines, t.ring, &place, t.bytes, sizeof(t.bytes));
}

/* Whoever goes on has each line once, whatever comes between its parts. */
static void joins_over_a_place(void **state)
{
	(void)state;
	put(RING_OUTPUT, "zero\npar");
	put(RING_ERRORS, "one\ntw");
	put(RING_SYSLOG, "three");
	gives("1 1 -1 0:zero");
	open_again();
	gives("1 2 -1 0:one");
	open_again();
	gives("1 3 -1 0:three");
	gives_nothing();
	open_again();
	gives_nothing();
	put(RING_ERRORS, "o\n");
	put(RING_OUTPUT, "tial\n");
	open_again();
	gives("1 2 -1 0:two");
	open_again();
	gives("1 1 -1 0:partial");
	open_again();
	gives_nothing();
}

/* Also while the rest of an ended start is given. */
static void ends_starts_over_a_place(void **state)
{
	(void)state;
	put(RING_OUTPUT, "last");
	put(RING_ERRORS, "words");
	t.instance = 2;
	put(RING_OUTPUT, "hel");
	gives("1 1 -1 0:last");
	open_again();
	gives("1 2 -1 0:words");
	gives_nothing();
	open_again();
	put(RING_OUTPUT, "lo\n");
	gives("2 1 -1 0:hello");
	open_again();
	gives_nothing();
}

/* A start that has ended ends its lines, also if none follows. */
static void ends_lines_at_the_end(void **state)
{
	(void)state;
	put(RING_OUTPUT, "no end");
	gives_nothing();
	put(RING_DROPPED, "");
	gives("1 1 -1 0:no end");
	gives_nothing();
	open_again();
	gives_nothing();
	t.instance = 2;
	put(RING_OUTPUT, "next\n");
	gives("2 1 -1 0:next");
}

static void ends_lines_with_their_start(void **state)
{
	(void)state;
	put(RING_OUTPUT, "last words");
	put(RING_ERRORS, "dying");
	t.instance = 2;
	put(RING_OUTPUT, "hello\n");
	gives("1 1 -1 0:last words");
	gives("1 2 -1 0:dying");
	gives("2 1 -1 0:hello");
	gives_nothing();
}

static void cuts_long_lines(void **state)
{
	char text[2 * LINES_MOST + 3];
	struct line line;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LINES_MOST] = '\n';
	put_bytes(RING_OUTPUT, text, LINES_MOST + 1);
	assert_true(lines_next(&t.lines, &line));
	assert_false(line.cut);
	assert_int_equal(line.length, LINES_MOST);
	gives_nothing();
	text[LINES_MOST] = 'x';
	text[sizeof(text) - 1] = '\n';
	put_bytes(RING_OUTPUT, text, sizeof(text));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(lines_next(&t.lines, &line));
		assert_true(line.cut);
		assert_int_equal(line.length, LINES_MOST);
	}
	gives("1 1 -1 0:xx");
	gives_nothing();
}

static void reads_priorities(void **state)
{
	static const struct {
		const char *said;
		const char *line;
	} rows[] = {
		{"<13>Nov 26 01:30:00 web[3]: hi\n", "1 3 13 0:web[3]: hi"},
		{"<13>Nov  6 01:30:00 hi", "1 3 13 0:hi"},
		{"<191>x", "1 3 191 0:x"},
		{"<192>x", "1 3 -1 0:<192>x"},
		{"<>x", "1 3 -1 0:<>x"},
		{"<1x>x", "1 3 -1 0:<1x>x"},
		{"<1", "1 3 -1 0:<1"},
		{"Nov 26 01:30:0x hi", "1 3 -1 0:Nov 26 01:30:0x hi"},
		{"Nov-26 01:30:00 hi", "1 3 -1 0:Nov-26 01:30:00 hi"},
		{"1ov 26 01:30:00 hi", "1 3 -1 0:1ov 26 01:30:00 hi"},
		{"two\nlines\n", "1 3 -1 0:two\nlines"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put(RING_SYSLOG, rows[i].said);
		gives(rows[i].line);
	}
	put(RING_OUTPUT, "<3>bad\n");
	gives("1 1 3 0:bad");
}

static void cuts_long_packets(void **state)
{
	char text[LINES_MOST + 1];
	struct line line;

	(void)state;
	memset(text, 'x', sizeof(text));
	put_bytes(RING_SYSLOG, text, sizeof(text));
	assert_true(lines_next(&t.lines, &line));
	assert_true(line.cut);
	assert_int_equal(line.length, LINES_MOST);
}

static void tells_what_is_lost(void **state)
{
	const struct ring_dropped dropped = {.bytes = 12, .packets = 3};
	char text[1000];

	(void)state;
	put_bytes(RING_DROPPED, (const char *)&dropped, sizeof(dropped));
	gives("1 4 -1 0:12 bytes and 3 messages dropped: more than its "
	      "log-rate");
	put(RING_OUTPUT, "half");
	gives_nothing();
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	for (unsigned i = 0; i < 100; i++)
		put_bytes(RING_OUTPUT, text, sizeof(text));
	gives("1 1 -1 0:half");
	gives("1 4 -1 0:what was here has been overwritten");
	put(99, "from the future\n");
	for (unsigned i = 0; i < 100; i++) {
		struct line line;

		if (!lines_next(&t.lines, &line))
			return;
		assert_int_equal(line.length, sizeof(text) - 1);
	}
	fail();
}

/* --- moments -------------------------------------------------------------- */

#define S 1000000000ULL

static void writes_moments(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{951782399 * S, "2000-02-28T23:59:59.000000Z"},
		{951782400 * S, "2000-02-29T00:00:00.000000Z"},
		{1078012800 * S, "2004-02-29T00:00:00.000000Z"},
		{1795656600 * S + 123456789, "2026-11-26T01:30:00.123456Z"},
		{4107542400 * S, "2100-03-01T00:00:00.000000Z"},
	};

	char text[MOMENT_SIZE];
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		moment_text(text, rows[i].ns);
		assert_string_equal(text, rows[i].text);
		text[19] = '\0';
		assert_true(moment_read(text, 0, &ns));
		assert_int_equal(ns, rows[i].ns / S * S);
	}
}

static void reads_moments(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} rows[] = {
		{"01:29", 1795656540},
		{"1:30:00", 1795656600},
		{"01:31", 1795656660 - 86400},
		{"2026-11-26", 1795651200},
		{"2026-11-26 01:30", 1795656600},
	};

	static const char *const wrong[] = {"", "1", "24:00", "1:60", "1:2:3:4",
		"1:", "a:b", "2026-13-01", "2026-1-1", "1969-12-31",
		"2026-11-26T", "2026-11-32", "2026-11-26Tx", "00001:10",
		"2026-00-10", "2501-01-01", "2026/11/26", "2026-11-00"};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(moment_read(rows[i].text, 1795656600 * S, &ns));
		assert_int_equal(ns, rows[i].seconds * S);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(moment_read(wrong[i], 1795656600 * S, &ns));
}

static void reads_spans(void **state)
{
	static const char *const wrong[] = {
		"", "5", "m", "5w", "5mm", "1234567890s", "999999999d"};
	uint64_t ns;

	(void)state;
	assert_true(moment_span("10m", &ns));
	assert_int_equal(ns, 600 * S);
	assert_true(moment_span("2d", &ns));
	assert_int_equal(ns, 172800 * S);
	assert_true(moment_span("1h", &ns));
	assert_true(moment_span("0s", &ns));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(moment_span(wrong[i], &ns));
}

#define WITH_RING(test) \
	cmocka_unit_test_setup_teardown(test, open_ring, close_ring)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_RING(cuts_records),
		WITH_RING(goes_on_at_a_place),
		WITH_RING(joins_over_a_place),
		WITH_RING(ends_starts_over_a_place),
		WITH_RING(ends_lines_at_the_end),
		WITH_RING(ends_lines_with_their_start),
		WITH_RING(cuts_long_lines),
		WITH_RING(reads_priorities),
		WITH_RING(cuts_long_packets),
		WITH_RING(tells_what_is_lost),
		cmocka_unit_test(writes_moments),
		cmocka_unit_test(reads_moments),
		cmocka_unit_test(reads_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
