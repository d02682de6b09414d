/* What has happened to a unit is told to plan/, and what that wants is done. */
#include "supervise/unit.h"

#include <string.h>
#include <time.h>

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
	if (!fate_of(unit)->wanted || state_of(unit) == STATE_FAILED ||
		state_of(unit) == STATE_DONE)
		keeper_drop(unit);
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
		uint32_t bits =
			fate_event(&s.fates, index_of(unit), event, now_ms());

		note_change(unit, before);
		event = act(unit, bits);
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
		bits = fate_turn(&s.fates, &index, now_ms());
		note_change(unit, before);
		deliver(unit, act(unit, bits));
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
