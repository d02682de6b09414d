/* Another table in place of the one in force, without touching what it says the
 * same of. Steps, a turn of the loop each at least:
 *
 *   what is gone or says something else stops, by the rules of the table that
 *   it was started from; then, with no start at work and the logger at its end,
 *   the new table comes into force at once (supervise_change_table()), and what
 *   is wanted of it starts in its order.
 *
 * What a service has that outlives a table is carried over by move_unit(). What
 * is of the whole table, or of a process that knows it by its numbers, is made
 * anew or told: the spawner (SANDBOX_KNOW), the logger (logs_change()), the
 * ring of events, and in main the control server. Whoever adds a process that
 * knows the table has a line in change_others(), and stops it in
 * reload_turn() if it must not overlap with its successor; whoever watches a
 * descriptor by the number of a service (base/loop.h) tells the loop the new
 * number in move_unit(), and closes it in drop_unit().
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "load/load.h"
#include "log/journal.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STARTS_MS 30000U /* for those at work, before they are killed */
#define LOGGER_MS 5000U /* for it to write what it has in hand */
#define POLL_MS 10 /* for what comes without an event */

enum step {
	STEP_NONE,
	STEP_TASKS, /* a milestone is at work: it is let finish */
	STEP_STOPS,
	STEP_STARTS, /* no more begin */
	STEP_LOGGER,
	STEP_READY
};

static struct reload {
	enum step step;
	const struct table *table;
	int fd;
	uint64_t deadline_ms;
	const uint32_t *to; /* see struct table */
	const uint32_t *from;
	bool killed;
	volatile bool changes; /* units are on their way */

	uint64_t asked; /* how many reloads were asked for, */
	uint64_t begun;
	uint64_t ended;
	uint64_t told; /* whoever asked for them has an answer */
	struct supervise_reloaded last; /* what came of the last one */
} r;

/* --- asking --------------------------------------------------------------- */

uint64_t supervise_ask_table(void)
{
	if (s.end)
		return 0;
	if (r.asked == r.begun)
		r.asked++;
	return r.asked;
}

bool supervise_wants_table(void)
{
	return s.table && !s.end && r.asked != r.begun &&
		!supervise_changes_table();
}

void supervise_table_begins(void)
{
	r.begun++;
}

static void end(const char *text, bool done)
{
	r.ended = r.begun;
	r.last.done = done;
	text_compose(r.last.text, sizeof(r.last.text), "%s", text);
	say("bulkhead: table: %s", text);
}

void supervise_table_refused(const char *why, int faulty)
{
	if (r.begun == r.ended) {
		if (faulty)
			close(faulty);
		return;
	}
	end(why, false);
	r.last.faulty = faulty;
}

const struct supervise_reloaded *supervise_reloaded(uint64_t number)
{
	return number <= r.ended ? &r.last : NULL;
}

void supervise_table_told(void)
{
	if (r.last.faulty > 0)
		close(r.last.faulty);
	r.last.faulty = 0;
	r.told = r.ended;
}

/* --- who is who ----------------------------------------------------------- */

/* The loader has compared it with the one in force. */
static bool follows(const struct table *table)
{
	r.to = table_pointer(table, table->to.at);
	r.from = table_pointer(table, table->from.at);
	return table->to.count == s.count;
}

/* A shell that somebody sits at is no matter of the table. */
static bool is_same(uint32_t index)
{
	uint32_t other = r.to[index];

	if (other == NONE)
		return false;
	return index == s.table->rescue_service ||
		(table_service(r.table, other)->flags & SERVICE_SAME);
}

/* --- the way there -------------------------------------------------------- */

static void give_back(const struct table *table, int fd)
{
	load_unmap(table);
	if (fd >= 0)
		close(fd);
}

int supervise_take_table(const struct table *table, int fd)
{
	int error;

	if (r.begun == r.ended) {
		give_back(table, fd);
		return -ECANCELED;
	}
	r.table = table;
	r.fd = fd;
	r.killed = false;
	error = follows(table) ? units_prepare(table, -1) : -ENOMEM;
	if (error) {
		give_back(table, fd);
		supervise_table_refused(
			"no memory for it; nothing is changed", 0);
		return error;
	}
	r.step = STEP_TASKS;
	return 0;
}

void reload_end(void)
{
	if (r.begun == r.ended && r.asked == r.begun)
		return;
	r.begun = r.asked;
	if (r.step >= STEP_LOGGER)
		logs_go_on();
	if (r.step != STEP_NONE) {
		units_forget();
		give_back(r.table, r.fd);
	}
	r.step = STEP_NONE;
	end("the machine ends; nothing is changed", false);
}

/* --- for the init that takes over ---------------------------------------- */

