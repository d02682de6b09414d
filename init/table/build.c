/* The whole way from text to table, step by step. */
#include "table/build.h"

#include "table/parse.h"

#define NEAREST_BUDGET 100000U

void table_begin(struct table_build *b, struct arena *out,
	struct arena *scratch, const struct table_input *input)
{
	*b = (struct table_build){.out = out,
		.scratch = scratch,
		.input = input,
		.nearest_budget = NEAREST_BUDGET};
	b->table = ARENA_ARRAY(out, struct table, 1);
	b->table->magic = TABLE_MAGIC;
	b->table->version = TABLE_VERSION;
	b->parser = ARENA_ARRAY(scratch, struct parser, 1);
}

static void prepare_keys(struct table_build *b)
{
	struct parser *p = b->parser;

	for (unsigned i = 0; i < KEY_STANZAS; i++)
		names_make(&p->keys[i], b->scratch, KEYS);
	for (unsigned i = 0; i < KEYS; i++)
		names_put(&p->keys[key_stanza(&keys[i])], keys[i].name, i);
}

static void name_files(struct table_build *b)
{
	const struct table_input *input = b->input;
	struct parser *p = b->parser;

	p->file_names =
		ARENA_ARRAY(b->scratch, table_at, input->file_count + 1);
	for (uint32_t i = 0; i < input->file_count; i++)
		p->file_names[i + 1] = image_string(b, input->files[i].name);
}

/* Makes the array of all services: milestones, those of the text, rescue. */
static void make_services(struct table_build *b)
{
	struct parser *p = b->parser;
	struct list *services = &b->table->services;
	struct service *all;

	services->count = p->service_count + 1;
	all = ARENA_ARRAY(b->out, struct service, services->count);
	services->at = (table_at)((char *)all - b->out->start);
	b->table->rescue_service = p->service_count;
	publish_prepare(b);
	p->ranges = ARENA_ARRAY(b->scratch, struct id_range, services->count);
	b->wishes = ARENA_ARRAY(b->scratch, struct wish, TABLE_WISH_MAX);
}

/* Stanzas that make no service by themselves are read for their own faults. */
static bool is_tried(const struct stanza *stanza)
{
	bool own = stanza->kind == STANZA_SERVICE ||
		stanza->kind == STANZA_OVERRIDE;

	return stanza->kind == STANZA_DEFAULTS ||
		stanza->kind == STANZA_TEMPLATE || (own && stanza->skipped);
}

static void try_stanzas(struct table_build *b)
{
	for (struct stanza *each = b->parser->stanzas; each; each = each->next)
		if (is_tried(each) && stanza_has_room(b, each))
			layers_trial(b, each);
}

static void note_rescue(struct table_build *b)
{
	static const char *const outcomes[] = {
		[RESCUE_SHELL] = "only the rescue shell is started",
		[RESCUE_WAIT] = "nothing is started",
		[RESCUE_REBOOT] = "the machine is rebooted"};

	struct system_settings *system = &b->table->system;
	struct place nowhere = {0, 0, 0};

	if (b->input->note)
		system->note = image_string(b, b->input->note);
	if (b->input->rescue)
		system->rescue_how = RESCUE_SHELL;
	system->rescue = b->input->rescue || b->input->missing;
	if (b->parser->service_count > MILESTONES - 1)
		return;
	if (!system->rescue)
		table_fault(b, &nowhere, "no service in the table; %s",
			outcomes[system->rescue_how]);
	system->rescue = 1;
}

void table_read(struct table_build *b)
{
	struct parser *p = b->parser;

	prepare_keys(b);
	p->line_words =
		ARENA_ARRAY(b->scratch, struct word, TABLE_LINE_MAX / 2 + 1);
	name_files(b);
	users_prepare(b);
	privileges_prepare(b);
	layers_prepare(b);
	lines_read(b);
	index_stanzas(b);
	make_services(b);
	try_stanzas(b);
	builtin_milestones(b);
	p->net_end = &p->nets;
	for (uint32_t i = MILESTONES - 1; i < p->service_count; i++)
		service_build(b, p->service_list[i]);
	builtin_rescue(b);
	system_build(b);
	file_systems_build(b);
	interfaces_build(b);
	members_resolve(b);
	publish_check_all(b);
	join_check_all(b);
	states_check_all(b);
	uses_check_all(b);
	ids_check_all(b);
	policies_lay_out(b);
	note_rescue(b);
}
