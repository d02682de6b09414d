/* One service, from its stanza to a running program.
 *
 * supervise/ calls sandbox_start() and gets back the pid of a builder; all
 * else comes as events: a report on the pipe, and exits of the three children
 * (builder, reaper, service), and of a forwarder where ports are published.
 * Order of steps: design, "From a stanza to a process"; the steps themselves
 * are const arrays in builder.c, reaper.c and program.c.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What every start needs of the host; made once at boot, by main. */
struct sandbox_host {
	int proc; /* O_PATH of the host's /proc */
	int cgroup; /* directory of the cgroup2 root, nsdelegate */
	int services; /* directory of its group "svc": one group a start */
	int builders; /* directory of its group "build": builders, tasks */
	int template; /* mount namespace of the root template, or -1 */
	int table; /* memfd of the table, or -1: compiled in */
};

/* The builder as a program of its own, for services that ask for more than
 * what every service gets (SERVICE_BUILDER), and for milestones. Its one word
 * is the number of a descriptor that holds these orders; the other descriptors
 * are inherited as they are. */
#define SANDBOX_PROGRAM "/lib/bulkhead/builder"

/* A milestone is a task of that program. It tells what went wrong, or what was
 * left out, by packets on the report socket: a line of at most
 * SANDBOX_TOLD_MAX bytes without its end, or a descriptor as SCM_RIGHTS: the
 * root template. Exit code 0: done. */
#define SANDBOX_TOLD_MAX 500U

struct sandbox_orders {
	uint32_t milestone; /* MILESTONE_NONE: start a service */
	struct sandbox_host host;
	uint64_t generation;
	uint32_t service;
	uint32_t place;
	int places;
	int log;
	int report;
	int enter[SPACES];
	bool watch; /* instead of building: sandbox_watch() */
	int32_t reaper;
};

/* Shared with the builder (MAP_SHARED): pids of what it made, in init's pid
 * namespace, written by the kernel (CLONE_PARENT_SETTID). 0: not made. */
struct sandbox_pids {
	int32_t reaper;
	int32_t service;
	int32_t forwarder;
};

struct sandbox_start {
	const struct table *table;
	uint32_t service; /* index in the table */
	uint64_t generation; /* its group is svc/NAME.GENERATION */
	int log; /* memfd of its log ring (log/ring.h) */
	int report; /* write end of a close-on-exec pipe, see below */
	/* Namespaces to enter instead of making them, or -1: those of other
	 * services that it joins, and its own that init kept. */
	int enter[SPACES];
	struct sandbox_pids *pids;
	int places; /* memfd that these stand in, */
	uint32_t place; /* as so many-th */
};

/* The report pipe: one record when a step failed; one with step
 * SANDBOX_INSIDE as soon as the inside is built (reaper ready); end of file
 * without a failure when the program was executed. Records are written whole
 * (shorter than PIPE_BUF). */
#define SANDBOX_INSIDE UINT32_MAX
/* Set in a step: nothing failed; object, written with '?', is not there and
 * was left out. */
#define SANDBOX_LEFT_OUT 0x10000U

struct sandbox_report {
	uint32_t step; /* row, for sandbox_step_text() */
	int32_t error; /* errno; 0 with SANDBOX_INSIDE */
	char object[120]; /* what it was about: path, name; may be empty */
};

/* Starts a builder with clone3 into host->builders. Returns its pid, or
 * -errno. Every signal is blocked in it; its end is for init to reap. */
pid_t sandbox_start(
	const struct sandbox_host *host, const struct sandbox_start *start);

/* Executes SANDBOX_PROGRAM with orders. Returns only -1 with errno. */
int sandbox_execute(const struct sandbox_orders *orders)
	__attribute__((nonnull));

/* Limits the devices of all services to what everyone needs; those that may
 * have more get a filter of their own at their start. services: directory of
 * their groups' parent. 0, or -1 with errno. */
int sandbox_limit_devices(int services);

/* A running service whose devices may come and go (service.hotplug). */
struct sandbox_watched {
	const struct table *table;
	uint32_t service;
	int32_t reaper; /* 0: none */
	uint64_t generation;
};

/* Starts its watcher, which ends by a signal only, or when it cannot do what it
 * is for. Returns its pid, or -errno. */
pid_t sandbox_watch(const struct sandbox_host *host,
	const struct sandbox_watched *watched) __attribute__((nonnull));

/* "mount /proc", for messages; never NULL. */
const char *sandbox_step_text(uint32_t step);

/* What to do about it: "the kernel needs CONFIG_PID_NS"; never NULL. With a
 * step that is none: what is true of the error alone. */
const char *sandbox_step_hint(uint32_t step, int error);

/* Tells the reaper (from outside) to pump what is left of the output and to
 * exit, by which the kernel ends all that is inside; or the forwarder, to close
 * its ports, pass on what the program has said, and exit. 0: there is none. */
void sandbox_end(pid_t helper);

/* Group of one start: kill all in it; freeze or thaw it (0, or -errno; it is
 * frozen when cgroup.events says so); remove it and what is below (0, or
 * -errno: -EBUSY while something lives); whether the kernel killed something
 * in it for want of memory. */
void sandbox_group_kill(int services, const char *name, uint64_t generation);
int sandbox_group_freeze(
	int services, const char *name, uint64_t generation, bool frozen);
int sandbox_group_remove(int services, const char *name, uint64_t generation);
bool sandbox_group_oom(int services, const char *name, uint64_t generation);

#endif
