/* Lines of a log as text: for svc, and for the logger's sinks. Pure. */
#ifndef LOG_FORMAT_H
#define LOG_FORMAT_H

#include "base/text.h"
#include "log/lines.h"

/* The most that format_text() and format_head() or format_syslog() write. */
#define FORMAT_TEXT_SIZE (LINES_MOST * TEXT_ESCAPED)
#define FORMAT_HEAD_SIZE 200U

/* "out", "err", "log", "init" or "lost"; "daemon"; "warning". */
const char *format_stream(const struct line *line) __attribute__((nonnull));
const char *format_facility(const struct line *line) __attribute__((nonnull));
const char *format_level(const struct line *line) __attribute__((nonnull));

/* Its own priority, or what its stream stands for: facility * 8 + level. */
unsigned format_priority(const struct line *line) __attribute__((nonnull));

/* "2026-11-26T01:30:00.123456Z web[12] log daemon.warning: " */
size_t format_head(char *to, const char *name, const struct line *line)
	__attribute__((nonnull));

/* "<28>1 2026-11-26T01:30:00.123456Z host web 12 log - ". RFC 5424 */
size_t format_syslog(char *to, const char *host, const char *name,
	const struct line *line) __attribute__((nonnull));

/* The line itself, without its end: control bytes, line feeds too, and what is
 * no UTF-8 as \xHH. Returns the bytes written. */
size_t format_text(char *to, const struct line *line) __attribute__((nonnull));

#endif
