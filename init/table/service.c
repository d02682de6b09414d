/* One stanza -> one service of the table. */
#include "table/parse.h"

#include "base/text.h"

/* What must be left of the arenas for a service: itself, and the lists of
 * edges, the members of bridges and the faults that come behind all. */
#define OUT_RESERVE ((size_t)48 << 20)
#define SCRATCH_RESERVE ((size_t)40 << 20)

/* An own host name: the service's, in the form of host names. */
static table_at default_hostname(struct table_build *b, const struct word *name)
{
	char hostname[HOSTNAME_BYTES_MAX + 1];

	if (name->length <= HOSTNAME_BYTES_MAX && !strchr(name->text, '@'))
		return b->parser->draft.service.name;
	text_compose(hostname, sizeof(hostname), "%s", name->text);
	for (char *at = hostname; *at; at++)
		if (*at == '@')
			*at = '-';
	return image_string(b, hostname);
}

static bool joins_space(const struct gather *g, unsigned space)
{
	for (uint32_t i = 0; i < g->join_count; i++)
		if (g->joins[i].space == space)
			return true;
	return false;
}

/* What [defaults] gives to all has no meaning for some. */
static void settle_starts(struct parser *p)
{
	struct service *service = &p->draft.service;

	if (service->type != TYPE_ONESHOT)
		p->draft.timer.period_ms = 0;
	if (service->type != TYPE_DAEMON)
		p->draft.health.kind = HEALTH_NONE;
	if (service->type != TYPE_DAEMON || !p->set[KEY_listen])
		service->on_demand = 0;
}

/* Defaults that depend on other keys. */
static void settle_life(struct parser *p)
{
	struct service *service = &p->draft.service;

	if (service->type == TYPE_ONESHOT) {
		if (!p->own[KEY_ready])
			service->ready = READY_EXIT;
		if (!p->set[KEY_restart])
			service->restart = RESTART_ON_FAILURE;
	} else if (!p->own[KEY_ready] && service->ready == READY_EXIT) {
		service->ready = READY_STARTED;
	}
	if (service->on_exit && !p->own[KEY_restart])
		service->restart = RESTART_NEVER;
	if (service->type == TYPE_GROUP) {
		service->restart = RESTART_NEVER;
		service->has_spare = 0;
	}
	settle_starts(p);
}

static void settle_spaces(struct table_build *b)
{
	struct parser *p = b->parser;
	struct service *service = &p->draft.service;

	if (!service->isolated || service->type == TYPE_GROUP) {
		service->host_spaces = SPACE_ALL;
		service->delegate = 0;
		service->clock_offset_ms = 0;
	}
	if ((service->host_spaces & SPACE_BIT(SPACE_UTS)) ||
		joins_space(&p->gather, SPACE_UTS))
		service->hostname = 0;
	else if (!service->hostname)
		service->hostname = default_hostname(b, &p->stanza->name);
}

/* What [defaults] gives to all has no meaning for a service with the host's
 * files. */
static void settle_root(struct draft *draft)
{
	struct service *service = &draft->service;

	if (service->isolated && service->type != TYPE_GROUP &&
		!(service->host_spaces & SPACE_BIT(SPACE_MNT)))
		return;
	service->root = service->image = service->verity = 0;
}

static struct list copy_list(
	struct table_build *b, const void *from, uint32_t count, size_t size)
{
	if (!count)
		return (struct list){0, 0};
	return (struct list){image_array(b, from, count, size), count};
}

/* Who it is, as it has to be looked up in its own root. */
static void lay_out_names(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct gather *g = &p->gather;
	struct service *service = &p->draft.service;
	table_at names[GROUP_MAX];

	for (uint32_t i = 0; i < g->group_count; i++)
		names[i] = image_string(b, g->group_words[i]->text);
	service->group_names =
		copy_list(b, names, g->group_count, sizeof(table_at));
	service->user = image_string(b, p->draft.account.name);
	if (p->draft.account.group)
		service->user_group = image_string(b, p->draft.account.group);
}

