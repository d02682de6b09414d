/* Ranges of host ids: every compartment has its own. */
#include "table/parse.h"

#include "base/text.h"
#include <stdlib.h>

/* Slot s is the host ids s * 1024 to s * 1024 + 1023. Slots below 64 belong to
 * the host's own 16-bit ids; the last one holds the id -1. */
#define SLOT_LEAST 64U
#define SLOT_END 4194303U
/* Where slots by name lie: fixed for ever, as is names_hash(), because files
 * on disk belong to them. */
#define SLOT_NAMED 128U
#define SLOT_NAMED_END (SLOT_END - 16)

static uint32_t slot_of_name(const char *name)
{
	return SLOT_NAMED + names_hash(name) % (SLOT_NAMED_END - SLOT_NAMED);
}

void read_ids(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	uint64_t slot;
	uint64_t count = 1;
	struct word *words = entry->words;

	if (entry->count > 2) {
		fault(b, &words[2], "'%.64s': 'ids' is SLOT [COUNT]",
			words[2].text);
		return;
	}
	if (!text_decimal(words[0].text, SLOT_END - 1, &slot) ||
		slot < SLOT_LEAST) {
		fault(b, &words[0], "'%.64s': a slot is from %u to %u",
			words[0].text, SLOT_LEAST, SLOT_END - 1);
		return;
	}
	if (entry->count == 2 &&
		(!text_decimal(words[1].text, IDS_SLOTS_MAX, &count) ||
			!count || slot + count > SLOT_END)) {
		fault(b, &words[1],
			"'%.64s': a number of slots is from 1 to %u",
			words[1].text, IDS_SLOTS_MAX);
		return;
	}
	service->first_id = (uint32_t)slot * 1024;
	service->id_count = (uint32_t)count * 1024;
}

/* Gives the draft its range, and notes it for ids_check_all(). */
void ids_default(struct table_build *b)
{
	struct parser *p = b->parser;
	struct service *service = &p->draft.service;
	struct word *word = p->set[KEY_ids];

	if (!service->isolated || service->type == TYPE_GROUP ||
		(service->host_spaces & SPACE_BIT(SPACE_USER))) {
		service->first_id = 0;
		service->id_count = 0;
		return;
	}
	if (!service->id_count) {
		service->first_id = slot_of_name(p->stanza->name.text) * 1024;
		service->id_count = 1024;
	}
	p->ranges[p->range_count++] = (struct id_range){
		service->first_id / 1024, service->id_count / 1024, p->index,
		word ? word : &p->stanza->name};
}

static int compare_ranges(const void *left, const void *right)
{
	const struct id_range *one = left;
	const struct id_range *other = right;

	if (one->slot != other->slot)
		return one->slot < other->slot ? -1 : 1;
	return one->service < other->service ? -1 : 1;
}

struct free_slots {
	const struct id_range *ranges;
	uint32_t count;
	uint32_t next; /* range to look at */
	uint32_t slot; /* free from here, as far as is known */
};

/* The next `wanted` slots in a row that nobody has, each given once. */
static uint32_t next_free(struct free_slots *free, uint32_t wanted)
{
	uint32_t found;

	while (free->next < free->count &&
		free->slot + wanted > free->ranges[free->next].slot) {
		const struct id_range *range = &free->ranges[free->next++];

		if (free->slot < range->slot + range->slots)
			free->slot = range->slot + range->slots;
	}
	found = free->slot;
	free->slot += wanted;
	return found;
}

/* The later service of the text is the one to change. */
static void refuse_range(struct table_build *b, const struct id_range *range,
	const struct id_range *other, struct free_slots *free)
{
	struct service *mate = table_change(b, other->service);
	char count[16] = "";

	if (range->slots > 1)
		text_compose(count, sizeof(count), " %u", range->slots);
	fault(b, range->word,
		"ids: slot %u and up belong to '%s' too; write 'ids = %u%s'",
		range->slot, table_string(b->table, mate->name),
		next_free(free, range->slots), count);
	table_change(b, range->service)->flags |= SERVICE_FAULTY;
}

void ids_check_all(struct table_build *b)
{
	struct parser *p = b->parser;
	struct free_slots free = {p->ranges, p->range_count, 0, SLOT_NAMED};
	const struct id_range *last = p->ranges;

	qsort(p->ranges, p->range_count, sizeof(*p->ranges), compare_ranges);
	for (uint32_t i = 1; i < p->range_count; i++) {
		const struct id_range *range = &p->ranges[i];
		const struct id_range *later =
			range->service > last->service ? range : last;
		const struct id_range *first = later == range ? last : range;
		bool clash = range->slot < last->slot + last->slots;

		if (clash)
			refuse_range(b, later, first, &free);
		if (!clash ||
			range->slot + range->slots > last->slot + last->slots)
			last = range;
	}
}
