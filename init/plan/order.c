/* Edges are sorted by service with counting sorts; knots of cycles are the
 * strongly connected components of what waits for what (Tarjan, with a stack
 * of its own instead of recursion).
 */
#include "plan/order.h"

#include "base/text.h"
#include <string.h>

#define NONE UINT32_MAX
#define CYCLE_SHOWN 8U /* services of a cycle named before "..." */

struct order {
	struct table_build *build;
	uint32_t services;
	uint32_t *first; /* services + 1: where each one's wishes begin */
	uint32_t *wishes; /* numbers of wishes, grouped by who waits */
	uint32_t *knot; /* by service: number of its component */
	uint32_t *knot_size; /* by component */
	uint32_t knots;
	uint32_t *mark; /* scratch, by service */
};

static uint32_t *numbers(struct order *o, uint32_t count)
{
	return ARENA_ARRAY(o->build->scratch, uint32_t, count);
}

/* Groups wishes by `from`, in the order in which they were made. */
static void group(struct order *o)
{
	const struct table_build *b = o->build;
	uint32_t *next = o->mark;

	for (uint32_t i = 0; i < b->wish_count; i++)
		o->first[b->wishes[i].from + 1]++;
	for (uint32_t i = 0; i < o->services; i++) {
		o->first[i + 1] += o->first[i];
		next[i] = o->first[i];
	}
	for (uint32_t i = 0; i < b->wish_count; i++)
		o->wishes[next[b->wishes[i].from]++] = i;
}

static const struct wish *wish_at(const struct order *o, uint32_t at)
{
	return &o->build->wishes[o->wishes[at]];
}

/* Tarjan's walk: `path` is the way from the root, `open` holds services whose
 * component is not complete. */
struct walk {
	uint32_t *number; /* by service, from 1; 0: not seen */
	uint32_t *low;
	uint32_t *next; /* by service: its next wish */
	uint32_t *path;
	uint32_t depth;
	uint32_t *open;
	uint32_t open_count;
	uint32_t seen;
};

static void enter(struct walk *w, const struct order *o, uint32_t service)
{
	w->number[service] = ++w->seen;
	w->low[service] = w->seen;
	w->next[service] = o->first[service];
	w->path[w->depth++] = service;
	w->open[w->open_count++] = service;
}

static void lower(struct walk *w, uint32_t service, uint32_t low)
{
	if (low < w->low[service])
		w->low[service] = low;
}

/* Leaves the service at the end of the path. */
static void leave(struct walk *w, struct order *o)
{
	uint32_t service = w->path[--w->depth];
	uint32_t member;

	if (w->depth)
		lower(w, w->path[w->depth - 1], w->low[service]);
	if (w->low[service] != w->number[service])
		return;
	do {
		member = w->open[--w->open_count];
		o->knot[member] = o->knots;
		o->knot_size[o->knots]++;
	} while (member != service);
	o->knots++;
}

static void step(struct walk *w, struct order *o)
{
	uint32_t service = w->path[w->depth - 1];
	uint32_t to;

	if (w->next[service] == o->first[service + 1]) {
		leave(w, o);
		return;
	}
	to = wish_at(o, w->next[service]++)->to;
	if (!w->number[to])
		enter(w, o, to);
	else if (o->knot[to] == NONE)
		lower(w, service, w->number[to]);
}

static void find_knots(struct order *o)
{
	struct walk w = {.number = numbers(o, o->services),
		.low = numbers(o, o->services),
		.next = numbers(o, o->services),
		.path = numbers(o, o->services),
		.open = numbers(o, o->services)};

	memset(o->knot, 0xff, o->services * sizeof(*o->knot));
	for (uint32_t i = 0; i < o->services; i++) {
		if (w.number[i])
			continue;
		enter(&w, o, i);
		while (w.depth)
			step(&w, o);
	}
}

/* A shortest way from a service back to itself within its knot: breadth first
 * over queue; by[s] is the wish that led to s. */
