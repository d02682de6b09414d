/* A unit's state changes: the machine of plan/ is asked, and whoever may care
 * is looked at later. What is wanted of a unit changes here too.
 */
#include "supervise/unit.h"

#include <string.h>
#include <time.h>

/* Whoever waits for this one to be up, or to have failed. */
static void wake_follower(struct unit *unit, uint32_t changed, bool is_up)
{
	const struct list *waits = &service_of(unit)->waits;

	if (unit->state == STATE_FAILED && unit->by_need && is_up) {
		unit->retry = true;
		look_later(unit);
	}
	if (unit->state == STATE_WAITING && unit->cursor < waits->count &&
		edges(waits)[unit->cursor].service == changed)
		look_later(unit);
}

void tell_followers(struct unit *unit, enum state before)
{
	const struct list *list = &service_of(unit)->followers;
	uint32_t index = (uint32_t)(unit - s.units);
	bool is_up = state_is_up((enum state)unit->state);
	bool went_down = state_is_up(before) && !is_up;

	for (uint32_t i = 0; i < list->count; i++) {
		struct unit *other = &s.units[edges(list)[i].service];

		if (went_down && edges(list)[i].kind == EDGE_BOUND) {
			other->again = true;
			look_later(other);
		}
		wake_follower(other, index, is_up && !state_is_up(before));
	}
}

/* Whoever is to stop, and lets this one go first. */
static void tell_leaving(struct unit *unit)
{
	const struct list *list = &service_of(unit)->waits;

	for (uint32_t i = 0; i < list->count; i++) {
		struct unit *other = &s.units[edges(list)[i].service];

		if (other->state == STATE_LEAVING)
			look_later(other);
	}
}

static void count_change(enum state before, enum state now)
{
	s.running += (uint32_t)state_is_running(now) -
		(uint32_t)state_is_running(before);
	s.moving += (uint32_t)state_is_moving(now) -
		(uint32_t)state_is_moving(before);
}

static void changed(struct unit *unit, enum state before)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	unit->since_ms =
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	count_change(before, (enum state)unit->state);
	/* whoever is to stop must be able to: before its signal comes */
	if (unit->frozen && unit->state != STATE_UP)
		freeze(unit, false);
	tell_followers(unit, before);
	if (state_is_running(before) || before == STATE_DONE)
		tell_leaving(unit);
	look_later(unit);
}

void feed(struct unit *unit, enum event event)
{
	enum state before = (enum state)unit->state;
	struct transition to = machine_step(before, event);

	unit->state = (uint8_t)to.next;
	if (to.next != before)
		changed(unit, before);
	act(unit, to.actions);
}

void want(struct unit *unit)
{
	if (s.end || (service_of(unit)->flags & SERVICE_FAULTY))
		return;
	unit->wanted = unit->pull = true;
	feed(unit, EVENT_START);
	look_later(unit);
}

void stop(struct unit *unit, bool again)
{
	enum state state = (enum state)unit->state;

	if (!again)
		unit->wanted = false;
	if (state_is_running(state) || state == STATE_DONE)
		unit->asked = true;
	else if (again)
		return;
	feed(unit, EVENT_STOP);
	look_later(unit);
}

/* Starts what a wanted service needs and wants. */
void pull(struct unit *unit)
{
	const struct list *list = &service_of(unit)->waits;

	unit->pull = false;
	for (uint32_t i = 0; i < list->count; i++) {
		struct unit *other = &s.units[edges(list)[i].service];

		if (edges(list)[i].kind == EDGE_AFTER)
			continue;
		if (!other->wanted || other->state == STATE_FAILED)
			want(other);
	}
}

/* A console has room for one shell. */
void rescue(void)
{
	struct unit *shell = &s.units[s.table->rescue_service];

	for (uint32_t i = 0; i < s.count; i++)
		if (&s.units[i] != shell && s.units[i].wanted &&
			strcmp(table_string(
				       s.table, service_of(&s.units[i])->tty),
				"console") == 0)
			stop(&s.units[i], false);
	want(shell);
}
