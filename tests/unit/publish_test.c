/* Published ports: what is laid out, and what is refused. */
#include "fixture.h"

struct row {
	const char *name;
	const char *text;
	const char *faults;
};

#define ETH0 "[interface eth0]\naddress = 10.0.0.1/24 fd00::1/64\n"
#define BAD(word) \
	"t.tab:3:11: '" word \
	"': not a port to publish; write tcp:PORT, tcp:PORT:INSIDE, " \
	"udp:ADDRESS:PORT, tcp:[IPV6]:PORT or tcp:INTERFACE:PORT, with ports " \
	"from 1 to 65535\n"
#define WRONG(name, word) \
	{ \
		name, "[a]\nrun = /a\npublish = " word "\n", BAD(word) \
	}

/* clang-format off */
static const struct row rows[] = {
	WRONG("protocol", "sctp:80"),
	WRONG("protocol_alone", "tcp"),
	WRONG("no_protocol", "80"),
	WRONG("nothing", "tcp:"),
	WRONG("zero", "tcp:0"),
	WRONG("too_high", "udp:65536"),
	WRONG("inside_zero", "tcp:80:0"),
	WRONG("inside_nothing", "tcp:80:"),
	WRONG("third", "tcp:80:80:80"),
	WRONG("no_port", "tcp:10.0.0.1"),
	WRONG("no_port_behind", "tcp:10.0.0.1:"),
	WRONG("no_interface", "tcp::80"),
	WRONG("open_bracket", "tcp:[fd00::1:80"),
	WRONG("bracket_alone", "tcp:[fd00::1]80"),
	WRONG("not_ipv6", "tcp:[fd00]:80"),
	WRONG("ipv4_in_brackets", "tcp:[10.0.0.1]:80"),
	{"no_interfaces",
		"[a]\nrun = /a\npublish = tcp:80\n",
		"t.tab:3:11: 'tcp:80': the table has 0 interfaces; name one, "
		"as in tcp:eth0:PORT, or an address\n"},
	{"two_interfaces",
		"[a]\nrun = /a\npublish = tcp:80\n" ETH0 "[interface eth1]\n",
		"t.tab:3:11: 'tcp:80': the table has 2 interfaces; name one, "
		"as in tcp:eth0:PORT, or an address\n"},
	{"unknown",
		"[a]\nrun = /a\npublish = tcp:eht0:80\n" ETH0,
		"t.tab:3:11: no [interface eht0]; did you mean 'eth0'?\n"},
	{"faulty_interface",
		"[a]\nrun = /a\npublish = tcp:eth0:80 tcp:81\n"
		"[interface eth0]\naddress = 10.0.0.1\n",
		"t.tab:5:11: '10.0.0.1': not an address with its prefix, such "
		"as 10.0.0.2/24 or fd00::2/64\n"},
	{"host_net",
		"[a]\nrun = /a\nhost = net\npublish = tcp:80\n" ETH0,
		"t.tab:4:1: 'publish' with 'host = net': it is on the host's "
		"network already; remove one of the two\n"},
	{"isolation_none",
		"[a]\nrun = /a\nisolation = none\npublish = tcp:80\n" ETH0,
		"t.tab:4:1: 'publish' with 'isolation = none': it is on the "
		"host's network already; remove one of the two\n"},
	{"twice",
		"[a]\nrun = /a\npublish = tcp:80\n"
		"[b]\nrun = /b\npublish = tcp:10.0.0.1:80:8080\n" ETH0,
		"t.tab:6:11: 'tcp:10.0.0.1:80:8080': 'a' publishes this port "
		"too; choose another\n"},
	{"twice_in_one",
		"[a]\nrun = /a\npublish = udp:eth0:80\npublish = udp:81 "
		"udp:80\n" ETH0,
		"t.tab:4:18: 'udp:80': 'a' publishes this port too; choose "
		"another\n"},
	{"twice_in_a_line",
		"[a]\nrun = /a\npublish = tcp:1.2.3.4:80 tcp:1.2.3.4:80:81\n",
		"t.tab:3:26: 'tcp:1.2.3.4:80:81': 'a' publishes this port too; "
		"choose another\n"},
	{"all_addresses",
		"[a]\nrun = /a\npublish = tcp:80\n"
		"[b]\nrun = /b\npublish = tcp:0.0.0.0:80 tcp:[::]:80\n" ETH0,
		"t.tab:6:11: 'tcp:0.0.0.0:80': 'a' publishes this port too; "
		"choose another\n"
		"t.tab:6:26: 'tcp:[::]:80': 'a' publishes this port too; "
		"choose another\n"},
	{"interface_and_address",
		"[a]\nrun = /a\npublish = tcp:80\n"
		"[b]\nrun = /b\npublish = tcp:10.0.0.1:80\n"
		"[interface eth0]\n",
		"t.tab:6:11: 'tcp:10.0.0.1:80': 'a' publishes this port too; "
		"choose another\n"},
	{"interface_twice",
		"[a]\nrun = /a\npublish = tcp:eth0:80\n"
		"[b]\nrun = /b\npublish = tcp:eth1:80\n"
		"[c]\nrun = /c\npublish = tcp:eth1:80:1\n"
		"[interface eth0]\n[interface eth1]\n",
		"t.tab:9:11: 'tcp:eth1:80:1': 'b' publishes this port too; "
		"choose another\n"},
	{"defaults_and_templates",
		"[defaults]\npublish = tcp:1.2.3.4:%\n"
		"[b]\nrun = /b\npublish =\n[template a@]\nrun = /a\npublish = tcp:1.2.3.4:8x\n",
		"t.tab:2:11: 'tcp:1.2.3.4:%': not a port to publish; write "
		"tcp:PORT, tcp:PORT:INSIDE, udp:ADDRESS:PORT, tcp:[IPV6]:PORT "
		"or tcp:INTERFACE:PORT, with ports from 1 to 65535\n"
		"t.tab:8:11: 'tcp:1.2.3.4:8x': not a port to publish; write "
		"tcp:PORT, tcp:PORT:INSIDE, udp:ADDRESS:PORT, tcp:[IPV6]:PORT "
		"or tcp:INTERFACE:PORT, with ports from 1 to 65535\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_text(&b, rows[i].text);
		if (strcmp(faults_of(&b), rows[i].faults) != 0)
			print_error("in row %s\n", rows[i].name);
		assert_string_equal(faults_of(&b), rows[i].faults);
		drop_built(&b);
	}
}

