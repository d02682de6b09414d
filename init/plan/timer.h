/* `every`: when a service runs next. Pure.
 *
 * Without `at` it runs at the multiples of its period since boot, so that no
 * jump of the calendar matters; with it at a time of the day, on every day
 * whose number since 1970 is a multiple of the period.
 */
#ifndef PLAN_TIMER_H
#define PLAN_TIMER_H

#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>

/* A clock that is set forward over a time by no more than this does not leave
 * it out. */
#define TIMER_STEP_S 3600

struct timer_now {
	int64_t real_ms; /* CLOCK_REALTIME */
	uint64_t mono_ms; /* since boot */
	uint32_t chance; /* any 32 bits */
};

struct timer_next {
	uint64_t wait_ms;
	int64_t due_ms; /* CLOCK_REALTIME; 0: that clock has no say */
};

/* The time that counts as that of a run which begins at real_s: with `at` the
 * one of the table that was last; else itself. */
int64_t timer_stamp(const struct timer *timer, const struct zone *zone,
	int64_t real_s) __attribute__((nonnull(1)));

/* When it runs next. last_s: timer_stamp() of the last run; 0: none is known.
 */
struct timer_next timer_next(const struct timer *timer, const struct zone *zone,
	int64_t last_s, const struct timer_now *now)
	__attribute__((nonnull(1, 4)));

/* The clock was set: whether what was due at due_ms is to run at once. */
bool timer_is_stepped_over(int64_t due_ms, int64_t real_ms)
	__attribute__((const));

#endif
