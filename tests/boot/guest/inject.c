/* Makes the system calls of a start fail, one a start: init is traced, and the
 * spawner with whatever it forks. The call is taken away when it begins and its
 * answer set when it ends, so that nothing in init or the kernel is other than
 * shipped. ptrace(2)
 *
 * What the processes of a start are is told by their order: the builder makes
 * the reaper, and then the program. A keeper, which the spawner makes before
 * them, is a helper.
 */
#include "probe.h"

#include "base/kernel.h"
#include "calls.h"
#include "control/protocol.h"
#include "plan/machine.h"
#include "sandbox/build.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/dm-ioctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ERRORS_MAX 8
#define STEPS_MAX 64 /* of one list */
#define LISTS 3
#define NONE (-1000L) /* the end of a list of calls */
#define TRACEES 16
#define COLD_MOST 4 /* descriptors that init keeps of a service */
#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
#define X86_ORIG_RAX 15
#define X86_RAX 10
#define ARM_X0 0
#define ARM_SYSTEM_CALL 0x404 /* NT_ARM_SYSTEM_CALL */

/* --- what can fail, and how ----------------------------------------------- */

/* The first errno is the one of every run, all of them with FAULTS=all. */
static const struct kind {
	long call;
	const char *name;
	int errors[ERRORS_MAX];
} kinds[] = {
	{SYS_open, "open", {ENFILE, EMFILE, ENOENT, EACCES, ENOMEM}},
	{SYS_openat, "openat", {ENFILE, EMFILE, ENOENT, EACCES, ENOMEM}},
	{SYS_openat2, "openat2", {ENOMEM, ENFILE, EACCES, ELOOP, EXDEV}},
	{SYS_open_tree, "open_tree", {ENOMEM, EINVAL, EPERM, EMFILE}},
	{SYS_move_mount, "move_mount", {EINVAL, ENOMEM, EPERM, ENOSPC}},
	{SYS_mount_setattr, "mount_setattr", {EPERM, EINVAL, ENOMEM}},
	{SYS_mount, "mount", {EPERM, ENODEV, EBUSY, ENOMEM}},
	{SYS_umount2, "umount2", {EBUSY, EINVAL, EPERM}},
	{SYS_pivot_root, "pivot_root", {EINVAL, EBUSY}},
	{SYS_chroot, "chroot", {EPERM}},
	{SYS_fsopen, "fsopen", {ENODEV, ENOMEM, EPERM, EMFILE}},
	{SYS_fsconfig, "fsconfig", {EINVAL, ENOMEM, EPERM}},
	{SYS_fsmount, "fsmount", {EPERM, ENOMEM, EMFILE}},
	{SYS_statfs, "statfs", {EIO, ENOMEM}},
	{SYS_fstatfs, "fstatfs", {EIO, ENOMEM}},
	{SYS_stat, "stat", {EIO, EACCES}},
	{SYS_lstat, "lstat", {EIO, EACCES}},
	{SYS_fstat, "fstat", {EIO, ENOMEM}},
	{SYS_newfstatat, "newfstatat", {EIO, ENOMEM}},
	{SYS_statx, "statx", {EIO, ENOMEM}},
	{SYS_mkdir, "mkdir", {ENOSPC, EROFS, ENOMEM}},
	{SYS_getdents64, "getdents64", {EIO, ENOMEM}},
	{SYS_fsync, "fsync", {EIO}},
	{SYS_mkdirat, "mkdirat", {ENOSPC, EROFS, ENOMEM, EAGAIN}},
	{SYS_mknodat, "mknodat", {ENOSPC, EPERM, EROFS}},
	{SYS_symlinkat, "symlinkat", {ENOSPC, EROFS}},
	{SYS_unlink, "unlink", {EROFS}},
	{SYS_unlinkat, "unlinkat", {EROFS}},
	{SYS_rmdir, "rmdir", {EBUSY}},
	{SYS_readlink, "readlink", {EIO}},
	{SYS_readlinkat, "readlinkat", {EIO}},
	{SYS_access, "access", {EACCES}},
	{SYS_faccessat, "faccessat", {EACCES}},
	{SYS_fchown, "fchown", {EPERM, EROFS, EIO}},
	{SYS_fchownat, "fchownat", {EPERM, EROFS, EIO}},
	{SYS_fchmod, "fchmod", {EPERM, EROFS}},
	{SYS_fchmodat, "fchmodat", {EPERM, EROFS}},
	{SYS_chdir, "chdir", {EACCES, ENOENT, ENOMEM}},
	{SYS_fchdir, "fchdir", {EACCES}},
	{SYS_flock, "flock", {ENOLCK}},
	{SYS_ftruncate, "ftruncate", {EIO, ENOSPC}},
	{SYS_memfd_create, "memfd_create", {ENOMEM, EMFILE, ENFILE}},
	{SYS_pipe2, "pipe2", {EMFILE, ENFILE, ENOMEM}},
	{SYS_socketpair, "socketpair", {EMFILE, ENFILE, ENOMEM}},
	{SYS_dup2, "dup2", {EMFILE, EINTR}}, /* libc sees to EBUSY */
	{SYS_dup3, "dup3", {EMFILE, EINTR}},
	{SYS_fcntl, "fcntl", {EMFILE, EINVAL}},
	{SYS_close_range, "close_range", {ENOMEM, ENOSYS}},
	{SYS_read, "read", {EIO, ENOMEM}},
	{SYS_write, "write", {EIO, EINVAL, ENOSPC, EBUSY, EPERM}},
	{SYS_pread64, "pread64", {EIO}},
	{SYS_pwrite64, "pwrite64", {EIO}},
	{SYS_sendto, "sendto", {ENOBUFS, ENOMEM, EPERM}},
	{SYS_sendmsg, "sendmsg", {ENOBUFS, ENOMEM, EPERM}},
	{SYS_recvfrom, "recvfrom", {ENOMEM, ENOBUFS}},
	{SYS_recvmsg, "recvmsg", {ENOMEM, ENOBUFS}},
	{SYS_socket, "socket", {EAFNOSUPPORT, EMFILE, ENOMEM, EPERM}},
	{SYS_bind, "bind", {EADDRINUSE, EPERM}},
	{SYS_listen, "listen", {EADDRINUSE}},
	{SYS_setsockopt, "setsockopt", {EPERM, ENOMEM}},
	{SYS_ioctl, "ioctl", {EIO, EPERM, ENODEV}},
	{K_SYS_QUOTACTL_FD, "quotactl_fd", {EIO, ENOMEM, EPERM, ESRCH}},
	{SYS_clone3, "clone3", {EAGAIN, ENOMEM, ENOSPC, EPERM}},
	{SYS_clone, "clone", {EAGAIN, ENOMEM}},
	{SYS_setns, "setns", {EPERM, ENOMEM, EINVAL, ENOSPC}},
	{SYS_unshare, "unshare", {ENOSPC, ENOMEM, EPERM, EINVAL}},
	{SYS_sethostname, "sethostname", {EPERM}},
	{SYS_setdomainname, "setdomainname", {EPERM}},
	{SYS_prctl, "prctl", {EPERM, EACCES}},
	{SYS_capset, "capset", {EPERM}},
	{SYS_seccomp, "seccomp", {ENOMEM, EACCES, EINVAL}},
	{SYS_bpf, "bpf", {EPERM, ENOMEM}},
	{SYS_landlock_create_ruleset, "landlock_create_ruleset",
		{ENOSYS, EOPNOTSUPP}},
	{SYS_landlock_add_rule, "landlock_add_rule", {EINVAL, ENOMEM}},
	{SYS_landlock_restrict_self, "landlock_restrict_self", {EPERM, E2BIG}},
	{SYS_keyctl, "keyctl", {EDQUOT, ENOMEM, EACCES}},
	{SYS_setgroups, "setgroups", {EPERM, ENOMEM}},
	{SYS_setresgid, "setresgid", {EPERM, EINVAL}},
	{SYS_setresuid, "setresuid", {EAGAIN, EPERM, EINVAL}},
	{SYS_setgid, "setgid", {EPERM, EINVAL}},
	{SYS_setuid, "setuid", {EAGAIN, EPERM, EINVAL}},
	{SYS_prlimit64, "prlimit64", {EPERM, EINVAL}},
	{SYS_setpriority, "setpriority", {EACCES, EPERM}},
	{SYS_sched_setscheduler, "sched_setscheduler", {EPERM, EINVAL}},
	{SYS_sched_setattr, "sched_setattr", {EPERM, EBUSY, EINVAL}},
	{SYS_ioprio_set, "ioprio_set", {EPERM}},
	{SYS_personality, "personality", {EINVAL}},
	{SYS_setsid, "setsid", {EPERM}},
	{SYS_rt_sigprocmask, "rt_sigprocmask", {EINVAL}},
	{SYS_signalfd4, "signalfd4", {EMFILE, ENFILE, ENOMEM}},
	{SYS_eventfd2, "eventfd2", {EMFILE, ENFILE, ENOMEM}},
	{SYS_pidfd_open, "pidfd_open", {EMFILE, ENFILE, ENOMEM}},
	{SYS_epoll_ctl, "epoll_ctl", {ENOMEM, ENOSPC}},
	{SYS_mmap, "mmap", {ENOMEM, EAGAIN}},
	{SYS_mprotect, "mprotect", {ENOMEM}},
	{SYS_execve, "execve",
		{ENOMEM, ENOENT, EACCES, ENOEXEC, ETXTBSY, ELOOP, E2BIG}},
	{SYS_execveat, "execveat", {ENOMEM, ENOENT, EACCES, ENOEXEC}},
};

