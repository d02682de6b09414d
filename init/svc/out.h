/* What svc writes. Conversions as in text_compose(). */
#ifndef SVC_OUT_H
#define SVC_OUT_H

#include <stdbool.h>
#include <stddef.h>

/* To standard output, through a buffer. */
void out(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_bytes(const char *bytes, size_t count) __attribute__((nonnull));
void out_spaces(size_t count);

/* Writes what is in the buffer, for those who wait for it. False: it cannot be
 * written, and nothing that follows can. */
bool out_flush(void);

/* Writes what is left in the buffer. False: some of all that was said could
 * not be written, which has been told. */
bool out_end(void);

/* To standard error, at once: "svc: what: why; what to do". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain_bytes(const char *bytes, size_t count) __attribute__((nonnull));

#endif
