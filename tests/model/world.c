/* One world: see model.h. Where a service's program and builder are is kept
 * here; each action of plan/ is played, and judged. */
#include "model.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define EXECUTED_MS 1000U
#define SHORT_MS 1500U /* the end of a run that was too short */
#define LONG_MS 9000U
#define QUIET_MS 5000U /* the boot; all that is told happens before */
#define LOOKS_MOST 64U /* in one turn */
#define CHAIN_MOST 8U /* of events that follow from one */
#define NO_CLOCK ACTION_CLOCK_NONE

static struct {
	struct table table;
	struct service services[SERVICES];
	struct edge waits[SERVICES][SERVICES];
	struct edge followers[SERVICES][SERVICES];
} memory;

/* What init does not decide. */
struct one {
	uint8_t clock; /* enum action */
	bool builder;
	bool program;
	bool left; /* its reaper, or what its program left behind */
	bool killed; /* all of it must end */
	bool signalled;
	bool aborted;
	bool stopped; /* frozen */
	bool in_line;
	bool owes_reload;
	bool owes_restart;
	bool owes_end;
};

static struct {
	const struct graph *graph;
	struct fates f;
	struct fate fates[SERVICES];
	struct one of[SERVICES];
	/* of the move at hand: */
	bool busy; /* groups are not empty */
	bool cannot; /* no start can begin */
	bool used; /* one of them mattered */
} w;

struct transition cells[STATES][EVENTS];
bool asked[STATES][EVENTS];

#define A(name) ACTION_BIT(ACTION_##name)

