/* Local time: seconds since 1970 in UTC, and what the clock on the wall says.
 * Pure. Leap seconds are not counted, as in POSIX. A zone is NULL for UTC.
 */
#ifndef PLAN_ZONE_H
#define PLAN_ZONE_H

#include "table/table.h"
#include <stdint.h>

/* How far local time is ahead of UTC then. */
int32_t zone_offset(const struct zone *zone, int64_t utc_s);

/* When the clock on the wall first shows this time, or, where it leaps over it,
 * goes on behind it. */
int64_t zone_utc(const struct zone *zone, int64_t local_s);

#endif
