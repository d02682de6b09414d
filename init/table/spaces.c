/* Namespaces: which are the host's, which another service's. */
#include "table/parse.h"

#include "base/text.h"

#define JOIN_HOPS_MAX 100U /* followed to name the root of a chain */

/* Number of a namespace's name, or SPACES. */
static unsigned space_number(const char *name, size_t length)
{
	unsigned space = 0;

	while (space < SPACES &&
		(strlen(space_names[space]) != length ||
			memcmp(space_names[space], name, length) != 0))
		space++;
	return space;
}

void read_host(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	unsigned space = space_number(word->text, word->length);

	if (space == SPACE_TIME)
		fault(b, word,
			"'time': the host's clocks are what a service has "
			"without 'clock-offset'; remove it");
	else if (space == SPACES)
		fault(b, word, "'%.64s': no namespace; write %s", word->text,
			entry->key->value);
	else
		b->parser->draft.service.host_spaces |= SPACE_BIT(space);
}

void read_hostname(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	table_at *field = draft_field(b, entry);
	size_t i = 0;

	while (text_is_letter(word->text[i]) || text_is_digit(word->text[i]) ||
		(word->text[i] && strchr("_.-", word->text[i])))
		i++;
	if (entry->count == 1 && i == word->length && i > 0 &&
		i <= HOSTNAME_BYTES_MAX)
		*field = image_string(b, word->text);
	else
		fault(b, word,
			"'%.64s': not one host name of letters, digits, '-' "
			"and '.' in at most %u bytes",
			word->text, HOSTNAME_BYTES_MAX);
}

void read_clock_offset(struct table_build *b, const struct entry *entry)
{
	int64_t *field = draft_field(b, entry);
	struct word *word = entry->words;
	struct word time = *word;
	bool back = *word->text == '-';
	uint64_t ms;

	if (entry->count != 1) {
		fault(b, &entry->words[1],
			"'%.64s': 'clock-offset' has one value only",
			entry->words[1].text);
		return;
	}
	if (back || *word->text == '+') {
		time.text++;
		time.length--;
	}
	if (time_parse(b, &time, &ms))
		*field = back ? -(int64_t)ms : (int64_t)ms;
	word->flags |= time.flags;
}

static void refuse_space(
	struct table_build *b, struct word *word, const char *name)
{
	if (strcmp(name, "pid") == 0)
		fault(b, word,
			"'pid' cannot be joined: a pid namespace ends with its "
			"first process; net, ipc and uts can");
	else
		fault(b, word,
			"'%.32s' cannot be joined; net, ipc and uts can, as in "
			"net:NAME",
			name);
}

static bool is_joined(const struct gather *g, unsigned space)
{
	for (uint32_t i = 0; i < g->join_count; i++)
		if (g->joins[i].space == space)
			return true;
	return false;
}

static void add_join(struct table_build *b, struct word *word, unsigned space,
	uint32_t owner)
{
	struct parser *p = b->parser;
	struct gather *g = &p->gather;
	struct join_wish *wish;

	if (is_joined(g, space)) {
		fault(b, word, "'%.64s': a second '%s' to join; remove one",
			word->text, space_names[space]);
		return;
	}
	g->joins[g->join_count++] = (struct joined){space, owner};
	if (p->trial)
		return;
	wish = ARENA_ARRAY(b->scratch, struct join_wish, 1);
	*wish = (struct join_wish){p->index, owner, space, word, p->joins};
	p->joins = wish;
	wish_add(b,
		&(struct wish){
			p->index, owner, EDGE_NEEDS, "join", word->place});
}

void read_join(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	size_t length = strcspn(word->text, ":");
	const char *name = lex_copy(b, word->text, length);
	unsigned space = space_number(name, length);
	uint32_t owner;

	if (space != SPACE_NET && space != SPACE_IPC && space != SPACE_UTS) {
		refuse_space(b, word, name);
		return;
	}
	if (!word->text[length]) {
		fault(b, word, "'%.64s': of which service; write '%s:NAME'",
			word->text, name);
		return;
	}
	owner = edge_target(b, word, word->text + length + 1);
	if (owner != NAMES_NONE)
		add_join(b, word, space, owner);
}

/* Who is joined by a service for a space, or NAMES_NONE. */
static uint32_t joined_by(
	struct table_build *b, uint32_t service, uint32_t space)
{
	const struct service *s = table_change(b, service);
	const struct joined *joins = table_pointer(b->table, s->join.at);

	for (uint32_t i = 0; i < s->join.count; i++)
		if (joins[i].space == space)
			return joins[i].service;
	return NAMES_NONE;
}

static uint32_t root_of(struct table_build *b, uint32_t service, uint32_t space)
{
	uint32_t root = service;

	for (uint32_t i = 0; i < JOIN_HOPS_MAX; i++) {
		uint32_t next = joined_by(b, root, space);

		if (next == NAMES_NONE)
			break;
		root = next;
	}
	return root;
}

static void check_join(struct table_build *b, const struct join_wish *wish)
{
	struct service *owner = table_change(b, wish->owner);
	const char *name = table_string(b->table, owner->name);
	const char *space = space_names[wish->space];
	uint32_t root = root_of(b, wish->owner, wish->space);

	if (owner->type == TYPE_GROUP || owner->milestone)
		fault(b, wish->word, "'%s' has no program and no namespaces",
			name);
	else if (!owner->isolated ||
		(owner->host_spaces & SPACE_BIT(wish->space)))
		fault(b, wish->word,
			"'%s' has the host's %s; write 'host = %s' instead",
			name, space, space);
	else if (owner->on_demand)
		fault(b, wish->word,
			"'%s' has no %s until its first client starts it; "
			"remove its 'on-demand', or do not join it",
			name, space);
	else if (root != wish->owner)
		fault(b, wish->word,
			"'%s' itself joins another's %s; write 'join = %s:%s'",
			name, space, space,
			table_string(b->table, table_change(b, root)->name));
	else
		owner->kept_spaces |= SPACE_BIT(wish->space);
}

void join_check_all(struct table_build *b)
{
	struct parser *p = b->parser;

	for (const struct join_wish *wish = p->joins; wish; wish = wish->next) {
		p->faulty = false;
		check_join(b, wish);
		if (p->faulty)
			table_change(b, wish->service)->flags |= SERVICE_FAULTY;
	}
}
