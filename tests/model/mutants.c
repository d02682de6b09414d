/* Whether the exploration finds a fault in the table: each cell is given every
 * other next state, and has each action taken away, or one added. Survivors
 * must stand in a list, with the reason.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[STATES] = {
#define STATE(name, text, traits) #name,
#include "plan/states.def"
#undef STATE
};

static const char *const event_names[EVENTS] = {
#define EVENT(name) #name,
#include "plan/events.def"
#undef EVENT
};

static const char *const action_names[ACTIONS] = {
#define ACTION(name) #name,
#include "plan/actions.def"
#undef ACTION
};

/* A mutant by its number: a cell, and what is done to it: the first STATES set
 * the next state, the others toggle an action; but a clock takes the place of
 * the one that was set. */
#define DEEDS (STATES + ACTIONS)
#define MUTANTS (STATES * EVENTS * DEEDS)
#define CLOCKS (~0U << ACTION_CLOCK_START)

static unsigned state_in(unsigned mutant)
{
	return mutant / DEEDS / EVENTS;
}

static unsigned event_in(unsigned mutant)
{
	return mutant / DEEDS % EVENTS;
}

/* False: it is as it was. */
static bool mutate(unsigned mutant)
{
	unsigned state = state_in(mutant);
	unsigned deed = mutant % DEEDS;
	struct transition *cell = &cells[state][event_in(mutant)];
	bool has_meaning = cell->actions || cell->next != state;
	uint32_t bit = deed < STATES ? 0 : ACTION_BIT(deed - STATES);

	if (deed < STATES) {
		if (cell->next == deed)
			return false;
		cell->next = (enum state)deed;
		return true;
	}
	if (!has_meaning)
		return false;
	if (bit & CLOCKS && !(cell->actions & bit))
		cell->actions &= ~CLOCKS;
	cell->actions ^= bit;
	return true;
}

static void name(unsigned mutant, char *text, size_t size)
{
	unsigned deed = mutant % DEEDS;
	const char *verb = "to";

	if (deed >= STATES)
		verb = cells[state_in(mutant)][event_in(mutant)].actions &
				ACTION_BIT(deed - STATES)
			? "without"
			: "with";
	snprintf(text, size, "%s %s %s %s", state_names[state_in(mutant)],
		event_names[event_in(mutant)], verb,
		deed < STATES ? state_names[deed]
			      : action_names[deed - STATES]);
}

/* The reason that the list gives, or NULL. A line: "STATE EVENT VERB WHAT:
 * REASON"; "*" stands for any word. */
static bool matches(const char *line, const char *text)
{
	while (*line && *line != ':' && *text) {
		size_t want = strcspn(line, " :");
		size_t have = strcspn(text, " ");

		if ((want != 1 || *line != '*') &&
			(want != have || strncmp(line, text, want) != 0))
			return false;
		line += want + (line[want] == ' ');
		text += have + (text[have] == ' ');
	}
	return *line == ':' && !*text;
}

static bool is_listed(const char *text)
{
	FILE *list = fopen("tests/model/survivors", "re");
	char line[512];
	bool found = false;

	while (list && !found && fgets(line, sizeof(line), list))
		found = *line != '#' && matches(line, text);
	if (list)
		fclose(list);
	return found;
}

struct counts {
	unsigned tried;
	unsigned unasked; /* the cell is never looked up: nothing can show */
	unsigned listed;
	unsigned alive;
};

static void try(
	unsigned mutant, const bool used[STATES][EVENTS], struct counts *counts)
{
	struct tally tally = {0, 0, 0};
	char text[128];

	cells_reset();
	name(mutant, text, sizeof(text));
	if (!mutate(mutant))
		return;
	if (!used[state_in(mutant)][event_in(mutant)]) {
		counts->unasked++;
		return;
	}
	counts->tried++;
	if (explore_small(&tally))
		return;
	if (is_listed(text)) {
		counts->listed++;
		return;
	}
	counts->alive++;
	printf("# survives: %s\n", text);
	fflush(stdout);
}

/* 64 bits: xorshift */
static unsigned long next(unsigned long *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

int mutants(unsigned long seed, unsigned long most)
{
	static bool used[STATES][EVENTS];
	struct tally tally = {0, 0, 0};
	struct counts counts = {0, 0, 0, 0};

	cells_reset();
	memset(asked, 0, sizeof(asked));
	if (explore_small(&tally))
		return 1;
	memcpy(used, asked, sizeof(used));
	if (!most)
		for (unsigned i = 0; i < MUTANTS; i++)
			try(i, used, &counts);
	for (unsigned long left = most; counts.tried < most && left;)
		try((unsigned)(next(&seed) % MUTANTS), used, &counts);
	cells_reset();
	printf("# mutants: %u tried, %u of them survive for a listed reason, "
	       "%u for none; %u more change cells that are never asked for\n",
		counts.tried, counts.listed, counts.alive, counts.unasked);
	return counts.alive != 0;
}
