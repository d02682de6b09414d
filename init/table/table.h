/* The loaded table: one position-independent block of memory.
 *
 * The parser builds it, plan/ adds the order, load/ seals it into a memfd and
 * init maps it read-only. Everything in it that points is a byte offset from
 * its start (0 means none), so it can be mapped anywhere, and by any process.
 * The key list that fills struct service is keys.def.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "base/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_MAGIC 0x444c4b42U /* "BKLD" */
#define TABLE_VERSION 3U

#define TABLE_NAME_MAX 127U /* bytes of a service's name, instance included */
#define TABLE_LINE_MAX (64U << 10)
#define TABLE_FILE_MAX (16U << 20)
#define TABLE_SERVICE_MAX 65535U
#define TABLE_DATA "/data" /* system.data where none is given */
#define TABLE_CREDENTIALS "/run/credentials" /* inside */

/* An offset from the start of the table; 0 is none. */
typedef uint32_t table_at;

struct list {
	table_at at; /* first element */
	uint32_t count;
};

enum service_type {
	TYPE_DAEMON,
	TYPE_ONESHOT,
	TYPE_GROUP
};

/* A milestone is a service of type oneshot whose program is part of init. */
enum milestone {
	MILESTONE_NONE,
	MILESTONE_MOUNTS,
	MILESTONE_MODULES,
	MILESTONE_DEVICES,
	MILESTONE_NETWORK,
	MILESTONES
};

/* Where a program finds who listens to it (sd_notify); of one that shares the
 * mounts of the host, with '.' and its name behind it. */
#define NOTIFY_PATH "/run/bulkhead.notify"

enum ready_kind {
	READY_STARTED,
	READY_EXIT,
	READY_NOTIFY, /* it says so by sd_notify(3) */
	READY_FD, /* it writes a line feed to descriptor ready_number (s6) */
	READY_PATH, /* ready_path is there, seen from inside */
	READY_TCP, /* it accepts connections to port ready_number of loopback */
	READY_EXEC /* in the text only: another word for READY_STARTED */
};

/* What must hold of the host for a service to run: `when` */
enum condition_kind {
	CONDITION_NET, /* an interface is so: enum net_state */
	CONDITION_ROUTE, /* there is a default route, of either family */
	CONDITION_DEV, /* a device node is there */
	CONDITION_PATH,
	CONDITION_MOUNT, /* a file system is mounted there */
	CONDITION_CLOCK, /* the clock has been set */
	CONDITION_SERVICE, /* it is up */
	CONDITION_CMDLINE, /* a word of the kernel's command line */
	CONDITION_PRESSURE /* the machine's avg10 is below percent */
};

enum net_state {
	NET_PRESENT,
	NET_UP, /* switched on */
	NET_CARRIER,
	NET_ADDRESS /* up, with an address that is not of its link only */
};

enum pressure {
	PRESSURE_CPU,
	PRESSURE_MEMORY,
	PRESSURE_IO
};

#define WHEN_MAX 16U /* conditions of one service */

struct condition {
	uint8_t kind; /* enum condition_kind */
	uint8_t state; /* NET: enum net_state; PRESSURE: enum pressure */
	uint8_t full; /* PRESSURE: its line "full", not "some" */
	uint8_t percent; /* PRESSURE: 1..100 */
	table_at name; /* interface, path or word; else 0 */
	uint32_t service; /* SERVICE: index */
	table_at text; /* as written, for messages */
};

enum when_lost {
	WHEN_LOST_STOP,
	WHEN_LOST_KEEP,
	WHEN_LOST_RESTART /* stopped, and started at once when all holds */
};

enum reload_kind {
	RELOAD_NONE,
	RELOAD_SIGNAL, /* reload_signal */
	RELOAD_RUN /* reload_run, inside its compartment */
};

enum health_kind {
	HEALTH_NONE,
	HEALTH_TCP, /* loopback inside accepts a connection to port */
	HEALTH_HTTP, /* and answers GET path with 200 to 399 */
	HEALTH_RUN /* argv, executed inside, exits 0 */
};

