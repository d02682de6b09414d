/* The attempts that are one system call, and what makes them all. */
#include "attempts.h"

#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALL(text, meaning, number, ...) \
	{ \
		.name = text, .means = meaning, .call = number, .with = { \
			__VA_ARGS__ \
		} \
	}
#define OPEN(path, flags) \
	CALL("open " path " " #flags, OUT, SYS_openat, AT_FDCWD, (long)(path), \
		flags)
#define WRITE O_WRONLY
#define READ O_RDONLY
#define DEVICE(major, minor) ((major) << 8 | (minor))
#define MEMORY DEVICE(1, 1)
#define DISK DEVICE(254, 0)

static const struct timespec epoch;
static const struct timeval epoch_too;
static struct timex drift = {.modes = ADJ_TICK, .tick = 9000};
static const struct sched_param urgent = {.sched_priority = 99};
static const struct rlimit files = {1 << 20, 1 << 20};
static const struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};
static const gid_t groups[] = {0};

static const struct {
	unsigned version;
	int pid;
} header = {0x20080522, 0};

static const struct {
	unsigned effective, permitted, inheritable;
} everything[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};

static const struct {
	unsigned type, size;
	unsigned long config, more[12];
} event = {.type = 1, .size = 112};

static const struct {
	unsigned type, count;
	const void *code, *license;
	unsigned long more[12];
} program = {.type = 1, .count = 1, .code = "\xb7\0\0\0\0\0\0", .license = ""};

static char bytes[4096];

