/* The network of a service, for svc status. */
#ifndef SVC_LINKS_H
#define SVC_LINKS_H

#include "control/protocol.h"
#include <stdbool.h>

/* Prints a line for each interface of a service's network but lo: gap, the
 * service's name where that is wanted, the interface's, "up" or "down", and
 * the addresses. Nothing where the network is the caller's own, or the caller
 * may not enter it. */
void links_print(const struct control_reply *reply, bool named, const char *gap)
	__attribute__((nonnull));

#endif
