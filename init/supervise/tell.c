/* What people read about services: a text a unit, which svc status shows, and
 * a line in init's journal where it matters. A service that has much to say is
 * cut short.
 */
#include "supervise/unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "log/journal.h"
#include <string.h>
#include <time.h>

#define TOLD_MOST 8U /* lines of one service ... */
#define TOLD_MS 60000U /* ... within this time */
#define SAID_SIZE 96U

static bool may_tell(struct unit *unit)
{
	uint64_t now = now_ms();

	if (now - unit->told_ms >= TOLD_MS) {
		unit->told_ms = now;
		unit->told = 0;
	}
	if (++unit->told == TOLD_MOST + 1)
		say("%s: more of this is left out for a minute; see 'svc "
		    "status %s'",
			name_of(unit), name_of(unit));
	return unit->told <= TOLD_MOST;
}

void note(struct unit *unit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_compose_list(text_of(unit), TEXT_SIZE, format, arguments);
	va_end(arguments);
}

void tell(struct unit *unit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_compose_list(text_of(unit), TEXT_SIZE, format, arguments);
	va_end(arguments);
	if (may_tell(unit))
		say("%s: %s", name_of(unit), text_of(unit));
}

struct words {
	char bytes[64];
};

/* "3", "killed by signal 11 (Segmentation fault)" */
static void how(const struct unit *unit, char *to, size_t size)
{
	const struct fate *fate = fate_of(unit);
	unsigned code = (unsigned)fate->code;

	switch ((enum ended)fate->ended) {
	case ENDED_EXIT:
		text_compose(to, size, "exited %u", code);
		return;
	case ENDED_SIGNAL:
		text_compose(to, size, "killed by signal %u (%s)", code,
			strsignal(fate->code));
		return;
	case ENDED_OOM:
		text_compose(to, size, "killed: out of memory");
		return;
	case ENDED_TIMEOUT:
		text_compose(to, size, "killed: not up in time");
		return;
	case ENDED_WATCHDOG:
		text_compose(to, size, "killed: %s",
			unit->ill ? "its health check failed"
				  : "no sign of life in time");
		return;
	case ENDED_BUILD:
	case ENDED_NEVER:
		break;
	}
	*to = '\0';
}

/* "400 ms", "12.4 s", "30 s", "5 min", "2 h" */
static void span(uint64_t ms, char *to, size_t size)
{
	unsigned long long tenths = ms / 100 % 10;

	if (ms < 1000)
		text_compose(to, size, "%llu ms", (unsigned long long)ms);
	else if (ms < 60000 && tenths)
		text_compose(to, size, "%llu.%llu s",
			(unsigned long long)ms / 1000, tenths);
	else if (ms < 60000)
		text_compose(to, size, "%llu s", (unsigned long long)ms / 1000);
	else if (ms < 3600000)
		text_compose(
			to, size, "%llu min", (unsigned long long)ms / 60000);
	else
		text_compose(
			to, size, "%llu h", (unsigned long long)ms / 3600000);
}

/* "; restart 2 of 5 in 400 ms" */
static void what_next(const struct unit *unit, char *to, size_t size)
{
	const struct service *service = service_of(unit);
	const struct fate *fate = fate_of(unit);
	struct words time;
	size_t used;

	*to = '\0';
	if (fate->limit) {
		used = text_compose(to, size, "; restart-limit reached");
		if (service->on_limit != ON_LIMIT_RETRY)
			return;
		span(service->limit_retry_ms, time.bytes, sizeof(time.bytes));
		text_compose(
			to + used, size - used, ", next try in %s", time.bytes);
		return;
	}
	if (fate->state != STATE_WAITING && fate->state != STATE_BACKOFF)
		return;
	if (service->limit_count && fate->life.count)
		used = text_compose(to, size, "; restart %u of %u",
			fate->life.count, service->limit_count);
	else
		used = text_compose(to, size, "; again");
	span(fate->delay_ms, time.bytes, sizeof(time.bytes));
	text_compose(to + used, size - used,
		fate->delay_ms ? " in %s" : " at once", time.bytes);
}

/* "; it said: error 28 (No space left on device)" */
static void add_said(const struct unit *unit, char to[SAID_SIZE])
{
	size_t used = 0;

	*to = '\0';
	if (unit->error)
		used = text_compose(to, SAID_SIZE, "; it said: error %u (%s)",
			(unsigned)unit->error, strerror(unit->error));
	if (unit->exit_status)
		text_compose(to + used, SAID_SIZE - used, "%s exit status %u",
			used ? "," : "; it said:", (unsigned)unit->exit_status);
}

/* The cause of a start that failed stands in the text already. */
static void tell_failed_start(struct unit *unit, const char *next)
{
	char cause[TEXT_SIZE];

	text_compose(cause, sizeof(cause), "%s", text_of(unit));
	if (fate_of(unit)->asked)
		note(unit, "stopped");
	else
		tell(unit, "%s%s", cause, next);
}

/* What ended as it may, or as somebody asked for, is not worth a line; a
 * milestone has told itself what went wrong. */
