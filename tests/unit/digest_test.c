/* The digest of a service: what changes it, and what does not. */
#include "fixture.h"
#include "table/parse.h"

static uint64_t digest_of_service(struct built *b, const char *name)
{
	const struct service *service = service_of(b, name);

	return digest_all(
		&b->build, b->table)[service - table_service(b->table, 0)];
}

/* A table of which one service, "it", is looked at, and its digest. */
static uint64_t digest_in(const char *text, const char *name)
{
	struct built b;
	uint64_t digest;

	build_text(&b, text);
	if (b.table->fault_count)
		fail_msg("%s -> %s", text, faults_of(&b));
	digest = digest_of_service(&b, name);
	drop_built(&b);
	return digest;
}

static uint64_t digest_of(const char *lines)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"[before]\nrun = /b\noffer = o:/run/o\n"
		"[it]\nrun = /it\n%s\n[other]\nrun = /o\n"
		"[bridge br0]\naddress = 10.1.0.1/24\n"
		"[bridge br1]\naddress = 10.2.0.1/24\n",
		lines);
	return digest_in(text, "it");
}

/* Each of them is another service. */
static void each_key_counts(void **state)
{
	static const char *const lines[] = {
		"",
		"type = oneshot",
		"env = A=B",
		"env = A=C",
		"env = A=B C=D",
		"env = C=D A=B",
		"user = www",
		"user = www:wheel",
		"user = www\ngroups = wheel",
		"umask = 077",
		"workdir = /tmp",
		"ids = 1000",
		"host = net",
		"join = net:before",
		"bind = /a",
		"bind = /b",
		"bind-ro = /a",
		"bind = /a:/b",
		"tmpfs = /x:64K",
		"use = before.o",
		"net = bridge br0 auto",
		"net = bridge br1 auto",
		"net = bridge br0 auto\npublish = tcp:10.1.0.1:80",
		"net = bridge br0 auto\npublish = tcp:10.1.0.1:81",
		"net = bridge br0 auto\ndns = 10.0.0.1",
		"hostname = x",
		"devices = /dev/a",
		"devices = gpu",
		"memory = 10M",
		"memory = 10%",
		"cpu = 10%",
		"cpus = 0",
		"io-max = /dev/sda rbps=1M",
		"rlimits = nofile=64",
		"rlimits = nofile=64:65",
		"nice = 1",
		"scheduler = fifo 3",
		"oom-score = 5",
		"capabilities = net_raw",
		"landlock = ro:/a",
		"landlock = ro:/b",
		"needs = other",
		"needs = before",
		"bound = other",
		"wants = other",
		"after = other",
		"before = other",
		"ready = path /x",
		"ready = path /y",
		"watchdog = 5s",
		"ready = tcp 80",
		"restart = never",
		"restart-delay = 1s",
		"restart-limit = 3 1m",
		"start-timeout = 1s",
		"stop-timeout = 1s",
		"stop-signal = INT",
		"on-exit = reboot",
		"spare = yes",
		"autostart = no",
		"log = 128K",
		"log-rate = 3/s",
		"log-to = kmsg",
		"log-to = file a 64K 3",
		"log-to = file b 64K 3",
		"when = path:/x",
		"when = service:before",
		"when = service:other",
		"listen = tcp:80",
		"listen = unix:/run/a",
		"listen = unix:/run/b",
		"reload = run /r -x",
		"reload = run /r -y",
		"reload = signal HUP",
		"reload-on = path:/e",
		"reload-on = path:/f",
		"health = http 80 /a",
		"health = http 80 /b",
		"health = run /a b",
		"health = run /a c",
		"type = oneshot\nevery = 10s",
		"type = oneshot\nevery = 11s",
		"env-file = /e",
		"env-file = /e?",
		"control = status",
		"control = restart:before",
		"control = restart:other",
	};
	uint64_t digests[sizeof(lines) / sizeof(*lines)];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		digests[i] = digest_of(lines[i]);
		for (size_t j = 0; j < i; j++)
			if (digests[j] == digests[i])
				fail_msg("'%s' is as '%s'", lines[j], lines[i]);
	}
}

static const char plain[] =
	"[first]\nrun = /first\n"
	"[it]\nrun = /it -a\nbind = /a\nneeds = first last\n"
	"when = service:first\njoin = net:last\n"
	"control = restart:last\nnice = 3\n"
	"[last]\nrun = /last\n";

