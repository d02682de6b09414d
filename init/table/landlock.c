/* Landlock: what a program may reach of its files and of TCP, beyond what its
 * user may.
 */
#include "table/parse.h"

#include "base/text.h"

/* In the order of enum landlock_kind. */
static const char kinds[][13] = {"ro:", "rw:", "tcp-connect:", "tcp-bind:"};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static bool read_path_of(struct table_build *b, struct word *word,
	size_t length, struct landlock_rule *rule)
{
	size_t prefix = strlen(kinds[rule->kind]);
	const char *path =
		path_read(b, word, word->text + prefix, length - prefix);

	if (path)
		rule->path = image_string(b, path);
	return path != NULL;
}

static bool read_port_of(struct table_build *b, struct word *word,
	size_t length, struct landlock_rule *rule)
{
	size_t prefix = strlen(kinds[rule->kind]);
	uint64_t port;

	if (text_number(word->text + prefix, length - prefix, 10, &port) &&
		port && port <= UINT16_MAX) {
		rule->port = (uint16_t)port;
		return true;
	}
	fault(b, word, "'%.64s': a port is a number from 1 to 65535",
		word->text);
	return false;
}

void read_landlock(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	bool optional = word->flags & WORD_OPTIONAL;
	size_t length = word->length - (optional ? 1 : 0);
	struct landlock_rule rule = {.optional = optional};

	while (rule.kind < KINDS &&
		strncmp(word->text, kinds[rule.kind],
			strlen(kinds[rule.kind])) != 0)
		rule.kind++;
	if (rule.kind == KINDS) {
		fault(b, word, "'%.64s': 'landlock' is %s", word->text,
			entry->key->value);
		return;
	}
	if (rule.kind < LANDLOCK_TCP_CONNECT
			? !read_path_of(b, word, length, &rule)
			: !read_port_of(b, word, length, &rule))
		return;
	if (g->landlock_count == LANDLOCK_MAX) {
		fault(b, entry->name, "more than %u words of 'landlock'",
			LANDLOCK_MAX);
		return;
	}
	rule.text = image_string(b, word->text);
	g->landlock[g->landlock_count++] = rule;
}
