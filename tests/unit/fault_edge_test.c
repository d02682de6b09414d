/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Edge cases of the above)
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
	{"args_only",
		TEXT("[a]\n"
			"args = x\n"),
		"t.tab:1:2: 'a': no 'run'; name its program, or w"
			"rite 'type = group'\n"},
	{"printable",
		TEXT("[a]\n"
			"run = /a\n"
			"args = x\n"
			"user = \"\\x1b[2J\\xe4\"\n"),
		"t.tab:4:8: '?[2J?': neither a number nor the for"
			"m of a name, which begins with a letter or '_'\n"},
	{"join_in_defaults",
		TEXT("[defaults]\n"
			"join = net:a\n"
			"[a]\n"
			"run = /a\n"
			"[b]\n"
			"run = /b\n"),
		""},
	{"user_bytes",
		TEXT("[a]\n"
			"run = /a\n"
			"user = _a.b-c1$\n"
			"[b]\n"
			"run = /b\n"
			"user = a$b\n"),
		"t.tab:3:8: unknown user '_a.b-c1$'\n"
			"t.tab:6:8: 'a$b': neither a number nor the form "
			"of a name, which begins with a letter or '_'\n"},
	{"sysctl_dots",
		TEXT("[system]\n"
			"sysctl = a=b..c x..y=1\n"
			"modules = a? b?c\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:17: 'x..y=1': not of the form KEY=VALUE "
			"with dots in KEY, such as net.ipv4.ip_forward=1\n"
			"t.tab:3:14: 'b?c': not a module's name; write NA"
			"ME, or \"NAME ARGUMENTS\" in double quotes\n"},
	{"vsock_cid",
		TEXT("[system]\n"
			"report = vsock:x:1\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'vsock:x:1': write console | isa-deb"
			"ug-exit | pvpanic | vsock:CID:PORT\n"},
	{"name_byte",
		TEXT("[a{b]\n"
			"run = /a\n"
			"[a~]\n"
			"run = /a\n"
			"[ ]\n"),
		"no service in the table; only the rescue shell i"
			"s started\n"
			"t.tab:1:2: name 'a{b': not of the form a-z0-9 th"
			"en a-z0-9_.- in at most 63 bytes\n"
			"t.tab:3:2: name 'a~': not of the form a-z0-9 the"
			"n a-z0-9_.- in at most 63 bytes\n"
			"t.tab:5:1: a stanza begins '[NAME]' or '[KIND NA"
			"ME]'\n"},
	{"ids_same",
		TEXT("[a]\n"
			"run = /a\n"
			"ids = 128\n"
			"[b]\n"
			"run = /b\n"
			"ids = 129\n"
			"[c]\n"
			"run = /c\n"
			"ids = 129\n"
			"[d]\n"
			"run = /d\n"
			"ids = 129\n"),
		"t.tab:9:1: ids: slot 129 and up belong to 'b' to"
			"o; write 'ids = 130'\n"
			"t.tab:12:1: ids: slot 129 and up belong to 'b' t"
			"oo; write 'ids = 131'\n"},
	{"delete",
		TEXT("[a]\n"
			"run = /a\n"
			"args = a\177\n"),
		"t.tab:3:9: control character; write it as \\xHH "
			"in double quotes if it is meant\n"},
	{"not_space",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \303\251 \"\\xg1\"\n"),
		"t.tab:3:12: '\\x' without two hexadecimal digits"
			"; write it as in \\x1b\n"},
	{"limit_letters",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-limit = x 5m\n"),
		"t.tab:3:17: 'x': not a value of 'restart-limit';"
			" write COUNT TIME | none\n"},
	{"cpus_long",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 12345\n"
			"workdir = /a/..b/c...\n"),
		"t.tab:3:8: '12345': not a list of CPUs; write 0-"
			"1,3\n"},
	{"cpus_range_long",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 1-12345\n"),
		"t.tab:3:8: '1-12345': not a list of CPUs; write "
			"0-1,3\n"},
	{"bind_slave_long",
		TEXT("[a]\n"
			"run = /a\n"
			"bind = /a:slaves\n"),
		"t.tab:3:8: '/a:slaves': not an absolute path; be"
			"gin it with '/'\n"},
	{"join_others",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b ipc:c\n"
			"[b]\n"
			"run = /b\n"
			"join = ipc:c\n"
			"[c]\n"
			"run = /c\n"),
		""},
	{"mib",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /ab\n"
			"bind = /a\n"),
		""},
	{"nul_behind",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \377\000\n"),
		"t.tab:3:8: byte 0xff: not UTF-8; save the file a"
			"s UTF-8\n"},
	{"amount_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = \"\"\n"),
		"t.tab:3:10: '': not a size; write 64K, 32M or 1G\n"},
	{"address_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface e]\n"
			"address = \"\" /8 1.2.3.4./8\n"),
		"t.tab:4:11: '': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:14: '/8': not an address with its prefix"
			", such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:17: '1.2.3.4./8': not an address with it"
			"s prefix, such as 10.0.0.2/24 or fd00::2/64\n"},
	{"host_byte",
		TEXT("[a]\n"
			"run = /a\n"
			"hostname = \"a b\"\n"),
		"t.tab:3:12: 'a b': not one host name of letters,"
			" digits, '-' and '.' in at most 64 bytes\n"},
	{"override_trial",
		TEXT("[a]\n"
			"run = /a\n"
			"[override b]\n"
			"memory = 1Q\n"
			"bind = x\n"),
		"t.tab:3:11: no [b] above to override\n"
			"t.tab:4:10: '1Q': not a size; write 64K, 32M or "
			"1G\n"
			"t.tab:5:8: 'x': not an absolute path; begin it w"
			"ith '/'\n"},
	{"optional_quoted",
		TEXT("[a]\n"
			"run = /a\n"
			"args = \"a?\" b?\"c\"\n"
			"bind = ?\n"),
		"t.tab:4:8: '?': not an absolute path; begin it w"
			"ith '/'\n"},
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