struct search {
	uint32_t start;
	uint32_t *queue;
	uint32_t end;
	uint32_t *by; /* the mark array; NONE: not reached */
};

static void reach(struct search *s, const struct order *o, uint32_t service)
{
	for (uint32_t at = o->first[service]; at < o->first[service + 1];
		at++) {
		uint32_t to = wish_at(o, at)->to;

		if (o->knot[to] != o->knot[s->start] || s->by[to] != NONE)
			continue;
		s->by[to] = o->wishes[at];
		s->queue[s->end++] = to;
	}
}

/* Puts the wishes of the cycle, from its start on, into `cycle` and returns
 * how many. */
static uint32_t find_cycle(struct order *o, struct search *s, uint32_t *cycle)
{
	const struct wish *wishes = o->build->wishes;
	uint32_t at = s->start;
	uint32_t length = 0;
	uint32_t left;

	s->end = 0;
	reach(s, o, s->start);
	for (uint32_t i = 0; s->by[s->start] == NONE; i++)
		reach(s, o, s->queue[i]);
	do {
		at = wishes[s->by[at]].from;
		length++;
	} while (at != s->start);
	left = length;
	do {
		cycle[--left] = s->by[at];
		at = wishes[s->by[at]].from;
	} while (at != s->start);
	return length;
}

/* The edge that is easiest to give up: the weakest. */
static const struct wish *weakest(
	const struct order *o, const uint32_t *cycle, uint32_t length)
{
	const struct wish *wishes = o->build->wishes;
	const struct wish *found = &wishes[cycle[0]];

	for (uint32_t i = 1; i < length; i++)
		if (wishes[cycle[i]].kind > found->kind)
			found = &wishes[cycle[i]];
	return found;
}

static const char *name_of(const struct order *o, uint32_t service)
{
	const struct table_build *b = o->build;

	return table_string(b->table, table_service(b->table, service)->name);
}

static void say_cycle(struct order *o, const uint32_t *cycle, uint32_t length)
{
	const struct wish *wishes = o->build->wishes;
	const struct wish *weak = weakest(o, cycle, length);
	uint32_t start = wishes[cycle[0]].from;
	uint32_t others = o->knot_size[o->knot[start]] - length;
	char more[64] = "";
	char way[(CYCLE_SHOWN + 2) * (TABLE_NAME_MAX + 8)];
	size_t used = text_compose(way, sizeof(way), "%s", name_of(o, start));

	for (uint32_t i = 0; i < length; i++) {
		bool cut = i == CYCLE_SHOWN && i + 1 < length;

		used += text_compose(way + used, sizeof(way) - used, " -> %s",
			cut ? "..." : name_of(o, wishes[cycle[i]].to));
		if (cut)
			i = length - 2;
	}
	if (others)
		text_compose(more, sizeof(more), " (and %u more tied into it)",
			others);
	table_fault(o->build, &weak->place, "cycle %s%s; remove one '%s'", way,
		more, weak->key);
}

static bool is_built_in(const struct order *o, uint32_t service)
{
	return table_change(o->build, service)->flags & SERVICE_BUILT_IN;
}

/* Says each knot once and marks all that is in it but init's own. */
static void refuse_knots(struct order *o)
{
	struct search s = {.queue = numbers(o, o->services), .by = o->mark};
	uint32_t *cycle = numbers(o, o->services);
	uint8_t *said = arena_take(o->build->scratch, o->services, 1, 1);

	memset(s.by, 0xff, o->services * sizeof(*s.by));
	for (uint32_t i = 0; i < o->services; i++) {
		if (o->knot_size[o->knot[i]] < 2)
			continue;
		if (!is_built_in(o, i))
			table_change(o->build, i)->flags |= SERVICE_FAULTY;
		if (said[o->knot[i]])
			continue;
		said[o->knot[i]] = 1;
		s.start = i;
		say_cycle(o, cycle, find_cycle(o, &s, cycle));
	}
}

