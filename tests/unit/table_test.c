/* What sound tables mean: defaults, values, layers. */
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void assert_sound(const struct built *b)
{
	assert_string_equal(faults_of(b), "");
	assert_int_equal(b->table->fault_count, 0);
}

static void a_service_that_says_nothing(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b, "[web]\nrun = /bin/web\n");
	assert_sound(&b);
	s = service_of(&b, "web");
	assert_int_equal(s->flags, 0);
	assert_int_equal(s->line, 1);
	assert_string_equal(string_of(&b, s->file), "t.tab");
	assert_int_equal(s->type, TYPE_DAEMON);
	assert_int_equal(s->ready, READY_STARTED);
	assert_int_equal(s->restart, RESTART_ALWAYS);
	assert_int_equal(s->on_limit, ON_LIMIT_RETRY);
	assert_int_equal(s->on_exit, ON_EXIT_NONE);
	assert_int_equal(s->isolated, 1);
	assert_int_equal(s->autostart, 1);
	assert_int_equal(s->has_spare, 0);
	assert_string_equal(joined_words(&b, s->argv), "/bin/web");
	assert_string_equal(joined_words(&b, s->env),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root "
		"LOGNAME=root SHELL=/bin/sh");
	assert_int_equal(s->uid, 0);
	assert_int_equal(s->gid, 0);
	assert_int_equal(s->groups.count, 0);
	assert_int_equal(s->umask, 022);
	assert_string_equal(string_of(&b, s->workdir), "/");
	assert_string_equal(string_of(&b, s->hostname), "web");
	assert_int_equal(s->tty, 0);
	assert_int_equal(s->host_spaces, 0);
	assert_int_equal(s->kept_spaces, 0);
	assert_int_equal(s->clock_offset_ms, 0);
	assert_int_equal(s->mounts.count, 0);
	assert_int_equal(s->start_timeout_ms, 30000);
	assert_int_equal(s->stop_timeout_ms, 5000);
	assert_int_equal(s->stop_signal, SIGTERM);
	assert_int_equal(s->healthy_delay_ms, 0);
	assert_int_equal(s->first_delay_ms, 100);
	assert_int_equal(s->longest_delay_ms, 30000);
	assert_int_equal(s->limit_count, 10);
	assert_int_equal(s->limit_window_ms, 300000);
	assert_int_equal(s->limit_retry_ms, 300000);
	assert_int_equal(s->log_bytes, 65536);
	assert_true(s->memory.bytes == LIMIT_NONE);
	assert_int_equal(s->memory.percent, 50);
	assert_true(s->memory_high.bytes == LIMIT_NONE);
	assert_int_equal(s->memory_high.percent, 0);
	assert_true(s->swap.bytes == LIMIT_NONE);
	assert_int_equal(s->cpu_percent, 0);
	assert_int_equal(s->cpu_weight, 100);
	assert_int_equal(s->io_weight, 0);
	assert_int_equal(s->tasks, 512);
	assert_int_equal(s->cpus, 0);
	assert_int_equal(s->rlimits.count, 0);
	assert_int_equal(s->nice, 0);
	assert_int_equal(s->oom_score, 0);
	assert_int_equal(s->scheduling.scheduler, SCHEDULER_OTHER);
	assert_int_equal(s->id_count, 1024);
	assert_string_equal(edges_text(&b, s->waits), "mounts:needs");
	drop_built(&b);
}

static void every_key_of_the_program(void **state)
{
	const struct service *s;
	const uint32_t *groups;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\n"
		"run = //bin/./a/ \"two words\" \"q\\\"\\\\\\n\\t\\x41\"\n"
		"args = x\"y z\"w # comment\n"
		"args = y#z \"\"\n"
		"user = www\ngroups = wheel 7 root nobody\n"
		"ids = 200 2\nenv = FOO=bar HOME=/x\nenv=B_1=\n"
		"umask = 077\nworkdir = /srv//www/\ntty = /dev/ttyS0\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_string_equal(joined_words(&b, s->argv),
		"/bin/a two words q\"\\\n\tA xy zw y#z ");
	assert_int_equal(s->argv.count, 6);
	assert_string_equal(joined_words(&b, s->env),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/x USER=www "
		"LOGNAME=www SHELL=/bin/ash FOO=bar B_1=");
	assert_int_equal(s->uid, 33);
	assert_int_equal(s->gid, 34);
	groups = table_pointer(b.table, s->groups.at);
	assert_int_equal(s->groups.count, 4);
	assert_int_equal(groups[0], 10);
	assert_int_equal(groups[1], 7);
	assert_int_equal(groups[2], 0);
	assert_int_equal(groups[3], 65534);
	assert_int_equal(s->first_id, 200 * 1024);
	assert_int_equal(s->id_count, 2048);
	assert_int_equal(s->umask, 077);
	assert_string_equal(string_of(&b, s->workdir), "/srv/www");
	assert_string_equal(string_of(&b, s->tty), "/dev/ttyS0");
	drop_built(&b);
}

