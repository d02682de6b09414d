/* Two lists of units: those to be looked at, and those that wait for a slot.
 */
#include "supervise/unit.h"

void look_later(struct unit *unit)
{
	uint32_t index = (uint32_t)(unit - s.units);

	if (unit->queued)
		return;
	unit->queued = true;
	unit->next = NONE;
	if (s.queue_last == NONE)
		s.queue_first = index;
	else
		s.units[s.queue_last].next = index;
	s.queue_last = index;
}

struct unit *take_first(void)
{
	struct unit *unit;

	if (s.queue_first == NONE)
		return NULL;
	unit = &s.units[s.queue_first];
	s.queue_first = unit->next;
	if (s.queue_first == NONE)
		s.queue_last = NONE;
	unit->queued = false;
	return unit;
}

void stand_in_line(struct unit *unit)
{
	uint32_t index = (uint32_t)(unit - s.units);

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
