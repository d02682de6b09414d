/* plan/machine: every cell, and what follows from all of them together: one
 * service, and three that stand on each other (plan/gate) with a small
 * supervisor, are driven by every event at every moment, until no new
 * combination of states is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/gate.h"
#include "plan/machine.h"
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

_Static_assert(STATES == 10, "a new state needs its line here");
_Static_assert(EVENTS == 14, "a new event needs its column here");
_Static_assert(ACTIONS == 10, "a new action needs its letter here");

static const char *const event_names[EVENTS] = {
#define EVENT(name) #name,
#include "plan/events.def"
#undef EVENT
};

static const char *const state_names[STATES] = {
#define STATE(name, text, up) #name,
#include "plan/states.def"
#undef STATE
};

/* --- every cell ----------------------------------------------------------- */

struct letter {
	char letter;
	uint8_t means;
};

/* A cell is three letters: the next state, */
static const struct letter nexts[] = {
	{'D', STATE_DOWN},
	{'W', STATE_WAITING},
	{'S', STATE_STARTING},
	{'U', STATE_UP},
	{'O', STATE_DONE},
	{'L', STATE_LEAVING},
	{'P', STATE_STOPPING},
	{'E', STATE_ENDING},
	{'B', STATE_BACKOFF},
	{'F', STATE_FAILED},
};
/* what is done, */
static const struct letter deeds[] = {
	{'b', ACTION_BUILD},
	{'s', ACTION_SIGNAL},
	{'e', ACTION_END},
	{'k', ACTION_KILL},
};
/* and the clock; '-' for nothing, and "..." where the event has no meaning. */
static const struct letter clocks[] = {
	{'s', ACTION_CLOCK_START},
	{'p', ACTION_CLOCK_STOP},
	{'e', ACTION_CLOCK_END},
	{'b', ACTION_CLOCK_BACKOFF},
	{'r', ACTION_CLOCK_RETRY},
	{'0', ACTION_CLOCK_NONE},
};

static const enum event columns[EVENTS] = {EVENT_START, EVENT_GO, EVENT_BLOCKED,
	EVENT_READY, EVENT_ENDED, EVENT_STOP, EVENT_FREE, EVENT_TIMEOUT,
	EVENT_STUCK, EVENT_EMPTY_DOWN, EVENT_EMPTY_DONE, EVENT_EMPTY_AGAIN,
	EVENT_EMPTY_BACKOFF, EVENT_EMPTY_FAILED};

static const struct {
	char state;
	const char *cells;
} rows[STATES] = {
	/* the last five: EMPTY_*
	 *
	 *     START   BLOCKED ENDED   FREE    STUCK   DONE    BACKOFF
	 *         GO      READY   STOP    TIMEOUT DOWN    AGAIN   FAILED */
	{'D', "W-- ... ... ... ... ... ... ... ... ... ... ... ... ..."},
	{'W', "... Sbs F-- ... ... D-- ... ... ... ... ... ... ... ..."},
	{'S', "... ... ... U-0 Eee L-0 ... Eke ... ... ... ... ... ..."},
	{'U', "... ... ... ... Eee L-- ... ... ... ... ... ... ... ..."},
	{'O', "... ... ... ... ... L-- ... ... ... ... ... ... ... ..."},
	{'L', "... ... ... ... Eee ... Psp ... ... ... ... ... ... ..."},
	{'P', "... ... ... ... Eee ... ... Eke ... ... ... ... ... ..."},
	{'E', "... ... ... ... ... ... ... Eke F-0 D-0 O-0 W-0 B-b F-r"},
	{'B', "W-0 ... ... ... ... D-0 ... W-- ... ... ... ... ... ..."},
	{'F', "W-0 ... ... ... ... D-0 ... W-- ... ... ... ... ... ..."},
};

/* What a letter means; the test fails when it means nothing. */
static uint8_t meaning(const struct letter *letters, size_t count, char letter)
{
	for (size_t i = 0; i < count; i++)
		if (letters[i].letter == letter)
			return letters[i].means;
	fail_msg("the letter '%c' means nothing", letter);
	return 0;
}

#define MEANING(letters, letter) meaning(letters, COUNT(letters), letter)

static struct transition read_cell(enum state state, const char *cell)
{
	struct transition t = {state, 0};

