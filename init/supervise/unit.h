/* What the files of supervise/ share: one unit a service, and the lists they
 * stand in. Nothing outside supervise/ includes it.
 *
 * All memory is taken at once, by units_prepare(). Knock-on effects go through
 * a queue of units to be looked at, never through recursion.
 */
#ifndef SUPERVISE_UNIT_H
#define SUPERVISE_UNIT_H

#include "base/clock.h"
#include "base/state.h"
#include "plan/fate.h"
#include "supervise/supervise.h"

#define NONE UINT32_MAX
#define TEXT_SIZE 160U
#define SLOTS SANDBOX_PLACES
#define KEPT 3U /* kinds of namespace that can be joined: net, ipc, uts */

enum role {
	ROLE_BUILDER,
	ROLE_REAPER,
	ROLE_PROGRAM,
	ROLE_FORWARDER,
	ROLE_CHECKER,
	ROLES,
	ROLE_WATCHER = ROLES /* of its devices; its pid is in s.watchers */
};

/* What is done about a service; what is decided about it is its fate. Here and
 * below, a member has a row in state.def. */
struct unit {
	bool in_line; /* in the line for a slot */
	bool paused; /* its clock stands, with left_ms on it */
	bool blocked; /* it was told that what it needs has failed */
	bool ill; /* `health` has failed, in this run */
	bool reloading; /* its checker has not said yet what came of it */
	bool not_reloaded; /* the last time that it was asked for */
	bool returns; /* it stops for another table, and is wanted in that */
	bool is_left; /* ... to the last kill, see act.c */

	int32_t pids[ROLES]; /* 0: none */
	int32_t log; /* ring, or -1 */
	int32_t news; /* socket of this run's reaper, or -1 */
	int32_t keeper; /* socket to its keeper, or -1 */
	int32_t kept[KEPT]; /* namespaces that others join, or -1 */
	uint32_t slot; /* of its start; NONE */
	uint32_t next_in_line;
	uint32_t place; /* in the heap of clocks; NONE */
	uint32_t told; /* messages since told_ms */
	uint32_t tries; /* restarts when it was last asked for */
	int32_t error; /* that it said itself (ERRNO), or 0 */
	int32_t exit_status; /* that it said itself, or 0 */
	bool is_asked_for; /* a condition of another one is that it is up */
	uint16_t holds; /* bits: conditions of its `when` that hold */
	uint32_t sum; /* of what its reload-on names; 0: not known */
	uint32_t times[SUPERVISE_TIMES]; /* see supervise_look() */
	uint64_t extra[STATE_EXTRA]; /* none, but in a test */

	uint64_t told_ms;
	uint64_t clock_ms; /* when its clock runs out */
	uint64_t left_ms; /* while it is paused */
	uint64_t since_ms; /* last change of state, CLOCK_BOOTTIME */
	uint64_t watched_ms; /* when its watcher was started */
	int64_t last_s; /* `every`: timer_stamp() of its last run; 0: none */
	int64_t due_ms; /* ... and when it is due, CLOCK_REALTIME; or 0 */
	uint64_t generation; /* 0: no group */
	uint64_t stuck; /* generation that could not be ended; 0: none */
};

/* The next compartment of a service with `spare`. All 0: never touched. */
struct spare {
	uint32_t phase; /* enum spare_phase */
	bool wanted; /* made as soon as may be; or again, when it is gone */
	int32_t report; /* read end; 0: none */
	int32_t go; /* write end: what it is told to go on by; 0: none */
	int32_t news; /* as that of the unit, which it becomes; 0: none */
	uint64_t generation;
	uint64_t left; /* generation of the unit's last run, whose group is
			* empty, and to be removed; 0: none */
	uint64_t due_ms; /* when it is looked at; 0: not */
};

struct slot {
	uint32_t unit; /* NONE: free */
	int32_t report; /* read end */
	int32_t error; /* of the step that has failed, and was told; 0: none */
	bool is_task; /* a milestone */
};

