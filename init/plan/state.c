/* What the states mean, as it stands in states.def. */
#include "plan/machine.h"

#define UP 1U
#define RUNS 2U
#define MOVES 4U

/* No pointers, which the program would have to be told where they lead. */
static const struct {
	char text[11];
	uint8_t traits;
} states[STATES] = {

#define STATE(name, text, traits) {text, traits},
#include "plan/states.def"
#undef STATE
};

bool state_is_up(enum state state)
{
	return states[state].traits & UP;
}

bool state_is_running(enum state state)
{
	return states[state].traits & RUNS;
}

bool state_is_moving(enum state state)
{
	return states[state].traits & MOVES;
}

const char *state_text(uint32_t state)
{
	return state < STATES ? states[state].text : "?";
}