/* "tcp 10.0.0.1:80>8080 ..." */
static const char *ports_text(const struct built *b, const char *name)
{
	static char text[8192];
	const struct list list = service_of(b, name)->publish;
	const struct publish *all = table_pointer(b->table, list.at);
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s%u%s %u.%u..%u %s:%u>%u", i ? ", " : "",
			all[i].protocol == PUBLISH_UDP ? "udp" : "tcp",
			all[i].family, all[i].optional ? "?" : "",
			all[i].bytes[0], all[i].bytes[1], all[i].bytes[15],
			string_of(b, all[i].device), all[i].port,
			all[i].inside);
	return text;
}

static void ports(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\npublish = tcp:9\n"
		"[a]\nrun = /a\npublish = tcp:80 udp:53:5353\n"
		"publish = tcp:[fd00::9]:65535:1 udp:0.0.0.0:1\n"
		"[b]\nrun = /b\npublish = tcp:eth0:81\n"
		"[c]\nrun = /c\nhost = net\n"
		"[d]\nrun = /d\nisolation = none\n"
		"[e]\nrun = /e\npublish =\n"
		"[f]\nrun = /f\n" ETH0 "[bridge br0]\n");
	assert_string_equal(faults_of(&b), "");
	assert_string_equal(ports_text(&b, "a"),
		"tcp4 10.0..0 :80>80, tcp6 253.0..1 :80>80, "
		"udp4 10.0..0 :53>5353, udp6 253.0..1 :53>5353, "
		"tcp6 253.0..9 :65535>1, udp4 0.0..0 :1>1");
	assert_string_equal(ports_text(&b, "b"),
		"tcp4 10.0..0 :81>81, tcp6 253.0..1 :81>81");
	assert_string_equal(ports_text(&b, "c"), "");
	assert_string_equal(ports_text(&b, "d"), "");
	assert_string_equal(ports_text(&b, "e"), "");
	assert_string_equal(
		ports_text(&b, "f"), "tcp4 10.0..0 :9>9, tcp6 253.0..1 :9>9");
	assert_string_equal(
		edges_text(&b, service_of(&b, "a")->waits), "mounts:needs");
	drop_built(&b);
}

/* Its addresses are somebody else's business: it has to be there. */
static void an_interface_without_addresses(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\npublish = tcp:eth0:80\n"
		"[b]\nrun = /b\npublish = tcp:eth1:80\n"
		"[interface eth0]\n[interface eth1]\n");
	assert_string_equal(faults_of(&b), "");
	assert_string_equal(ports_text(&b, "a"),
		"tcp4 0.0..0 eth0:80>80, tcp6? 0.0..0 eth0:80>80");
	assert_string_equal(edges_text(&b, service_of(&b, "a")->waits),
		"mounts:needs network:after");
	drop_built(&b);
}

static char *repeat(
	char *at, const char *before, const char *behind, unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		at += sprintf(at, "%s%u%s", before, i, behind);
	return at;
}

static void too_many(void **state)
{
	char *text = malloc(1 << 20);
	char *at;
	struct built b;

	(void)state;
	at = text + sprintf(text, ETH0 "[a]\nrun = /a\n");
	repeat(at, "publish = tcp:", "\n", 33);
	build_text(&b, text);
	assert_string_equal(faults_of(&b),
		"t.tab:37:11: 'tcp:33': more than 64 addresses and ports to "
		"publish\n");
	drop_built(&b);

	at = text + sprintf(text, ETH0 "[defaults]\n");
	at = repeat(at, "publish = tcp:", "\n", 32);
	repeat(at, "[s", "]\nrun = /a\n", 300);
	build_text(&b, text);
	assert_non_null(strstr(faults_of(&b),
		"'tcp:1': more than 16384 addresses and ports to publish\n"));
	drop_built(&b);

	at = text + sprintf(text, "[defaults]\n");
	at = repeat(at, "publish = tcp:1.2.3.4:", "\n", 64);
	repeat(at, "[s", "]\nrun = /a\n", 300);
	build_text(&b, text);
	assert_non_null(strstr(faults_of(&b),
		"more than 16384 published ports in the whole table\n"));
	drop_built(&b);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(ports),
		cmocka_unit_test(an_interface_without_addresses),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
