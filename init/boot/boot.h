/* The first and the last second of the machine. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "sandbox/sandbox.h"
#include "supervise/supervise.h"
#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>

/* Makes the root a mount that services can pivot from, mounts /proc, /sys,
 * /dev, /run and cgroup2 (nsdelegate), makes the groups init, build and svc,
 * and fills in `host`: all that a loader needs. In init itself, before the
 * loop. What cannot be had is said (log/journal.h) once and done without; its
 * descriptor is -1 then. */
void boot_early(struct sandbox_host *host) __attribute__((nonnull));

/* Moves init into its own group, for which the kernel waits some of its ticks:
 * in a child. */
bool boot_move(void);

/* What services need, while the loader reads: enables the controllers, sets
 * what all share, keeps Ctrl-Alt-Del for init. Once, before the loop. */
void boot_settle(const struct sandbox_host *host) __attribute__((nonnull));

/* Whether reboot-limit allows another reboot now; if so, it is written down.
 * In a child: reads and writes REBOOTS_PATH. Where that cannot be written the
 * answer is as the record says, and false when it cannot be read either. */
bool boot_may_reboot(const struct system_settings *system)
	__attribute__((nonnull));
#define REBOOTS_PATH "/var/lib/bulkhead/reboots"

/* The boot is good: makes GOOD_PATH, for who waits for that, and removes the
 * record of reboots: they have led to something. In a child. */
bool boot_note_good(void);
#define GOOD_PATH "/run/bulkhead/good"

/* Writes down, in a child, that the machine reboots since init has crashed too
 * often; and whether the last boot has ended so, by which signal (0: it has
 * not), which is told once. */
void boot_crashed(const struct system_settings *system, int signal);
int boot_had_crashed(void);
#define CRASH_PATH "/var/lib/bulkhead/crash"

/* Ends the machine: reports the exit code as the table says (NULL: to the
 * console), syncs, takes file systems out of use, and calls reboot(2). A reboot
 * without an argument goes to the kernel that kexec_load(2) has left, if there
 * is one. In a child, for BOOT_END_S at most; `tidy` false leaves all but
 * reboot(2) away, for when an earlier child hangs. */
_Noreturn void boot_end(const struct system_settings *system,
	const struct end *end, bool tidy) __attribute__((nonnull(2)));
#define BOOT_END_S 10

/* The last resort, in init itself: restarts the machine without a word to its
 * devices. It does not come back, or has done nothing. sysrq.rst */
void boot_force(void);

#endif