enum phase {
	PHASE_NONE,
	PHASE_DECIDING, /* its fate may be half changed: `before` counts */
	PHASE_ACTING /* `bits` are left to be done */
};

/* What is being done about a unit, for who takes over from an init that crashed
 * amid it. */
struct doing {
	uint32_t unit;
	uint32_t event; /* enum event; EVENTS: it is looked at */
	uint32_t bits;
	uint32_t phase; /* enum phase */
	uint32_t tries; /* how often it was in vain */
	struct fate before;
};

/* A child that has ended and is not yet reaped. */
struct child {
	int32_t pid; /* 0: none */
	uint32_t unit;
	uint32_t role; /* enum role; it is out of the unit's pids */
	int32_t code; /* siginfo_t */
	int32_t status;
};

struct supervisor {
	const struct table *table;
	struct supervise_setup setup;
	uint32_t count; /* services */
	struct unit *units;
	struct fates fates; /* what plan/ decides of them */
	char (*texts)[TEXT_SIZE]; /* of a unit each, see text_of() */

	struct slot slots[SLOTS];
	struct sandbox_pids *pids; /* a slot each, shared with the spawner */
	int32_t *watchers; /* pids or 0, of SANDBOX_HELPERS; shared as well */
	int32_t spawner; /* its pid; 0: there is none */
	int orders; /* socket to it */
	uint64_t spawner_ms; /* not before that the next one */
	uint32_t slots_used;
	uint64_t generation;

	struct spare *spares; /* one a service, */
	struct sandbox_pids *spare_pids; /* with its pids; shared as well */
	uint32_t spare_count; /* in any phase, and groups that are left */
	bool spare_builds; /* one of them is at work */
	bool spares_held; /* some are to be made when there is time for it */
	uint64_t spares_ms; /* when one is looked at next; 0: never */

	uint32_t line_first; /* units that wait for a slot */
	uint32_t line_last;

	uint32_t *heap; /* units with a clock, the next one first */
	uint32_t heap_count;

	int64_t *stamps; /* of the last runs that the disk knows; shared too */
	int calendar; /* says when the clock is set; -1: nobody asks */
	bool look_timers; /* what was reckoned by the calendar may be wrong */

	uint32_t stuck; /* units with a group that could not be ended */
	bool look_stuck; /* one of them may have come to its end */
	bool announced; /* the end of the boot */
	bool is_good; /* the boot is: see good.c */
	uint64_t good_ms; /* when it will be; 0: not all are up */

	enum end_how end;
	bool is_stopped; /* all services, or there is no more time for them */
	bool is_over; /* ... and the logger is done */
	bool is_hurried;
	struct end ending;
	uint64_t end_ms; /* when the wait is over */
	bool wants_reboot;
	bool wants_rescue;
	enum end_how wants_end; /* of a service: on-limit, on-exit */
	int wants_code;

	struct doing doing;
	struct child child;
};

extern struct supervisor s;

static inline const struct service *service_of(const struct unit *unit)
{
	return table_service(s.table, (uint32_t)(unit - s.units));
}

static inline uint32_t index_of(const struct unit *unit)
{
	return (uint32_t)(unit - s.units);
}

static inline struct fate *fate_of(const struct unit *unit)
{
	return &s.fates.all[unit - s.units];
}

static inline enum state state_of(const struct unit *unit)
{
	return (enum state)fate_of(unit)->state;
}

static inline bool is_running(const struct unit *unit)
{
	return state_is_running(state_of(unit));
}

static inline const char *name_of(const struct unit *unit)
{
	return table_string(s.table, service_of(unit)->name);
}

/* Why it is as it is, in words; stands by itself, since in most cases there is
 * nothing to say, and pages that nobody writes cost nothing. */
static inline char *text_of(const struct unit *unit)
{
	return s.texts[unit - s.units];
}

static inline const struct edge *edges(const struct list *list)
{
	return table_pointer(s.table, list->at);
}

/* units.c: memory; units by pid. All that a table wants is taken by
 * units_prepare() (places_fd: that of an init before, or -1; 0, or -ENOMEM),
 * and comes into force with units_install(), all down. units_forget() gives
 * back what is not in force: what was prepared, and what was in force before.
 */