/* Cannot fail, or nothing hangs on it. */
static const long harmless[] = {SYS_close, SYS_exit, SYS_exit_group, SYS_munmap,
	SYS_madvise, SYS_umask, SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid,
	SYS_geteuid, SYS_getgid, SYS_getegid, SYS_poll, SYS_ppoll,
	SYS_rt_sigaction, SYS_wait4, SYS_waitid, SYS_kill, SYS_clock_gettime,
	SYS_nanosleep, SYS_getrandom, SYS_brk, SYS_arch_prctl,
	SYS_set_tid_address, SYS_lseek, SYS_sysinfo, SYS_restart_syscall,
	SYS_setfsuid, SYS_setfsgid};

/* init does more at the same time: these belong to a start. */
static const long of_init[] = {
	SYS_memfd_create, SYS_ftruncate, SYS_pipe2, SYS_epoll_ctl, SYS_sendmsg};

/* Where nothing else is looked at: steps that only some stanzas have. */
static const long rare[] = {SYS_setns, SYS_unshare, SYS_sethostname,
	SYS_setdomainname, SYS_fsopen, SYS_fsmount, SYS_move_mount, SYS_ioctl,
	SYS_execveat, SYS_socket, SYS_sendto, SYS_sendmsg, NONE};
/* Of the spawner, whose other calls are no start's. */
static const long forks[] = {SYS_clone3, NONE};
/* What its keeper does, and gives to its builder. */
static const long keeps[] = {
	SYS_socket, SYS_bind, SYS_listen, SYS_unshare, SYS_memfd_create, NONE};