struct health {
	uint8_t kind; /* enum health_kind; never HEALTH_NONE in a table */
	uint8_t spare;
	uint16_t port;
	table_at path; /* HTTP */
	struct list argv; /* RUN: table_at; [0] is an absolute path */
	uint32_t period_ms; /* from start to start; at least 1000 */
	uint32_t timeout_ms; /* of one check; 1..period_ms */
	uint32_t failures; /* so many in a row, and it has failed; 1..100 */
};

#define TIMER_NO_TIME UINT32_MAX

struct timer {
	uint32_t period_ms; /* at least 1000 */
	uint32_t at_s; /* of the day, local time, or TIMER_NO_TIME; with it
			* period_ms is of whole days */
	uint32_t spread_ms; /* each run is late by chance, less than this */
	uint32_t catch_up; /* 1: one run soon for all that were missed */
};

enum listen_kind {
	LISTEN_TCP,
	LISTEN_UDP,
	LISTEN_UNIX, /* SOCK_STREAM */
	LISTEN_UNIX_DGRAM,
	LISTEN_UNIX_SEQPACKET,
	LISTEN_VSOCK
};

#define LISTEN_MAX 32U /* of one service */
#define STORE_MAX 64U /* descriptors kept for one service: fd-store */
#define LISTEN_MODE 0666U

/* A socket that the program is given: descriptor LISTEN_FIRST and on, in this
 * order. */
#define LISTEN_FIRST 3U

struct listener {
	uint8_t kind; /* enum listen_kind */
	uint8_t family; /* TCP, UDP: 4, 6; 0: all addresses of both */
	uint8_t on_host; /* TCP, UDP: in the host's network namespace, by
			  * '@host' or since the service is on it */
	uint8_t spare;
	uint16_t mode; /* UNIX*: permission bits of the socket */
	uint16_t spare_too;
	uint32_t port; /* TCP, UDP, VSOCK */
	table_at path; /* UNIX*: on the host, absolute */
	uint8_t bytes[16]; /* TCP, UDP: address; all 0: every one */
	table_at name; /* for LISTEN_FDNAMES; without ':' */
	table_at text; /* as written, for messages */
};

enum log_kind {
	LOG_FILE,
	LOG_KMSG,
	LOG_CONSOLE,
	LOG_UDP
};

#define LOG_TO_MAX 8U /* of one service */

/* Where its lines go besides the ring. */
struct log_target {
	uint8_t kind; /* enum log_kind */
	uint8_t raw; /* CONSOLE: bytes as they come, without a head */
	uint8_t family; /* UDP: 4 or 6 */
	uint8_t spare;
	uint16_t port; /* UDP */
	uint16_t count; /* FILE: files in all, 1..1000 */
	table_at name; /* FILE: in the folder log of system.data */
	uint32_t spare_too;
	uint64_t size; /* FILE: bytes of each at most, at least 4096 */
	uint8_t bytes[16]; /* UDP: address */
};

/* The socket by which a service asks init: on the host a file named after the
 * service in TABLE_CONTROLS, inside TABLE_CONTROL. */
#define TABLE_CONTROLS "/run/bulkhead/of"
#define TABLE_CONTROL "/run/bulkhead/control"
#define TABLE_CONTROL_NAME 80U /* bytes of its name at most: unix(7) */

/* What a service may ask of init, as bits: `control` */
#define GRANT_STATUS 1U
#define GRANT_REBOOT 2U
#define GRANT_UPDATE 4U
#define GRANT_RESTART 8U /* the services of control_restart */
#define GRANT_ALL 16U

/* Lines NAME=VALUE that add to the environment at each start: `env-file` */
struct env_file {
	table_at path; /* on the host */
	uint32_t optional; /* written with '?' */
};

enum rescue_how {
	RESCUE_SHELL,
	RESCUE_WAIT, /* nothing is started; control works */
	RESCUE_REBOOT
};

enum poweroff_by {
	POWEROFF_BY_POWEROFF,
	POWEROFF_BY_REBOOT
};