struct user_row {
	const char *user;
	uint32_t uid;
	uint32_t gid;
	const char *name;
	const char *home;
};

static void users(void **state)
{
	static const struct user_row rows[] = {
		{"root", 0, 0, "USER=root", "HOME=/root"},
		{"www", 33, 34, "USER=www", "HOME=/srv/www"},
		{"33", 33, 34, "USER=www", "HOME=/srv/www"},
		{"33:wheel", 33, 10, "USER=www", "HOME=/srv/www"},
		{"www:root", 33, 0, "USER=www", "HOME=/srv/www"},
		{"1000", 1000, 1000, "USER=1000", "HOME=/"},
		{"1000:7", 1000, 7, "USER=1000", "HOME=/"},
		{"nobody", 65534, 65534, "USER=nobody", "HOME=/nonexistent"},
		{"homeless", 40, 41, "USER=homeless", "HOME=/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct service *s;
		const table_at *env;
		struct built b;
		char text[64];

		(void)snprintf(text, sizeof(text), "[a]\nrun = /a\nuser = %s\n",
			rows[i].user);
		build_text(&b, text);
		assert_sound(&b);
		s = service_of(&b, "a");
		env = table_pointer(b.table, s->env.at);
		assert_int_equal(s->uid, rows[i].uid);
		assert_int_equal(s->gid, rows[i].gid);
		assert_string_equal(string_of(&b, env[2]), rows[i].name);
		assert_string_equal(string_of(&b, env[1]), rows[i].home);
		drop_built(&b);
	}
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Who they are is looked up there at the start; the rest is as ever. */
static void roots_of_their_own(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nuser = inner:crew\ngroups = x 7\n"
		"root = /srv//a/\nenv = HOME=/mine\n"
		"[b]\nrun = /b\nimage = /b.img verity=" HASH "\n"
		"[c]\nrun = /c\nimage = /c.img\nuser = 7\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	assert_string_equal(string_of(&b, s->root), "/srv/a");
	assert_string_equal(string_of(&b, s->user), "inner");
	assert_string_equal(string_of(&b, s->user_group), "crew");
	assert_int_equal(s->flags, 0);
	assert_string_equal(joined_words(&b, s->group_names), "x 7");
	assert_int_equal(s->uid, 65534);
	assert_int_equal(s->gid, 65534);
	assert_string_equal(joined_words(&b, s->env),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mine");
	assert_string_equal(edges_text(&b, s->waits), "mounts:needs");
	s = service_of(&b, "b");
	assert_int_equal(s->root, 0);
	assert_string_equal(string_of(&b, s->image), "/b.img");
	assert_string_equal(string_of(&b, s->verity), HASH);
	assert_string_equal(string_of(&b, s->user), "root");
	assert_int_equal(s->user_group, 0);
	assert_string_equal(
		edges_text(&b, s->waits), "mounts:needs modules:wants");
	s = service_of(&b, "c");
	assert_int_equal(s->verity, 0);
	assert_int_equal(s->uid, 7);
	assert_int_equal(s->gid, 7);
	drop_built(&b);
}

/* One of the service takes the place of one of [defaults], which has no
 * meaning where the files are the host's. */
static void roots_of_defaults(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nroot = /srv/d\nuser = www\n"
		"[a]\nrun = /a\nimage = /a.img\n"
		"[b]\nrun = /b\nisolation = none\n"
		"[c]\nrun = /c\nhost = mnt\n"
		"[d]\nrun = /d\n"
		"[e]\ntype = group\nneeds = d\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	assert_int_equal(s->root, 0);
	assert_string_equal(string_of(&b, s->image), "/a.img");
	s = service_of(&b, "b");
	assert_int_equal(s->root, 0);
	assert_int_equal(s->flags, 0);
	assert_int_equal(s->user, 0);
	assert_int_equal(s->uid, 33);
	s = service_of(&b, "c");
	assert_int_equal(s->root, 0);
	assert_int_equal(s->uid, 33);
	s = service_of(&b, "d");
	assert_string_equal(string_of(&b, s->root), "/srv/d");
	assert_string_equal(string_of(&b, s->user), "www");
	assert_int_equal(service_of(&b, "e")->root, 0);
	drop_built(&b);
}

/* Without etc/passwd names cannot be checked: nobody, never root. */
static void users_of_an_unknown_root(void **state)
{
	static const char text[] = "[a]\nrun = /a\nuser = web:web\n"
				   "groups = video root\n[b]\nrun = /b\n";
	struct table_text file = {"t.tab", text, sizeof(text) - 1};
	struct table_input input = {.files = &file, .file_count = 1};
	const struct service *s;
	struct built b;

	(void)state;
	build_input(&b, &input);
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_int_equal(s->uid, 65534);
	assert_int_equal(s->gid, 65534);
	assert_int_equal(service_of(&b, "b")->uid, 0);
	drop_built(&b);
}

static void every_key_of_life(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\ntype = oneshot\nready = exit\n"
		"start-timeout = none\nstop-signal = SIGINT\n"
		"stop-timeout = 250ms\nrestart = never\n"
		"restart-delay = 1s 2m 1h\nrestart-limit = 3 1d\n"
		"on-limit = reboot\nautostart = no\n"
		"[b]\nrun = /b\ntype = oneshot\nrestart-limit = none\n"
		"on-limit = retry 2s\nrestart-delay = 0\nstop-signal = 34\n"
		"[c]\nrun = /c\non-exit = halt\non-limit = retry\n"
		"[d]\ntype = group\nneeds = a\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_int_equal(s->type, TYPE_ONESHOT);
	assert_int_equal(s->ready, READY_EXIT);
	assert_int_equal(s->start_timeout_ms, 0);
	assert_int_equal(s->stop_signal, SIGINT);
	assert_int_equal(s->stop_timeout_ms, 250);
	assert_int_equal(s->restart, RESTART_NEVER);
	assert_int_equal(s->healthy_delay_ms, 1000);
	assert_int_equal(s->first_delay_ms, 120000);
	assert_int_equal(s->longest_delay_ms, 3600000);
	assert_int_equal(s->limit_count, 3);
	assert_int_equal(s->limit_window_ms, 86400000);
	assert_int_equal(s->on_limit, ON_LIMIT_REBOOT);
	assert_int_equal(s->autostart, 0);
	s = service_of(&b, "b");
	assert_int_equal(s->ready, READY_EXIT);
	assert_int_equal(s->restart, RESTART_ON_FAILURE);
	assert_int_equal(s->limit_count, 0);
	assert_int_equal(s->limit_retry_ms, 2000);
	assert_int_equal(s->first_delay_ms, 100);
	assert_int_equal(s->stop_signal, 34);
	s = service_of(&b, "c");
	assert_int_equal(s->on_exit, ON_EXIT_HALT);
	assert_int_equal(s->restart, RESTART_NEVER);
	s = service_of(&b, "d");
	assert_int_equal(s->type, TYPE_GROUP);
	assert_int_equal(s->argv.count, 0);
	assert_string_equal(edges_text(&b, s->waits), "a:needs");
	drop_built(&b);
}

static void every_key_of_spaces(void **state)
{
	const struct service *s;
	const struct joined *join;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nhost = net pid\nhost = user cgroup\n"
		"[b]\nrun = /b\nhostname = gw.example\nclock-offset = -1d\n"
		"[c]\nrun = /c\njoin = net:b uts:b ipc:a\nclock-offset = +5s\n"
		"[d]\nrun = /d\nisolation = none\ntty = console\n"
		"[e]\nrun = /e\nhost = uts\n"
		"[template f@]\nrun = /f\n[f@Ab.1_x]\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_int_equal(s->host_spaces,
		SPACE_BIT(SPACE_NET) | SPACE_BIT(SPACE_PID) |
			SPACE_BIT(SPACE_USER) | SPACE_BIT(SPACE_CGROUP));
	assert_int_equal(s->kept_spaces, SPACE_BIT(SPACE_IPC));
	assert_int_equal(s->id_count, 0);
	s = service_of(&b, "b");
	assert_string_equal(string_of(&b, s->hostname), "gw.example");
	assert_true(s->clock_offset_ms == -86400000);
	assert_int_equal(
		s->kept_spaces, SPACE_BIT(SPACE_NET) | SPACE_BIT(SPACE_UTS));
	s = service_of(&b, "c");
	join = table_pointer(b.table, s->join.at);
	assert_int_equal(s->join.count, 3);
	assert_int_equal(join[0].space, SPACE_NET);
	assert_ptr_equal(
		table_service(b.table, join[0].service), service_of(&b, "b"));
	assert_int_equal(join[2].space, SPACE_IPC);
	assert_int_equal(s->hostname, 0);
	assert_true(s->clock_offset_ms == 5000);
	assert_string_equal(
		edges_text(&b, s->waits), "b:needs a:needs mounts:needs");
	s = service_of(&b, "d");
	assert_int_equal(s->isolated, 0);
	assert_string_equal(string_of(&b, s->tty), "console");
	assert_int_equal(s->host_spaces, SPACE_ALL);
	assert_int_equal(s->hostname, 0);
	assert_int_equal(s->id_count, 0);
	assert_int_equal(s->waits.count, 0);
	assert_int_equal(service_of(&b, "e")->hostname, 0);
	assert_string_equal(string_of(&b, service_of(&b, "f@Ab.1_x")->hostname),
		"f-Ab.1_x");
	drop_built(&b);
}

static void every_kind_of_mount(void **state)
{
	static const struct mount_entry expected[] = {
		{MOUNT_BIND, PROPAGATION_PRIVATE, 0, 0, 0, 0, 0, 0, 0, 0},
		{MOUNT_BIND_RO, PROPAGATION_SLAVE, 0, 0, 0, 0, 0, 0, 0, 0},
		{MOUNT_TMPFS, PROPAGATION_PRIVATE, 0, 0, 01777, 0, 0, 16 << 20,
			0, 0},
		{MOUNT_BIND, PROPAGATION_SHARED, 1, 0, 0, 0, 0, 0, 0, 0},
		{MOUNT_RUNTIME, PROPAGATION_PRIVATE, 0, 0, 0755, 0, 0, 0, 0, 0},
		{MOUNT_TMPFS, PROPAGATION_PRIVATE, 0, 0, 0700, 0, 0, 1 << 20, 0,
			0},
		{MOUNT_BIND, PROPAGATION_PRIVATE, 0, 0, 0, 0, 0, 0, 0, 0},
		{MOUNT_BIND, PROPAGATION_PRIVATE, 0, 0, 0, 0, 0, 0, 0, 0},
	};
	static const char *const paths[] = {"/a", "/a", "/b", "/c", "", "/d",
		"/e", "/f", "", "/run/web", "", "/g", "/dev/null", "/dev/null",
		"/q?", "/q?"};
	const struct mount_entry *mounts;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nbind = //a\nbind-ro = /b:/c/:slave\n"
		"tmpfs = /d\nbind = /e:/f:shared?\nruntime = web\n"
		"tmpfs = /g:1M:0700\nbind = /dev/null \"/q?\"\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	mounts = table_pointer(b.table, s->mounts.at);
	assert_int_equal(s->mounts.count, 8);
	for (uint32_t i = 0; i < s->mounts.count; i++) {
		assert_int_equal(mounts[i].kind, expected[i].kind);
		assert_int_equal(
			mounts[i].propagation, expected[i].propagation);
		assert_int_equal(mounts[i].optional, expected[i].optional);
		assert_int_equal(mounts[i].mode, expected[i].mode);
		assert_int_equal(mounts[i].size, expected[i].size);
		assert_string_equal(
			string_of(&b, mounts[i].host), paths[2 * i]);
		assert_string_equal(
			string_of(&b, mounts[i].inside), paths[2 * i + 1]);
	}
	drop_built(&b);
}

static void every_kind_of_device(void **state)
{
	static const struct {
		const char *name;
		enum device_kind kind;
		bool optional;
	} expected[] = {{"/dev/fuse", DEVICE_PATH, false},
		{"/dev/snd/*", DEVICE_PATTERN, false},
		{"gpu", DEVICE_CLASS, true}, {"input", DEVICE_CLASS, false},
		{"/dev/kvm", DEVICE_PATH, true},
		{"/dev/tty?", DEVICE_PATTERN, false},
		{"/dev/nullx", DEVICE_PATH, false}};
	const struct device_entry *devices;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\ndevices = /dev//fuse /dev/snd/* gpu? input\n"
		"devices = /dev/kvm? \"/dev/tty?\" /dev/nullx\n"
		"[b]\nrun = /b\ndevices = /dev/fuse\n"
		"[c]\nrun = /c\nhost = mnt\ndevices = /dev/fuse?\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a");
	devices = table_pointer(b.table, s->devices.at);
	assert_int_equal(s->devices.count, 7);
	for (uint32_t i = 0; i < s->devices.count; i++) {
		assert_string_equal(
			string_of(&b, devices[i].name), expected[i].name);
		assert_int_equal(devices[i].kind, expected[i].kind);
		assert_int_equal(devices[i].optional, expected[i].optional);
	}
	assert_int_equal(s->hotplug, 1);
	assert_int_equal(service_of(&b, "b")->hotplug, 0);
	assert_int_equal(service_of(&b, "c")->hotplug, 1);
	drop_built(&b);
}

static void every_limit(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nmemory = 64M\nmemory-high = 100%\nswap = 0\n"
		"cpu = 200%\ncpu-weight = 1\ncpus = 0-3,5\ntasks = 4194304\n"
		"io-weight = 10000\nlog = 4K\n"
		"[b]\nrun = /b\nmemory = none\ncpu = none\nswap = 2T\n"
		"log = 1G\nmemory-high = 4096\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_true(s->memory.bytes == 64 << 20);
	assert_int_equal(s->memory.percent, 0);
	assert_int_equal(s->memory_high.percent, 100);
	assert_true(s->swap.bytes == 0);
	assert_int_equal(s->cpu_percent, 200);
	assert_int_equal(s->cpu_weight, 1);
	assert_string_equal(string_of(&b, s->cpus), "0-3,5");
	assert_int_equal(s->tasks, 4194304);
	assert_int_equal(s->io_weight, 10000);
	assert_int_equal(s->log_bytes, 4096);
	s = service_of(&b, "b");
	assert_true(s->memory.bytes == LIMIT_NONE);
	assert_int_equal(s->memory.percent, 0);
	assert_int_equal(s->cpu_percent, 0);
	assert_true(s->swap.bytes == (uint64_t)2 << 40);
	assert_true(s->memory_high.bytes == 4096);
	assert_int_equal(s->log_bytes, 1 << 30);
	drop_built(&b);
}

static void limits_of_each_process(void **state)
{
	static const struct {
		uint32_t resource;
		const char *name;
		uint64_t soft;
		uint64_t hard;
	} expected[] = {{RLIMIT_NOFILE, "nofile", 2048, 8192},
		{RLIMIT_CORE, "core", LIMIT_NONE, LIMIT_NONE},
		{RLIMIT_MEMLOCK, "memlock", 64 << 10, 1 << 20},
		{RLIMIT_RTTIME, "rttime", 5, LIMIT_NONE}};
	const struct resource_limit *limits;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nrlimits = nproc=1\n"
		"[a]\nrun = /a\nrlimits = nofile=2048:8192 core=unlimited\n"
		"rlimits = memlock=64K:1M rttime=5:unlimited\n"
		"[b]\nrun = /b\n[c]\nrun = /c\nrlimits =\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	limits = table_pointer(b.table, s->rlimits.at);
	assert_int_equal(
		s->rlimits.count, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < s->rlimits.count; i++) {
		assert_int_equal(limits[i].resource, expected[i].resource);
		assert_string_equal(
			string_of(&b, limits[i].name), expected[i].name);
		assert_true(limits[i].soft == expected[i].soft);
		assert_true(limits[i].hard == expected[i].hard);
	}
	assert_int_equal(service_of(&b, "b")->rlimits.count, 1);
	assert_int_equal(service_of(&b, "c")->rlimits.count, 0);
	drop_built(&b);
}

static void disks_and_groups(void **state)
{
	const struct io_limit *limits;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\ndelegate = yes\n"
		"[a]\nrun = /a\nio-max = /dev//vda rbps=1M wiops=1\n"
		"io-max = /dev/vdb? wbps=5 riops=4294967295\n"
		"[b]\nrun = /b\nisolation = none\n");
	assert_sound(&b);
	s = service_of(&b, "a");
	limits = table_pointer(b.table, s->io_limits.at);
	assert_int_equal(s->io_limits.count, 2);
	assert_string_equal(string_of(&b, limits[0].device), "/dev/vda");
	assert_int_equal(limits[0].optional, 0);
	assert_true(limits[0].most[IO_RBPS] == 1 << 20);
	assert_true(limits[0].most[IO_WBPS] == LIMIT_NONE);
	assert_true(limits[0].most[IO_RIOPS] == LIMIT_NONE);
	assert_true(limits[0].most[IO_WIOPS] == 1);
	assert_string_equal(string_of(&b, limits[1].device), "/dev/vdb");
	assert_int_equal(limits[1].optional, 1);
	assert_true(limits[1].most[IO_WBPS] == 5);
	assert_true(limits[1].most[IO_RIOPS] == UINT32_MAX);
	assert_int_equal(s->delegate, 1);
	assert_int_equal(service_of(&b, "b")->delegate, 0);
	assert_int_equal(service_of(&b, "b")->io_limits.count, 0);
	drop_built(&b);
}

