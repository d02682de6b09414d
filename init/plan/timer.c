/* See timer.h. */
#include "plan/timer.h"

#include "plan/zone.h"

#define DAY 86400
#define SECOND 1000

/* A whole number below `most`, by chance; 0 where that is 0. */
static uint64_t by_chance(uint32_t most, uint32_t chance)
{
	return (uint64_t)most * chance >> 32;
}

static int64_t step_of(const struct timer *timer)
{
	return timer->period_ms / SECOND / DAY;
}

/* The day with a run that is this one, or the last one before; days since 1970.
 */
static int64_t day_of(
	const struct timer *timer, const struct zone *zone, int64_t utc_s)
{
	int64_t local = utc_s + zone_offset(zone, utc_s);
	int64_t day = local > 0 ? local / DAY : 0;

	return day - day % step_of(timer);
}

static int64_t time_on(
	const struct timer *timer, const struct zone *zone, int64_t day)
{
	return zone_utc(zone, day * DAY + timer->at_s);
}

/* The first one behind that time. */
static int64_t first_after(
	const struct timer *timer, const struct zone *zone, int64_t utc_s)
{
	int64_t day = day_of(timer, zone, utc_s);

	while (time_on(timer, zone, day) <= utc_s)
		day += step_of(timer);
	return time_on(timer, zone, day);
}

int64_t timer_stamp(
	const struct timer *timer, const struct zone *zone, int64_t real_s)
{
	int64_t day;
	int64_t stamp;

	if (timer->at_s == TIMER_NO_TIME)
		return real_s;
	day = day_of(timer, zone, real_s);
	stamp = time_on(timer, zone, day);
	return stamp <= real_s ? stamp
			       : time_on(timer, zone, day - step_of(timer));
}

/* A last run in times to come is of a clock that was wrong. */
static bool is_missed(const struct timer *timer, const struct zone *zone,
	int64_t last_s, int64_t real_s)
{
	if (!timer->catch_up || !last_s || last_s > real_s)
		return false;
	if (timer->at_s == TIMER_NO_TIME)
		return real_s - last_s >= timer->period_ms / SECOND;
	return last_s < timer_stamp(timer, zone, real_s);
}

static struct timer_next at_time(const struct timer *timer,
	const struct zone *zone, int64_t last_s, const struct timer_now *now)
{
	int64_t next = first_after(timer, zone, now->real_ms / SECOND);
	int64_t due;

	/* once, though the clock was set back to before */
	if (next == last_s)
		next = first_after(timer, zone, next);
	due = next * SECOND + (int64_t)by_chance(timer->spread_ms, now->chance);
	/* not a fraction of a millisecond too soon */
	return (struct timer_next){(uint64_t)(due - now->real_ms) + 1, due};
}

struct timer_next timer_next(const struct timer *timer, const struct zone *zone,
	int64_t last_s, const struct timer_now *now)
{
	uint64_t late = by_chance(timer->spread_ms, now->chance);

	if (is_missed(timer, zone, last_s, now->real_ms / SECOND))
		return (struct timer_next){late, now->real_ms + (int64_t)late};
	if (timer->at_s != TIMER_NO_TIME)
		return at_time(timer, zone, last_s, now);
	return (struct timer_next){
		timer->period_ms - now->mono_ms % timer->period_ms + late, 0};
}

bool timer_is_stepped_over(int64_t due_ms, int64_t real_ms)
{
	return due_ms && real_ms >= due_ms &&
		real_ms - due_ms <= TIMER_STEP_S * (int64_t)SECOND;
}