enum restart_when {
	RESTART_ALWAYS,
	RESTART_ON_FAILURE,
	RESTART_NEVER
};

enum on_limit {
	ON_LIMIT_RETRY, /* start again after limit_retry_ms */
	ON_LIMIT_GIVE_UP,
	ON_LIMIT_RESCUE,
	ON_LIMIT_REBOOT,
	ON_LIMIT_POWEROFF
};

enum on_exit {
	ON_EXIT_NONE,
	ON_EXIT_POWEROFF,
	ON_EXIT_REBOOT,
	ON_EXIT_HALT
};

enum report_to {
	REPORT_CONSOLE,
	REPORT_ISA_DEBUG_EXIT,
	REPORT_PVPANIC,
	REPORT_VSOCK
};

/* Namespace kinds, as bits and as indices of arrays. */
enum space {
	SPACE_MNT,
	SPACE_PID,
	SPACE_NET,
	SPACE_IPC,
	SPACE_UTS,
	SPACE_USER,
	SPACE_CGROUP,
	SPACE_TIME,
	SPACES
};

/* As a table and /proc/PID/ns have them. */
extern const char *const space_names[SPACES];

#define SPACE_BIT(space) (1U << (space))
#define SPACE_ALL 0x7fU /* all but time */

enum edge_kind {
	EDGE_NEEDS, /* gate at start; its failure to start is mine */
	EDGE_BOUND, /* as needs, and I stop and start with it */
	EDGE_WANTS, /* waited for until ready, failed or timed out */
	EDGE_AFTER /* order only: waited for if it is on its way up */
};

struct edge {
	uint32_t service; /* index */
	uint32_t kind; /* enum edge_kind */
};

enum mount_kind {
	MOUNT_BIND,
	MOUNT_BIND_RO,
	MOUNT_TMPFS,
	MOUNT_RUNTIME,
	/* only the builder's program makes what follows */
	MOUNT_STATE,
	MOUNT_CREDENTIAL,
	MOUNT_OFFER,
	MOUNT_USE
};

enum propagation {
	PROPAGATION_PRIVATE,
	PROPAGATION_SLAVE,
	PROPAGATION_SHARED
};

struct mount_entry {
	uint8_t kind; /* enum mount_kind */
	uint8_t propagation; /* binds */
	uint8_t optional; /* written with '?': left out when missing */
	uint8_t mapped; /* binds: ids on disk are those inside */
	uint32_t mode; /* tmpfs: permission bits */
	table_at host; /* path on the host; of a state its name */
	table_at inside; /* path inside, absolute */
	uint64_t size; /* tmpfs: bytes; state: the same, 0: no limit */
	uint32_t owner; /* offer, use: index of the service that offers */
	uint32_t spare;
};

enum publish_protocol {
	PUBLISH_TCP,
	PUBLISH_UDP
};

#define PUBLISH_MAX 64U /* of one service */

/* A port of the host that leads into a compartment. */
struct publish {
	uint8_t protocol; /* enum publish_protocol */
	uint8_t family; /* 4 or 6 */
	uint8_t optional; /* left out where the kernel lacks the family */
	uint8_t spare;
	uint16_t port; /* of the host */
	uint16_t inside;
	uint8_t bytes[16]; /* address of the host; all 0: every one */
	table_at device; /* on this interface only; 0: any */
};

enum device_kind {
	DEVICE_PATH,
	DEVICE_PATTERN, /* a path with '*' or '?' in it */
	DEVICE_CLASS /* gpu, input, audio, serial */
};

struct device_entry {
	table_at name; /* as written: "/dev/...", or a class */
	uint8_t kind; /* enum device_kind */
	uint8_t optional; /* written with '?': may be missing */
	uint8_t spare[2];
};

struct joined {
	uint32_t space; /* enum space */
	uint32_t service; /* index of the owner */
};

/* A size that may be given in percent of RAM. Neither: no limit. */
struct amount {
	uint64_t bytes; /* UINT64_MAX: none given */
	uint32_t percent; /* 0: none given */
	uint32_t spare;
};

