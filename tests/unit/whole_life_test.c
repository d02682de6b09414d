/* Conditions, checks, timers, sockets, outputs and rights, as read. */
#include "fixture.h"

#include "table/asks.h"

#define ONE_ONLY "there is only one, which the running program has"
#define EACH_START "that belongs to its start, and none is known ahead"
#define MADE_EARLY "that begins as soon as it is made, not with its program"

static void reads_good_values(void **state)
{
	struct built b;
	const struct service *s;
	const struct condition *when;
	const struct listener *listen;
	const struct log_target *to;
	const struct health *health;
	const struct timer *timer;
	const struct right *right;

	(void)state;
	build_text(&b,
		"[b]\nrun = /b\n"
		"[a]\nrun = /a\n"
		"when = net:eth0 net:eth1:address route:default dev:/dev/x "
		"path:/p mount:/m clock service:b cmdline:w "
		"pressure:memory:10% pressure:io:full:5%\n"
		"when-lost = restart\nreload = run /r -x\nreload-on = path:/e\n"
		"health = http 80 /ok\nhealth-every = 10s 2s 5\n"
		"listen = tcp:80@host web=tcp:[::1]:81 udp:10.0.0.1:5 "
		"unix:/run/s:600 unix-dgram:/run/d vsock:7\non-demand = yes\n"
		"env-file = /e/f?\nlog-rate = 5/s\n"
		"log-to = file a 64K 3\nlog-to = console raw\n"
		"log-to = udp [fd00::1]:514\nlog-to = kmsg\n"
		"control = status restart:b restart:a\n"
		"[o]\nrun = /o\ntype = oneshot\n"
		"every = 1d at 03:30 spread 10m catch-up\nreload = signal HUP\n"
		"[system]\ntimezone = Europe/Berlin\ncontrol-group = wheel\n"
		"control-group = 7 stop log\ncontrol-user = www all\n"
		"control-user = root why\ncontrol-user = 44\n"
		"healthy = a b\ncrash-limit = 5 2m\nrescue = reboot\n"
		"poweroff-by = reboot\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	assert_int_equal(s->when.count, 11);
	when = table_pointer(b.table, s->when.at);
	assert_int_equal(when[0].state, NET_UP);
	assert_int_equal(when[1].state, NET_ADDRESS);
	assert_string_equal(string_of(&b, when[3].name), "/dev/x");
	assert_int_equal(when[6].kind, CONDITION_CLOCK);
	assert_ptr_equal(
		table_service(b.table, when[7].service), service_of(&b, "b"));
	assert_int_equal(when[9].percent, 10);
	assert_int_equal(when[10].full, 1);
	assert_int_equal(s->when_lost, WHEN_LOST_RESTART);
	assert_int_equal(s->reload, RELOAD_RUN);
	assert_string_equal(joined_words(&b, s->reload_run), "/r -x");
	assert_string_equal(joined_words(&b, s->reload_on), "/e");
	health = table_pointer(b.table, s->health);
	assert_int_equal(health->kind, HEALTH_HTTP);
	assert_int_equal(health->port, 80);
	assert_int_equal(health->period_ms, 10000);
	assert_int_equal(health->failures, 5);
	assert_int_equal(s->listen.count, 6);
	listen = table_pointer(b.table, s->listen.at);
	assert_int_equal(listen[0].on_host, 1);
	assert_string_equal(string_of(&b, listen[0].name), "tcp-80");
	assert_string_equal(string_of(&b, listen[1].name), "web");
	assert_int_equal(listen[1].family, 6);
	assert_int_equal(listen[2].port, 5);
	assert_int_equal(listen[3].mode, 0600);
	assert_string_equal(string_of(&b, listen[4].name), "d");
	assert_int_equal(listen[5].port, 7);
	assert_int_equal(s->on_demand, 1);
	assert_int_equal(s->env_files.count, 1);
	assert_int_equal(s->log_rate, 5);
	assert_int_equal(s->log_to.count, 4);
	to = table_pointer(b.table, s->log_to.at);
	assert_int_equal(to[0].size, 65536);
	assert_int_equal(to[1].raw, 1);
	assert_int_equal(to[2].port, 514);
	assert_int_equal(s->control, GRANT_STATUS | GRANT_RESTART);
	assert_int_equal(s->control_restart.count, 2);
	s = service_of(&b, "o");
	timer = table_pointer(b.table, s->timer);
	assert_int_equal(timer->at_s, 12600);
	assert_int_equal(timer->spread_ms, 600000);
	assert_int_equal(timer->catch_up, 1);
	assert_int_equal(s->reload_signal, 1);
	assert_int_equal(service_of(&b, "b")->log_rate, 1000);
	assert_int_equal(service_of(&b, "b")->health, 0);
	assert_int_equal(b.table->system.rights.count, 5);
	right = table_pointer(b.table, b.table->system.rights.at);
	assert_int_equal(right[0].id, 10);
	assert_int_equal(right[0].is_group, 1);
	assert_int_equal(right[0].asks, CONTROL_READING);
	assert_int_equal(right[1].id, 7);
	assert_int_equal(right[1].asks,
		CONTROL_BIT(CONTROL_STOP) | CONTROL_BIT(CONTROL_LOG));
	assert_int_equal(right[2].id, 33);
	assert_int_equal(right[2].is_group, 0);
	assert_int_equal(right[2].asks, CONTROL_ALL);
	assert_int_equal(right[3].id, 0);
	assert_int_equal(right[4].id, 44);
	assert_int_equal(b.table->system.healthy.count, 2);
	assert_int_equal(b.table->system.crash_window_ms, 120000);
	assert_int_equal(b.table->system.rescue_how, RESCUE_REBOOT);
	assert_int_equal(b.table->system.poweroff_by, POWEROFF_BY_REBOOT);
	drop_built(&b);
}

static void says_bad(void **state)
{
	static const char *const bad[] = {"when = net:", "when = net:e:on",
		"when = clocks", "when = service:x", "when = service:a",
		"when = pressure:cpu:full:5%", "when = pressure:io:0%",
		"when = dev:x", "when = cmdline:", "when = route:x",
		"when-lost = keep", "reload = signal", "reload = run",
		"reload = signal NO", "reload-on = /x", "health = tcp 0",
		"health = tcp", "health = http 80 x", "health-every = 1s 1s 1",
		"every = 1d", "type = oneshot\nevery = 10ms",
		"type = oneshot\nevery = 1h at 03:30",
		"type = oneshot\nevery = 1d at 24:00",
		"type = oneshot\nevery = 1m spread 1m",
		"type = oneshot\nevery = 1m x", "on-demand = yes",
		"listen = tcp:0", "listen = tcp:80 tcp:80",
		"listen = unix:/x@host:9", "listen = unix:x",
		"listen = udp:[1.2.3.4]:5", "listen = sctp:5", "log-rate = 5",
		"log-rate = 0/s", "log-to = file x", "log-to = file /x 64K 1",
		"log-to = file x 1K 1", "log-to = file x 64K 0",
		"log-to = udp 1.2.3.4", "control = restart", "control = x",
		"control = restart:x", "isolation = none\ncontrol = all",
		"host = mnt\ncontrol = all", "env-file = x",
		"[template nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn@]\nrun = /n\ncontrol "
		"= all\n"
		"[nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn@"
		"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm]",
		"reload = run x", "reload = maybe", "reload-on = path:x",
		"health = often", "health = run", "health-every = 1s",
		"health-every = 30s 5s 4", "health-every = 30s 4s 3",
		"health = tcp 80\nhealth-every = 1x 1s 1",
		"health = tcp 80\nhealth-every = 100ms 1ms 1",
		"health = tcp 80\nhealth-every = 10s x 1",
		"health = tcp 80\nhealth-every = 10s 20s 1",
		"health = tcp 80\nhealth-every = 10s 0 1",
		"health = tcp 80\nhealth-every = 10s 2s 101",
		"health = tcp 80\nhealth-every = 10s 2s 0",
		"health = tcp 80\ntype = oneshot", "health = http 80 /a\x7f",
		"type = oneshot\nevery = 1m spread 1x",
		"type = oneshot\nevery = 1x",
		"type = oneshot\nevery = 1d at 0330",
		"type = oneshot\nevery = 1d at 03:60",
		"type = oneshot\nevery = 1d at 03-30",
		"type = oneshot\nevery = 1d at x3:30",
		"type = oneshot\nevery = 1d at 03:x0",
		"type = oneshot\non-demand = yes\nlisten = tcp:80",
		"listen = tcp:80@x", "listen = unix:/", "listen = unix:/x:9",
		"listen = unix:/x:1777", "listen = tcp:a:80",
		"listen = tcp:10.0.0.1:80 tcp:10.0.0.1:80",
		"listen = tcp:80 tcp:10.0.0.1:80", "log-rate = 1/s 2/s",
		"log-rate = /s", "log-rate = 1000001/s", "log-rate = x/s",
		"log-to = file x 5Q 1", "log-to = lines", "log-to = kmsg raw",
		"log-to = console cooked", "log-to = udp [1.2.3.4]:5",
		"log-to = udp ::1:5", "log-to = udp 1.2.3.4:0",
		"log-to = file x 64K 1001", "log-to = file x 64K many",
		"when = pressure:disk:5%", "when = pressure:cpu",
		"when = pressure:cpu:5", "when = pressure:cpu:%",
		"when = pressure:cpu:101%", "when = net:averyveryverylongname",
		"[system]\ntimezone = A B", "[system]\ntimezone = a/../b",
		"[system]\ntimezone = a,b",
		"[system]\ntimezone = "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaa",
		"[system]\ntimezone = /x", "[system]\nhealthy = x",
		"[system]\ncontrol-group = x", "[system]\ncontrol-user = x",
		"[system]\ncontrol-user = -", "[system]\ncontrol-group = -",
		"[system]\ncontrol-group = wheel statsu",
		"[system]\ncontrol-group = wheel enlighten",
		"[system]\ncrash-limit = 3",
		"log-to = file x 64K 1\n[z]\nrun = /z\nlog-to = file x 64K 1"};
	int silent = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct built b;
		char text[512];

		snprintf(text, sizeof(text), "[a]\nrun = /a\n%s\n", bad[i]);
		build_text(&b, text);
		fprintf(stderr, "%s -> %s", bad[i], faults_of(&b));
		if (b.table->fault_count != 1) {
			fprintf(stderr, "!!! %u\n", b.table->fault_count);
			silent++;
		}
		drop_built(&b);
	}
	assert_int_equal(silent, 0);
}

