/* What must hold of the host for a service to run: `when` */
#include "table/parse.h"

#include "base/text.h"

/* Number of a text among names, or count. */
static unsigned number_of(const char *const *names, unsigned count,
	const char *text, size_t length)
{
	unsigned i = 0;

	while (i < count &&
		(strlen(names[i]) != length ||
			memcmp(names[i], text, length) != 0))
		i++;
	return i;
}

/* "IF[:present|up|carrier|address]" */
static bool read_net_state(
	struct table_build *b, const char *text, struct condition *condition)
{
	static const char *const states[] = {
		"present", "up", "carrier", "address"};
	size_t length = strcspn(text, ":");
	unsigned state = NET_UP;

	if (text[length])
		state = number_of(states, 4, text + length + 1,
			strlen(text + length + 1));
	if (!length || length >= NET_NAME_SIZE || state == 4)
		return false;
	condition->state = (uint8_t)state;
	condition->name = image_string(b, lex_copy(b, text, length));
	return true;
}

/* "cpu|memory|io:[some:|full:]PERCENT%"; the kernel knows no full pressure of
 * the CPUs of a machine. */
static bool read_pressure(
	struct table_build *b, const char *text, struct condition *condition)
{
	static const char *const names[] = {"cpu", "memory", "io"};
	size_t length = strcspn(text, ":");
	unsigned resource = number_of(names, 3, text, length);
	uint64_t percent;
	size_t digits;

	(void)b;
	if (resource == 3 || !text[length])
		return false;
	text += length + 1;
	condition->full = strncmp(text, "full:", 5) == 0;
	if (condition->full || strncmp(text, "some:", 5) == 0)
		text += 5;
	digits = strspn(text, "0123456789");
	if (strcmp(text + digits, "%") != 0 ||
		!text_number(text, digits, 10, &percent) || !percent ||
		percent > 100 || (condition->full && resource == PRESSURE_CPU))
		return false;
	condition->state = (uint8_t)resource;
	condition->percent = (uint8_t)percent;
	return true;
}

static bool read_word(
	struct table_build *b, const char *text, struct condition *condition)
{
	condition->name = image_string(b, text);
	return *text;
}

static bool read_default(
	struct table_build *b, const char *text, struct condition *condition)
{
	(void)b;
	(void)condition;
	return strcmp(text, "default") == 0;
}

typedef bool reader(
	struct table_build *b, const char *text, struct condition *condition);

struct kind {
	const char *prefix;
	reader *read; /* NULL: a path, or a service */
};

/* In the order of enum condition_kind. */
static const struct kind kinds[] = {
	{"net:", read_net_state},
	{"route:", read_default},
	{"dev:", NULL},
	{"path:", NULL},
	{"mount:", NULL},
	{"clock", NULL},
	{"service:", NULL},
	{"cmdline:", read_word},
	{"pressure:", read_pressure},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static unsigned kind_of(const char *text)
{
	unsigned kind = 0;

	while (kind < KINDS &&
		strncmp(text, kinds[kind].prefix, strlen(kinds[kind].prefix)) !=
			0)
		kind++;
	if (kind == CONDITION_CLOCK && strcmp(text, "clock") != 0)
		return KINDS;
	return kind;
}

/* A path of the host, which was said to be none if false. */
static bool read_host_path(struct table_build *b, struct word *word,
	const char *text, struct condition *condition)
{
	const char *path = path_read(b, word, text, strlen(text));

	if (path)
		condition->name = image_string(b, path);
	return path;
}

/* It is stopped after me, and a ring of such is a cycle. */
static bool read_service(struct table_build *b, struct word *word,
	const char *name, struct condition *condition)
{
	condition->service = edge_target(b, word, name);
	if (condition->service == NAMES_NONE)
		return false;
	wish_add(b,
		&(struct wish){b->parser->index, condition->service, EDGE_AFTER,
			"when", word->place});
	return true;
}

static bool read_condition(struct table_build *b, const struct entry *entry,
	struct condition *condition)
{
	struct word *word = entry->words;
	unsigned kind = kind_of(word->text);
	const char *rest;

	if (kind == KINDS) {
		value_refuse(b, entry);
		return false;
	}
	condition->kind = (uint8_t)kind;
	rest = word->text + strlen(kinds[kind].prefix);
	if (kind == CONDITION_CLOCK)
		return true;
	if (kind == CONDITION_SERVICE)
		return read_service(b, word, rest, condition);
	if (!kinds[kind].read)
		return read_host_path(b, word, rest, condition);
	if (kinds[kind].read(b, rest, condition))
		return true;
	value_refuse(b, entry);
	return false;
}

void read_when(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct condition condition = {.kind = 0};

	if (!read_condition(b, entry, &condition))
		return;
	if (g->when_count == WHEN_MAX) {
		fault(b, entry->name, "more than %u words of 'when'", WHEN_MAX);
		return;
	}
	condition.text = image_string(b, entry->words->text);
	g->when[g->when_count++] = condition;
}