	if (strncmp(cell, "...", 3) == 0)
		return t;
	t.next = (enum state)MEANING(nexts, cell[0]);
	if (cell[1] != '-')
		t.actions |= ACTION_BIT(MEANING(deeds, cell[1]));
	if (cell[2] != '-')
		t.actions |= ACTION_BIT(MEANING(clocks, cell[2]));
	return t;
}

static void every_cell_is_what_it_should_be(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < STATES; i++) {
		enum state state = (enum state)MEANING(nexts, rows[i].state);

		assert_int_equal(strlen(rows[i].cells), 4 * EVENTS - 1);
		for (size_t j = 0; j < EVENTS; j++) {
			struct transition is = machine_step(state, columns[j]);
			struct transition should =
				read_cell(state, rows[i].cells + 4 * j);

			if (is.next != should.next ||
				is.actions != should.actions)
				fail_msg("%s at %s: %s, actions %#x, not %s, "
					 "%#x",
					event_names[columns[j]],
					state_names[state],
					state_names[is.next], is.actions,
					state_names[should.next],
					should.actions);
		}
	}
}

static void every_state_is_named_and_sorted(void **unused)
{
	static const struct {
		enum state state;
		const char *text;
		bool up;
		bool running;
		bool moving;
	} all[] = {
		{STATE_DOWN, "down", false, false, false},
		{STATE_WAITING, "waiting", false, false, false},
		{STATE_STARTING, "starting", false, true, true},
		{STATE_UP, "up", true, true, false},
		{STATE_DONE, "done", true, false, false},
		{STATE_LEAVING, "stopping", false, true, true},
		{STATE_STOPPING, "stopping", false, true, true},
		{STATE_ENDING, "ending", false, true, true},
		{STATE_BACKOFF, "back-off", false, false, false},
		{STATE_FAILED, "failed", false, false, false},
	};

	(void)unused;
	assert_int_equal(COUNT(all), STATES);
	for (size_t i = 0; i < STATES; i++) {
		assert_string_equal(state_text(all[i].state), all[i].text);
		assert_int_equal(state_is_up(all[i].state), all[i].up);
		assert_int_equal(
			state_is_running(all[i].state), all[i].running);
		assert_int_equal(state_is_moving(all[i].state), all[i].moving);
	}
	assert_string_equal(state_text(STATES), "?");
	assert_string_equal(state_text(UINT32_MAX), "?");
}

/* --- one service ---------------------------------------------------------- */

#define CLOCKS \
	(ACTION_BIT(ACTION_CLOCK_START) | ACTION_BIT(ACTION_CLOCK_STOP) | \
		ACTION_BIT(ACTION_CLOCK_END) | \
		ACTION_BIT(ACTION_CLOCK_BACKOFF) | \
		ACTION_BIT(ACTION_CLOCK_RETRY) | \
		ACTION_BIT(ACTION_CLOCK_NONE))

/* The clock that runs in a state, but for one of on-limit = retry. */
static const uint8_t clock_of[STATES] = {
	[STATE_DOWN] = ACTION_CLOCK_NONE,
	[STATE_WAITING] = ACTION_CLOCK_NONE,
	[STATE_STARTING] = ACTION_CLOCK_START,
	[STATE_UP] = ACTION_CLOCK_NONE,
	[STATE_DONE] = ACTION_CLOCK_NONE,
	[STATE_LEAVING] = ACTION_CLOCK_NONE,
	[STATE_STOPPING] = ACTION_CLOCK_STOP,
	[STATE_ENDING] = ACTION_CLOCK_END,
	[STATE_BACKOFF] = ACTION_CLOCK_BACKOFF,
	[STATE_FAILED] = ACTION_CLOCK_NONE,
};

/* The clock that runs after a step; `before` ran until then. */
static unsigned clock_after(
	unsigned before, enum event event, struct transition t)
{
	if (t.actions & CLOCKS)
		return (unsigned)__builtin_ctz(t.actions & CLOCKS);
	return event == EVENT_TIMEOUT ? ACTION_CLOCK_NONE : before;
}

static bool has_meaning(enum state state, enum event event)
{
	struct transition t = machine_step(state, event);

	return t.next != state || t.actions;
}

/* Calls for each cell in which something happens. */
static void for_each_cell(
	void (*check)(enum state state, enum event event, struct transition t))
{
	for (unsigned state = 0; state < STATES; state++)
		for (unsigned event = 0; event < EVENTS; event++)
			if (has_meaning((enum state)state, (enum event)event))
				check((enum state)state, (enum event)event,
					machine_step((enum state)state,
						(enum event)event));
}

