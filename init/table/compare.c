/* What a table has of the one that it is to follow: which service, and which of
 * the places that lines of logs have come to, is which; and what of the host it
 * says something else of that is not undone while the machine runs. init only
 * looks at the numbers.
 */
#include "table/parse.h"

#include "base/text.h"

#define LATER_SIZE 96U

static const char *name_in(const struct table *table, uint32_t service)
{
	return table_string(table, table_service(table, service)->name);
}

static uint32_t *numbers(
	struct table_build *b, struct list *list, uint32_t count)
{
	uint32_t *all = ARENA_ARRAY(b->out, uint32_t, count);

	memset(all, 0xff, count * sizeof(*all));
	*list = (struct list){(table_at)((char *)all - b->out->start), count};
	return all;
}

static void compare_services(struct table_build *b, const struct table *before)
{
	uint32_t count = b->table->services.count;
	uint32_t *to = numbers(b, &b->table->to, before->services.count);
	uint32_t *from = numbers(b, &b->table->from, count);
	struct name_map names;

	names_make(&names, b->scratch, count);
	for (uint32_t i = 0; i < count; i++)
		names_put(&names, name_in(b->table, i), i);
	for (uint32_t i = 0; i < before->services.count; i++) {
		to[i] = names_find(&names, name_in(before, i));
		if (to[i] != NAMES_NONE)
			from[to[i]] = i;
	}
}

static void mark_same(struct table_build *b, const struct table *before)
{
	const uint32_t *from = table_pointer(b->table, b->table->from.at);
	const uint64_t *now = digest_all(b, b->table);
	const uint64_t *then = digest_all(b, before);

	for (uint32_t i = 0; i < b->table->services.count; i++)
		if (from[i] != NAMES_NONE && now[i] == then[from[i]])
			table_change(b, i)->flags |= SERVICE_SAME;
}

/* --- log-to --------------------------------------------------------------- */

struct sinks {
	const struct table *table;
	const struct log_target *all;
	uint32_t count;
};

static struct sinks sinks_of(const struct table *table, uint32_t service)
{
	const struct list *list = &table_service(table, service)->log_to;

	return (struct sinks){
		table, table_pointer(table, list->at), list->count};
}

static bool is_same_sink(const struct sinks *one, uint32_t i,
	const struct sinks *other, uint32_t j)
{
	const struct log_target *sink = &one->all[i];
	const struct log_target *with = &other->all[j];

	return sink->kind == with->kind && sink->family == with->family &&
		sink->port == with->port &&
		memcmp(sink->bytes, with->bytes, sizeof(sink->bytes)) == 0 &&
		strcmp(table_string(one->table, sink->name),
			table_string(other->table, with->name)) == 0;
}

/* first: number of the first sink in the table before. */
static void compare_sinks_of(uint32_t *numbers, const struct sinks *now,
	const struct sinks *then, uint32_t first)
{
	for (uint32_t i = 0; i < now->count; i++)
		for (uint32_t j = 0; j < then->count; j++)
			if (is_same_sink(now, i, then, j))
				numbers[i] = first + j;
}

static uint32_t count_sinks(const struct table *table)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < table->services.count; i++)
		count += table_service(table, i)->log_to.count;
	return count;
}

/* A ring of another size is another ring. */
static void compare_sinks(struct table_build *b, const struct table *before)
{
	const uint32_t *from = table_pointer(b->table, b->table->from.at);
	uint32_t *next = numbers(b, &b->table->sinks, count_sinks(b->table));
	uint32_t *first =
		ARENA_ARRAY(b->scratch, uint32_t, before->services.count + 1);

	for (uint32_t i = 0; i < before->services.count; i++)
		first[i + 1] =
			first[i] + table_service(before, i)->log_to.count;
	for (uint32_t i = 0; i < b->table->services.count; i++) {
		struct sinks now = sinks_of(b->table, i);
		struct sinks then;

		if (from[i] != NAMES_NONE &&
			table_service(b->table, i)->log_bytes ==
				table_service(before, from[i])->log_bytes) {
			then = sinks_of(before, from[i]);
			compare_sinks_of(next, &now, &then, first[from[i]]);
		}
		next += now.count;
	}
}

