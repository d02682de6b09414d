/* Numbers as words for people, and back. Pure. */
#ifndef SVC_WORDS_H
#define SVC_WORDS_H

#include "control/protocol.h"
#include <stddef.h>
#include <stdint.h>

#define WORDS_TIME_SIZE 24U
#define WORDS_ENDED_SIZE 96U

/* A span of time in its largest sensible unit: "3.2 s", "42 s", "4 m", "5 h",
 * "2 d". */
void words_time(char to[WORDS_TIME_SIZE], uint64_t ms) __attribute__((nonnull));

/* Bytes in their largest sensible unit: "512", "3.1M", "2.0G". */
#define WORDS_SIZE_SIZE 24U
void words_size(char to[WORDS_SIZE_SIZE], uint64_t bytes)
	__attribute__((nonnull));

/* How a service last ended: "exited 3", "killed by signal 11 (Segmentation
 * fault)"; "" when it has not ended. */
void words_ended(char to[WORDS_ENDED_SIZE], const struct control_reply *reply)
	__attribute__((nonnull));

/* All that is known of why a service is as it is: the message, and how it last
 * ended where the message does not tell. Returns the bytes written. */
size_t words_message(char *to, size_t size, const struct control_reply *reply)
	__attribute__((nonnull));

/* What there is of the next compartment of a service: "waits", "being made",
 * "none", or "none: 'net': there is only one, ..."; "" where its stanza does
 * not ask for one. */
#define WORDS_SPARE_SIZE 128U
void words_spare(char to[WORDS_SPARE_SIZE], const struct control_reply *reply)
	__attribute__((nonnull));

/* Number of a signal given as TERM, SIGTERM, sigterm or 15; 0: there is none
 * such. */
uint32_t words_signal(const char *text) __attribute__((nonnull));

/* That of a number from 1 on; NULL behind the last one. */
const char *words_signal_name(uint32_t number);

/* Bytes of the text, which is UTF-8, that fill at most so many columns. */
size_t words_fit(const char *text, size_t columns) __attribute__((nonnull));

#endif
