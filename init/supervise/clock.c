/* The units' clocks as a heap, the next one to run out first. */
#include "supervise/unit.h"

#include <limits.h>

static struct unit *at(uint32_t place)
{
	return &s.units[s.heap[place]];
}

static void put(uint32_t place, uint32_t unit)
{
	s.heap[place] = unit;
	s.units[unit].place = place;
}

static void swap(uint32_t one, uint32_t other)
{
	uint32_t unit = s.heap[one];

	put(one, s.heap[other]);
	put(other, unit);
}

static bool is_sooner(uint32_t one, uint32_t other)
{
	return at(one)->clock_ms < at(other)->clock_ms;
}

static void rise(uint32_t place)
{
	while (place && is_sooner(place, (place - 1) / 2)) {
		swap(place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
}

static void sink(uint32_t place)
{
	for (;;) {
		uint32_t least = place;

		for (uint32_t child = 2 * place + 1;
			child <= 2 * place + 2 && child < s.heap_count; child++)
			if (is_sooner(child, least))
				least = child;
		if (least == place)
			return;
		swap(place, least);
		place = least;
	}
}

void clock_clear(struct unit *unit)
{
	uint32_t place = unit->place;

	unit->paused = false;
	if (place == NONE)
		return;
	unit->place = NONE;
	if (place == --s.heap_count)
		return;
	put(place, s.heap[s.heap_count]);
	rise(place);
	sink(place);
}

void clock_set(struct unit *unit, uint64_t in_ms)
{
	clock_clear(unit);
	if (fate_of(unit)->frozen) {
		unit->paused = true;
		unit->left_ms = in_ms;
		return;
	}
	unit->clock_ms = now_ms() + in_ms;
	put(s.heap_count, index_of(unit));
	rise(s.heap_count++);
}

void clock_go_on(struct unit *unit)
{
	put(s.heap_count, index_of(unit));
	rise(s.heap_count++);
}

void clock_pause(struct unit *unit)
{
	uint64_t now = now_ms();

	if (unit->place != NONE)
		clock_set(
			unit, unit->clock_ms > now ? unit->clock_ms - now : 0);
}

void clock_resume(struct unit *unit)
{
	if (unit->paused)
		clock_set(unit, unit->left_ms);
}

struct unit *clock_run_out(void)
{
	struct unit *unit;

	if (!s.heap_count || at(0)->clock_ms > now_ms())
		return NULL;
	unit = at(0);
	clock_clear(unit);
	return unit;
}

int clock_next_ms(void)
{
	uint64_t now = now_ms();

	if (!s.heap_count)
		return -1;
	if (at(0)->clock_ms <= now)
		return 0;
	return at(0)->clock_ms - now > INT_MAX ? INT_MAX
					       : (int)(at(0)->clock_ms - now);
}
