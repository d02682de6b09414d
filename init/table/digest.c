/* What a stanza comes to, as a number: the same for two tables that say the
 * same of a service, whatever else they say, and in which order. A reload of
 * the table makes those of both, and restarts what has another one.
 *
 * Offsets and indices mean something in their own table only: strings and
 * names stand for them. Where a stanza stands, and who else waits for it, is
 * not looked at.
 */
#include "table/parse.h"

#include <stddef.h>

#define FNV_BASIS 14695981039346656037ULL
#define FNV_PRIME 1099511628211ULL

enum part {
	PART_STRING, /* table_at */
	PART_SERVICE, /* index of one: its name */
	PART_LEFT_OUT /* four bytes */
};

struct field {
	uint16_t part; /* enum part */
	uint16_t at; /* in its record */
};

/* Records are whole words of four bytes, and so is each field that is none of
 * its plain numbers. */
struct shape {
	const struct field *fields; /* ascending */
	size_t count;
	size_t size;
};

#define SHAPE(name, type, ...) \
	static const struct field name##_fields[] = {__VA_ARGS__}; \
	static const struct shape name = {name##_fields, \
		sizeof(name##_fields) / sizeof(*name##_fields), sizeof(type)}
#define STRING(type, field) \
	{ \
		PART_STRING, offsetof(struct type, field) \
	}
#define SERVICE(type, field) \
	{ \
		PART_SERVICE, offsetof(struct type, field) \
	}
#define LEFT_OUT(type, field) \
	{ \
		PART_LEFT_OUT, offsetof(struct type, field) \
	}
/* Its first four bytes are where it is; how many there are counts. */
#define LIST(type, field) LEFT_OUT(type, field)
_Static_assert(offsetof(struct list, at) == 0, "LIST leaves that out");

static const struct shape number_shape = {NULL, 0, sizeof(uint32_t)};
SHAPE(word_shape, table_at, {PART_STRING, 0});
SHAPE(index_shape, uint32_t, {PART_SERVICE, 0});
SHAPE(landlock_shape, struct landlock_rule, STRING(landlock_rule, path),
	STRING(landlock_rule, text));
SHAPE(join_shape, struct joined, SERVICE(joined, service));
SHAPE(publish_shape, struct publish, STRING(publish, device));
SHAPE(mount_shape, struct mount_entry, STRING(mount_entry, host),
	STRING(mount_entry, inside), SERVICE(mount_entry, owner));
SHAPE(net_shape, struct net_entry, STRING(net_entry, name),
	STRING(net_entry, link), STRING(net_entry, host_name),
	STRING(net_entry, whole_name), LEFT_OUT(net_entry, interface));
SHAPE(device_shape, struct device_entry, STRING(device_entry, name));
SHAPE(condition_shape, struct condition, STRING(condition, name),
	SERVICE(condition, service), STRING(condition, text));
SHAPE(listener_shape, struct listener, STRING(listener, path),
	STRING(listener, name), STRING(listener, text));
SHAPE(env_file_shape, struct env_file, STRING(env_file, path));
SHAPE(log_shape, struct log_target, STRING(log_target, name));
SHAPE(io_shape, struct io_limit, STRING(io_limit, device));
SHAPE(limit_shape, struct resource_limit, STRING(resource_limit, name));
SHAPE(health_shape, struct health, STRING(health, path), LIST(health, argv));
SHAPE(setting_shape, struct setting, STRING(setting, name),
	STRING(setting, value), LEFT_OUT(setting, file),
	LEFT_OUT(setting, line));
SHAPE(interface_shape, struct interface, STRING(interface, name),
	LIST(interface, addresses), STRING(interface, link),
	LIST(interface, ports), LEFT_OUT(interface, hosts),
	LEFT_OUT(interface, file), LEFT_OUT(interface, line));
SHAPE(file_system_shape, struct file_system, STRING(file_system, path),
	STRING(file_system, device), STRING(file_system, type),
	STRING(file_system, options), LEFT_OUT(file_system, file),
	LEFT_OUT(file_system, line));
static const struct shape address_shape = {NULL, 0, sizeof(struct address)};
static const struct shape timer_shape = {NULL, 0, sizeof(struct timer)};

/* All fields of a service that are numbers count as they are. */
SHAPE(service_shape, struct service, STRING(service, name),
	LEFT_OUT(service, file), LEFT_OUT(service, line),
	LEFT_OUT(service, flags), STRING(service, ready_path),
	LIST(service, landlock), LEFT_OUT(service, policy), LIST(service, argv),
	LIST(service, env), LIST(service, groups), STRING(service, user),
	STRING(service, user_group), LIST(service, group_names),
	STRING(service, workdir), STRING(service, hostname),
	STRING(service, tty), LEFT_OUT(service, kept_spaces),
	LIST(service, join), LIST(service, publish), LIST(service, mounts),
	LIST(service, nets), STRING(service, hosts), STRING(service, resolv),
	STRING(service, root), STRING(service, image), STRING(service, verity),
	LIST(service, devices), LIST(service, waits),
	LEFT_OUT(service, waits.count), LIST(service, followers),
	LEFT_OUT(service, followers.count), LIST(service, when),
	LIST(service, listen), LIST(service, reload_run),
	LIST(service, reload_on), LIST(service, env_files),
	LIST(service, log_to), LIST(service, control_restart),
	LEFT_OUT(service, health), LEFT_OUT(service, timer),
	STRING(service, cpus), LIST(service, io_limits),
	LIST(service, rlimits));

static const struct {
	uint16_t at; /* of the list in struct service */
	const struct shape *shape;
} lists[] = {
	{offsetof(struct service, landlock), &landlock_shape},
	{offsetof(struct service, argv), &word_shape},
	{offsetof(struct service, env), &word_shape},
	{offsetof(struct service, groups), &number_shape},
	{offsetof(struct service, group_names), &word_shape},
	{offsetof(struct service, join), &join_shape},
	{offsetof(struct service, publish), &publish_shape},
	{offsetof(struct service, mounts), &mount_shape},
	{offsetof(struct service, nets), &net_shape},
	{offsetof(struct service, devices), &device_shape},
	{offsetof(struct service, when), &condition_shape},
	{offsetof(struct service, listen), &listener_shape},
	{offsetof(struct service, reload_run), &word_shape},
	{offsetof(struct service, reload_on), &word_shape},
	{offsetof(struct service, env_files), &env_file_shape},
	{offsetof(struct service, log_to), &log_shape},
	{offsetof(struct service, control_restart), &index_shape},
	{offsetof(struct service, io_limits), &io_shape},
	{offsetof(struct service, rlimits), &limit_shape},
};

static void add_word(uint64_t *sum, uint64_t word)
{
	*sum = (*sum ^ word) * FNV_PRIME;
	*sum ^= *sum >> 32;
}

static void add_bytes(uint64_t *sum, const char *bytes, size_t size)
{
	uint64_t word = 0;

	for (; size >= sizeof(word); bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		add_word(sum, word);
		size -= sizeof(word);
	}
	word = 0;
	for (size_t i = 0; i < size; i++)
		word = word << 8 | (unsigned char)bytes[i];
	add_word(sum, word);
}

/* With its end, so that two that stand together are not another two. */
static void add_string(uint64_t *sum, const struct table *table, table_at at)
{
	const char *string = table_string(table, at);

	add_bytes(sum, string, strlen(string) + 1);
}

static void add_service(
	uint64_t *sum, const struct table *table, uint32_t index)
{
	/* of a stanza with a fault it may be nobody's */
	if (index < table->services.count)
		add_string(sum, table, table_service(table, index)->name);
}

static void add_part(uint64_t *sum, const struct table *table, enum part part,
	uint32_t value)
{
	if (part == PART_STRING)
		add_string(sum, table, value);
	else if (part == PART_SERVICE)
		add_service(sum, table, value);
}

static uint32_t word_at(const char *record, size_t at)
{
	uint32_t word;

	memcpy(&word, record + at, sizeof(word));
	return word;
}

static void add_record(uint64_t *sum, const struct table *table,
	const void *record, const struct shape *shape)
{
	size_t at = 0;

	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		for (; at < field->at; at += sizeof(uint32_t))
			add_word(sum, word_at(record, at));
		add_part(sum, table, (enum part)field->part,
			word_at(record, at));
		at += sizeof(uint32_t);
	}
	for (; at < shape->size; at += sizeof(uint32_t))
		add_word(sum, word_at(record, at));
}

static void add_list(uint64_t *sum, const struct table *table,
	const struct list *list, const struct shape *shape)
{
	const char *records = table_pointer(table, list->at);

	for (uint32_t i = 0; i < list->count; i++)
		add_record(sum, table, records + i * shape->size, shape);
}

static void add_policy(
	uint64_t *sum, const struct table *table, uint32_t number)
{
	const struct policy *all = table_pointer(table, table->policies.at);
	const struct policy *policy = &all[number - 1];

	add_string(sum, table, policy->name);
	add_bytes(sum, table_pointer(table, policy->code.at),
		(size_t)policy->code.count * POLICY_INSTRUCTION);
}

/* Where its state is. */
static void add_data(
	uint64_t *sum, const struct table *table, const struct service *service)
{
	const struct mount_entry *all =
		table_pointer(table, service->mounts.at);

	for (uint32_t i = 0; i < service->mounts.count; i++)
		if (all[i].kind == MOUNT_STATE)
			add_string(sum, table, table->system.data);
}

static uint64_t digest_service(
	const struct table *table, const struct service *service)
{
	uint64_t sum = FNV_BASIS;
	struct list list;

	add_word(&sum, service->flags & SERVICE_FAULTY);
	add_record(&sum, table, service, &service_shape);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		memcpy(&list, (const char *)service + lists[i].at,
			sizeof(list));
		add_list(&sum, table, &list, lists[i].shape);
	}
	add_data(&sum, table, service);
	if (service->policy)
		add_policy(&sum, table, service->policy);
	if (service->timer)
		add_record(&sum, table, table_pointer(table, service->timer),
			&timer_shape);
	if (service->health) {
		const struct health *health =
			table_pointer(table, service->health);

		add_record(&sum, table, health, &health_shape);
		add_list(&sum, table, &health->argv, &word_shape);
	}
	return sum;
}