/* The program is built on the way to STARTING, and told to stop on the way to
 * STOPPING; both always, and nowhere else. What is left of it is ended on the
 * way to ENDING, in one way. */
static void check_deeds(enum state state, enum event event, struct transition t)
{
	bool builds = t.actions & ACTION_BIT(ACTION_BUILD);
	bool signals = t.actions & ACTION_BIT(ACTION_SIGNAL);
	bool ends = t.actions & ACTION_BIT(ACTION_END);
	bool kills = t.actions & ACTION_BIT(ACTION_KILL);

	assert_int_equal(
		builds, t.next == STATE_STARTING && state != STATE_STARTING);
	assert_int_equal(
		signals, t.next == STATE_STOPPING && state != STATE_STOPPING);
	assert_int_equal(ends + kills, t.next == STATE_ENDING);
	assert_int_equal(
		kills, t.next == STATE_ENDING && event == EVENT_TIMEOUT);
}

static void deeds_are_done_on_their_way_only(void **unused)
{
	(void)unused;
	for_each_cell(check_deeds);
}

/* No step sets two clocks. A clock that runs is set anew or cleared by whatever
 * leaves its state, but for its own running out. What is entered gets its
 * clock, and is entered without one if it has none. */
static void check_clocks(
	enum state state, enum event event, struct transition t)
{
	unsigned set = (unsigned)__builtin_popcount(t.actions & CLOCKS);
	bool ran = clock_of[state] != ACTION_CLOCK_NONE;

	assert_true(set <= 1);
	if (t.next == STATE_STARTING || t.next == STATE_STOPPING ||
		t.next == STATE_ENDING)
		assert_int_equal(set, 1);
	if (event != EVENT_TIMEOUT && (ran || state == STATE_FAILED))
		assert_int_equal(set, 1);
	if (event != EVENT_EMPTY_FAILED)
		assert_int_equal(clock_after(clock_of[state], event, t),
			clock_of[t.next]);
}

static void each_step_sets_the_clock_of_its_state(void **unused)
{
	(void)unused;
	for_each_cell(check_clocks);
}

/* Events that come from outside: from people (START, STOP), from the program
 * (READY, ENDED), from time (TIMEOUT, and STUCK after many of them). The others
 * are what init itself concludes; nothing must keep it concluding for ever. */
static bool is_from_outside(enum event event)
{
	return event == EVENT_START || event == EVENT_STOP ||
		event == EVENT_READY || event == EVENT_ENDED ||
		event == EVENT_TIMEOUT || event == EVENT_STUCK;
}

static void no_conclusion_leads_back_to_itself(void **unused)
{
	bool reaches[STATES][STATES] = {{false}};

	(void)unused;
	for (unsigned s = 0; s < STATES; s++)
		for (unsigned e = 0; e < EVENTS; e++) {
			struct transition t =
				machine_step((enum state)s, (enum event)e);

			if (!is_from_outside((enum event)e) &&
				has_meaning((enum state)s, (enum event)e))
				reaches[s][t.next] = true;
		}
	for (unsigned k = 0; k < STATES; k++)
		for (unsigned i = 0; i < STATES; i++)
			for (unsigned j = 0; reaches[i][k] && j < STATES; j++)
				reaches[i][j] |= reaches[k][j];
	for (unsigned s = 0; s < STATES; s++)
		if (reaches[s][s])
			fail_msg("from %s back to it without an event from "
				 "outside",
				state_names[s]);
}

/* What one service can be in: a state and the clock that runs. */
#define PLACES (STATES * ACTIONS)

struct places {
	bool reaches[PLACES][PLACES]; /* in one step, then in any */
	unsigned queue[PLACES];
	unsigned count;
	bool seen[PLACES];
};

static void see(struct places *p, unsigned from, unsigned to)
{
	p->reaches[from][to] = true;
	if (!p->seen[to])
		p->queue[p->count++] = to;
	p->seen[to] = true;
}

/* From one place by every event; a clock that does not run cannot run out, and
 * that of FAILED is set or not. */
