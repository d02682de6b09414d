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

/* The boot is good: makes GOOD_PATH, for who waits for that, and removes the
 * record of reboots: they have led to something. In a child. */
bool boot_note_good(void);
#define GOOD_PATH "/run/bulkhead/good"

/* Whether the last boot has ended since init had crashed too often, by which
 * signal (0: it has not), which is told once. In a child. */
int boot_had_crashed(void);

/* Reports the exit code as the table says, and takes file systems out of use:
 * executes the builder's program (builder/last.c) in a child, for BOOT_TIDY_S
 * at most. table: its memfd, or -1. */
_Noreturn void boot_tidy(int table, int code);
#define BOOT_TIDY_S (SANDBOX_TIDY_MS / 1000 + 2)

/* Calls reboot(2), as the table says (NULL: there is none). A reboot without an
 * argument goes to the kernel that kexec_load(2) has left, if there is one. In
 * a child, which reboot(2) ends. */
_Noreturn void boot_end(const struct system_settings *system,
	const struct end *end) __attribute__((nonnull(2)));

/* The last resort, in init itself: restarts the machine without a word to its
 * devices. It does not come back, or has done nothing. sysrq.rst */
void boot_force(void);

#endif
