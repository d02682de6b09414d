/* Kernel constants, structures and system calls that musl 1.2.3 lacks.
 *
 * All names begin with K_ or kernel_, so that no C library's own can hide
 * them; tests/unit/kernel_test.c holds them against the kernel's headers. The
 * calls are the raw ones: they set errno, and may be used between clone3 and
 * exec, where musl's idea of the thread's id is stale and its set*id
 * functions, which look after threads, are not wanted. Nothing here is newer
 * than Linux 6.1. A call without another reference is described by the man
 * page of its name.
 */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* clone3(2); its flags take 64 bits. */
#define K_CLONE_NEWTIME 0x00000080ULL
#define K_CLONE_PIDFD 0x00001000ULL
#define K_CLONE_PARENT 0x00008000ULL
#define K_CLONE_NEWNS 0x00020000ULL
#define K_CLONE_PARENT_SETTID 0x00100000ULL
#define K_CLONE_NEWCGROUP 0x02000000ULL
#define K_CLONE_NEWUTS 0x04000000ULL
#define K_CLONE_NEWIPC 0x08000000ULL
#define K_CLONE_NEWUSER 0x10000000ULL
#define K_CLONE_NEWPID 0x20000000ULL
#define K_CLONE_NEWNET 0x40000000ULL
#define K_CLONE_CLEAR_SIGHAND 0x100000000ULL
#define K_CLONE_INTO_CGROUP 0x200000000ULL

struct kernel_clone_args {
	uint64_t flags;
	uint64_t pidfd; /* where to store the pidfd: int * */
	uint64_t child_tid;
	uint64_t parent_tid; /* where to store the pid: pid_t * */
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup; /* with K_CLONE_INTO_CGROUP: a directory */
};

/* open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr:
 * linux/mount.h
 */
#define K_OPEN_TREE_CLONE 1U
#define K_OPEN_TREE_CLOEXEC 02000000U
#define K_MOVE_MOUNT_F_EMPTY_PATH 0x00000004U
#define K_MOVE_MOUNT_T_EMPTY_PATH 0x00000040U
#define K_FSOPEN_CLOEXEC 1U
#define K_FSMOUNT_CLOEXEC 1U
#define K_FSCONFIG_SET_FLAG 0U
#define K_FSCONFIG_SET_STRING 1U
#define K_FSCONFIG_CMD_CREATE 6U
#define K_MOUNT_ATTR_RDONLY 0x00000001U
#define K_MOUNT_ATTR_NOSUID 0x00000002U
#define K_MOUNT_ATTR_NODEV 0x00000004U
#define K_MOUNT_ATTR_NOEXEC 0x00000008U
#define K_MOUNT_ATTR_IDMAP 0x00100000U
#define K_AT_EMPTY_PATH 0x1000U
#define K_AT_RECURSIVE 0x8000U

struct kernel_mount_attr {
	uint64_t attr_set;
	uint64_t attr_clr;
	uint64_t propagation; /* MS_SHARED, MS_SLAVE or MS_PRIVATE */
	uint64_t userns_fd;
};

/* openat2(2) */
#define K_RESOLVE_NO_MAGICLINKS 0x02U
#define K_RESOLVE_NO_SYMLINKS 0x04U
#define K_RESOLVE_IN_ROOT 0x10U
#define K_OPENAT2_TRIES 256U

struct kernel_open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

/* statx(2): the path is the root of a mount. Linux 5.8 */
#define K_STATX_ATTR_MOUNT_ROOT 0x2000U

struct kernel_statx {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	unsigned char rest[240];
};

/* The same number on all architectures. */
#define K_SYS_QUOTACTL_FD 443L

/* capget(2) */
#define K_BIT_DAC_READ_SEARCH (1U << 2)
#define K_BIT_SYS_ADMIN (1ULL << 21)
#define K_CAPABILITY_VERSION_3 0x20080522U

struct kernel_cap_header {
	uint32_t version;
	int pid;
};

struct kernel_cap_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

/* prctl(2) */
#define K_PR_SET_DUMPABLE 4
#define K_PR_SET_KEEPCAPS 8
#define K_PR_SET_NAME 15
#define K_PR_SET_SECCOMP 22
#define K_PR_CAPBSET_DROP 24
#define K_PR_SET_NO_NEW_PRIVS 38
#define K_PR_CAP_AMBIENT 47
#define K_PR_CAP_AMBIENT_RAISE 2
#define K_PR_CAP_AMBIENT_CLEAR_ALL 4

/* sched_setattr(2); linux/sched/types.h */
#define K_SCHED_NORMAL 0U
#define K_SCHED_FIFO 1U
#define K_SCHED_RR 2U
#define K_SCHED_BATCH 3U
#define K_SCHED_IDLE 5U
#define K_SCHED_DEADLINE 6U
#define K_SCHED_FLAG_RESET_ON_FORK 0x01U

