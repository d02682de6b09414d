/* [interface NAME] and [bridge NAME]. */
#include "table/parse.h"

#include "base/text.h"

#define PORTS_MOST 4096U
#define VLAN_MOST 4094U /* IEEE 802.1Q */

void read_address(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct address address;

	if (!address_read(b, entry->words, &address))
		return;
	if (g->address_count == MOUNT_MAX) {
		fault(b, entry->name, "more than %u addresses", MOUNT_MAX);
		return;
	}
	g->addresses[g->address_count++] = address;
}

void read_via(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct address address;

	if (entry->count == 1 &&
		address_parse(word->text, word->length, &address))
		b->parser->draft.interface.via = address;
	else
		fault(b, word, "'%.64s': not one address, such as 10.0.0.1",
			word->text);
}

void read_link_kind(struct table_build *b, const struct entry *entry)
{
	struct interface *interface = &b->parser->draft.interface;
	struct word *words = entry->words;
	uint64_t id;

	if (entry->count == 1 && strcmp(words[0].text, "dummy") == 0) {
		interface->kind = INTERFACE_DUMMY;
		return;
	}
	if (entry->count != 3 || strcmp(words[0].text, "vlan") != 0) {
		fault(b, words, "'%.64s': write %s", words[0].text,
			entry->key->value);
		return;
	}
	if (!interface_name_check(b, &words[1]))
		return;
	if (!text_decimal(words[2].text, VLAN_MOST, &id) || !id) {
		fault(b, &words[2], "'%.64s': the id of a VLAN is from 1 to %u",
			words[2].text, VLAN_MOST);
		return;
	}
	interface->kind = INTERFACE_VLAN;
	interface->link = image_string(b, words[1].text);
	interface->vlan = (uint16_t)id;
}

/* A port can be part of one bridge only. */
void read_port(struct table_build *b, const struct entry *entry)
{
	struct parser *p = b->parser;
	struct gather *g = &p->gather;
	struct word *word = entry->words;
	uint32_t other;

	if (!interface_name_check(b, word))
		return;
	if (strcmp(word->text, p->stanza->name.text) == 0) {
		fault(b, word, "'%s' cannot be a port of itself; remove it",
			word->text);
		return;
	}
	if (p->port_count == PORTS_MOST || g->port_count == MOUNT_MAX) {
		fault(b, entry->name,
			"more than %u ports, or %u in the whole table",
			MOUNT_MAX, PORTS_MOST);
		return;
	}
	other = names_put(
		&p->ports, word->text, image_string(b, p->stanza->name.text));
	if (other != NAMES_NONE) {
		fault(b, word, "'%s': is a port of '%s' too; remove one",
			word->text, table_string(b->table, other));
		return;
	}
	p->port_count++;
	g->ports[g->port_count++] = image_string(b, word->text);
}

static void build_one(struct table_build *b, struct stanza *stanza,
	struct interface *interface)
{
	struct parser *p = b->parser;
	const struct gather *g = &p->gather;

	*interface = p->draft.interface;
	interface->name = image_string(b, stanza->name.text);
	interface->file = p->file_names[stanza->name.place.file];
	interface->line = stanza->name.place.line;
	interface->addresses =
		(struct list){image_array(b, g->addresses, g->address_count,
				      sizeof(struct address)),
			g->address_count};
	interface->ports = (struct list){
		image_array(b, g->ports, g->port_count, sizeof(table_at)),
		g->port_count};
	if (stanza->kind == STANZA_BRIDGE)
		interface->kind = INTERFACE_BRIDGE;
}

static bool is_interface(const struct stanza *stanza)
{
	return stanza->kind == STANZA_INTERFACE ||
		stanza->kind == STANZA_BRIDGE;
}

/* A faulty interface is left out: the host stays as it is. */
void interfaces_build(struct table_build *b)
{
	struct parser *p = b->parser;
	uint32_t count = 0;
	struct interface *all =
		ARENA_ARRAY(b->scratch, struct interface, p->interface_count);

	names_make(&p->links, b->scratch, p->interface_count);
	names_make(&p->ports, b->scratch, PORTS_MOST);
	for (struct stanza *each = p->stanzas; each; each = each->next) {
		if (!is_interface(each) || !stanza_has_room(b, each))
			continue;
		layers_one(b, each);
		if (p->faulty || each->skipped)
			continue;
		names_put(&p->links, each->name.text, count);
		build_one(b, each, &all[count++]);
	}
	b->table->interfaces =
		(struct list){image_array(b, all, count, sizeof(*all)), count};
}
