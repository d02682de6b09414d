/* What is in force for one service: built-in defaults, then [defaults], its
 * template, its own stanza and the overrides, each on top of the one before.
 * Single values are read at once; words of lists are kept as items, because a
 * later layer may replace them, and read when all layers are on.
 */
#include "table/parse.h"

#include "base/text.h"

struct layer {
	const struct stanza *stanza;
	const char *instance; /* what stands for %i; NULL: nothing expanded */
	bool from_defaults;
	bool guess; /* a template without instance: %i cannot be read */
};

static void drop_items(struct parser *p, const struct key *key)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->item_count; i++)
		if (p->items[i].key != key)
			p->items[kept++] = p->items[i];
	p->item_count = kept;
}

static void add_item(struct table_build *b, const struct item *item)
{
	struct parser *p = b->parser;

	for (uint32_t i = 0; i < item->count; i++)
		p->item_bytes += item->word[i].length + 1;
	if (p->item_count == ITEM_MAX || p->item_bytes > ITEM_BYTES_MAX) {
		fault(b, item->name,
			"'%s': more than %u words or %u bytes in the lists of "
			"one service",
			item->key->name, ITEM_MAX, ITEM_BYTES_MAX);
		return;
	}
	p->items[p->item_count++] = *item;
}

/* Length of a template's word for an instance; 0 with a fault said. */
static size_t expanded_length(
	struct table_build *b, struct word *word, size_t instance)
{
	size_t length = 0;

	for (const char *at = word->text; *at; at++) {
		length++;
		if (*at != '%' || !at[1])
			continue;
		at++;
		if (*at == 'i')
			length += instance - 1;
		else if (*at != '%') {
			fault(b, word,
				"'%%%c' in a template: only %%i stands for "
				"something; write '%%%%' for a percent sign",
				*at);
			return 0;
		}
	}
	return length;
}

static const char *expand(struct table_build *b, const struct word *word,
	const char *instance, size_t length)
{
	char *copy = arena_take(b->scratch, length + 1, 1, 1);
	size_t size = strlen(instance);
	char *to = copy;

	for (const char *at = word->text; *at; at++) {
		if (*at != '%' || !at[1]) {
			*to++ = *at;
		} else if (*++at == '%') {
			*to++ = '%';
		} else {
			to += text_compose(to, size + 1, "%s", instance);
		}
	}
	return copy;
}

/* The words of an entry with the instance's name in them; NULL: a fault. */
static struct word *expand_words(
	struct table_build *b, const struct entry *entry, const char *instance)
{
	struct word *words = ARENA_ARRAY(b->scratch, struct word, entry->count);

	for (uint32_t i = 0; i < entry->count; i++) {
		struct word *word = &entry->words[i];
		size_t length;

		words[i] = *word;
		if (!strchr(word->text, '%'))
			continue;
		length = expanded_length(b, word, strlen(instance));
		if (!length || length > ITEM_BYTES_MAX) {
			fault(b, word,
				"'%.16s': too long with the name of its "
				"instance",
				word->text);
			return NULL;
		}
		words[i].text = expand(b, word, instance, length);
		words[i].length = (uint32_t)length;
	}
	return words;
}

static bool has_percent(const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->count; i++)
		if (strchr(entry->words[i].text, '%'))
			return true;
	return false;
}

static void apply_list(
	struct table_build *b, struct entry entry, const struct layer *layer)
{
	struct parser *p = b->parser;
	uint32_t words = entry.key->shape & SHAPE_LINE ? entry.count : 1;

	if (p->seen[entry.key->id] != p->serial)
		drop_items(p, entry.key);
	p->seen[entry.key->id] = p->serial;
	for (uint32_t i = 0; i < entry.count; i += words) {
		struct item item = {entry.key, entry.name, &entry.words[i],
			words, layer->from_defaults};

		add_item(b, &item);
	}
}

static void apply_entry(
	struct table_build *b, struct entry entry, const struct layer *layer)
{
	struct parser *p = b->parser;
	uint8_t id = entry.key->id;

	if (!p->set[id])
		p->given[p->given_count++] = id;
	p->set[id] = entry.name;
	if (!layer->from_defaults)
		p->own[id] = entry.name;
	if (entry.name->flags & WORD_FAULTY) {
		p->faulty = true;
		return;
	}
	if ((layer->guess || layer->instance) && has_percent(&entry)) {
		if (layer->guess)
			return;
		entry.words = expand_words(b, &entry, layer->instance);
		if (!entry.words)
			return;
	}
	if (entry.key->shape & SHAPE_LIST) {
		apply_list(b, entry, layer);
	} else {
		p->in_force[id] = entry;
		entry.key->read(b, &entry);
	}
}

static void apply(struct table_build *b, const struct layer *layer)
{
	struct parser *p = b->parser;

	if (!layer->stanza)
		return;
	p->serial++;
	p->faulty = p->faulty || layer->stanza->faulty;
	for (const struct entry *entry = layer->stanza->first; entry;
		entry = entry->next)
		apply_entry(b, *entry, layer);
}

/* Of the service before, what was given. */
static void forget(struct parser *p)
{
	while (p->given_count) {
		uint8_t id = p->given[--p->given_count];

		p->set[id] = p->own[id] = NULL;
		p->in_force[id] = (struct entry){NULL, NULL, NULL, 0, NULL};
	}
	p->item_count = 0;
	p->item_bytes = 0;
	memset(&p->gather, 0, offsetof(struct gather, strings));
}

