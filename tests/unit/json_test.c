/* svc/json: strings and structure. The source is included, since the tool is no
 * archive, and what it writes with stands here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "svc/json.c"

static char written[4096];
static size_t used;

void out_bytes(const char *bytes, size_t count)
{
	memcpy(written + used, bytes, count);
	used += count;
	written[used] = '\0';
}

void out(const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	out_bytes(
		text, text_compose_list(text, sizeof(text), format, arguments));
	va_end(arguments);
}

static void escapes_what_a_string_cannot_hold(void **state)
{
	static const struct {
		const char *text;
		const char *escaped;
	} rows[] = {
		{"", ""},
		{"web", "web"},
		{"a\"b\\c", "a\\\"b\\\\c"},
		{"a\nb\tc\033", "a\\u000ab\\u0009c\\u001b"},
		{"\x7f", "\\u007f"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"\xff\xc3", "\\ufffd\\ufffd"},
		{"\xf0\x9f\x98\x80.", "\xf0\x9f\x98\x80."},
	};

	char to[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t size =
			json_escape(to, rows[i].text, strlen(rows[i].text));

		assert_true(size <= JSON_ESCAPED * strlen(rows[i].text));
		to[size] = '\0';
		assert_string_equal(to, rows[i].escaped);
	}
}

static void separates_and_nests(void **state)
{
	(void)state;
	used = 0;
	json_open(JSON_BARE, '[');
	json_open(JSON_BARE, '{');
	json_text(FIELD_status_name, "web");
	json_number_or_null(FIELD_status_pid, 0);
	json_flag(FIELD_status_frozen, true);
	json_close('}');
	json_open(JSON_BARE, '{');
	json_open(FIELD_graph_nodes, '[');
	json_close(']');
	json_text_or_null(FIELD_why_holder, "");
	json_text_or_null(FIELD_why_holder, "db");
	json_number_or_null(FIELD_status_pid, 7);
	json_close('}');
	json_close(']');
	json_end();
	assert_string_equal(written,
		"[{\"name\":\"web\",\"pid\":null,\"frozen\":true},"
		"{\"nodes\":[],\"holder\":null,\"holder\":\"db\",\"pid\":7}]"
		"\n");
}

static void keeps_characters_whole_in_long_texts(void **state)
{
	char text[1001];

	(void)state;
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	for (size_t begin = 0; begin < 2; begin++) {
		text[1000] = '\0';
		text[0] = begin ? 'a' : text[0];
		text[1] = begin ? 'b' : text[1];
		used = 0;
		json_text(JSON_BARE, text + begin);
		assert_null(strstr(written, "\\u"));
		json_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_a_string_cannot_hold),
		cmocka_unit_test(separates_and_nests),
		cmocka_unit_test(keeps_characters_whole_in_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
