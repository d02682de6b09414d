/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Environment, namespaces, host names)
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
	{"env",
		TEXT("[a]\n"
			"run = /a\n"
			"env = FOO\n"),
		"t.tab:3:7: 'FOO': not of the form NAME=VALUE\n"},
	{"env_name",
		TEXT("[a]\n"
			"run = /a\n"
			"env = 1A=b =x A-B=c\n"),
		"t.tab:3:7: '1A=b': not of the form NAME=VALUE\n"
			"t.tab:3:12: '=x': not of the form NAME=VALUE\n"
			"t.tab:3:15: 'A-B=c': not of the form NAME=VALUE\n"},
	{"host",
		TEXT("[a]\n"
			"run = /a\n"
			"host = network\n"),
		"t.tab:3:8: 'network': no namespace; write mnt | pid | ne"
			"t | ipc | uts | user | cgroup ...\n"},
	{"host_time",
		TEXT("[a]\n"
			"run = /a\n"
			"host = time\n"),
		"t.tab:3:8: 'time': the host's clocks are what a service "
			"has without 'clock-offset'; remove it\n"},
	{"hostname",
		TEXT("[a]\n"
			"run = /a\n"
			"hostname = a_b!c\n"),
		"t.tab:3:12: 'a_b!c': not one host name of letters, digit"
			"s, '-' and '.' in at most 64 bytes\n"},
	{"hostname_long",
		TEXT("[a]\n"
			"run = /a\n"
			"hostname = hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
			"hhhhhhhhhhhhhhhhhhhh\n"),
		"t.tab:3:12: 'hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
			"hhhhhhhhhhhhhhhhhhhhh': not one host name of letters, di"
			"gits, '-' and '.' in at most 64 bytes\n"},
	{"hostname_two",
		TEXT("[a]\n"
			"run = /a\n"
			"hostname = a b\n"),
		"t.tab:3:12: 'a': not one host name of letters, digits, '"
			"-' and '.' in at most 64 bytes\n"},
	{"hostname_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"hostname = \"\"\n"),
		"t.tab:3:12: '': not one host name of letters, digits, '-"
			"' and '.' in at most 64 bytes\n"},
	{"clock",
		TEXT("[a]\n"
			"run = /a\n"
			"clock-offset = 5\n"),
		"t.tab:3:16: '5': a time without unit; write 5s or 5ms\n"},
	{"clock_two",
		TEXT("[a]\n"
			"run = /a\n"
			"clock-offset = 5s 6s\n"),
		"t.tab:3:19: '6s': 'clock-offset' has one value only\n"},
	{"join_pid",
		TEXT("[a]\n"
			"run = /a\n"
			"join = pid:b\n"),
		"t.tab:3:8: 'pid' cannot be joined: a pid namespace ends "
			"with its first process; net, ipc and uts can\n"},
	{"join_mnt",
		TEXT("[a]\n"
			"run = /a\n"
			"join = mnt:b\n"),
		"t.tab:3:8: 'mnt' cannot be joined; net, ipc and uts can,"
			" as in net:NAME\n"},
	{"join_nothing",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net\n"),
		"t.tab:3:8: 'net': of which service; write 'net:NAME'\n"},
	{"join_unknown",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:aa\n"),
		"t.tab:3:8: unknown service 'aa'; did you mean 'a'?\n"},
	{"join_self",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:a\n"),
		"t.tab:3:8: 'a' cannot be its own 'join'; remove it\n"},
	{"join_twice",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b net:c\n"
			"[b]\n"
			"run = /b\n"
			"[c]\n"
			"run = /c\n"),
		"t.tab:3:14: 'net:c': a second 'net' to join; remove one\n"},
	{"join_group",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b ipc:mounts\n"
			"[b]\n"
			"type = group\n"),
		"t.tab:3:8: 'b' has no program and no namespaces\n"
			"t.tab:3:14: 'mounts' has no program and no namespaces\n"},
	{"join_host",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b uts:c\n"
			"[b]\n"
			"run = /b\n"
			"host = net\n"
			"[c]\n"
			"run = /c\n"
			"isolation = none\n"),
		"t.tab:3:8: 'b' has the host's net; write 'host = net' in"
			"stead\n"
			"t.tab:3:14: 'c' has the host's uts; write 'host = uts' i"
			"nstead\n"},
	{"join_chain",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b\n"
			"[b]\n"
			"run = /b\n"
			"join = net:c\n"
			"[c]\n"
			"run = /c\n"
			"join = net:d\n"
			"[d]\n"
			"run = /d\n"),
		"t.tab:3:8: 'b' itself joins another's net; write 'join ="
			" net:d'\n"
			"t.tab:6:8: 'c' itself joins another's net; write 'join ="
			" net:d'\n"},
	{"join_and_host",
		TEXT("[a]\n"
			"run = /a\n"
			"join = net:b\n"
			"host = net\n"
			"[b]\n"
			"run = /b\n"),
		"t.tab:3:1: 'join' and 'host' name the same namespace; re"
			"move one of the two\n"},
	{"join_uts_hostname",
		TEXT("[a]\n"
			"run = /a\n"
			"join = uts:b\n"
			"hostname = x\n"
			"[b]\n"
			"run = /b\n"),
		"t.tab:4:1: 'hostname' with 'join = uts': the name is tha"
			"t of the other; remove one of the two\n"},
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