static void leave_place(struct places *p, unsigned place)
{
	enum state state = (enum state)(place / ACTIONS);
	unsigned clock = place % ACTIONS;

	for (unsigned e = 0; e < EVENTS; e++) {
		struct transition t = machine_step(state, (enum event)e);
		unsigned after;

		if (e == EVENT_TIMEOUT && clock == ACTION_CLOCK_NONE)
			continue;
		after = has_meaning(state, (enum event)e)
			? clock_after(clock, (enum event)e, t)
			: clock;
		see(p, place, t.next * ACTIONS + after);
		if (after == ACTION_CLOCK_RETRY)
			see(p, place, t.next * ACTIONS + ACTION_CLOCK_NONE);
	}
}

static const struct places *explore_places(void)
{
	static struct places p;

	memset(&p, 0, sizeof(p));
	p.queue[p.count++] = STATE_DOWN * ACTIONS + ACTION_CLOCK_NONE;
	p.seen[p.queue[0]] = true;
	for (unsigned i = 0; i < p.count; i++)
		leave_place(&p, p.queue[i]);
	for (unsigned k = 0; k < PLACES; k++)
		for (unsigned i = 0; i < PLACES; i++)
			for (unsigned j = 0; p.reaches[i][k] && j < PLACES; j++)
				p.reaches[i][j] |= p.reaches[k][j];
	return &p;
}

static void every_state_is_reached_from_down_and_leads_there(void **unused)
{
	const struct places *p = explore_places();
	bool seen[STATES] = {false};

	(void)unused;
	for (unsigned i = 0; i < p->count; i++) {
		seen[p->queue[i] / ACTIONS] = true;
		if (!p->reaches[p->queue[i]][p->queue[0]])
			fail_msg("no way from %s to DOWN",
				state_names[p->queue[i] / ACTIONS]);
	}
	for (unsigned i = 0; i < STATES; i++)
		if (!seen[i])
			fail_msg("no way from DOWN to %s", state_names[i]);
}

static void no_state_is_met_with_another_ones_clock(void **unused)
{
	const struct places *p = explore_places();

	(void)unused;
	for (unsigned i = 0; i < p->count; i++) {
		unsigned state = p->queue[i] / ACTIONS;
		unsigned clock = p->queue[i] % ACTIONS;

		if (clock != clock_of[state] &&
			(state != STATE_FAILED || clock != ACTION_CLOCK_RETRY))
			fail_msg("%s with clock %u", state_names[state], clock);
	}
	/* each state, and FAILED with and without its clock */
	assert_int_equal(p->count, STATES + 1);
}

/* --- three services ------------------------------------------------------- */

#define SERVICES 3U
#define NO_EDGE (EDGE_AFTER + 1)
#define KINDS (NO_EDGE + 1)

/* What is remembered of a service that is on its way out, or has failed. */
enum mind {
	OWN, /* it ended by itself, life.h weighs; FAILED: for good */
	AGAIN, /* stopped, to be started again */
	STAY, /* stopped, to stay down */
	RETRY, /* FAILED, and its clock runs */
	BLAMED, /* FAILED because of one that it needs */
	MINDS
};

static const char *const mind_names[MINDS] = {
	"", "/again", "/stay", "/retry", "/blamed"};

struct one {
	enum state state;
	enum mind mind;
};

struct world {
	struct one of[SERVICES];
	bool ends; /* the whole machine */
};

/* Services wait for those of lower numbers only, so there are no cycles. */
static uint8_t edges[SERVICES][SERVICES]; /* enum edge_kind, or NO_EDGE */

static bool is_gate(unsigned from, unsigned to)
{
	return edges[from][to] == EDGE_NEEDS || edges[from][to] == EDGE_BOUND;
}

/* --- how worlds are found ------------------------------------------------- */

#define ONE_BITS 6U
#define ENDS_BIT (SERVICES * ONE_BITS)
#define WORLDS (2U << ENDS_BIT)
#define ON_PATH UINT8_MAX

_Static_assert(1U << ONE_BITS >= STATES * MINDS, "these bits hold a service");
_Static_assert(STATE_DOWN == 0 && OWN == 0, "world 0 is the one that is down");

/* Worlds by their number. */
static struct {
	uint32_t queue[WORLDS]; /* those of this graph, as they were met */
	uint32_t count;
	uint32_t from[WORLDS]; /* world before + 1; 0: not met */
	uint8_t by[WORLDS]; /* the move that led there */
	uint8_t rest[WORLDS]; /* most steps to rest + 1, ON_PATH; 0: unknown */
	uint32_t now; /* the world that is looked at */
	unsigned longest;
	uint64_t worlds; /* of all graphs */
	uint64_t steps;
} found;