void cells_reset(void)
{
	for (unsigned s = 0; s < STATES; s++)
		for (unsigned e = 0; e < EVENTS; e++)
			cells[s][e] = (struct transition){(enum state)s, 0};
#define CELL(state, event, next, actions) \
	cells[STATE_##state][EVENT_##event] = \
		(struct transition){STATE_##next, actions};
#include "plan/cells.def"
#undef CELL
}

struct transition machine_step(enum state state, enum event event)
{
	asked[state][event] = true;
	return cells[state][event];
}

/* --- the first one, and those that were met ------------------------------- */

static void make_service(const struct kind *kind, struct service *service)
{
	*service = (struct service){.type = kind->type,
		.restart = kind->restart,
		.ready = kind->ready,
		.on_limit = kind->retry ? ON_LIMIT_RETRY : ON_LIMIT_GIVE_UP,
		.first_delay_ms = 1,
		.longest_delay_ms = 1,
		.limit_count = kind->retry || kind->gives_up,
		.limit_window_ms = 1000000};
}

static void add(
	struct list *list, struct edge *edges, uint32_t to, uint8_t kind)
{
	list->at = (table_at)((char *)edges - (char *)&memory);
	edges[list->count++] = (struct edge){to, kind - 1U};
}

static void make_edges(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->count; i++)
		for (uint32_t j = 0; j < graph->count; j++) {
			uint8_t kind = graph->edges[i][j];

			if (!kind)
				continue;
			add(&memory.services[i].waits, memory.waits[i], j,
				kind);
			add(&memory.services[j].followers, memory.followers[j],
				i, kind);
		}
}

void world_make(const struct graph *graph)
{
	memset(&memory, 0, sizeof(memory));
	memset(&w, 0, sizeof(w));
	memory.table.services = (struct list){
		(table_at)((char *)memory.services - (char *)&memory),
		graph->count};
	for (uint32_t i = 0; i < graph->count; i++)
		make_service(&graph->kinds[i], &memory.services[i]);
	make_edges(graph);
	w.graph = graph;
	fate_begin(&w.f, &memory.table, w.fates);
	w.f.quiet_ms = QUIET_MS;
	for (uint32_t i = 0; i < graph->count; i++) {
		w.fates[i].traits = graph->kinds[i].traits;
		w.fates[i].unmet = graph->kinds[i].when;
		w.of[i].clock = NO_CLOCK;
	}
}

static void save_one(uint32_t i, struct little *to)
{
	const struct fate *fate = &w.fates[i];
	const struct one *one = &w.of[i];

#define KEEP(name) .name = fate->name
#define HAVE(name) .name = one->name
	*to = (struct little){.state = fate->state & 15U,
		.ended = fate->ended & 7U,
		KEEP(wanted),
		KEEP(asked),
		KEEP(pull),
		KEEP(again),
		KEEP(start),
		KEEP(reload),
		KEEP(by_need),
		KEEP(stalled),
		KEEP(executed),
		KEEP(frozen),
		KEEP(due),
		KEEP(called),
		KEEP(lost),
		KEEP(stuck),
		KEEP(dropped),
		HAVE(builder),
		HAVE(program),
		HAVE(left),
		HAVE(killed),
		HAVE(signalled),
		HAVE(aborted),
		HAVE(stopped),
		HAVE(in_line),
		HAVE(owes_reload),
		HAVE(owes_restart),
		HAVE(owes_end),
		.code = fate->code != 0,
		.looks = fate->looks != 0,
		.unmet = fate->unmet != 0,
		.cursor = fate->cursor & 3U,
		.count = fate->life.count & 3U,
		.healthy = fate->ended_ms == LONG_MS,
		.has_ended = fate->ended_ms != 0,
		.clock = (one->clock - ACTION_CLOCK_START) & 15U};
#undef KEEP
#undef HAVE
}

/* What is not read any more before it is set anew. */
static void forget(struct little *l, uint8_t traits)
{
	enum state state = (enum state)l->state;

	if (!state_is_running(state)) {
		l->ended = 0;
		l->code = l->asked = l->executed = 0;
		l->looks = 0;
		l->healthy = l->has_ended = 0;
	}
	if (state == STATE_ENDING)
		l->signalled = l->aborted = 0;
	/* how it ends does not count when somebody wanted it to */
	if (l->asked && (state == STATE_STOPPING || state == STATE_ENDING)) {
		l->ended = 0;
		l->code = l->executed = l->healthy = l->has_ended = 0;
	}
	if (state != STATE_FAILED)
		l->by_need = 0;
	if (!(traits & FATE_TIMED))
		l->due = 0;
	if (!(traits & FATE_ON_DEMAND))
		l->called = 0;
}

static void load_one(uint32_t i, const struct little *from)
{
	struct fate *fate = &w.fates[i];
	uint64_t ended = from->healthy ? LONG_MS : SHORT_MS;

#define KEEP(name) .name = from->name
	*fate = (struct fate){KEEP(state), KEEP(ended), KEEP(wanted),
		KEEP(asked), KEEP(pull), KEEP(again), KEEP(start), KEEP(reload),
		KEEP(by_need), KEEP(stalled), KEEP(executed), KEEP(frozen),
		KEEP(due), KEEP(called), KEEP(lost), KEEP(stuck), KEEP(dropped),
		KEEP(code), KEEP(looks), KEEP(unmet), KEEP(cursor),
		.traits = w.graph->kinds[i].traits,
		.executed_ms = from->executed ? EXECUTED_MS : 0,
		.ended_ms = from->has_ended ? ended : 0,
		.life.count = from->count, .delay_ms = 1};
	w.of[i] = (struct one){KEEP(builder), KEEP(program), KEEP(left),
		KEEP(killed), KEEP(signalled), KEEP(aborted), KEEP(stopped),
		KEEP(in_line), KEEP(owes_reload), KEEP(owes_restart),
		KEEP(owes_end),
		.clock = (uint8_t)(from->clock + ACTION_CLOCK_START)};
#undef KEEP
}

void world_save(struct key *key)
{
	unsigned at = 0;

	memset(key, 0, sizeof(*key));
	for (uint32_t i = 0; i < w.f.count; i++) {
		save_one(i, &key->of[i]);
		forget(&key->of[i], w.graph->kinds[i].traits);
	}
	for (uint32_t i = w.f.first; i != FATE_NONE; i = w.fates[i].next)
		key->queue[at++] = (uint8_t)(i + 1);
	key->ends = w.f.ends;
	key->quiet = w.f.quiet_ms != 0;
}

void world_load(const struct key *key)
{
	w.f.first = w.f.last = FATE_NONE;
	w.f.running = w.f.moving = 0;
	w.f.ends = key->ends;
	w.f.quiet_ms = key->quiet ? QUIET_MS : 0;
	for (uint32_t i = 0; i < w.f.count; i++) {
		enum state state = (enum state)key->of[i].state;

		load_one(i, &key->of[i]);
		w.f.running += state_is_running(state);
		w.f.moving += state_is_moving(state);
	}
	for (unsigned i = 0; i < SERVICES && key->queue[i]; i++)
		fate_look_later(&w.f, key->queue[i] - 1U);
}

/* --- what init does, and whether it may ----------------------------------- */

static enum state state_of(uint32_t i)
{
	return (enum state)w.fates[i].state;
}

static bool is_on(uint32_t i)
{
	return state_is_running(state_of(i)) || state_of(i) == STATE_DONE;
}

static bool is_gate(uint32_t from, uint32_t to)
{
	uint8_t kind = w.graph->edges[from][to];

	return kind == EDGE_NEEDS + 1 || kind == EDGE_BOUND + 1;
}

static bool is_alive(uint32_t i)
{
	return w.of[i].builder || w.of[i].program || w.of[i].left;
}

static void check_gates(uint32_t i)
{
	for (uint32_t j = 0; j < w.f.count; j++) {
		if (is_gate(i, j) && !state_is_up(state_of(j)))
			broken(i, "is started without one that it needs");
		if (w.graph->edges[i][j] && !state_is_up(state_of(j)) &&
			state_is_moving(state_of(j)))
			broken(i, "is started before one it comes after");
	}
}

static enum event play_build(uint32_t i)
{
	struct one *one = &w.of[i];
	uint32_t builders = 0;

	if (w.f.ends)
		broken(i, "is started in a machine that ends");
	if (!w.fates[i].wanted || w.fates[i].dropped)
		broken(i, "is started though nobody wants it");
	if (w.fates[i].unmet)
		broken(i, "is started against its condition");
	if (w.fates[i].stuck || is_alive(i))
		broken(i, "is started though its last run is not gone");
	check_gates(i);
	*one = (struct one){.clock = NO_CLOCK};
	if (memory.services[i].type == TYPE_GROUP)
		return EVENT_READY;
	for (uint32_t j = 0; j < w.f.count; j++)
		builders += w.of[j].builder;
	if (builders >= w.graph->slots)
		broken(i, "is built though there is no room");
	if (w.cannot) {
		w.used = true;
		fate_note_failure(&w.fates[i], EINVAL);
		return EVENT_ENDED;
	}
	one->builder = true;
	return EVENTS;
}

static enum event play_signal(uint32_t i)
{
	struct one *one = &w.of[i];

	if (one->signalled)
		broken(i, "is told twice to stop");
	for (uint32_t j = 0; j < w.f.count; j++)
		if ((w.f.ends && w.graph->edges[j][i] && is_on(j)) ||
			(w.graph->edges[j][i] == EDGE_BOUND + 1 && is_on(j)))
			broken(i, "is stopped before one that stands on it");
	one->signalled = true;
	one->killed |= one->builder;
	return is_alive(i) ? EVENTS : EVENT_ENDED;
}

static enum event play_abort(uint32_t i)
{
	struct one *one = &w.of[i];

	if (one->aborted)
		broken(i, "is aborted twice");
	if (!one->builder && !one->program)
		broken(i, "is aborted, and does not run");
	one->aborted = true;
	one->killed |= one->builder;
	return EVENTS;
}

static enum event play_end(uint32_t i)
{
	if (w.of[i].program || w.of[i].builder)
		broken(i, "is swept up though its program runs");
	return is_alive(i) ? EVENTS : EVENT_GONE;
}

static enum event play_kill(uint32_t i)
{
	if (w.graph->quick) {
		fate_note_end(&w.fates[i], ENDED_SIGNAL, SIGKILL, SHORT_MS);
		w.of[i].program = w.of[i].builder = w.of[i].left = false;
	}
	w.of[i].killed |= is_alive(i);
	return is_alive(i) ? EVENTS : EVENT_GONE;
}

static enum event play_remove(uint32_t i)
{
	if (is_alive(i))
		broken(i, "has its group removed though it is alive");
	if (!w.busy)
		return EVENT_EMPTY;
	w.used = true;
	return EVENT_BUSY;
}

static enum event play_reload(uint32_t i)
{
	bool is_group = memory.services[i].type == TYPE_GROUP;

	if (!w.of[i].program && !is_group)
		broken(i, "is to reload, and does not run");
	w.of[i].owes_reload = false;
	return is_group ? EVENT_READY : EVENTS;
}

static enum event play_tell_end(uint32_t i)
{
	w.of[i].owes_end = w.of[i].owes_reload = false;
	w.of[i].killed = w.of[i].signalled = w.of[i].aborted = false;
	return EVENTS;
}

/* init forgets the processes that it cannot kill. */
static enum event play_stuck(uint32_t i)
{
	uint8_t clock = w.of[i].clock;

	w.of[i] = (struct one){
		.clock = clock, .owes_restart = w.of[i].owes_restart};
	return EVENTS;
}

static enum event play_freeze(uint32_t i)
{
	if (w.of[i].stopped)
		broken(i, "is frozen twice");
	w.of[i].stopped = true;
	return EVENTS;
}

static enum event play_thaw(uint32_t i)
{
	if (!w.of[i].stopped)
		broken(i, "is thawed twice");
	w.of[i].stopped = false;
	return EVENTS;
}

static enum event play_line(uint32_t i)
{
	w.of[i].in_line = true;
	return EVENTS;
}

static enum event play_listen(uint32_t i)
{
	if (!(w.fates[i].traits & FATE_ON_DEMAND) || is_alive(i))
		broken(i, "listens, and should not");
	return EVENTS;
}

static enum event (*const plays[ACTIONS])(uint32_t) = {
	[ACTION_TELL_END] = play_tell_end,
	[ACTION_TELL_STUCK] = play_stuck,
	[ACTION_THAW] = play_thaw,
	[ACTION_FREEZE] = play_freeze,
	[ACTION_LINE] = play_line,
	[ACTION_BUILD] = play_build,
	[ACTION_LISTEN] = play_listen,
	[ACTION_RELOAD] = play_reload,
	[ACTION_SIGNAL] = play_signal,
	[ACTION_ABORT] = play_abort,
	[ACTION_END] = play_end,
	[ACTION_KILL] = play_kill,
	[ACTION_REMOVE] = play_remove,
};

static void play_clock(uint32_t i, enum action clock)
{
	const struct kind *kind = &w.graph->kinds[i];
	bool timed = kind->traits & FATE_TIMED;
	struct one *one = &w.of[i];

	if (clock == ACTION_CLOCK_EXTEND) {
		if (one->clock == NO_CLOCK)
			broken(i, "has no clock to extend");
		return;
	}
	if ((clock == ACTION_CLOCK_REST && !timed) ||
		(clock == ACTION_CLOCK_RETRY && !timed &&
			!(w.fates[i].limit && kind->retry)))
		clock = NO_CLOCK;
	one->clock = (uint8_t)clock;
}

static bool fits(enum state state, enum action clock)
{
	switch (state) {
	case STATE_STARTING:
		return clock == ACTION_CLOCK_START;
	case STATE_RELOADING:
		return clock == ACTION_CLOCK_RELOAD;
	case STATE_STOPPING:
	case STATE_ABORTING:
		return clock == ACTION_CLOCK_STOP;
	case STATE_ENDING:
		return clock == ACTION_CLOCK_END;
	case STATE_BACKOFF:
		return clock == ACTION_CLOCK_BACKOFF;
	case STATE_RESTING:
		return clock == ACTION_CLOCK_REST;
	case STATE_DONE:
		return clock == ACTION_CLOCK_REST || clock == NO_CLOCK;
	case STATE_FAILED:
		return clock == ACTION_CLOCK_RETRY || clock == NO_CLOCK;
	case STATE_WAITING:
		return clock == ACTION_CLOCK_QUIET || clock == NO_CLOCK;
	case STATE_DOWN:
	case STATE_HELD:
	case STATE_LISTENING:
	case STATE_UP:
	case STATE_LEAVING:
	case STATES:
		break;
	}
	return clock == NO_CLOCK;
}

static bool is_stoppable(enum state state)
{
	return state == STATE_STARTING || state == STATE_UP ||
		state == STATE_RELOADING || state == STATE_DONE;
}

/* --- whether it was right to do so ---------------------------------------- */

#define LOOK EVENTS /* no event: it was looked at */

/* What has happened: event to a service in state before. */
struct cause {
	uint32_t i;
	enum event event;
	enum state before;
	bool by_itself; /* it should have gone on running */
};

static struct cause cause_of(uint32_t i, enum event event)
{
	const struct fate *fate = &w.fates[i];

	return (struct cause){
		i, event, state_of(i), fate->wanted && !fate->asked};
}

static bool is_due(const struct cause *cause, enum action action)
{
	const struct fate *fate = &w.fates[cause->i];
	enum state now = state_of(cause->i);
	bool enters = now != cause->before;
	enum event event = cause->event;
	bool last = event == EVENT_EMPTY && cause->by_itself &&
		now != STATE_WAITING && now != STATE_BACKOFF;

	switch ((unsigned)action) {
	case ACTION_TELL_END:
		return event == EVENT_EMPTY;
	case ACTION_LIMIT:
		return last && fate->limit;
	case ACTION_EXIT:
		return last;
	case ACTION_TELL_BLOCKED:
		return enters && event == LOOK && now == STATE_FAILED;
	case ACTION_TELL_STUCK:
		return enters && fate->stuck && now == STATE_FAILED;
	case ACTION_LINE:
		return event == LOOK && now == STATE_WAITING && !enters &&
			!w.f.room;
	case ACTION_BUILD:
		return enters && now == STATE_STARTING;
	case ACTION_LISTEN:
		return enters && now == STATE_LISTENING;
	case ACTION_RELOAD:
		return enters && now == STATE_RELOADING && event == LOOK;
	case ACTION_SIGNAL:
		return enters && now == STATE_STOPPING && event == LOOK;
	case ACTION_ABORT:
		return enters && now == STATE_ABORTING;
	case ACTION_END:
		return enters && now == STATE_ENDING && event == EVENT_ENDED;
	case ACTION_KILL:
		return event == EVENT_KILL || event == EVENT_BUSY ||
			(event == EVENT_TIMEOUT && now == STATE_ENDING);
	case ACTION_REMOVE:
		return event == EVENT_GONE && now == STATE_ENDING;
	case ACTION_FREEZE:
		return event == EVENT_FREEZE && fate->frozen;
	default:
		return true;
	}
}

/* The clock that a state is entered with; QUIET stands for any. */
static enum action clock_of(enum state state)
{
	static const uint8_t clocks[STATES] = {
		[STATE_DOWN] = ACTION_CLOCK_NONE,
		[STATE_WAITING] = ACTION_CLOCK_NONE,
		[STATE_HELD] = ACTION_CLOCK_NONE,
		[STATE_RESTING] = ACTION_CLOCK_REST,
		[STATE_LISTENING] = ACTION_CLOCK_NONE,
		[STATE_STARTING] = ACTION_CLOCK_START,
		[STATE_UP] = ACTION_CLOCK_NONE,
		[STATE_RELOADING] = ACTION_CLOCK_RELOAD,
		[STATE_DONE] = ACTION_CLOCK_REST,
		[STATE_LEAVING] = ACTION_CLOCK_NONE,
		[STATE_STOPPING] = ACTION_CLOCK_STOP,
		[STATE_ABORTING] = ACTION_CLOCK_STOP,
		[STATE_ENDING] = ACTION_CLOCK_END,
		[STATE_BACKOFF] = ACTION_CLOCK_BACKOFF,
		[STATE_FAILED] = ACTION_CLOCK_RETRY,
	};

	return (enum action)clocks[state];
}

/* Where a clock may be set anew in a state that stays the same. */
static bool may_set_clock(const struct cause *cause)
{
	return cause->event == EVENT_EXTEND || cause->event == EVENT_TIMEOUT ||
		cause->event == EVENT_BUSY || cause->event == LOOK;
}

static void check_clock(const struct cause *cause, uint32_t bits)
{
	enum state now = state_of(cause->i);
	enum action clock = (enum action)(ACTION_CLOCK_START +
		(unsigned)__builtin_ctz(bits >> ACTION_CLOCK_START));

	if (now == cause->before && !may_set_clock(cause))
		broken(cause->i, "has its clock set for no reason");
	if (now != cause->before && clock != clock_of(now) &&
		!(now == STATE_FAILED && w.fates[cause->i].stuck))
		broken(cause->i, "has its clock set to what it should not");
}

static const uint32_t certain = A(TELL_END) | A(LIMIT) | A(EXIT) |
	A(TELL_BLOCKED) | A(TELL_STUCK) | A(BUILD) | A(LISTEN) | A(RELOAD) |
	A(SIGNAL) | A(ABORT) | A(END);

static uint32_t extended(enum state state)
{
	return state == STATE_STARTING || state == STATE_RELOADING ||
			state == STATE_STOPPING
		? A(CLOCK_EXTEND)
		: 0;
}

static void check_actions(const struct cause *cause, uint32_t bits)
{
	for (unsigned a = 0; a < ACTION_CLOCK_START; a++) {
		bool due = is_due(cause, (enum action)a);

		if (bits & ACTION_BIT(a) && !due)
			broken(cause->i, "has done to it what has no cause");
		if (!(bits & ACTION_BIT(a)) && due && certain & ACTION_BIT(a))
			broken(cause->i, "lacks what should be done to it");
	}
	if (cause->event == EVENT_KILL && state_is_running(cause->before) &&
		!(bits & A(KILL)))
		broken(cause->i, "is not killed");
	if (cause->event == EVENT_EXTEND && bits != extended(cause->before))
		broken(cause->i, "does not get more time, or gets all of it");
	if (bits >> ACTION_CLOCK_START)
		check_clock(cause, bits);
}

/* By what a state may be entered. */
static bool may_enter(const struct cause *cause, enum state now)
{
	const struct fate *fate = &w.fates[cause->i];
	enum event event = cause->event;
	enum state before = cause->before;

	switch (now) {
	case STATE_DOWN:
		return !fate->wanted;
	case STATE_WAITING:
		return fate->wanted && !state_is_up(before)
			? event != EVENT_EMPTY || before == STATE_ENDING
			: before == STATE_DONE || before == STATE_LISTENING;
	case STATE_HELD:
		return fate->unmet;
	case STATE_RESTING:
		return fate->traits & FATE_TIMED && !fate->due && !fate->unmet;
	case STATE_LISTENING:
		return !fate->called && !fate->unmet;
	case STATE_STARTING:
		return before == STATE_WAITING && event == LOOK;
	case STATE_UP:
		return (before == STATE_STARTING ||
			       before == STATE_RELOADING) &&
			event != LOOK;
	case STATE_RELOADING:
		return before == STATE_UP &&
			(event == LOOK || event == EVENT_RELOADING);
	case STATE_DONE:
		return event == EVENT_EMPTY && before == STATE_ENDING;
	case STATE_LEAVING:
		return is_stoppable(before) && fate->asked;
	case STATE_STOPPING:
		return before == STATE_LEAVING
			? event == LOOK
			: is_stoppable(before) && event == EVENT_LEAVES;
	case STATE_ABORTING:
		return is_stoppable(before) && event == EVENT_UNHEALTHY;
	case STATE_ENDING:
		return state_is_running(before) &&
			(event == EVENT_ENDED || event == EVENT_TIMEOUT);
	case STATE_BACKOFF:
		return event == EVENT_EMPTY && before == STATE_ENDING;
	case STATE_FAILED:
		return before == STATE_ENDING ||
			(event == LOOK && before == STATE_WAITING);
	case STATES:
		break;
	}
	return false;
}

static enum event play(const struct cause *cause, uint32_t bits)
{
	uint32_t i = cause->i;
	enum event event = EVENTS;

	if (state_of(i) != cause->before && !may_enter(cause, state_of(i)))
		broken(i, "comes to its state by no right way");
	check_actions(cause, bits);
	for (unsigned a = 0; a < ACTIONS; a++) {
		enum event next = EVENTS;

		if (!(bits & ACTION_BIT(a)))
			continue;
		if (a >= ACTION_CLOCK_START)
			play_clock(i, (enum action)a);
		else if (plays[a])
			next = plays[a](i);
		if (next != EVENTS && event != EVENTS)
			broken(i, "does two things at once");
		if (next != EVENTS)
			event = next;
	}
	if (!fits(state_of(i), (enum action)w.of[i].clock))
		broken(i, "has the clock of another state");
	return event;
}

static void deliver(uint32_t i, enum event event, uint64_t now_ms)
{
	for (unsigned n = 0; event != EVENTS; n++) {
		const struct cause cause = cause_of(i, event);

		if (n > CHAIN_MOST)
			broken(i, "goes round and round without time passing");
		event = play(&cause, fate_event(&w.f, i, event, now_ms));
	}
}

static void tell(uint32_t i, enum event event)
{
	deliver(i, event, EXECUTED_MS);
}

static void move_line(void)
{
	uint32_t room = w.graph->slots;

	for (uint32_t i = 0; i < w.f.count; i++)
		room -= w.of[i].builder && room;
	for (uint32_t i = 0; room && i < w.f.count; i++)
		if (w.of[i].in_line) {
			w.of[i].in_line = false;
			fate_look_later(&w.f, i);
			room--;
		}
}

static void turn(void)
{
	uint32_t index = 0;
	unsigned looks = 0;

	move_line();
	for (;;) {
		struct cause cause = {.event = LOOK};
		uint32_t builders = 0;
		uint32_t bits;

		for (uint32_t i = 0; i < w.f.count; i++)
			builders += w.of[i].builder;
		w.f.room = builders < w.graph->slots;
		if (w.f.first == FATE_NONE)
			return;
		cause = cause_of(w.f.first, LOOK);
		bits = fate_turn(&w.f, &index, EXECUTED_MS);
		if (++looks > LOOKS_MOST)
			broken(index, "is looked at for ever");
		deliver(index, play(&cause, bits), EXECUTED_MS);
	}
}

/* --- whatever can happen -------------------------------------------------- */

static bool can_speak(uint32_t i)
{
	return w.of[i].program && !w.of[i].stopped;
}

static bool wish(uint32_t i, enum event event)
{
	if (w.f.ends && event != EVENT_STOP)
		return false;
	if ((event == EVENT_RESTART || event == EVENT_CHANGED) && is_on(i) &&
		(event == EVENT_RESTART || w.fates[i].wanted) &&
		!w.fates[i].dropped)
		w.of[i].owes_restart = true;
	if (event == EVENT_STOP || event == EVENT_DROPPED)
		w.of[i].owes_restart = false;
	if (event == EVENT_RELOAD &&
		(state_of(i) == STATE_STARTING || state_of(i) == STATE_UP ||
			state_of(i) == STATE_RELOADING))
		w.of[i].owes_reload = true;
	tell(i, event);
	return true;
}

static bool move_freeze(uint32_t i, enum event event)
{
	bool frozen = event == EVENT_FREEZE;

	if (w.of[i].stopped == frozen || !w.of[i].program ||
		!fate_may_freeze(&w.fates[i]))
		return false;
	tell(i, event);
	return true;
}

static bool move_kill(uint32_t i, enum event event)
{
	if (!w.of[i].program)
		return false;
	tell(i, event);
	return true;
}

static bool move_condition(uint32_t i, enum event event)
{
	bool goes = event == EVENT_CONDITION_DOWN;
	bool starts;
	bool runs = state_of(i) == STATE_STARTING || state_of(i) == STATE_UP ||
		state_of(i) == STATE_RELOADING;

	if (!w.graph->kinds[i].when || (w.fates[i].unmet != 0) == goes)
		return false;
	if (goes && runs &&
		w.fates[i].traits & (FATE_LOST_STOP | FATE_LOST_RESTART))
		w.of[i].owes_end = true;
	starts = !goes && w.fates[i].lost && !w.f.ends && !w.fates[i].dropped;
	tell(i, event);
	if (starts && !w.fates[i].wanted)
		broken(i, "should start with its condition");
	return true;
}

static bool move_call(uint32_t i, enum event event)
{
	if (state_of(i) != STATE_LISTENING)
		return false;
	tell(i, event);
	return true;
}

static bool move_executed(uint32_t i, enum event event)
{
	if (!w.of[i].builder || w.of[i].killed)
		return false;
	w.of[i].builder = false;
	w.of[i].program = true;
	w.of[i].left = !w.graph->quick;
	tell(i, event);
	return true;
}

static bool move_not_executed(uint32_t i, enum event event)
{
	if (!w.of[i].builder ||
		!(w.of[i].killed || w.graph->moves & MOVES_BUILD))
		return false;
	w.of[i].builder = false;
	w.of[i].left = !w.graph->quick;
	fate_note_failure(&w.fates[i], EINVAL);
	tell(i, event);
	return true;
}

static bool say(uint32_t i, enum event event)
{
	if (!can_speak(i))
		return false;
	if (event == EVENT_UNHEALTHY &&
		(state_of(i) == STATE_STARTING || state_of(i) == STATE_UP ||
			state_of(i) == STATE_RELOADING))
		w.of[i].owes_end = true;
	if (event == EVENT_LEAVES &&
		(state_of(i) == STATE_STARTING || state_of(i) == STATE_UP))
		w.of[i].owes_end = true;
	tell(i, event);
	return true;
}

static bool end(uint32_t i, enum ended ended, int code, uint64_t now_ms)
{
	if (!w.of[i].program)
		return false;
	w.of[i].program = false;
	fate_note_end(&w.fates[i], ended, code, now_ms);
	deliver(i, EVENT_ENDED, now_ms);
	return true;
}

static bool move_exit(uint32_t i, enum event event)
{
	(void)event;
	return end(i, ENDED_EXIT, 0, SHORT_MS);
}

static bool move_long_exit(uint32_t i, enum event event)
{
	(void)event;
	return end(i, ENDED_EXIT, 0, LONG_MS);
}

static bool move_fail(uint32_t i, enum event event)
{
	(void)event;
	return end(i, ENDED_EXIT, 1, SHORT_MS);
}

static bool move_oom(uint32_t i, enum event event)
{
	(void)event;
	return end(i, ENDED_OOM, SIGKILL, SHORT_MS);
}

static bool move_gone(uint32_t i, enum event event)
{
	if (!w.of[i].left || w.of[i].program || w.of[i].builder)
		return false;
	w.of[i].left = false;
	tell(i, event);
	return true;
}

static bool move_timeout(uint32_t i, enum event event)
{
	if (w.of[i].clock == NO_CLOCK || w.of[i].stopped)
		return false;
	if (w.of[i].clock == ACTION_CLOCK_QUIET)
		w.f.quiet_ms = 0;
	w.of[i].clock = NO_CLOCK;
	tell(i, event);
	if (w.fates[i].looks > 1)
		w.fates[i].looks = 1;
	return true;
}

static bool move_stuck(uint32_t i, enum event event)
{
	if (state_of(i) != STATE_ENDING || !w.fates[i].looks)
		return false;
	w.fates[i].looks = FATE_LOOKS_MOST;
	return move_timeout(i, event);
}

static bool move_unstuck(uint32_t i, enum event event)
{
	if (!w.fates[i].stuck)
		return false;
	tell(i, event);
	return true;
}

static const struct move {
	const char *name;
	bool (*make)(uint32_t i, enum event event);
	enum event event;
	uint32_t of; /* MOVES_*; 0: always */
	bool busy;
	bool cannot;
} moves[] = {

#define PLAIN(set, make, event) \
	{ \
#event, make, EVENT_##event, set, 0, 0 \
	}
	PLAIN(MOVES_PEOPLE, wish, WANT),
	PLAIN(MOVES_PEOPLE, wish, START),
	PLAIN(MOVES_PEOPLE, wish, STOP),
	PLAIN(MOVES_PEOPLE, wish, RESTART),
	PLAIN(MOVES_WORDS, wish, RELOAD),
	PLAIN(MOVES_TABLE, wish, CHANGED),
	PLAIN(MOVES_TABLE, wish, DROPPED),
	PLAIN(MOVES_FREEZE, move_freeze, FREEZE),
	PLAIN(MOVES_FREEZE, move_freeze, THAW),
	PLAIN(MOVES_TROUBLE, move_kill, KILL),
	PLAIN(MOVES_WHEN, move_condition, CONDITION_UP),
	PLAIN(MOVES_WHEN, move_condition, CONDITION_DOWN),
	PLAIN(0, move_call, CALL),
	PLAIN(0, move_executed, EXECUTED),
	{"ENDED, never executed", move_not_executed, EVENT_ENDED, 0, 0, 0},
	PLAIN(0, say, READY),
	PLAIN(MOVES_WORDS, say, RELOADING),
	PLAIN(MOVES_WORDS, say, EXTEND),
	PLAIN(MOVES_WORDS, say, UNHEALTHY),
	PLAIN(MOVES_WORDS, say, LEAVES),
	{"ENDED, exited 0", move_exit, EVENT_ENDED, 0, 0, 0},
	{"ENDED, exited 0 after a while", move_long_exit, EVENT_ENDED,
		MOVES_ENDS, 0, 0},
	{"ENDED, exited 1", move_fail, EVENT_ENDED, 0, 0, 0},
	{"ENDED, out of memory", move_oom, EVENT_ENDED, MOVES_ENDS, 0, 0},
	PLAIN(0, move_gone, GONE),
	{"GONE, its group is busy", move_gone, EVENT_GONE, MOVES_TROUBLE, 1, 0},
	PLAIN(0, move_timeout, TIMEOUT),
	{"TIMEOUT, its group is busy", move_timeout, EVENT_TIMEOUT,
		MOVES_TROUBLE, 1, 0},
	{"TIMEOUT, no start can begin", move_timeout, EVENT_TIMEOUT,
		MOVES_BUILD, 0, 1},
	{"TIMEOUT, once too often", move_stuck, EVENT_TIMEOUT, MOVES_TROUBLE, 1,
		0},
	PLAIN(0, move_unstuck, UNSTUCK),
};

#define MOVE_OVER 1U
#define MOVE_FIRST 2U

unsigned world_moves(void)
{
	return MOVE_FIRST + (unsigned)COUNT(moves) * w.f.count;
}

const char *world_move_name(unsigned move)
{
	static char text[64];

	if (move < MOVE_FIRST)
		return move == MOVE_TURN ? "the turn" : "the machine's end";
	move -= MOVE_FIRST;
	snprintf(text, sizeof(text), "%u: %s", move % w.f.count,
		moves[move / w.f.count].name);
	return text;
}

static bool move_over(void)
{
	if (w.f.ends || !(w.graph->moves & MOVES_OVER))
		return false;
	w.f.ends = true;
	for (uint32_t i = 0; i < w.f.count; i++) {
		w.of[i].owes_restart = false;
		tell(i, EVENT_STOP);
	}
	return true;
}

/* Whoever asks is not kept waiting by a clock. */
static void check_started(uint32_t i)
{
	enum state state = state_of(i);

	if (w.fates[i].dropped)
		return;
	if (state == STATE_DOWN || state == STATE_BACKOFF ||
		state == STATE_RESTING || state == STATE_LISTENING)
		broken(i, "was to start at once");
}

/* What is busy only counts where it is asked. */
static bool make_move(const struct move *move, uint32_t i)
{
	if (move->of && !(move->of & w.graph->moves))
		return false;
	w.busy = move->busy;
	w.cannot = move->cannot;
	w.used = false;
	if (!move->make(i, move->event))
		return false;
	if (!w.graph->turns)
		turn();
	if (!w.graph->turns && move->event == EVENT_START)
		check_started(i);
	return (!move->busy && !move->cannot) || w.used;
}

bool world_move(unsigned move)
{
	bool made;

	w.busy = w.cannot = false;
	if (move == MOVE_TURN) {
		if (w.f.first == FATE_NONE)
			return false;
		turn();
		return true;
	}
	if (move == MOVE_OVER) {
		made = move_over();
		if (made && !w.graph->turns)
			turn();
		return made;
	}
	move -= MOVE_FIRST;
	return make_move(&moves[move / w.f.count], move % w.f.count);
}

/* --- what must be true ---------------------------------------------------- */

static void check_one(uint32_t i)
{
	const struct fate *fate = &w.fates[i];
	const struct one *one = &w.of[i];
	enum state state = state_of(i);

	if (is_alive(i) && !state_is_running(state))
		broken(i, "is alive in a state in which nothing should be");
	if (fate->life.count > 1)
		broken(i, "counts more restarts than it may have");
	if (fate->frozen != one->stopped)
		broken(i, "is frozen, or not, and init thinks otherwise");
	if (fate->frozen && !fate_may_freeze(fate))
		broken(i, "is frozen and cannot be stopped");
	if (w.f.ends && fate->wanted)
		broken(i, "is wanted in a machine that ends");
	if (state == STATE_UP && !one->program &&
		memory.services[i].type != TYPE_GROUP)
		broken(i, "is up, and its program does not run");
}

/* When all that follows from an event is done. */
static void check_turned(uint32_t i)
{
	const struct fate *fate = &w.fates[i];
	enum state state = state_of(i);

	if (fate->pull || fate->again || fate->start || fate->queued)
		broken(i, "is not looked at though it should be");
	if (fate->wanted && state == STATE_DOWN)
		broken(i, "is wanted, and down");
	if (state == STATE_WAITING && fate->unmet)
		broken(i, "waits for others against its condition");
	if ((state == STATE_RESTING && fate->due) ||
		(state == STATE_LISTENING && fate->called))
		broken(i, "is not started though it is time");
	if ((state == STATE_FAILED || state == STATE_DONE) &&
		fate->traits & FATE_TIMED && w.of[i].clock == NO_CLOCK &&
		!fate->stuck)
		broken(i, "has failed, and its next time will not come");
	for (uint32_t j = 0; j < w.f.count; j++) {
		bool called =
			w.fates[j].traits & (FATE_ON_DEMAND | FATE_TIMED) &&
			(state_of(j) == STATE_WAITING ||
				state_of(j) == STATE_STARTING);

		if (w.graph->edges[i][j] == EDGE_BOUND + 1 &&
			(state == STATE_STARTING || state == STATE_UP ||
				state == STATE_RELOADING ||
				state == STATE_DONE) &&
			!state_is_up(state_of(j)) && !called)
			broken(i, "outlives what it is bound to");
	}
}

void world_check(void)
{
	uint32_t running = 0;
	uint32_t moving = 0;

	for (uint32_t i = 0; i < w.f.count; i++) {
		check_one(i);
		running += state_is_running(state_of(i));
		moving += state_is_moving(state_of(i));
		if (w.f.first == FATE_NONE)
			check_turned(i);
	}
	if (running != w.f.running || moving != w.f.moving)
		broken(0, "(or another) is not counted right");
}

/* --- rest ----------------------------------------------------------------- */

static unsigned find_move(uint32_t i, const char *name)
{
	for (unsigned m = 0; m < COUNT(moves); m++)
		if (strcmp(moves[m].name, name) == 0)
			return MOVE_FIRST + m * w.f.count + i;
	return 0;
}

static const char *due_of_run(uint32_t i)
{
	const struct one *one = &w.of[i];
	enum state state = state_of(i);
	bool goes = one->killed || state == STATE_STOPPING ||
		state == STATE_ABORTING;

	if (one->builder)
		return one->killed ? "ENDED, never executed" : "EXECUTED";
	if (one->stopped && (goes || state != STATE_UP))
		return "THAW";
	if (one->program && goes)
		return "ENDED, exited 1";
	if (state == STATE_ENDING)
		return one->left ? "GONE" : "TIMEOUT";
	if (state == STATE_STARTING && one->program)
		return memory.services[i].ready == READY_EXIT
			? "ENDED, exited 0"
			: "READY";
	if (state == STATE_RELOADING)
		return "READY";
	return NULL;
}

static const char *due_of(uint32_t i)
{
	const struct fate *fate = &w.fates[i];
	enum state state = state_of(i);

	if (state_is_running(state))
		return due_of_run(i);
	if (fate->stuck)
		return "UNSTUCK";
	if (fate->unmet)
		return "CONDITION_UP";
	if (w.of[i].clock != NO_CLOCK && state != STATE_DONE && !fate->by_need)
		return "TIMEOUT";
	return NULL;
}

unsigned world_due(void)
{
	if (w.f.first != FATE_NONE)
		return MOVE_TURN;
	for (uint32_t i = 0; i < w.f.count; i++) {
		const char *name = due_of(i);

		if (name)
			return find_move(i, name);
	}
	return world_moves();
}

/* Each reason ends in one that was stopped or has been given up: there are no
 * cycles. */
static bool has_reason(uint32_t i)
{
	for (uint32_t j = 0; j < w.f.count; j++)
		if (is_gate(i, j) && !state_is_up(state_of(j)))
			return true;
	return false;
}

static bool is_given_up(uint32_t i)
{
	const struct kind *kind = &w.graph->kinds[i];

	return state_of(i) == STATE_FAILED && !w.fates[i].by_need &&
		(kind->restart == RESTART_NEVER || kind->gives_up);
}

void world_check_rest(void)
{
	for (uint32_t i = 0; i < w.f.count; i++) {
		const struct fate *fate = &w.fates[i];
		enum state state = state_of(i);
		bool waits = state == STATE_WAITING ||
			(state == STATE_FAILED && fate->by_need);

		if (!fate->wanted && state != STATE_DOWN)
			broken(i, "is not down in the end");
		if (!fate->wanted)
			continue;
		if (w.of[i].owes_reload)
			broken(i, "was to reload, and did not");
		if (w.of[i].owes_end)
			broken(i, "was to end, and did not");
		if (waits && !has_reason(i))
			broken(i, "waits for ever, for nothing");
		if (!waits && !state_is_up(state) && !is_given_up(i))
			broken(i, "is not up in the end");
		if (state == STATE_UP && w.of[i].owes_restart)
			broken(i, "was to restart, and did not");
	}
}

/* --- for people ----------------------------------------------------------- */

void world_print(const struct key *key, FILE *to)
{
	static const char *const names[STATES] = {
#define STATE(name, text, traits) #name,
#include "plan/states.def"
#undef STATE
	};

	for (uint32_t i = 0; i < w.f.count; i++) {
		const struct little *l = &key->of[i];

		fprintf(to, "  %s%s%s%s%s%s%s%s%s%s", names[l->state],
			l->wanted ? "+" : "-", l->asked ? " asked" : "",
			l->builder ? " builder" : "",
			l->program ? " program" : "", l->left ? " left" : "",
			l->killed ? " killed" : "", l->unmet ? " unmet" : "",
			l->stopped ? " frozen" : "", l->stuck ? " stuck" : "");
	}
	fprintf(to, "%s%s\n", key->queue[0] ? "  (not yet looked at)" : "",
		key->ends ? "  (the machine ends)" : "");
}
