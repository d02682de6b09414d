/* base/variables: files of environment variables. */
#include "fixture.h"

#include "base/variables.h"

static struct variables variables;
static char text[1 << 16];

/* Number of the faulty line, which must be faulty for that reason. */
static uint32_t read_bytes(const char *bytes, size_t length, const char *reason)
{
	const char *why;
	uint32_t line;

	memcpy(text, bytes, length);
	line = variables_read(&variables, text, length, &why);
	if (reason)
		assert_string_equal(why, reason);
	else
		assert_null(why);
	return line;
}

static uint32_t read_text(const char *bytes, const char *reason)
{
	variables.count = 0;
	return read_bytes(bytes, strlen(bytes), reason);
}

static void reads_lines(void **state)
{
	(void)state;
	assert_int_equal(read_text("", NULL), 0);
	assert_int_equal(variables.count, 0);
	assert_int_equal(
		read_text("A=1\n\n# B=2\r\n_b9= c = d # e\r\nC=", NULL), 0);
	assert_int_equal(variables.count, 3);
	assert_string_equal(variables.all[0], "A=1");
	assert_string_equal(variables.all[1], "_b9= c = d # e");
	assert_string_equal(variables.all[2], "C=");
	assert_int_equal(read_text("A=1\nB=\t\xc3\xa4\"\nA=2\nAA=3", NULL), 0);
	assert_int_equal(variables.count, 3);
	assert_string_equal(variables.all[0], "A=2");
	assert_string_equal(variables.all[2], "AA=3");
}

static void what_comes_later_wins(void **state)
{
	static const char first[] = "A=1\nB=2\n";
	static char other[] = "B=3\n";
	const char *why;

	(void)state;
	assert_int_equal(read_text(first, NULL), 0);
	assert_int_equal(
		variables_read(&variables, other, strlen(other), &why), 0);
	assert_int_equal(variables.count, 2);
	assert_string_equal(variables.all[1], "B=3");
}

static void refuses_all_else(void **state)
{
	static const char form[] = "not of the form NAME=VALUE";
	static const char quotes[] = "quotes have no meaning here";
	static const char control[] = "control characters";

	(void)state;
	assert_int_equal(read_text("A=1\nB", form), 2);
	assert_int_equal(read_text(" A=1", form), 1);
	assert_int_equal(read_text("=1", form), 1);
	assert_int_equal(read_text("9A=1", form), 1);
	assert_int_equal(read_text("export A=1", form), 1);
	assert_int_equal(read_text("A =1", form), 1);
	assert_int_equal(read_text("\n\nA.B=1", form), 3);
	assert_int_equal(read_text("A=\"1\"", quotes), 1);
	assert_int_equal(read_text("A='1", quotes), 1);
	assert_int_equal(read_text("A=1\rB\n", control), 1);
	assert_int_equal(read_text("A=\x1b[m\n", control), 1);
	variables.count = 0;
	assert_int_equal(read_bytes("B=2\nA=1\0C\n", 10, "a NUL byte"), 2);
	assert_int_equal(read_bytes("\0", 1, "a NUL byte"), 1);
}

static void takes_no_more_than_there_is_room_for(void **state)
{
	static char many[VARIABLES_MAX * 8];
	size_t length = 0;

	(void)state;
	for (unsigned i = 0; i < VARIABLES_MAX; i++)
		length += (size_t)snprintf(
			many + length, sizeof(many) - length, "V%u=\n", i);
	assert_int_equal(read_text(many, NULL), 0);
	assert_int_equal(variables.count, VARIABLES_MAX);
	assert_int_equal(read_bytes("V7=x\nW=\n", 8, "too many variables"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(what_comes_later_wins),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(takes_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