void reload_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct reload),
		STATE_KEPT(struct reload, asked),
		STATE_KEPT(struct reload, begun),
		STATE_KEPT(struct reload, ended),
		STATE_END,
	};

	state_add(list, STATE_KEY("reload"), fields, &r, 1);
}

/* One that was at work is over; who was to stop for it goes on. */
void reload_resume(void)
{
	for (uint32_t i = 0; i < s.count; i++) {
		struct unit *unit = &s.units[i];
		struct fate *fate = fate_of(unit);

		if (!fate->dropped)
			continue;
		fate->dropped = false;
		fate->wanted = fate->start = unit->returns;
		unit->returns = false;
		look_later(unit);
	}
	if (r.begun != r.ended)
		end("init has crashed; nothing is changed", false);
}

bool supervise_changes_table(void)
{
	return r.begun != r.told;
}

bool reload_holds_starts(void)
{
	return r.step >= STEP_STARTS;
}

static bool is_task_at_work(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (s.slots[i].unit != NONE && s.slots[i].is_task)
			return true;
	return false;
}

static void stop_all(void)
{
	for (uint32_t i = 0; i < s.count; i++) {
		struct unit *unit = &s.units[i];

		if (is_same(i))
			continue;
		unit->returns = fate_of(unit)->wanted;
		deliver(unit, EVENT_DROPPED);
	}
	r.step = STEP_STOPS;
	r.deadline_ms = now_ms() + s.table->system.shutdown_limit_ms;
}

/* What can be killed has ended soon after; what cannot is stuck, and counts as
 * ended. */
static bool all_have_stopped(void)
{
	bool late = now_ms() >= r.deadline_ms && !r.killed;
	bool all = true;

	for (uint32_t i = 0; i < s.count; i++) {
		struct unit *unit = &s.units[i];

		if (!fate_of(unit)->dropped || !is_running(unit))
			continue;
		all = false;
		if (late)
			deliver(unit, EVENT_KILL);
	}
	r.killed |= late;
	return all;
}

static bool is_watcher_coming(uint32_t index)
{
	const struct unit *unit = &s.units[index];

	return service_of(unit)->hotplug && unit->pids[ROLE_PROGRAM] &&
		is_running(unit) && !s.watchers[index];
}

/* The pid of a watcher or a keeper comes with no event. */
static bool all_helpers_are_known(void)
{
	for (uint32_t i = 0; i < s.count && now_ms() < r.deadline_ms; i++)
		if (is_watcher_coming(i) || keeper_is_coming(&s.units[i]))
			return false;
	return true;
}

/* They are made anew, since they know the old table. */
static bool all_spares_are_gone(void)
{
	return spares_are_gone() || now_ms() >= r.deadline_ms;
}

static bool no_start_is_at_work(void)
{
	if (!s.slots_used)
		return all_helpers_are_known() && all_spares_are_gone();
	if (now_ms() < r.deadline_ms || r.killed)
		return false;
	r.killed = true;
	for (unsigned i = 0; i < SLOTS; i++)
		if (s.slots[i].unit != NONE)
			deliver(&s.units[s.slots[i].unit], EVENT_KILL);
	return false;
}

static void begin_step(enum step step, uint32_t limit_ms)
{
	r.step = step;
	r.deadline_ms = now_ms() + limit_ms;
	r.killed = false;
}

void reload_turn(void)
{
	if (r.step == STEP_TASKS && !is_task_at_work())
		stop_all();
	if (r.step == STEP_STOPS && all_have_stopped()) {
		begin_step(STEP_STARTS, STARTS_MS);
		spares_drop();
	}
	if (r.step == STEP_STARTS && no_start_is_at_work()) {
		begin_step(STEP_LOGGER, LOGGER_MS);
		logs_stop();
	}
	if (r.step == STEP_LOGGER && logs_stopped(now_ms() >= r.deadline_ms))
		r.step = STEP_READY;
}

/* Most of what it waits for wakes init anyway. */
int reload_next_ms(void)
{
	static const int16_t next_ms[] = {[STEP_NONE] = -1,
		[STEP_TASKS] = -1,
		[STEP_STOPS] = 1000,
		[STEP_STARTS] = POLL_MS,
		[STEP_LOGGER] = POLL_MS,
		[STEP_READY] = 0};

	return r.told == r.ended ? next_ms[r.step] : 0;
}

bool supervise_may_change_table(void)
{
	return r.step == STEP_READY && !s.end;
}

/* --- the change ----------------------------------------------------------- */

static LAST struct supervisor old;

/* All that it had is given up; what is stuck stays as it is. */
static void close_kept(struct unit *unit)
{
	for (unsigned i = 0; i < KEPT; i++) {
		if (unit->kept[i] >= 0)
			close(unit->kept[i]);
		unit->kept[i] = -1;
	}
}

