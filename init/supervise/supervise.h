/* Run-time state of all services; performs what plan/ decides. The only writer
 * of that state. Called by main's loop (events), by control/ (what people ask)
 * and by nobody else; nothing here waits.
 */
#ifndef SUPERVISE_SUPERVISE_H
#define SUPERVISE_SUPERVISE_H

#include "base/state.h"
#include "plan/machine.h"
#include "sandbox/sandbox.h"
#include "table/table.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct supervise_setup {
	struct sandbox_host *host; /* template is filled in here */
};

/* Takes the table over and starts what it says. Once. 0, or -errno when there
 * is no memory for the state of its services. */
int supervise_begin(
	const struct table *table, const struct supervise_setup *setup)
	__attribute__((nonnull, warn_unused_result));

/* For the init that takes over: adds what lives on; takes memory for it, in
 * supervise_begin()'s place (0, or -errno); goes on with what was filled in
 * there (same: the last init was of this build; 0, or -EINVAL: it cannot be);
 * and, where that has crashed, ends what it had begun. */
void supervise_state(struct state_list *list) __attribute__((nonnull));
int supervise_remake(const struct table *table, struct sandbox_host *host)
	__attribute__((nonnull, warn_unused_result));
int supervise_resume(bool same) __attribute__((warn_unused_result));
void supervise_recover(void);

/* The table, or NULL before supervise_begin(). */
const struct table *supervise_table(void);

/* Events. A child has ended: si as waitid(2) gave it. False: it is none of
 * ours. A report pipe can be read. */
bool supervise_reaped(const siginfo_t *si) __attribute__((nonnull));
void supervise_report(uint32_t slot);
void supervise_logger(void);
void supervise_conditions(void);
/* The reaper of a service has something to say. */
void supervise_news(uint32_t service);
/* Its keeper has. */
void supervise_keeper(uint32_t service);
/* Its spare has. */
void supervise_spare(uint32_t service);

/* CLOCK_REALTIME was set. */
void supervise_calendar(void);

/* Once a turn of the loop: acts on timers that have run out and on all that
 * follows from what has happened. */
void supervise_turn(void);

/* When supervise_turn() is wanted next, in ms from now; -1: never. */
int supervise_timeout_ms(void);

/* Whether each critical service is up, or on its way within its limits, or
 * stopped by somebody. */
bool supervise_is_healthy(void);

/* Whether the boot has had its say. */
bool supervise_has_booted(void);

/* Whether the boot counts as good, as `healthy` of [system] says. */
bool supervise_is_good(void);

/* --- what people ask ------------------------------------------------------ */

enum ask {
	ASK_START,
	ASK_STOP,
	ASK_RESTART,
	ASK_RELOAD /* supervise_may_reload() */
};

enum answer {
	ANSWER_WAIT, /* it is on its way */
	ANSWER_DONE,
	ANSWER_FAILED /* supervise_look() tells why */
};

/* Begins what is asked. Nothing is started once the machine is ending. */
void supervise_ask(uint32_t service, enum ask ask);

/* Whether it runs and has a `reload`: 0, -ESRCH or -ENOTSUP. */
int supervise_may_reload(uint32_t service);

/* What has come of it by now. */
enum answer supervise_answer(uint32_t service, enum ask ask);

/* Sends a signal to its program. 0, or -errno (ESRCH: it does not run). */
int supervise_kill(uint32_t service, int signal);

/* Stops all processes of a service where they are, or lets them go on; its
 * clocks stand meanwhile. It is let go on when it is to stop. 0, or -errno
 * (ESRCH: it does not run, or is stopping). cgroup-v2.rst, cgroup.freeze */
int supervise_freeze(uint32_t service, bool frozen);

/* Of the next compartment of a service with `spare`. */
enum spare_phase {
	SPARE_NONE,
	SPARE_BUILDS,
	SPARE_WAITS, /* whole: it can be a start at any time */
	SPARE_DROPPED /* killed; something of it is left */
};

