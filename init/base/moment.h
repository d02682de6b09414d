/* Moments of CLOCK_REALTIME as words in UTC, and back. Pure. */
#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_SIZE 28U

/* "2026-11-26T01:30:00.123456Z" of RFC 3339, from nanoseconds since 1970. */
void moment_text(char to[MOMENT_SIZE], uint64_t ns) __attribute__((nonnull));

/* The calendar: days since 1970 of a date of that year or later, and the year
 * of a day. */
uint64_t moment_days(unsigned year, unsigned month, unsigned day)
	__attribute__((const));
unsigned moment_year(uint64_t days) __attribute__((const));

/* Reads "HH:MM[:SS]", the last time that was so before `now`, or
 * "YYYY-MM-DD[THH:MM[:SS]]" (or with a space). False: it is neither. */
bool moment_read(const char *text, uint64_t now_ns, uint64_t *ns)
	__attribute__((nonnull));

/* Reads a span: a number and s, m, h or d. False: it is none. */
bool moment_span(const char *text, uint64_t *ns) __attribute__((nonnull));

#endif