int units_prepare(const struct table *table, int places_fd);
void units_install(int *places_fd);
void units_forget(void);
void make_fate(const struct service *service, struct fate *fate);
/* One of a unit's pids can be found from now on, as long as it is there; it is
 * looked for (NONE: not there), and taken from its unit. */
void pid_put(const struct unit *unit, enum role role);
uint32_t pid_take(int32_t pid, enum role *role);
bool is_alive(const struct unit *unit); /* some process, or a start, is left */

/* clock.c: one clock a unit. That of a frozen one stands: whatever is set goes
 * on when it is thawed. */
void clock_set(struct unit *unit, uint64_t in_ms);
void clock_clear(struct unit *unit);
void clock_pause(struct unit *unit);
void clock_resume(struct unit *unit); /* it is frozen no more */
void clock_go_on(struct unit *unit); /* one that was set by another init */
struct unit *clock_run_out(void); /* NULL: none; its clock is cleared */
int clock_next_ms(void); /* -1: none */

/* timers.c: `every`. */
void timers_begin(void); /* a table is taken over */
void timer_rest(struct unit *unit); /* its clock, until its next run */
void timer_ran(struct unit *unit); /* a run begins */
void timers_turn(void);

/* tell.c: what people read. */
/* Sets the unit's text; says it as well, unless it was told too often. */
void tell(struct unit *unit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Sets the text only. */
void note(struct unit *unit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tell_end(struct unit *unit);
void tell_blocked(struct unit *unit);
const char *text_now(const struct unit *unit); /* for svc status */
void tell_boot(void);
void tell_late(void);

/* start.c: slots, builders, milestones. */
/* The namespaces that a service enters instead of having them made, or -1. */
void find_spaces(const struct unit *unit, int enter[SPACES]);
bool slot_is_free(void);
void free_slot(struct slot *slot);
int start(struct unit *unit); /* a slot is free; 0, or -errno */
void watch(struct unit *unit); /* it runs, and its devices may change */
/* A child that is in no unit's pids, and has ended: its unit and role. NONE: no
 * unit's. */
uint32_t slot_take(int32_t pid, enum role *role);
void keep_spaces(struct unit *unit, int32_t reaper);
void slot_kill(const struct unit *unit); /* what its start has made so far */
void tell_checker(const struct unit *unit, int signal); /* if it has one */
void spawner_ended(void);
int need_spawner(void); /* 0, or -EAGAIN */
void start_resume(bool same); /* the slots, and the spawner */

/* A start that was made ahead, with its report and pids, goes on: a slot is
 * free. */
void start_made(struct unit *unit, int report, struct sandbox_pids *pids);
bool take_pid_of(struct sandbox_pids *pids, int32_t pid, enum role *role);
void kill_pids(const struct sandbox_pids *pids);
void no_fds(int fds[SANDBOX_FDS]);

/* spares.c: compartments that are made ahead. One service has been started: its
 * next one is made, once it has been up for long enough. */
void spare_want(const struct unit *unit);
/* The start is that of the spare from now on. False: there is none. */
bool spare_take(struct unit *unit);
/* Its next start does not wait until the group of its last run is removed.
 * False: it has to. */
bool spare_leaves_group(const struct unit *unit);
void spare_drop(const struct unit *unit); /* it is not wanted any more */
bool spare_ended(int32_t pid); /* it was one's */
void spares_drop(void); /* all of them, */
bool spares_are_gone(void);
void spares_begin(void); /* a table is in force, whose services may be up */
void spares_resume(void); /* another init was it that made them */
void spares_turn(void);
int spares_next_ms(void); /* -1: never */

/* logs.c: the logger. A service with 'log-to' is about to start: makes sure
 * that its ring is followed, and returns the bell that its reaper rings; -1 for
 * others, and when the logger cannot be had, which has been told. */
int logs_follow(const struct unit *unit);
bool logs_ended(int32_t pid); /* it was the logger */
void logs_turn(void); /* starts one that has ended again */
int logs_next_ms(void); /* -1: never */
/* No more lines come. Whether the last one is where it belongs, or too late. */
bool logs_are_over(void);
void logs_state(struct state_list *list);
void logs_resume(bool same); /* another init was it that began */
void logs_stop(void); /* it is to end; another one comes with another table */
void logs_go_on(void); /* after all */
bool logs_stopped(bool by_force);
/* From now on it is of this table: where each of its sinks has come to. */
void logs_change(void);

/* conditions.c: what must hold of the host. With each table, before anything is
 * delivered: what it asks for. Of each unit as many conditions are unmet as
 * there are bits in `when` that are not in `holds`. */
void conditions_begin(void);
/* The unit's state has changed, which may be another one's condition. */
void conditions_note(const struct unit *changed);
/* Those that do not hold, as written, for people: bytes. */
size_t conditions_text(const struct unit *unit, char *to, size_t size);
/* While it is held: a service that it waits for so; NONE. */
uint32_t conditions_service(const struct unit *unit);
bool conditions_ended(int32_t pid); /* it was their watcher */
void conditions_turn(void); /* starts it, again if it has ended */
void conditions_state(struct state_list *list);
void conditions_resume(bool same); /* another init was it that began */
int conditions_next_ms(void); /* -1: never */

/* news.c: what a running service says of itself. */
int news_open(struct unit *unit, int *other); /* 0, or -errno */
void news_close(struct unit *unit);
void news_resume(const struct unit *unit);
void news_take(struct unit *unit, int socket); /* that of what was made ahead */

/* keepers.c: sockets that are made ahead, and what is stored. */
/* For a start: *other is the socket that its builder gets, or -1 where it has
 * no keeper. 0, or -errno. */
int keeper_give(struct unit *unit, int *other);
/* Has its sockets, and tells when somebody comes: EVENT_CALL. False: not so. */
bool keeper_listens(struct unit *unit);
void keeper_drop(struct unit *unit); /* its sockets are closed */
void keeper_resume(const struct unit *unit);
bool keeper_ended(int32_t pid); /* it was one */
bool keeper_is_coming(const struct unit *unit); /* its pid is not known yet */
/* It is of a unit of another number, which it had in the table before. */
void keeper_move(
	struct unit *unit, const struct supervisor *before, uint32_t index);

/* good.c: `healthy`. */
void good_turn(void);
int good_next_ms(void); /* -1: never */
bool good_asks_for(const struct unit *unit);

/* act.c: performs actions, as bits. The event that comes of them; EVENTS: none.
 */
enum event act(struct unit *unit, uint32_t bits);

/* queue.c: the line for a slot. */
void stand_in_line(struct unit *unit);
void move_line(void); /* looks later at as many as there is room for */

/* events.c: what happened, for those who watch. The unit's state has changed;
 * since_ms is the time. */
void remember(struct unit *unit, enum state before, enum event cause);
void events_state(struct state_list *list);
/* Its program was executed. */
void remember_executed(struct unit *unit);
bool was_executed(const struct unit *unit); /* since boot */

/* change.c: what happens to a unit. */
void deliver(struct unit *unit, enum event event);
/* What comes next is that event, whatever happens to init meanwhile. */
void intend(const struct unit *unit, enum event event);
void finish_doing(void); /* what an init before has begun */
/* Whatever of it was alive may be gone. */
void check_gone(struct unit *unit);
void look_at_queue(void);
void look_later(struct unit *unit);
void rescue(void);

/* The services have other numbers: to[i] is that of i, or NONE. */
void remember_moved(const uint32_t *to);

/* reload.c: another table. */
void reload_turn(void);
int reload_next_ms(void); /* -1: never */
bool reload_holds_starts(void);
void reload_end(void); /* the machine ends: it is given up */
void reload_state(struct state_list *list);
void reload_resume(void); /* another init was it that began one */

/* turn.c: what is left of the end of a child; the start is over: the program
 * was executed (0), or the errno. */
void finish_child(void);
void start_is_over(struct unit *unit, int error);

#endif
