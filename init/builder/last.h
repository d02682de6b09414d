/* The builder's program at the machine's end, and what its files share: a child
 * of init that init has executed it in (sandbox_execute()).
 */
#ifndef BUILDER_LAST_H
#define BUILDER_LAST_H

#include "table/table.h"
#include <stdbool.h>

/* Does what `verb` says (SANDBOX_TIDY and others): the exit code. */
int last_run(const char *verb, const char *number) __attribute__((nonnull));

/* From now on end_try() has that long in all. */
void end_begin(unsigned ms);
bool end_is_late(void);
void end_pause(unsigned ms);

/* Does what may hang in the kernel in a process of its own, and waits so long
 * for it: what the deed returns (0, or an errno), or ETIMEDOUT. One that hangs
 * is left where it is. */
int end_try(int (*deed)(const char *object), const char *object, unsigned ms)
	__attribute__((nonnull));

/* Tells the hypervisor the code. To a listener, while the machine is whole; to
 * a device, which may end it at once, when all file systems are out of use. */
void report_listener(const struct system_settings *system, int code)
	__attribute__((nonnull));
void report_device(const struct system_settings *system, int code)
	__attribute__((nonnull));

/* Syncs, unmounts what can be, and makes the rest read-only. */
void unmount_all(void);

/* Swap in files, and on devices that lie on others, keeps those in use. */
void detach_swaps(void);

/* Whether a process that was killed is not gone yet, and may go. asleep: one
 * that sleeps where no signal reaches it counts too. */
bool end_is_awaited(bool asleep);

/* Takes loop devices and those of the device mapper apart that nobody uses.
 * True: there are fewer of them now. */
bool detach_devices(void);

/* Whether reboot-limit allows another reboot now; if so, it is written down in
 * SANDBOX_REBOOTS. Where that cannot be written the answer is as the record
 * says, and false when it cannot be read either. */
bool reboots_may(const struct system_settings *system) __attribute__((nonnull));

/* Writes down that the machine reboots since init has crashed too often. */
void reboots_crashed(const struct system_settings *system, int signal)
	__attribute__((nonnull));

/* "\040" is a space: what would split a line of mountinfo or swaps is written
 * in octal. In place. */
void end_unescape(char *text) __attribute__((nonnull));

#endif
