/* The model of a machine with up to four services: what plan/ decides is the
 * real code; programs, builders, clocks and people are played here, and may do
 * anything at any moment.
 *
 *   world.c    one world: what can happen in it, and what must be true of it
 *   explore.c  all worlds that can be reached, and where each comes to rest
 *   graphs.c   which services and edges are explored, and how much of it
 *   mutants.c  the same with a table that has a fault
 */
#ifndef MODEL_H
#define MODEL_H

#include "plan/fate.h"
#include <stdio.h>

#define SERVICES 4U

/* The table under test, which world.c gives to plan/ in place of machine.c. */
extern struct transition cells[STATES][EVENTS];
extern bool asked[STATES][EVENTS]; /* cells that were looked up */
void cells_reset(void); /* what cells.def says */

/* A world in little: lossless but for what cannot matter. */
struct little {
	uint64_t state : 4, ended : 3, code : 1, looks : 2, wanted : 1;
	uint64_t asked : 1, pull : 1, again : 1, start : 1, reload : 1;
	uint64_t by_need : 1, stalled : 1, executed : 1, frozen : 1;
	uint64_t due : 1, called : 1, lost : 1, stuck : 1, dropped : 1;
	uint64_t unmet : 1, cursor : 2, count : 2, healthy : 1;
	uint64_t has_ended : 1, clock : 4;
	/* of the environment: */
	uint64_t builder : 1, program : 1, left : 1, killed : 1, signalled : 1;
	uint64_t aborted : 1, stopped : 1, in_line : 1;
	uint64_t owes_reload : 1, owes_restart : 1, owes_end : 1;
};

struct key {
	struct little of[SERVICES];
	uint8_t queue[SERVICES]; /* index + 1; 0: no more */
	uint8_t ends;
	uint8_t quiet;
	uint8_t spare[2];
};

/* What is explored. */
struct graph {
	const char *name;
	uint32_t count; /* of services */
	uint32_t moves; /* MOVES_* that are made */
	bool quick; /* nothing is left when a program has ended */
	bool turns; /* more may happen before those concerned are looked at */
	uint32_t slots; /* starts at a time */

	struct kind {
		uint8_t type; /* enum service_type */
		uint8_t restart; /* enum restart_when */
		uint8_t traits; /* FATE_* */
		uint8_t ready; /* enum ready_kind */
		bool retry; /* restart-limit, and on-limit = retry */
		bool gives_up; /* restart-limit, and on-limit = give-up */
		bool when; /* it has a condition */
	} kinds[SERVICES];

	uint8_t edges[SERVICES][SERVICES]; /* from, to: enum edge_kind + 1 */
};

#define MOVES_PEOPLE 1U /* start, stop, restart */
#define MOVES_ENDS 2U /* a program's end, in every way */
#define MOVES_WORDS 4U /* what a program says, and is told */
#define MOVES_TABLE 8U /* changed, dropped */
#define MOVES_FREEZE 16U
#define MOVES_WHEN 32U
#define MOVES_TROUBLE 64U /* lost helpers, groups that are not empty, stuck */
#define MOVES_OVER 128U /* the machine's end */
#define MOVES_BUILD 256U /* starts that fail */

/* --- world.c -------------------------------------------------------------- */

void world_make(const struct graph *graph); /* the first one */
void world_load(const struct key *key);
void world_save(struct key *key);

/* Makes a move in the world at hand; false: it cannot be made. */
#define MOVE_TURN 0U
bool world_move(unsigned move);
unsigned world_moves(void);
const char *world_move_name(unsigned move);
/* What must come next if everybody does as he should; a move that cannot be
 * made: the world is at rest. */
unsigned world_due(void);
void world_check(void); /* what must be true between two moves */
void world_check_rest(void);
void world_print(const struct key *key, FILE *to);

/* Called at a fault; does not come back. */
_Noreturn void broken(uint32_t service, const char *what);

/* --- explore.c ------------------------------------------------------------ */

struct tally {
	uint64_t worlds;
	uint64_t steps;
	unsigned longest; /* way to rest */
};

/* Adds to the tally. NULL, or what is wrong; the way there is written to
 * `to`, if there is one. */
const char *explore(const struct graph *graph, struct tally *tally, FILE *to);

/* --- mutants.c ------------------------------------------------------------ */

int mutants(unsigned long seed, unsigned long most);
const char *cells_fault(void); /* NULL, or what is wrong with the table */

/* --- graphs.c ------------------------------------------------------------- */

/* The small ones, which find most of what there is to find. NULL, or what is
 * wrong. */
const char *explore_small(struct tally *tally);

#endif