enum net_kind {
	NET_BRIDGE,
	NET_VETH,
	NET_MACVLAN,
	NET_MOVE
};

#define NET_ADDRESSES 4U /* of one interface */
#define NET_FAMILIES 2U /* at [0] IPv4, at [1] IPv6 */
#define NET_NAME_SIZE 16U /* of an interface, with its NUL */

/* An interface in a service's network namespace. */
struct net_entry {
	uint8_t kind; /* enum net_kind */
	uint8_t address_count;
	uint16_t number; /* in the service's list, from 0 */
	table_at name; /* inside */
	table_at link; /* of the host: the bridge, the interface that macvlan
			* stands on, or that is moved; veth: 0 */
	table_at host_name; /* made of the service's name: of the end on the
			     * host; macvlan: while it is made; move: 0 */
	table_at whole_name; /* where that is cut: "SERVICE-NUMBER"; else 0 */
	uint32_t interface; /* index of link's stanza, or NET_NO_STANZA */
	struct address addresses[NET_ADDRESSES];
	struct address peers[NET_FAMILIES]; /* veth: of the end on the host */
	struct address via[NET_FAMILIES]; /* default routes; family 0: none */
};

#define NET_NO_STANZA UINT32_MAX

#define LIMIT_NONE UINT64_MAX

/* setrlimit(2) */
struct resource_limit {
	uint32_t resource; /* RLIMIT_* */
	table_at name; /* of it, for messages */
	uint64_t soft; /* LIMIT_NONE: unlimited */
	uint64_t hard;
};

enum io_kind {
	IO_RBPS,
	IO_WBPS,
	IO_RIOPS,
	IO_WIOPS,
	IO_KINDS
};

/* A line of io.max: cgroup-v2.rst */
struct io_limit {
	table_at device; /* path on the host */
	uint32_t optional; /* written with '?': left out when missing */
	uint64_t most[IO_KINDS]; /* LIMIT_NONE: any */
};

/* In the order of their words in keys.def. sched(7) */
enum scheduler {
	SCHEDULER_OTHER,
	SCHEDULER_BATCH,
	SCHEDULER_IDLE,
	SCHEDULER_FIFO,
	SCHEDULER_RR,
	SCHEDULER_DEADLINE
};

struct scheduling {
	uint32_t scheduler; /* enum scheduler */
	uint32_t priority; /* fifo, rr */
	uint32_t runtime_us; /* deadline */
	uint32_t deadline_us;
	uint32_t period_us;
	uint32_t spare;
};

#define SERVICE_FAULTY 1U /* its stanza has a fault: never started */
#define SERVICE_BUILT_IN 2U /* milestone or rescue shell: not from a file */
/* All that its stanza comes to, or what the milestone does, is as in the table
 * that this one follows, whatever else there was, and where. */
#define SERVICE_SAME 4U
#define SERVICE_SPARE_SHIFT 8U /* above: enum spare_fate */

/* What `spare` comes to. */
enum spare_fate {
	SPARE_UNWANTED,
	SPARE_MADE,
#define SPARE_NOT(id, with, why) SPARE_NOT_##id,
#include "table/spare.def"
	SPARES
};

/* What forbids it, and why; "" where nothing does. */
extern const char *const spare_texts[SPARES];

struct service {
	table_at name;
	table_at file; /* where its stanza stands; 0 for built-in ones */
	uint32_t line;
	uint32_t flags; /* SERVICE_* */

	uint8_t type; /* enum service_type */
	uint8_t milestone; /* enum milestone */
	uint8_t ready; /* enum ready_kind */
	uint16_t ready_number; /* READY_FD, READY_TCP */
	table_at ready_path; /* READY_PATH */
	uint32_t watchdog_ms; /* between keep-alives at most; 0: none */
	uint8_t restart; /* enum restart_when */
	uint8_t on_limit; /* enum on_limit */
	uint8_t on_exit; /* enum on_exit */
	uint8_t isolated; /* 0: isolation = none */
	uint8_t autostart;
	uint8_t critical; /* 1: the machine's watchdog starves without it */

