/* One service, from its stanza to a running program.
 *
 * supervise/ orders a start from the spawner; all else comes as events: a
 * report on the pipe, and exits of the three children (builder, reaper,
 * service), of a forwarder where ports are published, and of a checker where
 * the stanza has checks or commands.
 * Order of steps: design, "From a stanza to a process"; the steps themselves
 * are const arrays in builder.c, reaper.c and program.c.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/notice.h"
#include "table/table.h"
#include <signal.h>
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
	int places; /* memfd of all struct sandbox_pids and watchers */
};

/* The spawner: the builder's program, which init executes once. It forks a
 * process for each order, which becomes init's child; so nothing of this
 * stands in init, and what is forked is small. Orders are packets on the socket
 * that it has as SANDBOX_FD; it ends when that does. */
#define SANDBOX_PROGRAM "/lib/bulkhead/builder"
#define SANDBOX_FD 3

/* What a child of init has it do instead, with a word and a number, and the
 * table's memfd, if any, as SANDBOX_FD: */
#define SANDBOX_TIDY \
	"tidy" /* the exit code: the machine's end but for reboot(2), */
#define SANDBOX_TIDY_MS 8000U /* ... for so long at most */
#define SANDBOX_REBOOT \
	"reboot" /* 0: reboot-limit allows one, which is counted */
#define SANDBOX_CRASHED \
	"crashed" /* a signal: init has, too often, and reboots */

/* Records of these, and for the next boot. */
#define SANDBOX_RECORDS "/var/lib/bulkhead"
#define SANDBOX_REBOOTS SANDBOX_RECORDS "/reboots"
#define SANDBOX_CRASH SANDBOX_RECORDS "/crash"

enum sandbox_order {
	SANDBOX_KNOW, /* what comes with it is true from now on */
	SANDBOX_START, /* a builder: pids->builder of its place */
	SANDBOX_MILESTONE, /* a task: pids->service of its place */
	SANDBOX_LOGGER, /* the logger: its place behind the watchers */
	SANDBOX_KEEP, /* a keeper: the service's place behind that */
	SANDBOX_CONDITIONS, /* the watcher of conditions: behind all of these */
	SANDBOX_WATCH /* a watcher: the service's place among them */
};

/* Descriptors that can come with an order. */
enum {
	SANDBOX_FD_PROC, /* of SANDBOX_KNOW; they are kept: */
	SANDBOX_FD_CGROUP,
	SANDBOX_FD_SERVICES,
	SANDBOX_FD_BUILDERS,
	SANDBOX_FD_TEMPLATE,
	SANDBOX_FD_TABLE,
	SANDBOX_FD_PLACES,
	SANDBOX_FD_REPORT, /* of a start or a milestone: */
	SANDBOX_FD_LOG,
	SANDBOX_FD_NEWS,
	SANDBOX_FD_BELL, /* of a service with 'log-to', and the logger */
	SANDBOX_FD_KEEPER, /* of a service with a keeper: socket to it */
	SANDBOX_FD_GO, /* of a spare: see SANDBOX_WAITS */
	SANDBOX_FD_ENTER,
	SANDBOX_FDS = SANDBOX_FD_ENTER + SPACES
};

struct sandbox_orders {
	uint32_t order; /* enum sandbox_order */
	uint32_t fds; /* bits: those that come, in their order */
	uint32_t service; /* index in the table */
	uint32_t place; /* of its pids */
	uint64_t generation; /* its group is svc/NAME.GENERATION; of a
			      * milestone: not 0: it was done before */
	uint32_t milestone; /* enum milestone */
	int32_t reaper; /* of whom is watched; 0: none */
};

/* A milestone tells what went wrong, or what was left out, by packets on the
 * report socket: a line of at most SANDBOX_TOLD_MAX bytes without its end, or
 * a descriptor as SCM_RIGHTS: the root template. Exit code 0: done. */
#define SANDBOX_TOLD_MAX 500U

/* Shared with the spawner and what it forks: pids of what they made, in init's
 * pid namespace, written by the kernel before the process runs
 * (CLONE_PARENT_SETTID). 0: not made. There are SANDBOX_PLACES of them, and
 * behind them an int64_t for the last run of each service, an int32_t for the
 * watcher of each, one for the logger, one for the keeper of each, and one for
 * the watcher of conditions, and a struct sandbox_pids for the spare of each.
 */
#define SANDBOX_PLACES 16U /* starts at work at a time */
#define SANDBOX_HELPERS(services) (2 * (services) + 2)
#define SANDBOX_LAST_HELPER(services) (2 * (services) + 1)
#define SANDBOX_PIDS_SIZE(services) \
	((SANDBOX_PLACES + (services)) * sizeof(struct sandbox_pids) + \
		(services) * sizeof(int64_t) + \
		SANDBOX_HELPERS(services) * sizeof(int32_t))

struct sandbox_pids {
	int32_t builder;
	int32_t reaper;
	int32_t service;
	int32_t forwarder;
	int32_t checker;
};

/* What a checker is told by signals: its service is up, so that its health is
 * checked from now on; it is to run the command of `reload`. */
#define CHECKER_BEGINS SIGUSR1
#define CHECKER_RELOADS SIGHUP

/* The report pipe: one record when a step failed, with the errno; one as soon
 * as the inside is built, where init keeps namespaces of it; end of file
 * without a failure when the program was executed. Records are written whole
 * (shorter than PIPE_BUF).
 */
enum sandbox_news {
	SANDBOX_FAILED, /* text: step, object, cause and way out */
	SANDBOX_INSIDE,
	SANDBOX_LEFT_OUT, /* text: what was written with '?' and is not there */
	SANDBOX_WAITS, /* of a spare: its program is executed, and looked for
			* by who has to, when a byte for each comes by
			* SANDBOX_FD_GO, and they end when that does */
	/* of a keeper: */
	SANDBOX_CALLED, /* somebody has come in at one of its sockets */
	SANDBOX_GIVEN /* to a builder: struct sandbox_given, not a report */
};

