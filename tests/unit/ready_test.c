/* When a service counts as up, and what its program is told of it. */
#include "fixture.h"

static void has_env(struct built *b, const char *name, const char *wanted)
{
	const struct service *service = service_of(b, name);
	const table_at *all = table_pointer(b->table, service->env.at);

	for (uint32_t i = 0; i < service->env.count; i++)
		if (strcmp(table_string(b->table, all[i]), wanted) == 0)
			return;
	fail_msg("%s has not '%s'", name, wanted);
}

static void reads_each_kind(void **state)
{
	struct built b;
	const struct service *s;

	(void)state;
	build_text(&b,
		"[n]\nrun = /a\nready = notify\n"
		"[f]\nrun = /a\nready = fd 3\n"
		"[p]\nrun = /a\nready = path /run/./x\n"
		"[t]\nrun = /a\nready = tcp 65535\n"
		"[x]\nrun = /a\nready = exec\n"
		"[w]\nrun = /a\nwatchdog = 1500ms\n"
		"[h]\nrun = /a\nhost = mnt pid\nwatchdog = 1s\n");
	assert_string_equal(faults_of(&b), "");
	assert_int_equal(service_of(&b, "n")->ready, READY_NOTIFY);
	has_env(&b, "n", "NOTIFY_SOCKET=/run/bulkhead.notify");
	s = service_of(&b, "f");
	assert_int_equal(s->ready, READY_FD);
	assert_int_equal(s->ready_number, 3);
	s = service_of(&b, "p");
	assert_int_equal(s->ready, READY_PATH);
	assert_string_equal(string_of(&b, s->ready_path), "/run/x");
	s = service_of(&b, "t");
	assert_int_equal(s->ready, READY_TCP);
	assert_int_equal(s->ready_number, 65535);
	assert_int_equal(service_of(&b, "x")->ready, READY_STARTED);
	assert_int_equal(service_of(&b, "w")->watchdog_ms, 1500);
	has_env(&b, "w", "NOTIFY_SOCKET=/run/bulkhead.notify");
	has_env(&b, "w", "WATCHDOG_USEC=1500000");
	has_env(&b, "w", "WATCHDOG_PID=2");
	has_env(&b, "h", "NOTIFY_SOCKET=/run/bulkhead.notify.h");
	drop_built(&b);
}

/* A oneshot is up when it has exited 0, whatever others are by. */
static void is_inherited(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nready = notify\n"
		"[d]\nrun = /a\n"
		"[o]\nrun = /a\ntype = oneshot\n"
		"[s]\nrun = /a\nready = started\n");
	assert_string_equal(faults_of(&b), "");
	assert_int_equal(service_of(&b, "d")->ready, READY_NOTIFY);
	assert_int_equal(service_of(&b, "o")->ready, READY_EXIT);
	assert_int_equal(service_of(&b, "s")->ready, READY_STARTED);
	drop_built(&b);
}

static void says_what_is_wrong(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nready = notify yes\n"
		"[b]\nrun = /a\nready = fd\n"
		"[c]\nrun = /a\nready = fd 2\n"
		"[d]\nrun = /a\nready = fd 48\n"
		"[e]\nrun = /a\nready = tcp 65536\n"
		"[f]\nrun = /a\nready = tcp 0\n"
		"[g]\nrun = /a\nready = path here\n"
		"[h]\nrun = /a\nready = tcp 1 2\n"
		"[i]\nrun = /a\nready = exec now\n");
	assert_string_equal(faults_of(&b),
		"t.tab:3:9: 'notify': not a value of 'ready'; write started | "
		"exit | notify | fd N | path /PATH | tcp PORT | exec\n"
		"t.tab:6:9: 'fd': not a value of 'ready'; write started | exit "
		"| notify | fd N | path /PATH | tcp PORT | exec\n"
		"t.tab:9:12: '2': not a number from 3 to 47\n"
		"t.tab:12:12: '48': not a number from 3 to 47\n"
		"t.tab:15:13: '65536': not a number from 1 to 65535\n"
		"t.tab:18:13: '0': not a number from 1 to 65535\n"
		"t.tab:21:14: 'here': not an absolute path; begin it with '/'\n"
		"t.tab:24:9: 'tcp': not a value of 'ready'; write started | "
		"exit | notify | fd N | path /PATH | tcp PORT | exec\n"
		"t.tab:27:9: 'exec': not a value of 'ready'; write started | "
		"exit | notify | fd N | path /PATH | tcp PORT | exec\n");
	drop_built(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_kind),
		cmocka_unit_test(is_inherited),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
