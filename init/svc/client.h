/* svc's end of the control socket. */
#ifndef SVC_CLIENT_H
#define SVC_CLIENT_H

#include "control/protocol.h"
#include <stdbool.h>

struct question {
	enum control_op op;
	const char *name; /* of a service; "" for none */
	uint32_t argument;
};

struct client {
	int socket;
	int fd; /* came with the reply; -1: none */
	struct control_reply reply;
};

/* Asks init and waits for the first reply. Who gets true ends the exchange
 * with client_close(); false: it has been told why there is none, or that it
 * says no. */
bool client_ask(struct client *client, const struct question *question)
	__attribute__((nonnull, warn_unused_result));

/* The next reply of a list. False: that was the last one, and *whole tells
 * whether it was. */
bool client_next(struct client *client, bool *whole)
	__attribute__((nonnull, warn_unused_result));

void client_close(struct client *client) __attribute__((nonnull));

#endif