struct sandbox_report {
	uint32_t news; /* enum sandbox_news */
	int32_t error; /* errno */
	char text[160];
};

/* The keeper of a service with `listen` or `fd-store`: it makes the sockets,
 * and keeps them, and what the service hands in, until init closes the socket
 * that it has to it. init itself has none of these: whoever closes the last
 * descriptor of a thing may have to wait for whatever that thing waits for.
 *
 * init says one byte: */
#define SANDBOX_KEEP_WATCH 'w' /* tell SANDBOX_CALLED when somebody comes */
#define SANDBOX_KEEP_GIVE 'g' /* to the socket that comes too, of a start */

static inline bool service_has_keeper(const struct service *service)
{
	return service->listen.count || service->fd_store;
}

/* On the socket of a start the keeper sends its builder one packet: this, up to
 * its last name, with the sockets, what is stored, and the network namespace,
 * as SCM_RIGHTS; or why there is nothing, as a report. Then it gets from the
 * reaper what the program hands in. */
struct sandbox_given {
	uint32_t news; /* SANDBOX_GIVEN */
	uint32_t listeners;
	uint32_t stored;
	uint32_t has_space; /* 1: it made a network namespace, or was in one */
	char names[STORE_MAX][NOTICE_TEXT_SIZE]; /* of what is stored */
};

#define SANDBOX_GIVEN_MOST (LISTEN_MAX + STORE_MAX + 1)

struct sandbox_store {
	uint32_t said; /* NOTICE_STORE with descriptors, or NOTICE_FORGET */
	char name[NOTICE_TEXT_SIZE];
};

/* News of a running service that can have any (service_has_news()): packets on
 * a socket, of which the other end comes with its start. */
#define SANDBOX_MISSED 0x80000000U /* no keep-alive came in time */
#define SANDBOX_ILL 0x40000000U /* `health` has failed; text */
#define SANDBOX_RELOADED 0x20000000U /* the command of `reload` is over, */
#define SANDBOX_NOT_RELOADED 0x10000000U /* and has failed; text */

struct sandbox_notice {
	uint32_t said; /* NOTICE_* of base/notice.h, and SANDBOX_MISSED */
	int32_t code; /* NOTICE_ERRNO */
	int32_t exit_status; /* NOTICE_EXIT */
	uint64_t extend_us; /* NOTICE_EXTEND */
	char text[NOTICE_TEXT_SIZE]; /* NOTICE_STATUS, or as above */
};

/* What the watcher of conditions tells, in packets of SANDBOX_TRUTHS_MOST at
 * most on the socket that it got as SANDBOX_FD_REPORT: only what has changed,
 * and all of it when it begins. */
enum sandbox_matter {
	SANDBOX_WHEN, /* value: 1: the condition holds */
	SANDBOX_RELOAD_ON /* value: another one than before: reload; never 0 */
};

struct sandbox_truth {
	uint32_t service;
	uint16_t matter; /* enum sandbox_matter */
	uint16_t place; /* WHEN: in the service's list */
	uint32_t value;
	int32_t error; /* WHEN: the errno why it cannot be known; 0: none */
};

#define SANDBOX_TRUTHS_MOST 64U

bool service_has_news(const struct service *service) __attribute__((nonnull));
bool service_has_checker(const struct service *service)
	__attribute__((nonnull));

/* Executes that program. Comes back, with errno, where it cannot. fd: what it
 * has as SANDBOX_FD, or -1; verb: NULL: the spawner. */
void sandbox_execute(int fd, char *verb, unsigned number);

/* Executes the spawner in a child, in init's own cgroup, and tells it what is
 * true of the host. *orders: init's end of its socket, which never waits.
 * Returns its pid, or -errno. */
pid_t sandbox_open(const struct sandbox_host *host, int *orders)
	__attribute__((nonnull, warn_unused_result));

/* Sends orders with the descriptors of fds that are not -1 (SANDBOX_FDS of
 * them; NULL: none). 0, or -errno: nothing will come of it. */
int sandbox_send(int socket, struct sandbox_orders *orders, const int *fds)
	__attribute__((nonnull(2), warn_unused_result));

/* Tells an open spawner anew what is true of the host. */
int sandbox_know(int socket, const struct sandbox_host *host)
	__attribute__((nonnull, warn_unused_result));

/* Limits the devices of all services to what everyone needs; those that may
 * have more get a filter of their own at their start. services: directory of
 * their groups' parent. 0, or -1 with errno. */
int sandbox_limit_devices(int services);

/* What to do about an error, whatever it was about; never NULL. */
const char *sandbox_error_hint(int error);

/* Tells the reaper (from outside) to pump what is left of the output and to
 * exit, by which the kernel ends all that is inside; or the forwarder, to close
 * its ports, pass on what the program has said, and exit. 0: there is none. */
void sandbox_end(pid_t helper);

/* Group of one start: kill all in it; freeze or thaw it (0, or -errno; it is
 * frozen when cgroup.events says so); remove it and what is below (0, or
 * -errno: -EBUSY while something lives); whether nothing does; whether the
 * kernel killed something in it for want of memory. */
void sandbox_group_kill(int services, const char *name, uint64_t generation);
int sandbox_group_freeze(
	int services, const char *name, uint64_t generation, bool frozen);
int sandbox_group_remove(int services, const char *name, uint64_t generation);
bool sandbox_group_is_empty(
	int services, const char *name, uint64_t generation);
bool sandbox_group_oom(int services, const char *name, uint64_t generation);

#endif
