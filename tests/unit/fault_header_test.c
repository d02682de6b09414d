/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Stanzas)
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
	{"header_open",
		TEXT("[a\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:1: no ']' at the end of the stanza's name\n"},
	{"header_empty",
		TEXT("[]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:1: a stanza begins '[NAME]' or '[KIND NAME]'\n"},
	{"header_three",
		TEXT("[a b c]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:1: a stanza begins '[NAME]' or '[KIND NAME]'\n"},
	{"header_behind",
		TEXT("[a] run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:5: 'run' behind ']'; begin a new line for a key\n"},
	{"header_behind_bad",
		TEXT("[a] \"\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:5: unterminated quote; end it with \"\n"},
	{"kind_unknown",
		TEXT("[templat x@]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: unknown kind of stanza 'templat'; did you mea"
			"n 'template'?\n"},
	{"kind_unknown_far",
		TEXT("[socket x]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: unknown kind of stanza 'socket'; there are te"
			"mplate, override, interface, bridge and mount\n"},
	{"kind_named",
		TEXT("[system x]\n"
			"[interface]\n"
			"[override]\n"
			"[template]\n"
			"[defaults x]\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: write '[system]'\n"
			"t.tab:2:2: write '[interface NAME]'\n"
			"t.tab:3:2: write '[override NAME]'\n"
			"t.tab:4:2: write '[template NAME]'\n"
			"t.tab:5:2: write '[defaults]'\n"},
	{"name_capital",
		TEXT("[Web]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: name 'Web': not of the form a-z0-9 then a-z0-"
			"9_.- in at most 63 bytes\n"},
	{"name_dot",
		TEXT("[.web]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: name '.web': not of the form a-z0-9 then a-z0"
			"-9_.- in at most 63 bytes\n"},
	{"name_space",
		TEXT("[we!b]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: name 'we!b': not of the form a-z0-9 then a-z0"
			"-9_.- in at most 63 bytes\n"},
	{"name_long",
		TEXT("[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxx]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxx': not of the form a-z0-9 then "
			"a-z0-9_.- in at most 63 bytes\n"},
	{"name_built_in",
		TEXT("[mounts]\n"
			"run = /a\n"
			"[rescue]\n"
			"[override rescue]\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: 'mounts' is a name of init's own; choose anot"
			"her\n"
			"t.tab:3:2: 'rescue' is a name of init's own; choose anot"
			"her\n"
			"t.tab:4:11: 'rescue' is init's own and cannot be changed\n"},
	{"template_name",
		TEXT("[template x]\n"
			"run = /a\n"
			"[template x@y]\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:11: template 'x': its name ends in '@'; write '["
			"template x@]'\n"
			"t.tab:3:11: template 'x@y': its name ends in '@'; write "
			"'[template x@]'\n"},
	{"instance_empty",
		TEXT("[x@]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: instance '': not of the form A-Za-z0-9_.- in "
			"1 to 63 bytes\n"},
	{"instance_bad",
		TEXT("[x@a/b]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: instance 'a/b': not of the form A-Za-z0-9_.- "
			"in 1 to 63 bytes\n"},
	{"instance_long",
		TEXT("[x@yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
			"yyyyyyyyyyy]\n"
			"run = /a\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"
			"t.tab:1:2: instance 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
			"yyyyyyyyyyyyyyyyyyyyyyyyyyyyy': not of the form A-Za-z0-"
			"9_.- in 1 to 63 bytes\n"},
	{"interface_name",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface aaaaaaaaaaaaaaaa]\n"
			"[interface a/b]\n"
			"[interface ..]\n"
			"[interface .]\n"),
		"t.tab:3:12: interface 'aaaaaaaaaaaaaaaa': at most 15 byt"
			"es, without '/', ':' and '%'\n"
			"t.tab:4:12: interface 'a/b': at most 15 bytes, without '"
			"/', ':' and '%'\n"
			"t.tab:5:12: interface '..': at most 15 bytes, without '/"
			"', ':' and '%'\n"
			"t.tab:6:12: interface '.': at most 15 bytes, without '/'"
			", ':' and '%'\n"},
	{"second",
		TEXT("[a]\n"
			"run = /a\n"
			"[a]\n"
			"run = /a\n"
			"[template t@]\n"
			"[template t@]\n"
			"[interface e]\n"
			"[interface e]\n"),
		"t.tab:3:2: a second 'a': the first stands in t.tab:1; to"
			" change it, write [override NAME]\n"
			"t.tab:6:11: a second 't@': the first stands in t.tab:5; "
			"remove one\n"
			"t.tab:8:12: a second [interface e] or [bridge e]; pu"
			"t the two together\n"},
	{"second_in_file",
		TEXT("[a]\n"
			"run = /a\n"
			"[system]\n"
			"[system]\n"
			"[defaults]\n"
			"[defaults]\n"),
		"t.tab:4:2: a second [system] in this file, after line 3;"
			" put the two together\n"
			"t.tab:6:2: a second [defaults] in this file, after line "
			"5; put the two together\n"},
	{"second_faults",
		TEXT("[a]\n"
			"run = /a\n"
			"[a]\n"
			"memory = 1Q\n"),
		"t.tab:3:2: a second 'a': the first stands in t.tab:1; to"
			" change it, write [override NAME]\n"
			"t.tab:4:10: '1Q': not a size; write 64K, 32M or 1G\n"},
	{"override_unknown",
		TEXT("[web]\n"
			"run = /a\n"
			"[override wbe]\n"),
		"t.tab:3:11: no [wbe] above to override; did you mean 'we"
			"b'?\n"},
	{"no_template",
		TEXT("[template get@]\n"
			"run = /a\n"
			"[gte@x]\n"),
		"t.tab:3:2: no [template gte@] for 'gte@x'; did you mean "
			"'get@'?\n"},
	{"percent",
		TEXT("[template t@]\n"
			"run = /a %x\n"
			"[t@1]\n"
			"[t@2]\n"),
		"t.tab:2:10: '%x' in a template: only %i stands for somet"
			"hing; write '%%' for a percent sign\n"},
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
