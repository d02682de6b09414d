/* What the builder, the reaper and the program share: one start under way.
 *
 * The builder makes a struct build on its stack; its two children inherit it
 * by fork, each with the fds as they were then. What each process does is a
 * const array of steps: it runs, it documents the order, and its text is the
 * message of the step that failed.
 */
#ifndef SANDBOX_BUILD_H
#define SANDBOX_BUILD_H

#include "base/account.h"
#include "base/kernel.h"
#include "sandbox/sandbox.h"
#include <stdbool.h>
#include <sys/resource.h>

#define TREES_MAX 256U /* mounts of one service: MOUNT_MAX of the parser */
#define GROUP_NAME_MAX 160U /* "NAME.GENERATION" with its NUL */

#define NOBODY 65534U /* mapped in every service */

/* Of every root: no device in it opens and no program gains rights. */
#define ROOT_ATTRIBUTES \
	(K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV)

/* Limits that the kernel counts across user namespaces. getrlimit(2) */
#define SHARED_LIMITS 3U
extern const int shared_limits[SHARED_LIMITS];

/* Mounts that every own inside has; those that need a namespace that is not
 * its own come from the builder, or are left out. */
enum inside {
	INSIDE_PROC,
	INSIDE_SYS,
	INSIDE_CGROUP,
	INSIDE_MQUEUE,
	INSIDE_PTS,
	INSIDE_TMP,
	INSIDE_RUN,
	INSIDE_SHM,
	INSIDES
};

/* Whose capabilities a step is about, as its argument. */
enum {
	CAPS_REAPER, /* has none */
	CAPS_PROGRAM /* has those of the table */
};

struct ring;
struct variables;

/* What its keeper gives to one start. */
struct given {
	struct sandbox_given told;
	int fds[SANDBOX_GIVEN_MOST];
	unsigned count; /* of those that are the program's */
	bool is_made; /* its network is there, with its interfaces */
};

/* What a reaper moves the output of its service with. */
struct pump {
	struct ring *ring; /* its header */
	uint32_t instance;
	uint32_t rate; /* lines a second; 0: as many as come */
	int64_t early_ns; /* of the clocks inside */
	int syslog; /* -1: none */
	int bell; /* of the logger, or -1 */
};

struct build {
	struct pump pump; /* reaper: what moves its output */
	int report; /* where failures are told */
	int notify; /* reaper: socket that its program speaks on, or -1 */
	int told; /* reaper: read end of the pipe of `ready = fd`, or -1 */
	int news; /* what init has to know of a running service, or -1 */
	int keeper; /* socket to its keeper, or -1 */
	int order; /* of a spare: pipe on which it is told to go on, or -1 */
	uint32_t watchdog_ms; /* 0: none */
	const struct sandbox_host *host;
	const struct sandbox_start *start;
	const struct table *table;
	const struct service *service;
	unsigned own; /* SPACE_BITs that the reaper's clone3 makes */
	bool is_kept; /* init keeps namespaces of it */
	bool has_reaper; /* all but a service with a tty and no isolation */
	int group; /* directory of its cgroup */
	int tty; /* -1: none */
	int image; /* its image: the file, then the device; or -1 */
	const char *type; /* of the file system in it */
	int root; /* mount of a root of its own, or -1 */
	int users; /* user namespace with its ids, for that root; or -1 */
	uint32_t uid; /* the service's, or what its own root has; inside */
	uint32_t gid;
	const uint32_t *groups;
	const struct account_found *account; /* NULL: env has it all */
	int output[2]; /* pipe: the program's stdout */
	int errors[2]; /* pipe: its stderr */
	int syslog; /* socket of its /dev/log, or -1 */
	int bell; /* of the logger, or -1 */
	int tell; /* write end of the pipe of `ready = fd`, or -1 */
	int go[2]; /* pipe: the id maps are written */
	int ready[2]; /* pipe: the inside is built, or failed */
	int reaper; /* pidfd */
	int ports[PUBLISH_MAX]; /* published, or of a keeper; or -1 */
	struct given *given; /* NULL: nothing */
	bool has_net; /* the table's interfaces are for it to make */
	int signals; /* reaper: signalfd */
	int inside[INSIDES]; /* detached mounts, or -1 */
	int trees[TREES_MAX]; /* detached mounts of the table, or -1 */
	int states; /* detached /var/lib, for where the image has no folder */
	bool binds_device; /* one of them is a device */
	int dev; /* detached /dev with devices of its own, or -1 */
	struct access *access; /* filter of devices; NULL: not its own */
	int32_t no_pid; /* where clone3 stores what nobody asked for */
	struct variables *variables; /* of `env-file`; NULL: none */
	const struct list *words; /* table_at: what is executed */
	char *const *argv; /* program */
	char *const *env;
	const struct step *step; /* the running one */
	uint32_t row; /* its number in reports */
	struct rlimit limits[SHARED_LIMITS]; /* as they were */
	const char *object; /* what it is about: a path or name */
	char text[128]; /* where object may stand */
};

