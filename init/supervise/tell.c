/* What people read about services: a text a unit, which svc status shows, and
 * a line in init's journal where it matters. A service that has much to say is
 * cut short.
 */
#include "supervise/unit.h"

#include "base/text.h"
#include "log/journal.h"
#include <string.h>
#include <time.h>

#define TOLD_MOST 8U /* lines of one service ... */
#define TOLD_MS 60000U /* ... within this time */

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
	text_compose_list(unit->text, sizeof(unit->text), format, arguments);
	va_end(arguments);
}

void tell(struct unit *unit, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_compose_list(unit->text, sizeof(unit->text), format, arguments);
	va_end(arguments);
	if (may_tell(unit))
		say("%s: %s", name_of(unit), unit->text);
}

struct words {
	char bytes[64];
};

/* "3", "killed by signal 11 (Segmentation fault)" */
static void how(const struct unit *unit, char *to, size_t size)
{
	unsigned code = (unsigned)unit->code;

	switch ((enum ended)unit->ended) {
	case ENDED_EXIT:
		text_compose(to, size, "exited %u", code);
		return;
	case ENDED_SIGNAL:
		text_compose(to, size, "killed by signal %u (%s)", code,
			strsignal(unit->code));
		return;
	case ENDED_OOM:
		text_compose(to, size, "killed: out of memory");
		return;
	case ENDED_TIMEOUT:
		text_compose(to, size, "killed: not up in time");
		return;
	case ENDED_BUILD:
	case ENDED_NEVER:
		break;
	}
	*to = '\0';
}

/* "12.4 s" */
static void span(uint64_t ms, char *to, size_t size)
{
	text_compose(to, size, "%llu.%llu s", (unsigned long long)ms / 1000,
		(unsigned long long)ms / 100 % 10);
}

/* "; restart 2 of 5 in 400 ms" */
static void what_next(const struct unit *unit,
	const struct life_verdict *verdict, char *to, size_t size)
{
	const struct service *service = service_of(unit);
	size_t used;

	*to = '\0';
	if (verdict->limit) {
		text_compose(to, size, "; restart-limit reached");
		return;
	}
	if (verdict->event != EVENT_EMPTY_AGAIN &&
		verdict->event != EVENT_EMPTY_BACKOFF)
		return;
	if (service->limit_count && unit->life.count)
		used = text_compose(to, size, "; restart %u of %u",
			unit->life.count, service->limit_count);
	else
		used = text_compose(
			to, size, "; restart %u", unit->life.restarts);
	text_compose(to + used, size - used, " in %u ms", verdict->delay_ms);
}

/* A build that failed has been told with its cause. What ended as it may, or
 * as somebody asked for, is not worth a line. */
void tell_end(struct unit *unit, const struct life_verdict *verdict)
{
	struct words ending;
	struct words time;
	struct words next;

	if (unit->ended == ENDED_BUILD || unit->ended == ENDED_NEVER)
		return;
	how(unit, ending.bytes, sizeof(ending.bytes));
	span(unit->ended_ms - unit->executed_ms, time.bytes,
		sizeof(time.bytes));
	what_next(unit, verdict, next.bytes, sizeof(next.bytes));
	if (unit->asked ||
		life_is_clean(
			service_of(unit), (enum ended)unit->ended, unit->code))
		note(unit, "%s after %s%s", ending.bytes, time.bytes,
			next.bytes);
	else
		tell(unit, "%s after %s%s", ending.bytes, time.bytes,
			next.bytes);
}

struct tally {
	unsigned up;
	unsigned between; /* two runs, the last of which was as it should be */
	unsigned failed;
	unsigned waiting;
};

static struct tally count_units(void)
{
	struct tally tally = {0, 0, 0, 0};

	for (uint32_t i = 0; i < s.count; i++) {
		const struct unit *unit = &s.units[i];

		if (service_of(unit)->flags & SERVICE_BUILT_IN)
			continue;
		if (state_is_up((enum state)unit->state))
			tally.up++;
		else if (unit->state == STATE_FAILED)
			tally.failed++;
		else if (unit->state == STATE_BACKOFF &&
			life_is_clean(service_of(unit), (enum ended)unit->ended,
				unit->code))
			tally.between++;
		else if (unit->wanted && !is_held(unit))
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
	} all[] = {{tally.between, "between runs"}, {tally.failed, "failed"},
		{tally.waiting, "waiting"}};

	char others[96] = "";
	struct timespec now;
	size_t used = 0;

	clock_gettime(CLOCK_BOOTTIME, &now);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].count)
			used += text_compose(others + used,
				sizeof(others) - used, ", %u %s", all[i].count,
				all[i].what);
	say("bulkhead: %u %s up%s, %llu ms after the kernel started%s%s",
		tally.up, tally.up == 1 ? "service" : "services", others,
		(unsigned long long)now.tv_sec * 1000 +
			(unsigned long long)now.tv_nsec / 1000000,
		*remark ? "; " : "", remark);
}

/* Who holds up the end of the machine. */
void tell_late(void)
{
	unsigned lines = 0;

	for (uint32_t i = 0; i < s.count && lines < TOLD_MOST; i++) {
		if (!state_is_running((enum state)s.units[i].state))
			continue;
		say("%s: still %s at shutdown-limit; it is killed",
			name_of(&s.units[i]), state_text(s.units[i].state));
		lines++;
	}
}
