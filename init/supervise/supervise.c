/* What others ask of the supervisor: the boot, people, and the end of the
 * machine. Each call changes what is wanted; supervise_turn() does the rest.
 */
#include "supervise/supervise.h"

#include "base/memory.h"
#include "base/text.h"
#include "log/journal.h"
#include "log/ring.h"
#include "supervise/unit.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>

#define QUIET_MS 5000U /* for the boot, before a prompt comes */
#define LAST_MS 500U /* from the kill of all to the end of the wait */

/* The record of reboots is a file, and so mounts come first: see end_boot(). */
static COLD void begin_rescue(void)
{
	enum rescue_how how = (enum rescue_how)s.table->system.rescue_how;

	if (s.setup.host->services < 0)
		how = RESCUE_SHELL;
	if (how != RESCUE_WAIT)
		deliver(&s.units[MILESTONE_MOUNTS - 1], EVENT_WANT);
	if (how == RESCUE_SHELL)
		rescue();
}

int supervise_begin(
	const struct table *table, const struct supervise_setup *setup)
{
	int error = units_prepare(table, -1);

	if (error)
		return error;
	units_install(&setup->host->places);
	s.setup = *setup;
	timers_begin();
	s.fates.quiet_ms = now_ms() + QUIET_MS;
	if (setup->host->services < 0)
		say("bulkhead: no cgroup2 file system, and so no compartment; "
		    "only the rescue shell is started");
	if (table->system.rescue || setup->host->services < 0) {
		begin_rescue();
		return 0;
	}
	conditions_begin();
	for (uint32_t i = 0; i < s.count; i++)
		if (service_of(&s.units[i])->autostart)
			deliver(&s.units[i], EVENT_WANT);
	return 0;
}

const struct table *supervise_table(void)
{
	return s.table;
}

bool supervise_is_healthy(void)
{
	for (uint32_t i = 0; s.table && i < s.count; i++)
		if (service_of(&s.units[i])->critical &&
			!fate_is_healthy(fate_of(&s.units[i])))
			return false;
	return true;
}

bool supervise_has_booted(void)
{
	return s.announced;
}

static int sooner(int one, int other)
{
	if (one < 0 || other < 0)
		return one < 0 ? other : one;
	return one < other ? one : other;
}

int supervise_timeout_ms(void)
{
	uint64_t now = now_ms();
	int next = -1;
	int end = -1;

	if (s.table && s.fates.first != FATE_NONE)
		return 0;
	if (s.table)
		next = sooner(sooner(clock_next_ms(), logs_next_ms()),
			sooner(conditions_next_ms(), spares_next_ms()));
	if (s.end && !s.is_stopped)
		end = s.end_ms > now ? (int)(s.end_ms - now) : 0;
	next = sooner(next, good_next_ms());
	return sooner(sooner(next, end), reload_next_ms());
}

void supervise_ask(uint32_t service, enum ask ask)
{
	static const uint8_t events[] = {[ASK_START] = EVENT_START,
		[ASK_STOP] = EVENT_STOP,
		[ASK_RESTART] = EVENT_RESTART,
		[ASK_RELOAD] = EVENT_RELOAD};
	struct unit *unit = &s.units[service];

	unit->tries = fate_of(unit)->life.restarts;
	if (fate_of(unit)->dropped)
		unit->returns = ask != ASK_STOP;
	deliver(unit, events[ask]);
}

int supervise_may_reload(uint32_t service)
{
	const struct unit *unit = &s.units[service];

	if (service_of(unit)->reload == RELOAD_NONE)
		return -ENOTSUP;
	return is_running(unit) ? 0 : -ESRCH;
}

static enum answer answer_reload(const struct unit *unit)
{
	if (fate_of(unit)->reload ||
		(state_of(unit) == STATE_UP && unit->reloading))
		return ANSWER_WAIT;
	return state_of(unit) == STATE_UP && !unit->not_reloaded
		? ANSWER_DONE
		: ANSWER_FAILED;
}

enum answer supervise_answer(uint32_t service, enum ask ask)
{
	const struct unit *unit = &s.units[service];
	const struct fate *fate = fate_of(unit);
	enum state state = (enum state)fate->state;