/* Each of them is the same service in another table. */
static void nothing_else_counts(void **state)
{
	static const char *const texts[] = {
		"# comment\n[zero]\nrun = /zero\nneeds = it\n"
		"[first]\nrun = /another\nbefore = it\n"
		"[it]\n# another\nrun = /it -a\nbind = /a\n"
		"needs = first\nneeds = last\n"
		"when = service:first\njoin = net:last\n"
		"control = restart:last\nnice = 3\n"
		"[last]\nrun = /last\n",
		"[last]\nrun = /last\n[first]\nrun = /first\n"
		"[it]\nnice = 3\nneeds = last first\nrun = /it -a\n"
		"bind = /a\ncontrol = restart:last\njoin = net:last\n"
		"when = service:first\n",
		"[defaults]\nnice = 3\n"
		"[first]\nrun = /first\n[last]\nrun = /last\nnice = 0\n"
		"[it]\nneeds = first last\nrun = /it -a\n"
		"bind = /a\ncontrol = restart:last\njoin = net:last\n"
		"when = service:first\n",
		"[first]\nrun = /first\n"
		"[it]\nrun = /it\nbind = /a\nneeds = first last\n"
		"when = service:first\njoin = net:last\n"
		"control = restart:last\nnice = 3\n"
		"[last]\nrun = /last\n[override it]\nrun = /it -a\n"
		"[mount /mnt/x]\ntype = tmpfs\n",
	};
	uint64_t digest = digest_in(plain, "it");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (digest_in(texts[i], "it") != digest)
			fail_msg("another one in: %s", texts[i]);
}

/* Who lives in namespaces of another one is made anew with it. */
static void joined_ones_count(void **state)
{
	char text[sizeof(plain) + 16];

	(void)state;
	snprintf(text, sizeof(text), "%snice = 1\n", plain);
	assert_true(digest_in(text, "it") != digest_in(plain, "it"));
	assert_true(digest_in(text, "first") == digest_in(plain, "first"));
}

static void of_milestone(const char *name, const char *one, const char *other)
{
	char text[512];
	uint64_t digests[2];
	const char *const both[] = {one, other};

	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "[a]\nrun = /a\n%s", both[i]);
		digests[i] = digest_in(text, name);
	}
	assert_true(digests[0] != digests[1]);
	snprintf(text, sizeof(text), "[b]\nrun = /a\n[c]\nrun = /c\n%s", one);
	assert_true(digest_in(text, name) == digests[0]);
}

static void milestones_do_what_they_do(void **state)
{
	(void)state;
	of_milestone("mounts", "[mount /a]\ntype = tmpfs\n",
		"[mount /b]\ntype = tmpfs\n");
	of_milestone("mounts", "[mount /a]\ntype = tmpfs\noptions = size=1\n",
		"[mount /a]\ntype = tmpfs\noptions = size=2\n");
	of_milestone("mounts", "[system]\nhostname = a\n",
		"[system]\nhostname = b\n");
	of_milestone("modules", "[system]\nmodules = a\n",
		"[system]\nmodules = b\n");
	of_milestone("modules", "[system]\nsysctl = a.b=1\n",
		"[system]\nsysctl = a.b=2\n");
	of_milestone("network", "[interface e0]\naddress = 10.0.0.1/8\n",
		"[interface e0]\naddress = 10.0.0.2/8\n");
	of_milestone("network", "[bridge b0]\nports = e0\n",
		"[bridge b0]\nports = e1\n");
}

/* It matters to whoever has a state there. */
static void the_place_of_a_state_counts(void **state)
{
	static const char text[] = "[it]\nrun = /it\nstate = s\ntmpfs = /x\n"
				   "[other]\nrun = /o\ntmpfs = /x\n";
	char moved[sizeof(text) + 32];

	(void)state;
	snprintf(moved, sizeof(moved), "%s[system]\ndata = /d\n", text);
	assert_true(digest_in(text, "it") != digest_in(moved, "it"));
	assert_true(digest_in(text, "other") == digest_in(moved, "other"));
}

/* Whatever stands in a stanza with a fault, it has a digest. */
static void faulty_ones_do_no_harm(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[it]\nrun = /it\nuse = none.o\nwhen = service:none\n"
		"needs = none\njoin = net:none\nseccomp = none_such\nlisten = "
		"x\n");
	assert_true(b.table->fault_count > 0);
	drop_built(&b);
}

static void policies_count(void **state)
{
	static const char *const codes[] = {"12345678", "12345679"};
	uint64_t digests[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct table_text file = {"t.tab", NULL, 0};
		struct table_input input = {.files = &file, .file_count = 1};
		struct table_text code = {"p", codes[i], 8};
		struct built b;

		file.bytes = "[it]\nrun = /it\nseccomp = net\n";
		file.size = strlen(file.bytes);
		map_region(&b.out, TABLE_OUT_SIZE);
		map_region(&b.scratch, TABLE_SCRATCH_SIZE);
		table_begin(&b.build, &b.out, &b.scratch, &input);
		table_read(&b.build);
		for (uint32_t j = 0; j < table_policies(&b.build); j++)
			table_policy_put(&b.build, j, &code);
		order_make(&b.build);
		table_finish(&b.build);
		b.table = b.build.table;
		assert_string_equal(faults_of(&b), "");
		digests[i] = digest_of_service(&b, "it");
		drop_built(&b);
	}
	assert_true(digests[0] != digests[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_counts),
		cmocka_unit_test(nothing_else_counts),
		cmocka_unit_test(joined_ones_count),
		cmocka_unit_test(milestones_do_what_they_do),
		cmocka_unit_test(the_place_of_a_state_counts),
		cmocka_unit_test(faulty_ones_do_no_harm),
		cmocka_unit_test(policies_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
