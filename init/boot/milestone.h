/* The milestones that are more than one step, each in a file of its own; run
 * by boot_milestone() in a child of init. One fault does not stop the rest.
 */
#ifndef BOOT_MILESTONE_H
#define BOOT_MILESTONE_H

#include "table/table.h"
#include <stdarg.h>

struct milestone_task {
	const struct table *table;
	int report; /* socket: see supervise/supervise.h */
	int result; /* 0, or 1 once something has failed */
};

/* Tells a line, without its end. The second also makes the milestone fail. */
void milestone_tell(const struct milestone_task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void milestone_fail(struct milestone_task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Loads the modules of [system] with what they depend on. */
void modules_load(struct milestone_task *task) __attribute__((nonnull));

/* Writes the sysctls of [system]. sysctl(5) */
void settings_write(struct milestone_task *task) __attribute__((nonnull));

/* Makes the interfaces of the table, and lo, what they shall be. */
void network_set(struct milestone_task *task) __attribute__((nonnull));

/* Why a module or sysctl cannot be had. Where the machine has none, and the
 * table may do without, it is told as left out; else the milestone fails. */
struct milestone_fault {
	const char *kind; /* "modules" */
	int error; /* errno */
	const char *why; /* in place of the error's words, or NULL */
	const char *object; /* what it came from, or "" */
	const char *remedy;
};

void milestone_fault(struct milestone_task *task, const struct setting *setting,
	const struct milestone_fault *fault) __attribute__((nonnull));

#endif