static uint32_t pack(const struct world *w)
{
	uint32_t number = (uint32_t)w->ends << ENDS_BIT;

	for (unsigned i = 0; i < SERVICES; i++)
		number |= (w->of[i].state * MINDS + w->of[i].mind)
			<< (i * ONE_BITS);
	return number;
}

static struct world unpack(uint32_t number)
{
	struct world w = {.ends = number >> ENDS_BIT};

	for (unsigned i = 0; i < SERVICES; i++) {
		unsigned one =
			number >> (i * ONE_BITS) & ((1U << ONE_BITS) - 1);

		w.of[i].state = (enum state)(one / MINDS);
		w.of[i].mind = (enum mind)(one % MINDS);
	}
	return w;
}

static const char *move_name(unsigned number);

/* Fails, with the way that led there, latest first. */
static void broken(unsigned service, const char *what)
{
	static const char *const kinds[KINDS] = {
		"needs", "is bound to", "wants", "is after", NULL};
	uint32_t number = found.now;

	for (unsigned i = 0; i < SERVICES; i++)
		for (unsigned j = 0; j < i; j++)
			if (edges[i][j] != NO_EDGE)
				print_message(
					"%u %s %u\n", i, kinds[edges[i][j]], j);
	for (;;) {
		struct world w = unpack(number);

		for (unsigned i = 0; i < SERVICES; i++)
			print_message("%s%s ", state_names[w.of[i].state],
				mind_names[w.of[i].mind]);
		if (!number)
			break;
		print_message("%safter %s\n", w.ends ? "(ends) " : "",
			move_name(found.by[number]));
		number = found.from[number] - 1;
	}
	fail_msg("at first; and then %u %s", service, what);
}

/* --- the supervisor ------------------------------------------------------- */

static bool is_up(enum state state)
{
	return state == STATE_UP || state == STATE_DONE;
}

static bool is_on_its_way_out(enum state state)
{
	return state == STATE_LEAVING || state == STATE_STOPPING ||
		state == STATE_ENDING;
}

static bool is_on_its_way(enum state state)
{
	return state == STATE_WAITING || state == STATE_STARTING ||
		is_on_its_way_out(state);
}

static void check_start(const struct world *w, unsigned i)
{
	if (w->ends)
		broken(i, "starts in a machine that ends");
	for (unsigned j = 0; j < i; j++)
		if (is_gate(i, j) && !is_up(w->of[j].state))
			broken(i, "starts without one that it needs");
		else if (edges[i][j] != NO_EDGE &&
			is_on_its_way(w->of[j].state))
			broken(i, "starts before one that it comes after");
}

/* It leaves LEAVING by init's will; that its program ends before is no fault.
 */
static void check_free(const struct world *w, unsigned i)
{
	for (unsigned j = i + 1; j < SERVICES; j++)
		if ((edges[j][i] == EDGE_BOUND ||
			    (w->ends && edges[j][i] != NO_EDGE)) &&
			(is_up(w->of[j].state) ||
				(w->of[j].state != STATE_WAITING &&
					is_on_its_way(w->of[j].state))))
			broken(i, "stops before one that stands on it");
}

static void deliver(
	struct world *w, unsigned i, enum event event, enum mind mind);

/* It is up no more: what is bound to it stops, and is still wanted. What is on
 * its way out by itself must not count as done then, but start again. */
static void fall(struct world *w, unsigned i)
{
	for (unsigned j = i + 1; j < SERVICES; j++) {
		struct one *one = &w->of[j];

		if (edges[j][i] != EDGE_BOUND ||
			!gate_holds(EDGE_BOUND, one->state, w->ends))
			continue;
		if (!is_on_its_way_out(one->state))
			deliver(w, j, EVENT_STOP, AGAIN);
		else if (one->mind == OWN)
			one->mind = AGAIN;
		if (!is_on_its_way_out(one->state))
			broken(j, "is bound, and not on its way out");
	}
}

/* It is up: what failed for want of one is looked at again. */
static void rise(struct world *w, unsigned i)
{
	for (unsigned j = i + 1; j < SERVICES; j++)
		if (is_gate(j, i) && w->of[j].state == STATE_FAILED &&
			w->of[j].mind == BLAMED && !w->ends)
			deliver(w, j, EVENT_START, OWN);
}