static const struct attempt rows[] = {
	/* the reaper, or init where the pid namespace is the host's */
	OPEN("/proc/self/exe", WRITE),
	OPEN("/proc/1/exe", READ),
	OPEN("/proc/1/exe", WRITE),
	OPEN("/proc/1/mem", READ),
	OPEN("/proc/1/mem", WRITE),
	OPEN("/proc/1/root/", READ),
	OPEN("/proc/1/cwd/", READ),
	OPEN("/proc/1/fd/", READ),
	OPEN("/proc/1/fd/0", READ),
	OPEN("/proc/1/environ", READ),
	OPEN("/proc/1/maps", READ),
	OPEN("/proc/1/ns/mnt", READ),
	OPEN("/proc/1/ns/pid", READ),
	OPEN("/proc/1/oom_score_adj", WRITE),
	OPEN("/proc/1/timens_offsets", WRITE),
	CALL("ptrace seize 1", OUT, SYS_ptrace, PTRACE_SEIZE, 1),
	CALL("ptrace attach 1", OUT, SYS_ptrace, PTRACE_ATTACH, 1),
	CALL("prlimit of 1", OUT, SYS_prlimit64, 1, RLIMIT_NOFILE, 0,
		(long)bytes),
	CALL("renice 1", OUT, SYS_setpriority, PRIO_PROCESS, 1, 0),
	CALL("affinity of 1", OUT, SYS_sched_setaffinity, 1, 8, (long)"\1"),
	CALL("signal 0 to 1", OWN, SYS_kill, 1, 0),
	CALL("kcmp 1", OUT, SYS_kcmp, 1, 1, 0, 0, 0),
	/* mounts */
	CALL("mount tmpfs", OWN, SYS_mount, (long)"none", (long)"/tmp",
		(long)"tmpfs"),
	CALL("mount proc", OWN, SYS_mount, (long)"none", (long)"/tmp",
		(long)"proc"),
	CALL("mount cgroup v1", OUT, SYS_mount, (long)"none", (long)"/tmp",
		(long)"cgroup", 0, (long)"memory"),
	CALL("mount cgroup2", OWN, SYS_mount, (long)"none", (long)"/tmp",
		(long)"cgroup2"),
	CALL("mount devtmpfs", OUT, SYS_mount, (long)"none", (long)"/tmp",
		(long)"devtmpfs"),
	CALL("bind /", OWN, SYS_mount, (long)"/", (long)"/tmp", 0,
		MS_BIND | MS_REC),
	CALL("remount / writable", OUT, SYS_mount, 0, (long)"/", 0,
		MS_REMOUNT | MS_BIND),
	CALL("remount /sys writable", OUT, SYS_mount, 0, (long)"/sys", 0,
		MS_REMOUNT | MS_BIND),
	CALL("share /", OWN, SYS_mount, 0, (long)"/", 0, MS_SHARED | MS_REC),
	CALL("unmount /proc", OWN, SYS_umount2, (long)"/proc", MNT_DETACH),
	CALL("unmount /sys", OWN, SYS_umount2, (long)"/sys", MNT_DETACH),
	CALL("unmount /dev", OWN, SYS_umount2, (long)"/dev", MNT_DETACH),
	CALL("unmount /tmp", OWN, SYS_umount2, (long)"/tmp", MNT_DETACH),
	CALL("unmount /", OWN, SYS_umount2, (long)"/", MNT_DETACH),
	CALL("pivot_root", OWN, SYS_pivot_root, (long)"/", (long)"/"),
	CALL("chroot", OWN, SYS_chroot, (long)"/tmp"),
	CALL("open_tree clone", OWN, SYS_open_tree, AT_FDCWD, (long)"/", 1),
	CALL("fsopen", OWN, SYS_fsopen, (long)"tmpfs", 0),
	CALL("mount_setattr", OWN, SYS_mount_setattr, AT_FDCWD, (long)"/", 0,
		(long)bytes, 32),
	CALL("swapon", OUT, SYS_swapon, (long)"/tmp/swap", 0),
	CALL("acct", OUT, SYS_acct, (long)"/tmp/acct"),
	CALL("quotactl", OUT, SYS_quotactl, 0x800002 << 8, (long)"/dev/vda", 0,
		(long)bytes),
	/* namespaces */
	CALL("unshare user", OUT, SYS_unshare, CLONE_NEWUSER),
	CALL("unshare mnt", OWN, SYS_unshare, CLONE_NEWNS),
	CALL("unshare net", OWN, SYS_unshare, CLONE_NEWNET),
	CALL("unshare pid", OWN, SYS_unshare, CLONE_NEWPID),
	CALL("unshare cgroup", OWN, SYS_unshare, CLONE_NEWCGROUP),
	OPEN("/proc/sys/user/max_user_namespaces", WRITE),
	/* devices and files */
	CALL("make the node of memory", OUT, SYS_mknodat, AT_FDCWD,
		(long)"/tmp/memory", S_IFCHR | 0600, MEMORY),
	CALL("make the node of a disk", OUT, SYS_mknodat, AT_FDCWD,
		(long)"/tmp/disk", S_IFBLK | 0600, DISK),
	OPEN("/dev/mem", READ),
	OPEN("/dev/kmsg", WRITE),
	OPEN("/dev/kmsg", READ),
	OPEN("/dev/vda", READ),
	OPEN("/dev/console", READ),
	OPEN("/dev/tty", READ),
	OPEN("/dev/rtc0", READ),
	OPEN("/dev/watchdog", WRITE),
	OPEN("/root/secret", READ),
	OPEN("/etc/passwd", WRITE),
	OPEN("/sbin/init", WRITE),
	CALL("make a file in /", OUT, SYS_openat, AT_FDCWD, (long)"/new",
		O_CREAT | O_WRONLY, 0600),
	CALL("chmod /", OUT, SYS_fchmodat, AT_FDCWD, (long)"/", 0777),
	CALL("open_by_handle_at", OUT, SYS_open_by_handle_at, AT_FDCWD,
		(long)"\10\0\0\0\1\0\0\0\2\0\0\0\0\0\0", 0),
	/* the kernel */
	OPEN("/proc/kcore", READ),
	OPEN("/proc/kmsg", READ),
	OPEN("/proc/sysrq-trigger", WRITE),
	OPEN("/proc/sys/kernel/core_pattern", WRITE),
	OPEN("/proc/sys/kernel/modprobe", WRITE),
	OPEN("/proc/sys/kernel/hostname", WRITE),
	OPEN("/proc/sys/kernel/pid_max", WRITE),
	OPEN("/proc/sys/kernel/sysrq", WRITE),
	OPEN("/proc/sys/vm/drop_caches", WRITE),
	OPEN("/proc/sys/vm/overcommit_memory", WRITE),
	OPEN("/sys/kernel/uevent_helper", WRITE),
	OPEN("/sys/power/state", WRITE),
	OPEN("/sys/fs/cgroup/cgroup.procs", WRITE),
	OPEN("/sys/fs/cgroup/memory.max", WRITE),
	CALL("syslog read", OUT, SYS_syslog, 3, (long)bytes, sizeof(bytes)),
	CALL("syslog clear", OUT, SYS_syslog, 5, 0, 0),
	CALL("bpf", OUT, SYS_bpf, 5, (long)&program, 72),
	CALL("perf_event_open", OUT, SYS_perf_event_open, (long)&event, -1, 0,
		-1, 0),
	CALL("userfaultfd", OUT, SYS_userfaultfd, 0),
	CALL("io_uring", OWN, SYS_io_uring_setup, 4, (long)bytes),
	CALL("fanotify of all", OUT, SYS_fanotify_init, 0x4, 0),
	CALL("kexec_load", OUT, SYS_kexec_load, 0, 0, 0, 0),
	CALL("kexec_file_load", OUT, SYS_kexec_file_load, 0, 0, 0, 0, 0),
	CALL("init_module", OUT, SYS_init_module, (long)bytes, 8, (long)""),
	CALL("finit_module", OUT, SYS_finit_module, 0, (long)"", 0),
	CALL("delete_module", OUT, SYS_delete_module, (long)"button",
		O_NONBLOCK),
	CALL("reboot", OUT, SYS_reboot, 0xfee1dead, 672274793, RB_DISABLE_CAD),
	CALL("vhangup", OUT, SYS_vhangup, 0),
	CALL("clock_settime", OUT, SYS_clock_settime, CLOCK_REALTIME,
		(long)&epoch),
	CALL("settimeofday", OUT, SYS_settimeofday, (long)&epoch_too, 0),
	CALL("adjtimex", OUT, SYS_adjtimex, (long)&drift),
	CALL("sethostname", OWN, SYS_sethostname, (long)"x", 1),
	CALL("setdomainname", OWN, SYS_setdomainname, (long)"x", 1),
	/* itself */
	CALL("nice -20", OUT, SYS_setpriority, PRIO_PROCESS, 0, -20),
	CALL("realtime", OUT, SYS_sched_setscheduler, 0, SCHED_FIFO,
		(long)&urgent),
	CALL("realtime of disks", OUT, SYS_ioprio_set, 1, 0, 1 << 13),
	CALL("raise open files", OUT, SYS_prlimit64, 0, RLIMIT_NOFILE,
		(long)&files, 0),
	CALL("raise core", OUT, SYS_prlimit64, 0, RLIMIT_CORE, (long)&core, 0),
	CALL("another personality", OWN, SYS_personality, 0x0040000),
	CALL("all capabilities", OUT, SYS_capset, (long)&header,
		(long)everything),
	CALL("an ambient capability", OWN, SYS_prctl, PR_CAP_AMBIENT,
		PR_CAP_AMBIENT_RAISE, 21),
	CALL("securebits", OUT, SYS_prctl, PR_SET_SECUREBITS, 1),
	CALL("new privileges", OUT, SYS_prctl, PR_SET_NO_NEW_PRIVS, 0),
	CALL("groups", OUT, SYS_setgroups, 1, (long)groups),
	CALL("an id that is not mapped", OUT, SYS_setresuid, 300000, 300000,
		300000),
};

