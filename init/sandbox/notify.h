/* What a program says of itself: the reaper's ears. It reads the notify socket
 * and the pipe of `ready = fd`, keeps the time of keep-alives, and passes on to
 * init only what init has to know, so that a talkative program wakes nobody
 * but its own reaper. sd_notify(3)
 */
#ifndef SANDBOX_NOTIFY_H
#define SANDBOX_NOTIFY_H

#include "sandbox/sandbox.h"
#include <poll.h>
#include <stdbool.h>

#define NOTIFY_POLLED 3U

struct notify {
	int socket; /* -1: none */
	int pipe; /* read end: a line feed means ready; -1: none */
	int news; /* socket to init */
	int keeper; /* who keeps what it hands in; -1: nobody */
	uint64_t period_us; /* between keep-alives at most; 0: no watchdog */
	uint64_t due_us; /* when the next one is late; CLOCK_MONOTONIC */
	uint64_t next_us; /* not before that the next news */
	struct sandbox_notice pending; /* said 0: none */
};

/* The first keep-alive is waited for from now on. */
void notify_begin(struct notify *notify) __attribute__((nonnull));

/* What is to be polled: all NOTIFY_POLLED, fd -1 for what is not. Returns after
 * how many ms notify_turn() is wanted whatever happens; -1: never. */
int notify_poll(const struct notify *notify, struct pollfd *polled)
	__attribute__((nonnull));

/* Acts on what has been polled, and on the time. */
void notify_turn(struct notify *notify, const struct pollfd *polled)
	__attribute__((nonnull));

#endif
