/* "[KIND NAME]" -> a stanza. */
#include "table/parse.h"

#include "base/text.h"

#define INTERFACE_BYTES_MAX 15U /* IFNAMSIZ less its NUL */

struct header {
	struct word words[3];
	uint32_t count;
};

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || text_is_digit(byte) ||
		(byte && strchr("_.-", byte));
}

bool name_is_sound(const char *name, size_t length)
{
	if (length == 0 || length > NAME_PART_MAX || strchr("_.-", name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_name_byte(name[i]))
			return false;
	return true;
}

static bool instance_is_sound(const char *instance)
{
	size_t length = strlen(instance);

	if (length == 0 || length > NAME_PART_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_name_byte(instance[i]) && !text_is_letter(instance[i]))
			return false;
	return true;
}

static bool refuse_name(struct table_build *b, struct word *name)
{
	fault(b, name,
		"name '%.64s': not of the form a-z0-9 then a-z0-9_.- in at "
		"most %u bytes",
		name->text, NAME_PART_MAX);
	return false;
}

/* NAME or NAME@INSTANCE, or for a template NAME@. */
static bool read_name(struct table_build *b, struct stanza *stanza)
{
	struct word *name = &stanza->name;
	const char *at = strchr(name->text, '@');
	size_t length = at ? (size_t)(at - name->text) : name->length;

	if (!name_is_sound(name->text, length))
		return refuse_name(b, name);
	if (stanza->kind == STANZA_TEMPLATE) {
		if (at && !at[1])
			return true;
		fault(b, name,
			"template '%.64s': its name ends in '@'; "
			"write '[template %.*s@]'",
			name->text, (int)length, name->text);
		return false;
	}
	if (!at)
		return true;
	stanza->instance = at + 1;
	if (instance_is_sound(at + 1))
		return true;
	fault(b, name,
		"instance '%.64s': not of the form A-Za-z0-9_.- in 1 to %u "
		"bytes",
		at + 1, NAME_PART_MAX);
	return false;
}

static bool read_mount_path(struct table_build *b, struct word *name)
{
	const char *path = path_read(b, name, name->text, name->length);

	if (!path || !path_may_be_covered(b, name, path))
		return false;
	name->text = path;
	return true;
}

bool interface_name_check(struct table_build *b, struct word *name)
{
	if (name->length && name->length <= INTERFACE_BYTES_MAX &&
		!strpbrk(name->text, "/:% \t\r\n\v\f") &&
		strcmp(name->text, ".") != 0 && strcmp(name->text, "..") != 0)
		return true;
	fault(b, name,
		"interface '%.64s': at most %u bytes, without '/', ':' "
		"and '%%'",
		name->text, INTERFACE_BYTES_MAX);
	return false;
}

struct kind_row {
	const char *text;
	enum stanza_kind kind;
	bool named;
};

static const struct kind_row kinds[] = {
	{"defaults", STANZA_DEFAULTS, false},
	{"system", STANZA_SYSTEM, false},
	{"template", STANZA_TEMPLATE, true},
	{"override", STANZA_OVERRIDE, true},
	{"interface", STANZA_INTERFACE, true},
	{"mount", STANZA_MOUNT, true},
	{"bridge", STANZA_BRIDGE, true},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

static const struct kind_row *find_kind(const char *text)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].text, text) == 0)
			return &kinds[i];
	return NULL;
}

static const char *nearest_kind(const char *text)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i].named && text_distance(text, kinds[i].text, 2) < 3)
			return kinds[i].text;
	return NULL;
}

static bool refuse_kind(struct table_build *b, struct word *word)
{
	const char *nearest = nearest_kind(word->text);

	if (nearest)
		fault(b, word,
			"unknown kind of stanza '%.64s'; did you mean '%s'?",
			word->text, nearest);
	else
		fault(b, word,
			"unknown kind of stanza '%.64s'; there are template, "
			"override, interface, bridge and mount",
			word->text);
	return false;
}

static bool read_kind(
	struct table_build *b, struct stanza *stanza, struct header *header)
{
	struct word *word = &header->words[0];
	const struct kind_row *row = find_kind(word->text);
	bool named = header->count == 2;

	stanza->name = header->words[header->count - 1];
	if (!row && named)
		return refuse_kind(b, word);
	stanza->kind = row ? row->kind : STANZA_SERVICE;
	if (row && row->named != named) {
		fault(b, word, "write '[%s%s]'", row->text,
			row->named ? " NAME" : "");
		return false;
	}
	if (stanza->kind == STANZA_INTERFACE || stanza->kind == STANZA_BRIDGE)
		return interface_name_check(b, &stanza->name);
	if (stanza->kind == STANZA_MOUNT)
		return read_mount_path(b, &stanza->name);
	return (row && !row->named) || read_name(b, stanza);
}

/* Splits what stands in the brackets into at most three words. */
static void split(struct table_build *b, const struct line *line, size_t at,
	struct header *header)
{
	while (line->text[at] != ']' && header->count < 3) {
		struct word *word = &header->words[header->count];
		size_t start = at;

		while (line->text[at] != ']' && !text_is_blank(line->text[at]))
			at++;
		word->place = lex_place(line, start);
		word->length = (uint32_t)(at - start);
		word->text = lex_copy(b, line->text + start, at - start);
		if (word->length)
			header->count++;
		while (text_is_blank(line->text[at]))
			at++;
	}
}

static bool read_header(
	struct table_build *b, const struct line *line, struct stanza *stanza)
{
	const char *open = memchr(line->text, '[', line->length);
	size_t at = (size_t)(open - line->text);
	const char *close = memchr(open, ']', line->length - at);
	struct word here = {"", lex_place(line, at), 0, 0};
	struct header header = {.count = 0};
	struct words rest;

	if (!close) {
		fault(b, &here, "no ']' at the end of the stanza's name");
		return false;
	}
	split(b, line, at + 1, &header);
	if (header.count == 0 || header.count > 2) {
		fault(b, &here, "a stanza begins '[NAME]' or '[KIND NAME]'");
		return false;
	}
	at = (size_t)(close - line->text) + 1;
	if (!lex_words(b, line, at, &rest))
		return false;
	if (rest.count) {
		fault(b, rest.first,
			"'%.64s' behind ']'; begin a new line for a key",
			rest.first->text);
		return false;
	}
	return read_kind(b, stanza, &header);
}

/* [system] and [defaults] may stand once in a file. */
static void check_once(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;
	struct stanza **first = stanza->kind == STANZA_SYSTEM
		? &p->current_system
		: &p->current_defaults;

	if (!*first) {
		*first = stanza;
		return;
	}
	fault(b, &stanza->name,
		"a second [%s] in this file, after line %u; put the two "
		"together",
		stanza->name.text, (*first)->name.place.line);
	stanza->skipped = true;
}

void header_read(struct table_build *b, const struct line *line)
{
	struct stanza *stanza = ARENA_ARRAY(b->scratch, struct stanza, 1);
	struct parser *p = b->parser;

	p->faulty = false;
	p->current = stanza;
	p->serial++;
	if (!read_header(b, line, stanza))
		stanza->kind = STANZA_LOST;
	*p->stanza_end = stanza;
	p->stanza_end = &stanza->next;
	p->stanza_count++;
	if (stanza->kind == STANZA_SYSTEM || stanza->kind == STANZA_DEFAULTS)
		check_once(b, stanza);
	stanza->defaults = p->current_defaults;
	stanza->faulty = p->faulty;
}
