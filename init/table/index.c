/* Names of stanzas -> numbers: who is who, who is there twice, which template
 * makes an instance, what an override changes.
 */
#include "table/parse.h"

#include "base/text.h"

static void refuse_second(struct table_build *b, struct stanza *stanza,
	struct stanza *first, const char *mend)
{
	const struct place *place = &first->name.place;

	fault(b, &stanza->name, "a second '%s': the first stands in %s:%u; %s",
		stanza->name.text, b->input->files[place->file - 1].name,
		place->line, mend);
	stanza->skipped = true;
	first->faulty = true;
}

/* Milestones are the first of all, and so are their numbers. */
static bool is_built_in(const char *name, uint32_t known)
{
	return known < MILESTONES - 1 || strcmp(name, RESCUE_NAME) == 0 ||
		strcmp(name, "init") == 0;
}

static void index_service(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;
	uint32_t known = names_find(&p->services, stanza->name.text);

	if (is_built_in(stanza->name.text, known)) {
		fault(b, &stanza->name,
			"'%s' is a name of init's own; choose another",
			stanza->name.text);
		stanza->skipped = true;
		return;
	}
	if (known != NAMES_NONE) {
		refuse_second(b, stanza, p->service_list[known],
			"to change it, write [override NAME]");
		return;
	}
	if (p->service_count == MILESTONES - 1 + TABLE_SERVICE_MAX) {
		fault(b, &stanza->name,
			"more than %u services: it and those behind it are "
			"left out",
			TABLE_SERVICE_MAX);
		p->service_count++;
	}
	if (p->service_count > MILESTONES - 1 + TABLE_SERVICE_MAX) {
		stanza->skipped = true;
		return;
	}
	stanza->service = p->service_count++;
	p->service_list[stanza->service] = stanza;
	names_put(&p->services, stanza->name.text, stanza->service);
}

static void index_template(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;
	uint32_t known =
		names_put(&p->templates, stanza->name.text, p->template_count);

	if (known != NAMES_NONE) {
		refuse_second(b, stanza, p->template_list[known], "remove one");
		return;
	}
	p->template_list[p->template_count++] = stanza;
}

static void index_interface(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;

	if (names_put(&p->interfaces, stanza->name.text, 0) == NAMES_NONE) {
		p->interface_count++;
		return;
	}
	fault(b, &stanza->name,
		"a second [interface %s] or [bridge %s]; put the two together",
		stanza->name.text, stanza->name.text);
	stanza->skipped = true;
}

static void index_file_system(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;

	if (names_put(&p->file_systems, stanza->name.text, 0) == NAMES_NONE) {
		p->file_system_count++;
		return;
	}
	fault(b, &stanza->name, "a second [mount %s]; put the two together",
		stanza->name.text);
	stanza->skipped = true;
}

static void index_override(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;
	const char *name = stanza->name.text;
	uint32_t known = names_find(&p->services, name);
	struct stanza *target;
	struct hint hint;

	stanza->skipped = true; /* as a stanza of its own */
	if (is_built_in(name, known)) {
		fault(b, &stanza->name,
			"'%s' is init's own and cannot be changed", name);
		return;
	}
	if (known == NAMES_NONE) {
		fault(b, &stanza->name, "no [%s] above to override%s", name,
			fault_hint(b, &hint, &p->services, name));
		return;
	}
	target = p->service_list[known];
	if (target->last_override)
		target->last_override->next_override = stanza;
	else
		target->overrides = stanza;
	target->last_override = stanza;
}

static void index_stanza(struct table_build *b, struct stanza *stanza)
{
	b->parser->faulty = false;
	if (stanza->kind == STANZA_SERVICE)
		index_service(b, stanza);
	else if (stanza->kind == STANZA_TEMPLATE)
		index_template(b, stanza);
	else if (stanza->kind == STANZA_INTERFACE ||
		stanza->kind == STANZA_BRIDGE)
		index_interface(b, stanza);
	else if (stanza->kind == STANZA_MOUNT)
		index_file_system(b, stanza);
	else if (stanza->kind == STANZA_OVERRIDE)
		index_override(b, stanza);
	stanza->faulty = stanza->faulty || b->parser->faulty;
}

/* Finds the template of an instance. */
static void link_template(struct table_build *b, struct stanza *stanza)
{
	char name[NAME_PART_MAX + 2];
	struct parser *p = b->parser;
	struct hint hint;
	uint32_t known;

	text_compose(name, sizeof(name), "%.*s",
		(int)(stanza->instance - stanza->name.text), stanza->name.text);
	known = names_find(&p->templates, name);
	if (known != NAMES_NONE) {
		stanza->template = p->template_list[known];
		return;
	}
	fault(b, &stanza->name, "no [template %s] for '%s'%s", name,
		stanza->name.text, fault_hint(b, &hint, &p->templates, name));
	stanza->faulty = true;
}

static void index_built_in(struct table_build *b)
{
	struct parser *p = b->parser;

	for (unsigned i = MILESTONE_NONE + 1; i < MILESTONES; i++)
		names_put(&p->services, milestone_names[i], p->service_count++);
}

void index_stanzas(struct table_build *b)
{
	struct parser *p = b->parser;
	uint32_t most = p->stanza_count + MILESTONES;

	names_make(&p->services, b->scratch, most);
	names_make(&p->templates, b->scratch, p->stanza_count);
	names_make(&p->interfaces, b->scratch, p->stanza_count);
	names_make(&p->file_systems, b->scratch, p->stanza_count);
	p->service_list = ARENA_ARRAY(b->scratch, struct stanza *, most);
	p->template_list = ARENA_ARRAY(b->scratch, struct stanza *, most);
	index_built_in(b);
	for (struct stanza *each = p->stanzas; each; each = each->next)
		index_stanza(b, each);
	if (p->service_count > MILESTONES - 1 + TABLE_SERVICE_MAX)
		p->service_count = MILESTONES - 1 + TABLE_SERVICE_MAX;
	for (uint32_t i = MILESTONES - 1; i < p->service_count; i++)
		if (p->service_list[i]->instance)
			link_template(b, p->service_list[i]);
	names_put(&p->services, RESCUE_NAME, p->service_count);
}
