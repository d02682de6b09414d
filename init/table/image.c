/* Strings and arrays of the table under construction, and its sum. */
#include "table/parse.h"

/* Equal strings are mostly near each other (paths, environments), so a small
 * cache of the latest by hash finds nearly all of them. */
table_at image_string(struct table_build *b, const char *text)
{
	table_at *last = &b->parser->interned[names_hash(text) % INTERN_SLOTS];
	size_t size = strlen(text) + 1;
	char *copy;

	if (*last && strcmp(table_string(b->table, *last), text) == 0)
		return *last;
	copy = arena_take(b->out, size, 1, 1);
	memcpy(copy, text, size);
	*last = (table_at)(copy - b->out->start);
	return *last;
}

table_at image_array(
	struct table_build *b, const void *from, uint32_t count, size_t size)
{
	char *to;

	if (!count)
		return 0;
	to = arena_take(b->out, count, size, 8);
	memcpy(to, from, count * size);
	return (table_at)(to - b->out->start);
}

struct service *table_change(struct table_build *b, uint32_t index)
{
	struct service *all = (struct service *)(void *)(b->out->start +
		b->table->services.at);

	return &all[index];
}

uint32_t table_sum(const struct table *table)
{
	const char *bytes = (const char *)table;
	uint64_t sum = 0;

	for (uint32_t at = offsetof(struct table, services); at < table->size;
		at += sizeof(sum)) {
		uint64_t value;

		memcpy(&value, bytes + at, sizeof(value));
		sum = (sum << 5 | sum >> 59) + value;
	}
	return (uint32_t)(sum ^ sum >> 32);
}
