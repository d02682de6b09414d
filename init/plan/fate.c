/* Decisions: see fate.h. The table of cells.def says what a state changes to;
 * here stands what is wanted, who waits for whom, and what is weighed.
 */
#include "plan/fate.h"

#include "plan/gate.h"
#include <string.h>

#define A(name) ACTION_BIT(ACTION_##name)

static const struct service *service_of(const struct fates *f, uint32_t index)
{
	return table_service(f->table, index);
}

static const struct edge *edges(const struct fates *f, const struct list *list)
{
	return table_pointer(f->table, list->at);
}

static enum state state_of(const struct fate *fate)
{
	return (enum state)fate->state;
}

/* Something of it runs, or has run and counts. */
static bool is_on(const struct fate *fate)
{
	return state_is_running(state_of(fate)) || fate->state == STATE_DONE;
}

static bool take(bool *flag)
{
	bool was = *flag;

	*flag = false;
	return was;
}

/* --- the queue ------------------------------------------------------------ */

void fate_begin(struct fates *f, const struct table *table, struct fate *all)
{
	*f = (struct fates){.table = table,
		.all = all,
		.count = table->services.count,
		.first = FATE_NONE,
		.last = FATE_NONE};
	for (uint32_t i = 0; i < f->count; i++)
		if (service_of(f, i)->flags & SERVICE_FAULTY)
			all[i].state = STATE_FAILED;
}

void fate_look_later(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	if (fate->queued)
		return;
	fate->queued = true;
	fate->next = FATE_NONE;
	if (f->last == FATE_NONE)
		f->first = index;
	else
		f->all[f->last].next = index;
	f->last = index;
}

void fate_move(
	struct fates *f, const struct fates *from, const uint32_t *to_index)
{
	for (uint32_t i = 0; i < from->count; i++) {
		struct fate *fate;

		if (to_index[i] == FATE_NONE)
			continue;
		fate = &f->all[to_index[i]];
		*fate = from->all[i];
		fate->queued = false;
		fate->cursor = 0;
	}
	f->running = from->running;
	f->moving = from->moving;
	f->quiet_ms = from->quiet_ms;
	f->ends = from->ends;
	for (uint32_t i = 0; i < f->count; i++)
		fate_look_later(f, i);
}

static uint32_t take_first(struct fates *f)
{
	uint32_t index = f->first;

	f->first = f->all[index].next;
	if (f->first == FATE_NONE)
		f->last = FATE_NONE;
	f->all[index].queued = false;
	return index;
}

/* --- changes -------------------------------------------------------------- */

/* A service that waits for what does not come by itself holds back only those
 * that need it. */
static enum state seen(const struct fate *fate)
{
	return fate->stalled && fate->state == STATE_WAITING ? STATE_BACKOFF
							     : state_of(fate);
}

/* Whoever waits for this one to be up, or to have failed. */
static void wake(struct fates *f, uint32_t index, uint32_t changed)
{
	struct fate *fate = &f->all[index];
	const struct list *waits = &service_of(f, index)->waits;

	if (fate->state == STATE_FAILED && fate->by_need && fate->wanted &&
		state_is_up(state_of(&f->all[changed]))) {
		fate->start = true;
		fate_look_later(f, index);
	}
	if (fate->state == STATE_WAITING && fate->cursor < waits->count &&
		edges(f, waits)[fate->cursor].service == changed)
		fate_look_later(f, index);
}

/* What is bound to one stops with it; not while a client's call starts it. */
static void tell_followers(struct fates *f, uint32_t index)
{
	const struct list *list = &service_of(f, index)->followers;
	enum state state = state_of(&f->all[index]);
	bool stays = state_is_up(state) || state == STATE_WAITING ||
		state == STATE_STARTING;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct edge *edge = &edges(f, list)[i];
		struct fate *other = &f->all[edge->service];

		if (!stays && edge->kind == EDGE_BOUND && is_on(other)) {
			other->again = true;
			fate_look_later(f, edge->service);
		}
		wake(f, edge->service, index);
	}
}

