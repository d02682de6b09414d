/* Privileges: what a program may beyond what its user may. */
#include "table/parse.h"

#define SPELLED_MAX 64U /* bytes of a name that is spelled otherwise */

/* Names in the array: pointers would have to be relocated. */
#define OWN false
#define HOST true
#define PLAIN false
#define CALLS true
#define CAPABILITY(constant, name, reach, calls) {#name, reach, calls},

static const struct {
	char name[20];
	bool of_host; /* without effect in a user namespace of its own */
	bool has_calls; /* that the default policy refuses */
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

/* "none", or the name of a policy; of which files there are only the loader
 * knows. */
void read_seccomp(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;

	if (entry->count != 1)
		fault(b, &entry->words[1],
			"'%.64s': 'seccomp' has one value only",
			entry->words[1].text);
	else if (!name_is_sound(word->text, word->length))
		fault(b, word,
			"'%.64s': not a name of the form a-z0-9 then "
			"a-z0-9_.-; write default, none or a policy's name",
			word->text);
	else
		b->parser->draft.policy = word;
}

static bool has_calls(uint64_t set)
{
	for (; set; set &= set - 1)
		if (capabilities[__builtin_ctzll(set)].has_calls)
			return true;
	return false;
}

/* The default policy in the form that the service's other words ask for. */
static const char *default_policy(const struct draft *draft)
{
	bool capable =
		draft->service.nest || has_calls(draft->service.capabilities);

	if (draft->vsock)
		return capable ? "capable+vsock" : "default+vsock";
	return capable ? "capable" : "default";
}

/* Number of a policy, 0 where there are too many. */
static uint32_t policy_number(struct table_build *b, const char *name)
{
	struct parser *p = b->parser;
	struct word *word = p->draft.policy;
	uint32_t i = 0;

	while (i < p->policy_count && strcmp(p->policies[i].name, name) != 0)
		i++;
	if (i == POLICIES_MAX) {
		fault(b, word, "'%.64s': more than %u policies in a table",
			name, POLICIES_MAX);
		return 0;
	}
	if (i == p->policy_count)
		p->policies[p->policy_count++] =
			(struct policy_wish){name, word->place};
	return i + 1;
}

static const char *policy_of(struct table_build *b)
{
	const struct draft *draft = &b->parser->draft;
	struct word *vsock = b->parser->own[KEY_vsock];
	const char *name = draft->policy->text;

	if (strcmp(name, "none") == 0)
		return NULL;
	if (strcmp(name, "default") == 0)
		return default_policy(draft);
	if (vsock && draft->vsock)
		fault(b, vsock,
			"'vsock = yes' with 'seccomp = %.64s': a policy says "
			"itself what it allows; write 'include vsock' in it, "
			"and remove this",
			name);
	return name;
}

/* Without a compartment there are none to be had. */
void privileges_settle(struct table_build *b)
{
	struct service *service = &b->parser->draft.service;
	const char *name;

	if (!service->isolated || service->type == TYPE_GROUP) {
		service->capabilities = 0;
		service->new_privileges = 0;
		service->nest = 0;
		return;
	}
	name = policy_of(b);
	if (name)
		service->policy = policy_number(b, name);
}

void policies_lay_out(struct table_build *b)
{
	struct parser *p = b->parser;
	struct policy policies[POLICIES_MAX];

	for (uint32_t i = 0; i < p->policy_count; i++)
		policies[i] = (struct policy){
			.name = image_string(b, p->policies[i].name)};
	b->table->policies.count = p->policy_count;
	b->table->policies.at =
		image_array(b, policies, p->policy_count, sizeof(*policies));
}

uint32_t table_policies(const struct table_build *b)
{
	return b->parser->policy_count;
}

const char *table_policy(const struct table_build *b, uint32_t number)
{
	return b->parser->policies[number].name;
}

void table_policy_put(
	struct table_build *b, uint32_t number, const struct table_text *text)
{
	struct policy *policies = (struct policy *)(void *)(b->out->start +
		b->table->policies.at);
	uint32_t count = (uint32_t)(text->size / POLICY_INSTRUCTION);

	if (!count || text->size % POLICY_INSTRUCTION || count > POLICY_MOST) {
		table_policy_fault(
			b, number, text->name, "not a compiled policy");
		return;
	}
	policies[number].code.at =
		image_array(b, text->bytes, count, POLICY_INSTRUCTION);
	policies[number].code.count = count;
}

void table_policy_fault(struct table_build *b, uint32_t number,
	const char *file, const char *why)
{
	const struct policy_wish *wish = &b->parser->policies[number];

	table_fault(b, &wish->place,
		"policy '%.64s': %.256s: %s; build it with the image, or "
		"write 'seccomp = none'",
		wish->name, file, why);
	for (uint32_t i = 0; i < b->table->services.count; i++) {
		struct service *service = table_change(b, i);

		if (service->policy == number + 1)
			service->flags |= SERVICE_FAULTY;
	}
}
