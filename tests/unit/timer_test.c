/* plan/zone and plan/timer: local time, and when `every` is next. Files of time
 * zones: load/tzif.
 */
#include "fixture.h"

#include "load/tzif.h"
#include "plan/timer.h"
#include "plan/zone.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define HOUR 3600
#define DAY 86400
/* 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC: summer in Berlin */
#define BERLIN_SUMMER 1774746000
#define BERLIN_WINTER 1792890000
#define MIDNIGHT 1774828800 /* 2026-03-30 00:00 UTC */

static char bytes[8192];
static size_t size;
static _Alignas(8) char room[ZONE_SIZE(ZONE_CHANGES_MAX)];
static struct zone *const zone = (struct zone *)room;

/* --- files ------------------------------------------------------------------
 */

static void put(uint64_t value, unsigned width)
{
	while (width--)
		bytes[size++] = (char)(width < 8 ? value >> (8 * width) : 0);
}

static void put_text(const char *text)
{
	memcpy(bytes + size, text, strlen(text));
	size += strlen(text);
}

static void put_head(
	char version, unsigned times, unsigned types, unsigned leaps)
{
	put_text("TZif");
	bytes[size++] = version;
	memset(bytes + size, 0, 15);
	size += 15;
	put(0, 4);
	put(0, 4);
	put(leaps, 4);
	put(times, 4);
	put(types, 4);
	put(4, 4);
}

static void put_types(void)
{
	put(HOUR, 4);
	put(0, 2);
	put((uint32_t)(2 * HOUR), 4);
	put(0x0100, 2);
	put_text("abc");
	put(0, 1);
}

/* Two changes, and a rule. */
static void make_file(const char *rule)
{
	size = 0;
	put_head('2', 0, 1, 0);
	put(0, 6);
	put(0, 4);
	put_head('2', 2, 2, 0);
	put(1000000, 8);
	put(2000000, 8);
	put(1, 1);
	put(0, 1);
	put_types();
	put_text("\n");
	put_text(rule);
	put_text("\n");
}

static const char *read_it(void)
{
	return tzif_read(zone, bytes, size);
}

static void take_rule(const char *rule)
{
	make_file(rule);
	assert_null(read_it());
}

