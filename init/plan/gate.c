/* Edges at work: see gate.h. */
#include "plan/gate.h"

/* Of what I need: it must be up. */
static enum gate need(enum state state)
{
	if (state_is_up(state))
		return GATE_OPEN;
	return state == STATE_FAILED ? GATE_SHUT : GATE_HOLD;
}

/* Of what I only come after: as long as it is on its way. */
static enum gate order(enum state state)
{
	if (state_is_up(state))
		return GATE_OPEN;
	return state == STATE_WAITING || state_is_moving(state) ? GATE_HOLD
								: GATE_OPEN;
}

enum gate gate_start(enum edge_kind kind, enum state state)
{
	return kind == EDGE_NEEDS || kind == EDGE_BOUND ? need(state)
							: order(state);
}

bool gate_holds(enum edge_kind kind, enum state state, bool machine_ends)
{
	return (kind == EDGE_BOUND || machine_ends) &&
		(state_is_running(state) || state == STATE_DONE);
}