static void schedulers(void **state)
{
	const struct scheduling *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nnice = -20\noom-score = -999\n"
		"scheduler = batch\n"
		"[b]\nrun = /b\nnice = 19\noom-score = 1000\n"
		"[c]\nrun = /c\nscheduler = idle\n"
		"[d]\nrun = /d\nscheduler = fifo 99\n"
		"[e]\nrun = /e\nscheduler = rr 1\n"
		"[f]\nrun = /f\nscheduler = deadline 100us 5ms 4s\n");
	assert_sound(&b);
	assert_int_equal(service_of(&b, "a")->nice, -20);
	assert_int_equal(service_of(&b, "a")->oom_score, -999);
	s = &service_of(&b, "a")->scheduling;
	assert_int_equal(s->scheduler, SCHEDULER_BATCH);
	assert_int_equal(service_of(&b, "b")->nice, 19);
	assert_int_equal(service_of(&b, "b")->oom_score, 1000);
	s = &service_of(&b, "c")->scheduling;
	assert_int_equal(s->scheduler, SCHEDULER_IDLE);
	s = &service_of(&b, "d")->scheduling;
	assert_int_equal(s->scheduler, SCHEDULER_FIFO);
	assert_int_equal(s->priority, 99);
	s = &service_of(&b, "e")->scheduling;
	assert_int_equal(s->scheduler, SCHEDULER_RR);
	assert_int_equal(s->priority, 1);
	s = &service_of(&b, "f")->scheduling;
	assert_int_equal(s->scheduler, SCHEDULER_DEADLINE);
	assert_int_equal(s->runtime_us, 100);
	assert_int_equal(s->deadline_us, 5000);
	assert_int_equal(s->period_us, 4000000);
	drop_built(&b);
}

