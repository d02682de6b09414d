/* What has happened to services: the last changes of state, for those who watch
 * as it goes on, and the times of each one's first start, for who asks how the
 * boot went.
 */
#include "supervise/unit.h"

#include <time.h>

#define KEPT_EVENTS 160U /* what init writes is two pages with them */

enum moment {
	MOMENT_WANTED,
	MOMENT_BUILT,
	MOMENT_EXECUTED,
	MOMENT_UP
};

static struct supervise_event ring[KEPT_EVENTS];
static uint64_t count;

void events_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct supervise_event),
		STATE_KEPT(struct supervise_event, service),
		STATE_KEPT(struct supervise_event, from),
		STATE_KEPT(struct supervise_event, to),
		STATE_KEPT(struct supervise_event, cause),
		STATE_KEPT(struct supervise_event, ended),
		STATE_KEPT(struct supervise_event, code),
		STATE_KEPT(struct supervise_event, pid),
		STATE_KEPT(struct supervise_event, time_ms),
		STATE_END,
	};
	static const struct state_field number[] = {
		STATE_RECORD(count),
		{STATE_KEY("count"), 0, sizeof(count)},
		STATE_END,
	};

	state_add(list, STATE_KEY("events"), fields, ring, KEPT_EVENTS);
	state_add(list, STATE_KEY("changes"), number, &count, 1);
}

static void mark(struct unit *unit, enum moment moment, uint64_t time_ms)
{
	if (!unit->times[moment])
		unit->times[moment] = (uint32_t)time_ms;
}

static void mark_state(struct unit *unit)
{
	enum state state = state_of(unit);

	if (state == STATE_WAITING)
		mark(unit, MOMENT_WANTED, unit->since_ms);
	if (state == STATE_STARTING)
		mark(unit, MOMENT_BUILT, unit->since_ms);
	if (state_is_up(state))
		mark(unit, MOMENT_UP, unit->since_ms);
}

void remember(struct unit *unit, enum state before, enum event cause)
{
	mark_state(unit);
	ring[count++ % KEPT_EVENTS] =
		(struct supervise_event){.service = (uint32_t)(unit - s.units),
			.from = (uint8_t)before,
			.to = fate_of(unit)->state,
			.cause = (uint8_t)cause,
			.ended = fate_of(unit)->ended,
			.code = fate_of(unit)->code,
			.pid = unit->pids[ROLE_PROGRAM],
			.time_ms = unit->since_ms};
}

void remember_executed(struct unit *unit)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	mark(unit, MOMENT_EXECUTED,
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

bool was_executed(const struct unit *unit)
{
	return unit->times[MOMENT_EXECUTED];
}

uint64_t supervise_events(void)
{
	return count;
}

bool supervise_event(uint64_t number, struct supervise_event *event)
{
	if (number >= count || count - number > KEPT_EVENTS)
		return false;
	*event = ring[number % KEPT_EVENTS];
	return event->service != NONE;
}

/* Those of a service that is gone are told no more. */
void remember_moved(const uint32_t *to)
{
	for (uint64_t i = 0; i < count && i < KEPT_EVENTS; i++)
		if (ring[i].service != NONE)
			ring[i].service = to[ring[i].service];
}
