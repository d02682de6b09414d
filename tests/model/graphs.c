/* What is explored: see model.h.
 *
 *   explore           the small graphs, and all of two and three services in
 *                     little; then a sample of mutants
 *
 * Environment: MODEL=full for every graph with every move; MUTANTS=all, or how
 * many; SEED.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define ALL_MOVES 0xffffU
#define READY_SAYS 200U /* any kind but `started` */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define NEEDS (EDGE_NEEDS + 1U)
#define BOUND (EDGE_BOUND + 1U)

/* A daemon, restarted always. */
#define DAEMON .ready = READY_SAYS, .retry = true
#define ONESHOT \
	.type = TYPE_ONESHOT, .restart = RESTART_ON_FAILURE, \
	.ready = READY_EXIT, .retry = true

static const struct kind daemon_kind = {DAEMON};
static const struct kind timed = {ONESHOT, .traits = FATE_TIMED};

/* One service of each kind, and everything that can happen to it. */
static const struct {
	const char *name;
	struct kind kind;
} singles[] = {
	{"a daemon", {DAEMON}},
	{"one that is up as soon as it runs",
		{.ready = READY_STARTED, .retry = true}},
	{"one that is given up", {.ready = READY_SAYS, .gives_up = true}},
	{"one that is never restarted",
		{.ready = READY_SAYS, .restart = RESTART_NEVER}},
	{"one that stops with its condition",
		{DAEMON, .when = true, .traits = FATE_LOST_STOP}},
	{"one that restarts with its condition",
		{DAEMON, .when = true, .traits = FATE_LOST_RESTART}},
	{"one that keeps on without its condition", {DAEMON, .when = true}},
	{"one on demand", {DAEMON, .traits = FATE_ON_DEMAND}},
	{"one on demand with a condition",
		{DAEMON, .when = true,
			.traits = FATE_ON_DEMAND | FATE_LOST_STOP}},
	{"a oneshot", {ONESHOT}},
	{"a timed oneshot", {ONESHOT, .traits = FATE_TIMED}},
	{"a timed oneshot that is never restarted",
		{.type = TYPE_ONESHOT,
			.ready = READY_EXIT,
			.restart = RESTART_NEVER,
			.traits = FATE_TIMED}},
	{"a shell on a terminal", {DAEMON, .traits = FATE_TERMINAL}},
	{"a shell on demand, with a condition",
		{DAEMON, .when = true,
			.traits = FATE_TERMINAL | FATE_ON_DEMAND}},
	{"a group", {.type = TYPE_GROUP, .ready = READY_STARTED}},
};

static FILE *report; /* where a way to a fault is written; NULL: nowhere */

static const char *run_single(size_t i, bool turns, struct tally *tally)
{
	struct graph graph = {.name = singles[i].name,
		.count = 1,
		.moves = ALL_MOVES,
		.turns = turns,
		.slots = 1};

	graph.kinds[0] = singles[i].kind;
	return explore(&graph, tally, report);
}

const char *explore_small(struct tally *tally)
{
	struct graph pair = {.name = "two, one bound to the other",
		.count = 2,
		.moves = MOVES_PEOPLE | MOVES_OVER,
		.slots = 1};
	const char *what = NULL;

	for (size_t i = 0; i < COUNT(singles) && !what; i++)
		what = run_single(i, false, tally);
	pair.kinds[0] = pair.kinds[1] = daemon_kind;
	pair.edges[1][0] = BOUND;
	if (!what)
		what = explore(&pair, tally, report);
	pair.name = "two, a timed one needs the other";
	pair.edges[1][0] = NEEDS;
	pair.kinds[0].retry = false;
	pair.kinds[0].gives_up = true;
	pair.kinds[1] = timed;
	return what ? what : explore(&pair, tally, report);
}

/* --- two to four services ------------------------------------------------- */

#define LITTLE (MOVES_PEOPLE | MOVES_OVER)
#define MORE (LITTLE | MOVES_BUILD | MOVES_ENDS)

/* All shapes of two and three services without a cycle, and some of four: which
 * edges there are, as pairs of digits, who waits and for whom. */
static const struct shape {
	const char *name;
	uint32_t count;
	uint8_t edges[4][2];
	uint8_t edge_count;
} shapes[] = {
	{"two", 2, {{0, 0}}, 0},
	{"a pair", 2, {{1, 0}}, 1},
	{"a pair and one", 3, {{1, 0}}, 1},
	{"a chain", 3, {{1, 0}, {2, 1}}, 2},
	{"a fork", 3, {{1, 0}, {2, 0}}, 2},
	{"a join", 3, {{2, 0}, {2, 1}}, 2},
	{"a triangle", 3, {{1, 0}, {2, 1}, {2, 0}}, 3},
	{"a chain of four", 4, {{1, 0}, {2, 1}, {3, 2}}, 3},
	{"a diamond", 4, {{1, 0}, {2, 0}, {3, 1}, {3, 2}}, 4},
	{"a fork of three", 4, {{1, 0}, {2, 0}, {3, 0}}, 3},
	{"a join of three", 4, {{3, 0}, {3, 1}, {3, 2}}, 3},
};

#define KINDS 4U

/* The kinds of a shape's edges are the digits of a number. */
static void make_shape(
	struct graph *graph, const struct shape *shape, unsigned kinds)
{
	static const char *const words[KINDS] = {
		"needs", "is bound to", "wants", "is after"};
	static char name[160];
	size_t used;