	if (ask != ASK_STOP && fate->life.restarts != unit->tries)
		return ANSWER_FAILED;
	if (ask != ASK_STOP && unit->returns)
		return ANSWER_WAIT;
	if (fate->queued || state_is_moving(state))
		return ANSWER_WAIT;
	if (ask == ASK_RELOAD)
		return answer_reload(unit);
	if (ask == ASK_STOP)
		return state == STATE_DOWN ? ANSWER_DONE : ANSWER_FAILED;
	if (state == STATE_WAITING)
		return ANSWER_WAIT;
	return state_is_up(state) ? ANSWER_DONE : ANSWER_FAILED;
}

int supervise_kill(uint32_t service, int signal)
{
	const struct unit *unit = &s.units[service];

	if (!unit->pids[ROLE_PROGRAM] || !fate_of(unit)->executed)
		return -ESRCH;
	return kill(unit->pids[ROLE_PROGRAM], signal) < 0 ? -errno : 0;
}

/* A start under way needs its reaper. */
int supervise_freeze(uint32_t service, bool frozen)
{
	struct unit *unit = &s.units[service];
	int error = 0;

	if (!fate_may_freeze(fate_of(unit)) || !unit->generation ||
		unit->slot != NONE || !unit->pids[ROLE_PROGRAM])
		return -ESRCH;
	if (frozen)
		error = sandbox_group_freeze(s.setup.host->services,
			name_of(unit), unit->generation, true);
	if (!error)
		deliver(unit, frozen ? EVENT_FREEZE : EVENT_THAW);
	return error;
}

/* Until its clock runs out; 0: it has none. */
static uint32_t left_ms(const struct unit *unit)
{
	uint64_t now = now_ms();

	if (unit->place == NONE)
		return 0;
	return unit->clock_ms > now ? (uint32_t)(unit->clock_ms - now) : 1;
}

void supervise_look(uint32_t service, struct supervise_view *view)
{
	const struct unit *unit = &s.units[service];
	const struct fate *fate = fate_of(unit);
	bool waits = fate->state == STATE_WAITING;

	*view = (struct supervise_view){.state = (enum state)fate->state,
		.pid = unit->pids[ROLE_PROGRAM],
		.reaper = unit->pids[ROLE_REAPER],
		.restarts = fate->life.restarts,
		.frozen = fate->frozen,
		.ended = (enum ended)fate->ended,
		.code = fate->code,
		.since_ms = unit->since_ms,
		.generation = unit->generation,
		.text = text_now(unit),
		.times = unit->times,
		.holder = waits ? fate_waits_for(&s.fates, service) : NULL,
		.condition = conditions_service(unit),
		.clock_ms = left_ms(unit),
		.limit_used = fate->life.count,
		.spare = s.spares[service].phase,
		.wanted = fate->wanted,
		.limit = fate->limit,
		.in_line = unit->in_line,
		.quiet = fate_is_held(&s.fates, service, now_ms()),
		.stuck = fate->stuck,
		.vital = good_asks_for(unit)};
}

int supervise_table_fd(void)
{
	return s.table && s.setup.host->table > 0 ? s.setup.host->table : -1;
}

int supervise_log(uint32_t service)
{
	int log = s.units[service].log;

	return log >= 0 && ring_begin(log) < 0 ? -1 : log;
}

COLD void supervise_end(enum end_how how, int code)
{
	static const char words[][16] = {[END_NONE] = "",
		[END_REBOOT] = "rebooting",
		[END_POWEROFF] = "powering off",
		[END_HALT] = "halting"};

	if (s.end || how == END_NONE)
		return;
	say("bulkhead: %s: all services stop", words[how]);
	s.end = how;
	s.fates.ends = true;
	s.ending.how = how;
	s.ending.code = code;
	reload_end();
	if (!s.table) {
		s.is_over = true;
		return;
	}
	s.end_ms = now_ms() + s.table->system.shutdown_limit_ms;
	for (uint32_t i = 0; i < s.count; i++)
		deliver(&s.units[i], EVENT_STOP);
}

void supervise_hurry(void)
{
	if (!s.end || s.is_over || s.is_hurried)
		return;
	s.is_hurried = true;
	s.end_ms = now_ms() + LAST_MS;
	for (uint32_t i = 0; i < s.count; i++)
		deliver(&s.units[i], EVENT_KILL);
}

void supervise_argument(const char *argument)
{
	if (!s.end)
		text_compose(s.ending.argument, sizeof(s.ending.argument), "%s",
			argument);
}

const struct end *supervise_is_over(void)
{
	return s.is_over ? &s.ending : NULL;
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