static void deliver(
	struct world *w, unsigned i, enum event event, enum mind mind)
{
	enum state before = w->of[i].state;
	enum state next = machine_step(before, event).next;

	w->of[i].state = next;
	w->of[i].mind =
		is_on_its_way_out(next) || next == STATE_FAILED ? mind : OWN;
	if (next == STATE_STARTING && before != STATE_STARTING)
		check_start(w, i);
	if (event == EVENT_FREE)
		check_free(w, i);
	if (is_up(before) && !is_up(next))
		fall(w, i);
	if (!is_up(before) && is_up(next))
		rise(w, i);
}

static void start_one(struct world *w, unsigned i)
{
	struct one *one = &w->of[i];

	if (is_on_its_way_out(one->state) && one->mind == STAY)
		one->mind = AGAIN;
	else if (has_meaning(one->state, EVENT_START))
		deliver(w, i, EVENT_START, OWN);
}

/* With all that it needs and wants. */
static void ask_start(struct world *w, unsigned i)
{
	bool wanted[SERVICES] = {false};

	wanted[i] = true;
	for (unsigned j = i + 1; j-- > 0;)
		for (unsigned k = 0; wanted[j] && k < j; k++)
			if (is_gate(j, k) || edges[j][k] == EDGE_WANTS)
				wanted[k] = true;
	for (unsigned j = 0; j <= i; j++)
		if (wanted[j])
			start_one(w, j);
}

static void stop_one(struct world *w, unsigned i, enum mind mind)
{
	struct one *one = &w->of[i];

	if (is_on_its_way_out(one->state))
		one->mind = mind;
	else if (has_meaning(one->state, EVENT_STOP))
		deliver(w, i, EVENT_STOP, mind);
}

static void ask_stop(struct world *w, unsigned i)
{
	stop_one(w, i, STAY);
}

static void ask_restart(struct world *w, unsigned i)
{
	enum state state = w->of[i].state;

	if (is_up(state) || state == STATE_STARTING || is_on_its_way_out(state))
		stop_one(w, i, AGAIN);
	else
		ask_start(w, i);
}

static void end_machine(struct world *w)
{
	w->ends = true;
	for (unsigned i = 0; i < SERVICES; i++)
		stop_one(w, i, STAY);
}

/* --- whatever can happen -------------------------------------------------- */

static enum gate gates_of(const struct world *w, unsigned i)
{
	enum gate all = GATE_OPEN;

	for (unsigned j = 0; j < i; j++) {
		enum gate gate;

		if (edges[i][j] == NO_EDGE)
			continue;
		gate = gate_start((enum edge_kind)edges[i][j], w->of[j].state);
		if (gate > all)
			all = gate;
	}
	return all;
}

_Static_assert(GATE_OPEN < GATE_HOLD && GATE_HOLD < GATE_SHUT,
	"the most severe gate counts");

static bool may_go(const struct world *w, unsigned i)
{
	return gates_of(w, i) == GATE_OPEN;
}

static bool may_not_go(const struct world *w, unsigned i)
{
	return gates_of(w, i) == GATE_SHUT;
}

static bool is_free(const struct world *w, unsigned i)
{
	for (unsigned j = i + 1; j < SERVICES; j++)
		if (edges[j][i] != NO_EDGE &&
			gate_holds((enum edge_kind)edges[j][i], w->of[j].state,
				w->ends))
			return false;
	return true;
}

static bool has_clock(const struct world *w, unsigned i)
{
	return clock_of[w->of[i].state] != ACTION_CLOCK_NONE ||
		w->of[i].mind == RETRY;
}

/* What life.h weighs, in small. */
static bool ended_by_itself(const struct world *w, unsigned i)
{
	return w->of[i].mind == OWN;
}

static bool goes_down(const struct world *w, unsigned i)
{
	return w->of[i].mind != AGAIN;
}

static bool goes_again(const struct world *w, unsigned i)
{
	return w->of[i].mind != STAY;
}

static bool always(const struct world *w, unsigned i)
{
	(void)w;
	(void)i;
	return true;
}

#define KEPT MINDS /* the mind stays as it is */
#define IN(state) (1U << STATE_##state)

/* An event, what is remembered with it, when it may come, and where it is
 * certain to come in the end, if programs and kernel do as they should. */
