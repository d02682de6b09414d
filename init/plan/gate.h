/* What one service's state means to another: may it start, may it stop. Pure.
 */
#ifndef PLAN_GATE_H
#define PLAN_GATE_H

#include "plan/machine.h"
#include "table/table.h"

enum gate {
	GATE_OPEN,
	GATE_HOLD, /* not yet */
	GATE_SHUT /* never, as things are */
};

/* Whether a service may start that has an edge of this kind to one in `state`.
 */
enum gate gate_start(enum edge_kind kind, enum state state)
	__attribute__((const));

/* Whether a service that is to stop must wait for a follower in `state` with
 * this kind of edge: bound ones always go first, all others do when the whole
 * machine ends. */
bool gate_holds(enum edge_kind kind, enum state state, bool machine_ends)
	__attribute__((const));

#endif
