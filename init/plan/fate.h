/* What becomes of all services: every decision, as pure functions over an array
 * of one `struct fate` a service and the edges of the table.
 *
 * (state, event, now) -> (state, actions). supervise/ tells what has happened
 * (fate_event), has those looked at that it may concern (fate_turn), and
 * performs the actions that come back. Knock-on effects go through a queue,
 * never through recursion: each call changes the state of one service at most
 * twice, and marks others to be looked at.
 */
#ifndef PLAN_FATE_H
#define PLAN_FATE_H

#include "plan/life.h"
#include "plan/machine.h"
#include "table/table.h"

#define FATE_NONE UINT32_MAX
#define FATE_LOOKS_MOST 20U /* until what is not empty is stuck: about 14 s */
#define FATE_LOOKS_LAST 10U /* ... while the machine ends: about 3 s */

/* What the stanza of a service says that matters here (struct fate.traits). */
#define FATE_ON_DEMAND 1U /* started by its first client */
#define FATE_TIMED 2U /* every */
#define FATE_LOST_STOP 4U /* when-lost: stopped with its condition */
#define FATE_LOST_RESTART 8U /* ... and started with it, ended or not */
#define FATE_TERMINAL 16U /* waits for the end of the boot */

struct fate {
	uint8_t state; /* enum state */
	uint8_t ended; /* enum ended */
	uint8_t traits; /* FATE_* */
	uint8_t looks; /* how often it was found not to be empty */
	bool wanted; /* it should run */
	bool asked; /* somebody had this run stopped */
	bool pull; /* what it needs and wants is to be started too */
	bool again; /* it is to stop, and to start when it can */
	bool start; /* it is to be started, if it is down or failed */
	bool reload; /* it is to reload as soon as it is up */
	bool by_need; /* it has failed because of what it needs */
	bool stalled; /* it waits for something that does not come by itself */
	bool executed; /* its program runs or ran, in this start */
	bool limit; /* restart-limit was reached */
	bool frozen; /* nothing in its group runs */
	bool due; /* every: it is time */
	bool called; /* on-demand: a client is there */
	bool lost; /* when-lost = restart: it starts when all hold again */
	bool stuck; /* what is left of a run cannot be killed */
	bool dropped; /* no table has it any more */
	bool queued; /* in the queue of those to be looked at */
	uint16_t unmet; /* conditions of `when` that do not hold */
	int32_t code; /* of its end */
	uint32_t next; /* in the queue */
	uint32_t cursor; /* edge of `waits` that held it back last */
	uint32_t delay_ms; /* of its back-off */
	uint32_t extend_ms; /* of EVENT_EXTEND */
	uint64_t executed_ms;
	uint64_t ended_ms; /* of its program; 0: not yet */
	struct life life;
};

struct fates {
	const struct table *table;
	struct fate *all; /* one a service */
	uint32_t count;
	uint32_t first; /* of the queue */
	uint32_t last;
	uint32_t running; /* how many of which something may be alive */
	uint32_t moving; /* how many that change by themselves, soon */
	uint64_t quiet_ms; /* until then terminals wait */
	enum event cause; /* of the last change of a state */
	bool room; /* a start may begin now */
	bool ends; /* the machine does: nothing is started any more */
};

/* All down, none wanted; one with a fault has failed. traits and unmet are set
 * by whoever knows the table. */
void fate_begin(struct fates *f, const struct table *table, struct fate *all)
	__attribute__((nonnull));

/* Goes on where `from`, of another table, has come to: its service i is
 * to_index[i] here, or FATE_NONE where it is gone. All are looked at. */
void fate_move(struct fates *f, const struct fates *from,
	const uint32_t *to_index) __attribute__((nonnull));

/* Tells what has happened to a service. Returns ACTION_BITs, to be performed in
 * the order of their list before anything else is told. now_ms: any clock that
 * does not go back. */
uint32_t fate_event(struct fates *f, uint32_t index, enum event event,
	uint64_t now_ms) __attribute__((nonnull, warn_unused_result));

/* Looks at the next one in the queue: its actions, and who it is; FATE_NONE
 * when there is none. */
uint32_t fate_turn(struct fates *f, uint32_t *index, uint64_t now_ms)
	__attribute__((nonnull, warn_unused_result));

void fate_look_later(struct fates *f, uint32_t index) __attribute__((nonnull));

/* How its program has ended; the first word counts. EVENT_ENDED comes when the
 * start is over too. */
void fate_note_end(struct fate *fate, enum ended ended, int32_t code,
	uint64_t now_ms) __attribute__((nonnull));

/* Its program was never executed: -errno turned round. */
void fate_note_failure(struct fate *fate, int32_t error)
	__attribute__((nonnull));

/* Who holds up the start of one that is WAITING: an edge of `waits`, or NULL.
 */
const struct edge *fate_waits_for(const struct fates *f, uint32_t index)
	__attribute__((nonnull));
bool fate_is_held(const struct fates *f, uint32_t index, uint64_t now_ms)
	__attribute__((nonnull));
bool fate_may_freeze(const struct fate *fate) __attribute__((nonnull));
/* Whether the hardware's watchdog may be fed as far as a critical service goes:
 * it has not been given up. */
bool fate_is_healthy(const struct fate *fate) __attribute__((nonnull));

#endif
