/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Networks, bridges, interfaces)
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
	{"net_kind",
		TEXT("[s]\n"
			"run = /s\n"
			"net = tap x\n"),
		"t.tab:3:7: 'tap': no kind of interface; there are bridge"
			", veth, macvlan and move\n"},
	{"net_kind_near",
		TEXT("[s]\n"
			"run = /s\n"
			"net = bridg br0 auto\n"),
		"t.tab:3:7: 'bridg': no kind of interface; did you mean '"
			"bridge'?\n"},
	{"net_no_link",
		TEXT("[s]\n"
			"run = /s\n"
			"net = bridge\n"),
		"t.tab:3:7: 'bridge': ends too early; write the name of t"
			"he bridge or interface behind it\n"},
	{"net_bad_link",
		TEXT("[s]\n"
			"run = /s\n"
			"net = bridge a/b auto\n"),
		"t.tab:3:14: interface 'a/b': at most 15 bytes, without '"
			"/', ':' and '%'\n"},
	{"net_empty_link",
		TEXT("[s]\n"
			"run = /s\n"
			"net = move \"\"\n"),
		"t.tab:3:12: interface '': at most 15 bytes, without '/',"
			" ':' and '%'\n"},
	{"net_no_address",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0\n"
			"net = macvlan eth0\n"),
		"t.tab:5:14: 'br0': ends too early; write an address with"
			" its prefix, or auto behind it\n"
			"t.tab:6:15: 'eth0': ends too early; write an address wit"
			"h its prefix behind it\n"},
	{"net_bad_address",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.0.2\n"
			"net = bridge br0 10.0.0.2/33\n"
			"net = bridge br0 x/1\n"),
		"t.tab:5:18: '10.0.0.2': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:6:18: '10.0.0.2/33': not an address with its prefi"
			"x, such as 10.0.0.2/24 or fd00::2/64\n"
			"t.tab:7:18: 'x/1': not an address with its prefix, such "
			"as 10.0.0.2/24 or fd00::2/64\n"},
	{"net_auto_both",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto 10.0.0.2/24\n"),
		"t.tab:5:18: 'auto' with an address: write one of the two"
			"\n"},
	{"net_auto_macvlan",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = macvlan eth0 auto\n"),
		"t.tab:5:20: 'auto': not an address with its prefix, such"
			" as 10.0.0.2/24 or fd00::2/64\n"},
	{"net_many_addresses",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.0.2/24 10.0.0.3/24 10.0.0.4/24 10."
			"0.0.5/24 10.0.0.6/24\n"),
		"t.tab:5:66: '10.0.0.6/24': more than 4 addresses of one "
			"interface; give it another 'net'\n"},
	{"net_peer",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.0.2/24 peer 10.0.0.3/24\n"),
		"t.tab:5:30: 'peer': write an address, 'via' or nothing h"
			"ere\n"},
	{"net_no_peer",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = veth 10.3.0.2/30\n"
			"net = veth 10.3.0.2/30 via 10.3.0.1\n"),
		"t.tab:5:12: '10.3.0.2/30': ends too early; write 'peer A"
			"DDR', the host's address behind it\n"
			"t.tab:6:24: 'via': write 'peer ADDR', the host's address"
			" here\n"},
	{"net_peer_empty",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = veth 10.3.0.2/30 peer\n"
			"net = veth 10.3.0.2/30 peer via 10.3.0.1\n"),
		"t.tab:5:24: 'peer': ends too early; write an address wit"
			"h its prefix behind it\n"
			"t.tab:6:29: 'via': write an address with its prefix here"
			"\n"},
	{"net_peer_far",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = veth 10.3.0.2/30 peer 10.4.0.1/30\n"),
		"t.tab:5:29: '10.4.0.1/30': not in the subnet of an addre"
			"ss of this interface\n"},
	{"net_peer_bad",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = veth 10.3.0.2/30 peer 10.3.0.1\n"),
		"t.tab:5:29: '10.3.0.1': not an address with its prefix, "
			"such as 10.0.0.2/24 or fd00::2/64\n"},
	{"net_peer_two",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = veth 10.3.0.2/29 peer 10.3.0.1/29 10.3.0.3/29\n"),
		"t.tab:5:41: '10.3.0.3/29': a second one of its family; r"
			"emove one\n"},
	{"net_via_empty",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto via\n"),
		"t.tab:5:23: 'via': ends too early; write an address with"
			"out prefix behind it\n"},
	{"net_via_prefix",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto via 10.0.0.1/24\n"),
		"t.tab:5:27: '10.0.0.1/24': write an address without pref"
			"ix here\n"},
	{"net_via_far",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.0.2/24 via 10.9.0.1\n"
			"net = bridge br0 auto via 10.9.0.1\n"
			"net = move eth1 via 10.0.0.1\n"),
		"t.tab:5:34: '10.9.0.1': not in the subnet of an address "
			"of this interface\n"
			"t.tab:6:18: 'via 10.9.0.1': not in a subnet of 'br0'\n"
			"t.tab:7:21: '10.0.0.1': not in the subnet of an address "
			"of this interface\n"},
	{"net_via_two",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto via 10.0.0.1 10.0.0.2\n"),
		"t.tab:5:36: '10.0.0.2': a second one of its family; remo"
			"ve one\n"},
	{"net_behind",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto\n"
			"net = veth 10.3.0.2/30 peer 10.3.0.1/30 via 10.3.0.1 x\n"),
		"t.tab:6:54: 'x': write an address without prefix here\n"},
	{"net_too_many",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"
			"net = bridge br0 auto\n"),
		"t.tab:13:1: more than 8 interfaces of one service\n"},
	{"net_unknown_bridge",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br1 auto\n"),
		"t.tab:5:14: no [bridge br1]; did you mean 'br0'?\n"},
	{"net_faulty_bridge",
		TEXT("[bridge br0]\n"
			"mtu = 1\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto\n"),
		"t.tab:2:7: '1': 'mtu' is a number from 68 to 65535\n"
			"t.tab:5:14: 'br0': its own stanza has a fault\n"},
	{"net_no_bridge",
		TEXT("[interface e]\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge e auto\n"),
		"t.tab:4:14: 'e': not a bridge; write 'net = macvlan e AD"
			"DR', or make it one of the 'ports' of a [bridge]\n"},
	{"net_moved_bridge",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = move br0\n"),
		"t.tab:5:12: 'br0': a bridge stays with the host; write '"
			"net = bridge br0 auto'\n"},
	{"net_moved_twice",
		TEXT("[s]\n"
			"run = /s\n"
			"net = move e\n"
			"[t]\n"
			"run = /t\n"
			"net = move e\n"),
		"t.tab:6:12: 'e': is moved to 's' too; remove one\n"},
	{"net_outside",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.1.2/24 fd01::2/64\n"),
		"t.tab:5:18: '10.0.1.2/24': 'br0' has 10.0.0.1/24; write "
			"an address of that subnet, or 'auto'\n"
			"t.tab:5:30: 'fd01::2/64': 'br0' has fd00::1/64; write an"
			" address of that subnet, or 'auto'\n"},
	{"net_same",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/24 fd00::1/64\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 10.0.0.2/24\n"
			"[t]\n"
			"run = /t\n"
			"net = bridge br0 10.0.0.2/24 fd00::1/64\n"),
		"t.tab:8:18: '10.0.0.2/24': is an address of 's' too; cho"
			"ose another\n"
			"t.tab:8:30: 'fd00::1/64': is the host's own address; cho"
			"ose another\n"},
	{"net_full",
		TEXT("[bridge br0]\n"
			"address = 10.0.0.1/30\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto\n"
			"[t]\n"
			"run = /t\n"
			"net = bridge br0 auto\n"),
		"t.tab:8:18: 'auto': no address is left in the subnet of "
			"10.0.0.1/30; choose a larger one for 'br0'\n"},
	{"net_nothing_to_give",
		TEXT("[bridge br0]\n"
			"[s]\n"
			"run = /s\n"
			"net = bridge br0 auto\n"),
		"t.tab:4:18: 'auto': 'br0' has no address; give it one, o"
			"r write one here\n"},
	{"net_isolation",
		TEXT("[s]\n"
			"run = /s\n"
			"isolation = none\n"
			"net = move e\n"
			"dns = 10.0.0.1\n"),
		"t.tab:4:1: 'net' with 'isolation = none': there is no co"
			"mpartment; remove one of the two\n"
			"t.tab:5:1: 'dns' with 'isolation = none': there is no co"
			"mpartment; remove one of the two\n"},
	{"net_host",
		TEXT("[s]\n"
			"run = /s\n"
			"host = net mnt\n"
			"net = move e\n"
			"dns = 10.0.0.1\n"),
		"t.tab:4:1: 'net' with 'host = net': it would change the "
			"host's network; remove one of the two\n"
			"t.tab:5:1: 'dns' with 'host = mnt': it would change the "
			"host's files; remove one of the two\n"},
	{"net_join",
		TEXT("[s]\n"
			"run = /s\n"
			"join = net:t\n"
			"net = move e\n"
			"[t]\n"
			"run = /t\n"),
		"t.tab:4:1: 'net' with 'join = net': the network is that "
			"of the other; write it there\n"},
	{"dns",
		TEXT("[s]\n"
			"run = /s\n"
			"dns = localhost 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4\n"),
		"t.tab:3:7: 'localhost': not an address, such as 10.0.0.1"
			"\n"
			"t.tab:3:44: '10.0.0.4': more than 3 name servers, and no"
			"ne behind them would be asked; remove one\n"},
	{"link_kind",
		TEXT("[s]\n"
			"run = /s\n"
			"[interface a]\n"
			"kind = vxlan\n"
			"[interface b]\n"
			"kind = vlan e\n"
			"[interface c]\n"
			"kind = dummy x\n"
			"[interface d]\n"
			"kind = bond e 5\n"),
		"t.tab:4:8: 'vxlan': write vlan IF ID | dummy\n"
			"t.tab:6:8: 'vlan': write vlan IF ID | dummy\n"
			"t.tab:8:8: 'dummy': write vlan IF ID | dummy\n"
			"t.tab:10:8: 'bond': write vlan IF ID | dummy\n"},
	{"link_vlan",
		TEXT("[s]\n"
			"run = /s\n"
			"[interface a]\n"
			"kind = vlan e 4095\n"
			"[interface b]\n"
			"kind = vlan e 0\n"
			"[interface c]\n"
			"kind = vlan a/b 5\n"),
		"t.tab:4:15: '4095': the id of a VLAN is from 1 to 4094\n"
			"t.tab:6:15: '0': the id of a VLAN is from 1 to 4094\n"
			"t.tab:8:13: interface 'a/b': at most 15 bytes, without '"
			"/', ':' and '%'\n"},
	{"bridge_ports",
		TEXT("[s]\n"
			"run = /s\n"
			"[bridge a]\n"
			"ports = e f a e x/y\n"
			"[bridge b]\n"
			"ports = f\n"),
		"t.tab:4:13: 'a' cannot be a port of itself; remove it\n"
			"t.tab:4:15: 'e': is a port of 'a' too; remove one\n"
			"t.tab:4:17: interface 'x/y': at most 15 bytes, without '"
			"/', ':' and '%'\n"
			"t.tab:6:9: 'f': is a port of 'a' too; remove one\n"},
	{"bridge_twice",
		TEXT("[s]\n"
			"run = /s\n"
			"[bridge a]\n"
			"[interface a]\n"),
		"t.tab:4:12: a second [interface a] or [bridge a]; put th"
			"e two together\n"},
	{"bridge_key",
		TEXT("[s]\n"
			"run = /s\n"
			"[bridge a]\n"
			"kind = dummy\n"
			"up = yes\n"
			"run = /x\n"),
		"t.tab:4:1: key 'kind': belongs to an [interface], not to"
			" a [bridge]\n"
			"t.tab:5:1: key 'up': belongs to an [interface], not to a"
			" [bridge]\n"
			"t.tab:6:1: key 'run': belongs to a service, not to a [br"
			"idge]\n"},
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