static const long takes[] = {SYS_recvmsg, SYS_setns, NONE};
/* A root of its own. */
static const long roots[] = {SYS_open, SYS_openat, SYS_openat2, SYS_open_tree,
	SYS_mount_setattr, SYS_move_mount, SYS_mount, SYS_pivot_root,
	SYS_umount2, SYS_clone3, SYS_clone, SYS_pipe2, SYS_read, SYS_unshare,
	SYS_fchdir, SYS_chroot, SYS_mkdirat, SYS_ioctl, NONE};
/* Directories that are kept, and their size. */
static const long states[] = {SYS_open, SYS_openat, SYS_mkdirat, SYS_open_tree,
	SYS_mount_setattr, SYS_move_mount, SYS_fsopen, SYS_fsmount, SYS_write,
	SYS_ioctl, K_SYS_QUOTACTL_FD, NONE};
/* Nodes for devices, and their filter. */
static const long made_nodes[] = {SYS_fsopen, SYS_fsmount, SYS_mknodat,
	SYS_mkdirat, SYS_symlinkat, SYS_fchownat, SYS_bpf, NONE};
static const long attach[] = {SYS_move_mount, NONE};
/* Ports of the host, and who leads from them into the compartment. */
static const long ports[] = {SYS_socket, SYS_bind, SYS_listen, SYS_socketpair,
	SYS_clone3, SYS_sendto, SYS_recvfrom, NONE};
/* Where it says of itself that it is up, and where that is looked for. */
static const long sockets[] = {SYS_bind, SYS_fchmodat, NONE};
static const long enters[] = {SYS_setns, NONE};
static const long syncs[] = {SYS_fsync, NONE};
/* An image of its own. */
static const long images[] = {SYS_openat2, SYS_ioctl, SYS_mount, SYS_fsopen,
	SYS_fsconfig, SYS_fsmount, SYS_pread64, NONE};
/* The order that a spare waits for. */
static const long waits[] = {SYS_read, NONE};
/* Files of a service's own in its root. */
static const long files[] = {SYS_open_tree, SYS_umount2, NONE};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_among(long call, const long *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i] == call)
			return true;
	return false;
}

static bool is_listed(long call, const long *all)
{
	while (*all != NONE && *all != call)
		all++;
	return *all == call;
}

static const struct kind *kind_of(long call)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].call == call)
			return &kinds[i];
	return NULL;
}

/* --- one start ------------------------------------------------------------ */

enum role {
	BUILDER,
	REAPER,
	PROGRAM,
	HELPER, /* whatever else the builder makes */
	INIT,
	SPAWNER,
	ROLES
};

static const char *const role_names[] = {
	"builder", "reaper", "program", "helper", "init", "spawner"};

struct tracee {
	pid_t pid;
	enum role role;
	bool is_followed; /* its calls are stopped at */
	bool is_inside; /* a call */
};

static struct {
	struct tracee tracees[TRACEES];
	unsigned made; /* processes of this start */
	enum role role; /* whose call fails ... */
	long wanted; /* ... which of them, from 0 ... */
	unsigned error; /* ... with which errno of its kind */
	const long *only; /* these calls, up to NONE; or NULL: all */
	bool is_cold; /* it has not been started before */
	bool has_keeper; /* which is yet to come */
	long seen; /* calls of that role so far */
	long call; /* that was made to fail, or -1 */
	long argument;
	char path[64]; /* of a file to be opened */
	long last[2]; /* the calls before, with what prctl is for */
	bool is_building; /* init: what it does belongs to the start */
	bool is_exit; /* the answer is to be set */
	int value; /* the errno */
} at;

static unsigned long failures; /* what was not as it should be */
static unsigned long unknown[512];

static struct control_reply *reply; /* shared with the asking child */
static pid_t spawner;

static struct tracee *find(pid_t pid)
{
	for (unsigned i = 0; i < TRACEES; i++)
		if (at.tracees[i].pid == pid)
			return &at.tracees[i];
	return NULL;
}

/* Builder, reaper and program are init's children; a helper is the builder's.
 */
static bool is_inits_child(pid_t pid)
{
	char path[64];
	char text[4096];
	const char *found;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	found = strstr(slurp(path, text, sizeof(text)), "\nPPid:\t");
	return found && strtol(found + 7, NULL, 10) == 1;
}

static struct tracee *add(pid_t pid)
{
	struct tracee *tracee = find(0);
	bool is_keeper = at.has_keeper;
	bool is_main = is_inits_child(pid) && at.made < HELPER && !is_keeper;

