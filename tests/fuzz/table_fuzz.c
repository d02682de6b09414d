/* Any bytes as a table: no crash, and what comes out holds together. A first
 * byte of 0 gives a second file, split at the first NUL byte after it.
 */
#include "plan/order.h"
#include "table/build.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static struct arena map_arena(size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	REQUIRE(start != MAP_FAILED);
	return (struct arena){start, size, 0};
}

/* Back to zeroes, page by page as they are touched again. */
static void empty_arena(struct arena *arena)
{
	REQUIRE(!madvise(arena->start, arena->used, MADV_DONTNEED));
	arena->used = 0;
}

static void check_string(const struct table *table, table_at at)
{
	REQUIRE(at < table->size);
	REQUIRE(!at || memchr(table_string(table, at), 0, table->size - at));
}

static void check_list(const struct table *table, struct list list, size_t size)
{
	REQUIRE(list.at <= table->size);
	REQUIRE(list.count <= (table->size - list.at) / size);
	REQUIRE(list.at || !list.count);
}

static void check_strings(const struct table *table, struct list list)
{
	const table_at *strings = table_pointer(table, list.at);

	check_list(table, list, sizeof(table_at));
	for (uint32_t i = 0; i < list.count; i++)
		check_string(table, strings[i]);
}

static void check_edges(const struct table *table, struct list list)
{
	const struct edge *edges = table_pointer(table, list.at);

	check_list(table, list, sizeof(struct edge));
	for (uint32_t i = 0; i < list.count; i++) {
		REQUIRE(edges[i].service < table->services.count);
		REQUIRE(edges[i].kind <= EDGE_AFTER);
	}
}

static void check_path(const struct table *table, table_at at)
{
	const char *path = table_string(table, at);

	check_string(table, at);
	REQUIRE(*path == '/' && strlen(path) < 4096 && !strstr(path, "//"));
	REQUIRE(!strstr(path, "/../"));
}

static void check_ports(const struct table *table, const struct service *s)
{
	const struct publish *ports = table_pointer(table, s->publish.at);

	check_list(table, s->publish, sizeof(struct publish));
	REQUIRE(s->publish.count <= PUBLISH_MAX);
	for (uint32_t i = 0; i < s->publish.count; i++) {
		REQUIRE(ports[i].protocol <= PUBLISH_UDP);
		REQUIRE(ports[i].family == 4 || ports[i].family == 6);
		REQUIRE(ports[i].port && ports[i].inside);
		check_string(table, ports[i].device);
	}
}

static void check_mounts(const struct table *table, const struct service *s)
{
	const struct mount_entry *mounts = table_pointer(table, s->mounts.at);

	check_list(table, s->mounts, sizeof(struct mount_entry));
	for (uint32_t i = 0; i < s->mounts.count; i++) {
		REQUIRE(mounts[i].kind <= MOUNT_USE);
		REQUIRE(mounts[i].owner < table->services.count);
		REQUIRE(mounts[i].propagation <= PROPAGATION_SHARED);
		check_path(table, mounts[i].inside);
		check_string(table, mounts[i].host);
		if (mounts[i].kind != MOUNT_TMPFS &&
			mounts[i].kind != MOUNT_RUNTIME &&
			mounts[i].kind != MOUNT_STATE)
			check_path(table, mounts[i].host);
	}
}

static void check_limits(const struct table *table, const struct service *s)
{
	const struct resource_limit *limits =
		table_pointer(table, s->rlimits.at);

	check_list(table, s->io_limits, sizeof(struct io_limit));
	check_list(table, s->rlimits, sizeof(*limits));
	REQUIRE(s->rlimits.count <= 16);
	for (uint32_t i = 0; i < s->rlimits.count; i++) {
		check_string(table, limits[i].name);
		REQUIRE(limits[i].resource < 16);
		REQUIRE(limits[i].soft <= limits[i].hard);
	}
	REQUIRE(s->scheduling.scheduler <= SCHEDULER_DEADLINE);
	REQUIRE(s->nice >= -20 && s->nice <= 19);
	REQUIRE(s->oom_score >= -999 && s->oom_score <= 1000);
}

static void check_address(const struct address *address)
{
	REQUIRE(address->family == 4 || address->family == 6);
	REQUIRE(address->prefix <= (address->family == 4 ? 32 : 128));
}

