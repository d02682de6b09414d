/* Files -> lines -> stanzas with their entries. */
#include "table/parse.h"

#include "base/text.h"

/* What must be left of the scratch arena for a line: the line itself, and what
 * all steps behind need by themselves and for each stanza. */
#define LINE_RESERVE ((size_t)96 << 20)
#define STANZA_RESERVE 512U

#define KEY_NAME_SIZE 32U /* more than the longest has */

static const char *const stanza_texts[KEY_STANZAS] = {
	[KEY_STANZA_SERVICE] = "a service",
	[KEY_STANZA_SYSTEM] = "[system]",
	[KEY_STANZA_MOUNT] = "a [mount]",
	[KEY_STANZA_INTERFACE] = "an [interface]",
	[KEY_STANZA_BRIDGE] = "a [bridge]",
};

static enum key_stanza keys_of(const struct stanza *stanza)
{
	if (stanza->kind == STANZA_SYSTEM)
		return KEY_STANZA_SYSTEM;
	if (stanza->kind == STANZA_MOUNT)
		return KEY_STANZA_MOUNT;
	if (stanza->kind == STANZA_INTERFACE)
		return KEY_STANZA_INTERFACE;
	if (stanza->kind == STANZA_BRIDGE)
		return KEY_STANZA_BRIDGE;
	return KEY_STANZA_SERVICE;
}

/* Says that there is no such key here, and what may have been meant. */
static void refuse_key(
	struct table_build *b, struct word *name, enum key_stanza stanza)
{
	struct hint hint;

	for (unsigned i = 0; i < KEY_STANZAS; i++) {
		if (names_find(&b->parser->keys[i], name->text) == NAMES_NONE)
			continue;
		fault(b, name, "key '%.64s': belongs to %s, not to %s",
			name->text, stanza_texts[i], stanza_texts[stanza]);
		return;
	}
	fault(b, name, "unknown key '%.64s'%s", name->text,
		fault_hint(b, &hint, &b->parser->keys[stanza], name->text));
}

/* Number of a key by what stands for it in a line. */
static uint32_t find_key(const struct parser *p, const char *text,
	size_t length, enum key_stanza stanza)
{
	char name[KEY_NAME_SIZE];

	if (length >= sizeof(name))
		return NAMES_NONE;
	memcpy(name, text, length);
	name[length] = '\0';
	return names_find(&p->keys[stanza], name);
}

/* Reads "KEY =" and returns the key, or NULL; *at moves behind the '='. */
static const struct key *read_key(struct table_build *b,
	const struct line *line, size_t *at, struct word *name)
{
	enum key_stanza stanza = keys_of(b->parser->current);
	size_t end = *at;
	uint32_t id;

	while (end < line->length && line->text[end] != '=' &&
		!text_is_blank(line->text[end]))
		end++;
	name->place = lex_place(line, *at);
	name->length = (uint32_t)(end - *at);
	id = find_key(b->parser, line->text + *at, name->length, stanza);
	name->text = id == NAMES_NONE
		? lex_copy(b, line->text + *at, name->length)
		: keys[id].name;
	while (end < line->length && text_is_blank(line->text[end]))
		end++;
	if (end == line->length || line->text[end] != '=') {
		fault(b, name, "no '=' behind '%.64s'; write 'KEY = VALUE'",
			name->text);
		return NULL;
	}
	*at = end + 1;
	if (id != NAMES_NONE)
		return &keys[id];
	refuse_key(b, name, stanza);
	return NULL;
}

static void check_optional(struct table_build *b, const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->count; i++) {
		struct word *word = &entry->words[i];

		if ((word->flags & WORD_OPTIONAL) &&
			!(entry->key->shape & SHAPE_OPTIONAL))
			fault(b, word,
				"'%.64s': a value of '%s' cannot be optional; "
				"write the '?' in double quotes if it is meant",
				word->text, entry->key->name);
	}
}