static void drop_unit(struct unit *unit)
{
	const int watched[] = {unit->news, unit->keeper, unit->log};

	for (unsigned i = 0; i < 3; i++) {
		if (watched[i] < 0)
			continue;
		if (i < 2)
			loop_remove(watched[i]);
		close(watched[i]);
	}
	close_kept(unit);
}

/* It starts as another: into namespaces of its own, and a ring of its size. */
static void renew_unit(struct unit *unit, const struct service *before)
{
	make_fate(service_of(unit), fate_of(unit));
	close_kept(unit);
	unit->holds = 0;
	unit->sum = 0;
	unit->due_ms = 0;
	if (unit->log < 0 || before->log_bytes == service_of(unit)->log_bytes)
		return;
	close(unit->log);
	unit->log = -1;
}

static void keep_clock(struct unit *unit, bool runs)
{
	unit->place = NONE;
	if (runs)
		clock_go_on(unit);
}

static void move_unit(uint32_t index)
{
	const struct unit *from = &old.units[index];
	struct unit *unit = &s.units[r.to[index]];

	*unit = *from;
	unit->in_line = false;
	unit->next_in_line = NONE;
	memcpy(text_of(unit), old.texts[index], TEXT_SIZE);
	keep_clock(unit, from->place != NONE);
	s.watchers[r.to[index]] = old.watchers[index];
	s.stamps[r.to[index]] = old.stamps[index];
	for (unsigned i = 0; i < ROLES; i++)
		if (unit->pids[i])
			pid_put(unit, (enum role)i);
	if (unit->news >= 0)
		loop_change(unit->news, EPOLLIN, LOOP_NEWS, r.to[index]);
	keeper_move(unit, &old, index);
	/* somebody may join it who did not before */
	if (unit->pids[ROLE_REAPER] && unit->pids[ROLE_PROGRAM])
		keep_spaces(unit, unit->pids[ROLE_REAPER]);
	s.stuck += unit->stuck != 0;
	if (old.fates.all[index].dropped)
		renew_unit(unit, table_service(old.table, index));
}

static bool is_wanted_now(
	const struct service *service, const struct service *before)
{
	if (s.table->system.rescue || !service->autostart)
		return false;
	return !before || !before->autostart ||
		before->flags & SERVICE_FAULTY || old.table->system.rescue;
}

/* What the table says of it now. */
static void renew(uint32_t index)
{
	const struct service *before = table_service(old.table, index);
	struct unit *unit = &s.units[r.to[index]];
	struct fate *fate = fate_of(unit);

	if (before->flags & SERVICE_FAULTY)
		*text_of(unit) = '\0';
	fate->dropped = false;
	fate->wanted = unit->returns || is_wanted_now(service_of(unit), before);
	unit->returns = false;
	deliver(unit, EVENT_CHANGED);
}

static void move_all(void)
{
	s.stuck = 0;
	for (uint32_t i = 0; i < old.count; i++) {
		if (r.to[i] != NONE)
			move_unit(i);
		else
			drop_unit(&old.units[i]);
	}
}

/* Once all are in their places. Those that are new, and after a rescue those
 * that were kept from running, are wanted now. */
static void renew_all(void)
{
	for (uint32_t i = 0; i < s.count; i++) {
		const struct service *before = r.from[i] == NONE
			? NULL
			: table_service(old.table, r.from[i]);

		if (before && old.fates.all[r.from[i]].dropped)
			renew(r.from[i]);
		else if ((!before || old.table->system.rescue) &&
			is_wanted_now(service_of(&s.units[i]), before))
			deliver(&s.units[i], EVENT_WANT);
	}
}

/* Processes that know the table, and what is kept by the numbers of services.
 */
static void change_others(void)
{
	remember_moved(r.to);
	logs_change();
	conditions_begin();
	timers_begin();
	spares_begin();
	s.look_timers = true;
	if (s.spawner && sandbox_know(s.orders, s.setup.host) < 0)
		kill(s.spawner, SIGKILL);
}

COLD void supervise_change_table(void)
{
	int table_fd = s.setup.host->table;

	r.changes = true;
	old = s;
	units_install(&s.setup.host->places);
	s.setup.host->table = r.fd;
	fate_move(&s.fates, &old.fates, r.to);
	move_all();
	change_others();
	renew_all();
	end(table_string(s.table, s.table->changes.text), true);
	give_back(old.table, table_fd);
	units_forget();
	r.step = STEP_NONE;
}

bool supervise_is_whole(void)
{
	return !r.changes;
}

uint32_t supervise_moved(uint32_t service)
{
	return service < old.count ? r.to[service] : NONE;
}

void supervise_moved_all(void)
{
	r.changes = false;
}