	at.has_keeper = false;
	if (!tracee) {
		fprintf(stderr, "too many processes\n");
		exit(2);
	}
	*tracee = (struct tracee){
		.pid = pid, .role = is_main ? (enum role)at.made : HELPER};
	at.made += is_main;
	tracee->is_followed = tracee->role == at.role;
	return tracee;
}

static void go_on(const struct tracee *tracee, int signal)
{
	ptrace(tracee->is_followed ? PTRACE_SYSCALL : PTRACE_CONT, tracee->pid,
		0, signal);
}

/* Sets the number of the call that begins, or the answer of one that ends. */
static void set_call(pid_t pid, unsigned arch)
{
	unsigned long registers[64];
	struct iovec part = {registers, sizeof(registers)};
	int none = -1;
	struct iovec number = {&none, sizeof(none)};

	if (arch == AUDIT_ARCH_AARCH64) {
		ptrace(PTRACE_SETREGSET, pid, ARM_SYSTEM_CALL, &number);
		return;
	}
	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
	registers[X86_ORIG_RAX] = ~0UL;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

static void set_answer(pid_t pid, unsigned arch, long answer)
{
	unsigned long registers[64];
	struct iovec part = {registers, sizeof(registers)};

	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
	registers[arch == AUDIT_ARCH_AARCH64 ? ARM_X0 : X86_RAX] =
		(unsigned long)answer;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

/* Whether it is one to count: of a run of the same only the first two, as in
 * the loop over all capabilities. */
static bool counts(const struct __ptrace_syscall_info *info)
{
	long call = (long)info->entry.nr;
	long argument = (long)info->entry.args[0];
	long what = call == SYS_prctl ? call << 8 | (argument & 0xff) : call;
	bool runs =
		call == SYS_prctl && at.last[0] == what && at.last[1] == what;

	at.last[1] = at.last[0];
	at.last[0] = what;
	/* how the library makes up for kernels of old */
	if (call == SYS_fcntl && info->entry.args[1] == F_SETFD &&
		info->entry.args[2] == FD_CLOEXEC)
		return false;
	if (at.role == INIT) {
		at.is_building = at.is_building || call == SYS_memfd_create ||
			call == SYS_pipe2;
		if (!at.is_building || !is_among(call, of_init, COUNT(of_init)))
			return false;
		at.is_building = call != SYS_sendmsg;
		return call != SYS_epoll_ctl || info->entry.args[1] == 1;
	}
	if (at.only)
		return is_listed(call, at.only);
	if (is_among(call, harmless, COUNT(harmless)))
		return false;
	if (!kind_of(call) && call >= 0 && call < (long)COUNT(unknown)) {
		unknown[call]++;
		return false;
	}
	return !runs;
}

/* The path that a call is to open, from the memory of who calls. */
static void read_path(pid_t pid, const struct __ptrace_syscall_info *info)
{
	uint64_t from = info->entry.args[(long)info->entry.nr != SYS_open];
	struct iovec here = {at.path, sizeof(at.path) - 1};
	struct iovec there = {(void *)(uintptr_t)from, sizeof(at.path) - 1};
	long call = (long)info->entry.nr;

	memset(at.path, 0, sizeof(at.path));
	if (call == SYS_open || call == SYS_openat || call == SYS_openat2)
		process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static void begin_call(
	struct tracee *tracee, const struct __ptrace_syscall_info *info)
{
	long call = (long)info->entry.nr;
	const struct kind *kind;

	/* it serves: what comes now is no start any more */
	if (tracee->role == REAPER && (call == SYS_poll || call == SYS_ppoll))
		tracee->is_followed = false;
	if (!tracee->is_followed || at.call >= 0 || !counts(info))
		return;
	if (at.seen++ != at.wanted)
		return;
	kind = kind_of(call);
	at.value = kind->errors[at.error];
	at.call = call;
	at.argument = (long)info->entry.args[call == SYS_ioctl];
	read_path(tracee->pid, info);
	if (!at.value)
		return;
	set_call(tracee->pid, info->arch);
	at.is_exit = true;
}

static void at_call(struct tracee *tracee)
{
	struct __ptrace_syscall_info info = {0};

	ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		begin_call(tracee, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && at.is_exit) {
		set_answer(tracee->pid, info.arch, -at.value);
		at.is_exit = false;
		/* one a start: the rest runs as it may */
		tracee->is_followed = false;
	}
}

/* Who makes one stands still until that is known: so they come in the order in
 * which they are made, whichever stops first. */
static void know_made(pid_t maker, int event)
{
	unsigned long made = 0;

	if (event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK &&
		event != PTRACE_EVENT_CLONE)
		return;
	ptrace(PTRACE_GETEVENTMSG, maker, 0, &made);
	if (made && !find((pid_t)made))
		add((pid_t)made);
}

/* A stop of a tracee: a call, something that ptrace tells, or a signal. */
static void stopped(pid_t pid, int status)
{
	struct tracee *tracee = find(pid);
	int event = status >> 16;
	int signal = WSTOPSIG(status);

	if (!tracee)
		tracee = add(pid);
	know_made(pid, event);
	if (signal == (SIGTRAP | 0x80))
		at_call(tracee);
	/* the program is done */
	if (event == PTRACE_EVENT_EXEC && tracee->role == PROGRAM) {
		ptrace(PTRACE_DETACH, pid, 0, 0);
		tracee->pid = 0;
		return;
	}
	go_on(tracee, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

static void ask(const char *service, uint16_t op)
{
	struct control_request wish = {
		.magic = CONTROL_MAGIC, .version = CONTROL_VERSION, .op = op};
	struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = CONTROL_PATH};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(wish.name, sizeof(wish.name), "%s", service);
	memset(reply, 0, sizeof(*reply));
	if (connect(fd, (const void *)&address, sizeof(address)) < 0 ||
		write(fd, &wish, sizeof(wish)) < 0 ||
		read(fd, reply, sizeof(*reply)) < 0)
		snprintf(reply->text, sizeof(reply->text), "svc: %s",
			strerror(errno));
	close(fd);
}

static void nothing(int signal)
{
	(void)signal;
}

/* Waits for the answer, and sees to all that stops meanwhile. */
static bool request(const char *service, uint16_t op)
{
	pid_t asking;
	pid_t pid;
	int status;

	asking = fork();
	if (asking == 0) {
		ask(service, op);
		_exit(0);
	}
	alarm(30);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct tracee *tracee = find(pid);

		if (pid == asking)
			break;
		if (WIFSTOPPED(status))
			stopped(pid, status);
		else if (tracee)
			tracee->pid = 0;
	}
	alarm(0);
	if (pid == asking)
		return true;
	kill(asking, SIGKILL);
	waitpid(asking, &status, 0);
	snprintf(reply->text, sizeof(reply->text), "it hangs");
	return false;
}

/* Lets all go on that have stopped. */
static void attend(void)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		struct tracee *tracee = find(pid);

		if (WIFSTOPPED(status))
			stopped(pid, status);
		else if (tracee)
			tracee->pid = 0;
	}
}

/* What is left of the start's processes, until none is. */
static void settle(void)
{
	double end = now() + 10;

	while (now() < end) {
		bool left = false;

		attend();
		for (unsigned i = 0; i < TRACEES; i++)
			left = left ||
				(at.tracees[i].pid > 0 &&
					at.tracees[i].role < INIT &&
					kill(at.tracees[i].pid, 0) == 0);
		if (!left)
			return;
		usleep(500);
	}
}

/* Calls of init and spawner are stopped at only while it is their turn to fail.
 */
static void follow(struct tracee *tracee, bool on)
{
	pid_t pid = tracee->pid;
	int status;

	tracee->is_followed = on;
	alarm(5);
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status);
		bool is_ours = status >> 16 == PTRACE_EVENT_STOP;

		go_on(tracee,
			is_ours || signal == (SIGTRAP | 0x80) ? 0 : signal);
		if (is_ours)
			return;
	}
}

