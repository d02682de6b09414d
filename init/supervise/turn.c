/* Events, and all that follows from them: the machine of plan/ is asked, its
 * actions are performed, and whoever may care is looked at again.
 */
#include "supervise/unit.h"

#include "log/journal.h"
#include "plan/gate.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_MS 1000U /* for a reaper to move the last output */
#define LOOK_FIRST_MS 5U /* until a group is found empty: doubles ... */
#define LOOK_LONGEST_MS 1000U
#define LOOKS_MOST 14U /* ... so often, about 9 s */

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

/* --- actions, in the order of actions.def --------------------------------- */

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
	unit->text[0] = '\0';
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
	kill_group(unit);
	look_later(unit);
}

/* A shell ends when its terminal hangs up, and by no other signal. */
static void do_signal(struct unit *unit)
{
	const struct service *service = service_of(unit);
	int32_t program = unit->pids[ROLE_PROGRAM];

	if (unit->slot != NONE && !s.slots[unit->slot].is_task) {
		kill_all(unit);
		return;
	}
	send(program, (int)service->stop_signal);
	if (service->tty) {
		send(program, SIGHUP);
		send(program, SIGCONT);
	}
	look_later(unit);
}

static void do_end(struct unit *unit)
{
	if (unit->pids[ROLE_REAPER])
		sandbox_end(unit->pids[ROLE_REAPER]);
	else
		kill_group(unit);
	look_later(unit);
}

static void clock_of_start(struct unit *unit)
{
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

/* --- the queue ------------------------------------------------------------ */

void look_later(struct unit *unit)
{
	uint32_t index = (uint32_t)(unit - s.units);

	if (unit->queued)
		return;
	unit->queued = true;
	unit->next = NONE;
	if (s.queue_last == NONE)
		s.queue_first = index;
	else
		s.units[s.queue_last].next = index;
	s.queue_last = index;
}

static struct unit *take_first(void)
{
	struct unit *unit;

	if (s.queue_first == NONE)
		return NULL;
	unit = &s.units[s.queue_first];
	s.queue_first = unit->next;
	if (s.queue_first == NONE)
		s.queue_last = NONE;
	unit->queued = false;
	return unit;
}

static void stand_in_line(struct unit *unit)
{
	uint32_t index = (uint32_t)(unit - s.units);

	if (unit->in_line)
		return;
	unit->in_line = true;
	unit->next_in_line = NONE;
	if (s.line_last == NONE)
		s.line_first = index;
	else
		s.units[s.line_last].next_in_line = index;
	s.line_last = index;
}

/* As many as there are slots for are looked at again. */
static void move_line(void)
{
	uint32_t room = SLOTS - s.slots_used;

	while (room && s.line_first != NONE) {
		struct unit *unit = &s.units[s.line_first];

		s.line_first = unit->next_in_line;
		if (s.line_first == NONE)
			s.line_last = NONE;
		unit->in_line = false;
		look_later(unit);
		room--;
	}
}

/* --- what a change means to others ---------------------------------------- */

static const struct edge *edges(const struct list *list)
{
	return table_pointer(s.table, list->at);
}

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

static void tell_followers(struct unit *unit, enum state before)
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
	for (unsigned i = 0; i < ACTIONS; i++)
		if (to.actions & ACTION_BIT(i))
			actions[i](unit);
}

/* --- wishes --------------------------------------------------------------- */

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
static void pull(struct unit *unit)
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

/* --- looks ---------------------------------------------------------------- */

/* A service that waits for what does not come by itself holds back only those
 * that need it. */
static enum state seen(const struct unit *unit)
{
	return unit->stalled && unit->state == STATE_WAITING
		? STATE_BACKOFF
		: (enum state)unit->state;
}

static void hold(struct unit *unit, const struct unit *other)
{
	enum state state = seen(other);
	bool stalled = state == STATE_DOWN || state == STATE_BACKOFF;

	note(unit, "waits for '%s'", name_of(other));
	if (stalled == unit->stalled)
		return;
	unit->stalled = stalled;
	tell_followers(unit, (enum state)unit->state);
}