	uint64_t capabilities; /* bits by number: all that the program has */
	struct list landlock; /* struct landlock_rule; none: no restriction */
	uint32_t policy; /* of its system calls: number + 1; 0: none */
	uint8_t new_privileges; /* 1: execve(2) may grant some */
	uint8_t nest; /* 1: it makes namespaces itself */
	uint8_t privileges_spare[2];

	struct list argv; /* table_at of strings; [0] is an absolute path */
	struct list env; /* table_at of "K=V": all that the program gets */
	struct list groups; /* uint32_t gids, as seen inside */
	uint32_t uid; /* as seen inside */
	uint32_t gid;
	/* With a root of its own who it is stands there, and is looked up at
	 * its start: names or numbers as written, in place of the three above.
	 * 0: not so. */
	table_at user;
	table_at user_group; /* 0: the user's own */
	struct list group_names; /* table_at of strings */
	uint32_t first_id; /* host id that stands for 0 inside */
	uint32_t id_count; /* ids 0..id_count-2 are mapped, and 65534 */
	uint32_t umask;
	table_at workdir; /* never 0 */
	table_at hostname; /* never 0 when it has an own uts namespace */
	table_at tty; /* 0: none; "console": the kernel's active console */

	uint32_t host_spaces; /* SPACE_BITs kept from the host */
	uint32_t kept_spaces; /* SPACE_BITs that others join: init keeps them */
	struct list join; /* struct joined */
	struct list publish; /* struct publish, at most PUBLISH_MAX */
	int64_t clock_offset_ms; /* not 0: own time namespace */
	struct list mounts; /* struct mount_entry, in the table's order */
	struct list nets; /* struct net_entry, in the table's order */
	table_at hosts; /* /etc/hosts: lines for itself that no bridge's has */
	table_at resolv; /* text of /etc/resolv.conf; 0: the image's */
	table_at root; /* directory of the host; 0: not given */
	table_at image; /* file of the host; 0: not given */
	table_at verity; /* its root hash: 64 digits, or 0 */
	struct list devices; /* struct device_entry */
	uint32_t hotplug; /* 1: devices of its may come and go */

	struct list waits; /* struct edge: what I wait for (plan/) */
	struct list followers; /* struct edge: who waits for me (plan/) */

	struct list when; /* struct condition: all must hold */
	struct list listen; /* struct listener */
	struct list reload_run; /* RELOAD_RUN: table_at, as argv */
	struct list reload_on; /* table_at of paths of the host */
	struct list env_files; /* struct env_file, in the table's order */
	struct list log_to; /* struct log_target */
	struct list control_restart; /* uint32_t indices of services */
	table_at health; /* struct health; 0: none */
	table_at timer; /* struct timer; 0: none */
	uint32_t reload_signal; /* RELOAD_SIGNAL */
	uint32_t log_rate; /* lines a second; 0: any */
	uint8_t when_lost; /* enum when_lost */
	uint8_t reload; /* enum reload_kind */
	uint8_t on_demand; /* 1: started by what comes in at listen */
	uint8_t control; /* GRANT_* */
	uint16_t env_presets; /* bits: which of the first of env are not the
			       * stanza's own, so that env-file may set them */
	uint8_t fd_store; /* descriptors that are kept for it at most */
	uint8_t listens_inside; /* 1: its network is made with its sockets */

	uint32_t start_timeout_ms; /* 0: none */
	uint32_t stop_timeout_ms;
	uint32_t stop_signal;
	uint32_t healthy_delay_ms; /* restart-delay: after a healthy run */
	uint32_t first_delay_ms; /* after the first unhealthy one; doubles */
	uint32_t longest_delay_ms;
	uint32_t limit_count; /* restart-limit; 0: none */
	uint32_t limit_window_ms;
	uint32_t limit_retry_ms; /* on-limit = retry TIME */
	uint32_t log_bytes; /* power of two, at least 4096 */

