/* The clock, and how much of the machine's time is lost in waiting. Whether the
 * clock was set is told by a timer that every setting of it ends; that pressure
 * grows, by triggers of the kernel. That it falls again nobody tells: it is
 * looked at while it is high. timerfd_create(2), Documentation/accounting/
 * psi.rst
 */
#include "builder/conditions.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "base/told.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* 2026-01-01: the clock of a machine without a battery begins long before, and
 * none that runs this is older. */
#define CLOCK_SET_S 1767225600

static int timer = -1;

bool clock_test(const struct thing *thing)
{
	return thing_is(thing, CONDITION_CLOCK);
}

/* It ends when the clock comes there, or is set; once it has come there, with
 * the next setting only. */
static void set_timer(void)
{
	struct itimerspec at = {.it_value = {.tv_sec = CLOCK_SET_S}};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec >= CLOCK_SET_S)
		at.it_value.tv_sec = INT64_MAX / 1000000000;
	timerfd_settime(
		timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

int clock_open(const struct things *things)
{
	(void)things;
	timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return timer;
}

void clock_hear(int fd, const struct things *things)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
		return;
	things_mark(things, clock_test);
}

void clock_look(struct thing *thing)
{
	struct timespec now;

	set_timer();
	clock_gettime(CLOCK_REALTIME, &now);
	thing->value = now.tv_sec >= CLOCK_SET_S;
}

/* --- pressure ------------------------------------------------------------- */

#define WINDOW_US 2000000U
#define WINDOW_PERCENT_US (WINDOW_US / 100)
#define AGAIN_MS 2000U /* the kernel counts anew so often */
#define CALM_MS 12000U /* for so long after a trigger an average may grow */

static const char *const files[] = {
	"/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io"};

static uint64_t calm_ms; /* nothing grows after that */
static bool untold; /* some trigger cannot be had: it is looked all the time */

bool pressure_test(const struct thing *thing)
{
	return thing_is(thing, CONDITION_PRESSURE);
}

static bool is_of(const struct thing *thing, unsigned resource, bool full)
{
	return pressure_test(thing) && thing->condition->state == resource &&
		(thing->condition->full != 0) == full;
}

/* For the least that is asked for: an average that comes there has had two
 * seconds with more than four fifths of that. Percent of such a window. */
static int open_trigger(
	const struct things *things, unsigned resource, bool full)
{
	unsigned least = 101;
	char text[40];
	int fd;

	for (uint32_t i = 0; i < things->count; i++)
		if (is_of(&things->all[i], resource, full) &&
			things->all[i].condition->percent < least)
			least = things->all[i].condition->percent;
	if (least > 100)
		return -1;
	fd = open(files[resource], O_RDWR | O_CLOEXEC | O_NONBLOCK);
	text_compose(text, sizeof(text), "%s %u %u", full ? "full" : "some",
		least * WINDOW_PERCENT_US / 5 * 4, WINDOW_US);
	if (fd >= 0 && write(fd, text, strlen(text) + 1) > 0)
		return fd;
	untold = true;
	file_close(&fd);
	return -1;
}

#define LINE(name, resource, full) \
	static bool test_##name(const struct thing *thing) \
	{ \
		return is_of(thing, resource, full); \
	} \
\
	static int open_##name(const struct things *things) \
	{ \
		return open_trigger(things, resource, full); \
	} \
\
	static void hear_##name(int fd, const struct things *things) \
	{ \
		(void)fd; \
		calm_ms = now_ms() + CALM_MS; \
		things_mark(things, test_##name); \
	}

LINE(cpu, PRESSURE_CPU, false)
LINE(memory, PRESSURE_MEMORY, false)
LINE(all_memory, PRESSURE_MEMORY, true)
LINE(io, PRESSURE_IO, false)
LINE(all_io, PRESSURE_IO, true)

#define ROW(name) \
	{ \
		"/proc/pressure", test_##name, open_##name, POLLPRI, \
			hear_##name \
	}

const struct source pressure_sources[PRESSURE_LINES] = {
	ROW(cpu), ROW(memory), ROW(all_memory), ROW(io), ROW(all_io)};

void pressure_look(struct thing *thing)
{
	const struct condition *condition = thing->condition;
	uint32_t pressure = TOLD_NO_PRESSURE;
	char text[256];

	thing->error = 0;
	if (file_read(AT_FDCWD, files[condition->state], text, sizeof(text)) <
		0)
		thing->error = errno;
	else
		pressure = told_pressure(text, condition->full);
	thing->value = pressure < condition->percent * 100U;
}

int pressure_next_ms(const struct things *things)
{
	bool wanted = false;

	for (uint32_t i = 0; i < things->count; i++)
		wanted |= pressure_test(&things->all[i]) &&
			!things->all[i].error &&
			(untold || !things->all[i].value || now_ms() < calm_ms);
	if (wanted)
		things_mark(things, pressure_test);
	return wanted ? (int)AGAIN_MS : -1;
}
