/* What is done about a service: the actions of plan/actions.def, in their
 * order.
 */
#include "supervise/unit.h"

#include "log/journal.h"
#include <signal.h>

#define DRAIN_MS 1000U /* for a reaper to move the last output */
#define OTHER_MS 2U /* ... longer, for each that runs, where it is left */
#define LOOK_FIRST_MS 5U /* until a group is found empty: doubles ... */
#define LOOK_LONGEST_MS 1000U

static void send(int32_t pid, int signal)
{
	if (pid > 0)
		kill(pid, signal);
}

/* A builder is at work on it. */
static bool is_building(const struct unit *unit)
{
	return unit->slot != NONE && !s.slots[unit->slot].is_task;
}

static void kill_group(const struct unit *unit)
{
	if (unit->generation)
		sandbox_group_kill(s.setup.host->services, name_of(unit),
			unit->generation);
}

/* A group that is gone is thawed too. */
static enum event do_thaw(struct unit *unit)
{
	sandbox_group_freeze(
		s.setup.host->services, name_of(unit), unit->generation, false);
	clock_resume(unit);
	return EVENTS;
}

static enum event do_freeze(struct unit *unit)
{
	clock_pause(unit);
	return EVENTS;
}

static enum event do_tell_end(struct unit *unit)
{
	tell_end(unit);
	return EVENTS;
}

static enum event do_tell_blocked(struct unit *unit)
{
	tell_blocked(unit);
	return EVENTS;
}

static enum event do_tell_stuck(struct unit *unit)
{
	tell(unit, "cannot be killed: it is stuck in the kernel");
	unit->stuck = unit->generation;
	fate_of(unit)->stuck = unit->stuck != 0;
	s.stuck += unit->stuck != 0;
	for (unsigned i = 0; i < ROLES; i++) {
		enum role role = (enum role)i;

		if (unit->pids[i] > 0)
			pid_take(unit->pids[i], &role);
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
	return EVENTS;
}

static enum event do_line(struct unit *unit)
{
	stand_in_line(unit);
	return EVENTS;
}

/* A group has no program: it is up as soon as it may be. */
static enum event do_build(struct unit *unit)
{
	int error;

	unit->blocked = unit->ill = unit->reloading = false;
	unit->error = unit->exit_status = 0;
	unit->generation = 0;
	if (*text_of(unit))
		*text_of(unit) = '\0';
	if (service_of(unit)->type == TYPE_GROUP)
		return EVENT_READY;
	if (service_of(unit)->timer)
		timer_ran(unit);
	error = start(unit);
	if (!error)
		return EVENTS;
	fate_note_failure(fate_of(unit), -error);
	return EVENT_ENDED;
}

static void kill_all(struct unit *unit)
{
	for (unsigned i = 0; i < ROLES; i++)
		send(unit->pids[i], SIGKILL);
	send(s.watchers[unit - s.units], SIGKILL);
	if (unit->slot != NONE)
		slot_kill(unit);
	kill_group(unit);
}

/* The machine's end need not wait for what is left of a service, which goes
 * with the last kill: no line of it is on its way to a file, and nothing stops
 * after it. Others may take long: then it is killed when its clock runs out. */
static bool may_be_left(const struct unit *unit)
{
	const struct list *waits = &service_of(unit)->waits;
	bool may = s.end && !service_of(unit)->log_to.count;

	for (uint32_t i = 0; may && i < waits->count; i++) {
		const struct unit *next = &s.units[edges(waits)[i].service];

		may = !is_running(next) || service_of(next)->milestone;
	}
	return may;
}

static enum event gone(const struct unit *unit)
{
	return is_alive(unit) ? EVENTS : EVENT_GONE;
}

static enum event do_kill(struct unit *unit)
{
	unit->is_left = false;
	kill_all(unit);
	return gone(unit);
}

static int32_t program_of(const struct unit *unit)
{
	return unit->slot == NONE ? unit->pids[ROLE_PROGRAM]
				  : s.pids[unit->slot].service;
}

static enum event stop_by(struct unit *unit, int signal)
{
	tell_checker(unit, SIGKILL);
	if (is_building(unit))
		kill_all(unit);
	else
		send(program_of(unit), signal);
	return EVENTS;
}

/* A shell ends when its terminal hangs up, and by no other signal. */
static enum event do_signal(struct unit *unit)
{
	const struct service *service = service_of(unit);
	int32_t program = program_of(unit);