	struct amount memory;
	struct amount memory_high;
	struct amount swap;
	uint32_t cpu_percent; /* 0: no limit; 100 is one CPU */
	uint32_t cpu_weight; /* 1..10000 */
	uint32_t io_weight; /* 1..10000; 0: not given */
	uint32_t tasks;
	table_at cpus; /* text of cpuset.cpus; 0: all */
	struct list io_limits; /* struct io_limit */
	struct list rlimits; /* struct resource_limit, in the table's order */
	struct scheduling scheduling;
	int16_t oom_score;
	int8_t nice;
	uint8_t delegate;
	uint8_t has_spare; /* 1: its next compartment is made ahead */
	uint8_t spare[3];

	uint64_t wishes; /* a digest of what its stanza says of its order */
};

enum landlock_kind {
	LANDLOCK_RO,
	LANDLOCK_RW,
	LANDLOCK_TCP_CONNECT,
	LANDLOCK_TCP_BIND
};

struct landlock_rule {
	uint8_t kind; /* enum landlock_kind */
	uint8_t optional; /* written with '?' */
	uint16_t port; /* TCP */
	table_at path; /* RO, RW: inside */
	table_at text; /* as written, for messages */
};

/* A filter of system calls, as seccomp(2) wants it. Once for all services that
 * name it. */
#define POLICY_INSTRUCTION 8U /* bytes */
#define POLICY_MOST 4096U /* instructions: BPF_MAXINSNS */

struct policy {
	table_at name;
	struct list code; /* instructions; none where it was not looked for */
	uint32_t spare;
};

struct setting {
	table_at name; /* sysctl name with dots, or module name */
	table_at value; /* sysctl value; modules: arguments or 0 */
	uint32_t optional; /* written with '?' */
	table_at file;
	uint32_t line;
};

enum interface_kind {
	INTERFACE_THERE, /* has a driver, or is made by somebody else */
	INTERFACE_VLAN,
	INTERFACE_DUMMY,
	INTERFACE_BRIDGE
};

/* Of the host: [interface NAME] and [bridge NAME]. */
struct interface {
	table_at name;
	struct list addresses; /* struct address */
	struct address via; /* family 0: none */
	uint32_t mtu; /* 0: as it is */
	uint8_t up;
	uint8_t kind; /* enum interface_kind */
	uint16_t vlan; /* its id */
	table_at link; /* vlan: name of the interface below it */
	struct list ports; /* bridge: table_at, names of interfaces */
	table_at hosts; /* bridge: lines of /etc/hosts, a member's address
			 * and name each; 0: nobody has any */
	table_at file;
	uint32_t line;
};

/* In the order of the key's words. */
enum fsck {
	FSCK_PREEN,
	FSCK_NO
};

/* [mount /PATH]: in the order of their paths, so that each stands behind
 * those that it lies in. */
struct file_system {
	table_at path;
	table_at device; /* "/PATH", "LABEL=NAME" and the like; 0: none */
	table_at type; /* 0: its stanza has a fault: never mounted */
	table_at options; /* for the file system itself, as in mount(2); or 0 */
	uint32_t flags; /* MS_*: mount(2) */
	uint8_t fsck; /* enum fsck */
	uint8_t fsck_wanted; /* the table says so: it must be there */
	uint8_t make_if_empty;
	uint8_t optional; /* the device may be missing */
	table_at file;
	uint32_t line;
};

/* What [system] lets somebody on the host ask of init. */
struct right {
	uint32_t id;
	uint32_t is_group; /* 1: of a group, 0: of a user */
	uint32_t asks; /* CONTROL_BITs: asks.h */
};