static void check_entry(struct table_build *b, const struct entry *entry)
{
	struct parser *p = b->parser;
	const struct key *key = entry->key;

	check_optional(b, entry);
	if ((key->shape & SHAPE_ONE) && p->seen[key->id] == p->serial)
		fault(b, entry->name,
			"'%s' stands twice in this stanza; remove one",
			key->name);
	else if ((key->shape & SHAPE_ONE) && !entry->count)
		fault(b, entry->name, "'%s' has no value; write %s", key->name,
			key->value);
}

static void add_entry(struct stanza *stanza, struct entry *entry)
{
	if (stanza->last)
		stanza->last->next = entry;
	else
		stanza->first = entry;
	stanza->last = entry;
}

static void read_entry(
	struct table_build *b, const struct line *line, size_t at)
{
	struct stanza *stanza = b->parser->current;
	struct word *name = ARENA_ARRAY(b->scratch, struct word, 1);
	const struct key *key = read_key(b, line, &at, name);
	struct words words;
	struct entry *entry;
	bool sound;

	if (!key)
		return;
	sound = lex_words(b, line, at, &words);
	entry = ARENA_ARRAY(b->scratch, struct entry, 1);
	*entry = (struct entry){key, name, words.first, words.count, NULL};
	if (sound)
		check_entry(b, entry);
	else
		name->flags |= WORD_FAULTY; /* mentioned, but not read */
	b->parser->seen[key->id] = b->parser->serial;
	add_entry(stanza, entry);
}

/* What follows belongs to no stanza and is skipped. */
static void begin_lost(struct table_build *b)
{
	struct stanza *lost = ARENA_ARRAY(b->scratch, struct stanza, 1);

	lost->kind = STANZA_LOST;
	b->parser->current = lost;
}

/* The current stanza, or NULL when its keys are skipped. Said once a file. */
static struct stanza *stanza_at(
	struct table_build *b, const struct place *place)
{
	struct parser *p = b->parser;

	if (p->current)
		return p->current->kind == STANZA_LOST ? NULL : p->current;
	table_fault(
		b, place, "a key above the first stanza; begin with '[NAME]'");
	begin_lost(b);
	return NULL;
}

static void read_line(struct table_build *b, const struct line *line)
{
	struct parser *p = b->parser;
	struct stanza *stanza;
	bool sound = lex_sound(b, line);
	struct place place;
	size_t at = 0;

	while (at < line->length && text_is_blank(line->text[at]))
		at++;
	if (at == line->length || line->text[at] == '#')
		return;
	if (line->text[at] == '[') {
		if (sound)
			header_read(b, line);
		else
			begin_lost(b);
		return;
	}
	place = lex_place(line, at);
	stanza = stanza_at(b, &place);
	if (!stanza)
		return;
	p->faulty = !sound;
	if (sound)
		read_entry(b, line, at);
	stanza->faulty = stanza->faulty || p->faulty;
}

static bool has_room(struct table_build *b)
{
	struct place place = {b->parser->file, b->parser->line, 1};
	size_t stanzas = (size_t)b->parser->stanza_count * STANZA_RESERVE;

	if (arena_left(b->scratch) >= LINE_RESERVE + stanzas)
		return true;
	if (!b->parser->too_large)
		table_fault(b, &place,
			"table too large: what follows is not read; "
			"make it smaller");
	b->parser->too_large = true;
	return false;
}

static void read_file(struct table_build *b, const struct table_text *file)
{
	const char *at = file->bytes;
	const char *end = file->bytes + file->size;
	struct parser *p = b->parser;

	p->current = NULL;
	p->current_defaults = NULL;
	p->current_system = NULL;
	p->line = 0;
	p->plain = lex_plain(at, file->size);
	if (file->size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end) {
		size_t left = (size_t)(end - at);
		const char *feed = memchr(at, '\n', left);
		size_t length = feed ? (size_t)(feed - at) : left;
		struct line line = {at, length, {p->file, ++p->line, 1}};

		if (!has_room(b))
			return;
		if (length && at[length - 1] == '\r')
			line.length--;
		read_line(b, &line);
		at += length + 1;
	}
}

void lines_read(struct table_build *b)
{
	struct parser *p = b->parser;

	p->stanza_end = &p->stanzas;
	for (uint32_t i = 0; i < b->input->file_count; i++) {
		p->file = i + 1;
		read_file(b, &b->input->files[i]);
	}
}
