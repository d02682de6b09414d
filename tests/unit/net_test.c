/* What net, dns, [bridge] and [interface] mean: interfaces, addresses that are
 * given, names on the host, /etc/hosts.
 */
#include "fixture.h"

#include "base/address.h"

#define BRIDGES \
	"[bridge br0]\n" \
	"address = 10.0.0.1/24 fd00::1/64\n" \
	"[bridge br1]\n" \
	"address = 10.1.0.1/16\n"

static void assert_sound(const struct built *b)
{
	assert_string_equal(faults_of(b), "");
}

static const struct net_entry *net_of(
	const struct built *b, const char *name, uint32_t number)
{
	const struct service *s = service_of(b, name);
	const struct net_entry *all = table_pointer(b->table, s->nets.at);

	assert_true(number < s->nets.count);
	return &all[number];
}

static const struct interface *interface_at(
	const struct built *b, uint32_t index)
{
	const struct interface *all =
		table_pointer(b->table, b->table->interfaces.at);

	assert_true(index < b->table->interfaces.count);
	return &all[index];
}

/* "10.0.0.2/24 fd00::2/64" */
static const char *addresses_of(const struct net_entry *net)
{
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < net->address_count; i++) {
		char bare[ADDRESS_SIZE];

		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s/%u", i ? " " : "",
			address_write(bare, &net->addresses[i]),
			net->addresses[i].prefix);
	}
	return text;
}

static const char *written(const struct address *address)
{
	static char bare[ADDRESS_SIZE];

	return address_write(bare, address);
}

static void addresses_are_written(void **state)
{
	static const char *const rows[][2] = {{"10.0.0.1", "10.0.0.1"},
		{"::", "::"}, {"::1", "::1"}, {"1::", "1::"},
		{"fd00:0:0:1::1", "fd00:0:0:1::1"},
		{"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
		{"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
		{"1:0:0:0:2:0:0:3", "1::2:0:0:3"},
		{"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
		{"::ffff:1.2.3.4", "::ffff:102:304"}};
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(address_parse(rows[i][0], strlen(rows[i][0]), &a));
		assert_string_equal(written(&a), rows[i][1]);
	}
}

static void subnets(void **state)
{
	static const struct {
		const char *subnet;
		uint8_t prefix;
		const char *address;
		bool within;
	} rows[] = {{"10.0.0.1", 24, "10.0.0.255", true},
		{"10.0.0.1", 24, "10.0.1.0", false},
		{"10.0.0.1", 23, "10.0.1.0", true},
		{"10.0.0.1", 31, "10.0.0.0", true},
		{"10.0.0.1", 32, "10.0.0.0", false},
		{"10.0.0.1", 0, "200.0.0.0", true},
		{"10.0.0.1", 0, "::", false},
		{"fd00::1", 63, "fd00:0:0:1::", true},
		{"fd00::1", 64, "fd00:0:0:1::", false}};
	struct address subnet;
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(address_parse(
			rows[i].subnet, strlen(rows[i].subnet), &subnet));
		assert_true(address_parse(
			rows[i].address, strlen(rows[i].address), &address));
		subnet.prefix = rows[i].prefix;
		assert_int_equal(
			address_within(&subnet, &address), rows[i].within);
	}
	assert_false(address_same(&subnet, &address));
	assert_true(address_same(&subnet, &subnet));
}

static void interfaces_of_the_host(void **state)
{
	const struct interface *one;
	const table_at *ports;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\n"
		"[interface eth0]\n"
		"[interface eth0.5]\nkind = vlan eth0 5\n"
		"[interface d]\nkind = dummy\n"
		"[bridge br0]\nports = eth0.5 d\nmtu = 1400\nvia = 10.0.0.2\n"
		"address = 10.0.0.1/24\n");
	assert_sound(&b);
	assert_int_equal(interface_at(&b, 0)->kind, INTERFACE_THERE);
	one = interface_at(&b, 1);
	assert_int_equal(one->kind, INTERFACE_VLAN);
	assert_int_equal(one->vlan, 5);
	assert_string_equal(string_of(&b, one->link), "eth0");
	assert_int_equal(interface_at(&b, 2)->kind, INTERFACE_DUMMY);
	one = interface_at(&b, 3);
	assert_int_equal(one->kind, INTERFACE_BRIDGE);
	assert_int_equal(one->mtu, 1400);
	assert_int_equal(one->up, 1);
	assert_int_equal(one->addresses.count, 1);
	assert_string_equal(written(&one->via), "10.0.0.2");
	assert_int_equal(one->ports.count, 2);
	ports = table_pointer(b.table, one->ports.at);
	assert_string_equal(string_of(&b, ports[0]), "eth0.5");
	assert_string_equal(string_of(&b, ports[1]), "d");
	assert_int_equal(one->hosts, 0);
	assert_int_equal(service_of(&b, "a")->nets.count, 0);
	assert_int_equal(service_of(&b, "a")->hosts, 0);
	assert_int_equal(service_of(&b, "a")->resolv, 0);
	drop_built(&b);
}