static void look_waiting(struct unit *unit)
{
	const struct list *waits = &service_of(unit)->waits;
	uint32_t count = waits->count;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (unit->cursor + i) % count;
		const struct edge *edge = &edges(waits)[at];
		const struct unit *other = &s.units[edge->service];
		enum gate gate = gate_start(
			(enum edge_kind)edge->kind, (enum state)other->state);

		if (gate == GATE_OPEN)
			continue;
		unit->cursor = at;
		if (gate == GATE_SHUT) {
			unit->by_need = true;
			tell(unit, "not started: it needs '%s', which failed",
				name_of(other));
			feed(unit, EVENT_BLOCKED);
		} else {
			hold(unit, other);
		}
		return;
	}
	if (service_of(unit)->type == TYPE_GROUP || slot_is_free())
		feed(unit, EVENT_GO);
	else
		stand_in_line(unit);
}

static void look_leaving(struct unit *unit)
{
	const struct list *list = &service_of(unit)->followers;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct edge *edge = &edges(list)[i];

		if (gate_holds((enum edge_kind)edge->kind,
			    (enum state)s.units[edge->service].state,
			    s.end != END_NONE))
			return;
	}
	feed(unit, EVENT_FREE);
}

static void act_on_limit(const struct unit *unit)
{
	switch ((enum on_limit)service_of(unit)->on_limit) {
	case ON_LIMIT_REBOOT:
		s.wants_reboot = true;
		break;
	case ON_LIMIT_POWEROFF:
		supervise_end(END_POWEROFF, 1);
		break;
	case ON_LIMIT_RESCUE:
		rescue();
		break;
	case ON_LIMIT_RETRY:
	case ON_LIMIT_GIVE_UP:
		break;
	}
}

static int exit_code(const struct unit *unit)
{
	if (unit->ended == ENDED_EXIT)
		return unit->code;
	if (unit->ended == ENDED_SIGNAL)
		return 128 + unit->code;
	return unit->ended == ENDED_OOM ? 128 + SIGKILL : 255;
}

static void act_on_exit(const struct unit *unit)
{
	static const enum end_how how[] = {[ON_EXIT_NONE] = END_NONE,
		[ON_EXIT_POWEROFF] = END_POWEROFF,
		[ON_EXIT_REBOOT] = END_REBOOT,
		[ON_EXIT_HALT] = END_HALT};

	uint8_t on_exit = service_of(unit)->on_exit;

	if (on_exit == ON_EXIT_NONE || s.end)
		return;
	say("%s: ended with exit code %u, which ends the machine (on-exit)",
		name_of(unit), (unsigned)exit_code(unit));
	supervise_end(how[on_exit], exit_code(unit));
}

/* Nothing of it is left: what now? */
static void weigh(struct unit *unit)
{
	const struct life_end end = {.ended = (enum ended)unit->ended,
		.code = unit->code,
		.ran_ms = unit->ended_ms - unit->executed_ms,
		.wanted = unit->wanted,
		.asked = unit->asked};
	struct life_verdict verdict =
		life_weigh(service_of(unit), &unit->life, &end, now_ms());
	bool by_itself = unit->wanted && !unit->asked;

	unit->delay_ms = verdict.delay_ms;
	unit->limit = verdict.limit;
	if (verdict.event == EVENT_EMPTY_DOWN)
		unit->wanted = false;
	tell_end(unit, &verdict);
	feed(unit, verdict.event);
	if (!by_itself || verdict.event == EVENT_EMPTY_AGAIN ||
		verdict.event == EVENT_EMPTY_BACKOFF)
		return;
	if (verdict.limit)
		act_on_limit(unit);
	act_on_exit(unit);
}

static void look_ending(struct unit *unit)
{
	int error = 0;

	if (is_alive(unit))
		return;
	if (unit->generation)
		error = sandbox_group_remove(s.setup.host->services,
			name_of(unit), unit->generation);
	if (error == 0) {
		weigh(unit);
	} else if (!unit->looks) {
		unit->looks = 1;
		feed(unit, EVENT_TIMEOUT);
	}
}

