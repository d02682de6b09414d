/* What may be asked of init: operations of the control protocol, and the bits
 * by which the table grants them.
 */
#ifndef TABLE_ASKS_H
#define TABLE_ASKS_H

/* Who may: root of the host all of them; others what [system] control-user and
 * control-group grant them. */
enum control_op {
	CONTROL_STATUS = 1, /* a reply a service; name "" is all of them */
	CONTROL_START, /* answered when it is up or has failed */
	CONTROL_STOP, /* answered when it is down */
	CONTROL_RESTART, /* answered when it is up again or has failed */
	CONTROL_KILL, /* argument: signal number; answered at once */
	CONTROL_LOG, /* the reply carries the ring's fd (SCM_RIGHTS), read-only;
		      * name "init": init's own ring */
	CONTROL_REBOOT, /* answered before it begins; name: what the firmware
			 * gets, see reboot(2), or "" */
	CONTROL_POWEROFF,
	CONTROL_HALT,
	CONTROL_FREEZE, /* answered at once: the kernel has been told */
	CONTROL_THAW,
	CONTROL_TABLE, /* the reply carries the table's fd, read-only */
	CONTROL_EVENTS, /* a reply a change of state, without end */
	CONTROL_RELOAD, /* answered when that is over, or has failed */
	CONTROL_RELOAD_TABLE,
	CONTROL_REEXEC,
	CONTROL_OPS
};

#define CONTROL_BIT(op) (1U << (op))
#define CONTROL_ALL (CONTROL_BIT(CONTROL_OPS) - 1)
/* They change nothing. */
#define CONTROL_READING \
	(CONTROL_BIT(CONTROL_STATUS) | CONTROL_BIT(CONTROL_LOG) | \
		CONTROL_BIT(CONTROL_TABLE) | CONTROL_BIT(CONTROL_EVENTS))

#endif