static void reads_a_file(void **state)
{
	(void)state;
	take_rule("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_int_equal(zone->count, 2);
	assert_int_equal(zone->first_s, HOUR);
	assert_int_equal(zone->changes[0].at_s, 1000000);
	assert_int_equal(zone->changes[0].offset_s, 2 * HOUR);
	assert_int_equal(zone->rule.standard_s, HOUR);
	assert_int_equal(zone->rule.summer_s, 2 * HOUR);
	assert_int_equal(zone_offset(zone, 999999), HOUR);
	assert_int_equal(zone_offset(zone, 1000000), 2 * HOUR);
	assert_int_equal(zone_offset(zone, 1999999), 2 * HOUR);
	assert_int_equal(zone_offset(zone, BERLIN_SUMMER - 1), HOUR);
	assert_int_equal(zone_offset(zone, BERLIN_SUMMER), 2 * HOUR);
	assert_int_equal(zone_offset(zone, BERLIN_WINTER - 1), 2 * HOUR);
	assert_int_equal(zone_offset(zone, BERLIN_WINTER), HOUR);
	take_rule("");
	assert_int_equal(zone_offset(zone, BERLIN_SUMMER), HOUR);
	assert_int_equal(zone->has_rule, 0);
	assert_int_equal(zone_offset(NULL, BERLIN_SUMMER), 0);
}

static void reads_an_old_file(void **state)
{
	(void)state;
	size = 0;
	put_head('\0', 1, 2, 0);
	put((uint32_t)-5, 4);
	put(1, 1);
	put_types();
	assert_null(read_it());
	assert_int_equal(zone->changes[0].at_s, -5);
	assert_int_equal(zone_offset(zone, -6), HOUR);
	assert_int_equal(zone_offset(zone, 0), 2 * HOUR);
}

static void refuses_what_is_damaged(void **state)
{
	static const char *const rules[] = {"C-1", "CET", "CET-", "CET-1CE",
		"CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0,M13.5.0", "CET-1CEST,M3.5.0,M10.5.0/",
		"CET-1CEST,M3.5.0,M10.5.0x", "CET-1CEST,J0,J9", "<CET-1",
		"CET-1CEST,366,9", "CET-30", "CET-1CEST-30,1,2",
		"CET-1CEST,M3.5,M10.5.0", "CET-1CEST,M3,1", "CET-1:60",
		"CET-1CEST,M3.5.0/168,M10.5.0"};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		make_file(rules[i]);
		assert_string_equal(
			read_it(), "its rule is none that is known");
	}
	make_file("CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t whole = size; size--;) {
		/* bytes that are not there may not be looked at */
		char *copy = malloc(size ? size : 1);

		memcpy(copy, bytes, size);
		assert_non_null(tzif_read(zone, copy, size));
		free(copy);
		(void)whole;
	}
	make_file("x");
	bytes[0] = 't';
	assert_string_equal(read_it(), "not a file of a time zone");
	make_file("");
	bytes[44 + 10 + 44 + 16] = 2; /* a type that there is not */
	assert_string_equal(read_it(), "it is damaged");
	make_file("");
	bytes[44 + 10 + 44 + 7] = bytes[44 + 10 + 44 + 5] = 127; /* disorder */
	assert_string_equal(read_it(), "it is damaged");
	size = 0;
	put_head('\0', 0, 1, 1);
	put(0, 6 + 4 + 8);
	assert_string_equal(read_it(),
		"it counts leap seconds; take it from "
		"'posix', not from 'right'");
}

/* Against libc, which reads the rule itself; every three hours of ten years. */
static void agrees_with_libc(const char *rule)
{
	take_rule(rule);
	zone->count = 0;
	setenv("TZ", rule, 1);
	tzset();
	for (time_t at = 1767225600; at < 1767225600 + 10 * 366 * DAY;
		at += 3 * HOUR) {
		struct tm local;

		localtime_r(&at, &local);
		if (zone_offset(zone, at) != local.tm_gmtoff)
			fail_msg("%s at %ld: %d, not %ld", rule, (long)at,
				zone_offset(zone, at), local.tm_gmtoff);
	}
}

