/* What a request says: whether it is one, and which service it means. Pure,
 * for the server, the tests and the fuzzer.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include "control/protocol.h"
#include <stdbool.h>
#include <stddef.h>

/* Why the `size` bytes that came are no request of this version; NULL: they are
 * one. */
const char *request_fault(const struct control_request *request, size_t size)
	__attribute__((nonnull, warn_unused_result));

/* Whether its answer may be long in coming. */
bool request_waits(const struct control_request *request)
	__attribute__((nonnull));

/* Index of the service of that name. False: there is none. */
bool request_find(const struct table *table, const char *name,
	uint32_t *service) __attribute__((nonnull, warn_unused_result));

#endif