static const struct move {
	const char *name;
	void (*ask)(struct world *w, unsigned i); /* or an event: */
	enum event event;
	enum mind mind;
	bool (*may)(const struct world *w, unsigned i);
	unsigned certain_in;
} moves[] = {
	{.name = "start", .ask = ask_start},
	{.name = "stop", .ask = ask_stop},
	{.name = "restart", .ask = ask_restart},
	{"GO", NULL, EVENT_GO, KEPT, may_go, IN(WAITING)},
	{"BLOCKED", NULL, EVENT_BLOCKED, BLAMED, may_not_go, IN(WAITING)},
	{"FREE", NULL, EVENT_FREE, KEPT, is_free, IN(LEAVING)},
	{"READY", NULL, EVENT_READY, KEPT, always, IN(STARTING)},
	{"ENDED", NULL, EVENT_ENDED, KEPT, always, IN(STOPPING)},
	{"TIMEOUT", NULL, EVENT_TIMEOUT, KEPT, has_clock,
		IN(STOPPING) | IN(BACKOFF)},
	{"STUCK", NULL, EVENT_STUCK, OWN, always, 0},
	{"EMPTY_DOWN", NULL, EVENT_EMPTY_DOWN, OWN, goes_down, IN(ENDING)},
	{"EMPTY_DONE", NULL, EVENT_EMPTY_DONE, OWN, ended_by_itself,
		IN(ENDING)},
	{"EMPTY_AGAIN", NULL, EVENT_EMPTY_AGAIN, OWN, goes_again, IN(ENDING)},
	{"EMPTY_BACKOFF", NULL, EVENT_EMPTY_BACKOFF, OWN, ended_by_itself,
		IN(ENDING)},
	{"EMPTY_FAILED", NULL, EVENT_EMPTY_FAILED, OWN, ended_by_itself,
		IN(ENDING)},
	{"EMPTY_FAILED with the limit", NULL, EVENT_EMPTY_FAILED, RETRY,
		ended_by_itself, IN(ENDING)},
};

/* Moves are numbered: each with each service, and the end of the machine. */
#define MOVES (COUNT(moves) * SERVICES)
#define MOVE_END MOVES

static const char *move_name(unsigned number)
{
	static char text[64];

	if (number == MOVE_END)
		return "the machine's end";
	snprintf(text, sizeof(text), "%s of %u", moves[number / SERVICES].name,
		number % SERVICES);
	return text;
}

/* Makes a move if it can be made. */
static bool make_move(struct world *w, unsigned number)
{
	const struct move *move = &moves[number / SERVICES];
	unsigned i = number % SERVICES;
	const struct one *one = &w->of[i];

	if (move->ask) {
		if (w->ends && move->ask != ask_stop)
			return false;
		move->ask(w, i);
		return true;
	}
	if (!has_meaning(one->state, move->event) || !move->may(w, i))
		return false;
	deliver(w, i, move->event, move->mind == KEPT ? one->mind : move->mind);
	return true;
}

/* --- all worlds of a graph ------------------------------------------------ */

static void check_world(const struct world *w)
{
	for (unsigned i = 0; i < SERVICES; i++) {
		enum state state = w->of[i].state;

		if (w->ends && state != STATE_DOWN && state != STATE_FAILED &&
			!is_on_its_way_out(state))
			broken(i, "goes on in a machine that ends");
		for (unsigned j = 0; j < i; j++)
			if (edges[i][j] == EDGE_BOUND &&
				(is_up(state) || state == STATE_STARTING) &&
				!is_up(w->of[j].state))
				broken(i, "outlives what it is bound to");
	}
}

static void meet(const struct world *w, unsigned move)
{
	uint32_t number = pack(w);

	if (number == found.now)
		return;
	found.steps++;
	if (found.from[number])
		return;
	found.from[number] = found.now + 1;
	found.by[number] = (uint8_t)move;
	found.queue[found.count++] = number;
}

static void leave_world(uint32_t number)
{
	const struct world from = unpack(number);
	struct world to;

	found.now = number;
	for (unsigned move = 0; move < MOVES; move++) {
		to = from;
		if (!make_move(&to, move))
			continue;
		check_world(&to);
		meet(&to, move);
	}
	if (from.ends)
		return;
	to = from;
	end_machine(&to);
	check_world(&to);
	meet(&to, MOVE_END);
}

/* Whether there is a reason to wait for ever. By the lack of cycles each ends
 * in a service that is needed and was stopped. */
