/* Services that every table has: the milestones, whose programs are parts of
 * init, and the rescue shell.
 */
#include "table/parse.h"

#define RESCUE_DELAY_MS 1000U

const char *const milestone_names[MILESTONES] = {
	[MILESTONE_NONE] = "",
	[MILESTONE_MOUNTS] = "mounts",
	[MILESTONE_MODULES] = "modules",
	[MILESTONE_DEVICES] = "devices",
	[MILESTONE_NETWORK] = "network",
};

/* What all built-in services have in common: no compartment, no limits. */
static struct service *begin(struct table_build *b, const char *name)
{
	struct parser *p = b->parser;
	struct service *service = &p->draft.service;

	p->draft = p->base;
	service->name = image_string(b, name);
	service->flags = SERVICE_BUILT_IN;
	service->isolated = 0;
	service->host_spaces = SPACE_ALL;
	service->memory = (struct amount){LIMIT_NONE, 0, 0};
	return service;
}

static void milestone(struct table_build *b, unsigned number)
{
	struct service *service = begin(b, milestone_names[number]);

	service->type = TYPE_ONESHOT;
	service->milestone = (uint8_t)number;
	service->ready = READY_EXIT;
	service->restart = RESTART_NEVER;
	*table_change(b, number - 1) = *service;
}

/* A file system of the table may need a driver. */
static void order_modules(struct table_build *b)
{
	static const struct wish last = {MILESTONE_MODULES - 1,
		MILESTONE_MOUNTS - 1, EDGE_NEEDS, "needs", {0, 0, 0}};
	static const struct wish first = {MILESTONE_MOUNTS - 1,
		MILESTONE_MODULES - 1, EDGE_WANTS, "wants", {0, 0, 0}};

	wish_add(b, b->parser->file_system_count ? &first : &last);
}

void builtin_milestones(struct table_build *b)
{
	static const struct wish edges[] = {
		{MILESTONE_DEVICES - 1, MILESTONE_MOUNTS - 1, EDGE_NEEDS,
			"needs", {0, 0, 0}},
		{MILESTONE_DEVICES - 1, MILESTONE_MODULES - 1, EDGE_WANTS,
			"wants", {0, 0, 0}},
		/* a module that is missing must not cut the machine off */
		{MILESTONE_NETWORK - 1, MILESTONE_MODULES - 1, EDGE_WANTS,
			"wants", {0, 0, 0}},
	};

	for (unsigned i = MILESTONE_NONE + 1; i < MILESTONES; i++)
		milestone(b, i);
	order_modules(b);
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		wish_add(b, &edges[i]);
}

void builtin_rescue(struct table_build *b)
{
	struct parser *p = b->parser;
	struct service *service = begin(b, RESCUE_NAME);
	table_at argv[] = {image_string(b, "/bin/sh"), image_string(b, "-l")};

	p->gather.env = 0;
	environment_begin(b, "");
	service->argv =
		(struct list){image_array(b, argv, 2, sizeof(table_at)), 2};
	service->env =
		(struct list){image_array(b, p->gather.strings + ITEM_MAX,
				      p->gather.env, sizeof(table_at)),
			p->gather.env};
	service->tty = image_string(b, "console");
	service->autostart = 0;
	service->restart = RESTART_ALWAYS;
	service->healthy_delay_ms = RESCUE_DELAY_MS;
	service->first_delay_ms = RESCUE_DELAY_MS;
	service->longest_delay_ms = RESCUE_DELAY_MS;
	service->limit_count = 0;
	*table_change(b, b->table->rescue_service) = *service;
}
