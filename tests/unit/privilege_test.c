/* Privileges of a service: what their keys mean, and what is said of wrong
 * ones.
 */
#include "fixture.h"

#include <linux/capability.h>

#define BIT(name) (1ULL << CAP_##name)

static void none_unless_asked_for(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\n[b]\nrun = /b\nuser = www\n"
		"[c]\nrun = /c\nhost = user\n");
	assert_string_equal(faults_of(&b), "");
	assert_true(service_of(&b, "a")->capabilities == 0);
	assert_true(service_of(&b, "b")->capabilities == 0);
	assert_true(service_of(&b, "c")->capabilities == 0);
	assert_int_equal(service_of(&b, "a")->new_privileges, 0);
	drop_built(&b);
}

static void those_that_are_named(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\ncapabilities = net_raw chown\n"
		"capabilities = checkpoint_restore\nnew-privileges = yes\n"
		"[b]\nrun = /b\nhost = user\ncapabilities = sys_time\n");
	assert_string_equal(faults_of(&b), "");
	assert_true(service_of(&b, "a")->capabilities ==
		(BIT(NET_RAW) | BIT(CHOWN) | BIT(CHECKPOINT_RESTORE)));
	assert_int_equal(service_of(&b, "a")->new_privileges, 1);
	assert_true(service_of(&b, "b")->capabilities == BIT(SYS_TIME));
	drop_built(&b);
}

/* What has no meaning is left out; what an own stanza says replaces it. */
static void defaults_are_never_at_fault(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\ncapabilities = sys_time net_raw\n"
		"[a]\nrun = /a\n"
		"[b]\nrun = /b\nhost = user\n"
		"[c]\nrun = /c\nisolation = none\n"
		"[d]\nrun = /d\ncapabilities =\n");
	assert_string_equal(faults_of(&b), "");
	assert_true(service_of(&b, "a")->capabilities == BIT(NET_RAW));
	assert_true(service_of(&b, "b")->capabilities ==
		(BIT(SYS_TIME) | BIT(NET_RAW)));
	assert_true(service_of(&b, "c")->capabilities == 0);
	assert_true(service_of(&b, "d")->capabilities == 0);
	drop_built(&b);
}

static const char *policy_of(const struct built *b, const char *name)
{
	const struct policy *all =
		table_pointer(b->table, b->table->policies.at);
	uint32_t number = service_of(b, name)->policy;

	return number ? string_of(b, all[number - 1].name) : "none";
}

static void policies(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\n[b]\nrun = /b\nvsock = yes\n"
		"[c]\nrun = /c\nnest = yes\n"
		"[d]\nrun = /d\ncapabilities = sys_admin\nvsock = yes\n"
		"[e]\nrun = /e\ncapabilities = net_admin\n"
		"[f]\nrun = /f\nseccomp = none\nvsock = yes\n"
		"[g]\nrun = /g\nseccomp = my.own\n"
		"[h]\nrun = /h\nisolation = none\n"
		"[i]\ntype = group\n");
	assert_string_equal(faults_of(&b), "");
	assert_string_equal(policy_of(&b, "a"), "default");
	assert_string_equal(policy_of(&b, "b"), "default+vsock");
	assert_string_equal(policy_of(&b, "c"), "capable");
	assert_string_equal(policy_of(&b, "d"), "capable+vsock");
	assert_string_equal(policy_of(&b, "e"), "default");
	assert_string_equal(policy_of(&b, "f"), "none");
	assert_string_equal(policy_of(&b, "g"), "my.own");
	assert_string_equal(policy_of(&b, "h"), "none");
	assert_string_equal(policy_of(&b, "i"), "none");
	assert_string_equal(policy_of(&b, "mounts"), "none");
	assert_int_equal(service_of(&b, "c")->nest, 1);
	assert_int_equal(b.table->policies.count, 5);
	drop_built(&b);
}

static void defaults_of_policies(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nseccomp = mine\nvsock = yes\nnest = yes\n"
		"[a]\nrun = /a\n[b]\nrun = /b\nseccomp = default\n"
		"[c]\nrun = /c\nisolation = none\n");
	assert_string_equal(faults_of(&b), "");
	assert_string_equal(policy_of(&b, "a"), "mine");
	assert_string_equal(policy_of(&b, "b"), "capable+vsock");
	assert_string_equal(policy_of(&b, "c"), "none");
	assert_int_equal(service_of(&b, "c")->nest, 0);
	drop_built(&b);
}

static void too_many_policies(void **state)
{
	char text[8192];
	size_t used = 0;
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 66; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"[s%u]\nrun = /s\nseccomp = p%u\n", i, i % 65);
	build_text(&b, text);
	assert_string_equal(faults_of(&b),
		"t.tab:195:11: 'p64': more than 64 policies in a table\n");
	assert_int_equal(b.table->policies.count, 64);
	drop_built(&b);
}