/* Strength of a kind: bound, needs, wants, after. */
static unsigned strength(uint32_t kind)
{
	static const uint8_t strengths[] = {[EDGE_BOUND] = 3,
		[EDGE_NEEDS] = 2,
		[EDGE_WANTS] = 1,
		[EDGE_AFTER] = 0};

	return strengths[kind];
}

/* Whether a wish is part of a knot. Those among the milestones are kept: they
 * make no cycle by themselves, and nothing works without their order. */
static bool is_tied(const struct order *o, const struct wish *wish)
{
	return o->knot[wish->to] == o->knot[wish->from] &&
		!(is_built_in(o, wish->to) && is_built_in(o, wish->from));
}

/* Writes one service's edges behind `edges` and returns how many. mark[to] is
 * the place of an edge that is already there. */
static uint32_t lay_waits(struct order *o, uint32_t service, struct edge *edges)
{
	uint32_t count = 0;

	for (uint32_t at = o->first[service]; at < o->first[service + 1];
		at++) {
		const struct wish *wish = wish_at(o, at);
		uint32_t *place = &o->mark[wish->to];

		if (is_tied(o, wish))
			continue;
		if (*place < count && edges[*place].service == wish->to) {
			struct edge *edge = &edges[*place];

			if (strength(wish->kind) > strength(edge->kind))
				edge->kind = wish->kind;
			continue;
		}
		*place = count;
		edges[count++] = (struct edge){wish->to, wish->kind};
	}
	return count;
}

static struct edge *edges_at(const struct table_build *b, table_at at)
{
	return (struct edge *)(void *)(b->out->start + at);
}

static void lay_all_waits(struct order *o)
{
	struct table_build *b = o->build;
	struct edge *edges = ARENA_ARRAY(b->out, struct edge, b->wish_count);
	table_at at = (table_at)((char *)edges - b->out->start);

	for (uint32_t i = 0; i < o->services; i++) {
		struct list *waits = &table_change(b, i)->waits;

		waits->count = lay_waits(o, i, edges_at(b, at));
		waits->at = waits->count ? at : 0;
		at += waits->count * (uint32_t)sizeof(struct edge);
	}
	b->out->used = at;
}

/* Gives every service room for as many followers as it has. */
static void make_followers(struct order *o)
{
	struct table_build *b = o->build;
	uint32_t *count = o->mark;

	memset(count, 0, o->services * sizeof(*count));
	for (uint32_t i = 0; i < o->services; i++) {
		const struct list *waits = &table_change(b, i)->waits;
		const struct edge *edges = edges_at(b, waits->at);

		for (uint32_t j = 0; j < waits->count; j++)
			count[edges[j].service]++;
	}
	for (uint32_t i = 0; i < o->services; i++) {
		const struct edge *edges =
			ARENA_ARRAY(b->out, struct edge, count[i]);

		if (count[i])
			table_change(b, i)->followers.at =
				(table_at)((const char *)edges - b->out->start);
	}
}

/* The same edges seen from the other end. */
static void lay_followers(struct order *o)
{
	struct table_build *b = o->build;

	make_followers(o);
	for (uint32_t i = 0; i < o->services; i++) {
		const struct list *waits = &table_change(b, i)->waits;
		const struct edge *edges = edges_at(b, waits->at);

		for (uint32_t j = 0; j < waits->count; j++) {
			struct list *to =
				&table_change(b, edges[j].service)->followers;

			edges_at(b, to->at)[to->count++] =
				(struct edge){i, edges[j].kind};
		}
	}
}

void order_make(struct table_build *b)
{
	uint32_t services = b->table->services.count;
	struct order o = {.build = b, .services = services};

	o.first = numbers(&o, services + 1);
	o.mark = numbers(&o, services);
	o.knot = numbers(&o, services);
	o.knot_size = numbers(&o, services);
	o.wishes = numbers(&o, b->wish_count);
	group(&o);
	find_knots(&o);
	refuse_knots(&o);
	lay_all_waits(&o);
	lay_followers(&o);
}
