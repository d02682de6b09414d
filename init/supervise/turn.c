/* Events and clocks, and the turn of the loop in which all that follows from
 * them is done.
 */
#include "supervise/unit.h"

#include "base/memory.h"
#include "log/journal.h"
#include <signal.h>

#define WATCH_LEAST_MS 1000U /* a watcher that ends sooner is of no use */

void start_is_over(struct unit *unit, int error)
{
	if (error) {
		fate_note_failure(fate_of(unit), error);
		deliver(unit, EVENT_ENDED);
	} else {
		remember_executed(unit);
		deliver(unit, EVENT_EXECUTED);
		if (service_of(unit)->hotplug && unit->pids[ROLE_PROGRAM])
			watch(unit);
		/* it may have come and gone before its builder was done */
		if (!unit->pids[ROLE_PROGRAM])
			deliver(unit, EVENT_ENDED);
	}
	check_gone(unit);
}

static void note_end(struct unit *unit, const siginfo_t *si)
{
	enum ended ended =
		si->si_code == CLD_EXITED ? ENDED_EXIT : ENDED_SIGNAL;

	if (ended == ENDED_SIGNAL && si->si_status == SIGKILL &&
		sandbox_group_oom(s.setup.host->services, name_of(unit),
			unit->generation))
		ended = ENDED_OOM;
	fate_note_end(fate_of(unit), ended, si->si_status, now_ms());
}

/* Without its forwarder nobody reaches a service: it is ended, and started
 * again as its stanza says. */
static COLD void lose_forwarder(struct unit *unit)
{
	if (!unit->pids[ROLE_PROGRAM] || !is_running(unit))
		return;
	tell(unit, "the forwarder of its ports has ended, and so it is ended");
	deliver(unit, EVENT_KILL);
}

/* What nobody checks any more is not kept up. */
static COLD void lose_checker(struct unit *unit)
{
	enum state state = state_of(unit);

	if (!unit->pids[ROLE_PROGRAM] ||
		(state != STATE_STARTING && state != STATE_UP &&
			state != STATE_RELOADING && state != STATE_LEAVING))
		return;
	tell(unit, "its checker has ended, and so it is ended");
	deliver(unit, EVENT_KILL);
}

/* One that cannot be had would be tried for ever: the service's own limits say
 * for how long. */
static COLD void watcher_ended(struct unit *unit)
{
	if (!unit->pids[ROLE_PROGRAM] || !is_running(unit))
		return;
	if (now_ms() - unit->watched_ms >= WATCH_LEAST_MS)
		watch(unit);
	else
		deliver(unit, EVENT_KILL);
}

/* The kernel ends the first process inside by such a signal, which nobody can
 * send it: pid_namespaces(7) */
static bool called_reboot(enum role role, const siginfo_t *si)
{
	return role == ROLE_REAPER && si->si_code == CLD_KILLED &&
		(si->si_status == SIGHUP || si->si_status == SIGINT);
}

/* Without its reaper a service is cut off; with it, the kernel ends both. */
static void take_end(struct unit *unit, enum role role, const siginfo_t *si)
{
	if (role == ROLE_PROGRAM)
		note_end(unit, si);
	if (called_reboot(role, si))
		tell(unit, "it called reboot(2), which ends itself only");
	if (unit->slot != NONE && !s.slots[unit->slot].is_task)
		return;
	if (role == ROLE_WATCHER)
		watcher_ended(unit);
	else if (role == ROLE_PROGRAM)
		deliver(unit, EVENT_ENDED);
	else if (role == ROLE_REAPER && unit->pids[ROLE_PROGRAM])
		deliver(unit, EVENT_KILL);
	else if (role == ROLE_FORWARDER)
		lose_forwarder(unit);
	else if (role == ROLE_CHECKER)
		lose_checker(unit);
	check_gone(unit);
}

/* Whose child it was, and which; NONE: nobody's. */
static uint32_t take_pid(int32_t pid, enum role *role)
{
	uint32_t index = s.table ? pid_take(pid, role) : NONE;

	if (index == NONE && s.table)
		index = slot_take(pid, role);
	return index;
}

/* What was stuck may be gone, and its service go on where it would have. */
static COLD void clear_stuck(void)
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
		deliver(unit, EVENT_UNSTUCK);
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
	if (logs_ended(si->si_pid) || conditions_ended(si->si_pid))
		return true;
	index = take_pid(si->si_pid, &role);
	if (index == NONE && s.table &&
		(keeper_ended(si->si_pid) || spare_ended(si->si_pid)))
		return true;
	if (index == NONE) {
		s.look_stuck = s.stuck != 0;
		return false;
	}
	s.child = (struct child){
		si->si_pid, index, role, si->si_code, si->si_status};
	take_end(&s.units[index], role, si);
	s.child.pid = 0;
	return true;
}

/* It is in nobody's pids any more, and its end is not yet told. */
void finish_child(void)
{
	const struct child child = s.child;
	const siginfo_t si = {.si_code = child.code, .si_status = child.status};

	s.child.pid = 0;
	if (child.pid && child.unit < s.count && child.role < ROLES)
		take_end(&s.units[child.unit], (enum role)child.role, &si);
}

static void run_out_all(void)
{
	struct unit *unit;

	while ((unit = clock_run_out()) != NULL)
		deliver(unit, EVENT_TIMEOUT);
}

/* What is left of services is killed with all else, and milestones have no
 * process that could wait for it. */
static bool is_nobody_waited_for(void)
{
	static uint32_t at; /* who was waited for the last time */

	for (uint32_t i = 0; i < s.count; i++, at++) {
		const struct unit *unit;

		if (at >= s.count)
			at = 0;
		unit = &s.units[at];
		if (is_running(unit) && !unit->is_left &&
			(is_alive(unit) || !service_of(unit)->milestone))
			return false;
	}
	return true;
}

static void end_turn(void)
{
	bool late = now_ms() >= s.end_ms;

	if (!s.end || s.is_over)
		return;
	if (is_nobody_waited_for() || (late && s.is_hurried)) {
		s.is_stopped = true;
	} else if (late) {
		tell_late();
		supervise_hurry();
	}
	if (s.is_stopped)
		s.is_over = logs_are_over();
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
	s.wants_reboot |= s.table->system.rescue &&
		s.table->system.rescue_how == RESCUE_REBOOT &&
		s.setup.host->services >= 0;
	s.fates.quiet_ms = 0;
	for (uint32_t i = 0; i < s.count; i++)
		if (fate_of(&s.units[i])->traits & FATE_TERMINAL)
			look_later(&s.units[i]);
}

/* What the end of a service wants of the machine. */
static void take_wishes(void)
{
	if (s.wants_rescue)
		rescue();
	s.wants_rescue = false;
	if (s.wants_end != END_NONE)
		supervise_end(s.wants_end, s.wants_code);
	s.wants_end = END_NONE;
}

void supervise_turn(void)
{
	if (!s.table)
		return;
	logs_turn();
	conditions_turn();
	if (s.look_stuck)
		clear_stuck();
	timers_turn();
	run_out_all();
	look_at_all();
	take_wishes();
	look_at_all();
	reload_turn();
	if (!s.announced && !s.end && !s.fates.moving && s.line_first == NONE)
		end_boot();
	good_turn();
	spares_turn();
	end_turn();
}
