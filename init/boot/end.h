/* What the files of the machine's end share. */
#ifndef BOOT_END_H
#define BOOT_END_H

#include "table/table.h"

/* A line on the console, without its end; never waits. */
void end_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tells the hypervisor the code. To a listener, while the machine is whole; to
 * a device, which may end it at once, when all file systems are out of use. */
void report_listener(const struct system_settings *system, int code)
	__attribute__((nonnull));
void report_device(const struct system_settings *system, int code)
	__attribute__((nonnull));

/* Unmounts what can be, and makes the rest read-only. */
void unmount_all(void);

#endif