	if (!is_alive(unit))
		return EVENT_ENDED;
	if (service->tty) {
		send(program, SIGHUP);
		send(program, SIGCONT);
	}
	return stop_by(unit, (int)service->stop_signal);
}

static enum event do_abort(struct unit *unit)
{
	return stop_by(unit, SIGABRT);
}

/* Where that cannot be, its start tells why. */
static enum event do_listen(struct unit *unit)
{
	return keeper_listens(unit) ? EVENTS : EVENT_CALL;
}

/* When a command is done its checker says so. */
static enum event do_reload(struct unit *unit)
{
	const struct service *service = service_of(unit);

	unit->not_reloaded = false;
	unit->reloading = service->reload == RELOAD_RUN;
	if (unit->reloading) {
		tell_checker(unit, CHECKER_RELOADS);
		return EVENTS;
	}
	if (service->reload == RELOAD_SIGNAL)
		send(unit->pids[ROLE_PROGRAM], (int)service->reload_signal);
	return EVENT_READY;
}

static enum event do_end(struct unit *unit)
{
	if (is_alive(unit) && may_be_left(unit)) {
		unit->is_left = true;
		return EVENTS;
	}
	sandbox_end(unit->pids[ROLE_FORWARDER]);
	tell_checker(unit, SIGKILL);
	send(s.watchers[unit - s.units], SIGKILL);
	if (unit->pids[ROLE_REAPER])
		sandbox_end(unit->pids[ROLE_REAPER]);
	else
		kill_group(unit);
	return gone(unit);
}

/* When the machine ends it is enough that it is empty, as it is when the first
 * process of a pid namespace is gone. */
static bool may_stay(const struct unit *unit)
{
	return s.end && !(service_of(unit)->host_spaces & SPACE_BIT(SPACE_PID));
}

static enum event do_remove(struct unit *unit)
{
	if (unit->generation && !may_stay(unit) && !spare_leaves_group(unit) &&
		sandbox_group_remove(s.setup.host->services, name_of(unit),
			unit->generation) < 0)
		return EVENT_BUSY;
	return EVENT_EMPTY;
}

/* The machine's end begins when this turn is done. */
static void want_end(enum end_how how, int code)
{
	if (s.wants_end != END_NONE)
		return;
	s.wants_end = how;
	s.wants_code = code;
}

static enum event do_limit(struct unit *unit)
{
	switch ((enum on_limit)service_of(unit)->on_limit) {
	case ON_LIMIT_REBOOT:
		s.wants_reboot = true;
		break;
	case ON_LIMIT_POWEROFF:
		want_end(END_POWEROFF, 1);
		break;
	case ON_LIMIT_RESCUE:
		s.wants_rescue = true;
		break;
	case ON_LIMIT_RETRY:
	case ON_LIMIT_GIVE_UP:
		break;
	}
	return EVENTS;
}

static int exit_code(const struct fate *fate)
{
	if (fate->ended == ENDED_EXIT)
		return fate->code;
	if (fate->ended == ENDED_SIGNAL)
		return 128 + fate->code;
	return fate->ended == ENDED_OOM ? 128 + SIGKILL : 255;
}

static enum event do_exit(struct unit *unit)
{
	static const enum end_how how[] = {[ON_EXIT_NONE] = END_NONE,
		[ON_EXIT_POWEROFF] = END_POWEROFF,
		[ON_EXIT_REBOOT] = END_REBOOT,
		[ON_EXIT_HALT] = END_HALT};

	uint8_t on_exit = service_of(unit)->on_exit;
	int code = exit_code(fate_of(unit));

	if (on_exit == ON_EXIT_NONE || s.end)
		return EVENTS;
	say("%s: ended with exit code %u, which ends the machine (on-exit)",
		name_of(unit), (unsigned)code);
	want_end(how[on_exit], code);
	return EVENTS;
}

/* --- its clock ------------------------------------------------------------ */

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
	unsigned looks = fate_of(unit)->looks;
	uint64_t in_ms = LOOK_FIRST_MS << looks;

