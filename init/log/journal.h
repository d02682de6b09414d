/* What init itself says: lines in a ring of its own (svc log init), shown on
 * the console as fast as that takes them. Writing never waits: a console that
 * nobody drains loses lines once the ring has gone round.
 */
#ifndef LOG_JOURNAL_H
#define LOG_JOURNAL_H

#include "base/state.h"
#include <stdbool.h>

/* Makes the ring, first of all; opens the console, as soon as /dev is there.
 * Without memory or a console it does with less. */
void journal_open(void);
void journal_show(void);

/* One line, without its end: "where: what: why; what to do". Conversions as in
 * text_compose(). At most 511 bytes. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Lines as they are, each ending in a line feed. */
void say_lines(const char *text) __attribute__((nonnull));

/* Moves what the console takes; called once a turn of the loop, and when the
 * console has room again (LOOP_CONSOLE). */
void journal_flush(void);

/* The ring, or -1. */
int journal_ring(void);

/* The console, or -1. */
int journal_console(void);

/* For the init that takes over: adds what lives on, and goes on with it. */
void journal_state(struct state_list *list) __attribute__((nonnull));
void journal_resume(void);

#endif
