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
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