/* --- what must be as before ----------------------------------------------- */

struct rest {
	unsigned long descriptors;
	unsigned long groups;
	unsigned long mounts;
	unsigned long children;
	unsigned long interfaces;
	unsigned long neighbour; /* its pid namespace: it is the same one */
};

static unsigned entries_of(const char *path)
{
	DIR *all = opendir(path);
	unsigned count = 0;

	while (all && readdir(all))
		count++;
	if (all)
		closedir(all);
	return count;
}

static unsigned lines_of(const char *path, char what)
{
	static char text[1 << 16];
	unsigned count = 0;

	for (const char *c = slurp(path, text, sizeof(text)); *c; c++)
		count += *c == what;
	return count;
}

static struct rest rest_now(long neighbour)
{
	char path[64];
	struct stat about = {0};

	snprintf(path, sizeof(path), "/proc/%ld/ns/pid", neighbour);
	stat(path, &about);
	return (struct rest){.descriptors = entries_of("/proc/1/fd"),
		.groups = entries_of("/sys/fs/cgroup/svc"),
		.mounts = lines_of("/proc/1/mounts", '\n'),
		.children = lines_of("/proc/1/task/1/children", ' '),
		.interfaces = entries_of("/sys/class/net"),
		.neighbour = about.st_ino};
}

/* Networks end behind their processes: as it is when nothing moves any more. */
static struct rest rest_of(long neighbour)
{
	struct rest last = rest_now(neighbour);
	unsigned same = 0;

	for (int i = 0; i < 100 && same < 10; i++) {
		struct rest rest;

		attend();
		usleep(50000);
		rest = rest_now(neighbour);
		same = memcmp(&rest, &last, sizeof(rest)) == 0 ? same + 1 : 0;
		last = rest;
	}
	return last;
}

/* What init has open, for whoever looks for what is left. */
static void print_files(void)
{
	DIR *all = opendir("/proc/1/fd");
	const struct dirent *entry;
	char what[80];

	while (all && (entry = readdir(all)) != NULL) {
		ssize_t size = readlinkat(
			dirfd(all), entry->d_name, what, sizeof(what));

		if (size > 0)
			printf("open: %s %.*s\n", entry->d_name, (int)size,
				what);
	}
	if (all)
		closedir(all);
}

/* What is still on its way out gets some time, and so does the spawner, which
 * stops behind each process that it makes, with what that one was given. */
