/* Privileges: what a program may beyond what its user may. */
#include "table/parse.h"

#define SPELLED_MAX 64U /* bytes of a name that is spelled otherwise */

/* Names in the array: pointers would have to be relocated. */
#define OWN false
#define HOST true
#define CAPABILITY(constant, name, reach) {#name, reach},

static const struct {
	char name[20];
	bool of_host; /* without effect in a user namespace of its own */
} capabilities[] = {

#include "base/capabilities.def"
};

#define CAPABILITIES (sizeof(capabilities) / sizeof(*capabilities))

void privileges_prepare(struct table_build *b)
{
	struct name_map *map = &b->parser->capabilities;

	names_make(map, b->scratch, CAPABILITIES);
	for (uint32_t i = 0; i < CAPABILITIES; i++)
		names_put(map, capabilities[i].name, i);
}

/* The name as this table spells it, for one as in C or another tool. */
static const char *respell(struct table_build *b, const struct word *word)
{
	char *name;

	if (word->length > SPELLED_MAX)
		return word->text;
	name = lex_copy(b, word->text, word->length);
	for (char *at = name; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return strncmp(name, "cap_", 4) == 0 ? name + 4 : name;
}

void read_capability(struct table_build *b, const struct entry *entry)
{
	const struct name_map *map = &b->parser->capabilities;
	struct word *word = entry->words;
	uint32_t number = names_find(map, word->text);
	const char *name;
	struct hint hint;

	if (number != NAMES_NONE) {
		b->parser->draft.service.capabilities |= 1ULL << number;
		return;
	}
	name = respell(b, word);
	fault_hint(b, &hint, map, name);
	if (names_find(map, name) != NAMES_NONE)
		fault(b, word, "'%.64s': not how it is spelled; write '%s'",
			word->text, name);
	else
		fault(b, word, "unknown capability '%.64s'%s", word->text,
			hint.text[0] ? hint.text
				     : "; capabilities(7) has all of them, "
				       "less the 'cap_'");
}

/* Of [defaults] it is left out. */
static void refuse_capability(
	struct table_build *b, const struct item *item, uint32_t number)
{
	if (item->from_defaults)
		b->parser->draft.service.capabilities &= ~(1ULL << number);
	else
		fault(b, item->word,
			"'capabilities = %s' without 'host = user': it has "
			"effect only in the host's user namespace; add "
			"'host = user', or remove it",
			capabilities[number].name);
}

void capabilities_check(struct table_build *b)
{
	struct parser *p = b->parser;

	for (uint32_t i = 0; i < p->item_count; i++) {
		const struct item *item = &p->items[i];
		uint32_t number;

		if (item->key->id != KEY_capabilities)
			continue;
		number = names_find(&p->capabilities, item->word->text);
		if (number != NAMES_NONE && capabilities[number].of_host)
			refuse_capability(b, item, number);
	}
}
