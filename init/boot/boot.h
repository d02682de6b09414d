/* The first and the last second of the machine. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "sandbox/sandbox.h"
#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>

/* Makes the root a mount that services can pivot from, mounts /proc, /sys,
 * /dev, /run and cgroup2 (nsdelegate), enables its controllers, makes the
 * groups init, build and svc, moves init into its own, keeps Ctrl-Alt-Del for
 * init, and fills in `host`. In init itself, before the loop: nothing here
 * waits. What cannot be had is said (log/journal.h) once and done without; its
 * descriptor is -1 then. */
void boot_early(struct sandbox_host *host) __attribute__((nonnull));

/* Whether reboot-limit allows another reboot now; if so, it is written down.
 * In a child: reads and writes REBOOTS_PATH. Where that cannot be written the
 * answer is as the record says, and false when it cannot be read either. */
bool boot_may_reboot(const struct system_settings *system)
	__attribute__((nonnull));
#define REBOOTS_PATH "/var/lib/bulkhead/reboots"

/* Ends the machine: reports the exit code as the table says (NULL: to the
 * console), syncs, takes file systems out of use, and calls reboot(2) with
 * `command` (RB_AUTOBOOT, RB_POWER_OFF, RB_HALT_SYSTEM). In a child; `tidy`
 * false leaves all but reboot(2) away, for when an earlier child hangs. */
_Noreturn void boot_end(
	const struct system_settings *system, int command, int code, bool tidy);

#endif
