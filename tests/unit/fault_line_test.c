/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Lines, words and keys)
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
	{"key_unknown",
		TEXT("[a]\n"
			"run = /a\n"
			"restrat = always\n"),
		"t.tab:3:1: unknown key 'restrat'; did you mean 'restart'"
			"?\n"},
	{"key_unknown_far",
		TEXT("[a]\n"
			"run = /a\n"
			"quux = 1\n"),
		"t.tab:3:1: unknown key 'quux'\n"},
	{"key_unknown_long",
		TEXT("[a]\n"
			"run = /a\n"
			"a-key-that-is-longer-than-any-that-there-is = 1\n"),
		"t.tab:3:1: unknown key "
		"'a-key-that-is-longer-than-any-that-there-is'\n"},
	{"key_of_system",
		TEXT("[a]\n"
			"run = /a\n"
			"sysctl = a=b\n"),
		"t.tab:3:1: key 'sysctl': belongs to [system], not to a s"
			"ervice\n"},
	{"key_of_service",
		TEXT("[system]\n"
			"run = /a\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:1: key 'run': belongs to a service, not to [syst"
			"em]\n"},
	{"key_of_interface",
		TEXT("[a]\n"
			"run = /a\n"
			"mtu = 1500\n"),
		"t.tab:3:1: key 'mtu': belongs to an [interface], not to "
			"a service\n"},
	{"key_unknown_interface",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface e]\n"
			"adress = 1.2.3.4/8\n"),
		"t.tab:4:1: unknown key 'adress'; did you mean 'address'?\n"},
	{"no_equals",
		TEXT("[a]\n"
			"run = /a\n"
			"memory 4M\n"),
		"t.tab:3:1: no '=' behind 'memory'; write 'KEY = VALUE'\n"},
	{"no_equals_end",
		TEXT("[a]\n"
			"run = /a\n"
			"  memory"),
		"t.tab:3:3: no '=' behind 'memory'; write 'KEY = VALUE'\n"},
	{"above_first",
		TEXT("run = /a\n"
			"more = 1\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:1:1: a key above the first stanza; begin with '[NA"
			"ME]'\n"},
	{"twice",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 1M\n"
			"memory = 2M\n"),
		"t.tab:4:1: 'memory' stands twice in this stanza; remove "
			"one\n"},
	{"empty",
		TEXT("[a]\n"
			"run = /a\n"
			"memory =\n"),
		"t.tab:3:1: 'memory' has no value; write SIZE | PERCENT |"
			" none\n"},
	{"empty_comment",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = # none\n"),
		"t.tab:3:1: 'memory' has no value; write SIZE | PERCENT |"
			" none\n"},
	{"optional",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 4M?\n"),
		"t.tab:3:10: '4M?': a value of 'memory' cannot be optiona"
			"l; write the '?' in double quotes if it is meant\n"},
	{"optional_list",
		TEXT("[a]\n"
			"run = /a\n"
			"args = really?\n"),
		"t.tab:3:8: 'really?': a value of 'args' cannot be option"
			"al; write the '?' in double quotes if it is meant\n"},
	{"nul",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\000b\n"),
		"t.tab:3:9: NUL byte: this is not text\n"},
	{"utf8",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\377\n"),
		"t.tab:3:9: byte 0xff: not UTF-8; save the file as UTF-8\n"},
	{"utf8_header",
		TEXT("[a]\n"
			"run = /a\n"
			"[b\377]\n"
			"run = /b\n"
			"foo = 1\n"),
		"t.tab:3:3: byte 0xff: not UTF-8; save the file as UTF-8\n"},
	{"unterminated",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"a b\n"),
		"t.tab:3:8: unterminated quote; end it with \"\n"},
	{"escape",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"\\q\"\n"),
		"t.tab:3:9: unknown escape; in double quotes there are \\"
			"\" \\\\ \\n \\t \\xHH\n"},
	{"escape_end",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"\\"),
		"t.tab:3:9: unknown escape; in double quotes there are \\"
			"\" \\\\ \\n \\t \\xHH\n"},
	{"escape_hex",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"\\x1\"\n"),
		"t.tab:3:9: '\\x' without two hexadecimal digits; write i"
			"t as in \\x1b\n"},
	{"escape_nul",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"\\x00\"\n"),
		"t.tab:3:9: '\\x00': no program can be given a NUL byte\n"},
	{"control",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\001b\n"),
		"t.tab:3:9: control character; write it as \\xHH in doubl"
			"e quotes if it is meant\n"},
	{"carriage",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\015b\n"),
		"t.tab:3:9: control character; write it as \\xHH in doubl"
			"e quotes if it is meant\n"},
	{"nbsp",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\302\240b\n"),
		"t.tab:3:9: no-break space; write an ordinary space, or p"
			"ut it in double quotes if it is meant\n"},
	{"continued",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a \\\n"
			"b\n"),
		"t.tab:3:10: '\\': a line cannot be continued; begin a ne"
			"w line with the same key to go on\n"
			"t.tab:4:1: no '=' behind 'b'; write 'KEY = VALUE'\n"},
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