/* Whoever is to stop, and lets this one go first. */
static void tell_leaving(struct fates *f, uint32_t index)
{
	const struct list *list = &service_of(f, index)->waits;

	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t other = edges(f, list)[i].service;

		if (f->all[other].state == STATE_LEAVING)
			fate_look_later(f, other);
	}
}

static void count_change(struct fates *f, enum state before, enum state now)
{
	f->running += (uint32_t)state_is_running(now) -
		(uint32_t)state_is_running(before);
	f->moving += (uint32_t)state_is_moving(now) -
		(uint32_t)state_is_moving(before);
}

/* A run begins: nothing of the last one counts. */
static void begin_run(struct fate *fate)
{
	fate->asked = fate->again = fate->reload = fate->executed = false;
	fate->limit = fate->by_need = fate->stalled = fate->lost = false;
	fate->due = fate->called = false;
	fate->ended = ENDED_NEVER;
	fate->code = 0;
	fate->looks = 0;
	fate->cursor = 0;
	fate->executed_ms = fate->ended_ms = 0;
}

/* Returns the actions; a service that was frozen goes on when it changes, so
 * that it can be stopped. */
static uint32_t feed(struct fates *f, uint32_t index, enum event event)
{
	struct fate *fate = &f->all[index];
	enum state before = state_of(fate);
	struct transition to = machine_step(before, event);

	if (to.actions & A(BUILD))
		begin_run(fate);
	if (to.next == before)
		return to.actions;
	fate->state = (uint8_t)to.next;
	f->cause = event;
	count_change(f, before, to.next);
	tell_followers(f, index);
	if (state_is_running(before) || before == STATE_DONE)
		tell_leaving(f, index);
	fate_look_later(f, index);
	return to.actions | (take(&fate->frozen) ? A(THAW) : 0);
}

/* --- what is wanted ------------------------------------------------------- */

static void want(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	if (f->ends || fate->dropped ||
		(service_of(f, index)->flags & SERVICE_FAULTY))
		return;
	fate->wanted = fate->pull = fate->start = true;
	fate_look_later(f, index);
}

/* Now: neither its clock nor a client is waited for. */
static void start_now(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	want(f, index);
	if (!state_is_running(state_of(fate)))
		fate->due = fate->called = fate->wanted;
}

static uint32_t stop(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	fate->wanted = fate->start = fate->pull = fate->again = false;
	fate->due = fate->called = fate->lost = false;
	if (is_on(fate))
		fate->asked = true;
	return feed(f, index, EVENT_STOP);
}

/* Stops a run that is to be followed by another. */
static uint32_t stop_run(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	if (!is_on(fate))
		return 0;
	fate->asked = true;
	return feed(f, index, EVENT_STOP);
}

static uint32_t restart(struct fates *f, uint32_t index)
{
	start_now(f, index);
	return f->all[index].wanted ? stop_run(f, index) : stop(f, index);
}

/* Starts what a wanted service needs and wants. */
static void pull(struct fates *f, uint32_t index)
{
	const struct list *list = &service_of(f, index)->waits;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct edge *edge = &edges(f, list)[i];
		const struct fate *other = &f->all[edge->service];

		if (edge->kind != EDGE_AFTER &&
			(!other->wanted || other->state == STATE_FAILED))
			want(f, edge->service);
	}
}

/* --- conditions ----------------------------------------------------------- */

static void condition_up(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	if (!fate->unmet || --fate->unmet)
		return;
	if (take(&fate->lost))
		want(f, index);
	fate_look_later(f, index);
}

static void condition_down(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	fate->unmet++;
	fate->lost |= fate->wanted && fate->traits & FATE_LOST_RESTART;
	if (fate->traits & FATE_LOST_RESTART ||
		(fate->traits & FATE_LOST_STOP && fate->state != STATE_DONE))
		fate->again = is_on(fate);
	fate_look_later(f, index);
}

/* --- the end of a run ----------------------------------------------------- */