/* What stands in [defaults] is left out where it cannot be. */
static void has_a_spare_or_not(void **state)
{
	static const struct {
		const char *text;
		const char *fault; /* NULL: it may have one */
	} all[] = {
		{"host = net ipc uts user cgroup", NULL},
		{"ready = notify\nreload = signal HUP", NULL},
		{"ready = tcp 80", NULL},
		{"state = s\nbind = /b\ndevices = /dev/x", NULL},
		{"clock-offset = 1d\nscheduler = fifo 3", NULL},
		{"net =\nlisten =\npublish =\nenv-file =", NULL},
		{"type = oneshot",
			"'type = oneshot': it runs once, and is not started "
			"again soon"},
		{"isolation = none",
			"'isolation = none': there is no compartment"},
		{"host = mnt", "'host = mnt': " ONE_ONLY},
		{"host = pid", "'host = pid': " ONE_ONLY},
		{"net = veth 10.0.0.2/24 peer 10.0.0.1/24", "'net': " ONE_ONLY},
		{"publish = tcp:127.0.0.1:80", "'publish': " ONE_ONLY},
		{"listen = tcp:80", "'listen': " ONE_ONLY},
		{"fd-store = 1", "'fd-store': " ONE_ONLY},
		{"tty = /dev/tty1", "'tty': " ONE_ONLY},
		{"image = /i", "'image': " ONE_ONLY},
		{"scheduler = deadline 1ms 10ms 10ms",
			"'scheduler = deadline': " ONE_ONLY},
		{"env-file = /e", "'env-file': " EACH_START},
		{"credential = c:/c", "'credential': " EACH_START},
		{"devices = gpu", "'devices': " EACH_START},
		{"watchdog = 5s", "'watchdog': " MADE_EARLY},
		{"health = tcp 80", "'health': " MADE_EARLY},
		{"reload = run /r", "'reload = run': " MADE_EARLY},
	};

	char text[256];
	char fault[256];
	unsigned fate;
	struct built b;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		snprintf(text, sizeof(text), "[a]\nspare = yes\nrun = /a\n%s\n",
			all[i].text);
		snprintf(fault, sizeof(fault),
			"t.tab:2:1: 'spare' with %s; remove one of the two\n",
			all[i].fault ? all[i].fault : "");
		build_text(&b, text);
		assert_string_equal(faults_of(&b), all[i].fault ? fault : "");
		assert_int_equal(service_of(&b, "a")->has_spare, !all[i].fault);
		drop_built(&b);
		snprintf(text, sizeof(text),
			"[defaults]\nspare = yes\n[a]\nrun = /a\n%s\n",
			all[i].text);
		build_text(&b, text);
		assert_string_equal(faults_of(&b), "");
		assert_int_equal(service_of(&b, "a")->has_spare, !all[i].fault);
		fate = service_of(&b, "a")->flags >> SERVICE_SPARE_SHIFT;
		assert_int_equal(fate == SPARE_MADE, !all[i].fault);
		assert_true(fate < SPARES);
		assert_string_equal(
			spare_texts[fate], all[i].fault ? all[i].fault : "");
		drop_built(&b);
	}
	build_text(&b, "[defaults]\nspare = yes\n[g]\ntype = group\n");
	assert_int_equal(service_of(&b, "g")->has_spare, 0);
	drop_built(&b);
	build_text(&b, "[a]\nrun = /a\n");
	assert_int_equal(service_of(&b, "a")->flags >> SERVICE_SPARE_SHIFT,
		SPARE_UNWANTED);
	drop_built(&b);
	build_text(&b, "[a]\nrun = /a\nspare = perhaps\n");
	assert_string_equal(faults_of(&b),
		"t.tab:3:9: 'perhaps': not a value of 'spare'; write no | "
		"yes\n");
	drop_built(&b);
}

