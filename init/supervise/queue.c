/* The line of units that wait for a slot. */
#include "supervise/unit.h"

void stand_in_line(struct unit *unit)
{
	uint32_t index = index_of(unit);

	if (unit->in_line)
		return;
	unit->in_line = true;
	unit->next_in_line = NONE;
	if (s.line_last == NONE)
		s.line_first = index;
	else
		s.units[s.line_last].next_in_line = index;
	s.line_last = index;
}

/* As many as there are slots for are looked at again. */
void move_line(void)
{
	uint32_t room = SLOTS - s.slots_used;

	while (room && s.line_first != NONE) {
		struct unit *unit = &s.units[s.line_first];

		s.line_first = unit->next_in_line;
		if (s.line_first == NONE)
			s.line_last = NONE;
		unit->in_line = false;
		look_later(unit);
		room--;
	}
}