void fate_note_end(
	struct fate *fate, enum ended ended, int32_t code, uint64_t now_ms)
{
	fate->ended_ms = now_ms;
	if (fate->ended != ENDED_NEVER)
		return;
	fate->ended = (uint8_t)ended;
	fate->code = code;
}

void fate_note_failure(struct fate *fate, int32_t error)
{
	if (fate->ended != ENDED_TIMEOUT)
		fate->ended = ENDED_BUILD;
	fate->code = error;
}

static bool is_again(enum event event)
{
	return event == EVENT_EMPTY_AGAIN || event == EVENT_EMPTY_BACKOFF;
}

/* Nothing of it is left: what now? */
static uint32_t weigh(struct fates *f, uint32_t index, uint64_t now_ms)
{
	struct fate *fate = &f->all[index];
	const struct life_end end = {.ended = (enum ended)fate->ended,
		.code = fate->code,
		.ran_ms = fate->ended_ms - fate->executed_ms,
		.wanted = fate->wanted,
		.asked = fate->asked,
		.held = fate->unmet,
		.on_demand = fate->traits & FATE_ON_DEMAND};
	bool by_itself = fate->wanted && !fate->asked;
	struct life_verdict verdict;
	uint32_t actions;

	if (fate->state != STATE_ENDING)
		return 0;
	verdict = life_weigh(service_of(f, index), &fate->life, &end, now_ms);
	fate->delay_ms = verdict.delay_ms;
	fate->limit = verdict.limit;
	if (verdict.event == EVENT_EMPTY_DOWN) {
		fate->lost = by_itself && fate->traits & FATE_LOST_RESTART;
		fate->wanted = fate->start = false;
	} else {
		fate->due = is_again(verdict.event);
	}
	actions = feed(f, index, verdict.event) | A(TELL_END);
	if (!by_itself || is_again(verdict.event))
		return actions;
	return actions | A(EXIT) | (verdict.limit ? A(LIMIT) : 0);
}

/* Its group is not empty, or was not found so: it is killed again at once the
 * first time, and then by its clock. */
static uint32_t take_busy(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	if (fate->looks || fate->state != STATE_ENDING)
		return 0;
	fate->looks = 1;
	return feed(f, index, EVENT_TIMEOUT);
}

static unsigned looks_most(const struct fates *f)
{
	return f->ends ? FATE_LOOKS_LAST : FATE_LOOKS_MOST;
}

/* Its clock has run out: in the state it is in, that means one thing. */
static uint32_t run_out(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];
	enum state state = state_of(fate);

	fate_look_later(f, index);
	if (state == STATE_ENDING && fate->looks++ >= looks_most(f)) {
		fate->stuck = true;
		return feed(f, index, EVENT_STUCK);
	}
	if (state == STATE_RESTING || state == STATE_DONE ||
		state == STATE_FAILED)
		fate->due = true;
	if ((state == STATE_STARTING || state == STATE_STOPPING) &&
		fate->ended == ENDED_NEVER && !fate->asked)
		fate->ended = ENDED_TIMEOUT;
	return feed(f, index, EVENT_TIMEOUT);
}

static uint32_t fall_ill(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];
	uint32_t actions = feed(f, index, EVENT_UNHEALTHY);

	if (actions && fate->ended == ENDED_NEVER)
		fate->ended = ENDED_WATCHDOG;
	return actions;
}

static uint32_t take_executed(struct fates *f, uint32_t index, uint64_t now_ms)
{
	struct fate *fate = &f->all[index];

	fate->executed = true;
	fate->executed_ms = now_ms;
	if (fate->ended_ms)
		fate->ended_ms = now_ms;
	if (service_of(f, index)->ready != READY_STARTED)
		return 0;
	return feed(f, index, EVENT_READY);
}

/* What was stuck is gone, and its service goes on where it would have. */
static uint32_t unstick(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	fate_look_later(f, index);
	fate->stuck = false;
	if (!fate->wanted)
		return feed(f, index, EVENT_STOP);
	fate->start = service_of(f, index)->restart != RESTART_NEVER ||
		fate->traits & FATE_TIMED;
	return 0;
}

