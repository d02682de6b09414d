/* svc/words: times, ends and signals for people; what a terminal may be sent.
 * The source is included, since the tool is no archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "svc/words.c"
#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void tells_times(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} rows[] = {
		{0, "0.0 s"},
		{3249, "3.2 s"},
		{9999, "9.9 s"},
		{10000, "10 s"},
		{119999, "119 s"},
		{120000, "2 m"},
		{7199999, "119 m"},
		{7200000, "2 h"},
		{172799999, "47 h"},
		{172800000, "2 d"},
		{UINT64_MAX, "213503982334 d"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[WORDS_TIME_SIZE];

		words_time(text, rows[i].ms);
		assert_string_equal(text, rows[i].text);
	}
}

static void tells_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0"},
		{1023, "1023"},
		{1024, "1.0K"},
		{1048575, "1023.9K"},
		{1048576, "1.0M"},
		{3355443, "3.1M"},
		{(uint64_t)5 << 29, "2.5G"},
		{UINT64_MAX, "15.9E"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[WORDS_SIZE_SIZE];

		words_size(text, rows[i].bytes);
		assert_string_equal(text, rows[i].text);
	}
}

struct message_row {
	enum state state;
	enum ended ended;
	int32_t code;
	const char *text;
	const char *message;
};

static void tells_why(void **state)
{
	static const struct message_row rows[] = {
		{STATE_UP, ENDED_NEVER, 0, "", ""},
		{STATE_UP, ENDED_NEVER, 0, "ready", "ready"},
		{STATE_DONE, ENDED_EXIT, 0, "", "exited 0"},
		{STATE_FAILED, ENDED_EXIT, 3, "", "exited 3"},
		{STATE_UP, ENDED_EXIT, 3, "", "last exited 3"},
		{STATE_FAILED, ENDED_EXIT, 3, "given up",
			"given up; last exited 3"},
		{STATE_FAILED, ENDED_EXIT, 3, "exited 3 after 2 s",
			"exited 3 after 2 s"},
		{STATE_FAILED, ENDED_SIGNAL, 11, "",
			"killed by signal 11 (Segmentation fault)"},
		{STATE_BACKOFF, ENDED_SIGNAL, 9, "killed by signal 9",
			"killed by signal 9"},
		{STATE_FAILED, ENDED_OOM, 0, "", "killed: out of memory"},
		{STATE_FAILED, ENDED_OOM, 0, "given up",
			"given up; last killed: out of memory"},
		{STATE_FAILED, ENDED_BUILD, ENOENT, "",
			"was not executed: No such file or directory"},
		{STATE_FAILED, ENDED_BUILD, ENOENT, "mount /x: No such",
			"mount /x: No such"},
		{STATE_FAILED, ENDED_TIMEOUT, 0, "", "killed: not up in time"},
		{STATES + 9, ENDED_TIMEOUT + 9, 0, "", ""},
		{STATES + 9, ENDED_TIMEOUT + 9, 0, "new", "new"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct control_reply reply = {.state = rows[i].state,
			.ended = rows[i].ended,
			.code = rows[i].code};
		char text[300];
		size_t used;

		strcpy(reply.text, rows[i].text);
		used = words_message(text, sizeof(text), &reply);
		assert_string_equal(text, rows[i].message);
		assert_int_equal(used, strlen(text));
	}
}

static void tells_of_spares(void **state)
{
	static const struct {
		unsigned fate;
		unsigned marks;
		const char *text;
	} all[] = {
		{SPARE_UNWANTED, 0, ""},
		{SPARE_UNWANTED, CONTROL_SPARE_WAITS, ""},
		{SPARE_MADE, 0, "none"},
		{SPARE_MADE, CONTROL_SPARE_BUILDS, "being made"},
		{SPARE_MADE, CONTROL_SPARE_WAITS | CONTROL_IS_WANTED, "waits"},
		{SPARE_MADE, CONTROL_SPARE_WAITS | CONTROL_SPARE_BUILDS,
			"none"},
		{SPARE_NOT_TTY, 0,
			"none: 'tty': there is only one, which the running "
			"program has"},
		{SPARES, 0, ""},
	};

	char text[WORDS_SPARE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct control_reply reply = {.flags = SERVICE_SAME |
				all[i].fate << SERVICE_SPARE_SHIFT,
			.marks = all[i].marks};

		words_spare(text, &reply);
		assert_string_equal(text, all[i].text);
	}
	for (unsigned i = 0; i < SPARES; i++)
		assert_true(strlen("none: ") + strlen(spare_texts[i]) <
			WORDS_SPARE_SIZE);
}

static void reads_signals(void **state)
{
	static const struct {
		const char *text;
		uint32_t number;
	} rows[] = {
		{"TERM", SIGTERM},
		{"SIGTERM", SIGTERM},
		{"sigterm", SIGTERM},
		{"usr1", SIGUSR1},
		{"HUP", SIGHUP},
		{"SYS", SIGSYS},
		{"1", 1},
		{"64", 64},
		{"0", 0},
		{"65", 0},
		{"-9", 0},
		{"9x", 0},
		{"", 0},
		{"SIG", 0},
		{"TERMS", 0},
		{"SIGSIGTERM", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(words_signal(rows[i].text), rows[i].number);
	for (uint32_t i = 1; i < COUNT(names); i++)
		assert_int_equal(words_signal(names[i]), i);
}

#define TEXT(text) (text), sizeof(text) - 1

static void escapes_for_terminals(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *shown;
	} rows[] = {
		{TEXT(""), ""},
		{TEXT("a\tb\n"), "a\tb\n"},
		{TEXT("\x1b[31m\r\x7f"), "\\x1b[31m\\x0d\\x7f"},
		{TEXT("a\0b"), "a\\x00b"},
		{TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!"),
			"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!"},
		{TEXT("\xc2\x9b"
		      "2J"),
			"\\xc2\\x9b"
			"2J"},
		{TEXT("\x9b"
		      "2J"),
			"\\x9b"
			"2J"},
		{TEXT("\xff\xc3"), "\\xff\\xc3"},
		{TEXT("\xc3\xa4\xa4x"), "\xc3\xa4\\xa4x"},
		{TEXT("\xe2\x82"), "\\xe2\\x82"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[64];
		size_t used = text_escape(text, rows[i].text, rows[i].size);

		text[used] = '\0';
		assert_string_equal(text, rows[i].shown);
		assert_true(used <= TEXT_ESCAPED * rows[i].size);
	}
}

static void fits_columns(void **state)
{
	(void)state;
	assert_int_equal(words_fit("abc", 0), 0);
	assert_int_equal(words_fit("abc", 2), 2);
	assert_int_equal(words_fit("abc", 9), 3);
	assert_int_equal(words_fit("abc", SIZE_MAX), 3);
	assert_int_equal(words_fit("a\xc3\xa4z", 2), 3);
	assert_int_equal(words_fit("\xe2\x82\xac\xe2\x82\xac", 1), 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_times),
		cmocka_unit_test(tells_sizes),
		cmocka_unit_test(tells_why),
		cmocka_unit_test(tells_of_spares),
		cmocka_unit_test(reads_signals),
		cmocka_unit_test(escapes_for_terminals),
		cmocka_unit_test(fits_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