static bool is_as_before(const struct rest *before, long neighbour)
{
	struct rest rest;
	double end = now() + 10;
	bool is_late;

	do {
		is_late = now() >= end;
		attend();
		rest = rest_now(neighbour);
		/* its log, and namespaces that others may join, stay */
		if (at.is_cold && rest.descriptors > before->descriptors &&
			rest.descriptors <= before->descriptors + COLD_MOST)
			rest.descriptors = before->descriptors;
		if (memcmp(&rest, before, sizeof(rest)) == 0)
			return true;
		usleep(1000);
	} while (!is_late);
	printf("left: fds %lu of %lu, groups %lu of %lu, mounts %lu of %lu, "
	       "children %lu of %lu, interfaces %lu of %lu\n",
		rest.descriptors, before->descriptors, rest.groups,
		before->groups, rest.mounts, before->mounts, rest.children,
		before->children, rest.interfaces, before->interfaces);
	print_files();
	return false;
}

/* --- steps ---------------------------------------------------------------- */

static unsigned long failed_steps[LISTS][STEPS_MAX];
static unsigned long injected;
static unsigned long tolerated;

static bool is_step(unsigned list, unsigned row)
{
	return build_step_text(list << 8 | row) != NULL;
}

/* The step that the text begins with, among those of a list; the longest. */
static int step_of(unsigned list, const char *text)
{
	size_t longest = 0;
	int found = -1;

	for (unsigned row = 0; is_step(list, row); row++) {
		const char *step = build_step_text(list << 8 | row);
		size_t length = strlen(step);

		if (strncmp(text, step, length) == 0 && length > longest &&
			(text[length] == ' ' || text[length] == ':')) {
			longest = length;
			found = (int)row;
		}
	}
	return found;
}

static void complain(const char *what)
{
	const struct kind *kind = kind_of(at.call);

	failures++;
	printf("%s call %ld, %s(%#lx... %s) = %s: %s: %s\n",
		role_names[at.role], at.wanted, kind->name,
		(unsigned long)at.argument, at.path, strerror(at.value), what,
		reply->text);
}

/* As is_known(), but only of one errno, and of files that are called so. */
static bool is_expected(void)
{
	static const struct {
		enum role role;
		long call;
		int error;
		int request; /* of ioctl(), or 0 */
		const char *path; /* its beginning */
	} expected[] = {
		/* an interface that is on its way back is waited for */
		{BUILDER, SYS_ioctl, ENODEV, SIOCGIFINDEX, ""},
		/* a file system that does not count */
		{BUILDER, K_SYS_QUOTACTL_FD, ESRCH, 0, ""},
		/* a disk that was pulled out meanwhile */
		{BUILDER, SYS_openat, ENOENT, 0, "vda/dev"},
		/* a kernel without inotify or fanotify has no such limits */
		{REAPER, SYS_openat, ENOENT, 0, "max_inotify_"},
		{REAPER, SYS_openat, ENOENT, 0, "max_fanotify_"},
	};

	for (size_t i = 0; i < COUNT(expected); i++)
		if (expected[i].role == at.role &&
			expected[i].call == at.call &&
			expected[i].error == at.value &&
			(!expected[i].request ||
				expected[i].request == (int)at.argument) &&
			strncmp(at.path, expected[i].path,
				strlen(expected[i].path)) == 0)
			return true;
	return false;
}

/* A failure that a start survives, or of which it tells another cause: each is
 * known, and why. */
static bool is_known(void)
{
	static const struct {
		enum role role;
		long call;
		long argument; /* -1: any */
	} known[] = {
		/* a bind that nobody can tell a device from has none */
		{BUILDER, SYS_fstat, -1},
		{BUILDER, SYS_newfstatat, -1},
		/* a file system that cannot map ids */
		{BUILDER, SYS_mount_setattr, -1},
		/* an interface of which the size of packets is not known */
		{BUILDER, SYS_ioctl, SIOCGIFMTU},
		/* a kernel without IPv6 */
		{BUILDER, SYS_socket, AF_INET6},
		/* a device that nobody has left behind */
		{BUILDER, SYS_ioctl, (int)DM_DEV_REMOVE},
		/* isatty() has but one answer */
		{BUILDER, SYS_ioctl, TIOCGWINSZ},
		/* what cannot be read is damaged, for all that is known */
		{BUILDER, SYS_pread64, -1},
		/* a name for ps */
		{BUILDER, SYS_prctl, PR_SET_NAME},
		/* whether the reaper has said it, or has died, is one */
		{BUILDER, SYS_read, -1},
		/* a port that its last keeper has for a moment yet */
		{HELPER, SYS_bind, -1},
		/* a name for ps */
		{REAPER, SYS_prctl, PR_SET_NAME},
		/* init, which does not listen */
		{REAPER, SYS_write, 4},
		/* a terminal that cannot be stopped, or locked */
		{PROGRAM, SYS_ioctl, TCXONC},
		{PROGRAM, SYS_ioctl, TIOCNXCL},
		{PROGRAM, SYS_ioctl, TIOCSETD},
		{PROGRAM, SYS_ioctl, TCFLSH},
	};

	if (is_expected())
		return true;
	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].role == at.role && known[i].call == at.call &&
			(known[i].argument == -1 ||
				(int)known[i].argument == (int)at.argument))
			return true;
	return false;
}