static void lay_out(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct gather *g = &p->gather;
	struct service *service = &p->draft.service;

	service->argv = copy_list(b, g->strings, g->argv, sizeof(table_at));
	service->env =
		copy_list(b, g->strings + ITEM_MAX, g->env, sizeof(table_at));
	service->groups =
		copy_list(b, g->groups, g->group_count, sizeof(uint32_t));
	service->join =
		copy_list(b, g->joins, g->join_count, sizeof(struct joined));
	service->io_limits = copy_list(
		b, g->io_limits, g->io_count, sizeof(struct io_limit));
	service->rlimits = copy_list(
		b, g->rlimits, g->rlimit_count, sizeof(struct resource_limit));
	service->landlock = copy_list(b, g->landlock, g->landlock_count,
		sizeof(struct landlock_rule));
	service->mounts = copy_list(
		b, g->mounts, g->mount_count, sizeof(struct mount_entry));
	if (users_are_its_own(p))
		lay_out_names(b);
	service->devices = copy_list(
		b, g->devices, g->device_count, sizeof(struct device_entry));
	service->when =
		copy_list(b, g->when, g->when_count, sizeof(struct condition));
	service->reload_on = copy_list(
		b, g->reload_on, g->reload_on_count, sizeof(table_at));
	service->listen = copy_list(
		b, g->listeners, g->listener_count, sizeof(struct listener));
	service->log_to = copy_list(
		b, g->targets, g->target_count, sizeof(struct log_target));
	service->control_restart =
		copy_list(b, g->names, g->name_count, sizeof(uint32_t));
	service->env_files = copy_list(
		b, g->env_files, g->env_file_count, sizeof(struct env_file));
	life_lay_out(b);
}

static void place_it(struct table_build *b, const struct stanza *stanza)
{
	struct service *service = &b->parser->draft.service;

	service->file = b->parser->file_names[stanza->name.place.file];
	service->line = stanza->name.place.line;
	if (b->parser->faulty)
		service->flags |= SERVICE_FAULTY;
}

/* Compartments need the root template, which the milestone makes; an image
 * or a disk may need modules, or have what it needs built in. */
static void need_mounts(struct table_build *b, const struct stanza *stanza)
{
	const struct service *service = &b->parser->draft.service;

	if (service->isolated && service->type != TYPE_GROUP)
		wish_add(b,
			&(struct wish){stanza->service, MILESTONE_MOUNTS - 1,
				EDGE_NEEDS, "isolation", stanza->name.place});
	if (service->image)
		wish_add(b,
			&(struct wish){stanza->service, MILESTONE_MODULES - 1,
				EDGE_WANTS, "image", stanza->name.place});
	if (listen_needs_modules(&b->parser->gather))
		wish_add(b,
			&(struct wish){stanza->service, MILESTONE_MODULES - 1,
				EDGE_WANTS, "listen", stanza->name.place});
	if (b->parser->gather.io_count || service->io_weight)
		wish_add(b,
			&(struct wish){stanza->service, MILESTONE_MODULES - 1,
				EDGE_WANTS, "io-max", stanza->name.place});
}

bool stanza_has_room(struct table_build *b, struct stanza *stanza)
{
	if (arena_left(b->out) >= OUT_RESERVE &&
		arena_left(b->scratch) >= SCRATCH_RESERVE)
		return true;
	if (!b->parser->too_large)
		table_fault(b, &stanza->name.place,
			"table too large: '%s' and what follows is not "
			"started; make it smaller",
			stanza->name.text);
	b->parser->too_large = true;
	return false;
}

static void fill(struct table_build *b, struct stanza *stanza)
{
	layers_service(b, stanza);
	b->parser->draft.service.name = image_string(b, stanza->name.text);
	layers_host(b);
	settle_root(&b->parser->draft);
	users_resolve(b);
	environment_begin(b, stanza->name.text);
	layers_items(b);
	check_service(b);
	settle_life(b->parser);
	settle_spaces(b);
	listen_settle(b);
	privileges_settle(b);
	ids_default(b);
	users_check(b);
	need_mounts(b, stanza);
	nets_lay_out(b);
	lay_out(b);
}

void service_build(struct table_build *b, struct stanza *stanza)
{
	struct parser *p = b->parser;

	p->index = stanza->service;
	if (stanza_has_room(b, stanza)) {
		fill(b, stanza);
		explain_keys(b);
	} else {
		p->draft = p->base;
		p->draft.service.name = image_string(b, stanza->name.text);
		p->faulty = true;
	}
	place_it(b, stanza);
	*table_change(b, stanza->service) = p->draft.service;
}
