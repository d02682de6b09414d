/* The table of last resort, made when it is wanted, since most of it is zeroes.
 * But for the sum it equals what the parser makes of no text at all; a test
 * compares the two.
 */
#include "load/load.h"

#include "base/memory.h"
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

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
#define PAGE 4096U
#define MOUNTS (MILESTONE_MOUNTS - 1)
#define MODULES (MILESTONE_MODULES - 1)
#define DEVICES (MILESTONE_DEVICES - 1)
#define NETWORK (MILESTONE_NETWORK - 1)
#define RESCUE (MILESTONES - 1)

static const struct fallback_edges edges = {.of_modules = {MOUNTS, EDGE_NEEDS},
	.of_devices = {{MOUNTS, EDGE_NEEDS}, {MODULES, EDGE_WANTS}},
	.of_network = {MODULES, EDGE_WANTS},
	.follow_mounts = {{MODULES, EDGE_NEEDS}, {DEVICES, EDGE_NEEDS}},
	.follow_modules = {{DEVICES, EDGE_WANTS}, {NETWORK, EDGE_WANTS}}};

static const struct fallback_strings strings = {.mounts = "mounts",
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
	.shell_is = "SHELL=/bin/sh"};

/* Room for a page, wherever it begins; no page of it exists before. */
static LAST char room[2 * PAGE];

_Static_assert(sizeof(struct fallback) <= PAGE, "it is one page");

/* What all of them have in common: no compartment, no limits. */
static void make_service(struct service *service, table_at name)
{
	const struct amount none = {LIMIT_NONE, 0, 0};

	service->name = name;
	service->flags = SERVICE_BUILT_IN;
	service->umask = 022;
	service->workdir = AT(strings.slash);
	service->host_spaces = SPACE_ALL;
	service->start_timeout_ms = 30000;
	service->stop_timeout_ms = 5000;
	service->stop_signal = SIGTERM;
	service->limit_window_ms = service->limit_retry_ms = 300000;
	service->log_bytes = 64 << 10;
	service->log_rate = 1000;
	service->memory = service->memory_high = service->swap = none;
	service->cpu_weight = 100;
	service->tasks = 512;
}

static void make_milestone(struct fallback *all, uint32_t index, table_at name)
{
	struct service *service = &all->services[index];

	make_service(service, name);
	service->type = TYPE_ONESHOT;
	service->milestone = (uint8_t)(index + 1);
	service->ready = READY_EXIT;
	service->restart = RESTART_NEVER;
	service->autostart = 1;
	service->limit_count = 10;
	service->first_delay_ms = 100;
	service->longest_delay_ms = 30000;
}

static void make_rescue(struct service *service)
{
	make_service(service, AT(strings.rescue));
	service->restart = RESTART_ALWAYS;
	service->argv = (struct list){AT(argv), 2};
	service->env = (struct list){AT(env), 5};
	service->env_presets = 0x1f;
	service->tty = AT(strings.console);
	service->healthy_delay_ms = service->first_delay_ms =
		service->longest_delay_ms = 1000;
}

static void make_order(struct fallback *all)
{
	struct service *services = all->services;

	services[MODULES].waits = (struct list){AT(edges.of_modules), 1};
	services[DEVICES].waits = (struct list){AT(edges.of_devices), 2};
	services[NETWORK].waits = (struct list){AT(edges.of_network), 1};
	services[MOUNTS].followers = (struct list){AT(edges.follow_mounts), 2};
	services[MODULES].followers =
		(struct list){AT(edges.follow_modules), 2};
}

static void make(struct fallback *all)
{
	struct table *table = &all->table;
	struct system_settings *system = &table->system;

	table->magic = TABLE_MAGIC;
	table->version = TABLE_VERSION;
	table->size = sizeof(*all);
	table->services = (struct list){AT(services), MILESTONES};
	table->rescue_service = RESCUE;
	system->reboot_count = system->crash_count = 3;
	system->reboot_window_s = 3600;
	system->shutdown_limit_ms = 10000;
	system->crash_window_ms = 60000;
	system->rescue = 1;
	make_milestone(all, MOUNTS, AT(strings.mounts));
	make_milestone(all, MODULES, AT(strings.modules));
	make_milestone(all, DEVICES, AT(strings.devices));
	make_milestone(all, NETWORK, AT(strings.network));
	make_rescue(&all->services[RESCUE]);
	make_order(all);
	all->edges = edges;
	all->strings = strings;
	all->argv[0] = AT(strings.shell);
	all->argv[1] = AT(strings.login);
	all->env[0] = AT(strings.path);
	all->env[1] = AT(strings.home);
	all->env[2] = AT(strings.user);
	all->env[3] = AT(strings.logname);
	all->env[4] = AT(strings.shell_is);
}

bool load_is_fallback(const struct table *table)
{
	return (const char *)table >= room &&
		(const char *)table < room + sizeof(room);
}

const struct table *load_fallback(void)
{
	uintptr_t ahead = -(uintptr_t)room & (PAGE - 1);
	struct fallback *all = (struct fallback *)(void *)(room + ahead);

	if (!all->table.magic) {
		make(all);
		/* as one that is mapped; where pages are larger it stays so */
		mprotect(all, PAGE, PROT_READ);
	}
	return &all->table;
}