static void weigh_success(void)
{
	tolerated++;
	if (!is_known())
		complain("it starts nonetheless");
}

static void weigh_failure(void)
{
	bool told = strstr(reply->text, strerror(at.value));
	int step = at.role < LISTS ? step_of(at.role, reply->text) : 0;
	int waiting = step_of(BUILDER, reply->text);

	if (!strstr(reply->text, "; "))
		complain("no way out");
	if (at.role == INIT || at.role == SPAWNER) {
		if (!told)
			complain("no cause");
		return;
	}
	/* the pipe between reaper and builder itself: the builder tells */
	if (step < 0 && at.role == REAPER && waiting >= 0 &&
		strncmp(reply->text, "wait for the reaper", 19) == 0) {
		failed_steps[BUILDER][waiting]++;
		return;
	}
	/* a helper is the builder's, which tells */
	if (at.role == HELPER &&
		(waiting >= 0 || step_of(STEPS_KEEPER, reply->text) >= 0))
		return;
	if (step < 0 && is_known())
		return;
	if (step < 0) {
		complain("no step");
		return;
	}
	failed_steps[at.role][step]++;
	if (!told && !is_known())
		complain("another cause");
}

static void prepare(
	enum role role, long wanted, unsigned error, const long *only)
{
	memset(at.tracees, 0, sizeof(at.tracees));
	at.tracees[0] = (struct tracee){.pid = 1, .role = INIT};
	at.tracees[1] = (struct tracee){.pid = spawner, .role = SPAWNER};
	at.made = 0;
	at.role = role;
	at.wanted = wanted;
	at.error = error;
	at.only = only;
	at.seen = 0;
	at.call = -1;
	at.is_exit = false;
	at.has_keeper = false;
	at.is_building = false;
	at.last[0] = at.last[1] = -1;
}

/* Whose calls fail. The services are those of faults/services.tab. */
struct sweep {
	const char *service;
	enum role role;
	const long *only;
	bool is_cold; /* it has not been started yet */
};

/* One start with one failure. False when there was no such call. */
static bool try(const struct sweep *sweep, long wanted, unsigned error,
	const struct rest *before, long neighbour)
{
	struct tracee *old = &at.tracees[sweep->role == SPAWNER];

	prepare(sweep->role, wanted, error, sweep->only);
	at.has_keeper = strcmp(sweep->service, "kept") == 0;
	if (sweep->role >= INIT)
		follow(old, true);
	request(sweep->service, CONTROL_RESTART);
	if (sweep->role >= INIT && old->is_followed)
		follow(old, false);
	if (at.call < 0 && reply->state == STATE_UP)
		request(sweep->service, CONTROL_STOP);
	settle();
	if (at.call < 0 || !at.value)
		return at.call >= 0;
	injected++;
	if (reply->state == STATE_UP || reply->state == STATE_DONE)
		weigh_success();
	else
		weigh_failure();
	/* what is short is tried again by itself, perhaps at this moment */
	if (reply->state == STATE_BACKOFF) {
		request(sweep->service, CONTROL_STOP);
		settle();
	}
	if (!is_as_before(before, neighbour))
		complain("something is left");
	return true;
}

/* As try(), but a call that once did not come is not the last one yet. */
static bool reach(const struct sweep *sweep, long wanted, unsigned error,
	const struct rest *before, long neighbour)
{
	if (try(sweep, wanted, error, before, neighbour))
		return true;
	if (!try(sweep, wanted, error, before, neighbour))
		return false;
	printf("%s: call %ld of the %s came late: %s\n", sweep->service, wanted,
		role_names[sweep->role], reply->text);
	return true;
}

static void run_sweep(
	const struct sweep *sweep, const struct rest *before, long neighbour)
{
	const char *all = getenv("FAULTS");
	unsigned errors = all && strcmp(all, "all") == 0 ? ERRORS_MAX : 1;
	long wanted = 0;
	bool is_more = true;
	double from = now();

	/* no start without a failure before the last: it would not be cold */
	while (is_more) {
		unsigned error = 0;

		while (error < errors &&
			reach(sweep, wanted, error, before, neighbour))
			if (++error < errors &&
				!kind_of(at.call)->errors[error])
				break;
		is_more = error > 0;
		wanted++;
	}
	printf("%s: %ld calls of the %s, %.1f s\n", sweep->service, wanted - 1,
		role_names[sweep->role], now() - from);
	fflush(stdout);
}

static void warm_up(const char *service)
{
	prepare(ROLES, 0, 0, NULL);
	request(service, CONTROL_RESTART);
	if (reply->state == STATE_UP)
		request(service, CONTROL_STOP);
	settle();
	if (reply->state == STATE_DOWN || reply->state == STATE_DONE)
		return;
	failures++;
	printf("%s does not start: %s\n", service, reply->text);
}

static unsigned long report_steps(void)
{
	unsigned long missing = 0;
	unsigned long steps = 0;

	for (unsigned list = 0; list < LISTS; list++)
		for (unsigned row = 0; is_step(list, row); row++) {
			steps++;
			if (failed_steps[list][row])
				continue;
			missing++;
			printf("no failure in '%s' of the %s\n",
				build_step_text(list << 8 | row),
				role_names[list]);
		}
	for (size_t i = 0; i < COUNT(unknown); i++)
		if (unknown[i]) {
			failures++;
			printf("system call %zu is not known here\n", i);
		}
	printf("steps %lu missing %lu injected %lu tolerated %lu wrong %lu\n",
		steps, missing, injected, tolerated, failures);
	return missing;
}