/* Lists end where there is no more room, with one fault. */
static void says_too_many(void **state)
{
	static const struct {
		const char *before; /* each */
		const char *each;
		unsigned most;
	} lists[] = {{"when = ", "clock", 16}, {"listen = ", "tcp:1%02u", 32},
		{"env-file = ", "/e", 16}, {"reload-on = ", "path:/e", 16},
		{"log-to = ", "kmsg", 8}, {"[system]\nhealthy = ", "a", 64},
		{"[system]\ncontrol-group = ", "wheel", 32}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		char text[4096];
		char most[32];
		struct built b;
		size_t used =
			(size_t)snprintf(text, sizeof(text), "[a]\nrun = /a\n");
		const char *before = lists[i].before;

		for (unsigned k = 0; k <= lists[i].most; k++) {
			char word[16];

			snprintf(word, sizeof(word), "%.*s%02u",
				(int)strcspn(lists[i].each, "%"), lists[i].each,
				k);
			used += (size_t)snprintf(text + used,
				sizeof(text) - used, "%s%s\n", before,
				strchr(lists[i].each, '%') ? word
							   : lists[i].each);
			if (*before == '[')
				before = strchr(before, '\n') + 1;
		}
		snprintf(most, sizeof(most), "more than %u ", lists[i].most);
		build_text(&b, text);
		assert_int_equal(b.table->fault_count, 1);
		assert_non_null(strstr(faults_of(&b), most));
		drop_built(&b);
	}
}

