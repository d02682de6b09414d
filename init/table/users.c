/* Users and groups: from names or numbers to ids. An unknown name is a fault
 * of its service and never becomes another user (CVE-2017-1000082).
 */
#include "table/parse.h"

#include "base/text.h"

#define ID_NOBODY 65534U
#define ID_MOST (UINT32_MAX - 1)

struct passwd_row {
	const char *name;
	uint32_t uid;
	uint32_t gid;
	const char *home;
	const char *shell;
};

#define FIELD_MAX 7

/* Splits a line of passwd or group at its colons, in a copy. */
static unsigned split_row(
	struct table_build *b, const char *line, size_t length, char **fields)
{
	char *at = lex_copy(b, line, length);
	unsigned count = 0;

	while (at && count < FIELD_MAX) {
		fields[count++] = at;
		at = strchr(at, ':');
		if (at)
			*at++ = '\0';
	}
	return count;
}

static bool read_id(const char *text, uint32_t *id)
{
	uint64_t value;

	if (!text_decimal(text, ID_MOST, &value))
		return false;
	*id = (uint32_t)value;
	return true;
}

static void add_user(struct table_build *b, char **fields, uint32_t number)
{
	struct passwd_row *row = &b->parser->rows[number];

	row->name = fields[0];
	row->home = fields[5];
	row->shell = fields[6];
	if (read_id(fields[2], &row->uid) && read_id(fields[3], &row->gid))
		names_put(&b->parser->users, row->name, number);
}

static void add_group(struct table_build *b, char **fields, uint32_t number)
{
	if (read_id(fields[2], &b->parser->gids[number]))
		names_put(&b->parser->user_groups, fields[0], number);
}

typedef void add_row(struct table_build *b, char **fields, uint32_t number);

/* Calls add for each line with at least `least` fields. */
static void each_row(struct table_build *b, const struct table_text *text,
	unsigned least, add_row *add)
{
	const char *end = text->bytes + text->size;
	uint32_t number = 0;

	for (const char *at = text->bytes; at < end; number++) {
		char *fields[FIELD_MAX];
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((feed ? feed : end) - at);

		if (split_row(b, at, length, fields) >= least)
			add(b, fields, number);
		at += length + 1;
	}
}

static uint32_t count_lines(const struct table_text *text)
{
	uint32_t count = 1;

	for (size_t i = 0; i < text->size; i++)
		count += text->bytes[i] == '\n';
	return count;
}

void users_prepare(struct table_build *b)
{
	const struct table_input *input = b->input;
	struct parser *p = b->parser;
	uint32_t users = count_lines(&input->passwd);
	uint32_t user_groups = count_lines(&input->group);

	p->resolve = input->passwd.bytes != NULL;
	names_make(&p->users, b->scratch, users);
	names_make(&p->user_groups, b->scratch, user_groups);
	p->rows = ARENA_ARRAY(b->scratch, struct passwd_row, users);
	p->gids = ARENA_ARRAY(b->scratch, uint32_t, user_groups);
	each_row(b, &input->passwd, 7, add_user);
	each_row(b, &input->group, 3, add_group);
}

static bool is_user_name(const char *name)
{
	size_t length = strlen(name);

	if (!length || length > 32 || (!text_is_letter(*name) && *name != '_'))
		return false;
	for (size_t i = 1; i < length; i++) {
		bool dollar = name[i] == '$' && i + 1 == length;

		if (!text_is_letter(name[i]) && !text_is_digit(name[i]) &&
			!strchr("_.-", name[i]) && !dollar)
			return false;
	}
	return true;
}

/* A number or the form of a name; *number says which. */
static bool read_who(struct table_build *b, struct word *word, const char *text,
	uint32_t *id, bool *number)
{
	*number = text_is_digit(*text) && !text[strspn(text, "0123456789")];
	if (*number && read_id(text, id))
		return true;
	if (*number)
		fault(b, word, "'%.64s': an id is from 0 to %u", text, ID_MOST);
	else if (is_user_name(text))
		return true;
	else
		fault(b, word,
			"'%.64s': neither a number nor the form of a name, "
			"which begins with a letter or '_'",
			text);
	return false;
}

static const struct passwd_row *row_of_uid(const struct parser *p, uint32_t uid)
{
	for (uint32_t i = 0; i <= p->users.mask; i++) {
		const struct name_slot *slot = &p->users.slots[i];

		if (slot->name && p->rows[slot->value].uid == uid)
			return &p->rows[slot->value];
	}
	return NULL;
}

static const struct passwd_row *row_of_name(
	struct table_build *b, struct word *word, const char *name)
{
	static const struct passwd_row root = {
		"root", 0, 0, "/root", "/bin/sh"};
	struct parser *p = b->parser;
	uint32_t known = names_find(&p->users, name);
	struct hint hint;