static void begin(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;

	forget(p);
	p->draft = p->base;
	p->stanza = stanza;
	p->faulty = stanza->faulty;
}

void layers_service(struct table_build *b, struct stanza *stanza)
{
	struct stanza *template = stanza->template;
	struct stanza *inherited = template ? template->defaults : NULL;

	begin(b, stanza);
	apply(b, &(struct layer){stanza->defaults, NULL, true, false});
	if (inherited != stanza->defaults)
		apply(b, &(struct layer){inherited, NULL, true, false});
	apply(b, &(struct layer){template, stanza->instance, false, false});
	apply(b, &(struct layer){stanza, NULL, false, false});
	for (struct stanza *each = stanza->overrides; each;
		each = each->next_override)
		apply(b, &(struct layer){each, NULL, false, false});
}

void layers_one(struct table_build *b, struct stanza *stanza)
{
	begin(b, stanza);
	apply(b, &(struct layer){stanza, NULL, false, false});
	layers_items(b);
}

/* Reads a stanza that makes no service by itself, for its faults. */
void layers_trial(struct table_build *b, struct stanza *stanza)
{
	bool guess = stanza->kind == STANZA_TEMPLATE;
	bool from_defaults = stanza->kind == STANZA_DEFAULTS;

	begin(b, stanza);
	b->parser->trial = true;
	apply(b, &(struct layer){stanza, NULL, from_defaults, guess});
	layers_host(b);
	layers_items(b);
	b->parser->trial = false;
}

/* What [defaults] gives to all is dropped where it has no meaning. */
static bool is_without_meaning(const struct parser *p, const struct item *item)
{
	const struct service *service = &p->draft.service;
	bool own_files = service->isolated &&
		!(service->host_spaces & SPACE_BIT(SPACE_MNT));
	bool own_net = service->isolated &&
		!(service->host_spaces & SPACE_BIT(SPACE_NET));

	if (!item->from_defaults)
		return false;
	if (item->key->group == GROUP_FILES || item->key == &keys[KEY_dns])
		return !own_files;
	if (item->key->group == GROUP_NETWORK)
		return !own_net;
	return !service->isolated &&
		(item->key->group == GROUP_SPACES ||
			item->key->group == GROUP_PRIVILEGES);
}

static void read_items(struct table_build *b, const struct key *only)
{
	struct parser *p = b->parser;

	for (uint32_t i = 0; i < p->item_count; i++) {
		const struct item *item = &p->items[i];
		struct entry entry = {
			item->key, item->name, item->word, item->count, NULL};

		if (only ? item->key != only : item->key == &keys[KEY_run])
			continue;
		if (only != &keys[KEY_host] && item->key == &keys[KEY_host])
			continue;
		p->item = item;
		if (!is_without_meaning(p, item))
			item->key->read(b, &entry);
	}
}

/* On which files and users depend. */
void layers_host(struct table_build *b)
{
	read_items(b, &keys[KEY_host]);
}

/* The program stands before its args. */
void layers_items(struct table_build *b)
{
	read_items(b, &keys[KEY_run]);
	read_items(b, NULL);
}

/* [system] may stand in several files: lists add up, a single value must not
 * come twice. */
static void apply_system(struct table_build *b, struct entry *entry)
{
	struct layer layer = {NULL, NULL, false, false};
	struct parser *p = b->parser;
	const struct word *before = p->set[entry->key->id];

	if (entry->key->shape & SHAPE_LIST) {
		p->seen[entry->key->id] = entry->count ? p->serial : 0;
	} else if (before) {
		fault(b, entry->name,
			"'%s' stands in another [system] too, in %s:%u; "
			"remove one",
			entry->key->name,
			b->input->files[before->place.file - 1].name,
			before->place.line);
		return;
	}
	apply_entry(b, *entry, &layer);
}

void layers_system(struct table_build *b)
{
	struct parser *p = b->parser;
	struct stanza none = {.kind = STANZA_SYSTEM};

	begin(b, &none);
	p->serial++;
	for (struct stanza *each = p->stanzas; each; each = each->next) {
		if (each->kind != STANZA_SYSTEM)
			continue;
		for (struct entry *entry = each->first; entry;
			entry = entry->next)
			apply_system(b, entry);
	}
	layers_items(b);
}

/* Reads the default of one key from its text. */
static void apply_default(struct table_build *b, const struct key *key)
{
	struct line line = {key->fallback, strlen(key->fallback), {0, 0, 1}};
	struct layer layer = {NULL, NULL, true, false};
	struct word *name = ARENA_ARRAY(b->scratch, struct word, 1);
	struct words words;

	if (!line.length || *line.text == '(')
		return;
	lex_words(b, &line, 0, &words);
	apply_entry(b,
		(struct entry){key, name, words.first, words.count, NULL},
		&layer);
}

void layers_prepare(struct table_build *b)
{
	struct parser *p = b->parser;

	p->items = ARENA_ARRAY(b->scratch, struct item, ITEM_MAX);
	for (unsigned i = 0; i < KEYS; i++)
		apply_default(b, &keys[i]);
	users_resolve(b);
	p->base = p->draft;
}
