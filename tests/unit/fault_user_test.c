/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Users and ids)
 */
#include "fixture.h"

struct row {
	const char *name;
	const char *text;
	size_t size;
	const char *faults;
};

#define TEXT(text) (text), sizeof(text) - 1

/* clang-format off */
static const struct row rows[] = {
	{"user_unknown",
		TEXT("[a]\n"
			"run = /a\n"
			"user = nobdoy\n"),
		"t.tab:3:8: unknown user 'nobdoy'; did you mean 'nobody'?\n"},
	{"user_form",
		TEXT("[a]\n"
			"run = /a\n"
			"user = 0day\n"),
		"t.tab:3:8: '0day': neither a number nor the form of a na"
			"me, which begins with a letter or '_'\n"},
	{"user_exponent",
		TEXT("[a]\n"
			"run = /a\n"
			"user = 1e3\n"),
		"t.tab:3:8: '1e3': neither a number nor the form of a nam"
			"e, which begins with a letter or '_'\n"},
	{"user_minus",
		TEXT("[a]\n"
			"run = /a\n"
			"user = -1\n"),
		"t.tab:3:8: '-1': neither a number nor the form of a name"
			", which begins with a letter or '_'\n"},
	{"user_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"user = \"\"\n"),
		"t.tab:3:8: '': neither a number nor the form of a name, "
			"which begins with a letter or '_'\n"},
	{"user_long",
		TEXT("[a]\n"
			"run = /a\n"
			"user = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
		"t.tab:3:8: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': neither "
			"a number nor the form of a name, which begins with a let"
			"ter or '_'\n"},
	{"user_large",
		TEXT("[a]\n"
			"run = /a\n"
			"user = 4294967295\n"),
		"t.tab:3:8: '4294967295': an id is from 0 to 4294967294\n"},
	{"user_two",
		TEXT("[a]\n"
			"run = /a\n"
			"user = a b\n"),
		"t.tab:3:10: 'b': 'user' has one value only\n"},
	{"user_group",
		TEXT("[a]\n"
			"run = /a\n"
			"user = root:whele\n"),
		"t.tab:3:8: unknown group 'whele'; did you mean 'wheel'?\n"},
	{"user_group_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"user = root:\n"),
		"t.tab:3:8: '': neither a number nor the form of a name, "
			"which begins with a letter or '_'\n"},
	{"user_range",
		TEXT("[a]\n"
			"run = /a\n"
			"user = 2000\n"
			"ids = 200\n"),
		"t.tab:3:8: '2000': id 2000 is not among the 1023 of this"
			" service; write 'ids = 200 2'\n"},
	{"user_range_far",
		TEXT("[a]\n"
			"run = /a\n"
			"user = 70000\n"
			"ids = 200\n"),
		"t.tab:3:8: '70000': id 70000 is more than a compartment "
			"can have; choose one below 64511, or write 'host = user'\n"},
	{"user_character",
		TEXT("[a]\n"
			"run = /a\n"
			"user = a+b\n"),
		"t.tab:3:8: 'a+b': neither a number nor the form of a nam"
			"e, which begins with a letter or '_'\n"},
	{"user_bad_row",
		TEXT("[a]\n"
			"run = /a\n"
			"user = broken\n"),
		"t.tab:3:8: unknown user 'broken'\n"},
	{"group_unknown",
		TEXT("[a]\n"
			"run = /a\n"
			"groups = whele\n"),
		"t.tab:3:10: unknown group 'whele'; did you mean 'wheel'?\n"},
	{"group_range",
		TEXT("[a]\n"
			"run = /a\n"
			"groups = 5000\n"
			"ids = 200\n"),
		"t.tab:3:10: '5000': id 5000 is not among the 1023 of thi"
			"s service; write 'ids = 200 5'\n"},
	{"group_many",
		TEXT("[a]\n"
			"run = /a\n"
			"groups = 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
			"19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37"
			" 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 5"
			"6 57 58 59 60 61 62 63 64\n"),
		"t.tab:3:1: more than 64 groups\n"},
	{"ids_small",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 10\n"),
		"t.tab:3:7: '10': a slot is from 64 to 4194302\n"},
	{"ids_large",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 4194303\n"),
		"t.tab:3:7: '4194303': a slot is from 64 to 4194302\n"},
	{"ids_count",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 200 64\n"),
		"t.tab:3:11: '64': a number of slots is from 1 to 63\n"},
	{"ids_count_zero",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 200 0\n"),
		"t.tab:3:11: '0': a number of slots is from 1 to 63\n"},
	{"ids_end",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 4194302 2\n"),
		"t.tab:3:15: '2': a number of slots is from 1 to 63\n"},
	{"ids_three",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 200 1 1\n"),
		"t.tab:3:13: '1': 'ids' is SLOT [COUNT]\n"},
	{"ids_clash",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 200 10\n"
			"[b]\n"
			"run = /b\n"
			"ids = 209 2\n"
			"[c]\n"
			"run = /c\n"
			"ids = 128\n"
			"[d]\n"
			"run = /d\n"
			"ids = 209\n"),
		"t.tab:6:1: ids: slot 209 and up belong to 'a' too; write"
			" 'ids = 129 2'\n"
			"t.tab:12:1: ids: slot 209 and up belong to 'b' too; writ"
			"e 'ids = 131'\n"},
	{"ids_clash_back",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 209\n"
			"[b]\n"
			"run = /b\n"
			"ids = 200 10\n"),
		"t.tab:6:1: ids: slot 200 and up belong to 'a' too; write"
			" 'ids = 128 10'\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_bytes(&b, rows[i].text, rows[i].size);
		if (strcmp(faults_of(&b), rows[i].faults) != 0)
			print_error("in row %s\n", rows[i].name);
		assert_string_equal(faults_of(&b), rows[i].faults);
		drop_built(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
