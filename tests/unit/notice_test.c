/* base/notice: what programs say by sd_notify. */
#include "fixture.h"

#include "base/notice.h"

static struct notice read_text(const char *text)
{
	struct notice notice;

	notice_read(&notice, text, strlen(text));
	return notice;
}

static void reads_marks(void **state)
{
	struct notice notice = read_text("READY=1");

	(void)state;
	assert_int_equal(notice.said, NOTICE_READY);
	notice = read_text("READY=1\nRELOADING=1\nSTOPPING=1\nWATCHDOG=1\n"
			   "BARRIER=1\nFDSTORE=1\nFDSTOREREMOVE=1\n");
	assert_int_equal(notice.said,
		NOTICE_READY | NOTICE_RELOADING | NOTICE_STOPPING |
			NOTICE_ALIVE | NOTICE_BARRIER | NOTICE_STORE |
			NOTICE_FORGET);
	assert_int_equal(read_text("WATCHDOG=trigger").said, NOTICE_TRIGGER);
	assert_int_equal(read_text("MAINPID=7").said, NOTICE_MAINPID);
}

/* Another value than the one that a key has, and what is no line at all. */
static void leaves_out_the_rest(void **state)
{
	static const char *const nothing[] = {"", "\n\n", "=", "=1", "READY",
		"READY=", "READY=0", "READY=11", "READY=1 ", " READY=1",
		"ready=1", "READYY=1", "READ=1", "WATCHDOG=2", "X_MINE=1",
		"FDPOLL=0", "NOTIFYACCESS=all",
		"EXTEND_TIMEOUT_USEC=", "EXTEND_TIMEOUT_USEC=-1",
		"EXTEND_TIMEOUT_USEC=18446744073709551616", "WATCHDOG_USEC=1s",
		"MONOTONIC_USEC=x"};

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		if (read_text(nothing[i]).said)
			fail_msg("'%s' says something", nothing[i]);
}

static void reads_values(void **state)
{
	struct notice notice = read_text("X=y\nRELOADING=1\n"
					 "MONOTONIC_USEC=18446744073709551615");

	(void)state;
	assert_int_equal(notice.said, NOTICE_RELOADING);
	assert_true(notice.reloading_us == UINT64_MAX);
	notice = read_text("EXTEND_TIMEOUT_USEC=5000000\nWATCHDOG_USEC=0");
	assert_int_equal(notice.said, NOTICE_EXTEND | NOTICE_PERIOD);
	assert_int_equal(notice.extend_us, 5000000);
	assert_int_equal(notice.watchdog_us, 0);
	notice = read_text("ERRNO=2\nEXIT_STATUS=77");
	assert_int_equal(notice.said, NOTICE_ERRNO | NOTICE_EXIT);
	assert_int_equal(notice.code, 2);
	assert_int_equal(notice.exit_status, 77);
	notice = read_text("ERRNO=99999999999\nEXIT_STATUS=no");
	assert_int_equal(notice.code, 0);
	assert_int_equal(notice.exit_status, 0);
}

static void reads_texts(void **state)
{
	static const char bytes[] = "STATUS=a\0b\x1b[2Jc\xff=\xc3\xbc\x7f\n"
				    "FDNAME=one";
	char line[300] = "STATUS=";
	struct notice notice;

	(void)state;
	notice_read(&notice, bytes, sizeof(bytes) - 1);
	assert_int_equal(notice.said, NOTICE_STATUS);
	assert_string_equal(notice.status, "a?b?[2Jc?=\xc3\xbc?");
	assert_string_equal(notice.name, "one");
	memset(line + 7, 'x', sizeof(line) - 8);
	notice = read_text(line);
	assert_int_equal(strlen(notice.status), NOTICE_TEXT_SIZE - 1);
	/* a letter that is cut in its middle */
	memcpy(line + 7 + NOTICE_TEXT_SIZE - 2, "\xc3\xbc", 2);
	notice = read_text(line);
	assert_int_equal(notice.status[NOTICE_TEXT_SIZE - 2], '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_marks),
		cmocka_unit_test(leaves_out_the_rest),
		cmocka_unit_test(reads_values),
		cmocka_unit_test(reads_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
