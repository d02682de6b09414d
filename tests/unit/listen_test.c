/* Sockets that services are given: where they stand, and what they clash with.
 */
#include "fixture.h"

static const struct listener *listener_of(
	const struct built *b, const char *service, unsigned number)
{
	const struct listener *all =
		table_pointer(b->table, service_of(b, service)->listen.at);

	return &all[number];
}

static void stands_where_it_is_told(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\noffer = api:/run/api\n"
		"listen = tcp:80 tcp:80@host unix:/run/api/x/sock unix:/run/s\n"
		"[b]\nrun = /b\nhost = net\nlisten = tcp:81\n"
		"[c]\nrun = /c\nisolation = none\nlisten = udp:81\n"
		"[d]\nrun = /d\njoin = net:a\nlisten = tcp:80\n"
		"[e]\nrun = /e\nlisten = tcp:1.2.3.4:82@host vsock:5\n"
		"[f]\nrun = /f\nlisten = tcp:[::1]:82@host\n");
	assert_string_equal(faults_of(&b), "");
	assert_int_equal(listener_of(&b, "a", 0)->on_host, 0);
	assert_int_equal(listener_of(&b, "a", 1)->on_host, 1);
	assert_string_equal(string_of(&b, listener_of(&b, "a", 2)->path),
		"/run/bulkhead/offer/a/api/x/sock");
	assert_string_equal(
		string_of(&b, listener_of(&b, "a", 3)->path), "/run/s");
	assert_int_equal(service_of(&b, "a")->listens_inside, 1);
	assert_int_equal(listener_of(&b, "b", 0)->on_host, 1);
	assert_int_equal(service_of(&b, "b")->listens_inside, 0);
	assert_int_equal(listener_of(&b, "c", 0)->on_host, 1);
	assert_int_equal(listener_of(&b, "d", 0)->on_host, 0);
	assert_int_equal(service_of(&b, "d")->listens_inside, 0);
	assert_int_equal(service_of(&b, "e")->listens_inside, 0);
	drop_built(&b);
}

static void has_what_it_stores_with(void **state)
{
	struct built b;
	const struct service *s;

	(void)state;
	build_text(&b, "[a]\nrun = /a\nfd-store = 64\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	assert_int_equal(s->fd_store, 64);
	assert_string_equal(joined_words(&b, s->env),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin "
		"NOTIFY_SOCKET=/run/bulkhead.notify FDSTORE=64 HOME=/root "
		"USER=root LOGNAME=root SHELL=/bin/sh");
	drop_built(&b);
}

/* What has no meaning for a service goes unsaid where [defaults] has it. */
static void defaults_are_left_out(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nlisten = unix:/run/%i\nfd-store = 3\n"
		"on-demand = yes\n[g]\ntype = group\n"
		"[o]\ntype = oneshot\nrun = /o\nlisten =\n");
	assert_int_equal(service_of(&b, "g")->listen.count, 0);
	assert_int_equal(service_of(&b, "g")->fd_store, 0);
	assert_int_equal(service_of(&b, "g")->on_demand, 0);
	assert_int_equal(service_of(&b, "o")->on_demand, 0);
	drop_built(&b);
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		const char *fault;
	} all[] = {
		{"listen = unix:/tmp/x",
			"t.tab:3:10: 'unix:/tmp/x': lies in nothing that it "
			"offers, and not below /run of the host; write "
			"unix:/run/NAME, or offer its directory\n"},
		{"listen = unix:/run/bulkhead/control",
			"t.tab:3:10: 'unix:/run/bulkhead/control': "
			"/run/bulkhead is init's own; choose another\n"},
		{"listen = tcp:80@host\npublish = tcp:0.0.0.0:80",
			"t.tab:4:11: 'tcp:0.0.0.0:80': 'a' listens at this "
			"port too; choose another\n"},
		{"listen = tcp:80@host\n[b]\nrun = /b\n"
		 "listen = tcp:10.0.0.1:80@host",
			"t.tab:6:10: 'tcp:10.0.0.1:80@host': 'a' listens at "
			"this port too; choose another\n"},
		{"host = net\nlisten = udp:[::1]:80\n[b]\nrun = /b\n"
		 "listen = udp:80@host",
			"t.tab:7:10: 'udp:80@host': 'a' listens at this port "
			"too; choose another\n"},
		{"listen = unix:/run/x unix-dgram:/run/x",
			"t.tab:3:22: 'unix-dgram:/run/x': listens where "
			"'unix:/run/x' does; remove one\n"},
		{"listen = vsock:5\n[b]\nrun = /b\nlisten = vsock:5",
			"t.tab:6:10: 'vsock:5': 'a' listens there too; choose "
			"another\n"},
		{"listen = unix:/run/x\n[b]\nrun = /b\n"
		 "listen = unix-dgram:/run/x",
			"t.tab:6:10: 'unix-dgram:/run/x': 'a' listens there "
			"too; choose another\n"},
		{"ready = fd 4\nlisten = tcp:80 tcp:81",
			"t.tab:3:1: 'ready = fd 4' with 'listen': that is one "
			"of its sockets; choose a number from 5 on\n"},
		{"ready = fd 4\nfd-store = 2",
			"t.tab:3:1: 'ready = fd' with 'fd-store': what is kept "
			"would take its number; write 'ready = notify'\n"},
		{"type = oneshot\nlisten = tcp:80\non-demand = yes",
			"t.tab:5:1: 'on-demand' with a oneshot: it would be "
			"started once and leave its next client waiting; write "
			"'type = daemon', or remove 'on-demand'\n"},
		{"fd-store = 65",
			"t.tab:3:12: '65': not a number from 0 to 64\n"},
		{"fd-store = 1 2",
			"t.tab:3:14: '2': 'fd-store' has one value only; write "
			"COUNT\n"},
		{"listen = tcp:80\non-demand = yes\n"
		 "[b]\nrun = /b\njoin = net:a",
			"t.tab:7:8: 'a' has no net until its first client "
			"starts it; remove its 'on-demand', or do not join "
			"it\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct built b;
		char text[512];

		snprintf(
			text, sizeof(text), "[a]\nrun = /a\n%s\n", all[i].text);
		build_text(&b, text);
		assert_string_equal(faults_of(&b), all[i].fault);
		drop_built(&b);
	}
}

/* So many that the table has no room for them. */
static void has_its_limits(void **state)
{
	static const char *const forms[][2] = {
		{"tcp:", "@host"}, {"vsock:", ""}};
	const size_t size = 1 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (size_t form = 0; form < sizeof(forms) / sizeof(*forms); form++) {
		struct built b;
		size_t used = 0;
		unsigned count = 0;

		for (unsigned i = 0; i < 520; i++) {
			used += (size_t)sprintf(
				text + used, "[s%u]\nrun = /s\nlisten =", i);
			for (unsigned k = 0; k < LISTEN_MAX; k++) {
				used += (size_t)sprintf(text + used, " %s%u%s",
					forms[form][0], ++count,
					forms[form][1]);
			}
			text[used++] = '\n';
		}
		text[used] = '\0';
		build_text(&b, text);
		assert_non_null(strstr(faults_of(&b), "in the whole table\n"));
		drop_built(&b);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands_where_it_is_told),
		cmocka_unit_test(has_what_it_stores_with),
		cmocka_unit_test(defaults_are_left_out),
		cmocka_unit_test(refuses),
		cmocka_unit_test(has_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
