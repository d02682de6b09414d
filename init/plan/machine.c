/* The transition table, as it stands in cells.def. */
#include "plan/machine.h"

#include <stddef.h>

#define A(name) ACTION_BIT(ACTION_##name)

static const struct {
	uint8_t state;
	uint8_t event;
	uint8_t next;
	uint32_t actions;
} cells[] = {

#define CELL(state, event, next, actions) \
	{STATE_##state, EVENT_##event, STATE_##next, actions},
#include "plan/cells.def"
#undef CELL
};

struct transition machine_step(enum state state, enum event event)
{
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		if (cells[i].state == state && cells[i].event == event)
			return (struct transition){
				(enum state)cells[i].next, cells[i].actions};
	return (struct transition){state, 0};
}
