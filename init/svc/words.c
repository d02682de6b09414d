/* Words for people: see words.h. */
#include "svc/words.h"

#include "base/text.h"
#include "plan/machine.h"
#include <signal.h>
#include <string.h>
#include <strings.h>

#define SECOND_MS 1000U
#define MINUTE_MS (60U * SECOND_MS)
#define HOUR_MS (60U * MINUTE_MS)
#define DAY_MS (24U * HOUR_MS)

#define SIGNAL_MOST 64U

/* A span of at least two of a unit is told in it. */
static const struct {
	const char *name;
	uint32_t ms;
} units[] = {{"d", DAY_MS}, {"h", HOUR_MS}, {"m", MINUTE_MS}};

void words_time(char to[WORDS_TIME_SIZE], uint64_t ms)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (ms < 2 * (uint64_t)units[i].ms)
			continue;
		text_compose(to, WORDS_TIME_SIZE, "%llu %s",
			(unsigned long long)(ms / units[i].ms), units[i].name);
		return;
	}
	if (ms < 10 * (uint64_t)SECOND_MS)
		text_compose(to, WORDS_TIME_SIZE, "%u.%u s",
			(unsigned)(ms / SECOND_MS), (unsigned)(ms / 100 % 10));
	else
		text_compose(to, WORDS_TIME_SIZE, "%u s",
			(unsigned)(ms / SECOND_MS));
}

void words_size(char to[WORDS_SIZE_SIZE], uint64_t bytes)
{
	static const char letters[] = "KMGTPE";
	unsigned unit = 0;

	if (bytes < 1024) {
		text_compose(
			to, WORDS_SIZE_SIZE, "%llu", (unsigned long long)bytes);
		return;
	}
	for (; bytes >= (uint64_t)1024 << 10; unit++)
		bytes >>= 10;
	text_compose(to, WORDS_SIZE_SIZE, "%u.%u%c", (unsigned)(bytes >> 10),
		(unsigned)((bytes & 1023) * 10 >> 10), letters[unit]);
}

void words_ended(char to[WORDS_ENDED_SIZE], const struct control_reply *reply)
{
	unsigned code = (unsigned)reply->code;

	*to = '\0';
	switch ((enum ended)reply->ended) {
	case ENDED_NEVER:
		break;
	case ENDED_EXIT:
		text_compose(to, WORDS_ENDED_SIZE, "exited %u", code);
		break;
	case ENDED_SIGNAL:
		text_compose(to, WORDS_ENDED_SIZE, "killed by signal %u (%s)",
			code, strsignal(reply->code));
		break;
	case ENDED_OOM:
		text_compose(to, WORDS_ENDED_SIZE, "killed: out of memory");
		break;
	case ENDED_BUILD:
		text_compose(to, WORDS_ENDED_SIZE, "was not executed: %s",
			strerror(reply->code));
		break;
	case ENDED_TIMEOUT:
		text_compose(to, WORDS_ENDED_SIZE, "killed: not up in time");
		break;
	case ENDED_WATCHDOG:
		text_compose(to, WORDS_ENDED_SIZE,
			"killed: no sign of life in time");
		break;
	}
}

void words_spare(char to[WORDS_SPARE_SIZE], const struct control_reply *reply)
{
	unsigned fate = reply->flags >> SERVICE_SPARE_SHIFT;
	unsigned marks =
		reply->marks & (CONTROL_SPARE_BUILDS | CONTROL_SPARE_WAITS);

	*to = '\0';
	if (fate == SPARE_UNWANTED || fate >= SPARES)
		return;
	if (marks == CONTROL_SPARE_WAITS)
		text_compose(to, WORDS_SPARE_SIZE, "waits");
	else if (marks == CONTROL_SPARE_BUILDS)
		text_compose(to, WORDS_SPARE_SIZE, "being made");
	else
		text_compose(to, WORDS_SPARE_SIZE, "none%s%s",
			fate == SPARE_MADE ? "" : ": ", spare_texts[fate]);
}

/* Whether the message tells it already, in whatever words. */
static bool is_told(const struct control_reply *reply)
{
	static const char *const marks[] = {
		[ENDED_NEVER] = "",
		[ENDED_EXIT] = "exited",
		[ENDED_SIGNAL] = "signal",
		[ENDED_OOM] = "memory",
		[ENDED_BUILD] = "",
		[ENDED_TIMEOUT] = "",
		[ENDED_WATCHDOG] = "",
	};

	return *reply->text &&
		(reply->ended >= sizeof(marks) / sizeof(*marks) ||
			strstr(reply->text, marks[reply->ended]));
}

size_t words_message(char *to, size_t size, const struct control_reply *reply)
{
	bool runs = reply->state < STATES &&
		state_is_running((enum state)reply->state);
	char ended[WORDS_ENDED_SIZE];
	size_t used = text_compose(to, size, "%s", reply->text);

	words_ended(ended, reply);
	if (is_told(reply) || !*ended)
		return used;
	return used +
		text_compose(to + used, size - used, "%s%s%s", used ? "; " : "",
			used || runs ? "last " : "", ended);
}

#define SIGNAL(name) [SIG##name] = #name

static const char names[][7] = {SIGNAL(HUP), SIGNAL(INT), SIGNAL(QUIT),
	SIGNAL(ILL), SIGNAL(TRAP), SIGNAL(ABRT), SIGNAL(BUS), SIGNAL(FPE),
	SIGNAL(KILL), SIGNAL(USR1), SIGNAL(SEGV), SIGNAL(USR2), SIGNAL(PIPE),
	SIGNAL(ALRM), SIGNAL(TERM), SIGNAL(STKFLT), SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP), SIGNAL(TSTP), SIGNAL(TTIN), SIGNAL(TTOU), SIGNAL(URG),
	SIGNAL(XCPU), SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH),
	SIGNAL(IO), SIGNAL(PWR), SIGNAL(SYS)};

uint32_t words_signal(const char *text)
{
	uint64_t number;

	if (text_decimal(text, SIGNAL_MOST, &number))
		return (uint32_t)number;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (uint32_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(text, names[i]) == 0)
			return i;
	return 0;
}

const char *words_signal_name(uint32_t number)
{
	return number < sizeof(names) / sizeof(*names) ? names[number] : NULL;
}

size_t words_fit(const char *text, size_t columns)
{
	size_t at = 0;

	while (text[at]) {
		bool begins = ((unsigned char)text[at] & 0xc0) != 0x80;

		if (begins && !columns)
			break;
		columns -= begins;
		at++;
	}
	return at;
}