/* Made by steps.h from a file of steps. */
struct step {
	int (*run)(struct build *b); /* 0, or -1 with errno */
	uint16_t argument; /* as b->step->argument */
	uint16_t what; /* text: offset in the list's */
	uint16_t lacks; /* way out where something is not there */
	uint16_t denied; /* way out for all other errors */
};

/* The five processes; each array is in its own file. */
enum {
	STEPS_BUILDER,
	STEPS_REAPER,
	STEPS_PROGRAM,
	STEPS_FORWARDER,
	STEPS_KEEPER,
	STEP_LISTS
};

struct steps {
	const struct step *rows;
	unsigned count;
	const char *texts;
};
extern const struct steps builder_list;
extern const struct steps reaper_list;
extern const struct steps program_list;
extern const struct steps forwarder_list;
extern const struct steps keeper_list;

/* Runs all steps. Where one fails: reports it and returns false. */
bool steps_run(struct build *b, unsigned list) __attribute__((nonnull));

/* Write a record to the report pipe: the running step has failed; what
 * b->object names is left out; the inside is built; it waits to be told to go
 * on. */
void build_failed(struct build *b, int error) __attribute__((nonnull));
void build_left_out(struct build *b) __attribute__((nonnull));
void build_inside(struct build *b) __attribute__((nonnull));
void build_waits(const struct build *b) __attribute__((nonnull));

/* "mount /proc": list << 8 | row, as b->row. NULL: there is no such step. */
const char *build_step_text(uint32_t step);

/* Errors that need no step to be understood; those of what is not there. */
bool error_is_common(int error) __attribute__((const));
bool error_is_lack(int error) __attribute__((const));

/* One start, as the spawner has it from init. */
struct sandbox_start {
	const struct table *table;
	uint32_t service; /* index in the table */
	uint64_t generation; /* its group is svc/NAME.GENERATION */
	int log; /* memfd of its log ring (log/ring.h) */
	int report; /* write end of a close-on-exec pipe: sandbox.h */
	int news; /* reaper's end of the socket for news, or -1 */
	int bell; /* eventfd that wakes the logger, or -1 */
	int keeper; /* socket to its keeper, or -1 */
	int go; /* of a spare: pipe on which it is told to go on, or -1 */
	/* Namespaces to enter instead of making them, or -1: those of other
	 * services that it joins, and its own that init kept. */
	int enter[SPACES];
	struct sandbox_pids *pids;
	bool is_spared; /* by the kernel, when memory is short */
};

#define OOM_SPARED "-1000" /* in oom_score_adj */

/* Where /dev/log leads to inside. */
#define SYSLOG_PATH "/run/devlog"

/* What is known of a start before anything is done. */
void build_begin(struct build *b, const struct sandbox_host *host,
	const struct sandbox_start *start) __attribute__((nonnull));

/* The bodies of the builder, and of what it makes. They never return. */
_Noreturn void builder_run(
	const struct sandbox_host *host, const struct sandbox_start *start);
_Noreturn void reaper_run(struct build *b);
_Noreturn void program_run(struct build *b);

/* A child of init, in a cgroup unless that is -1. Its pid is stored in *pid,
 * and its pidfd unless NULL is asked for. 0 in the child; -1 with errno. */
pid_t builder_clone(int group, uint64_t flags, int32_t *pid, int *pidfd);

/* Gives back what init had mapped: all but the image and the stack. */
void memory_forget(void);

/* Gives back the pages of the stack above the one that `from` is on: frames of
 * the builder and of init, to which nothing returns. */
void stack_forget(const void *from) __attribute__((nonnull));

/* Whether the service has namespace `space` to itself, made by its reaper. */
static inline bool is_own(const struct build *b, enum space space)
{
	return b->own & SPACE_BIT(space);
}

/* Host id for an id inside: the owner of what the builder makes for it. */
uint32_t users_outside(const struct service *service, uint32_t inside)
	__attribute__((nonnull));

/* Writes the id maps of a process that has a new user namespace. */
int users_map_process(struct build *b, pid_t pid);

/* Text for uid_map and gid_map. Returns its length. user_namespaces(7) */
size_t users_map(const struct service *service, char *to, size_t size)
	__attribute__((nonnull));

/* Spaces: which bits are own, and clone3's flags for bits. */
unsigned spaces_own(const struct sandbox_start *start) __attribute__((nonnull));
uint64_t spaces_flags(unsigned bits) __attribute__((const));

/* Steps that stand in builder/. */
int root_open(struct build *b);
int root_map(struct build *b);
int root_enter(struct build *b);
int image_open(struct build *b);
int image_attach(struct build *b);
int image_verify(struct build *b);
int image_find(struct build *b);
int image_mount(struct build *b);
int account_open(struct build *b);
int account_fork(struct build *b);
int account_take(struct build *b);
int states_open(struct build *b);
int states_limit(struct build *b);
int credentials_copy(struct build *b);
int environment_read(struct build *b);
int stamp_write(struct build *b);
int offers_open(struct build *b);
int offers_make(struct build *b); /* those of its own, on the host */
int ids_map(struct build *b);
int devices_make(struct build *b);

/* Devices that every service has, and folders and links, in the folder open as
 * `dev`: 0, or -1 with errno. The umask must be 0. */