	used = (size_t)snprintf(name, sizeof(name), "%s", shape->name);
	*graph = (struct graph){
		.name = name, .count = shape->count, .slots = SERVICES};
	for (uint32_t i = 0; i < shape->count; i++)
		graph->kinds[i] = daemon_kind;
	graph->kinds[0].restart = RESTART_NEVER;
	for (unsigned e = 0; e < shape->edge_count; e++) {
		unsigned from = shape->edges[e][0];
		unsigned to = shape->edges[e][1];

		graph->edges[from][to] = (uint8_t)(kinds % KINDS + 1);
		used += (size_t)snprintf(name + used, sizeof(name) - used,
			"%s %u %s %u", e ? "," : ":", from,
			words[kinds % KINDS], to);
		kinds /= KINDS;
	}
}

static unsigned kinds_of(const struct shape *shape)
{
	return 1U << 2 * shape->edge_count;
}

/* --- what is said --------------------------------------------------------- */

static unsigned lines;
static unsigned faults;

static void say(const char *what, const char *fault, const struct tally *tally)
{
	faults += fault != NULL;
	printf("%sok %u - %s: %llu worlds, %llu transitions, at most %u to "
	       "rest\n",
		fault ? "not " : "", ++lines, what,
		(unsigned long long)tally->worlds,
		(unsigned long long)tally->steps, tally->longest);
	fflush(stdout);
}

static void say_singles(void)
{
	struct tally tally = {0, 0, 0};
	const char *fault = NULL;

	for (size_t i = 0; i < COUNT(singles) && !fault; i++)
		fault = run_single(i, true, &tally);
	say("one service of each kind, every event", fault, &tally);
}

/* No limits, and programs that are up as soon as they run. */
static void make_quick(struct graph *graph)
{
	for (uint32_t i = 0; graph->quick && i < graph->count; i++) {
		graph->kinds[i].retry = false;
		graph->kinds[i].ready = READY_STARTED;
	}
}

struct share {
	const char *what;
	uint32_t count; /* of services */
	uint32_t moves;
	bool quick;
	bool turns;
	unsigned one_in; /* graphs, unless all are wanted */
};

/* Every shape of so many services, with every kind of edge. */
static void say_shapes(const struct share *share, bool full)
{
	struct tally tally = {0, 0, 0};
	const char *fault = NULL;
	unsigned number = 0;
	unsigned graphs = 0;
	struct graph graph;
	char text[160];

	for (size_t i = 0; i < COUNT(shapes); i++)
		for (unsigned k = 0; shapes[i].count == share->count &&
			!fault && k < kinds_of(&shapes[i]);
			k++) {
			if (!full && number++ % share->one_in)
				continue;
			make_shape(&graph, &shapes[i], k);
			graph.moves = share->moves;
			graph.turns = share->turns;
			graph.quick = share->quick;
			make_quick(&graph);
			fault = explore(&graph, &tally, report);
			graphs++;
		}
	snprintf(text, sizeof(text), "%u services, %s, %u graphs", share->count,
		share->what, graphs);
	say(text, fault, &tally);
}

/* Two, of which one is not always there for the other. */
static void say_moody(void)
{
	static const struct kind moods[] = {
		{.ready = READY_STARTED, .traits = FATE_ON_DEMAND},
		{.ready = READY_STARTED, .when = true},
		{.ready = READY_STARTED,
			.when = true,
			.traits = FATE_LOST_STOP},
		{.ready = READY_STARTED,
			.when = true,
			.traits = FATE_LOST_RESTART},
		{ONESHOT},
		{ONESHOT, .traits = FATE_TIMED},
		{.type = TYPE_GROUP, .ready = READY_STARTED},
		{DAEMON},
	};

	struct tally tally = {0, 0, 0};
	const char *fault = NULL;

	for (size_t i = 0; i < COUNT(moods) * KINDS * 2 && !fault; i++) {
		struct graph graph;

		make_shape(&graph, &shapes[1], i % KINDS);
		graph.kinds[0].retry = false;
		graph.kinds[1].retry = false;
		graph.kinds[i / KINDS % 2] = moods[i / KINDS / 2];
		graph.moves = LITTLE | MOVES_WHEN | MOVES_WORDS | MOVES_TABLE;
		graph.quick = true;
		fault = explore(&graph, &tally, report);
	}
	say("2 services, one on demand, timed, held or a oneshot", fault,
		&tally);
}

int main(void)
{
	static const struct share shares[] = {
		{"wishes and bad ends", 2, MORE, false, false, 1},
		{"wishes at any moment", 2, LITTLE, false, true, 2},
		{"wishes", 3, LITTLE, true, false, 1},
		{"wishes and bad ends", 3, MORE, true, false, 8},
		{"wishes at any moment", 3, LITTLE, true, true, 40},
		{"wishes", 4, LITTLE, true, false, 32},
	};

	const char *model = getenv("MODEL");
	const char *some = getenv("MUTANTS");
	const char *number = getenv("SEED");
	bool full = model && strcmp(model, "full") == 0;
	unsigned long seed = number ? strtoul(number, NULL, 0) : 20261126;
	unsigned long most = some ? strtoul(some, NULL, 0) : 100;
	int fault;

	report = stdout;
	cells_reset();
	printf("# %s\n",
		full ? "every graph"
		     : "a part of the larger graphs; all with MODEL=full");
	say_singles();
	say_moody();
	for (size_t i = 0; i < COUNT(shares); i++)
		say_shapes(&shares[i], full);
	report = NULL;
	printf("# mutants: seed %lu\n", seed);
	fault = mutants(seed, some && strcmp(some, "all") == 0 ? 0 : most);
	faults += fault != 0;
	printf("%sok %u - each mutant of the table is found\n",
		fault ? "not " : "", ++lines);
	printf("1..%u\n", lines);
	return faults != 0;
}
