/* The builder: the process on the host's side that makes one start.
 *
 * init forks it and nothing else. It has the host's privileges, may block, and
 * makes what cannot be made from inside; its two children are init's
 * (CLONE_PARENT). Between clone3 and exec musl's idea of the thread's id is
 * stale: nothing here or below may use threads' functions, raise or abort.
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define ACTIVE_CONSOLE "/sys/class/tty/console/active"
#define OOM_SPARED "-1000"

const int shared_limits[SHARED_LIMITS] = {
	RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING, RLIMIT_MEMLOCK};

/* The reaper inherits the score: memory.oom.group respects -1000, and inside
 * its user namespace it could not be set. */
static int begin(struct build *b)
{
	sigset_t all;

	sigfillset(&all);
	umask(0);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || chdir("/") < 0)
		return -1;
	b->object = "oom_score_adj";
	if (file_write(b->host->proc, "self/oom_score_adj", OOM_SPARED) < 0)
		return b->service->isolated ? -1 : 0;
	return 0;
}

/* What these limits count is counted for the maker of a user namespace as well:
 * with its own limits one service could use up what all have. The program gets
 * its limits back. */
static int lift_limits(struct build *b)
{
	static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	for (unsigned i = 0; i < SHARED_LIMITS; i++)
		if (prlimit(0, shared_limits[i], &none, &b->limits[i]) < 0)
			return -1;
	return 0;
}

/* The last word of the kernel's list is the active console: what /dev/console
 * leads to, but fit to be a controlling terminal. */
