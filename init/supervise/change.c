/* What has happened to a unit is told to plan/, and what that wants is done. */
#include "supervise/unit.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define TRIES_MOST 2U

/* What is not to be started again soon has nothing made ahead. */
static void note_spare(const struct unit *unit, enum state before)
{
	static const uint32_t rest = 1U << STATE_DOWN | 1U << STATE_HELD |
		1U << STATE_DONE | 1U << STATE_FAILED;
	enum state state = state_of(unit);

	if (state == STATE_UP && before == STATE_STARTING)
		spare_want(unit);
	else if (!fate_of(unit)->wanted || rest >> state & 1)
		spare_drop(unit);
}

static void note_change(struct unit *unit, enum state before)
{
	struct timespec now;

	if (state_of(unit) == before)
		return;
	clock_gettime(CLOCK_BOOTTIME, &now);
	unit->since_ms =
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	remember(unit, before, s.fates.cause);
	conditions_note(unit);
	if (index_of(unit) == MILESTONE_MOUNTS - 1)
		s.look_timers = true;
	if (state_of(unit) == STATE_UP)
		tell_checker(unit, CHECKER_BEGINS);
	if (service_of(unit)->has_spare)
		note_spare(unit, before);
	if (!fate_of(unit)->wanted || state_of(unit) == STATE_FAILED ||
		state_of(unit) == STATE_DONE)
		keeper_drop(unit);
}

void intend(const struct unit *unit, enum event event)
{
	s.doing.phase = PHASE_NONE;
	s.doing.unit = index_of(unit);
	s.doing.event = event;
	s.doing.before = *fate_of(unit);
	atomic_signal_fence(memory_order_seq_cst);
	s.doing.phase = PHASE_DECIDING;
	atomic_signal_fence(memory_order_seq_cst);
}

static enum event perform(struct unit *unit, uint32_t bits)
{
	enum event event;

	s.doing.bits = bits;
	atomic_signal_fence(memory_order_seq_cst);
	s.doing.phase = PHASE_ACTING;
	event = act(unit, bits);
	s.doing.phase = PHASE_NONE;
	s.doing.tries = 0;
	return event;
}

/* What comes of an action is told too; no chain of them is longer than the way
 * from a stop to the end of what never ran. */
void deliver(struct unit *unit, enum event event)
{
	/* other sockets, perhaps */
	if (event == EVENT_CHANGED)
		keeper_drop(unit);
	while (event != EVENTS) {
		enum state before = state_of(unit);
		uint32_t bits;

		intend(unit, event);
		bits = fate_event(&s.fates, index_of(unit), event, now_ms());
		note_change(unit, before);
		event = perform(unit, bits);
	}
}

/* What has made init crash twice is not tried a third time. */
void finish_doing(void)
{
	struct doing *doing = &s.doing;
	struct unit *unit = &s.units[doing->unit];
	enum phase phase = (enum phase)doing->phase;

	if (phase == PHASE_NONE || doing->unit >= s.count ||
		doing->event > EVENTS)
		return;
	doing->phase = PHASE_NONE;
	if (doing->tries++ == TRIES_MOST) {
		tell(unit, "init crashes over it: what was to be done is left");
		doing->tries = 0;
	} else if (phase == PHASE_ACTING) {
		if (unit->slot != NONE) /* its start has begun */
			doing->bits &= ~ACTION_BIT(ACTION_BUILD);
		deliver(unit, perform(unit, doing->bits));
	} else if (doing->event != EVENTS) {
		deliver(unit, (enum event)doing->event);
	} else {
		look_later(unit);
	}
}

void check_gone(struct unit *unit)
{
	if (!is_alive(unit))
		deliver(unit, EVENT_GONE);
}

void look_later(struct unit *unit)
{
	fate_look_later(&s.fates, index_of(unit));
}

void look_at_queue(void)
{
	while (s.fates.first != FATE_NONE) {
		struct unit *unit = &s.units[s.fates.first];
		enum state before = state_of(unit);
		uint32_t index;
		uint32_t bits;

		s.fates.room = slot_is_free();
		intend(unit, EVENTS);
		bits = fate_turn(&s.fates, &index, now_ms());
		note_change(unit, before);
		deliver(unit, perform(unit, bits));
	}
}

/* A console has room for one shell. */
void rescue(void)
{
	struct unit *shell = &s.units[s.table->rescue_service];

	for (uint32_t i = 0; i < s.count; i++)
		if (&s.units[i] != shell && fate_of(&s.units[i])->wanted &&
			strcmp(table_string(
				       s.table, service_of(&s.units[i])->tty),
				"console") == 0)
			deliver(&s.units[i], EVENT_STOP);
	deliver(shell, EVENT_START);
}