struct supervise_view {
	enum state state;
	int32_t pid; /* of the program, on the host; 0: none */
	int32_t reaper; /* pid 1 inside, on the host; 0: none */
	uint32_t restarts; /* since boot */
	bool frozen;
	enum ended ended;
	int32_t code;
	uint64_t since_ms; /* CLOCK_BOOTTIME of the last change of state */
	uint64_t generation; /* its group is svc/NAME.GENERATION */
	const char *text; /* why it is as it is, for people; may be "" */
	const uint32_t *times; /* SUPERVISE_TIMES; ms, 0: not yet */
	const struct edge *holder; /* what it waits for, or NULL */
	uint32_t condition; /* a service that its `when` waits for, or
			     * UINT32_MAX */
	uint32_t clock_ms; /* until its clock runs out; 0: it has none */
	uint32_t limit_used; /* of restart-limit */
	uint32_t spare; /* enum spare_phase */
	bool wanted;
	bool limit; /* it was reached */
	bool in_line; /* for a slot */
	bool quiet; /* it waits for the end of the boot */
	bool stuck; /* what is left of its last run cannot be ended */
	bool vital; /* `healthy` names it */
};

/* Of its first start since boot: wanted, build begun, executed, up.
 * CLOCK_BOOTTIME. */
#define SUPERVISE_TIMES 4U

void supervise_look(uint32_t service, struct supervise_view *view)
	__attribute__((nonnull));

struct supervise_event {
	uint32_t service;
	uint8_t from; /* enum state */
	uint8_t to;
	uint8_t cause; /* enum event */
	uint8_t ended; /* enum ended */
	int32_t code;
	int32_t pid;
	uint64_t time_ms; /* CLOCK_BOOTTIME */
};

/* How many changes of state there were. The last 160 are kept: change
 * number 0 is the first one since boot. False: it is kept no more. */
uint64_t supervise_events(void);
bool supervise_event(uint64_t number, struct supervise_event *event)
	__attribute__((nonnull));

/* The sealed memfd with the table, or -1 where init brought its own. */
int supervise_table_fd(void);

/* The ring with its output (log/ring.h), or -1 when it never ran. */
int supervise_log(uint32_t service);

/* --- another table -------------------------------------------------------- */

/* Wants the table read anew, by a reload that begins from now on: its number.
 * Those who ask while one is at work share the next one. */
uint64_t supervise_ask_table(void);

/* Whether main is to have the loader read it: it says that it has begun, and
 * what came of it. The table of fd is taken (0), or, where there is no memory
 * for it, given back (-ENOMEM). Else nothing is changed: why, and a memfd that
 * has the faults, or 0. */
bool supervise_wants_table(void);
void supervise_table_begins(void);
int supervise_take_table(const struct table *table, int fd)
	__attribute__((nonnull));
void supervise_table_refused(const char *why, int faulty)
	__attribute__((nonnull));

/* Whether all that had to stop for it is down, at the end of a turn: then
 * supervise_change_table() brings it into force, and services have other
 * numbers: supervise_moved() tells the new one of an old one, UINT32_MAX: none.
 * supervise_moved_all(): nobody will ask for numbers any more. */
bool supervise_changes_table(void); /* a reload is at work */
bool supervise_may_change_table(void);
void supervise_change_table(void);
uint32_t supervise_moved(uint32_t service);
bool supervise_is_whole(void); /* false: between those two */
void supervise_moved_all(void);

struct supervise_reloaded {
	bool done; /* else nothing was changed */
	int faulty; /* memfd of a table with faults, or 0 */
	char text[TABLE_CHANGES_SIZE]; /* what has changed, or why not */
};

/* What came of that reload; NULL: not yet. supervise_table_told(): who waited
 * for the last one has been answered. */
const struct supervise_reloaded *supervise_reloaded(uint64_t number);
void supervise_table_told(void);

/* --- the end of the machine ----------------------------------------------- */

enum end_how {
	END_NONE,
	END_REBOOT,
	END_POWEROFF,
	END_HALT
};

struct end {
	enum end_how how;
	int code; /* what `report` gets */
	char argument[128]; /* of a reboot, to the firmware; "": none */
};

/* Begins to stop everything in reverse order, for shutdown-limit at most. The
 * first call says how; later ones change nothing. */
void supervise_end(enum end_how how, int code);

/* What the reboot that supervise_end() will be asked for hands on. What does
 * not fit is cut. */
void supervise_argument(const char *argument) __attribute__((nonnull));

/* Ends the wait: whatever still runs is killed. */
void supervise_hurry(void);

/* How the machine ends, once all services are down or shutdown-limit is over;
 * NULL before. */
const struct end *supervise_is_over(void);

/* Whether somebody (on-limit = reboot) wants a reboot that reboot-limit has a
 * say in. main asks boot/ in a child and answers with supervise_reboot(). */
bool supervise_wants_reboot(void);
void supervise_reboot(bool allowed);

#endif
