/* See zone.h. A zone is a list of changes, and a rule for the time after it. */
#include "plan/zone.h"

#include "base/moment.h"
#include <stdbool.h>

#define DAY ((int64_t)86400)
#define WEEK 7U
#define EPOCH_WEEKDAY 4U /* 1970 began on a Thursday */

static const uint8_t month_days[] = {
	31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

static unsigned weekday(uint64_t days)
{
	return (unsigned)((days + EPOCH_WEEKDAY) % WEEK);
}

/* "the last Sunday in March", in days since 1970 */
static uint64_t month_day(const struct zone_day *day, unsigned year)
{
	uint64_t first = moment_days(year, day->month, 1);
	unsigned length = month_days[day->month - 1] +
		(day->month == 2 && is_leap(year) ? 1U : 0U);
	unsigned at = (day->day + WEEK - weekday(first)) % WEEK +
		(day->week - 1U) * WEEK;

	return first + (at < length ? at : at - WEEK);
}

static uint64_t rule_day(const struct zone_day *day, unsigned year)
{
	const unsigned march = 31 + 29;

	if (day->kind == ZONE_MONTH)
		return month_day(day, year);
	/* ZONE_JULIAN: from 1 on, and the odd day of a leap year never counts
	 */
	if (day->kind == ZONE_JULIAN)
		return moment_days(year, 1, 1) + day->day - 1U +
			(is_leap(year) && day->day >= march ? 1U : 0U);
	return moment_days(year, 1, 1) + day->day;
}

static int64_t rule_time(
	const struct zone_day *day, unsigned year, int32_t offset_s)
{
	return (int64_t)rule_day(day, year) * DAY + day->time_s - offset_s;
}

static int32_t rule_offset(const struct zone_rule *rule, int64_t utc_s)
{
	int64_t local = utc_s + rule->standard_s;
	unsigned year = moment_year((uint64_t)(local > 0 ? local / DAY : 0));
	int64_t start;
	int64_t end;
	bool is_summer;

	if (!rule->has_summer)
		return rule->standard_s;
	start = rule_time(&rule->start, year, rule->standard_s);
	end = rule_time(&rule->end, year, rule->summer_s);
	/* in the south summer goes over the end of the year */
	if (start < end)
		is_summer = utc_s >= start && utc_s < end;
	else
		is_summer = utc_s >= start || utc_s < end;
	return is_summer ? rule->summer_s : rule->standard_s;
}

/* How many changes came before. */
static uint32_t count_before(const struct zone *zone, int64_t utc_s)
{
	uint32_t low = 0;
	uint32_t high = zone->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (zone->changes[middle].at_s <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t zone_offset(const struct zone *zone, int64_t utc_s)
{
	uint32_t before;

	if (!zone)
		return 0;
	before = count_before(zone, utc_s);
	if (before == zone->count && zone->has_rule)
		return rule_offset(&zone->rule, utc_s);
	return before ? zone->changes[before - 1].offset_s : zone->first_s;
}

/* When the clock on the wall changes, between two times of which it does. */
static int64_t find_change(const struct zone *zone, int64_t low, int64_t high)
{
	int32_t before = zone_offset(zone, low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (zone_offset(zone, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

int64_t zone_utc(const struct zone *zone, int64_t local_s)
{
	int32_t before = zone_offset(zone, local_s - 2 * DAY);
	int64_t early = local_s - before;
	int32_t after = zone_offset(zone, early);
	int64_t late;

	/* nothing changes in these days, or only behind that time */
	if (after == before)
		return early;
	late = local_s - after;
	if (zone_offset(zone, late) == after)
		return late;
	return find_change(zone, local_s - 2 * DAY, early);
}