struct system_settings {
	table_at hostname; /* 0: none */
	table_at data; /* path of what holds states; 0: TABLE_DATA */
	struct list modules; /* struct setting */
	struct list sysctls; /* struct setting */
	uint32_t reboot_count; /* reboot-limit; 0: none */
	uint32_t reboot_window_s;
	uint32_t shutdown_limit_ms;
	uint32_t watchdog_ms; /* time-out of the machine's; 0: not opened */
	uint32_t report; /* enum report_to */
	uint32_t report_cid; /* vsock */
	uint32_t report_port;
	table_at timezone; /* name below /usr/share/zoneinfo; 0: UTC */
	table_at zone; /* struct zone: what is in that file; 0: UTC */
	struct list rights; /* struct right: who may ask init besides root */
	struct list healthy; /* uint32_t indices of services that must be up
			      * for a boot to count as good */
	uint32_t crash_count; /* crash-limit, of init itself; 0: none */
	uint32_t crash_window_ms;
	uint8_t rescue_how; /* enum rescue_how: what no table leads to */
	uint8_t poweroff_by; /* enum poweroff_by */
	uint8_t spare[2];
	table_at note; /* kernel word bulkhead.note: shown when all is up */
	uint32_t rescue; /* 1: start no service; rescue_how says what else */
};

enum zone_day_kind {
	ZONE_DAY, /* day: of the year, from 0 on */
	ZONE_JULIAN, /* day: of the year, from 1 on, without February 29th */
	ZONE_MONTH /* the week-th (5: last) weekday `day` of a month */
};

/* When summer begins or ends, every year: TZ in tzset(3). */
struct zone_day {
	uint8_t kind; /* enum zone_day_kind */
	uint8_t month; /* 1..12 */
	uint8_t week; /* 1..5 */
	uint8_t spare;
	uint16_t day;
	uint16_t spare_too;
	int32_t time_s; /* of that day, by the time until then */
};

struct zone_rule {
	int32_t standard_s; /* ahead of UTC */
	int32_t summer_s;
	uint32_t has_summer;
	struct zone_day start;
	struct zone_day end;
};

struct zone_change {
	int64_t at_s; /* UTC, since 1970 */
	int32_t offset_s; /* ahead of UTC from then on */
	int32_t spare;
};

#define ZONE_CHANGES_MAX 1024U

/* A time zone, as its file has it. */
struct zone {
	uint32_t count;
	int32_t first_s; /* ahead of UTC before the first change */
	uint32_t has_rule; /* for the time behind the last one */
	struct zone_rule rule;
	struct zone_change changes[]; /* ascending */
};

#define TABLE_CHANGES_SIZE 160U

/* What is different from the table before. */
struct table_changes {
	uint32_t changed; /* services of the files: their stanza, */
	uint32_t added;
	uint32_t gone;
	uint32_t kept;
	table_at text; /* for people: that, and what waits for the next boot */
};

struct table {
	uint32_t magic;
	uint32_t version;
	uint32_t sum; /* table_sum() of all bytes after `size` */
	uint32_t size; /* bytes of the whole table */
	struct list services; /* struct service, milestones first */
	struct list interfaces; /* struct interface */
	struct list policies; /* struct policy */
	struct list file_systems; /* struct file_system */
	struct system_settings system;
	uint32_t rescue_service; /* index */
	uint32_t fault_count;
	table_at faults; /* text, a line a fault */
	uint32_t faults_size;

	/* Of one that is to follow another table: for each service of that its
	 * index here, for each one here its index there, and for each log-to
	 * here the number there of the one that its lines went to; TABLE_NONE:
	 * there is none. */
	struct list to; /* uint32_t, as are these: */
	struct list from;
	struct list sinks;
	struct table_changes changes;
};

#define TABLE_NONE UINT32_MAX

static inline const void *table_pointer(const struct table *table, table_at at)
{
	return (const char *)table + at;
}

/* NULL: UTC. */
static inline const struct zone *table_zone(const struct table *table)
{
	table_at zone = table->system.zone;

	return zone ? table_pointer(table, zone) : NULL;
}

/* The string at an offset; "" for 0. */
static inline const char *table_string(const struct table *table, table_at at)
{
	return at ? (const char *)table + at : "";
}

static inline const struct service *table_service(
	const struct table *table, uint32_t index)
{
	const struct service *all = table_pointer(table, table->services.at);
	return &all[index];
}

/* It is given a socket to say things on: sd_notify(3). */
static inline bool service_may_notify(const struct service *service)
{
	return service->ready == READY_NOTIFY || service->watchdog_ms ||
		service->fd_store;
}

#endif