static void knows_rules(void **state)
{
	(void)state;
	agrees_with_libc("CET-1CEST,M3.5.0,M10.5.0/3");
	agrees_with_libc("EST5EDT,M3.2.0,M11.1.0");
	agrees_with_libc("NZST-12NZDT,M9.5.0,M4.1.0/3");
	agrees_with_libc("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1");
	agrees_with_libc("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
	agrees_with_libc("IST-2IDT,M3.4.4/26,M10.5.0");
	agrees_with_libc("AAA-1BBB,J60/1,J300/2:30:10");
	agrees_with_libc("AAA-1BBB,59,299/2");
	agrees_with_libc("<+0545>-5:45");
	agrees_with_libc("UTC0");
}

static void finds_the_time_of_a_clock(void **state)
{
	const int64_t spring = BERLIN_SUMMER + HOUR; /* 02:00 there */
	const int64_t autumn = BERLIN_WINTER + 2 * HOUR; /* 03:00 there */

	(void)state;
	take_rule("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_int_equal(zone_utc(NULL, 77 * DAY), 77 * DAY);
	/* 01:59:59, then it is 03:00 */
	assert_int_equal(zone_utc(zone, spring - 1), BERLIN_SUMMER - 1);
	assert_int_equal(zone_utc(zone, spring), BERLIN_SUMMER);
	assert_int_equal(zone_utc(zone, spring + 1800), BERLIN_SUMMER);
	assert_int_equal(zone_utc(zone, spring + HOUR), BERLIN_SUMMER);
	assert_int_equal(zone_utc(zone, spring + HOUR + 1), BERLIN_SUMMER + 1);
	assert_int_equal(
		zone_utc(zone, spring + 9 * HOUR), BERLIN_SUMMER + 8 * HOUR);
	/* 02:30 comes twice: the first */
	assert_int_equal(zone_utc(zone, autumn - 1800), BERLIN_WINTER - 1800);
	assert_int_equal(zone_utc(zone, autumn - 1), BERLIN_WINTER - 1);
	assert_int_equal(zone_utc(zone, autumn), BERLIN_WINTER + HOUR);
	/* every minute of two years is found again, or has been before */
	for (int64_t at = BERLIN_SUMMER - 300 * DAY;
		at < BERLIN_SUMMER + 400 * DAY; at += 60) {
		int64_t found = zone_utc(zone, at + zone_offset(zone, at));

		assert_true(found == at || found == at - HOUR);
	}
}

/* --- timers -----------------------------------------------------------------
 */

static struct timer timer;

static struct timer_next next(int64_t last_s, int64_t real_s)
{
	const struct timer_now now = {
		.real_ms = real_s * 1000 + 1, .mono_ms = 100500};

	return timer_next(&timer, zone, last_s, &now);
}

/* With `at`: the time in seconds. */
static int64_t next_s(int64_t last_s, int64_t real_s)
{
	struct timer_next found = next(last_s, real_s);

	assert_int_equal(found.wait_ms,
		found.due_ms == real_s * 1000 + 1
			? 0
			: (uint64_t)(found.due_ms - real_s * 1000));
	return found.due_ms / 1000;
}

static void daily(uint32_t days, uint32_t at_s)
{
	timer = (struct timer){.period_ms = days * DAY * 1000, .at_s = at_s};
}

static void runs_at_its_time(void **state)
{
	const int64_t time = MIDNIGHT + HOUR + 1800; /* 03:30 there */

	(void)state;
	take_rule("CET-1CEST,M3.5.0,M10.5.0/3");
	daily(1, 3 * HOUR + 1800);
	assert_int_equal(next_s(0, MIDNIGHT), time);
	assert_int_equal(next_s(0, time - 1), time);
	assert_int_equal(next_s(0, time), time + DAY);
	assert_int_equal(next_s(0, time + 5), time + DAY);
	assert_int_equal(timer_stamp(&timer, zone, time - 1), time - DAY);
	assert_int_equal(timer_stamp(&timer, zone, time), time);
	assert_int_equal(timer_stamp(&timer, zone, time + DAY - 1), time);
	/* set back to before what it has done: not again */
	assert_int_equal(next_s(time, time - 60), time + DAY);
	/* years either way */
	assert_int_equal(next_s(time, time - 1000 * DAY + 1), time - 999 * DAY);
	assert_int_equal(
		next_s(time, time + 3653 * DAY + 1), time + 3654 * DAY);
	assert_int_equal(next_s(time, 0) / HOUR, 2);
}

static void runs_once_a_day_when_the_clock_leaps(void **state)
{
	int64_t at = BERLIN_SUMMER - 40 * DAY + HOUR;
	unsigned days = 0;

	(void)state;
	take_rule("CET-1CEST,M3.5.0,M10.5.0/3");
	daily(1, 2 * HOUR + 1800);
	while (at < BERLIN_WINTER + 40 * DAY) {
		int64_t then = next_s(at, at);
		int64_t local = then + zone_offset(zone, then);

		assert_true(then == BERLIN_SUMMER ||
			local % DAY == 2 * HOUR + 1800);
		assert_int_equal(
			(then + 2 * HOUR) / DAY - (at + 2 * HOUR) / DAY, 1);
		at = then;
		days++;
	}
	assert_in_range(days, 290, 291);
}

static void runs_every_so_many_days(void **state)
{
	(void)state;
	zone->count = zone->has_rule = 0;
	zone->first_s = 0;
	daily(7, 0);
	assert_int_equal(next_s(0, 1), 7 * DAY); /* Thursdays */
	assert_int_equal(next_s(0, 7 * DAY), 14 * DAY);
	assert_int_equal(next_s(0, 13 * DAY), 14 * DAY);
	assert_int_equal(timer_stamp(&timer, zone, 13 * DAY), 7 * DAY);
}

static void runs_at_multiples_of_its_period(void **state)
{
	(void)state;
	timer = (struct timer){.period_ms = 60000, .at_s = TIMER_NO_TIME};
	assert_int_equal(next(0, 5).wait_ms, 19500);
	assert_int_equal(next(0, 5).due_ms, 0);
	assert_int_equal(next(1, 1000000).wait_ms, 19500);
	assert_int_equal(timer_stamp(&timer, zone, 77), 77);
}

static void is_late_by_chance(void **state)
{
	struct timer_now now = {.real_ms = 0, .mono_ms = 60000};

	(void)state;
	timer = (struct timer){
		.period_ms = 60000, .at_s = TIMER_NO_TIME, .spread_ms = 1000};
	assert_int_equal(timer_next(&timer, NULL, 0, &now).wait_ms, 60000);
	now.chance = UINT32_MAX;
	assert_int_equal(timer_next(&timer, NULL, 0, &now).wait_ms, 60999);
	now.chance = 1U << 31;
	assert_int_equal(timer_next(&timer, NULL, 0, &now).wait_ms, 60500);
	daily(1, HOUR);
	timer.spread_ms = 1000;
	assert_int_equal(
		timer_next(&timer, NULL, 0, &now).due_ms, HOUR * 1000 + 500);
}

static void catches_up_once(void **state)
{
	(void)state;
	zone->count = zone->has_rule = 0;
	zone->first_s = 0;
	daily(1, HOUR);
	/* without it nothing is missed */
	assert_int_equal(next_s(DAY, 9 * DAY), 9 * DAY + HOUR);
	timer.catch_up = 1;
	assert_int_equal(next_s(DAY, 9 * DAY), 9 * DAY);
	assert_int_equal(next(DAY, 9 * DAY).wait_ms, 0);
	assert_int_equal(next_s(8 * DAY + HOUR, 9 * DAY), 9 * DAY + HOUR);
	/* no run is known, or one of times to come */
	assert_int_equal(next_s(0, 9 * DAY), 9 * DAY + HOUR);
	assert_int_equal(next_s(99 * DAY, 9 * DAY), 9 * DAY + HOUR);
	timer.spread_ms = 60000;
	assert_int_equal(next(DAY, 9 * DAY).wait_ms, 0);
	timer = (struct timer){
		.period_ms = 60000, .at_s = TIMER_NO_TIME, .catch_up = 1};
	assert_int_equal(next(1, 60).wait_ms, 19500);
	assert_int_equal(next(1, 61).wait_ms, 0);
	assert_int_equal(next(62, 61).wait_ms, 19500);
}

static void a_step_is_no_jump(void **state)
{
	(void)state;
	assert_false(timer_is_stepped_over(0, 5));
	assert_false(timer_is_stepped_over(6, 5));
	assert_true(timer_is_stepped_over(5, 5));
	assert_true(timer_is_stepped_over(5, 5 + 3600000));
	assert_false(timer_is_stepped_over(5, 6 + 3600000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_file),
		cmocka_unit_test(reads_an_old_file),
		cmocka_unit_test(refuses_what_is_damaged),
		cmocka_unit_test(knows_rules),
		cmocka_unit_test(finds_the_time_of_a_clock),
		cmocka_unit_test(runs_at_its_time),
		cmocka_unit_test(runs_once_a_day_when_the_clock_leaps),
		cmocka_unit_test(runs_every_so_many_days),
		cmocka_unit_test(runs_at_multiples_of_its_period),
		cmocka_unit_test(is_late_by_chance),
		cmocka_unit_test(catches_up_once),
		cmocka_unit_test(a_step_is_no_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