#define NODES 6U

struct node {
	char name[8];
	unsigned major;
	unsigned minor;
};
extern const struct node nodes[NODES];
int nodes_fill(int dev);
int group_weigh_io(struct build *b);
int group_limit_io(struct build *b);
int group_delegate(struct build *b);
int program_limit(struct build *b);
int program_schedule(struct build *b);

/* Groups of one that is delegated: what init removes in a few looks. */
#define GROUP_DESCENDANTS "256"
#define GROUP_DEPTH "8"
/* Below it, where the reaper is: it stays init's. */
#define GROUP_OF_REAPER "reaper"

/* net_make makes the interfaces of the kind in its argument (enum net_kind). */
int net_open(struct build *b);
int net_enter(struct build *b);
int net_make(struct build *b);
int net_address(struct build *b);
int names_write(struct build *b);
/* Into the host's network namespace, and back to where the builder was. */
int net_leave(const struct build *b);
int net_return(const struct build *b);
int landlock_restrict(struct build *b);

/* A step of the builder that is about published ports, or one of the
 * forwarder: which, the step's argument tells. */
enum forward_step {
	FORWARD_OPEN,
	FORWARD_TRANSLATE,
	FORWARD_MAKE,
	FORWARD_HIDE,
	FORWARD_NETWORK,
	FORWARD_FILES,
	FORWARD_SIGNALS,
	FORWARD_CLOSE,
	FORWARD_LIMITS,
	FORWARD_NOBODY,
	FORWARD_MEMORY,
	FORWARD_PORTS,
	FORWARD_FILTER,
	FORWARD_STEPS
};

int forward_step(struct build *b);

/* The builder's step about its keeper, and the keeper's own. */
enum keeper_step {
	KEEPER_HIDE,
	KEEPER_SPACE,
	KEEPER_CLOSE,
	KEEPER_STEPS
};

int keeper_take(struct build *b);
int keeper_step(struct build *b);
/* Makes the sockets of the host (argument 1), or those in its network (0). */
int listen_make(struct build *b);

int notify_open(struct build *b);
int ready_wait(struct build *b);
/* A connection to a port of the loopback interface, or -1 with errno. */
int ready_connect(uint16_t port);
int checker_make(struct build *b);

/* Steps that stand in files of their own. */
int group_make(struct build *b);
int group_limit_memory(struct build *b);
int group_limit_cpu(struct build *b);
int group_limit_tasks(struct build *b);
int spaces_enter(struct build *b);
int spaces_keep(struct build *b);
int spaces_clock(struct build *b);
int spaces_name(struct build *b);
int spaces_net(struct build *b);
/* In the network namespace that the process is in: lo up, and every port free
 * for every user. */
int spaces_set_net(struct build *b);
int spaces_keyring(struct build *b);
int users_write(struct build *b);
int users_become_root(struct build *b);
int users_become(struct build *b);
int caps_bound(struct build *b);
int caps_keep(struct build *b);
int caps_drop(struct build *b);
int caps_lock(struct build *b);
int filter_calls(struct build *b);
int binds_open(struct build *b);
int mounts_borrow(struct build *b);
int mounts_private(struct build *b);
int mounts_table(struct build *b);
/* The mount of every inside that the step's argument names (enum inside):
 * attaches the builder's, or makes it. */
int mounts_inside(struct build *b);

/* For the reaper, once it has mounted its /proc: where a setting of its own
 * namespaces stands, of which `path` is the place below /proc; to be opened at
 * b->host->proc. In its own /proc it is found at once: in the host's the
 * settings of all services have one name, and the kernel tries one after the
 * other. In a root of its own a link in the place of /proc is a trap, and with
 * the host's user namespace it is read-only. */
#define PROC_OF_HOST(path) ((path) + sizeof("/proc/") - 1)
const char *mounts_proc(const struct build *b, const char *path)
	__attribute__((nonnull));

int devices_limit(struct build *b);
int devices_attach(struct build *b);

/* A path inside, for its fd only; links do not lead out of the root. */
int mounts_open(const char *path);
/* Attaches and closes a mount; the target is closed too. */
int mounts_attach(int mount, int target);

/* A new file system, not attached yet: its fd, or -1 with errno. options:
 * "key=value" strings up to a NULL. fsopen(2) */
int mounts_new(
	const char *type, const char *const *options, unsigned attributes);

/* What the table names on the host, O_PATH: no link is followed. */
int mounts_source(const char *path) __attribute__((nonnull));

/* What two builders must not do at once: locked until the fd is closed. */
int mounts_lock(const struct build *b) __attribute__((nonnull));
/* Path of a service's terminal, if need be in `to`; "" when it has none. */
const char *tty_path(const struct table *table, const struct service *service,
	char *to, size_t size) __attribute__((nonnull));

/* What every mount of a service has: no set-user-id, no devices. */
#define MOUNTS_SAFE (K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV)

/* Whether an open folder is one that something is mounted on. */
bool host_is_mounted(int folder);

/* False, with ENOENT: a file system of the table that holds the path is not
 * mounted. */
bool host_has(const struct build *b, const char *path);

#endif