static void every_kind_of_net(void **state)
{
	const struct net_entry *net;
	struct built b;

	(void)state;
	build_text(&b,
		BRIDGES
		"[web]\nrun = /a\n"
		"net = bridge br0 10.0.0.2/24 fd00::2/64 via 10.0.0.1 fe80::1\n"
		"net = veth 10.3.0.2/30 fd03::2/64 peer 10.3.0.1/30 "
		"fd03::1/64\n"
		"net = macvlan lan 10.4.0.2/24\n"
		"net = move eth1\n"
		"net = move lan 10.5.0.2/24 via 10.5.0.1\n"
		"dns = 10.0.0.1 fd00::1\n");
	assert_sound(&b);
	net = net_of(&b, "web", 0);
	assert_int_equal(net->kind, NET_BRIDGE);
	assert_int_equal(net->interface, 0);
	assert_string_equal(string_of(&b, net->link), "br0");
	assert_string_equal(string_of(&b, net->name), "eth0");
	assert_string_equal(string_of(&b, net->host_name), "web-0");
	assert_int_equal(net->whole_name, 0);
	assert_string_equal(addresses_of(net), "10.0.0.2/24 fd00::2/64");
	assert_string_equal(written(&net->via[0]), "10.0.0.1");
	assert_string_equal(written(&net->via[1]), "fe80::1");
	net = net_of(&b, "web", 1);
	assert_int_equal(net->kind, NET_VETH);
	assert_int_equal(net->interface, NET_NO_STANZA);
	assert_int_equal(net->link, 0);
	assert_string_equal(string_of(&b, net->name), "eth2");
	assert_string_equal(string_of(&b, net->host_name), "web-1");
	assert_string_equal(written(&net->peers[0]), "10.3.0.1");
	assert_int_equal(net->peers[0].prefix, 30);
	assert_string_equal(written(&net->peers[1]), "fd03::1");
	assert_int_equal(net->via[0].family, 0);
	net = net_of(&b, "web", 2);
	assert_int_equal(net->kind, NET_MACVLAN);
	assert_string_equal(string_of(&b, net->link), "lan");
	assert_string_equal(string_of(&b, net->name), "eth3");
	assert_string_equal(string_of(&b, net->host_name), "web-2");
	net = net_of(&b, "web", 3);
	assert_int_equal(net->kind, NET_MOVE);
	assert_string_equal(string_of(&b, net->name), "eth1");
	assert_int_equal(net->address_count, 0);
	net = net_of(&b, "web", 4);
	assert_string_equal(string_of(&b, net->name), "lan");
	assert_int_equal(net->number, 4);
	assert_string_equal(edges_text(&b, service_of(&b, "web")->waits),
		"mounts:needs network:after");
	assert_string_equal(string_of(&b, service_of(&b, "web")->resolv),
		"nameserver 10.0.0.1\nnameserver fd00::1\n");
	assert_string_equal(string_of(&b, service_of(&b, "web")->hosts),
		"10.3.0.2 web\nfd03::2 web\n10.4.0.2 web\n10.5.0.2 web\n");
	drop_built(&b);
}

/* These values are promised: they are the same after every edit and reboot. */
static void given_addresses(void **state)
{
	static const char text[] =
		BRIDGES "[web]\nrun = /a\nnet = bridge br0 auto via 10.0.0.1\n"
			"net = bridge br1 auto\n"
			"[db]\nrun = /a\nnet = bridge br0 auto\n";
	char more[sizeof(text) + 128];
	struct built b;

	(void)state;
	build_text(&b, text);
	assert_sound(&b);
	assert_string_equal(addresses_of(net_of(&b, "web", 0)),
		"10.0.0.131/24 fd00::3d7d:6ef6:19ea:9383/64");
	assert_string_equal(
		addresses_of(net_of(&b, "web", 1)), "10.1.145.208/16");
	assert_string_equal(addresses_of(net_of(&b, "db", 0)),
		"10.0.0.185/24 fd00::a89:7a18:f454:14b9/64");
	drop_built(&b);
	snprintf(more, sizeof(more),
		"%s[new]\nrun = /n\nnet = bridge br0 auto\n", text);
	build_text(&b, more);
	assert_sound(&b);
	assert_string_equal(addresses_of(net_of(&b, "web", 0)),
		"10.0.0.131/24 fd00::3d7d:6ef6:19ea:9383/64");
	assert_string_equal(addresses_of(net_of(&b, "db", 0)),
		"10.0.0.185/24 fd00::a89:7a18:f454:14b9/64");
	drop_built(&b);
}