/* --- the host ------------------------------------------------------------- */

static size_t add_later(
	char *text, size_t used, const char *what, const char *name)
{
	return used +
		text_compose(text + used, LATER_SIZE - used, "%s%s%s",
			used ? ", " : "", what, name);
}

static uint64_t digest_of_mount(const struct table *table, const char *path)
{
	const struct file_system *all =
		table_pointer(table, table->file_systems.at);

	for (uint32_t i = 0; i < table->file_systems.count; i++)
		if (strcmp(table_string(table, all[i].path), path) == 0)
			return digest_file_system(table, &all[i]);
	return 0;
}

static uint64_t digest_of_interface(const struct table *table, const char *name)
{
	const struct interface *all =
		table_pointer(table, table->interfaces.at);

	for (uint32_t i = 0; i < table->interfaces.count; i++)
		if (strcmp(table_string(table, all[i].name), name) == 0)
			return digest_interface(table, &all[i]);
	return 0;
}

/* The services of the files, as they will be counted. */
static void count_services(struct table_changes *changes, struct table_build *b,
	const struct table *before)
{
	const uint32_t *from = table_pointer(b->table, b->table->from.at);

	for (uint32_t i = 0; i < before->services.count; i++)
		changes->gone +=
			!(table_service(before, i)->flags & SERVICE_BUILT_IN);
	for (uint32_t i = 0; i < b->table->services.count; i++) {
		const struct service *service = table_service(b->table, i);

		if (service->flags & SERVICE_BUILT_IN)
			continue;
		if (from[i] == NAMES_NONE) {
			changes->added++;
			continue;
		}
		changes->gone--;
		if (service->flags & SERVICE_SAME)
			changes->kept++;
		else
			changes->changed++;
	}
}

static void tell(struct table_build *b, const char *later)
{
	struct table_changes *changes = &b->table->changes;
	char text[TABLE_CHANGES_SIZE];

	text_compose(text, sizeof(text),
		"%u changed, %u new, %u gone, %u as before%s%s",
		changes->changed, changes->added, changes->gone, changes->kept,
		*later ? "; at the next boot: " : "", later);
	changes->text = image_string(b, text);
}

static void compare_host(struct table_build *b, const struct table *before)
{
	const struct file_system *mounts =
		table_pointer(before, before->file_systems.at);
	const struct interface *interfaces =
		table_pointer(before, before->interfaces.at);
	char text[LATER_SIZE] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < before->file_systems.count; i++) {
		const char *path = table_string(before, mounts[i].path);

		if (digest_of_mount(b->table, path) !=
			digest_file_system(before, &mounts[i]))
			used = add_later(text, used, "mount ", path);
	}
	for (uint32_t i = 0; i < before->interfaces.count; i++) {
		const char *name = table_string(before, interfaces[i].name);

		if (digest_of_interface(b->table, name) !=
			digest_interface(before, &interfaces[i]))
			used = add_later(text, used, "interface ", name);
	}
	if (before->system.watchdog_ms &&
		before->system.watchdog_ms != b->table->system.watchdog_ms)
		add_later(text, used, "watchdog", "");
	tell(b, text);
}

/* What has no room is not compared, and cannot follow. */
void compare_all(struct table_build *b)
{
	const struct table *before = b->input->before;
	size_t bytes;

	if (!before)
		return;
	bytes = ((size_t)before->services.count + b->table->services.count +
			count_sinks(b->table)) *
		sizeof(uint32_t);
	if (arena_left(b->out) < bytes + TABLE_FAULTS_MAX + TABLE_CHANGES_SIZE)
		return;
	compare_services(b, before);
	compare_sinks(b, before);
	mark_same(b, before);
	count_services(&b->table->changes, b, before);
	compare_host(b, before);
}