/* --- the host ------------------------------------------------------------- */

uint64_t digest_file_system(
	const struct table *table, const struct file_system *file_system)
{
	uint64_t sum = FNV_BASIS;

	add_record(&sum, table, file_system, &file_system_shape);
	return sum;
}

uint64_t digest_interface(
	const struct table *table, const struct interface *interface)
{
	uint64_t sum = FNV_BASIS;

	add_record(&sum, table, interface, &interface_shape);
	add_list(&sum, table, &interface->addresses, &address_shape);
	add_list(&sum, table, &interface->ports, &word_shape);
	return sum;
}

static void add_file_systems(uint64_t *sum, const struct table *table)
{
	const struct list *list = &table->file_systems;
	const struct file_system *all = table_pointer(table, list->at);

	add_string(sum, table, table->system.hostname);
	add_string(sum, table, table->system.data);
	for (uint32_t i = 0; i < list->count; i++)
		*sum += digest_file_system(table, &all[i]);
}

static void add_interfaces(uint64_t *sum, const struct table *table)
{
	const struct list *list = &table->interfaces;
	const struct interface *all = table_pointer(table, list->at);

	for (uint32_t i = 0; i < list->count; i++)
		*sum += digest_interface(table, &all[i]);
}

static void add_settings(uint64_t *sum, const struct table *table)
{
	const struct system_settings *system = &table->system;

	add_word(sum, system->modules.count);
	add_list(sum, table, &system->modules, &setting_shape);
	add_list(sum, table, &system->sysctls, &setting_shape);
}

