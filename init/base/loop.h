/* The epoll loop of init: what is watched, and what has happened. Used by
 * whoever owns a descriptor that can wake init; main.c turns the loop and
 * hands each event to the owner of its kind. epoll(7)
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

enum loop_kind {
	LOOP_SIGNALS, /* signalfd */
	LOOP_CONSOLE, /* room to write again */
	LOOP_LOGGER, /* what the logger has to say (supervise/) */
	LOOP_CONDITIONS, /* what the watcher of conditions says */
	LOOP_REPORT, /* index: slot of a start (supervise/) */
	LOOP_NEWS, /* index: service (supervise/) */
	LOOP_KEEPER, /* index: service (supervise/) */
	LOOP_SPARE, /* index: service (supervise/) */
	LOOP_CONTROL, /* the listening socket */
	LOOP_CLIENT, /* index: client of the control socket */
	LOOP_CALENDAR, /* the clock was set (supervise/) */
	LOOP_INITCTL /* the fifo of sysvinit's tools */
};

struct loop_event {
	enum loop_kind kind;
	uint32_t index;
	uint32_t events; /* EPOLL* */
};

#define LOOP_EVENTS 32U /* the most that one turn takes */

/* Makes the loop. 0, or -errno. Once. */
int loop_open(void) __attribute__((warn_unused_result));

/* Watches a descriptor, changes what is watched for, or leaves it alone (before
 * it is closed). 0, or -errno. events: EPOLL*, level-triggered. */
int loop_add(int fd, uint32_t events, enum loop_kind kind, uint32_t index);
int loop_change(int fd, uint32_t events, enum loop_kind kind, uint32_t index);
void loop_remove(int fd);

/* Waits at most timeout_ms (-1: for ever) and fills in what happened: how many,
 * at most LOOP_EVENTS; 0 also when interrupted. */
unsigned loop_wait(struct loop_event events[LOOP_EVENTS], int timeout_ms)
	__attribute__((nonnull));

#endif
