/* What waits for what, as it is written: names become numbers, and plan/
 * makes the order of them.
 */
#include "table/parse.h"

/* Notes an edge. Past TABLE_WISH_MAX the service at hand is faulty. */
void wish_add(struct table_build *b, const struct wish *wish)
{
	struct parser *p = b->parser;

	if (p->trial)
		return;
	if (b->wish_count < TABLE_WISH_MAX) {
		b->wishes[b->wish_count++] = *wish;
		return;
	}
	fault(b, &p->stanza->name,
		"'%s': more than %u edges in the whole table; let groups name "
		"what belongs together",
		p->stanza->name.text, TABLE_WISH_MAX);
}

/* The service of a name, or NAMES_NONE with a fault said. What [defaults]
 * says of a service itself is left out silently. */
uint32_t edge_target(struct table_build *b, struct word *word, const char *name)
{
	struct parser *p = b->parser;
	uint32_t target = names_find(&p->services, name);
	struct hint hint;

	if (target == NAMES_NONE) {
		fault(b, word, "unknown service '%.64s'%s", name,
			fault_hint(b, &hint, &p->services, name));
		return target;
	}
	if (p->trial || target != p->index)
		return target;
	if (!p->item->from_defaults)
		fault(b, word, "'%s' cannot be its own '%s'; remove it", name,
			p->item->key->name);
	return NAMES_NONE;
}

void read_edge(struct table_build *b, const struct entry *entry)
{
	static const uint8_t kinds[KEYS] = {[KEY_needs] = EDGE_NEEDS,
		[KEY_bound] = EDGE_BOUND,
		[KEY_wants] = EDGE_WANTS,
		[KEY_after] = EDGE_AFTER,
		[KEY_before] = EDGE_AFTER};
	struct word *word = entry->words;
	uint32_t target = edge_target(b, word, word->text);
	struct wish wish = {b->parser->index, target, kinds[entry->key->id],
		entry->key->name, word->place};

	if (target == NAMES_NONE)
		return;
	if (entry->key->id == KEY_before) {
		wish.from = target;
		wish.to = b->parser->index;
	}
	wish_add(b, &wish);
}
