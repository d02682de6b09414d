/* The control protocol between svc and init: packets over a Unix socket of
 * type SOCK_SEQPACKET. One request a connection; the answer is one or more
 * replies, the last of which has more == 0. All numbers in host order.
 */
#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

#include "table/asks.h"
#include "table/table.h"
#include <stddef.h>
#include <stdint.h>

#define CONTROL_FOLDER "/run/bulkhead"
#define CONTROL_PATH CONTROL_FOLDER "/control"
#define CONTROL_MAGIC 0x43564b42U
#define CONTROL_VERSION 2U
#define CONTROL_NAME_SIZE (TABLE_NAME_MAX + 1U)

/* Times of a service's first start since boot, CLOCK_BOOTTIME in ms. */
enum control_time {
	CONTROL_WANTED,
	CONTROL_BUILT, /* what it waited for was up; its builder began */
	CONTROL_EXECUTED,
	CONTROL_UP,
	CONTROL_TIMES
};

/* Numbers of services that a new table has made, in the order of struct
 * table_changes. */
enum control_change {
	CONTROL_CHANGED,
	CONTROL_ADDED,
	CONTROL_GONE,
	CONTROL_KEPT,
	CONTROL_CHANGES
};

_Static_assert(
	(int)CONTROL_CHANGES == (int)CONTROL_TIMES, "they share a place");
_Static_assert(offsetof(struct table_changes, text) ==
		CONTROL_CHANGES * sizeof(uint32_t),
	"nothing else stands before it");

#define CONTROL_NOBODY UINT32_MAX
#define CONTROL_WHEN 4U /* it is a condition of `when` that the other is up */
_Static_assert(CONTROL_WHEN > EDGE_AFTER, "no kind of edge");

/* Why a service is as it is. */
enum control_mark {
	CONTROL_IS_WANTED = 1,
	CONTROL_IS_LIMITED = 2, /* restart-limit was reached */
	CONTROL_IS_IN_LINE = 4, /* for room to start in */
	CONTROL_IS_QUIET = 8, /* its terminal waits for the end of the boot */
	CONTROL_IS_STUCK =
		16, /* what is left of its last run cannot be ended */
	CONTROL_IS_VITAL = 32, /* without it the boot does not count as good */
	CONTROL_IS_GOOD = 64, /* the boot does */
	CONTROL_SPARE_BUILDS = 128, /* its spare is being made */
	CONTROL_SPARE_WAITS = 256 /* it is there; both: it is being removed */
};

struct control_request {
	uint32_t magic;
	uint16_t version;
	uint16_t op;
	uint32_t argument;
	uint32_t spare;
	char name[CONTROL_NAME_SIZE];
};

enum control_result {
	CONTROL_DONE,
	CONTROL_MALFORMED, /* not a request of this version */
	CONTROL_REFUSED, /* the caller has no right */
	CONTROL_UNKNOWN, /* no service of that name */
	CONTROL_FAILED, /* text says why */
	CONTROL_BUSY /* too many clients */
};

struct control_reply {
	uint32_t magic;
	uint16_t version;
	uint16_t result; /* enum control_result */
	uint32_t more; /* 1: another reply follows */

	/* of CONTROL_STATUS, _START, _STOP, _RESTART, _RELOAD, _FREEZE, _THAW,
	 * and of CONTROL_EVENTS: */
	uint32_t state; /* enum state of plan/machine.h */
	int32_t pid; /* of the program, on the host; 0: none */
	int32_t reaper; /* pid 1 inside, on the host; 0: none */
	uint32_t restarts; /* since boot */
	uint32_t ended; /* enum ended of plan/machine.h */
	int32_t code;
	uint32_t flags; /* SERVICE_* */
	uint64_t since_ms; /* CLOCK_BOOTTIME of the last change of state */
	uint64_t now_ms;
	uint64_t generation; /* its group is svc/NAME.GENERATION */
	uint32_t type; /* enum service_type */
	uint32_t frozen; /* 1: nothing in its group runs */
	uint32_t times[CONTROL_TIMES]; /* 0: not yet; of _RELOAD_TABLE: how
					* many services, enum control_change */
	uint32_t marks; /* enum control_mark */
	uint32_t holder; /* index of the service it waits for, or _NOBODY */
	uint32_t holder_kind; /* enum edge_kind, or CONTROL_WHEN */
	uint32_t clock_ms; /* until it changes by itself; 0: it does not */
	uint32_t limit_used; /* of restart-limit */
	/* of CONTROL_EVENTS: */
	uint32_t from; /* enum state before; state is that after it */
	uint32_t cause; /* enum event of plan/machine.h */
	uint32_t lost; /* events before it that were not taken in time */
	uint32_t spare;
	char name[CONTROL_NAME_SIZE];
	char text[160]; /* last message about it, or why it was refused */
};

#endif