/* --- events --------------------------------------------------------------- */

/* Another stanza may mend what failed: its limits begin anew. */
static uint32_t change(struct fates *f, uint32_t index)
{
	struct fate *fate = &f->all[index];

	fate->life = (struct life){.restarts = fate->life.restarts};
	if (!fate->wanted)
		return 0;
	want(f, index);
	return stop_run(f, index);
}

static uint32_t freeze(struct fates *f, uint32_t index, bool frozen)
{
	struct fate *fate = &f->all[index];

	if (fate->frozen == frozen || (frozen && !fate_may_freeze(fate)))
		return 0;
	fate->frozen = frozen;
	return frozen ? A(FREEZE) : A(THAW);
}

static uint32_t take_call(struct fates *f, uint32_t index)
{
	if (f->all[index].state != STATE_LISTENING)
		return 0;
	f->all[index].called = true;
	return feed(f, index, EVENT_START);
}

/* What is wanted of it is done when it is looked at. */
static uint32_t take_wish(struct fates *f, uint32_t index, enum event event)
{
	struct fate *fate = &f->all[index];

	if (event == EVENT_WANT)
		want(f, index);
	else if (event == EVENT_START)
		start_now(f, index);
	else if (event == EVENT_CONDITION_UP)
		condition_up(f, index);
	else if (event == EVENT_CONDITION_DOWN)
		condition_down(f, index);
	else if (state_is_running(state_of(fate)))
		fate->reload = true;
	fate_look_later(f, index);
	return 0;
}

uint32_t fate_event(
	struct fates *f, uint32_t index, enum event event, uint64_t now_ms)
{
	switch ((unsigned)event) {
	case EVENT_WANT:
	case EVENT_START:
	case EVENT_CONDITION_UP:
	case EVENT_CONDITION_DOWN:
	case EVENT_RELOAD:
		return take_wish(f, index, event);
	case EVENT_DROPPED:
		f->all[index].dropped = true;
		return stop(f, index);
	case EVENT_STOP:
		return stop(f, index);
	case EVENT_RESTART:
		return restart(f, index);
	case EVENT_CHANGED:
		return change(f, index);
	case EVENT_FREEZE:
	case EVENT_THAW:
		return freeze(f, index, event == EVENT_FREEZE);
	case EVENT_CALL:
		return take_call(f, index);
	case EVENT_EXECUTED:
		return take_executed(f, index, now_ms);
	case EVENT_UNHEALTHY:
		return fall_ill(f, index);
	case EVENT_EMPTY:
		return weigh(f, index, now_ms);
	case EVENT_BUSY:
		return take_busy(f, index);
	case EVENT_UNSTUCK:
		return unstick(f, index);
	case EVENT_TIMEOUT:
		return run_out(f, index);
	default:
		return feed(f, index, event);
	}
}

/* --- looks ---------------------------------------------------------------- */

static void hold(struct fates *f, uint32_t index, enum state state)
{
	bool stalled = gate_start(EDGE_AFTER, state) == GATE_OPEN;
	struct fate *fate = &f->all[index];

	if (stalled == fate->stalled)
		return;
	fate->stalled = stalled;
	tell_followers(f, index);
}

static enum gate gate_of(const struct fates *f, const struct edge *edge)
{
	return gate_start(
		(enum edge_kind)edge->kind, seen(&f->all[edge->service]));
}

const struct edge *fate_waits_for(const struct fates *f, uint32_t index)
{
	const struct list *waits = &service_of(f, index)->waits;
	uint32_t cursor = f->all[index].cursor;
	const struct edge *edge = &edges(f, waits)[cursor];

	if (cursor >= waits->count)
		return NULL;
	return gate_of(f, edge) == GATE_OPEN ? NULL : edge;
}

/* A prompt comes when the boot has had its say, but not much later. */
bool fate_is_held(const struct fates *f, uint32_t index, uint64_t now_ms)
{
	const struct fate *fate = &f->all[index];

	return fate->traits & FATE_TERMINAL && fate->state == STATE_WAITING &&
		now_ms < f->quiet_ms;
}