static void the_host_itself(void **state)
{
	static const char board[] = "[system]\nmodules = virtio_net\n"
				    "report = vsock:2:99\n";
	static const char text[] =
		"[system]\nhostname = gw\nmodules = e1000? \"loop "
		"max_loop=8\"\n"
		"sysctl = net.ipv4.ip_forward=1 kernel.x=\"a b\"?\n"
		"reboot-limit = 2 90s\nshutdown-limit = 3s\n[a]\nrun = /a\n";
	struct table_text files[] = {{"board", board, sizeof(board) - 1},
		{"main", text, sizeof(text) - 1}};
	struct table_input input = {
		.files = files, .file_count = 2, .note = "a note"};
	const struct system_settings *system;
	const struct setting *settings;
	struct built b;

	(void)state;
	build_input(&b, &input);
	assert_sound(&b);
	system = &b.table->system;
	assert_string_equal(string_of(&b, system->hostname), "gw");
	assert_string_equal(string_of(&b, system->note), "a note");
	settings = table_pointer(b.table, system->modules.at);
	assert_int_equal(system->modules.count, 3);
	assert_string_equal(string_of(&b, settings[0].name), "virtio_net");
	assert_string_equal(string_of(&b, settings[0].file), "board");
	assert_int_equal(settings[0].line, 2);
	assert_int_equal(settings[0].value, 0);
	assert_string_equal(string_of(&b, settings[1].name), "e1000");
	assert_int_equal(settings[1].optional, 1);
	assert_int_equal(settings[1].value, 0);
	assert_string_equal(string_of(&b, settings[2].name), "loop");
	assert_string_equal(string_of(&b, settings[2].value), "max_loop=8");
	settings = table_pointer(b.table, system->sysctls.at);
	assert_int_equal(system->sysctls.count, 2);
	assert_string_equal(
		string_of(&b, settings[0].name), "net.ipv4.ip_forward");
	assert_string_equal(string_of(&b, settings[0].value), "1");
	assert_string_equal(string_of(&b, settings[1].value), "a b");
	assert_int_equal(settings[1].optional, 1);
	assert_int_equal(system->reboot_count, 2);
	assert_int_equal(system->reboot_window_s, 90);
	assert_int_equal(system->shutdown_limit_ms, 3000);
	assert_int_equal(system->report, REPORT_VSOCK);
	assert_int_equal(system->report_cid, 2);
	assert_int_equal(system->report_port, 99);
	assert_int_equal(system->rescue, 0);
	drop_built(&b);
}

