/* Lines of a log as text: see format.h. */
#include "log/format.h"

#include "base/moment.h"
#include <string.h>

#define FACILITY_DAEMON 3U

enum level {
	LEVEL_ERROR = 3,
	LEVEL_WARNING,
	LEVEL_NOTICE,
	LEVEL_INFO
};

static const struct {
	const char *word;
	enum level level;
} streams[RING_STREAMS] = {[RING_INIT] = {"init", LEVEL_NOTICE},
	[RING_OUTPUT] = {"out", LEVEL_INFO},
	[RING_ERRORS] = {"err", LEVEL_NOTICE},
	[RING_SYSLOG] = {"log", LEVEL_NOTICE},
	[RING_DROPPED] = {"lost", LEVEL_WARNING}};

static const char *const level_words[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

static const char *const facility_words[] = {"kern", "user", "mail", "daemon",
	"auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2",
	"local3", "local4", "local5", "local6", "local7"};

const char *format_stream(const struct line *line)
{
	return streams[line->stream].word;
}

const char *format_facility(const struct line *line)
{
	return facility_words[format_priority(line) / 8];
}

const char *format_level(const struct line *line)
{
	return level_words[format_priority(line) % 8];
}

/* What a program writes to its output has no facility. */
unsigned format_priority(const struct line *line)
{
	unsigned priority = (unsigned)line->priority;

	if (line->priority < 0)
		return FACILITY_DAEMON * 8 + streams[line->stream].level;
	return line->stream == RING_SYSLOG || priority >= 8
		? priority
		: FACILITY_DAEMON * 8 + priority;
}

size_t format_head(char *to, const char *name, const struct line *line)
{
	char time[MOMENT_SIZE];
	size_t used;

	moment_text(time, line->real_ns);
	used = text_compose(to, FORMAT_HEAD_SIZE, "%s %s", time, name);
	if (line->instance)
		used += text_compose(to + used, FORMAT_HEAD_SIZE - used, "[%u]",
			line->instance);
	used += text_compose(
		to + used, FORMAT_HEAD_SIZE - used, " %s", format_stream(line));
	if (line->priority >= 0 && line->stream == RING_SYSLOG)
		used += text_compose(to + used, FORMAT_HEAD_SIZE - used,
			" %s.%s", format_facility(line), format_level(line));
	else if (line->priority >= 0)
		used += text_compose(to + used, FORMAT_HEAD_SIZE - used, " %s",
			format_level(line));
	return used + text_compose(to + used, FORMAT_HEAD_SIZE - used, ": ");
}

size_t format_syslog(
	char *to, const char *host, const char *name, const struct line *line)
{
	char time[MOMENT_SIZE];

	moment_text(time, line->real_ns);
	return text_compose(to, FORMAT_HEAD_SIZE, "<%u>1 %s %s %.48s %u %s - ",
		format_priority(line), time, *host ? host : "-", name,
		line->instance, format_stream(line));
}

/* Backwards, so that it can be done in place: a line feed grows. */
static size_t escape_ends(char *to, size_t length)
{
	static const char escaped[] = {'\\', 'x', '0', 'a'};
	size_t ends = 0;
	size_t size;

	for (size_t i = 0; i < length; i++)
		ends += to[i] == '\n';
	size = length + 3 * ends;
	for (size_t at = size; ends;) {
		char byte = to[--length];

		if (byte != '\n') {
			to[--at] = byte;
			continue;
		}
		at -= sizeof(escaped);
		memcpy(to + at, escaped, sizeof(escaped));
		ends--;
	}
	return size;
}

size_t format_text(char *to, const struct line *line)
{
	return escape_ends(to, text_escape(to, line->text, line->length));
}