/* All of a subnet is given, each address once, and none that is taken. */
static void a_whole_subnet(void **state)
{
	char text[8192] = "[bridge b]\naddress = 10.0.0.17/28\n"
			  "[fixed]\nrun = /f\nnet = bridge b 10.0.0.20/28\n"
			  "[side]\nrun = /f\n"
			  "net = veth 10.0.0.18/28 peer 10.0.0.19/28\n";
	bool taken[16] = {[0] = true,
		[1] = true,
		[2] = true,
		[3] = true,
		[4] = true,
		[15] = true};
	size_t used = strlen(text);
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"[s%u]\nrun = /s\nnet = bridge b auto\n", i);
	build_text(&b, text);
	assert_sound(&b);
	for (unsigned i = 0; i < 10; i++) {
		char name[8];
		const struct net_entry *net;

		snprintf(name, sizeof(name), "s%u", i);
		net = net_of(&b, name, 0);
		assert_int_equal(net->address_count, 1);
		assert_int_equal(net->addresses[0].prefix, 28);
		assert_int_equal(net->addresses[0].bytes[3] & 0xf0, 16);
		assert_false(taken[net->addresses[0].bytes[3] & 15]);
		taken[net->addresses[0].bytes[3] & 15] = true;
	}
	drop_built(&b);
}

static void smallest_subnets(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[bridge b]\naddress = 10.0.0.0/31 fd00::1/127\n"
		"[a]\nrun = /a\nnet = bridge b auto\n");
	assert_string_equal(faults_of(&b),
		"t.tab:5:16: 'auto': no address is left in the subnet of "
		"fd00::1/127; choose a larger one for 'b'\n");
	assert_string_equal(addresses_of(net_of(&b, "a", 0)), "10.0.0.1/31");
	assert_true(service_of(&b, "a")->flags & SERVICE_FAULTY);
	drop_built(&b);
	build_text(&b,
		"[bridge b]\naddress = fd00::1/10\n"
		"[a]\nrun = /a\nnet = bridge b auto\n");
	assert_sound(&b);
	assert_int_equal(net_of(&b, "a", 0)->addresses[0].bytes[1], 0);
	assert_int_equal(net_of(&b, "a", 0)->addresses[0].bytes[7], 0);
	drop_built(&b);
}

static void who_is_known_by_name(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		BRIDGES
		"[template t@]\nrun = /t\nnet = bridge br0 10.0.0.%i/24\n"
		"[t@3]\n"
		"[web]\nrun = /a\nhostname = ship\n"
		"net = bridge br0 10.0.0.2/24\nnet = bridge br1 10.1.0.2/16\n"
		"[bare]\nrun = /b\n");
	assert_sound(&b);
	assert_string_equal(string_of(&b, interface_at(&b, 0)->hosts),
		"10.0.0.3 t-3\n10.0.0.2 web\n");
	assert_string_equal(
		string_of(&b, interface_at(&b, 1)->hosts), "10.1.0.2 web\n");
	assert_string_equal(string_of(&b, service_of(&b, "web")->hosts),
		"10.0.0.2 ship\n10.1.0.2 ship\n");
	assert_int_equal(service_of(&b, "t@3")->hosts, 0);
	assert_int_equal(service_of(&b, "bare")->hosts, 0);
	assert_string_equal(
		string_of(&b, net_of(&b, "t@3", 0)->host_name), "t-3-0");
	drop_built(&b);
}