bool fate_may_freeze(const struct fate *fate)
{
	return fate->executed &&
		(fate->state == STATE_UP || fate->state == STATE_STARTING ||
			fate->state == STATE_RELOADING);
}

bool fate_is_healthy(const struct fate *fate)
{
	return fate->state != STATE_FAILED;
}

static uint32_t begin(struct fates *f, uint32_t index, uint64_t now_ms)
{
	struct fate *fate = &f->all[index];

	if (fate->stuck) {
		hold(f, index, STATE_FAILED);
		return 0;
	}
	if (fate->traits & FATE_ON_DEMAND && !fate->called)
		return feed(f, index, EVENT_LISTEN);
	if (fate_is_held(f, index, now_ms))
		return A(CLOCK_QUIET);
	if (service_of(f, index)->type != TYPE_GROUP && !f->room)
		return A(LINE);
	return feed(f, index, EVENT_GO);
}

static uint32_t block(struct fates *f, uint32_t index)
{
	f->all[index].by_need = true;
	f->all[index].limit = false;
	return feed(f, index, EVENT_BLOCKED);
}

static uint32_t look_waiting(struct fates *f, uint32_t index, uint64_t now_ms)
{
	const struct list *waits = &service_of(f, index)->waits;
	struct fate *fate = &f->all[index];

	if (fate->unmet)
		return feed(f, index, EVENT_HOLD);
	if (fate->traits & FATE_TIMED && !fate->due)
		return feed(f, index, EVENT_REST);
	for (uint32_t i = 0; i < waits->count; i++) {
		uint32_t at = (fate->cursor + i) % waits->count;
		const struct edge *edge = &edges(f, waits)[at];
		enum gate gate = gate_of(f, edge);

		if (gate == GATE_OPEN)
			continue;
		fate->cursor = at;
		if (gate == GATE_SHUT)
			return block(f, index);
		hold(f, index, seen(&f->all[edge->service]));
		return 0;
	}
	return begin(f, index, now_ms);
}

/* Those that stop for another table do so in the order of the machine's end. */
static uint32_t look_leaving(struct fates *f, uint32_t index)
{
	const struct list *list = &service_of(f, index)->followers;
	bool goes = f->all[index].dropped;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct edge *edge = &edges(f, list)[i];
		const struct fate *other = &f->all[edge->service];

		if (gate_holds((enum edge_kind)edge->kind, state_of(other),
			    f->ends || (goes && other->dropped)))
			return 0;
	}
	return feed(f, index, EVENT_FREE);
}

static uint32_t look_at_state(struct fates *f, uint32_t index, uint64_t now_ms)
{
	struct fate *fate = &f->all[index];

	if (fate->state == STATE_WAITING)
		return look_waiting(f, index, now_ms);
	if (fate->state == STATE_LEAVING)
		return look_leaving(f, index);
	if (fate->state == STATE_HELD && !fate->unmet)
		return feed(f, index, EVENT_START);
	if (fate->state == STATE_UP && take(&fate->reload))
		return feed(f, index, EVENT_RELOAD);
	return 0;
}

/* A step at a time: what changes is looked at again. */
static uint32_t look(struct fates *f, uint32_t index, uint64_t now_ms)
{
	struct fate *fate = &f->all[index];
	enum state before = state_of(fate);
	uint32_t actions = 0;

	if (take(&fate->pull))
		pull(f, index);
	if (take(&fate->again))
		actions = stop_run(f, index);
	if (fate->state == before && take(&fate->start))
		actions = feed(f, index, EVENT_START);
	if (fate->state == before)
		actions = look_at_state(f, index, now_ms);
	return actions;
}

uint32_t fate_turn(struct fates *f, uint32_t *index, uint64_t now_ms)
{
	*index = f->first;
	if (f->first == FATE_NONE)
		return 0;
	*index = take_first(f);
	return look(f, *index, now_ms);
}