/* --- who waits for whom --------------------------------------------------- */

/* What a stanza says of its order, in whatever order it does: in the table
 * there is no more than who waits for whom in the end. */
void digest_wishes(struct table_build *b)
{
	for (uint32_t i = 0; i < b->wish_count; i++) {
		const struct wish *wish = &b->wishes[i];
		bool turned = wish->key == keys[KEY_before].name;
		uint32_t own = turned ? wish->to : wish->from;
		struct service *service = table_change(b, own);
		uint64_t sum = FNV_BASIS;

		if (service->flags & SERVICE_BUILT_IN)
			continue;
		add_word(&sum, 2 * wish->kind + turned);
		add_service(&sum, b->table, turned ? wish->from : wish->to);
		service->wishes += sum;
	}
}

/* Who is in namespaces of another one is made anew with it. */
static void add_joins(uint64_t *sum, const struct table *table, uint32_t index,
	const uint64_t *digests)
{
	const struct list *list = &table_service(table, index)->join;
	const struct joined *joins = table_pointer(table, list->at);

	for (uint32_t i = 0; i < list->count; i++)
		add_word(sum, digests[joins[i].service]);
}

const uint64_t *digest_all(struct table_build *b, const struct table *table)
{
	uint32_t count = table->services.count;
	uint64_t *alone = ARENA_ARRAY(b->scratch, uint64_t, count);
	uint64_t *all = ARENA_ARRAY(b->scratch, uint64_t, count);

	for (uint32_t i = 0; i < count; i++)
		alone[i] = digest_service(table, table_service(table, i));
	add_file_systems(&alone[MILESTONE_MOUNTS - 1], table);
	add_interfaces(&alone[MILESTONE_NETWORK - 1], table);
	add_settings(&alone[MILESTONE_MODULES - 1], table);
	for (uint32_t i = 0; i < count; i++) {
		all[i] = alone[i];
		add_joins(&all[i], table, i, alone);
	}
	return all;
}
