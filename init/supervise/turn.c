/* Events and clocks, and the turn of the loop in which all that follows from
 * them is done.
 */
#include "supervise/unit.h"

#include "log/journal.h"
#include <signal.h>

#define WATCH_LEAST_MS 1000U /* a watcher that ends sooner is of no use */
#define LOOKS_MOST 20U /* until what is not empty is stuck: about 14 s */

void start_is_over(struct unit *unit, int error)
{
	if (error) {
		unit->ended = unit->ended == ENDED_TIMEOUT ? unit->ended
							   : ENDED_BUILD;
		unit->code = error;
		feed(unit, EVENT_ENDED);
		look_later(unit);
		return;
	}
	unit->executed = true;
	unit->executed_ms = now_ms();
	if (unit->ended_ms)
		unit->ended_ms = unit->executed_ms;
	if (service_of(unit)->hotplug && unit->pids[ROLE_PROGRAM])
		watch(unit);
	if (service_of(unit)->ready == READY_STARTED)
		feed(unit, EVENT_READY);
	/* it may have come and gone before its builder was done */
	if (!unit->pids[ROLE_PROGRAM])
		feed(unit, EVENT_ENDED);
	look_later(unit);
}

static void note_end(struct unit *unit, const siginfo_t *si)
{
	unit->ended_ms = now_ms();
	if (unit->ended != ENDED_NEVER)
		return;
	unit->code = si->si_status;
	unit->ended = si->si_code == CLD_EXITED ? ENDED_EXIT : ENDED_SIGNAL;
	if (unit->ended == ENDED_SIGNAL && unit->code == SIGKILL &&
		sandbox_group_oom(s.setup.host->services, name_of(unit),
			unit->generation))
		unit->ended = ENDED_OOM;
}

static enum role role_of(const struct unit *unit, int32_t pid)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (unit->pids[i] == pid)
			return (enum role)i;
	return ROLES;
}

/* Without its forwarder nobody reaches a service: it is ended, and started
 * again as its stanza says. */
static void lose_forwarder(struct unit *unit)
{
	if (!unit->pids[ROLE_PROGRAM] ||
		!state_is_running((enum state)unit->state))
		return;
	tell(unit, "the forwarder of its ports has ended, and so it is ended");
	kill_all(unit);
}

/* One that cannot be had would be tried for ever: the service's own limits say
 * for how long. */
static void watcher_ended(struct unit *unit)
{
	if (!unit->pids[ROLE_PROGRAM] ||
		!state_is_running((enum state)unit->state))
		return;
	if (now_ms() - unit->watched_ms >= WATCH_LEAST_MS)
		watch(unit);
	else
		kill_all(unit);
}

/* Without its reaper a service is cut off; with it, the kernel ends both. */
static void take_end(struct unit *unit, enum role role, const siginfo_t *si)
{
	if (role == ROLE_PROGRAM)
		note_end(unit, si);
	if (unit->slot != NONE && !s.slots[unit->slot].is_task)
		return;
	if (role == ROLE_WATCHER)
		watcher_ended(unit);
	else if (role == ROLE_PROGRAM)
		feed(unit, EVENT_ENDED);
	else if (role == ROLE_REAPER && unit->pids[ROLE_PROGRAM] &&
		state_is_running((enum state)unit->state))
		kill_all(unit);
	else if (role == ROLE_FORWARDER)
		lose_forwarder(unit);
	look_later(unit);
}

/* Whose child it was, and which; NONE: nobody's. */
static uint32_t take_pid(int32_t pid, enum role *role)
{
	uint32_t index = s.table ? pid_take(pid) : NONE;

	if (index == NONE)
		return s.table ? slot_take(pid, role) : NONE;
	*role = role_of(&s.units[index], pid);
	if (*role < ROLES)
		s.units[index].pids[*role] = 0;
	return index;
}

/* What was stuck may be gone, and its service go on where it would have. */
static void clear_stuck(void)
{
	s.look_stuck = false;
	for (uint32_t i = 0; i < s.count && s.stuck; i++) {
		struct unit *unit = &s.units[i];

		if (!unit->stuck ||
			sandbox_group_remove(s.setup.host->services,
				name_of(unit), unit->stuck) < 0)
			continue;
		unit->stuck = 0;
		s.stuck--;
		if (!unit->wanted)
			feed(unit, EVENT_STOP);
		else if (service_of(unit)->restart != RESTART_NEVER)
			feed(unit, EVENT_START);
		look_later(unit);
	}
}

bool supervise_reaped(const siginfo_t *si)
{
	enum role role = ROLES;
	uint32_t index;

	if (si->si_pid == s.spawner) {
		spawner_ended();
		return true;
	}
	index = take_pid(si->si_pid, &role);
	if (index == NONE) {
		s.look_stuck = s.stuck != 0;
		return false;
	}
	take_end(&s.units[index], role, si);
	return true;
}

/* Its clock has run out: in the state it is in, that means one thing. */
static void run_out(struct unit *unit)
{
	if (unit->state != STATE_ENDING || unit->looks++ < LOOKS_MOST) {
		feed(unit, EVENT_TIMEOUT);
		look_later(unit);
		return;
	}
	tell(unit, "cannot be killed: it is stuck in the kernel");
	if (unit->generation) {
		unit->stuck = unit->generation;
		s.stuck++;
	}
	for (unsigned i = 0; i < ROLES; i++)
		if (unit->pids[i]) {
			pid_take(unit->pids[i]);
			unit->pids[i] = 0;
		}
	if (unit->slot != NONE) {
		const struct sandbox_pids *pids = &s.pids[unit->slot];

		/* one that does not even take orders is replaced; a milestone
		 * has no builder */
		if (!pids->builder && !pids->service && s.spawner)
			kill(s.spawner, SIGKILL);
		free_slot(&s.slots[unit->slot]);
	}
	feed(unit, EVENT_STUCK);
}

static void run_out_all(void)
{
	struct unit *unit;

	while ((unit = clock_run_out()) != NULL)
		run_out(unit);
}

static void end_turn(void)
{
	bool late = now_ms() >= s.end_ms;

	if (!s.end || s.is_over)
		return;
	if (!s.running || (late && s.is_hurried)) {
		s.is_over = true;
	} else if (late) {
		tell_late();
		supervise_hurry();
	}
}

static void look_at_queue(void)
{
	struct unit *unit;

	while ((unit = take_first()) != NULL)
		look(unit);
}

/* Looks may free slots, and begin starts that fail at once. */
static void look_at_all(void)
{
	do {
		move_line();
		look_at_queue();
	} while (slot_is_free() && s.line_first != NONE);
}

/* The last line of the boot, and then the prompts. */
static void end_boot(void)
{
	tell_boot();
	s.announced = true;
	for (uint32_t i = 0; i < s.count; i++)
		if (s.units[i].state == STATE_WAITING &&
			service_of(&s.units[i])->tty)
			look_later(&s.units[i]);
}

void supervise_turn(void)
{
	if (!s.table)
		return;
	if (s.look_stuck)
		clear_stuck();
	run_out_all();
	look_at_all();
	if (!s.announced && !s.end && !s.moving && s.line_first == NONE)
		end_boot();
	end_turn();
}