/* A group has no program: it is up as soon as it may be. A start that could
 * not even begin is over. */
static void look_starting(struct unit *unit)
{
	if (service_of(unit)->type == TYPE_GROUP)
		feed(unit, EVENT_READY);
	else if (!is_alive(unit))
		start_is_over(unit, unit->code);
}

static void look_at_state(struct unit *unit)
{
	switch ((enum state)unit->state) {
	case STATE_WAITING:
		look_waiting(unit);
		break;
	case STATE_STARTING:
		look_starting(unit);
		break;
	case STATE_LEAVING:
		look_leaving(unit);
		break;
	case STATE_STOPPING:
		if (!is_alive(unit))
			feed(unit, EVENT_ENDED);
		break;
	case STATE_ENDING:
		look_ending(unit);
		break;
	case STATE_DOWN:
	case STATE_UP:
	case STATE_DONE:
	case STATE_BACKOFF:
	case STATE_FAILED:
	case STATES:
		break;
	}
}

static void look(struct unit *unit)
{
	if (unit->pull)
		pull(unit);
	if (unit->again) {
		unit->again = false;
		stop(unit, true);
	}
	if (unit->retry && unit->by_need && unit->wanted)
		feed(unit, EVENT_START);
	unit->retry = false;
	look_at_state(unit);
}

/* --- events --------------------------------------------------------------- */

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

/* Without its reaper a service is cut off; with it, the kernel ends both. */
static void take_end(struct unit *unit, enum role role, const siginfo_t *si)
{
	if (role == ROLE_PROGRAM)
		note_end(unit, si);
	if (unit->slot != NONE && !s.slots[unit->slot].is_task)
		return;
	if (role == ROLE_PROGRAM)
		feed(unit, EVENT_ENDED);
	else if (role == ROLE_REAPER && unit->pids[ROLE_PROGRAM] &&
		state_is_running((enum state)unit->state))
		kill_all(unit);
	look_later(unit);
}

bool supervise_reaped(const siginfo_t *si)
{
	uint32_t index = s.table ? pid_take(si->si_pid) : NONE;
	enum role role = ROLES;
	struct unit *unit;

	if (index != NONE) {
		unit = &s.units[index];
		role = role_of(unit, si->si_pid);
		if (role < ROLES)
			unit->pids[role] = 0;
	} else if (s.table) {
		index = slot_take(si->si_pid, &role);
	}
	if (index == NONE)
		return false;
	take_end(&s.units[index], role, si);
	return true;
}

/* Its clock has run out: in the state it is in, that means one thing. */
static void run_out(struct unit *unit)
{
	if (unit->state != STATE_ENDING) {
		feed(unit, EVENT_TIMEOUT);
		return;
	}
	if (unit->looks++ < LOOKS_MOST) {
		feed(unit, EVENT_TIMEOUT);
		return;
	}
	tell(unit, "cannot be killed: it is stuck in the kernel");
	for (unsigned i = 0; i < ROLES; i++)
		if (unit->pids[i]) {
			pid_take(unit->pids[i]);
			unit->pids[i] = 0;
		}
	feed(unit, EVENT_STUCK);
}

static void end_turn(void)
{
	if (!s.end || s.is_over)
		return;
	if (!s.running) {
		s.is_over = true;
	} else if (now_ms() >= s.end_ms && !s.is_hurried) {
		tell_late();
		supervise_hurry();
	} else if (now_ms() >= s.end_ms) {
		s.is_over = true;
	}
}

void supervise_turn(void)
{
	struct unit *unit;

	if (!s.table)
		return;
	while ((unit = clock_run_out()) != NULL)
		run_out(unit);
	do {
		move_line();
		while ((unit = take_first()) != NULL)
			look(unit);
	} while (slot_is_free() && s.line_first != NONE);
	if (!s.announced && !s.end && !s.moving && s.line_first == NONE) {
		s.announced = true;
		tell_boot();
	}
	end_turn();
}
