/* The table of last resort, laid out by the compiler. But for the sum it equals
 * what the parser makes of no text at all; a test compares the two.
 */
#include "load/load.h"

#include <signal.h>

struct fallback_edges {
	struct edge of_modules; /* needs mounts */
	struct edge of_devices[2]; /* needs mounts, wants modules */
	struct edge of_network; /* wants modules */
	struct edge follow_mounts[2]; /* modules, devices */
	struct edge follow_modules[2]; /* devices, network */
};

struct fallback_strings {
	char none[8]; /* offset 0 of a string means none: never used */
	char mounts[8], modules[8], devices[8], network[8], rescue[8];
	char shell[8], login[8], slash[8], console[8];
	char path[48], home[16], user[16], logname[16], shell_is[24];
};

struct fallback {
	struct table table;
	struct service services[MILESTONES];
	struct fallback_edges edges;
	struct fallback_strings strings;
	table_at argv[2];
	table_at env[5];
	uint32_t spare;
};

#define AT(member) ((table_at)offsetof(struct fallback, member))
#define NO_AMOUNT \
	{ \
		LIMIT_NONE, 0, 0 \
	}
#define MOUNTS (MILESTONE_MOUNTS - 1)
#define MODULES (MILESTONE_MODULES - 1)
#define DEVICES (MILESTONE_DEVICES - 1)
#define NETWORK (MILESTONE_NETWORK - 1)
#define RESCUE (MILESTONES - 1)

/* What all of them have in common: no compartment, no limits. */
#define COMMON \
	.flags = SERVICE_BUILT_IN, .umask = 022, .workdir = AT(strings.slash), \
	.host_spaces = SPACE_ALL, .start_timeout_ms = 30000, \
	.stop_timeout_ms = 5000, .stop_signal = SIGTERM, \
	.limit_window_ms = 300000, .limit_retry_ms = 300000, \
	.log_bytes = 64 << 10, .log_rate = 1000, .memory = NO_AMOUNT, \
	.memory_high = NO_AMOUNT, .swap = NO_AMOUNT, .cpu_weight = 100, \
	.tasks = 512

#define MILESTONE(number, text) \
	COMMON, .name = AT(strings.text), .type = TYPE_ONESHOT, \
		.milestone = (number) + 1, .ready = READY_EXIT, \
		.restart = RESTART_NEVER, .autostart = 1, .limit_count = 10, \
		.first_delay_ms = 100, .longest_delay_ms = 30000

static const struct fallback fallback = {
	.table = {.magic = TABLE_MAGIC,
		.version = TABLE_VERSION,
		.size = sizeof(struct fallback),
		.services = {AT(services), MILESTONES},
		.system = {.reboot_count = 3,
			.reboot_window_s = 3600,
			.shutdown_limit_ms = 10000,
			.crash_count = 3,
			.crash_window_ms = 60000,
			.rescue = 1},
		.rescue_service = RESCUE},
	.services = {[MOUNTS] = {MILESTONE(MOUNTS, mounts),
			     .followers = {AT(edges.follow_mounts), 2}},
		[MODULES] = {MILESTONE(MODULES, modules),
			.waits = {AT(edges.of_modules), 1},
			.followers = {AT(edges.follow_modules), 2}},
		[DEVICES] = {MILESTONE(DEVICES, devices),
			.waits = {AT(edges.of_devices), 2}},
		[NETWORK] = {MILESTONE(NETWORK, network),
			.waits = {AT(edges.of_network), 1}},
		[RESCUE] = {COMMON, .name = AT(strings.rescue),
			.restart = RESTART_ALWAYS, .argv = {AT(argv), 2},
			.env = {AT(env), 5}, .env_presets = 0x1f,
			.tty = AT(strings.console), .healthy_delay_ms = 1000,
			.first_delay_ms = 1000, .longest_delay_ms = 1000}},
	.edges = {.of_modules = {MOUNTS, EDGE_NEEDS},
		.of_devices = {{MOUNTS, EDGE_NEEDS}, {MODULES, EDGE_WANTS}},
		.of_network = {MODULES, EDGE_WANTS},
		.follow_mounts = {{MODULES, EDGE_NEEDS}, {DEVICES, EDGE_NEEDS}},
		.follow_modules = {{DEVICES, EDGE_WANTS},
			{NETWORK, EDGE_WANTS}}},
	.strings = {.mounts = "mounts",
		.modules = "modules",
		.devices = "devices",
		.network = "network",
		.rescue = "rescue",
		.shell = "/bin/sh",
		.login = "-l",
		.slash = "/",
		.console = "console",
		.path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		.home = "HOME=/root",
		.user = "USER=root",
		.logname = "LOGNAME=root",
		.shell_is = "SHELL=/bin/sh"},
	.argv = {AT(strings.shell), AT(strings.login)},
	.env = {AT(strings.path), AT(strings.home), AT(strings.user),
		AT(strings.logname), AT(strings.shell_is)}};

const struct table *load_fallback(void)
{
	return &fallback.table;
}