static void landlock_rules(void **state)
{
	const struct landlock_rule *rules;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nlandlock = ro:/etc/ rw:/tmp? tcp-connect:80\n"
		"landlock = tcp-bind:65535?\n[b]\nrun = /b\n"
		"[c]\nrun = /c\nlandlock = ro:/\nlandlock =\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	rules = table_pointer(b.table, s->landlock.at);
	assert_int_equal(s->landlock.count, 4);
	assert_int_equal(s->flags, 0);
	assert_int_equal(rules[0].kind, LANDLOCK_RO);
	assert_string_equal(string_of(&b, rules[0].path), "/etc");
	assert_int_equal(rules[0].optional, 0);
	assert_string_equal(string_of(&b, rules[0].text), "ro:/etc/");
	assert_int_equal(rules[1].kind, LANDLOCK_RW);
	assert_string_equal(string_of(&b, rules[1].path), "/tmp");
	assert_int_equal(rules[1].optional, 1);
	assert_int_equal(rules[2].kind, LANDLOCK_TCP_CONNECT);
	assert_int_equal(rules[2].port, 80);
	assert_int_equal(rules[3].kind, LANDLOCK_TCP_BIND);
	assert_int_equal(rules[3].port, 65535);
	assert_int_equal(rules[3].optional, 1);
	assert_int_equal(service_of(&b, "b")->landlock.count, 0);
	assert_int_equal(service_of(&b, "b")->flags, 0);
	drop_built(&b);
}

static void too_much_landlock(void **state)
{
	char text[4096];
	size_t used = (size_t)snprintf(
		text, sizeof(text), "[a]\nrun = /a\nlandlock =");
	struct built b;

	(void)state;
	for (unsigned i = 1; i < 66; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, " tcp-bind:%u", i);
	build_text(&b, text);
	assert_string_equal(
		faults_of(&b), "t.tab:3:1: more than 64 words of 'landlock'\n");
	drop_built(&b);
}

/* clang-format off */
static const struct {
	const char *text;
	const char *faults;
} wrong[] = {
	{"[a]\nrun = /a\ncapabilities = CAP_NET_RAW cap_chown NET_ADMIN\n",
		"t.tab:3:16: 'CAP_NET_RAW': not how it is spelled; write "
		"'net_raw'\n"
		"t.tab:3:28: 'cap_chown': not how it is spelled; write "
		"'chown'\n"
		"t.tab:3:38: 'NET_ADMIN': not how it is spelled; write "
		"'net_admin'\n"},
	{"[a]\nrun = /a\ncapabilities = net_bind_servcie all\n",
		"t.tab:3:16: unknown capability 'net_bind_servcie'; did you "
		"mean 'net_bind_service'?\n"
		"t.tab:3:33: unknown capability 'all'; capabilities(7) has "
		"all of them, less the 'cap_'\n"},
	{"[a]\nrun = /a\ncapabilities = "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"\n",
		"t.tab:3:16: unknown capability "
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
		"; capabilities(7) has all of them, less the 'cap_'\n"},
	{"[a]\nrun = /a\ncapabilities = chown sys_time\n",
		"t.tab:3:22: 'capabilities = sys_time' without 'host = user': "
		"it has effect only in the host's user namespace; add "
		"'host = user', or remove it\n"},
	{"[a]\nrun = /a\nisolation = none\ncapabilities = chown\n"
		"new-privileges = no\n",
		"t.tab:4:1: 'capabilities' with 'isolation = none': there is "
		"no compartment; remove one of the two\n"
		"t.tab:5:1: 'new-privileges' with 'isolation = none': there "
		"is no compartment; remove one of the two\n"},
	{"[a]\nrun = /a\nlandlock = /etc ro:etc tcp-bind:0 "
		"tcp-connect:65536 tcp-bind:x? rw:\n",
		"t.tab:3:12: '/etc': 'landlock' is ro:/PATH | rw:/PATH | "
		"tcp-connect:PORT | tcp-bind:PORT ...\n"
		"t.tab:3:17: 'ro:etc': not an absolute path; begin it with '/'\n"
		"t.tab:3:24: 'tcp-bind:0': a port is a number from 1 to 65535\n"
		"t.tab:3:35: 'tcp-connect:65536': a port is a number from 1 to "
		"65535\n"
		"t.tab:3:53: 'tcp-bind:x?': a port is a number from 1 to "
		"65535\n"
		"t.tab:3:65: 'rw:': not an absolute path; begin it with '/'\n"},
	{"[a]\nrun = /a\nseccomp = Default\n[b]\nrun = /b\n"
		"seccomp = one two\n",
		"t.tab:3:11: 'Default': not a name of the form a-z0-9 then "
		"a-z0-9_.-; write default, none or a policy's name\n"
		"t.tab:6:15: 'two': 'seccomp' has one value only\n"},
	{"[a]\nrun = /a\nseccomp = mine\nvsock = yes\n",
		"t.tab:4:1: 'vsock = yes' with 'seccomp = mine': a policy says "
		"itself what it allows; write 'include vsock' in it, and "
		"remove this\n"},
	{"[a]\nrun = /a\nisolation = none\nseccomp = none\nnest = no\n"
		"vsock = no\n",
		"t.tab:4:1: 'seccomp' with 'isolation = none': there is no "
		"compartment; remove one of the two\n"
		"t.tab:5:1: 'nest' with 'isolation = none': there is no "
		"compartment; remove one of the two\n"
		"t.tab:6:1: 'vsock' with 'isolation = none': there is no "
		"compartment; remove one of the two\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct built b;

		build_text(&b, wrong[i].text);
		assert_string_equal(faults_of(&b), wrong[i].faults);
		drop_built(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_unless_asked_for),
		cmocka_unit_test(those_that_are_named),
		cmocka_unit_test(defaults_are_never_at_fault),
		cmocka_unit_test(landlock_rules),
		cmocka_unit_test(too_much_landlock),
		cmocka_unit_test(policies),
		cmocka_unit_test(defaults_of_policies),
		cmocka_unit_test(too_many_policies),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
