/* A line on the console from a process that has no journal, and may be the
 * last one. */
#ifndef LOG_CONSOLE_H
#define LOG_CONSOLE_H

/* Without its end; as in text_compose(). Never waits. */
void console_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
