/* What a hostile service tries, and what a hostile administrator does to init.
 * Each command tells in its /tmp/done what came of it; the judge looks from
 * outside.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* --- what the kernel has only so many of ---------------------------------- */

static long take_queue(void)
{
	static unsigned count;
	char name[32];

	snprintf(name, sizeof(name), "hoard-%d-%u", getpid(), count++);
	return syscall(SYS_mq_open, name, O_RDWR | O_CREAT, 0600, NULL);
}

static long take_timer(void)
{
	int timer;

	return syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer);
}

static long take(const char *kind)
{
	if (strcmp(kind, "inotify") == 0)
		return inotify_init1(IN_CLOEXEC);
	if (strcmp(kind, "queue") == 0)
		return take_queue();
	if (strcmp(kind, "terminal") == 0)
		return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (strcmp(kind, "timer") == 0)
		return take_timer();
	if (strcmp(kind, "file") == 0)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = EINVAL;
	return -1;
}

static bool is_refusal(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOSPC ||
		error == EAGAIN;
}

/* Takes as many as there are. How many; errno tells why no more. */
static long take_all(const char *kind)
{
	long count = 0;

	while (take(kind) >= 0)
		count++;
	return count;
}

/* Children take their own share of what is counted by process. */
static void take_in_children(const char *kind, long children)
{
	while (children-- > 0) {
		int ends[2];
		char byte;

		if (pipe2(ends, O_CLOEXEC) != 0)
			return;
		if (fork() == 0) {
			take_all(kind);
			close(ends[1]);
			hold(NULL);
		}
		close(ends[1]);
		/* the end of the pipe: it has all that it can have */
		if (read(ends[0], &byte, 1) < 0)
			return;
		close(ends[0]);
	}
}

int hoard(char **words)
{
	struct rlimit files;
	int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	long count;
	int why;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	take_in_children(words[0], number(words[1], 0));
	count = take_all(words[0]);
	why = errno;
	close(spare);
	say_done("%s after %ld: %s\n", is_refusal(why) ? "refused" : "failed",
		count, strerror(why));
	return hold(NULL);
}

/* One of a kind: 0 had, 1 refused. */
int grab(char **words)
{
	if (take(words[0]) >= 0)
		return 0;
	printf("%s: %s\n", words[0], strerror(errno));
	return is_refusal(errno) ? 1 : 2;
}

int make_user_space(char **words)
{
	int made = unshare(CLONE_NEWUSER);

	(void)words;
	say_done("%s\n", made < 0 ? strerror(errno) : "made");
	return hold(NULL);
}

/* --- the reaper ----------------------------------------------------------- */

/* How many of four attempts to cripple a process came through. What is set is
 * what it has already. */
static int spoil_one(pid_t pid)
{
	struct rlimit limit;
	cpu_set_t processors;
	int count = 0;

	sched_getaffinity(0, sizeof(processors), &processors);
	count += prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0;
	count += setpriority(PRIO_PROCESS, (id_t)pid, 0) == 0;
	count += sched_setaffinity(pid, sizeof(processors), &processors) == 0;
	count += syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 4) == 0;
	return count;
}

int spoil(char **words)
{
	pid_t child = fork();

	(void)words;
	if (child == 0)
		return hold(NULL);
	say_done("child %d reaper %d\n", spoil_one(child), spoil_one(1));
	return hold(NULL);
}

/* --- ways out ------------------------------------------------------------- */

static char out[1024];

static void tell(const char *what, bool worked)
{
	size_t used = strlen(out);

	if (worked)
		snprintf(out + used, sizeof(out) - used, "%s%s",
			used ? ", " : "", what);
}

static void try_files(const char *const *paths, int flags)
{
	for (; *paths; paths++) {
		int fd = open(*paths, flags | O_CLOEXEC);

		tell(*paths, fd >= 0);
		if (fd >= 0)
			close(fd);
	}
}

/* Without effect where it works. */
static void look_out(void)
{
	static const char *const read[] = {"/proc/1/mem", "/proc/1/root/",
		"/proc/1/cwd/", "/proc/1/exe", "/proc/1/fd/0",
		"/proc/1/environ", "/proc/1/maps", "/proc/1/ns/mnt",
		"/proc/kcore", "/proc/kmsg", "/root/secret", NULL};
	static const char *const write[] = {"/proc/1/oom_score_adj",
		"/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches",
		"/proc/sysrq-trigger", "/sys/fs/cgroup/cgroup.procs",
		"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cgroup.kill",
		"/proc/sys/user/max_user_namespaces", "/dev/kmsg", NULL};
	int reaper = (int)syscall(SYS_pidfd_open, 1, 0);
	char bytes[8];
	struct iovec here = {bytes, sizeof(bytes)};
	struct iovec there = {(void *)(uintptr_t)&out, sizeof(bytes)};

	try_files(read, O_RDONLY);
	try_files(write, O_WRONLY);
	tell("process_vm_readv",
		process_vm_readv(1, &here, 1, &there, 1, 0) > 0);
	tell("pidfd_getfd", syscall(SYS_pidfd_getfd, reaper, 0, 0) >= 0);
	tell("syslog", klogctl(3, bytes, sizeof(bytes)) >= 0);
	tell("device node",
		mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 1)) == 0);
	unlink("/tmp/node");
}