static void lists_of_the_host_can_be_emptied(void **state)
{
	static const char one[] = "[system]\nmodules = a b\nmodules =\n"
				  "modules = c\nhostname = x\n";
	static const char two[] =
		"[system]\nhostname = y\nreport = pvpanic\n[a]\nrun = /a\n";
	struct table_text files[] = {
		{"one", one, sizeof(one) - 1}, {"two", two, sizeof(two) - 1}};
	struct table_input input = {.files = files, .file_count = 2};
	struct built b;

	(void)state;
	build_input(&b, &input);
	assert_string_equal(faults_of(&b),
		"two:2:1: 'hostname' stands in another [system] too, in "
		"one:5; remove one\n");
	assert_int_equal(b.table->system.modules.count, 1);
	assert_int_equal(b.table->system.report, REPORT_PVPANIC);
	drop_built(&b);
}

struct address_row {
	const char *text;
	uint8_t family;
	uint8_t prefix;
	uint8_t bytes[16];
};

static void addresses(void **state)
{
	static const struct address_row rows[] = {
		{"10.0.2.15/24", 4, 24, {10, 0, 2, 15}},
		{"0.0.0.0/0", 4, 0, {0}},
		{"255.255.255.255/32", 4, 32, {255, 255, 255, 255}},
		{"::/0", 6, 0, {0}},
		{"::1/128", 6, 128, {[15] = 1}},
		{"fe80::/64", 6, 64, {0xfe, 0x80}},
		{"fd00::a:b/64", 6, 64,
			{0xfd, 0, [13] = 0xa, [14] = 0, [15] = 0xb}},
		{"1:2:3:4:5:6:7:8/1", 6, 1,
			{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
		{"::ffff:1.2.3.4/96", 6, 96,
			{[10] = 0xff, [11] = 0xff, 1, 2, 3, 4}},
		{"1:2:3:4:5:6:1.2.3.4/8", 6, 8,
			{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4}},
		{"ABCD::/16", 6, 16, {0xab, 0xcd}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct interface *interface;
		const struct address *address;
		struct built b;
		char text[128];

		(void)snprintf(text, sizeof(text),
			"[interface e0.1]\naddress = %s\n[a]\nrun = /a\n",
			rows[i].text);
		build_text(&b, text);
		assert_sound(&b);
		assert_int_equal(b.table->interfaces.count, 1);
		interface = table_pointer(b.table, b.table->interfaces.at);
		address = table_pointer(b.table, interface->addresses.at);
		assert_int_equal(interface->addresses.count, 1);
		assert_int_equal(address->family, rows[i].family);
		assert_int_equal(address->prefix, rows[i].prefix);
		assert_memory_equal(address->bytes, rows[i].bytes, 16);
		drop_built(&b);
	}
}

static void interfaces(void **state)
{
	const struct interface *all;
	struct built b;

	(void)state;
	build_text(&b,
		"[interface eth0]\naddress = 10.0.0.2/24\nvia = 10.0.0.1\n"
		"mtu = 1400\n[interface eth1]\nmtu = 1\n"
		"[interface eth2]\nup = no\n[a]\nrun = /a\n");
	assert_string_equal(faults_of(&b),
		"t.tab:6:7: '1': 'mtu' is a number from 68 to 65535\n");
	assert_int_equal(b.table->interfaces.count, 2);
	all = table_pointer(b.table, b.table->interfaces.at);
	assert_string_equal(string_of(&b, all[0].name), "eth0");
	assert_string_equal(string_of(&b, all[0].file), "t.tab");
	assert_int_equal(all[0].line, 1);
	assert_int_equal(all[0].via.family, 4);
	assert_int_equal(all[0].via.bytes[3], 1);
	assert_int_equal(all[0].mtu, 1400);
	assert_int_equal(all[0].up, 1);
	assert_string_equal(string_of(&b, all[1].name), "eth2");
	assert_int_equal(all[1].up, 0);
	assert_int_equal(all[1].via.family, 0);
	drop_built(&b);
}

static void built_in_services(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b, "[a]\nrun = /a\n");
	assert_int_equal(b.table->services.count, 6);
	assert_int_equal(b.table->rescue_service, 5);
	for (unsigned i = 1; i < MILESTONES; i++) {
		s = table_service(b.table, i - 1);
		assert_int_equal(s->milestone, i);
		assert_int_equal(s->flags, SERVICE_BUILT_IN);
		assert_int_equal(s->isolated, 0);
		assert_int_equal(s->file, 0);
		assert_int_equal(s->type, TYPE_ONESHOT);
	}
	assert_string_equal(edges_text(&b, service_of(&b, "network")->waits),
		"modules:wants");
	assert_string_equal(edges_text(&b, service_of(&b, "modules")->waits),
		"mounts:needs");
	assert_string_equal(edges_text(&b, service_of(&b, "devices")->waits),
		"mounts:needs modules:wants");
	assert_string_equal(edges_text(&b, service_of(&b, "mounts")->followers),
		"modules:needs devices:needs a:needs");
	s = table_service(b.table, 5);
	assert_string_equal(string_of(&b, s->name), "rescue");
	assert_string_equal(joined_words(&b, s->argv), "/bin/sh -l");
	assert_string_equal(string_of(&b, s->tty), "console");
	assert_int_equal(s->flags, SERVICE_BUILT_IN);
	assert_int_equal(s->autostart, 0);
	assert_int_equal(s->isolated, 0);
	assert_int_equal(s->healthy_delay_ms, 1000);
	assert_int_equal(s->waits.count, 0);
	drop_built(&b);
}

static void layers(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[one]\nrun = /one\n"
		"[defaults]\nmemory = 10M\nenv = A=1 B=2\nneeds = one two\n"
		"[two]\nrun = /two\nenv = C=3\nenv = D=4\n"
		"[three]\nrun = /three\nenv =\nneeds =\n"
		"[template t@]\nrun = /t %i 100%% 50%\nenv = I=%i\n"
		"memory = 20%\n"
		"[t@x]\n[t@y]\nargs = more%i\nmemory = 30M\n"
		"[override two]\nmemory = 40M\nenv = E=5\n"
		"[override two]\nargs = z\n[override t@x]\nneeds = three\n");
	assert_sound(&b);
	s = service_of(&b, "one");
	assert_int_equal(s->memory.percent, 50);
	s = service_of(&b, "two");
	assert_true(s->memory.bytes == 40 << 20);
	assert_string_equal(joined_words(&b, s->argv), "/two z");
	assert_string_equal(joined_words(&b, s->env),
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root "
		"LOGNAME=root SHELL=/bin/sh E=5");
	assert_string_equal(edges_text(&b, s->waits), "one:needs mounts:needs");
	s = service_of(&b, "three");
	assert_int_equal(s->env.count, 5);
	assert_true(s->memory.bytes == 10 << 20);
	assert_string_equal(edges_text(&b, s->waits), "mounts:needs");
	s = service_of(&b, "t@x");
	assert_string_equal(joined_words(&b, s->argv), "/t x 100% 50%");
	assert_int_equal(s->memory.percent, 20);
	assert_int_equal(s->env.count, 6);
	assert_string_equal(
		edges_text(&b, s->waits), "three:needs mounts:needs");
	s = service_of(&b, "t@y");
	assert_string_equal(joined_words(&b, s->argv), "/t y 100% 50% more%i");
	assert_true(s->memory.bytes == 30 << 20);
	assert_string_equal(
		edges_text(&b, s->waits), "one:needs two:needs mounts:needs");
	drop_built(&b);
}

static void defaults_hold_for_one_file(void **state)
{
	static const char one[] = "[defaults]\ntasks = 1\n[template t@]\n"
				  "run = /t\n[a]\nrun = /a\n";
	static const char two[] = "[b]\nrun = /b\n[defaults]\ntasks = 2\n"
				  "cpu-weight = 2\n[c]\nrun = /c\n[t@1]\n"
				  "[override a]\numask = 0\n";
	struct table_text files[] = {
		{"one", one, sizeof(one) - 1}, {"two", two, sizeof(two) - 1}};
	struct table_input input = {.files = files, .file_count = 2};
	struct built b;

	(void)state;
	build_input(&b, &input);
	assert_sound(&b);
	assert_int_equal(service_of(&b, "a")->tasks, 1);
	assert_int_equal(service_of(&b, "a")->umask, 0);
	assert_int_equal(service_of(&b, "b")->tasks, 512);
	assert_int_equal(service_of(&b, "c")->tasks, 2);
	assert_int_equal(service_of(&b, "t@1")->tasks, 1);
	assert_int_equal(service_of(&b, "t@1")->cpu_weight, 2);
	drop_built(&b);
}

static void defaults_without_meaning(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[defaults]\nbind = /x\nhostname = h\nhost = net\n"
		"clock-offset = 1s\nready = exit\nids = 300\n"
		"[shell]\nrun = /sh\nisolation = none\n"
		"[files]\nrun = /f\nhost = mnt uts user\nready = started\n"
		"[group]\ntype = group\n");
	assert_sound(&b);
	assert_int_equal(service_of(&b, "shell")->mounts.count, 0);
	assert_int_equal(service_of(&b, "shell")->hostname, 0);
	assert_int_equal(service_of(&b, "shell")->clock_offset_ms, 0);
	assert_int_equal(service_of(&b, "shell")->ready, READY_STARTED);
	assert_int_equal(service_of(&b, "files")->mounts.count, 0);
	assert_int_equal(service_of(&b, "files")->hostname, 0);
	drop_built(&b);
}

