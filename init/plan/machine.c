/* The transition table: reading it is reading the machine. */
#include "plan/machine.h"

#define A(name) ACTION_BIT(ACTION_##name)
#define AT(state, event) [STATE_##state][EVENT_##event]
/* A cell that is not in the table is 0: the event has no meaning there. */
#define TO(state, actions) \
	{ \
		STATE_##state + 1U, actions \
	}

static const struct {
	uint8_t next; /* enum state + 1; 0: stay */
	uint16_t actions;
} table[STATES][EVENTS] = {
	AT(DOWN, START) = TO(WAITING, 0),

	AT(WAITING, GO) = TO(STARTING, A(BUILD) | A(CLOCK_START)),
	AT(WAITING, BLOCKED) = TO(FAILED, 0),
	AT(WAITING, STOP) = TO(DOWN, 0),

	AT(STARTING, READY) = TO(UP, A(CLOCK_NONE)),
	AT(STARTING, ENDED) = TO(ENDING, A(END) | A(CLOCK_END)),
	AT(STARTING, STOP) = TO(LEAVING, A(CLOCK_NONE)),
	AT(STARTING, TIMEOUT) = TO(ENDING, A(KILL) | A(CLOCK_END)),

	AT(UP, ENDED) = TO(ENDING, A(END) | A(CLOCK_END)),
	AT(UP, STOP) = TO(LEAVING, 0),

	AT(DONE, STOP) = TO(LEAVING, 0),

	AT(LEAVING, FREE) = TO(STOPPING, A(SIGNAL) | A(CLOCK_STOP)),
	AT(LEAVING, ENDED) = TO(ENDING, A(END) | A(CLOCK_END)),

	AT(STOPPING, ENDED) = TO(ENDING, A(END) | A(CLOCK_END)),
	AT(STOPPING, TIMEOUT) = TO(ENDING, A(KILL) | A(CLOCK_END)),

	AT(ENDING, TIMEOUT) = TO(ENDING, A(KILL) | A(CLOCK_END)),
	AT(ENDING, STUCK) = TO(FAILED, A(CLOCK_NONE)),
	AT(ENDING, EMPTY_DOWN) = TO(DOWN, A(CLOCK_NONE)),
	AT(ENDING, EMPTY_DONE) = TO(DONE, A(CLOCK_NONE)),
	AT(ENDING, EMPTY_AGAIN) = TO(WAITING, A(CLOCK_NONE)),
	AT(ENDING, EMPTY_BACKOFF) = TO(BACKOFF, A(CLOCK_BACKOFF)),
	AT(ENDING, EMPTY_FAILED) = TO(FAILED, A(CLOCK_RETRY)),

	AT(BACKOFF, TIMEOUT) = TO(WAITING, 0),
	AT(BACKOFF, START) = TO(WAITING, A(CLOCK_NONE)),
	AT(BACKOFF, STOP) = TO(DOWN, A(CLOCK_NONE)),

	AT(FAILED, TIMEOUT) = TO(WAITING, 0),
	AT(FAILED, START) = TO(WAITING, A(CLOCK_NONE)),
	AT(FAILED, STOP) = TO(DOWN, A(CLOCK_NONE)),
};

static const struct {
	const char *text;
	bool up;
} states[STATES] = {

#define STATE(name, text, up) {text, up},
#include "plan/states.def"
#undef STATE
};

struct transition machine_step(enum state state, enum event event)
{
	uint8_t next = table[state][event].next;

	if (!next)
		return (struct transition){state, 0};
	return (struct transition){
		(enum state)(next - 1), table[state][event].actions};
}

bool state_is_up(enum state state)
{
	return states[state].up;
}

bool state_is_running(enum state state)
{
	return state == STATE_STARTING || state == STATE_UP ||
		state == STATE_LEAVING || state == STATE_STOPPING ||
		state == STATE_ENDING;
}

bool state_is_moving(enum state state)
{
	return state_is_running(state) && state != STATE_UP;
}

const char *state_text(uint32_t state)
{
	return state < STATES ? states[state].text : "?";
}