#undef READ
#undef WRITE

const struct attempts call_attempts = {rows, sizeof(rows) / sizeof(*rows)};

long result_of(long value)
{
	return value == -1 ? -errno : 0;
}

static bool own_pids;

bool has_own_pids(void)
{
	return own_pids;
}

static long make(const struct attempt *row)
{
	const long *with = row->with;

	if (row->run)
		return row->run();
	return result_of(syscall(row->call, with[0], with[1], with[2], with[3],
		with[4], with[5]));
}

static const char *name_of(long error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {{EPERM, "EPERM"}, {EACCES, "EACCES"}, {ENOENT, "ENOENT"},
		{EROFS, "EROFS"}, {ENOSYS, "ENOSYS"}, {EINVAL, "EINVAL"},
		{ENOSPC, "ENOSPC"}, {ENXIO, "ENXIO"}, {ESRCH, "ESRCH"},
		{ETXTBSY, "ETXTBSY"}, {EBADF, "EBADF"}, {ENOTTY, "ENOTTY"},
		{EIO, "EIO"}, {ECONNREFUSED, "ECONNREFUSED"},
		{EOPNOTSUPP, "EOPNOTSUPP"}, {EAGAIN, "EAGAIN"},
		{EMFILE, "EMFILE"}, {EDQUOT, "EDQUOT"}, {ENOKEY, "ENOKEY"},
		{EAFNOSUPPORT, "EAFNOSUPPORT"}, {ENODEV, "ENODEV"},
		{EPROTONOSUPPORT, "EPROTONOSUPPORT"}, {ENOMEM, "ENOMEM"},
		{EADDRNOTAVAIL, "EADDRNOTAVAIL"}, {EBUSY, "EBUSY"},
		{ENETUNREACH, "ENETUNREACH"}, {ENOTDIR, "ENOTDIR"},
		{ENOTBLK, "ENOTBLK"}, {ESTALE, "ESTALE"}, {EFAULT, "EFAULT"},
		{ENOEXEC, "ENOEXEC"}, {ENOPROTOOPT, "ENOPROTOOPT"},
		{EISDIR, "EISDIR"}, {EPIPE, "EPIPE"},
		{EHOSTUNREACH, "EHOSTUNREACH"}, {EINPROGRESS, "no answer"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error)
			return names[i].name;
	return strerror((int)error);
}

/* In a child of its own: what it does to itself ends with it. */
static void tell_of(FILE *to, const struct attempt *row, volatile long *result)
{
	static const char *const texts[] = {[OUT] = "OUT",
		[OWN] = "own only",
		[HELD] = "contained",
		[NOTHING] = "nothing"};

	pid_t child;
	int status = 0;

	*result = -EIO;
	child = fork();
	if (child == 0) {
		alarm(60);
		/* where it may, on a copy of the mounts */
		unshare(CLONE_NEWNS);
		*result = make(row);
		_exit(0);
	}
	waitpid(child, &status, 0);
	fprintf(to, "%s\t", row->name);
	if (child < 0 || WIFSIGNALED(status))
		fprintf(to, "killed by %d\n", WTERMSIG(status));
	else if (*result < 0)
		fprintf(to, "%s\n", name_of(-*result));
	else
		fprintf(to, "%s\n",
			texts[*result ? *result - 1 : (long)row->means]);
}

int make_attempts(char **words)
{
	static const struct attempts *const all[] = {
		&call_attempts, &deed_attempts, &look_attempts};
	/* before anything is open */
	volatile long *result = mmap(NULL, sizeof(*result),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static char text[1 << 16];
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)words;
	/* init is its parent, outside its pid namespace */
	own_pids = getppid() == 0;
	signal(SIGUSR1, SIG_IGN);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (size_t at = 0; at < all[i]->count; at++)
			tell_of(to, &all[i]->rows[at], result);
	fclose(to);
	say_done("%s", text);
	return hold(NULL);
}
