/* `every`: what plan/timer.c reckons becomes a unit's clock. Where the calendar
 * has a say it is reckoned anew when the clock is set; a timer of the kernel
 * tells of that, and runs out by itself never. timerfd_create(2)
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "log/journal.h"
#include "plan/timer.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FAR_S ((time_t)1 << 40) /* later than any run */

static const struct timer *timer_of(const struct unit *unit)
{
	return table_pointer(s.table, service_of(unit)->timer);
}

static int64_t real_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Early in a boot the kernel has no chance to give yet. */
static uint32_t chance(void)
{
	uint32_t bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) !=
		(ssize_t)sizeof(bits))
		bits = (uint32_t)now_ms() * 2654435761U;
	return bits;
}

void timer_rest(struct unit *unit)
{
	const struct timer *timer = timer_of(unit);
	const struct timer_now now = {.real_ms = real_ms(),
		.mono_ms = now_ms(),
		.chance = timer->spread_ms ? chance() : 0};
	const struct timer_next next =
		timer_next(timer, table_zone(s.table), unit->last_s, &now);

	unit->due_ms = next.due_ms;
	clock_set(unit, next.wait_ms);
}

void timer_ran(struct unit *unit)
{
	unit->last_s = timer_stamp(
		timer_of(unit), table_zone(s.table), real_ms() / 1000);
	unit->due_ms = 0;
}

/* Whoever waits for a time, and for nothing else. */
static bool is_resting(const struct unit *unit)
{
	const struct fate *fate = fate_of(unit);
	enum state state = state_of(unit);

	if (!service_of(unit)->timer || unit->place == NONE)
		return false;
	if (state == STATE_FAILED)
		return !fate->limit ||
			service_of(unit)->on_limit != ON_LIMIT_RETRY;
	return state == STATE_RESTING || state == STATE_DONE;
}

static bool needs_calendar(const struct timer *timer)
{
	return timer->at_s != TIMER_NO_TIME || timer->catch_up;
}

static void look_again(struct unit *unit)
{
	if (!is_resting(unit) || !needs_calendar(timer_of(unit)))
		return;
	if (!unit->last_s)
		unit->last_s = s.stamps[index_of(unit)];
	if (timer_is_stepped_over(unit->due_ms, real_ms()))
		clock_set(unit, 0);
	else
		timer_rest(unit);
}

void timers_turn(void)
{
	if (!s.look_timers)
		return;
	s.look_timers = false;
	for (uint32_t i = 0; i < s.count; i++)
		look_again(&s.units[i]);
}

static int arm(void)
{
	const struct itimerspec never = {.it_value = {.tv_sec = FAR_S}};

	return timerfd_settime(s.calendar,
		       TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
		       NULL) < 0
		? -errno
		: 0;
}

void supervise_calendar(void)
{
	uint64_t times;

	if (read(s.calendar, &times, sizeof(times)) >= 0 || errno == ECANCELED)
		arm();
	s.look_timers = true;
}

static int open_calendar(void)
{
	int error;

	s.calendar = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s.calendar < 0)
		return -errno;
	error = arm();
	if (!error)
		error = loop_add(s.calendar, EPOLLIN, LOOP_CALENDAR, 0);
	return error;
}

/* Only where somebody asks. */
void timers_begin(void)
{
	int error = 0;

	for (uint32_t i = 0; i < s.count && s.calendar < 0 && !error; i++)
		if (service_of(&s.units[i])->timer &&
			needs_calendar(timer_of(&s.units[i])))
			error = open_calendar();
	if (error)
		say("bulkhead: the calendar cannot be watched: %s; 'every' "
		    "counts on a clock that nobody sets",
			strerror(-error));
}
