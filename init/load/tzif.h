/* Files of time zones, as zic(8) makes them: RFC 8536. Pure. */
#ifndef LOAD_TZIF_H
#define LOAD_TZIF_H

#include "table/table.h"
#include <stddef.h>

#define TZIF_BYTES_MAX ((size_t)1 << 16)

/* Bytes of a zone with that many changes. */
#define ZONE_SIZE(count) \
	(sizeof(struct zone) + (count) * sizeof(struct zone_change))

/* Reads a file into *zone, which has room for ZONE_CHANGES_MAX changes. NULL,
 * or what is wrong with it. */
const char *tzif_read(struct zone *zone, const char *bytes, size_t size)
	__attribute__((nonnull, warn_unused_result));

#endif