	if (known != NAMES_NONE)
		return &p->rows[known];
	if (strcmp(name, "root") == 0)
		return &root;
	if (p->resolve)
		fault(b, word, "unknown user '%.64s'%s", name,
			fault_hint(b, &hint, &p->users, name));
	return NULL;
}

static bool read_group_id(struct table_build *b, struct word *word,
	const char *text, uint32_t *gid)
{
	struct parser *p = b->parser;
	uint32_t known;
	bool number;
	struct hint hint;

	*gid = ID_NOBODY;
	if (!read_who(b, word, text, gid, &number))
		return false;
	if (number || users_are_its_own(p))
		return true;
	known = names_find(&p->user_groups, text);
	if (known != NAMES_NONE)
		*gid = p->gids[known];
	else if (strcmp(text, "root") == 0)
		*gid = 0;
	else if (p->resolve) {
		fault(b, word, "unknown group '%.64s'%s", text,
			fault_hint(b, &hint, &p->user_groups, text));
		return false;
	}
	return true;
}

/* Fills what passwd knows of a user; sound defaults for what it does not. */
static void take_account(struct account *account, const struct passwd_row *row)
{
	account->home = row && *row->home == '/' ? row->home : "/";
	account->shell = row && *row->shell == '/' ? row->shell : "/bin/sh";
	if (!row)
		return;
	account->name = row->name;
	account->uid = row->uid;
	account->gid = row->gid;
}

/* Only its form: whose names they are depends on keys that may come later. */
void read_user(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct account account = {
		.uid = ID_NOBODY, .gid = ID_NOBODY, .word = word};
	size_t length = strcspn(word->text, ":");
	uint32_t id;
	bool number;

	if (entry->count != 1) {
		fault(b, &entry->words[1], "'%.64s': 'user' has one value only",
			entry->words[1].text);
		return;
	}
	account.name = lex_copy(b, word->text, length);
	if (word->text[length])
		account.group = word->text + length + 1;
	if (read_who(b, word, account.name, &id, &number) &&
		(!account.group ||
			read_who(b, word, account.group, &id, &number)))
		b->parser->draft.account = account;
}

bool users_are_its_own(const struct parser *p)
{
	return p->draft.service.root || p->draft.service.image;
}

/* Of a root of its own only numbers are known before its start. */
void users_resolve(struct table_build *b)
{
	struct account *account = &b->parser->draft.account;
	struct word *word = account->word;
	bool number;

	if (account->home)
		return; /* the default, which layers_prepare() has looked up */
	read_who(b, word, account->name, &account->uid, &number);
	if (number)
		account->gid = account->uid;
	if (!users_are_its_own(b->parser))
		take_account(account,
			number ? row_of_uid(b->parser, account->uid)
			       : row_of_name(b, word, account->name));
	if (account->group)
		read_group_id(b, word, account->group, &account->gid);
}

void read_group(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	uint32_t gid;

	if (!read_group_id(b, word, word->text, &gid))
		return;
	if (g->group_count == GROUP_MAX) {
		fault(b, entry->name, "more than %u groups", GROUP_MAX);
		return;
	}
	g->group_words[g->group_count] = word;
	g->groups[g->group_count++] = gid;
}

bool users_group_id(struct table_build *b, struct word *word, uint32_t *gid)
{
	return read_group_id(b, word, word->text, gid);
}

bool users_user_id(struct table_build *b, struct word *word, uint32_t *uid)
{
	const struct passwd_row *row;
	bool number;

	*uid = ID_NOBODY;
	if (!read_who(b, word, word->text, uid, &number))
		return false;
	if (number)
		return true;
	row = row_of_name(b, word, word->text);
	if (row)
		*uid = row->uid;
	return row || !b->parser->resolve;
}

static void check_id(struct table_build *b, struct word *word, uint32_t id)
{
	const struct service *service = &b->parser->draft.service;

	if (id + 1 < service->id_count || id == ID_NOBODY)
		return;
	if (id / 1024 + 2 > IDS_SLOTS_MAX)
		fault(b, word,
			"'%.64s': id %u is more than a compartment can have; "
			"choose one below %u, or write 'host = user'",
			word->text, id, IDS_SLOTS_MAX * 1024 - 1);
	else
		fault(b, word,
			"'%.64s': id %u is not among the %u of this service; "
			"write 'ids = %u %u'",
			word->text, id, service->id_count - 1,
			service->first_id / 1024, (id + 1) / 1024 + 1);
}

/* Whether the ids of the draft are among those that it has. */
void users_check(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct account *account = &p->draft.account;

	p->draft.service.uid = account->uid;
	p->draft.service.gid = account->gid;
	if (!p->draft.service.isolated || p->draft.service.type == TYPE_GROUP ||
		(p->draft.service.host_spaces & SPACE_BIT(SPACE_USER)))
		return;
	check_id(b, account->word, account->uid);
	check_id(b, account->word, account->gid);
	for (uint32_t i = 0; i < p->gather.group_count; i++)
		check_id(b, p->gather.group_words[i], p->gather.groups[i]);
}