static const char *active_console(char *path, size_t size)
{
	char words[96];
	int fd = open(ACTIVE_CONSOLE, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? 0 : read(fd, words, sizeof(words) - 1);
	char *last;

	if (fd >= 0)
		close(fd);
	while (count > 0 &&
		(words[count - 1] == '\n' || words[count - 1] == ' '))
		count--;
	if (count <= 0)
		return "/dev/console";
	words[count] = '\0';
	last = strrchr(words, ' ');
	text_compose(path, size, "/dev/%s", last ? last + 1 : words);
	return path;
}

/* Not waiting for a carrier; whoever logs in owns the terminal. */
static int open_tty(struct build *b)
{
	const char *path = table_string(b->table, b->service->tty);

	if (!*path)
		return 0;
	b->object = strcmp(path, "console") == 0
		? active_console(b->text, sizeof(b->text))
		: path;
	b->tty = open(b->object, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (b->tty < 0 || fcntl(b->tty, F_SETFL, 0) < 0)
		return -1;
	if (!isatty(b->tty))
		return -1;
	return fchown(b->tty, users_outside(b->service, b->uid), (gid_t)-1);
}

/* The program's user owns the pipe, so that /dev/stdout can be opened. */
static int make_pipes(struct build *b)
{
	const struct service *service = b->service;

	if (pipe2(b->output, O_CLOEXEC) < 0 || pipe2(b->go, O_CLOEXEC) < 0 ||
		pipe2(b->ready, O_CLOEXEC) < 0)
		return -1;
	return fchown(b->output[1], users_outside(service, b->uid),
		users_outside(service, b->gid));
}

static int enter_template(struct build *b)
{
	if (!is_own(b, SPACE_MNT))
		return 0;
	return setns(b->host->template, CLONE_NEWNS);
}

pid_t builder_clone(
	struct build *b, uint64_t flags, int32_t *pid, int *pidfd) /* NOLINT */
{
	const struct kernel_clone_args arguments = {.flags = flags |
			K_CLONE_PARENT |
			(b->group >= 0 ? K_CLONE_INTO_CGROUP : 0) |
			K_CLONE_CLEAR_SIGHAND | K_CLONE_PARENT_SETTID |
			(pidfd ? K_CLONE_PIDFD : 0),
		.parent_tid = (uintptr_t)pid,
		.pidfd = (uintptr_t)pidfd,
		.cgroup = b->group >= 0 ? (uint64_t)b->group : 0};

	return kernel_clone3(&arguments);
}

static int clone_reaper(struct build *b)
{
	pid_t pid;

	if (!b->has_reaper)
		return 0;
	pid = builder_clone(
		b, spaces_flags(b->own), &b->start->pids->reaper, &b->reaper);
	if (pid == 0)
		reaper_run(b);
	return pid < 0 ? -1 : 0;
}

/* The reaper goes on as soon as its ids are mapped. What it failed in it has
 * reported itself; it says nothing only when it was killed. */
static int wait_for_reaper(struct build *b)
{
	char byte = 0;

	if (!b->has_reaper) {
		build_report(b, SANDBOX_INSIDE, 0);
		return 0;
	}
	close(b->go[0]);
	close(b->ready[1]);
	if (write(b->go[1], "", 1) != 1)
		return -1;
	if (read(b->ready[0], &byte, 1) == 1) {
		if (byte)
			return 0;
		kernel_exit(1);
	}
	errno = ECHILD;
	return -1;
}

static int clone_program(struct build *b)
{
	pid_t pid;

	if (is_own(b, SPACE_PID) && setns(b->reaper, CLONE_NEWPID) < 0)
		return -1;
	pid = builder_clone(b, 0, &b->start->pids->service, NULL);
	if (pid == 0)
		program_run(b);
	return pid < 0 ? -1 : 0;
}

static const struct step rows[] = {
	STEP("execute", builder_execute,
		.lacks = "the image has not this program",
		.denied = "it must be a program for this machine that root "
			  "may execute"),
	STEP("begin the start", begin),
	STEP("lift its limits", lift_limits),
	STEP("make its cgroup", group_make,
		.lacks = "the kernel needs CONFIG_CGROUPS, and init a cgroup2 "
			 "file system"),
	STEP("limit memory", group_limit_memory,
		.lacks = "the kernel needs CONFIG_MEMCG, and CONFIG_SWAP for "
			 "'swap'; or write 'memory = none'"),
	STEP("limit cpu", group_limit_cpu,
		.lacks = "the kernel needs CONFIG_CFS_BANDWIDTH for 'cpu', "
			 "CONFIG_FAIR_GROUP_SCHED for 'cpu-weight', "
			 "CONFIG_CPUSETS for 'cpus', and CPUs of that number"),
	STEP("limit tasks", group_limit_tasks,
		.lacks = "the kernel needs CONFIG_CGROUP_PIDS"),
	STEP("limit input and output", group_limit_io,
		.lacks = "the kernel needs CONFIG_BLK_CGROUP_IOCOST or "
			 "CONFIG_BFQ_GROUP_IOSCHED; or remove 'io-weight'"),
	STEP("open its root", root_open,
		.lacks = "the host has no such directory",
		.denied = "links are not followed: write where they lead"),
	STEP("open its image", image_open, .lacks = "the host has no such file",
		.denied = "it must be a file or a block device that others "
			  "may not write; links are not followed"),
	STEP("make a device of its image", image_attach,
		.lacks = "the kernel needs CONFIG_BLK_DEV_LOOP: write "
			 "'modules = loop' in [system]"),
	STEP("verify its image by", image_verify,
		.lacks = "make it: veritysetup format FILE FILE.verity; and "
			 "the kernel needs CONFIG_DM_VERITY: write 'modules = "
			 "dm-verity' in [system]",
		.denied = "it must be made by veritysetup with SHA-256, and "
			  "others may not write it"),
	STEP("read its image", image_find,
		.lacks = "it is none of erofs, squashfs and ext4",
		.denied = "it is damaged, or not what its root hash says"),
	STEP("mount its image as", image_mount,
		.lacks = "it is damaged, or the kernel lacks this file system: "
			 "write 'modules = NAME' in [system]",
		.denied = "it is damaged, or not what its root hash says"),
	STEP("open in its root", account_open,
		.denied = "it must be a regular file of at most 1 MiB"),
	STEP("make a reader of its users", account_fork,
		.lacks = "the kernel needs CONFIG_USER_NS and CONFIG_UNIX",
		.denied = "the range of ids is wrong"),
	STEP("map the ids of its root", root_map,
		.denied = "it stands on a mount that maps ids already"),
	STEP("find its user", account_take,
		.lacks = "its root has no such name in /etc/passwd or "
			 "/etc/group; nothing else is taken for it",
		.denied = "the id is not among its own: write 'ids = SLOT "
			  "COUNT', with 1,024 for each of COUNT"),
	STEP("open the terminal", open_tty,
		.lacks = "this machine has no such terminal"),
	STEP("take from the host", binds_open,
		.lacks = "the host has no such path; make it, or write '?' "
			 "behind it",
		.denied = "links are not followed: write where they lead"),
	STEP("open state", states_open,
		.lacks = "the host has no such directory: is it mounted? see "
			 "the first messages",
		.denied = "links are not followed, and it must belong to the "
			  "service: give it over with chown -R, or choose "
			  "another name"),
	STEP("hold the size of state", states_limit,
		.lacks = "make the file system with mkfs.ext4 -O quota,project "
			 "and the state anew, or write '?' behind the size"),
	STEP("copy its credentials", credentials_copy,
		.lacks = "the host has no such regular file; make it, or write "
			 "'?' behind it",
		.denied = "a regular file of at most 1M is wanted; links are "
			  "not followed: write where they lead"),
	STEP("open what is offered", offers_open,
		.lacks = "the kernel needs CONFIG_TMPFS"),
	STEP("make pipes", make_pipes),
	STEP("open the host's network", net_open,
		.lacks = "the kernel needs CONFIG_NET"),
	STEP("publish", forward_step, .argument = FORWARD_OPEN,
		.lacks = "this machine has no such interface, or its kernel "
			 "no such addresses",
		.denied = "another program of the host has this port: stop "
			  "it, or publish another"),
	STEP("enter the root template", enter_template,
		.lacks = "it was not made at boot: see the first messages",
		.denied = "it was not made at boot: see the first messages"),
	STEP("make its root with", root_enter,
		.lacks = "its root needs the folders /proc, /sys, /dev, /tmp "
			 "and /run",
		.denied = "links are not followed: it must be a folder"),
	STEP("join the namespace", spaces_enter,
		.denied = "who owns it is not running"),
	STEP("make namespaces to keep", spaces_keep,
		.lacks = "the kernel needs CONFIG_NET_NS, CONFIG_IPC_NS and "
			 "CONFIG_UTS_NS"),
	STEP("set the clocks", spaces_clock,
		.lacks = "the kernel needs CONFIG_TIME_NS",
		.denied = "the clocks cannot go back behind the boot, nor "
			  "that far"),
	STEP("prepare", mounts_borrow,
		.lacks = "the kernel needs CONFIG_PROC_FS, CONFIG_SYSFS and "
			 "CONFIG_POSIX_MQUEUE"),
	STEP("make its namespaces", clone_reaper,
		.lacks = "the kernel needs CONFIG_USER_NS, CONFIG_PID_NS, "
			 "CONFIG_NET_NS, CONFIG_IPC_NS, CONFIG_UTS_NS and "
			 "CONFIG_CGROUPS",
		.denied = "user namespaces must be allowed, and the root a "
			  "mount of its own"),
	STEP("map its users", users_write,
		.denied = "the range of ids is wrong"),
	STEP("enter its network", net_enter),
	STEP("connect it to the bridge", net_make, .argument = NET_BRIDGE,
		.lacks = "is there such a bridge? the kernel needs CONFIG_VETH "
			 "and CONFIG_BRIDGE, or 'modules = veth bridge'"),
	STEP("make its veth", net_make, .argument = NET_VETH,
		.lacks = "the kernel needs CONFIG_VETH, or 'modules = veth'"),
	STEP("make a macvlan on", net_make, .argument = NET_MACVLAN,
		.lacks = "is there such an interface? the kernel needs "
			 "CONFIG_MACVLAN, or 'modules = macvlan'",
		.denied = "who is part of a bridge cannot have one"),
	STEP("move the interface", net_make, .argument = NET_MOVE,
		.lacks = "the host has no such interface, or it is part of "
			 "another's: is its driver among the 'modules'?",
		.denied = "the kernel does not let it go"),
	STEP("give it the address", net_address,
		.lacks = "the kernel needs CONFIG_IPV6 for such an address",
		.denied = "the next hop of 'via' must be in the subnet of an "
			  "address of its interface"),
	STEP("map the ids of", ids_map,
		.lacks = "its file system cannot: use ext4, or remove "
			 "':idmap'; of a state give all files to the ids of "
			 "the service with chown -R"),
	STEP("wait for the reaper", wait_for_reaper,
		.denied = "it was killed: is the memory of the service too "
			  "small?"),
	STEP("make its forwarder", forward_step, .argument = FORWARD_MAKE),
	STEP("make its process", clone_program),
};

const struct steps builder_list = {rows, sizeof(rows) / sizeof(*rows)};

/* Nothing is open until a step opens it. */
static void close_all(struct build *b)
{
	b->group = b->tty = b->reaper = b->signals = -1;
	b->image = b->root = b->users = b->states = -1;
	for (unsigned i = 0; i < 2; i++)
		b->output[i] = b->go[i] = b->ready[i] = -1;
	for (unsigned i = 0; i < INSIDES; i++)
		b->inside[i] = -1;
	for (unsigned i = 0; i < PUBLISH_MAX; i++)
		b->ports[i] = -1;
	for (unsigned i = 0; i < TREES_MAX; i++)
		b->trees[i] = -1;
}

_Noreturn void builder_run(
	const struct sandbox_host *host, const struct sandbox_start *start)
{
	struct build b;

	close_all(&b);
	b.host = host;
	b.start = start;
	b.report = start->report;
	b.table = start->table;
	b.service = table_service(start->table, start->service);
	b.uid = b.service->uid;
	b.gid = b.service->gid;
	b.groups = table_pointer(b.table, b.service->groups.at);
	b.account = NULL;
	b.own = spaces_own(start);
	b.has_reaper = b.service->isolated || !b.service->tty;
	kernel_exit(steps_run(&b, STEPS_BUILDER) ? 0 : 1);
}
