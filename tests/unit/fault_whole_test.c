/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Contradictions, edges, the host)
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
	{"isolation",
		TEXT("[a]\n"
			"run = /a\n"
			"isolation = none\n"
			"bind = /a\n"
			"bind-ro = /b\n"
			"tmpfs = /c\n"
			"runtime = d\n"
			"host = net\n"
			"join = ipc:b\n"
			"hostname = h\n"
			"clock-offset = 1d\n"
			"ids = 300\n"
			"[b]\n"
			"run = /b\n"),
		"t.tab:4:1: 'bind' with 'isolation = none': there is no c"
			"ompartment; remove one of the two\n"
			"t.tab:5:1: 'bind-ro' with 'isolation = none': there is n"
			"o compartment; remove one of the two\n"
			"t.tab:6:1: 'tmpfs' with 'isolation = none': there is no "
			"compartment; remove one of the two\n"
			"t.tab:7:1: 'runtime' with 'isolation = none': there is n"
			"o compartment; remove one of the two\n"
			"t.tab:8:1: 'host' with 'isolation = none': there is no c"
			"ompartment; remove one of the two\n"
			"t.tab:9:1: 'join' with 'isolation = none': there is no c"
			"ompartment; remove one of the two\n"
			"t.tab:10:1: 'hostname' with 'isolation = none': there is"
			" no compartment; remove one of the two\n"
			"t.tab:11:1: 'clock-offset' with 'isolation = none': ther"
			"e is no compartment; remove one of the two\n"
			"t.tab:12:1: 'ids' with 'isolation = none': there is no c"
			"ompartment; remove one of the two\n"},
	{"host_mnt",
		TEXT("[a]\n"
			"run = /a\n"
			"host = mnt uts user\n"
			"bind = /a\n"
			"bind-ro = /b\n"
			"tmpfs = /c\n"
			"runtime = d\n"
			"hostname = h\n"
			"ids = 300\n"),
		"t.tab:4:1: 'bind' with 'host = mnt': it would change the"
			" host's files; remove one of the two\n"
			"t.tab:5:1: 'bind-ro' with 'host = mnt': it would change "
			"the host's files; remove one of the two\n"
			"t.tab:6:1: 'tmpfs' with 'host = mnt': it would change th"
			"e host's files; remove one of the two\n"
			"t.tab:7:1: 'runtime' with 'host = mnt': it would change "
			"the host's files; remove one of the two\n"
			"t.tab:8:1: 'hostname' with 'host = uts': it would rename"
			" the host; remove one of the two\n"
			"t.tab:9:1: 'ids' with 'host = user': its ids are the hos"
			"t's; remove one of the two\n"},
	{"group",
		TEXT("[a]\n"
			"type = group\n"
			"run = /a\n"
			"memory = 1M\n"),
		"t.tab:3:1: 'run' with 'type = group': a group has no pro"
			"gram; remove one of the two\n"
			"t.tab:4:1: 'memory' with 'type = group': a group has no "
			"program; remove one of the two\n"},
	{"no_run",
		TEXT("[a]\n"
			"memory = 1M\n"),
		"t.tab:1:2: 'a': no 'run'; name its program, or write 'ty"
			"pe = group'\n"},
	{"ready_daemon",
		TEXT("[a]\n"
			"run = /a\n"
			"ready = exit\n"),
		"t.tab:3:1: 'ready = exit' with a daemon: it would never "
			"be up; write 'type = oneshot', or remove 'ready'\n"},
	{"ready_oneshot",
		TEXT("[a]\n"
			"run = /a\n"
			"type = oneshot\n"
			"ready = started\n"),
		"t.tab:4:1: 'ready = started' (or exec) with a oneshot: i"
			"t is up when it has exited 0; remove 'ready'\n"},
	{"on_exit",
		TEXT("[a]\n"
			"run = /a\n"
			"on-exit = poweroff\n"
			"restart = always\n"),
		"t.tab:4:1: 'restart = always' with 'on-exit': its end is"
			" the machine's; remove one of the two\n"},
	{"edge_unknown",
		TEXT("[a]\n"
			"run = /a\n"
			"needs = bb\n"
			"bound = cc\n"
			"wants = dd\n"
			"after = ee\n"
			"before = netwrok\n"),
		"t.tab:3:9: unknown service 'bb'\n"
			"t.tab:4:9: unknown service 'cc'\n"
			"t.tab:5:9: unknown service 'dd'\n"
			"t.tab:6:9: unknown service 'ee'\n"
			"t.tab:7:10: unknown service 'netwrok'; did you mean 'net"
			"work'?\n"},
	{"edge_self",
		TEXT("[a]\n"
			"run = /a\n"
			"needs = a\n"
			"before = a\n"),
		"t.tab:3:9: 'a' cannot be its own 'needs'; remove it\n"
			"t.tab:4:10: 'a' cannot be its own 'before'; remove it\n"},
	{"cycle",
		TEXT("[web]\n"
			"run = /a\n"
			"needs = db\n"
			"[db]\n"
			"run = /b\n"
			"needs = web\n"),
		"t.tab:3:9: cycle web -> db -> web; remove one 'needs'\n"},
	{"cycle_weak",
		TEXT("[web]\n"
			"run = /a\n"
			"needs = db\n"
			"[db]\n"
			"run = /b\n"
			"needs = mid\n"
			"[mid]\n"
			"run = /c\n"
			"after = web\n"),
		"t.tab:9:9: cycle web -> db -> mid -> web; remove one 'af"
			"ter'\n"},
	{"cycle_before",
		TEXT("[web]\n"
			"run = /a\n"
			"before = mounts\n"),
		"t.tab:3:10: cycle mounts -> web -> mounts; remove one 'b"
			"efore'\n"},
	{"cycle_tied",
		TEXT("[a]\n"
			"run = /a\n"
			"needs = b c\n"
			"[b]\n"
			"run = /b\n"
			"needs = a\n"
			"[c]\n"
			"run = /c\n"
			"needs = b\n"),
		"t.tab:3:9: cycle a -> b -> a (and 1 more tied into it); "
			"remove one 'needs'\n"},
	{"report",
		TEXT("[system]\n"
			"report = consol\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'consol': write console | isa-debug-exit | p"
			"vpanic | vsock:CID:PORT\n"},
	{"report_two",
		TEXT("[system]\n"
			"report = console pvpanic\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'console': write console | isa-debug-exit | "
			"pvpanic | vsock:CID:PORT\n"},
	{"report_vsock",
		TEXT("[system]\n"
			"report = vsock:2\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'vsock:2': write console | isa-debug-exit | "
			"pvpanic | vsock:CID:PORT\n"},
	{"report_cid",
		TEXT("[system]\n"
			"report = vsock:4294967295:1\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'vsock:4294967295:1': write console | isa-de"
			"bug-exit | pvpanic | vsock:CID:PORT\n"},
	{"report_port",
		TEXT("[system]\n"
			"report = vsock:2:x\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'vsock:2:x': write console | isa-debug-exit "
			"| pvpanic | vsock:CID:PORT\n"},
	{"module",
		TEXT("[system]\n"
			"modules = a/b vi?rt\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:11: 'a/b': not a module's name; write NAME, or "
			"\"NAME ARGUMENTS\" in double quotes\n"
			"t.tab:2:15: 'vi?rt': not a module's name; write NAME, or"
			" \"NAME ARGUMENTS\" in double quotes\n"},
	{"sysctl",
		TEXT("[system]\n"
			"sysctl = a .b=c a..b=c a/b=c\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:10: 'a': not of the form KEY=VALUE with dots in "
			"KEY, such as net.ipv4.ip_forward=1\n"
			"t.tab:2:12: '.b=c': not of the form KEY=VALUE with dots "
			"in KEY, such as net.ipv4.ip_forward=1\n"
			"t.tab:2:17: 'a..b=c': not of the form KEY=VALUE with dot"
			"s in KEY, such as net.ipv4.ip_forward=1\n"
			"t.tab:2:24: 'a/b=c': not of the form KEY=VALUE with dots"
			" in KEY, such as net.ipv4.ip_forward=1\n"},
	{"reboot_limit",
		TEXT("[system]\n"
			"reboot-limit = 3\n"
			"shutdown-limit = none\n"
			"[a]\n"
			"run = /a\n"),
		"t.tab:2:16: '3': not a value of 'reboot-limit'; write CO"
			"UNT TIME | none\n"
			"t.tab:3:18: 'none': not a time of at most 49d; write 250"
			"ms, 10s, 5m, 1h or 1d\n"},
	{"address",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface e]\n"
			"address = 10.0.0.1 10.0.0/24 10.0.0.1/33 10.0.0.256/8 10"
			".0.0.01/8 10.0.0.1.2/8 fe80/64 fe80::1::2/64 1:2:3:4:5:6"
			":7:8:9/64 12345::/64 ::/129 1:2:3:4:5:6:7::1.2.3.4/64 ff"
			"ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			"ff/64 1:2:3:4:5:6:7:1.2.3.4/64 g::/64 ::g/64 1.2.3/8 ::1"
			".2.3/96\n"),
		"t.tab:4:11: '10.0.0.1': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:20: '10.0.0/24': not an address with its prefix,"
			" such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:30: '10.0.0.1/33': not an address with its prefi"
			"x, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:42: '10.0.0.256/8': not an address with its pref"
			"ix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:55: '10.0.0.01/8': not an address with its prefi"
			"x, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:67: '10.0.0.1.2/8': not an address with its pref"
			"ix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:80: 'fe80/64': not an address with its prefix, s"
			"uch as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:88: 'fe80::1::2/64': not an address with its pre"
			"fix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:102: '1:2:3:4:5:6:7:8:9/64': not an address with"
			" its prefix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:123: '12345::/64': not an address with its prefi"
			"x, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:134: '::/129': not an address with its prefix, s"
			"uch as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:141: '1:2:3:4:5:6:7::1.2.3.4/64': not an address"
			" with its prefix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:167: 'ffffffffffffffffffffffffffffffffffffffffff"
			"ffffffffffffffffff/64': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:231: '1:2:3:4:5:6:7:1.2.3.4/64': not an address "
			"with its prefix, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:256: 'g::/64': not an address with its prefix, s"
			"uch as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:263: '::g/64': not an address with its prefix, s"
			"uch as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:270: '1.2.3/8': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:4:278: '::1.2.3/96': not an address with its prefi"
			"x, such as 10.0.0.2/24 or fd00::2/64\n"},
	{"via",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface e]\n"
			"via = 10.0.0.1/24\n"
			"mtu = 10\n"
			"up = maybe\n"),
		"t.tab:4:7: '10.0.0.1/24': not one address, such as 10.0."
			"0.1\n"
			"t.tab:5:7: '10': 'mtu' is a number from 68 to 65535\n"
			"t.tab:6:6: 'maybe': not a value of 'up'; write no | yes\n"},
	{"via_two",
		TEXT("[a]\n"
			"run = /a\n"
			"[interface e]\n"
			"via = 10.0.0.1 10.0.0.2\n"),
		"t.tab:4:7: '10.0.0.1': not one address, such as 10.0.0.1\n"},
	{"nothing",
		TEXT(""),
		"no service in the table; only the rescue shell is starte"
			"d\n"},
	{"only_comments",
		TEXT("# nothing\n"
			"\n"
			"  # here\n"),
		"no service in the table; only the rescue shell is starte"
			"d\n"},
	{"defaults_fault",
		TEXT("[defaults]\n"
			"memory = 1Q\n"
			"needs = nobody\n"
			"[a]\n"
			"run = /a\n"
			"[b]\n"
			"run = /b\n"),
		"t.tab:2:10: '1Q': not a size; write 64K, 32M or 1G\n"
			"t.tab:3:9: unknown service 'nobody'\n"},
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