/* Ends on the host have 15 bytes, and each its own. */
static void names_on_the_host(void **state)
{
	const char *one;
	const char *other;
	struct built b;

	(void)state;
	build_text(&b,
		"[interface web-0]\n"
		"[bridge b]\n"
		"[web]\nrun = /a\nnet = bridge b 10.0.0.1/24\n"
		"[thirteen-byte]\nrun = /a\nnet = bridge b 10.0.0.2/24\n"
		"[fourteen-bytes]\nrun = /a\nnet = bridge b 10.0.0.3/24\n"
		"[fourteen-bytez]\nrun = /a\nnet = bridge b 10.0.0.4/24\n"
		"[template a@]\nrun = /a\nnet = bridge b 10.0.0.%i/24\n"
		"[a@5]\n"
		"[a-5]\nrun = /a\nnet = bridge b 10.0.0.6/24\n");
	assert_sound(&b);
	assert_string_equal(
		string_of(&b, net_of(&b, "thirteen-byte", 0)->host_name),
		"thirteen-byte-0");
	one = string_of(&b, net_of(&b, "fourteen-bytes", 0)->host_name);
	other = string_of(&b, net_of(&b, "fourteen-bytez", 0)->host_name);
	assert_int_equal(strlen(one), 15);
	assert_memory_equal(one, "fourtee~", 8);
	assert_string_not_equal(one, other);
	assert_string_equal(
		string_of(&b, net_of(&b, "fourteen-bytes", 0)->whole_name),
		"fourteen-bytes-0");
	one = string_of(&b, net_of(&b, "web", 0)->host_name);
	assert_memory_equal(one, "web-0~", 6);
	assert_string_equal(
		string_of(&b, net_of(&b, "a@5", 0)->host_name), "a-5-0");
	assert_memory_equal(
		string_of(&b, net_of(&b, "a-5", 0)->host_name), "a-5-0~", 6);
	drop_built(&b);
}

/* Two names with one hash. */
static void names_that_clash(void **state)
{
	const char *one;
	const char *other;
	struct built b;

	(void)state;
	build_text(&b,
		"[bridge b]\n"
		"[aaaaaaa00001898]\nrun = /a\nnet = bridge b 10.0.0.1/24\n"
		"[aaaaaaa00004884]\nrun = /a\nnet = bridge b 10.0.0.2/24\n");
	assert_sound(&b);
	one = string_of(&b, net_of(&b, "aaaaaaa00001898", 0)->host_name);
	other = string_of(&b, net_of(&b, "aaaaaaa00004884", 0)->host_name);
	assert_memory_equal(one, other, 8);
	assert_string_not_equal(one, other);
	drop_built(&b);
}

/* What [defaults] gives is left out where there is no network of its own. */
static void defaults_have_a_meaning(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[bridge b]\naddress = 10.0.0.1/24\n"
		"[defaults]\nnet = bridge b auto\ndns = 10.0.0.1\n"
		"[a]\nrun = /a\n"
		"[b]\nrun = /a\nhost = net\n"
		"[c]\nrun = /a\nisolation = none\n"
		"[d]\nrun = /a\nnet =\ndns =\n"
		"[e]\nrun = /a\nhost = mnt\n"
		"[f]\nrun = /a\nnet = bridge b 10.0.0.2/24\n"
		"[g]\nrun = /a\njoin = ipc:a net:a\n"
		"[h]\ntype = group\n");
	assert_sound(&b);
	assert_int_equal(service_of(&b, "a")->nets.count, 1);
	assert_true(service_of(&b, "a")->resolv);
	assert_int_equal(service_of(&b, "b")->nets.count, 0);
	assert_true(service_of(&b, "b")->resolv);
	assert_int_equal(service_of(&b, "c")->nets.count, 0);
	assert_false(service_of(&b, "c")->resolv);
	assert_int_equal(service_of(&b, "d")->nets.count, 0);
	assert_false(service_of(&b, "d")->resolv);
	assert_int_equal(service_of(&b, "e")->nets.count, 1);
	assert_false(service_of(&b, "e")->resolv);
	assert_string_equal(addresses_of(net_of(&b, "f", 0)), "10.0.0.2/24");
	assert_int_equal(service_of(&b, "g")->nets.count, 0);
	assert_int_equal(service_of(&b, "h")->nets.count, 0);
	drop_built(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_written),
		cmocka_unit_test(subnets),
		cmocka_unit_test(interfaces_of_the_host),
		cmocka_unit_test(every_kind_of_net),
		cmocka_unit_test(given_addresses),
		cmocka_unit_test(a_whole_subnet),
		cmocka_unit_test(smallest_subnets),
		cmocka_unit_test(who_is_known_by_name),
		cmocka_unit_test(names_on_the_host),
		cmocka_unit_test(names_that_clash),
		cmocka_unit_test(defaults_have_a_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