/* What is not asked for in so many words. */
static void reads_other_values(void **state)
{
	struct built b;
	const struct health *health;
	const struct log_target *to;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nlog-rate = none\n"
		"health = run /c -x\nreload = none\n"
		"listen = tcp:10.0.0.1:80 tcp:10.0.0.2:80 udp:10.0.0.1:80 "
		"tcp:10.0.0.1:80@host\nlog-to = udp 10.0.0.1:514\n"
		"when = pressure:io:some:100%\nwhen-lost = stop\n"
		"[b]\nrun = /b\ntype = oneshot\nevery = none\n"
		"health-every = 30s 5s 3\n");
	assert_string_equal(faults_of(&b), "");
	health = table_pointer(b.table, service_of(&b, "a")->health);
	assert_int_equal(health->kind, HEALTH_RUN);
	assert_string_equal(joined_words(&b, health->argv), "/c -x");
	assert_int_equal(service_of(&b, "a")->log_rate, 0);
	assert_int_equal(service_of(&b, "a")->listen.count, 4);
	to = table_pointer(b.table, service_of(&b, "a")->log_to.at);
	assert_int_equal(to->family, 4);
	assert_int_equal(service_of(&b, "b")->timer, 0);
	drop_built(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_good_values),
		cmocka_unit_test(reads_other_values),
		cmocka_unit_test(says_bad),
		cmocka_unit_test(says_too_many),
		cmocka_unit_test(has_a_spare_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