static void check_nets(const struct table *table, const struct service *s)
{
	const struct net_entry *nets = table_pointer(table, s->nets.at);

	check_list(table, s->nets, sizeof(struct net_entry));
	for (uint32_t i = 0; i < s->nets.count; i++) {
		const struct net_entry *net = &nets[i];

		REQUIRE(net->kind <= NET_MOVE && net->number == i);
		REQUIRE(net->address_count <= NET_ADDRESSES);
		REQUIRE(net->interface < table->interfaces.count ||
			net->interface == NET_NO_STANZA);
		check_string(table, net->name);
		check_string(table, net->link);
		check_string(table, net->host_name);
		check_string(table, net->whole_name);
		REQUIRE(strlen(table_string(table, net->name)) < NET_NAME_SIZE);
		REQUIRE(strlen(table_string(table, net->host_name)) <
			NET_NAME_SIZE);
		for (unsigned j = 0; j < net->address_count; j++)
			check_address(&net->addresses[j]);
	}
}

static void check_devices(const struct table *table, const struct service *s)
{
	const struct device_entry *all = table_pointer(table, s->devices.at);

	check_list(table, s->devices, sizeof(struct device_entry));
	for (uint32_t i = 0; i < s->devices.count; i++) {
		REQUIRE(all[i].kind <= DEVICE_CLASS && all[i].optional <= 1);
		check_string(table, all[i].name);
		if (all[i].kind != DEVICE_CLASS)
			REQUIRE(!strncmp(
				table_string(table, all[i].name), "/dev/", 5));
	}
}

static void check_enums(const struct service *s)
{
	REQUIRE(s->type <= TYPE_GROUP);
	REQUIRE(s->milestone < MILESTONES);
	REQUIRE(s->ready <= READY_TCP);
	REQUIRE(s->restart <= RESTART_NEVER);
	REQUIRE(s->on_limit <= ON_LIMIT_POWEROFF);
	REQUIRE(s->on_exit <= ON_EXIT_HALT);
	REQUIRE(s->isolated <= 1 && s->autostart <= 1);
	REQUIRE(s->has_spare <= 1 && s->isolated >= s->has_spare);
	REQUIRE(s->flags >> SERVICE_SPARE_SHIFT < SPARES);
	REQUIRE((s->flags >> SERVICE_SPARE_SHIFT == SPARE_MADE) ==
		s->has_spare);
	REQUIRE(!(s->host_spaces & ~SPACE_ALL));
	REQUIRE(s->stop_signal >= 1 && s->stop_signal <= 64);
	REQUIRE(s->log_bytes >= 4096 && !(s->log_bytes & (s->log_bytes - 1)));
	REQUIRE(s->tasks && s->cpu_weight && s->cpu_weight <= 10000);
	REQUIRE(s->umask <= 0777);
}

/* What may be started must be whole; a faulty service need not be. */
static void check_startable(const struct table *table, const struct service *s)
{
	const table_at *argv = table_pointer(table, s->argv.at);
	bool mapped = s->isolated && s->type != TYPE_GROUP &&
		!(s->host_spaces & SPACE_BIT(SPACE_USER));

	if (s->flags & SERVICE_FAULTY)
		return;
	if (s->type != TYPE_GROUP && !s->milestone) {
		REQUIRE(s->argv.count);
		check_path(table, argv[0]);
	}
	if (!mapped)
		return;
	REQUIRE(s->id_count >= 1024 && s->first_id >= 65536);
	REQUIRE(s->first_id <= UINT32_MAX - s->id_count);
	REQUIRE(s->uid + 1 < s->id_count || s->uid == 65534);
	REQUIRE(s->gid + 1 < s->id_count || s->gid == 65534);
}

static void check_service(const struct table *table, const struct service *s)
{
	const struct joined *joins = table_pointer(table, s->join.at);

	REQUIRE(s->name);
	check_string(table, s->name);
	check_string(table, s->file);
	check_string(table, s->hostname);
	check_string(table, s->tty);
	check_string(table, s->cpus);
	check_path(table, s->workdir);
	check_strings(table, s->argv);
	check_strings(table, s->env);
	check_list(table, s->groups, sizeof(uint32_t));
	check_list(table, s->join, sizeof(struct joined));
	for (uint32_t i = 0; i < s->join.count; i++)
		REQUIRE(joins[i].service < table->services.count);
	check_mounts(table, s);
	check_limits(table, s);
	check_nets(table, s);
	check_string(table, s->hosts);
	check_string(table, s->resolv);
	check_ports(table, s);
	check_devices(table, s);
	check_edges(table, s->waits);
	check_edges(table, s->followers);
	check_enums(s);
	check_startable(table, s);
}

