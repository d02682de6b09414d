/* The milestones: tasks of the host's boot. Those that are more than one step
 * are in files of their own. One fault does not stop the rest.
 */
#ifndef BUILDER_MILESTONE_H
#define BUILDER_MILESTONE_H

#include "sandbox/sandbox.h"
#include "table/table.h"
#include <stdarg.h>

struct milestone_task {
	const struct table *table;
	int report; /* socket: see sandbox/sandbox.h */
	int64_t *stamps; /* one for each service */
	bool again; /* it was done before, perhaps by another table */
	int result; /* 0, or 1 once something has failed */
};

/* Does what belongs to one; again: what is left of it. stamps: of the last run
 * of each service, where those that the disk knows are put. Returns the exit
 * code of its process. */
int milestone_run(const struct table *table, enum milestone milestone,
	int report, int64_t *stamps, bool again) __attribute__((nonnull));

/* Builds the root template in a mount namespace of its own and returns in it,
 * so that /proc/PID/ns/mnt of the caller is the template. 0, or -errno with
 * the name of the failed step in *what. */
int template_make(const char **what) __attribute__((nonnull));

/* Makes the caller's mount namespace see the image's root alone, read-only. 0,
 * or -1 with errno. */
int template_root(void);

/* Tells a line, without its end. The second also makes the milestone fail. */
void milestone_tell(const struct milestone_task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void milestone_fail(struct milestone_task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether one is on its way into the kernel. proc: an fd of /proc. */
bool modules_are_loading(int proc);

/* Loads the modules of [system] with what they depend on. */
void modules_load(struct milestone_task *task) __attribute__((nonnull));

/* Writes the sysctls of [system]. sysctl(5) */
void settings_write(struct milestone_task *task) __attribute__((nonnull));

/* Mounts the file systems of the table. What cannot be mounted is told, and
 * does not make the milestone fail. */
void disks_mount(struct milestone_task *task) __attribute__((nonnull));

/* Reads when services with `catch-up` ran last; one of which that is not known
 * counts as run now. */
void stamps_read(const struct milestone_task *task) __attribute__((nonnull));

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
