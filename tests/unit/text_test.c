/* base/text: numbers, UTF-8, distances and messages. */
#include "fixture.h"

#include "base/text.h"

static void reads_numbers(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_true(text_number("0", 1, 10, &value));
	assert_int_equal(value, 0);
	assert_true(text_number("18446744073709551615", 20, 10, &value));
	assert_true(value == UINT64_MAX);
	assert_false(text_number("18446744073709551616", 20, 10, &value));
	assert_false(text_number("99999999999999999999", 20, 10, &value));
	assert_false(text_number("", 0, 10, &value));
	assert_false(text_number("-1", 2, 10, &value));
	assert_false(text_number("a", 1, 10, &value));
	assert_true(text_number("fF", 2, 16, &value));
	assert_int_equal(value, 255);
	assert_false(text_number("8", 1, 8, &value));
	assert_true(text_number("12x", 2, 10, &value));
	assert_int_equal(value, 12);
	assert_false(text_decimal("12x", 100, &value));
	assert_false(text_decimal("101", 100, &value));
	assert_true(text_decimal("100", 100, &value));
	assert_int_equal(value, 100);
}

static void knows_kinds_of_bytes(void **state)
{
	(void)state;
	assert_true(text_is_letter('a') && text_is_letter('Z'));
	assert_false(text_is_letter('1') || text_is_letter('{'));
	assert_true(text_is_blank(' ') && text_is_blank('\t'));
	assert_false(text_is_blank('\n') || text_is_digit('a'));
	assert_int_equal(text_hex_digit('a'), 10);
	assert_int_equal(text_hex_digit('F'), 15);
	assert_int_equal(text_hex_digit('9'), 9);
	assert_int_equal(text_hex_digit('g'), -1);
	assert_int_equal(text_hex_digit('G'), -1);
}

struct utf8_row {
	const char *text;
	size_t size;
	size_t valid;
};

#define TEXT(text) (text), sizeof(text) - 1

static void finds_bad_utf8(void **state)
{
	static const struct utf8_row rows[] = {
		{TEXT(""), 0},
		{TEXT("abc"), 3},
		{TEXT("\xc3\xa4"), 2},
		{TEXT("a\xe2\x82\xac"), 4},
		{TEXT("\xf0\x9f\x98\x80!"), 5},
		{TEXT("\xf4\x8f\xbf\xbf"), 4},
		{TEXT("\xed\x9f\xbf\xee\x80\x80"), 6},
		{TEXT("\xc0\x80"), 0}, /* over-long NUL */
		{TEXT("\xe0\x80\x80"), 0},
		{TEXT("\xe0\xc0\x80"), 0},
		{TEXT("\xf0\x80\x80\x80"), 0},
		{TEXT("\xed\xa0\x80"), 0}, /* surrogate */
		{TEXT("\xf4\x90\x80\x80"), 0}, /* behind the last */
		{TEXT("\xf5\x80\x80\x80"), 0},
		{TEXT("a\x80"), 1},
		{TEXT("a\xc3"), 1},
		{TEXT("a\xe2\x82"), 1},
		{TEXT("a\xe2\x82z"), 1},
		{TEXT("a\xff"), 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
			text_utf8(rows[i].text, rows[i].size), rows[i].valid);
}

static void counts_typing_errors(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(text_distance("", "", 3), 0);
	assert_int_equal(text_distance("restart", "restart", 3), 0);
	assert_int_equal(text_distance("restrat", "restart", 3), 1);
	assert_int_equal(text_distance("memry", "memory", 3), 1);
	assert_int_equal(text_distance("memoory", "memory", 3), 1);
	assert_int_equal(text_distance("nemory", "memory", 3), 1);
	assert_int_equal(text_distance("ab", "ba", 3), 1);
	assert_int_equal(text_distance("", "abc", 3), 3);
	assert_int_equal(text_distance("abc", "", 3), 3);
	assert_int_equal(text_distance("abc", "xyz", 2), 3);
	assert_int_equal(text_distance("a", "abcdef", 2), 3);
	assert_int_equal(text_distance("kitten", "sitting", 3), 3);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(text_distance(longer, longer, 3), 0);
	assert_int_equal(text_distance(longer, "x", 3), 4);
	assert_int_equal(text_distance("x", longer, 3), 4);
}

static void composes_messages(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(
		text_compose(text, sizeof(text), "%s: %u%%", "a", 5U), 5);
	assert_string_equal(text, "a: 5%");
	text_compose(text, sizeof(text), "%.*s|%.3s|%.9s|%c", 2, "abc", "defg",
		"hi", '!');
	assert_string_equal(text, "ab|def|hi|!");
	text_compose(text, sizeof(text), "%.*s.", -1, "abc");
	assert_string_equal(text, ".");
	text_compose(text, sizeof(text), "%lu %llu %x", 0UL,
		18446744073709551615ULL, 0xbeefU);
	assert_string_equal(text, "0 18446744073709551615 beef");
	assert_int_equal(text_compose(text, 4, "%s", "abcdef"), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(text_compose(text, 1, "%u", 1U), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(knows_kinds_of_bytes),
		cmocka_unit_test(finds_bad_utf8),
		cmocka_unit_test(counts_typing_errors),
		cmocka_unit_test(composes_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