/* Services can be started one after the other, none before what it needs. */
static void check_order(const struct table *table)
{
	uint32_t count = table->services.count;
	uint32_t *left = calloc(count, sizeof(*left));
	uint32_t *queue = calloc(count, sizeof(*queue));
	uint32_t end = 0;

	REQUIRE(left && queue);
	for (uint32_t i = 0; i < count; i++) {
		left[i] = table_service(table, i)->waits.count;
		if (!left[i])
			queue[end++] = i;
	}
	for (uint32_t i = 0; i < end; i++) {
		struct list list = table_service(table, queue[i])->followers;
		const struct edge *edges = table_pointer(table, list.at);

		for (uint32_t j = 0; j < list.count; j++)
			if (!--left[edges[j].service])
				queue[end++] = edges[j].service;
	}
	REQUIRE(end == count);
	free(left);
	free(queue);
}

static void check_system(const struct table *table)
{
	const struct interface *all =
		table_pointer(table, table->interfaces.at);

	check_string(table, table->system.hostname);
	if (table->system.data)
		check_path(table, table->system.data);
	check_list(table, table->system.modules, sizeof(struct setting));
	check_list(table, table->system.sysctls, sizeof(struct setting));
	check_list(table, table->interfaces, sizeof(struct interface));
	for (uint32_t i = 0; i < table->interfaces.count; i++) {
		check_string(table, all[i].name);
		check_string(table, all[i].link);
		check_string(table, all[i].hosts);
		check_strings(table, all[i].ports);
		REQUIRE(all[i].kind <= INTERFACE_BRIDGE);
		check_list(table, all[i].addresses, sizeof(struct address));
	}
}

static void check_file_systems(const struct table *table)
{
	const struct file_system *all =
		table_pointer(table, table->file_systems.at);

	check_list(table, table->file_systems, sizeof(struct file_system));
	for (uint32_t i = 0; i < table->file_systems.count; i++) {
		check_path(table, all[i].path);
		check_string(table, all[i].device);
		check_string(table, all[i].type);
		check_string(table, all[i].options);
		REQUIRE(!i ||
			strcmp(table_string(table, all[i - 1].path),
				table_string(table, all[i].path)) < 0);
	}
}

static void check_table(const struct table *table)
{
	REQUIRE(table->magic == TABLE_MAGIC && table->size % 8 == 0);
	REQUIRE(table->sum == table_sum(table));
	REQUIRE(table->services.count >= MILESTONES);
	REQUIRE(table->rescue_service == table->services.count - 1);
	check_list(table, table->services, sizeof(struct service));
	for (uint32_t i = 0; i < table->services.count; i++)
		check_service(table, table_service(table, i));
	check_order(table);
	check_system(table);
	check_file_systems(table);
	check_string(table, table->faults);
	REQUIRE(strlen(table_string(table, table->faults)) ==
		table->faults_size);
	REQUIRE(!table->fault_count == !table->faults_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char passwd[] = "root:x:0:0::/root:/bin/sh\n"
				     "web:x:100:100::/srv:/bin/sh\n";
	static const char group[] = "root:x:0:\nweb:x:100:\n";
	static struct arena out;
	static struct arena scratch;
	const char *text = (const char *)data;
	const char *split =
		size && !*text ? memchr(text + 1, 0, size - 1) : NULL;
	size_t head = split ? (size_t)(split - text) : size;
	struct table_text files[] = {
		{"a.tab", text, head}, {"b.tab", text + head, size - head}};
	struct table_input input = {.files = files,
		.file_count = split ? 2 : 1,
		.passwd = {"passwd", passwd, sizeof(passwd) - 1},
		.group = {"group", group, sizeof(group) - 1}};
	struct table_build build;

	if (!out.start) {
		out = map_arena(TABLE_OUT_SIZE);
		scratch = map_arena(TABLE_SCRATCH_SIZE);
	}
	table_begin(&build, &out, &scratch, &input);
	table_read(&build);
	order_make(&build);
	table_finish(&build);
	check_table(build.table);
	empty_arena(&out);
	empty_arena(&scratch);
	return 0;
}
