/* What others ask of the supervisor: the boot, people, and the end of the
 * machine. Each call changes what is wanted; supervise_turn() does the rest.
 */
#include "supervise/supervise.h"

#include "log/journal.h"
#include "supervise/unit.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>

#define QUIET_MS 5000U /* for the boot, before a prompt comes */
#define LAST_MS 500U /* from the kill of all to the end of the wait */

int supervise_begin(
	const struct table *table, const struct supervise_setup *setup)
{
	int error = units_make(table, &setup->host->places);

	if (error)
		return error;
	s.setup = *setup;
	s.quiet_ms = now_ms() + QUIET_MS;
	if (setup->host->services < 0)
		say("bulkhead: no cgroup2 file system, and so no compartment; "
		    "only the rescue shell is started");
	if (table->system.rescue || setup->host->services < 0) {
		want(&s.units[MILESTONE_MOUNTS - 1]);
		rescue();
		return 0;
	}
	for (uint32_t i = 0; i < s.count; i++)
		if (service_of(&s.units[i])->autostart)
			want(&s.units[i]);
	return 0;
}

const struct table *supervise_table(void)
{
	return s.table;
}

int supervise_timeout_ms(void)
{
	uint64_t now = now_ms();
	int next = s.table ? clock_next_ms() : -1;
	int end = -1;

	if (s.queue_first != NONE)
		return 0;
	if (s.end && !s.is_over)
		end = s.end_ms > now ? (int)(s.end_ms - now) : 0;
	if (next < 0 || (end >= 0 && end < next))
		return end;
	return next;
}

void supervise_ask(uint32_t service, enum ask ask)
{
	struct unit *unit = &s.units[service];

	unit->tries = unit->life.restarts;
	if (ask == ASK_START)
		want(unit);
	if (ask == ASK_STOP)
		stop(unit, false);
	if (ask == ASK_RESTART) {
		stop(unit, true);
		want(unit);
	}
}

enum answer supervise_answer(uint32_t service, enum ask ask)
{
	const struct unit *unit = &s.units[service];
	enum state state = (enum state)unit->state;

	if (ask != ASK_STOP && unit->life.restarts != unit->tries)
		return ANSWER_FAILED;
	if (unit->queued || state_is_moving(state))
		return ANSWER_WAIT;
	if (ask == ASK_STOP)
		return state == STATE_DOWN ? ANSWER_DONE : ANSWER_FAILED;
	if (state == STATE_WAITING)
		return ANSWER_WAIT;
	return state_is_up(state) ? ANSWER_DONE : ANSWER_FAILED;
}

int supervise_kill(uint32_t service, int signal)
{
	const struct unit *unit = &s.units[service];

	if (!unit->pids[ROLE_PROGRAM] || !unit->executed)
		return -ESRCH;
	return kill(unit->pids[ROLE_PROGRAM], signal) < 0 ? -errno : 0;
}

/* A start under way needs its reaper. */
int supervise_freeze(uint32_t service, bool frozen)
{
	struct unit *unit = &s.units[service];

	if (!unit->executed || !unit->generation || unit->slot != NONE ||
		!unit->pids[ROLE_PROGRAM] ||
		(unit->state != STATE_UP && unit->state != STATE_STARTING))
		return -ESRCH;
	return freeze(unit, frozen);
}

void supervise_look(uint32_t service, struct supervise_view *view)
{
	const struct unit *unit = &s.units[service];

	*view = (struct supervise_view){.state = (enum state)unit->state,
		.pid = unit->pids[ROLE_PROGRAM],
		.reaper = unit->pids[ROLE_REAPER],
		.restarts = unit->life.restarts,
		.frozen = unit->frozen,
		.ended = (enum ended)unit->ended,
		.code = unit->code,
		.since_ms = unit->since_ms,
		.generation = unit->generation,
		.text = text_now(unit)};
}

int supervise_log(uint32_t service)
{
	return s.units[service].log;
}

void supervise_end(enum end_how how, int code)
{
	static const char *const words[] = {[END_NONE] = "",
		[END_REBOOT] = "rebooting",
		[END_POWEROFF] = "powering off",
		[END_HALT] = "halting"};

	if (s.end || how == END_NONE)
		return;
	say("bulkhead: %s: all services stop", words[how]);
	s.end = how;
	s.end_code = code;
	if (!s.table) {
		s.is_over = true;
		return;
	}
	s.end_ms = now_ms() + s.table->system.shutdown_limit_ms;
	for (uint32_t i = 0; i < s.count; i++)
		stop(&s.units[i], false);
}

void supervise_hurry(void)
{
	if (!s.end || s.is_over || s.is_hurried)
		return;
	s.is_hurried = true;
	s.end_ms = now_ms() + LAST_MS;
	for (uint32_t i = 0; i < s.count; i++)
		if (state_is_running((enum state)s.units[i].state))
			kill_all(&s.units[i]);
}

enum end_how supervise_is_over(int *code)
{
	*code = s.end_code;
	return s.is_over ? s.end : END_NONE;
}

bool supervise_wants_reboot(void)
{
	return s.wants_reboot && !s.end;
}

void supervise_reboot(bool allowed)
{
	s.wants_reboot = false;
	if (allowed) {
		supervise_end(END_REBOOT, 1);
		return;
	}
	say("bulkhead: reboot-limit is reached; the rescue shell is started "
	    "instead");
	rescue();
}