void tell_end(struct unit *unit)
{
	const struct service *service = service_of(unit);
	const struct fate *fate = fate_of(unit);
	struct words ending;
	struct words time;
	struct words next;
	char said[SAID_SIZE];

	if (fate->ended == ENDED_NEVER || service->milestone)
		return;
	what_next(unit, next.bytes, sizeof(next.bytes));
	if (fate->ended == ENDED_BUILD) {
		tell_failed_start(unit, next.bytes);
		return;
	}
	how(unit, ending.bytes, sizeof(ending.bytes));
	span(fate->ended_ms - fate->executed_ms, time.bytes,
		sizeof(time.bytes));
	add_said(unit, said);
	unit->error = unit->exit_status = 0;
	if (fate->asked)
		note(unit, "stopped");
	else if (life_is_clean(service, (enum ended)fate->ended, fate->code))
		note(unit, "%s after %s%s%s", ending.bytes, time.bytes, said,
			next.bytes);
	else
		tell(unit, "%s after %s%s%s", ending.bytes, time.bytes, said,
			next.bytes);
}

/* Whom it waits for: an edge of the table. */
static const char *name_at(const struct edge *edge)
{
	return name_of(&s.units[edge->service]);
}

/* Told once, however often it is tried. */
void tell_blocked(struct unit *unit)
{
	static const char format[] = "not started: it needs '%s', which failed";
	const struct edge *edge = fate_waits_for(&s.fates, index_of(unit));

	if (!edge)
		return;
	if (unit->blocked)
		note(unit, format, name_at(edge));
	else
		tell(unit, format, name_at(edge));
	unit->blocked = true;
}

/* What a running one has said of itself. */
static const char *text_said(const struct unit *unit, char to[TEXT_SIZE])
{
	size_t used = text_compose(to, TEXT_SIZE, "%s", text_of(unit));
	char said[SAID_SIZE];

	add_said(unit, said);
	text_compose(to + used, TEXT_SIZE - used, "%s", said + (used ? 0 : 2));
	return to;
}

/* Whom it waits for is known without a text of its own: at a boot all wait. */
const char *text_now(const struct unit *unit)
{
	static char text[TEXT_SIZE];
	const struct edge *edge;

	if (unit->error || unit->exit_status)
		return text_said(unit, text);
	if (state_of(unit) == STATE_HELD) {
		size_t used = text_compose(text, sizeof(text), "waits for ");

		conditions_text(unit, text + used, sizeof(text) - used);
		return text;
	}
	if (state_of(unit) != STATE_WAITING)
		return text_of(unit);
	if (fate_of(unit)->stuck)
		return "waits for its last run, which is stuck";
	edge = fate_waits_for(&s.fates, index_of(unit));
	if (!edge)
		return text_of(unit);
	text_compose(text, sizeof(text), "waits for '%s'", name_at(edge));
	return text;
}

struct tally {
	unsigned up;
	unsigned resting; /* it is not its time, or it ended as it may and will
			   * be started again */
	unsigned failed; /* given up, or in back-off after a failure */
	unsigned waiting;
};

static struct tally count_units(void)
{
	struct tally tally = {0, 0, 0, 0};

	for (uint32_t i = 0; i < s.count; i++) {
		const struct unit *unit = &s.units[i];
		const struct fate *fate = fate_of(unit);

		if (service_of(unit)->flags & SERVICE_BUILT_IN)
			continue;
		if (state_is_up((enum state)fate->state) ||
			fate_is_held(&s.fates, i, now_ms()))
			tally.up++;
		else if (fate->state == STATE_RESTING ||
			(fate->state == STATE_BACKOFF &&
				life_is_clean(service_of(unit),
					(enum ended)fate->ended, fate->code)))
			tally.resting++;
		else if (fate->state == STATE_FAILED ||
			fate->state == STATE_BACKOFF)
			tally.failed++;
		else if (fate->wanted)
			tally.waiting++;
	}
	return tally;
}

/* The last line of the boot. */
void tell_boot(void)
{
	const char *remark = table_string(s.table, s.table->system.note);
	struct tally tally = count_units();

	const struct {
		unsigned count;
		const char *what;
	} all[] = {{tally.resting, "to run again"}, {tally.failed, "failed"},
		{tally.waiting, "waiting"}};

	static const char rescues[][40] = {
		[RESCUE_SHELL] = "only the rescue shell",
		[RESCUE_WAIT] = "no service, and nothing is started",
		[RESCUE_REBOOT] = "no service, and so a reboot"};

	char first[40];
	char others[96] = "";
	struct timespec now;
	size_t used = 0;

	clock_gettime(CLOCK_BOOTTIME, &now);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].count)
			used += text_compose(others + used,
				sizeof(others) - used, ", %u %s", all[i].count,
				all[i].what);
	if (s.table->system.rescue)
		text_compose(first, sizeof(first), "%s",
			rescues[s.table->system.rescue_how]);
	else
		text_compose(first, sizeof(first), "%u %s up", tally.up,
			tally.up == 1 ? "service" : "services");
	say("bulkhead: %s%s, %llu ms after the kernel started%s%s", first,
		others,
		(unsigned long long)now.tv_sec * 1000 +
			(unsigned long long)now.tv_nsec / 1000000,
		*remark ? "; " : "", remark);
}

/* Who holds up the end of the machine. */
COLD void tell_late(void)
{
	unsigned lines = 0;

	for (uint32_t i = 0; i < s.count && lines < TOLD_MOST; i++) {
		if (!is_running(&s.units[i]))
			continue;
		say("%s: still %s at shutdown-limit; it is killed",
			name_of(&s.units[i]),
			state_text(state_of(&s.units[i])));
		lines++;
	}
}
