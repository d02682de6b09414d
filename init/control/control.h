/* The control socket: requests of svc (protocol.h) to supervise/. Root of the
 * host is answered, and whom the table grants that. At most CONTROL_CLIENTS at
 * a time, each with one request, for CONTROL_SECONDS to send it and as long
 * again to take each part of the answer; nothing here waits, and nothing that
 * clients do makes init grow.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/state.h"
#include "control/protocol.h"
#include <stdbool.h>
#include <stdint.h>

#define CONTROL_CLIENTS 32U
#define CONTROL_SECONDS 5U
#define CONTROL_SERVICES 64U /* that may have a socket of their own */

/* Makes the socket at CONTROL_PATH and watches it (LOOP_CONTROL). Its folder is
 * made where it is missing. Called again, it makes the socket anew, as where
 * somebody removed it. 0, or -errno. unix(7) */
int control_open(void);

/* Makes a socket for each service that has a control key. */
void control_serve(const struct table *table) __attribute__((nonnull));

/* The table is another one (supervise_moved()): its sockets for services, and
 * what clients ask of them, follow. */
void control_moved(void);

/* Events: somebody connects; a client sent something, took something, or
 * left. events: EPOLL*. */
void control_accept(uint32_t listener);
void control_client(uint32_t client, uint32_t events);

/* Once a turn of the loop, behind supervise_turn(): answers those whose wish
 * has come about, and drops those who are too slow. */
void control_turn(void);

/* When control_turn() is wanted next, in ms from now; -1: never. */
int control_timeout_ms(void);

/* Whether somebody has asked for another init, and which program that is ("":
 * the one that is installed); and what has come of it, "" or why not. */
bool control_wants_reexec(char program[CONTROL_NAME_SIZE])
	__attribute__((nonnull, warn_unused_result));
void control_reexec_over(const char *why) __attribute__((nonnull));

/* For the init that takes over: adds what lives on, and goes on with it. */
void control_state(struct state_list *list) __attribute__((nonnull));
void control_resume(void);

#endif