	if (!looks && unit->pids[ROLE_REAPER])
		in_ms = DRAIN_MS;
	if (in_ms > LOOK_LONGEST_MS)
		in_ms = LOOK_LONGEST_MS;
	if (unit->is_left)
		in_ms += (uint64_t)s.fates.running * OTHER_MS;
	clock_set(unit, in_ms);
}

static void clock_of_backoff(struct unit *unit)
{
	clock_set(unit, fate_of(unit)->delay_ms);
}

static void clock_of_rest(struct unit *unit)
{
	if (service_of(unit)->timer)
		timer_rest(unit);
	else
		clock_clear(unit);
}

static void clock_of_retry(struct unit *unit)
{
	if (fate_of(unit)->limit &&
		service_of(unit)->on_limit == ON_LIMIT_RETRY)
		clock_set(unit, service_of(unit)->limit_retry_ms);
	else
		clock_of_rest(unit);
}

/* Never less than it has; one without a limit needs no more. */
static void clock_of_extend(struct unit *unit)
{
	uint32_t in_ms = fate_of(unit)->extend_ms;
	uint64_t ends_ms = now_ms() + in_ms;

	if ((unit->place != NONE && ends_ms > unit->clock_ms) ||
		(unit->paused && in_ms > unit->left_ms))
		clock_set(unit, in_ms);
}

static void clock_of_quiet(struct unit *unit)
{
	clock_set(unit, s.fates.quiet_ms - now_ms());
}

/* What is none of these leaves its clock as it is. */
static void set_clock(struct unit *unit, enum action action)
{
	switch ((unsigned)action) {
	case ACTION_CLOCK_START:
	case ACTION_CLOCK_RELOAD:
		clock_of_start(unit);
		break;
	case ACTION_CLOCK_STOP:
		clock_of_stop(unit);
		break;
	case ACTION_CLOCK_EXTEND:
		clock_of_extend(unit);
		break;
	case ACTION_CLOCK_END:
		clock_of_end(unit);
		break;
	case ACTION_CLOCK_BACKOFF:
		clock_of_backoff(unit);
		break;
	case ACTION_CLOCK_RETRY:
		clock_of_retry(unit);
		break;
	case ACTION_CLOCK_REST:
		clock_of_rest(unit);
		break;
	case ACTION_CLOCK_QUIET:
		clock_of_quiet(unit);
		break;
	case ACTION_CLOCK_NONE:
		clock_clear(unit);
		break;
	default:
		break;
	}
}

/* What comes of it; EVENTS: nothing. */
static enum event do_action(struct unit *unit, enum action action)
{
	switch ((unsigned)action) {
	case ACTION_TELL_END:
		return do_tell_end(unit);
	case ACTION_TELL_BLOCKED:
		return do_tell_blocked(unit);
	case ACTION_TELL_STUCK:
		return do_tell_stuck(unit);
	case ACTION_THAW:
		return do_thaw(unit);
	case ACTION_FREEZE:
		return do_freeze(unit);
	case ACTION_LINE:
		return do_line(unit);
	case ACTION_BUILD:
		return do_build(unit);
	case ACTION_LISTEN:
		return do_listen(unit);
	case ACTION_RELOAD:
		return do_reload(unit);
	case ACTION_SIGNAL:
		return do_signal(unit);
	case ACTION_ABORT:
		return do_abort(unit);
	case ACTION_END:
		return do_end(unit);
	case ACTION_KILL:
		return do_kill(unit);
	case ACTION_REMOVE:
		return do_remove(unit);
	case ACTION_LIMIT:
		return do_limit(unit);
	case ACTION_EXIT:
		return do_exit(unit);
	default:
		set_clock(unit, action);
		return EVENTS;
	}
}

/* No cell has two actions that something comes of. */
enum event act(struct unit *unit, uint32_t bits)
{
	enum event event = EVENTS;

	for (unsigned i = 0; i < ACTIONS; i++) {
		enum event next;

		if (!(bits & ACTION_BIT(i)))
			continue;
		next = do_action(unit, (enum action)i);
		if (next != EVENTS)
			event = next;
		s.doing.bits &= ~ACTION_BIT(i);
	}
	return event;
}