/* One failure, and then none: it is up as its stanza says. */
static void see_again(enum role role)
{
	double end = now() + 10;

	prepare(role, 3, 0, NULL);
	request("again", CONTROL_RESTART);
	do
		request("again", CONTROL_STATUS);
	while (reply->state != STATE_UP && now() < end);
	if (at.call < 0 || reply->state != STATE_UP)
		complain("it is not started again");
	else
		printf("again: up after a failure of the %s\n",
			role_names[role]);
	request("again", CONTROL_STOP);
}

/* Starts it, and waits for what is told of its spare, which is made when it has
 * been up for a while. NULL: nothing. */
static const char *start_ahead(void)
{
	double end = now() + 20;
	const char *told;

	prepare(ROLES, 0, 0, NULL);
	request("ahead", CONTROL_START);
	/* what runs is known, and not taken for a process of the spare */
	at.made = 0;
	at.role = PROGRAM;
	at.only = waits;
	do {
		usleep(20000);
		request("ahead", CONTROL_STATUS);
		told = strstr(reply->text, "its spare: ");
	} while (!told && now() < end);
	return told;
}

/* The last step of a spare. */
static void fail_ahead(const struct rest *before, long neighbour)
{
	static const char step[] = "wait for its order";
	const char *told = start_ahead();

	told = told ? strstr(told, step) : NULL;
	if (told && strstr(told, strerror(at.value)) && strstr(told, "; "))
		failed_steps[PROGRAM][step_of(PROGRAM, told)]++;
	injected++;
	request("ahead", CONTROL_STOP);
	settle();
	at.is_cold = true;
	if (is_as_before(before, neighbour))
		return;
	failures++;
	printf("ahead: something is left\n");
}

static const struct sweep sweeps[] = {
	{"full", BUILDER, NULL, false},
	{"full", REAPER, NULL, false},
	{"full", PROGRAM, NULL, false},
	{"borrower", BUILDER, rare, false},
	{"typist", BUILDER, rare, false},
	{"typist", PROGRAM, rare, false},
	{"asker", BUILDER, rare, false},
	{"asker", REAPER, files, false},
	{"mover", BUILDER, rare, false},
	{"published", BUILDER, ports, false},
	{"plugged", BUILDER, made_nodes, false},
	{"plugged", REAPER, attach, false},
	{"rooted", BUILDER, roots, false},
	{"rooted", HELPER, NULL, false},
	{"stored", BUILDER, states, false},
	{"imaged", BUILDER, images, false},
	{"speaker", REAPER, sockets, false},
	{"guest", BUILDER, sockets, false},
	{"answerer", BUILDER, enters, false},
	{"answerer", BUILDER, forks, false},
	{"kept", BUILDER, takes, false},
	{"kept", HELPER, keeps, false},
	{"stamped", BUILDER, syncs, false},
	{"full", SPAWNER, forks, false},
	{"fresh", INIT, NULL, true},
	/* its log is made: what comes behind that */
	{"fresh", INIT, NULL, true},
	{"keeper", BUILDER, rare, true},
};

/* The child of init that is called so. */
static pid_t find_spawner(void)
{
	char text[1 << 14];
	char name[64];
	char path[64];
	char *next = text;
	long pid;

	slurp("/proc/1/task/1/children", text, sizeof(text));
	while ((pid = strtol(next, &next, 10)) > 0) {
		snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
		if (strcmp(slurp(path, name, sizeof(name)), "spawner\n") == 0)
			return (pid_t)pid;
	}
	return -1;
}

int inject_faults(char **words)
{
	struct found found;
	struct sigaction wake = {.sa_handler = nothing};
	struct rest before;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &wake, NULL);
	reply = mmap(NULL, sizeof(*reply), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	spawner = find_spawner();
	if (!look_for(&found, words[0]) ||
		ptrace(PTRACE_SEIZE, 1, 0, OPTIONS) != 0 ||
		ptrace(PTRACE_SEIZE, spawner, 0, OPTIONS) != 0) {
		perror("init, or its spawner");
		return 2;
	}
	prepare(ROLES, 0, 0, NULL);
	warm_up("full");
	warm_up("borrower");
	warm_up("typist");
	warm_up("asker");
	warm_up("mover");
	warm_up("plugged");
	warm_up("rooted");
	warm_up("published");
	warm_up("stored");
	warm_up("imaged");
	warm_up("speaker");
	warm_up("guest");
	warm_up("answerer");
	warm_up("kept");
	warm_up("stamped");
	before = rest_of(found.program);
	fail_ahead(&before, found.program);
	before = rest_of(found.program);
	for (size_t i = 0; i < COUNT(sweeps); i++) {
		at.is_cold = sweeps[i].is_cold;
		run_sweep(&sweeps[i], &before, found.program);
		if (at.is_cold)
			before = rest_of(found.program);
	}
	for (enum role role = BUILDER; role <= PROGRAM; role++)
		see_again(role);
	return report_steps() || failures ? 1 : 0;
}
