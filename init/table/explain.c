/* What is in force for one service, key by key: for svc explain. */
#include "table/parse.h"

static struct table_told about(const struct table_build *b,
	const struct key *key, const struct word *name)
{
	struct table_told told = {.key = key->name,
		.fallback = key->fallback,
		.group = key->group};

	if (name) {
		told.file = b->input->files[name->place.file - 1].name;
		told.line = name->place.line;
	}
	return told;
}

static void tell_one(const struct table_build *b, const struct key *key)
{
	const struct entry *entry = &b->parser->in_force[key->id];
	struct table_told told = about(b, key, entry->name);

	b->input->tell(&told, NULL);
	for (uint32_t i = 0; i < entry->count; i++)
		b->input->tell(&told, entry->words[i].text);
}

static void tell_list(const struct table_build *b, const struct key *key)
{
	const struct parser *p = b->parser;
	struct table_told told = about(b, key, p->set[key->id]);

	b->input->tell(&told, NULL);
	for (uint32_t i = 0; i < p->item_count; i++)
		for (uint32_t k = 0;
			p->items[i].key == key && k < p->items[i].count; k++)
			b->input->tell(&told, p->items[i].word[k].text);
}

void explain_keys(const struct table_build *b)
{
	const char *wanted = b->input->explained;

	if (!wanted || strcmp(wanted, b->parser->stanza->name.text) != 0)
		return;
	for (unsigned i = 0; i < KEYS; i++) {
		if (key_stanza(&keys[i]) != KEY_STANZA_SERVICE)
			continue;
		if (keys[i].shape & SHAPE_LIST)
			tell_list(b, &keys[i]);
		else
			tell_one(b, &keys[i]);
	}
}
