/* What is done about a service: the actions of plan/actions.def, in their
 * order.
 */
#include "supervise/unit.h"

#include <signal.h>

#define DRAIN_MS 1000U /* for a reaper to move the last output */
#define LOOK_FIRST_MS 5U /* until a group is found empty: doubles ... */
#define LOOK_LONGEST_MS 1000U

static void send(int32_t pid, int signal)
{
	if (pid > 0)
		kill(pid, signal);
}

static void kill_group(const struct unit *unit)
{
	if (unit->generation)
		sandbox_group_kill(s.setup.host->services, name_of(unit),
			unit->generation);
}

/* A group that is gone is thawed too. */
int freeze(struct unit *unit, bool frozen)
{
	int error = 0;

	if (unit->frozen == frozen)
		return 0;
	error = sandbox_group_freeze(s.setup.host->services, name_of(unit),
		unit->generation, frozen);
	if (error && frozen)
		return error;
	unit->frozen = frozen;
	if (frozen)
		clock_pause(unit);
	else
		clock_resume(unit);
	return 0;
}

/* A group has no program: it is up at the next look. */
static void do_build(struct unit *unit)
{
	unit->asked = unit->executed = unit->limit = false;
	unit->by_need = unit->again = unit->stalled = false;
	unit->ended = ENDED_NEVER;
	unit->code = 0;
	unit->looks = 0;
	unit->executed_ms = unit->ended_ms = 0;
	unit->generation = 0;
	if (*text_of(unit))
		*text_of(unit) = '\0';
	if (service_of(unit)->type == TYPE_GROUP)
		look_later(unit);
	else
		start(unit);
}

void kill_all(struct unit *unit)
{
	if (unit->state == STATE_ENDING && unit->ended == ENDED_NEVER &&
		!unit->asked)
		unit->ended = ENDED_TIMEOUT;
	send(unit->pids[ROLE_BUILDER], SIGKILL);
	send(unit->pids[ROLE_PROGRAM], SIGKILL);
	send(unit->pids[ROLE_REAPER], SIGKILL);
	send(unit->pids[ROLE_FORWARDER], SIGKILL);
	send(s.watchers[unit - s.units], SIGKILL);
	if (unit->slot != NONE)
		slot_kill(unit);
	kill_group(unit);
	look_later(unit);
}

/* A shell ends when its terminal hangs up, and by no other signal. */
static void do_signal(struct unit *unit)
{
	const struct service *service = service_of(unit);
	int32_t program = unit->slot == NONE ? unit->pids[ROLE_PROGRAM]
					     : s.pids[unit->slot].service;

	if (unit->slot != NONE && !s.slots[unit->slot].is_task) {
		kill_all(unit);
		return;
	}
	if (service->tty) {
		send(program, SIGHUP);
		send(program, SIGCONT);
	}
	send(program, (int)service->stop_signal);
	look_later(unit);
}

static void do_end(struct unit *unit)
{
	sandbox_end(unit->pids[ROLE_FORWARDER]);
	send(s.watchers[unit - s.units], SIGKILL);
	if (unit->pids[ROLE_REAPER])
		sandbox_end(unit->pids[ROLE_REAPER]);
	else
		kill_group(unit);
	look_later(unit);
}

static void clock_of_start(struct unit *unit)
{
	clock_clear(unit);
	if (service_of(unit)->start_timeout_ms)
		clock_set(unit, service_of(unit)->start_timeout_ms);
}

static void clock_of_stop(struct unit *unit)
{
	clock_set(unit, service_of(unit)->stop_timeout_ms);
}

static void clock_of_end(struct unit *unit)
{
	uint64_t in_ms = LOOK_FIRST_MS << unit->looks;

	if (!unit->looks && unit->pids[ROLE_REAPER])
		in_ms = DRAIN_MS;
	clock_set(unit, in_ms < LOOK_LONGEST_MS ? in_ms : LOOK_LONGEST_MS);
}

static void clock_of_backoff(struct unit *unit)
{
	clock_set(unit, unit->delay_ms);
}

static void clock_of_retry(struct unit *unit)
{
	if (unit->limit && service_of(unit)->on_limit == ON_LIMIT_RETRY)
		clock_set(unit, service_of(unit)->limit_retry_ms);
	else
		clock_clear(unit);
}

static void (*const actions[ACTIONS])(struct unit *) = {
	[ACTION_BUILD] = do_build,
	[ACTION_SIGNAL] = do_signal,
	[ACTION_END] = do_end,
	[ACTION_KILL] = kill_all,
	[ACTION_CLOCK_START] = clock_of_start,
	[ACTION_CLOCK_STOP] = clock_of_stop,
	[ACTION_CLOCK_END] = clock_of_end,
	[ACTION_CLOCK_BACKOFF] = clock_of_backoff,
	[ACTION_CLOCK_RETRY] = clock_of_retry,
	[ACTION_CLOCK_NONE] = clock_clear,
};

void act(struct unit *unit, uint32_t bits)
{
	for (unsigned i = 0; i < ACTIONS; i++)
		if (bits & ACTION_BIT(i))
			actions[i](unit);
}