static void forms_of_text(void **state)
{
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"\xef\xbb\xbf# first\r\n  [a]\t# the service\r\n\r\n"
		"\trun\t=\t/a  \t\r\nargs=x\r\n"
		"args = \"\xc3\xa4\xc2\xa0\" =b #\r\n"
		"args = \"\\xe4#\"#\nargs =#a");
	assert_sound(&b);
	s = service_of(&b, "a");
	assert_int_equal(s->line, 2);
	assert_string_equal(joined_words(&b, s->argv),
		"/a x \xc3\xa4\xc2\xa0 =b \xe4## #a");
	drop_built(&b);
}

static void a_faulty_stanza_stays(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nbogus = 1\n[b]\nrun = /b\nneeds = a\n"
		"[c]\nrun = /c\n[c]\nrun = /d\n"
		"[template t@]\nrun = /t\nmemory = x\n[t@1]\n"
		"[override b]\nmemory = y\n");
	assert_int_equal(b.table->fault_count, 4);
	assert_int_equal(service_of(&b, "a")->flags, SERVICE_FAULTY);
	assert_int_equal(service_of(&b, "b")->flags, SERVICE_FAULTY);
	assert_int_equal(service_of(&b, "c")->flags, SERVICE_FAULTY);
	assert_int_equal(service_of(&b, "t@1")->flags, SERVICE_FAULTY);
	assert_string_equal(edges_text(&b, service_of(&b, "b")->waits),
		"a:needs mounts:needs");
	drop_built(&b);
}