struct kernel_sched_attr {
	uint32_t size;
	uint32_t sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime; /* nanoseconds, as those below */
	uint64_t sched_deadline;
	uint64_t sched_period;
};

/* seccomp(2) */
#define K_SECCOMP_MODE_STRICT 1
#define K_SECCOMP_SET_MODE_FILTER 1U

struct kernel_filter {
	uint16_t count; /* instructions */
	const void *code;
};

/* landlock(7); linux/landlock.h. TCP ports came with version 4. */
#define K_LANDLOCK_WITH_TCP 4
#define K_LANDLOCK_VERSION 1U
#define K_LANDLOCK_PATH 1U
#define K_LANDLOCK_PORT 2U
#define K_LANDLOCK_EXECUTE 0x01U
#define K_LANDLOCK_READ_FILE 0x04U
#define K_LANDLOCK_READ_DIR 0x08U
#define K_LANDLOCK_FILES_1 0x1fffU
#define K_LANDLOCK_FILES_2 0x3fffU /* moving between folders */
#define K_LANDLOCK_FILES_3 0x7fffU /* truncating */
#define K_LANDLOCK_OF_FILES 0x4007U /* those that are not of folders */
#define K_LANDLOCK_BIND_TCP 0x1U
#define K_LANDLOCK_CONNECT_TCP 0x2U

struct kernel_landlock_rules {
	uint64_t files;
	uint64_t net;
};

struct kernel_landlock_path {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

struct kernel_landlock_port {
	uint64_t allowed;
	uint64_t port;
};

/* keyctl(2) */
#define K_KEYCTL_JOIN_SESSION_KEYRING 1

/* futex(2) */
#define K_FUTEX_WAIT 0
#define K_FUTEX_WAKE 1

/* futex_waitv(2), Linux 5.16: the same number on all architectures. */
#define K_SYS_FUTEX_WAITV 449L
#define K_FUTEX_WAITV_MOST 128U
#define K_FUTEX_32 2U

struct kernel_futex_wait {
	uint64_t value;
	uint64_t address;
	uint32_t flags;
	uint32_t spare;
};

/* IPPROTO_IPV6: ipv6(7) */
#define K_IPV6_FREEBIND 78

/* Where rules about packets stand, and the order of those that translate. */
#define K_NF_INET_PRE_ROUTING 0
#define K_NF_INET_FORWARD 2
#define K_NF_INET_LOCAL_OUT 3
#define K_NF_IP_PRI_RAW (-300)
#define K_NF_IP_PRI_MANGLE (-150)
#define K_NF_IP_PRI_NAT_DST (-100)

/* The offsets of what a filter sees (the first argument's lower half, on
 * machines that have it first), the answers, and what rows are made of. */
#define K_SECCOMP_NUMBER 0U
#define K_SECCOMP_ARCH 4U
#define K_SECCOMP_FIRST 16U
#define K_SECCOMP_RET_KILL_PROCESS 0x80000000U
#define K_SECCOMP_RET_ALLOW 0x7fff0000U
#define K_BPF_LOAD_WORD 0x20U /* BPF_LD | BPF_W | BPF_ABS */
#define K_BPF_JUMP_EQUAL 0x15U /* BPF_JMP | BPF_JEQ | BPF_K */
#define K_BPF_RETURN 0x06U /* BPF_RET | BPF_K */
#define K_AUDIT_ARCH_X86_64 0xc000003eU
#define K_AUDIT_ARCH_AARCH64 0xc00000b7U
#ifdef __aarch64__
#define K_AUDIT_ARCH K_AUDIT_ARCH_AARCH64
#else
#define K_AUDIT_ARCH K_AUDIT_ARCH_X86_64
#endif

struct kernel_filter_row {
	uint16_t code;
	uint8_t jump_true;
	uint8_t jump_false;
	uint32_t value;
};

static inline pid_t kernel_clone3(const struct kernel_clone_args *arguments)
{
	return (pid_t)syscall(SYS_clone3, arguments, sizeof(*arguments));
}

/* For CLONE_VM with CLONE_VFORK: the child goes on in the caller's own frame,
 * and must call what never returns. A function would leave the child its return
 * address, and the parent what the child made of it. vfork(2) */
static inline __attribute__((always_inline)) pid_t kernel_clone3_here(
	const struct kernel_clone_args *arguments)
{
#ifdef __aarch64__
	register long number __asm__("x8") = SYS_clone3;
	register long value __asm__("x0") = (long)arguments;
	register long size __asm__("x1") = sizeof(*arguments);

	__asm__ volatile("svc 0"
			 : "+r"(value)
			 : "r"(number), "r"(size)
			 : "memory", "cc");
#else
	long value;

	__asm__ volatile(
		"syscall"
		: "=a"(value)
		: "a"(SYS_clone3), "D"(arguments), "S"(sizeof(*arguments))
		: "rcx", "r11", "memory");
#endif
	if (value >= 0)
		return (pid_t)value;
	errno = (int)-value;
	return -1;
}

static inline int kernel_open_tree(int at, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, at, path, flags);
}

