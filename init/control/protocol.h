/* The control protocol between svc and init: packets over a Unix socket of
 * type SOCK_SEQPACKET. One request a connection; the answer is one or more
 * replies, the last of which has more == 0. All numbers in host order.
 */
#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

#include "table/table.h"
#include <stdint.h>

#define CONTROL_FOLDER "/run/bulkhead"
#define CONTROL_PATH CONTROL_FOLDER "/control"
#define CONTROL_MAGIC 0x43564b42U
#define CONTROL_VERSION 1U
#define CONTROL_NAME_SIZE (TABLE_NAME_MAX + 1U)

/* Who may: root of the host all of them; others none. */
enum control_op {
	CONTROL_STATUS = 1, /* a reply a service; name "" is all of them */
	CONTROL_START, /* answered when it is up or has failed */
	CONTROL_STOP, /* answered when it is down */
	CONTROL_RESTART, /* answered when it is up again or has failed */
	CONTROL_KILL, /* argument: signal number; answered at once */
	CONTROL_LOG, /* the reply carries the ring's fd (SCM_RIGHTS), read-only;
		      * name "init": init's own ring */
	CONTROL_REBOOT, /* answered before it begins */
	CONTROL_POWEROFF,
	CONTROL_HALT,
	CONTROL_FREEZE, /* answered at once: the kernel has been told */
	CONTROL_THAW,
	CONTROL_OPS
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

	/* of CONTROL_STATUS, _START, _STOP, _RESTART, _FREEZE, _THAW: */
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
	char name[CONTROL_NAME_SIZE];
	char text[160]; /* last message about it, or why it was refused */
};

#endif
