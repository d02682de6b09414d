/* Whether the boot counts as good: all services that `healthy` of [system]
 * names are up, and have been so together for a while. It stays good.
 */
#include "supervise/unit.h"

#include "log/journal.h"

#define GOOD_MS 10000U

static const uint32_t *names(void)
{
	return table_pointer(s.table, s.table->system.healthy.at);
}

static bool are_all_up(void)
{
	for (uint32_t i = 0; i < s.table->system.healthy.count; i++)
		if (!state_is_up(state_of(&s.units[names()[i]])))
			return false;
	return true;
}

void good_turn(void)
{
	uint64_t now = now_ms();

	if (s.is_good || s.end || !s.table->system.healthy.count)
		return;
	if (!are_all_up()) {
		s.good_ms = 0;
	} else if (!s.good_ms) {
		s.good_ms = now + GOOD_MS;
	} else if (now >= s.good_ms) {
		s.is_good = true;
		say("bulkhead: the boot is good: what 'healthy' names has been "
		    "up for %u s",
			GOOD_MS / 1000);
	}
}

int good_next_ms(void)
{
	uint64_t now = now_ms();

	if (s.is_good || !s.good_ms || s.end)
		return -1;
	return s.good_ms > now ? (int)(s.good_ms - now) : 0;
}

bool good_asks_for(const struct unit *unit)
{
	for (uint32_t i = 0; i < s.table->system.healthy.count; i++)
		if (names()[i] == index_of(unit))
			return true;
	return false;
}

bool supervise_is_good(void)
{
	return s.is_good;
}
