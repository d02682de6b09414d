/* The life of one service as a pure function.
 *
 * (state, event) -> (next state, actions): the table of cells.def. What must be
 * weighed (may it be restarted, does it wait for something) is decided by pure
 * functions of plan/ before (fate.h, life.h, gate.h), and comes in as one of
 * several events; so a cell of the table never has conditions.
 */
#ifndef PLAN_MACHINE_H
#define PLAN_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum state {
#define STATE(name, text, traits) STATE_##name,
#include "plan/states.def"
#undef STATE
	STATES
};

enum event {
#define EVENT(name) EVENT_##name,
#include "plan/events.def"
#undef EVENT
	EVENTS
};

enum action {
#define ACTION(name) ACTION_##name,
#include "plan/actions.def"
#undef ACTION
	ACTIONS
};

#define ACTION_BIT(action) (1U << (action))

/* How a service last ended. */
enum ended {
	ENDED_NEVER, /* it has not ended yet */
	ENDED_EXIT, /* code: exit code */
	ENDED_SIGNAL, /* code: signal number */
	ENDED_OOM, /* killed for want of memory */
	ENDED_BUILD, /* its program was never executed; code: errno */
	ENDED_TIMEOUT, /* killed: it was not up, or gone, in time */
	ENDED_WATCHDOG /* aborted: no keep-alive came, or it was ill */
};

struct transition {
	enum state next;
	uint32_t actions; /* ACTION_BITs, performed in the order of the list */
};

/* What happens at `event`: nothing (state, 0) where the event has no meaning in
 * this state. Only fate.c asks. */
struct transition machine_step(enum state state, enum event event)
	__attribute__((const));
bool state_is_up(enum state state) __attribute__((const));
/* Some process of it may be alive. */
bool state_is_running(enum state state) __attribute__((const));
/* It changes by itself, soon. */
bool state_is_moving(enum state state) __attribute__((const));
const char *state_text(uint32_t state); /* "?" for an unknown number */

#endif