/* For compartments only: the host would not be the same. */
static void break_out(void)
{
	static const char *const covers[] = {
		"/proc", "/sys", "/dev", "/root", "/tmp", "/", NULL};
	const struct sched_param first = {.sched_priority = 1};

	for (const char *const *at = covers; *at; at++)
		tell(*at, umount2(*at, MNT_DETACH) == 0);
	tell("remount",
		mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
	tell("mount", mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
	tell("ptrace", ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0);
	tell("unshare", unshare(CLONE_NEWNS) == 0);
	tell("chroot", chroot("/tmp") == 0);
	tell("host name", sethostname("x", 1) == 0);
	tell("scheduler", syscall(SYS_sched_setscheduler, 0, 1, &first) == 0);
	tell("nice", setpriority(PRIO_PROCESS, 0, -1) == 0);
	tell("terminal", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0);
}

int escape(char **words)
{
	look_out();
	if (words[0] && strcmp(words[0], "all") == 0)
		break_out();
	say_done("%s\n", *out ? out : "nothing");
	return hold(NULL);
}

/* Puts a link in the place of a folder that another start binds. */
int relink(char **words)
{
	int done = rmdir(words[0]) == 0 && symlink(words[1], words[0]) == 0;

	say_done("%s\n", done ? "linked" : strerror(errno));
	return hold(NULL);
}

/* --- terminals ------------------------------------------------------------ */

static void spoil_terminal(void)
{
	struct termios raw;

	tcgetattr(STDIN_FILENO, &raw);
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	ioctl(STDIN_FILENO, TIOCEXCL);
	tcflow(STDIN_FILENO, TCOOFF);
}

/* Whether what is written leaves within a second. */
static bool is_draining(void)
{
	pid_t child = fork();
	bool done = false;

	if (child == 0)
		_exit(write(STDOUT_FILENO, "\r", 1) != 1 ||
			tcdrain(STDOUT_FILENO) != 0);
	for (int i = 0; i < 100 && !done; i++) {
		done = waitpid(child, NULL, WNOHANG) == child;
		sleep_ms(10);
	}
	if (!done) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return done;
}

int show_terminal(char **words)
{
	struct termios now;

	if (words[0])
		spoil_terminal();
	tcgetattr(STDIN_FILENO, &now);
	say_done("%s, %s\n", is_draining() ? "running" : "stopped",
		now.c_lflag & ICANON ? "cooked" : "raw");
	return hold(NULL);
}

/* --- the judge's ---------------------------------------------------------- */

/* A file system that takes requests and never answers them: whoever asks it
 * cannot be killed while this process lives. fuse(4) */
static size_t answer(const struct fuse_in_header *in, char *to)
{
	struct fuse_out_header head = {.unique = in->unique};
	const struct fuse_init_out begin = {.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096};
	const struct fuse_attr_out root = {.attr_valid = 60,
		.attr = {.ino = 1, .mode = S_IFDIR | 0755, .nlink = 2}};
	const void *body = NULL;
	size_t size = 0;

	if (in->opcode == FUSE_LOOKUP)
		return 0;
	if (in->opcode == FUSE_INIT) {
		body = &begin;
		size = sizeof(begin);
	} else if (in->opcode == FUSE_GETATTR) {
		body = &root;
		size = sizeof(root);
	} else {
		head.error = -ENOSYS;
	}
	head.len = (uint32_t)(sizeof(head) + size);
	memcpy(to, &head, sizeof(head));
	if (size)
		memcpy(to + sizeof(head), body, size);
	return head.len;
}

int serve_hang(char **words)
{
	static _Alignas(8) char request[1 << 17];
	char reply[512];
	char options[96];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	ssize_t got;

	snprintf(options, sizeof(options),
		"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (fd < 0 || mount("hang", words[0], "fuse", 0, options) != 0) {
		perror(words[0]);
		return 2;
	}
	while ((got = read(fd, request, sizeof(request))) > 0 ||
		errno == EINTR) {
		size_t size = got > 0 ? answer((void *)request, reply) : 0;

		if (size && write(fd, reply, size) < 0)
			perror("fuse");
	}
	return 0;
}

static bool runs(const char *link, const char *program)
{
	struct stat its;
	struct stat other;

	return stat(link, &its) == 0 && stat(program, &other) == 0 &&
		its.st_ino == other.st_ino && its.st_dev == other.st_dev;
}

/* A child of init that still runs the builder's program: spawner, builder or
 * reaper. */
static bool is_inits(long pid)
{
	char path[64];
	char text[512];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	if (!runs(path, "/lib/bulkhead/builder"))
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	at = strrchr(slurp(path, text, sizeof(text)), ')');
	return at && strtol(at + 3, NULL, 10) == 1;
}

/* Kills spawners, builders and reapers at random moments; prints how many. */
int storm(char **words)
{
	double end = now() + (double)number(words[0], 5);
	unsigned seed = (unsigned)getpid();
	long count = 0;

	while (now() < end) {
		char text[128];
		const char *last = strrchr(
			slurp("/proc/loadavg", text, sizeof(text)), ' ');
		long newest = last ? strtol(last, NULL, 10) : 0;

		for (long pid = newest; pid > newest - 20 && pid > 1; pid--)
			if (rand_r(&seed) % 4 == 0 && is_inits(pid))
				count += kill((pid_t)pid, SIGKILL) == 0;
		usleep((unsigned)rand_r(&seed) % 4000);
	}
	printf("%ld\n", count);
	return 0;
}

/* Stops init where it is, as if it hung. */
int hold_init(char **words)
{
	(void)words;
	if (ptrace(PTRACE_SEIZE, 1, 0, 0) != 0 ||
		ptrace(PTRACE_INTERRUPT, 1, 0, 0) != 0)
		perror("init");
	while (true)
		pause();
}
