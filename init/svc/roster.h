/* All services at once, as init knows them, and the table that they stand in,
 * for verbs that show how they hang together.
 */
#ifndef SVC_ROSTER_H
#define SVC_ROSTER_H

#include "control/protocol.h"
#include <stdbool.h>
#include <stddef.h>

struct roster {
	struct control_reply *rows; /* by index */
	uint32_t count;
	const struct table *table; /* of roster_table(); NULL: none */
};

/* Asks for all services. False: told why there are none. */
bool roster_take(struct roster *roster) __attribute__((nonnull));

/* Asks for the table too. False: told why there is none. */
bool roster_take_table(struct roster *roster) __attribute__((nonnull));

/* Zeroed memory that is given back at exit, touched as needed. NULL: told that
 * there is none. */
void *roster_memory(size_t size);

/* Whether a service is init's own, and nobody has to look at it. */
bool roster_is_quiet(const struct control_reply *reply)
	__attribute__((nonnull));

const char *roster_kind(uint32_t kind); /* of an edge: "needs" */

#endif