/* Attaches the mount that is open as `tree` on what is open as `target`. */
static inline int kernel_attach(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
		K_MOVE_MOUNT_F_EMPTY_PATH | K_MOVE_MOUNT_T_EMPTY_PATH);
}

/* Changes the mount that is open as `tree`, with all below it. */
static inline int kernel_mount_setattr(
	int tree, const struct kernel_mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, tree, "",
		K_AT_EMPTY_PATH | K_AT_RECURSIVE, attributes,
		sizeof(*attributes));
}

/* Whether two descriptors of a process are one open file: kcmp(2). A kernel
 * without CONFIG_KCMP knows of none. */
#define K_KCMP_FILE 0

static inline bool kernel_same_file(pid_t pid, int one, int other)
{
	return syscall(SYS_kcmp, pid, pid, K_KCMP_FILE, one, other) == 0;
}

static inline int kernel_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, K_FSOPEN_CLOEXEC);
}

static inline int kernel_fsconfig(
	int fs, unsigned command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, 0);
}

static inline int kernel_fsmount(int fs, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fs, K_FSMOUNT_CLOEXEC, attributes);
}

/* Where a path that must not leave its root has "..", the kernel gives up when
 * anything was mounted or renamed meanwhile: EAGAIN. */
static inline int kernel_openat2(
	int at, const char *path, const struct kernel_open_how *how)
{
	long fd = -1;

	for (unsigned tries = 0; fd < 0 && tries < K_OPENAT2_TRIES; tries++) {
		fd = syscall(SYS_openat2, at, path, how, sizeof(*how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return (int)fd;
}

/* Of what is open, by O_PATH too: its attributes. */
static inline int kernel_statx(int fd, struct kernel_statx *to)
{
	return (int)syscall(SYS_statx, fd, "", K_AT_EMPTY_PATH, 0, to);
}

/* quotactl(2) on the file system of an open file; command: QCMD(). */
static inline int kernel_quotactl(
	int fd, unsigned command, uint32_t id, void *data)
{
	return (int)syscall(K_SYS_QUOTACTL_FD, fd, command, id, data);
}

static inline int kernel_pivot_root(const char *root, const char *old)
{
	return (int)syscall(SYS_pivot_root, root, old);
}

static inline int kernel_close_range(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

/* Sets close-on-exec instead. close_range(2) */
#define K_CLOSE_RANGE_CLOEXEC 4U

static inline int kernel_close_range_at_exec(unsigned first, unsigned last)
{
	return (int)syscall(
		SYS_close_range, first, last, K_CLOSE_RANGE_CLOEXEC);
}

/* Until one of them has another value. */
static inline int kernel_futex_waitv(
	const struct kernel_futex_wait *all, unsigned count)
{
	return (int)syscall(K_SYS_FUTEX_WAITV, all, count, 0, NULL, 0);
}

static inline int kernel_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Joins a new, empty session keyring. Its number, or -1. */
static inline long kernel_new_session_keyring(void)
{
	return syscall(SYS_keyctl, K_KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* Of the caller. */
static inline int kernel_sched_setattr(const struct kernel_sched_attr *attr)
{
	return (int)syscall(SYS_sched_setattr, 0, attr, 0);
}

static inline int kernel_seccomp(const struct kernel_filter *filter)
{
	return (int)syscall(SYS_seccomp, K_SECCOMP_SET_MODE_FILTER, 0, filter);
}

/* Of the kernel's Landlock, from 1 on; -1: it has none. */
static inline long kernel_landlock_version(void)
{
	return syscall(
		SYS_landlock_create_ruleset, NULL, 0, K_LANDLOCK_VERSION);
}

/* Zeros that the kernel does not know do it no harm. */
static inline int kernel_landlock_rules(const struct kernel_landlock_rules *all)
{
	return (int)syscall(SYS_landlock_create_ruleset, all, sizeof(*all), 0);
}

static inline int kernel_landlock_add(
	int rules, unsigned kind, const void *rule)
{
	return (int)syscall(SYS_landlock_add_rule, rules, kind, rule, 0);
}

static inline int kernel_landlock_restrict(int rules)
{
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

/* data: two, for 64 capabilities. */
static inline int kernel_capset(const struct kernel_cap_data *data)
{
	struct kernel_cap_header header = {K_CAPABILITY_VERSION_3, 0};

	return (int)syscall(SYS_capset, &header, data);
}

static inline int kernel_setgroups(size_t count, const uint32_t *groups)
{
	return (int)syscall(SYS_setgroups, count, groups);
}

static inline int kernel_setgid(uint32_t gid)
{
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}

static inline int kernel_setuid(uint32_t uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

static inline int kernel_execveat(int folder, const char *path,
	char *const *words, char *const *environment, unsigned flags)
{
	return (int)syscall(
		SYS_execveat, folder, path, words, environment, flags);
}

static inline _Noreturn void kernel_exit(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

#endif