/* Fixed for ever: files on disk belong to these ids. */
static void ids_of_names(void **state)
{
	struct built b;

	(void)state;
	build_text(&b, "[web]\nrun = /a\n[broker]\nrun = /b\n");
	assert_int_equal(service_of(&b, "web")->first_id, 1736638464U);
	assert_int_equal(service_of(&b, "broker")->first_id, 3176420352U);
	drop_built(&b);
}

static void only_rescue(void **state)
{
	struct table_input input = {.rescue = true};
	struct built b;

	(void)state;
	build_input(&b, &input);
	assert_sound(&b);
	assert_int_equal(b.table->system.rescue, 1);
	drop_built(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_that_says_nothing),
		cmocka_unit_test(every_key_of_the_program),
		cmocka_unit_test(users),
		cmocka_unit_test(users_of_an_unknown_root),
		cmocka_unit_test(roots_of_their_own),
		cmocka_unit_test(roots_of_defaults),
		cmocka_unit_test(every_key_of_life),
		cmocka_unit_test(every_key_of_spaces),
		cmocka_unit_test(every_kind_of_mount),
		cmocka_unit_test(every_kind_of_device),
		cmocka_unit_test(every_limit),
		cmocka_unit_test(limits_of_each_process),
		cmocka_unit_test(schedulers),
		cmocka_unit_test(disks_and_groups),
		cmocka_unit_test(the_host_itself),
		cmocka_unit_test(lists_of_the_host_can_be_emptied),
		cmocka_unit_test(addresses),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(built_in_services),
		cmocka_unit_test(layers),
		cmocka_unit_test(defaults_hold_for_one_file),
		cmocka_unit_test(defaults_without_meaning),
		cmocka_unit_test(forms_of_text),
		cmocka_unit_test(a_faulty_stanza_stays),
		cmocka_unit_test(ids_of_names),
		cmocka_unit_test(only_rescue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