static bool has_reason_to_wait(const struct world *w, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if ((edges[i][j] != NO_EDGE &&
			    w->of[j].state == STATE_WAITING) ||
			(is_gate(i, j) && w->of[j].state == STATE_DOWN))
			return true;
	return false;
}

/* Nothing is certain to happen any more: who is wanted and can run does. */
static void check_rest(const struct world *w)
{
	for (unsigned i = 0; i < SERVICES; i++) {
		const struct one *one = &w->of[i];
		bool lacks = false;

		for (unsigned j = 0; j < i; j++)
			lacks |= is_gate(i, j) && !is_up(w->of[j].state);
		if (one->state == STATE_WAITING && !has_reason_to_wait(w, i))
			broken(i, "waits for ever, for nothing");
		if (one->state == STATE_FAILED && one->mind == BLAMED && !lacks)
			broken(i, "has failed for want of what is there");
		if (one->state == STATE_STARTING || one->state == STATE_BACKOFF)
			broken(i, "is not up in the end");
		if (is_on_its_way_out(one->state))
			broken(i, "is not gone in the end");
	}
}

struct visit {
	uint32_t number;
	unsigned move; /* the next one */
	unsigned most; /* steps to rest */
};

/* The next world that is certain to come if nothing else does; or WORLDS. */
static uint32_t next_certain(struct visit *v)
{
	const struct world from = unpack(v->number);

	found.now = v->number;
	while (v->move < MOVES) {
		unsigned move = v->move++;
		struct world to = from;

		if (moves[move / SERVICES].certain_in &
				1U << from.of[move % SERVICES].state &&
			make_move(&to, move))
			return pack(&to);
	}
	return WORLDS;
}

/* Follows all that is certain to come from there, in every order: it comes to
 * an end, and the end is as it should be. */
static void come_to_rest(uint32_t number)
{
	struct visit path[ON_PATH] = {{number, 0, 0}};
	unsigned depth = !found.rest[number];

	while (depth) {
		struct visit *v = &path[depth - 1];
		uint32_t next;

		found.rest[v->number] = ON_PATH;
		next = next_certain(v);
		if (next == WORLDS) {
			const struct world w = unpack(v->number);

			if (!v->most)
				check_rest(&w);
			found.rest[v->number] = (uint8_t)(v->most + 1);
			if (v->most > found.longest)
				found.longest = v->most;
			depth--;
		} else if (found.rest[next] == ON_PATH) {
			broken(0, "or another never comes to rest");
		} else if (!found.rest[next]) {
			v->move--;
			path[depth++] = (struct visit){next, 0, 0};
		} else if (found.rest[next] > v->most) {
			v->most = found.rest[next];
		}
	}
}

static void explore_graph(void)
{
	for (uint32_t i = 0; i < found.count; i++) {
		found.from[found.queue[i]] = 0;
		found.rest[found.queue[i]] = 0;
	}
	found.queue[0] = 0;
	found.count = 1;
	found.from[0] = 1;
	for (uint32_t i = 0; i < found.count; i++)
		leave_world(found.queue[i]);
	for (uint32_t i = 0; i < found.count; i++)
		come_to_rest(found.queue[i]);
	found.worlds += found.count;
}

static void three_services_keep_order_and_come_to_rest(void **unused)
{
	unsigned graphs = 0;

	(void)unused;
	for (unsigned a = 0; a < KINDS; a++)
		for (unsigned b = 0; b < KINDS; b++)
			for (unsigned c = 0; c < KINDS; c++) {
				edges[1][0] = (uint8_t)a;
				edges[2][0] = (uint8_t)b;
				edges[2][1] = (uint8_t)c;
				explore_graph();
				graphs++;
			}
	print_message("%u graphs: %lu states, %lu transitions; at rest after "
		      "at most %u steps\n",
		graphs, (unsigned long)found.worlds, (unsigned long)found.steps,
		found.longest);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_what_it_should_be),
		cmocka_unit_test(every_state_is_named_and_sorted),
		cmocka_unit_test(deeds_are_done_on_their_way_only),
		cmocka_unit_test(each_step_sets_the_clock_of_its_state),
		cmocka_unit_test(no_conclusion_leads_back_to_itself),
		cmocka_unit_test(
			every_state_is_reached_from_down_and_leads_there),
		cmocka_unit_test(no_state_is_met_with_another_ones_clock),
		cmocka_unit_test(three_services_keep_order_and_come_to_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
