/* The floors: what the kernel itself asks for N services, with no init around
 * it. As process 1:
 *
 *   floor d N   vfork and exec, nothing else
 *   floor c N   clone3 into a control group of its own, and exec
 *   floor L N   and a process for each start, a reaper, and a log, as of P
 * below floor T N   and all eight namespaces, id maps, a root that is made once
 * and copied, /proc, host name, lo, and a reaper as process 1 inside
 *
 * and what our default compartment promises besides, each step with those
 * before it, so that what each of them costs can be told:
 *
 *   floor G N   controllers, and limits of the group
 *   floor M N   the other seven mounts of the inside
 *   floor B N   empty bounding sets of reaper and service
 *   floor F N   the filter of system calls
 *   floor K N   limits of the user namespace, and a session keyring
 *   floor P N   a process for each start, since process 1 never waits, which
 *               ends when the program is executed, or could not be; and a log
 *               in memory, which the reaper fills from a pipe
 *   floor H N   K without a network of its own: that of "host = net"
 *   floor N N   P without a network of its own
 *
 * A third word "lenient": what controllers of cgroup2 are asked for is done
 * without where there are none (host/lenient.c).
 *
 * It then reaps, and starts again what has ended. SIGUSR1 starts one more,
 * which is not started again; SIGTERM powers off; SIGUSR2 does so when all have
 * ended that were told to, as an init does, and reapers with them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICES_MOST 5000U
#define LOG_SIZE 65536
#define SPACES \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | \
		CLONE_NEWUTS | CLONE_NEWUSER | CLONE_NEWCGROUP | \
		CLONE_NEWTIME)
#define MAP "0 100000 1024"

static struct {
	struct sock_fprog filter;
	char step;
	bool has_net;
	bool is_lenient;
	unsigned count;
	int groups;
	int proc;
	unsigned generation;
	volatile sig_atomic_t more; /* one more is asked for */
} all = {.groups = -1, .proc = -1};

/* Where builders see them too; the last one is of nobody who is started again.
 */
static int *pids;

static void fail(const char *what)
{
	printf("bench failed floor: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void execute(void)
{
	static char name[] = "/bench/service";
	char *const words[] = {name, NULL};
	char *const none[] = {NULL};

	execve(name, words, none);
	_exit(127);
}

static int clone_into(uint64_t flags, int group)
{
	struct clone_args arguments = {
		.flags = flags | (group >= 0 ? CLONE_INTO_CGROUP : 0),
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = group >= 0 ? (unsigned)group : 0};

	return (int)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* Each has what stands before it here. */
static const char order[] = "TGMBFKP";

static int has(char what)
{
	const char *mine = strchr(order, all.step);

	return mine && strchr(order, what) <= mine;
}

static int has_log(void)
{
	return has('P') || all.step == 'L';
}

static void put_at(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(name);
	close(fd);
}

static void limit(int group, const char *name, const char *text)
{
	if (!all.is_lenient || faccessat(group, name, F_OK, 0) == 0)
		put_at(group, name, text);
}

static int make_group(void)
{
	char name[32];
	int group;

	if (all.groups < 0)
		return -1;
	snprintf(name, sizeof(name), "s%u", all.generation);
	if (mkdirat(all.groups, name, 0755) < 0)
		fail("mkdir of a group");
	group = openat(all.groups, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		fail("group");
	if (has('G')) {
		put_at(group, "cgroup.max.descendants", "0");
		limit(group, "memory.max", "200000000");
		limit(group, "memory.oom.group", "1");
		limit(group, "pids.max", "513");
	}
	return group;
}

static void bound(void)
{
	for (unsigned long i = 0; prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; i++)
		;
}

static void read_filter(void)
{
	static struct sock_filter code[4096];
	int fd = open("/bench/filter", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, code, sizeof(code));

	if (size <= 0)
		fail("filter");
	close(fd);
	all.filter.len = (unsigned short)(size / (ssize_t)sizeof(*code));
	all.filter.filter = code;
}

static void up_lo(void)
{
	struct ifreq request = {.ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, "lo");
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Through its own /proc: in one that all share the names of all namespaces
 * stand in one row, which each look-up goes along.
 */
static void limit_users(void)
{
	put_at(AT_FDCWD, "/proc/sys/user/max_user_namespaces", "0");
	put_at(AT_FDCWD, "/proc/sys/user/max_inotify_instances", "128");
	put_at(AT_FDCWD, "/proc/sys/user/max_inotify_watches", "65536");
	put_at(AT_FDCWD, "/proc/sys/user/max_fanotify_groups", "16");
	if (all.has_net)
		put_at(AT_FDCWD,
			"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
}

/* Until the last child has ended, what the service writes goes into memory that
 * a file holds. */
static void keep_log(int output, int signals)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	char *log;
	char byte[512];
	ssize_t size;
	size_t at = 0;

	if (fd < 0 || ftruncate(fd, LOG_SIZE) < 0)
		_exit(123);
	log = mmap(NULL, LOG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (log == MAP_FAILED)
		_exit(123);
	for (;;) {
		struct pollfd ready[] = {
			{output, POLLIN, 0}, {signals, POLLIN, 0}};

		poll(ready, 2, -1);
		size = ready[0].revents ? read(output, byte, sizeof(byte)) : 0;
		for (ssize_t i = 0; i < size; i++)
			log[at++ % LOG_SIZE] = byte[i];
		if (ready[1].revents && waitpid(-1, NULL, WNOHANG) < 0)
			_exit(0);
	}
}

static int watch_children(void)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void make_inside(int go)
{
	char byte;

	if (read(go, &byte, 1) != 1 || setresgid(0, 0, 0) < 0 ||
		setresuid(0, 0, 0) < 0 ||
		mount("proc", "/proc", "proc", 0, NULL) < 0 ||
		sethostname("service", 7) < 0)
		_exit(126);
	if (has('M') && all.has_net &&
		mount("sysfs", "/sys", "sysfs", MS_RDONLY, NULL) < 0)
		_exit(125);
	if (has('M') &&
		(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_RDONLY,
			 NULL) < 0 ||
			mount("mqueue", "/mqueue", "mqueue", 0, NULL) < 0 ||
			mount("devpts", "/pts", "devpts", 0,
				"max=256,ptmxmode=0666,mode=0620") < 0 ||
			mount("tmpfs", "/tmp", "tmpfs", 0,
				"size=16M,mode=1777") < 0 ||
			mount("tmpfs", "/run", "tmpfs", 0,
				"size=16M,mode=0755") < 0 ||
			mount("tmpfs", "/shm", "tmpfs", 0,
				"size=16M,mode=1777") < 0))
		_exit(125);
	if (all.has_net)
		up_lo();
	if (has('K'))
		limit_users();
}

/* report: open until the program is executed. output: both ends of a pipe, if
 * it has a log. */
static void reaper(int go, int report, const int *output)
{
	int signals = has_log() ? watch_children() : -1;

	if (has('T'))
		make_inside(go);
	if (vfork() == 0) {
		if (has('B'))
			bound();
		if (has('K'))
			syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
		if (has('F')) {
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				    &all.filter) < 0)
				_exit(124);
		}
		if (has_log()) {
			dup2(output[1], STDOUT_FILENO);
			dup2(output[1], STDERR_FILENO);
		}
		execute();
	}
	if (has('B'))
		bound();
	if (has_log()) {
		close(report);
		close(output[1]);
		keep_log(output[0], signals);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(0);
}

static void map(int pid, const char *file, const char *what)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "%d/%s", pid, file);
	fd = openat(all.proc, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		fail(path);
	close(fd);
}

static int start_reaper(int group)
{
	uint64_t flags = has('T') ? SPACES : 0;
	int go[2];
	int report[2] = {-1, -1};
	int output[2] = {-1, -1};
	int pid;

	if (!all.has_net)
		flags &= ~(uint64_t)CLONE_NEWNET;
	if (has_log())
		flags |= CLONE_PARENT;
	if (pipe2(go, O_CLOEXEC) < 0 ||
		(has_log() &&
			(pipe2(report, O_CLOEXEC) < 0 ||
				pipe2(output, O_CLOEXEC) < 0)))
		fail("pipe");
	pid = clone_into(flags, group);
	if (pid == 0)
		reaper(go[0], report[1], output);
	if (pid < 0)
		fail("clone3");
	if (has('T')) {
		map(pid, "uid_map", MAP);
		map(pid, "gid_map", MAP);
	}
	if (write(go[1], "", 1) != 1)
		fail("pipe");
	close(go[0]);
	close(go[1]);
	if (has_log()) {
		char byte;

		close(report[1]);
		if (read(report[0], &byte, 1) != 0)
			fail("report");
	}
	return pid;
}

static int start_bare(int group)
{
	int pid = group < 0 ? vfork() : clone_into(0, group);

	if (pid == 0)
		execute();
	return pid;
}

/* i: its place among those that are started again; SERVICES_MOST: it is not. */
static void make(unsigned i)
{
	int group = make_group();
	int pid =
		has('T') || has_log() ? start_reaper(group) : start_bare(group);

	if (pid < 0)
		fail("fork");
	pids[i] = pid;
	if (group >= 0)
		close(group);
}

static void start(unsigned i)
{
	int pid;

	all.generation++;
	if (!has_log()) {
		make(i);
		return;
	}
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		make(i);
		_exit(0);
	}
}

/* The kernel's first root cannot be pivoted: a bind mount of it over it can.
 * Who mounts /proc in a user namespace must see one already. */
static void make_root(void)
{
	all.proc = open("/proc", O_PATH | O_CLOEXEC);
	if (all.proc < 0 || mkdir("/bench/all", 0755) < 0 ||
		mount("/", "/bench/all", NULL, MS_BIND, NULL) < 0 ||
		chdir("/bench/all") < 0 ||
		mount("/bench/all", "/", NULL, MS_MOVE, NULL) < 0 ||
		chroot(".") < 0 || mkdir("/bench/new", 0755) < 0 ||
		mount("tmpfs", "/bench/new", "tmpfs", 0, NULL) < 0 ||
		mkdir("/bench/new/bench", 0755) < 0 ||
		mkdir("/bench/new/proc", 0755) < 0 ||
		mkdir("/bench/new/sys", 0755) < 0 ||
		mount("sysfs", "/bench/new/sys", "sysfs",
			all.has_net ? 0 : MS_RDONLY, NULL) < 0 ||
		mkdir("/bench/new/mqueue", 0755) < 0 ||
		mkdir("/bench/new/pts", 0755) < 0 ||
		mkdir("/bench/new/tmp", 0755) < 0 ||
		mkdir("/bench/new/run", 0755) < 0 ||
		mkdir("/bench/new/shm", 0755) < 0 ||
		mkdir("/bench/new/old", 0755) < 0 ||
		mount("proc", "/bench/new/proc", "proc", 0, NULL) < 0 ||
		mount("/bench", "/bench/new/bench", NULL, MS_BIND, NULL) < 0 ||
		mount(NULL, "/bench/new/bench", NULL,
			MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		fail("root");
	if (chdir("/bench/new") < 0 || syscall(SYS_pivot_root, ".", "old") < 0)
		fail("pivot_root");
	if (umount2("/old", MNT_DETACH) < 0 || chdir("/") < 0)
		fail("old root");
}

/* The controllers, for groups below one of their own. */
static void share_out(void)
{
	static const char wanted[] = "+cpu +cpuset +io +memory +pids";
	int root = all.groups;

	mkdirat(root, "init", 0755);
	mkdirat(root, "svc", 0755);
	put_at(root, "init/cgroup.procs", "1");
	all.groups = openat(root, "svc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (all.is_lenient)
		return;
	put_at(root, "cgroup.subtree_control", wanted);
	put_at(all.groups, "cgroup.subtree_control", wanted);
}

static void start_more(int signal)
{
	(void)signal;
	all.more = 1;
}

static void power_off(int signal)
{
	kill(-1, SIGTERM);
	if (signal == SIGUSR2)
		while (wait(NULL) > 0)
			;
	kill(-1, SIGKILL);
	reboot(RB_POWER_OFF);
}

int main(int count, char **words)
{
	const struct sigaction more = {.sa_handler = start_more};
	int pid;

	if (count < 3 || getpid() != 1)
		return 2;
	all.step = words[1][0];
	all.has_net = !strchr("HN", all.step);
	if (!all.has_net)
		all.step = all.step == 'H' ? 'K' : 'P';
	all.count = (unsigned)atoi(words[2]);
	all.is_lenient = count > 3 && strcmp(words[3], "lenient") == 0;
	if (all.count > SERVICES_MOST)
		return 2;
	pids = mmap(NULL, (SERVICES_MOST + 1) * sizeof(*pids),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pids == MAP_FAILED)
		return 2;
	signal(SIGTERM, power_off);
	signal(SIGUSR2, power_off);
	sigaction(SIGUSR1, &more, NULL);
	if (all.step != 'd')
		all.groups = open(
			"/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (has('G'))
		share_out();
	if (has('F'))
		read_filter();
	if (has('T'))
		make_root();
	for (unsigned i = 0; i < all.count; i++)
		start(i);
	for (;;) {
		pid = wait(NULL);
		if (pid < 0 && errno == ECHILD)
			pause();
		if (all.more) {
			all.more = 0;
			start(SERVICES_MOST);
		}
		for (unsigned i = 0; pid > 0 && i < all.count; i++)
			if (pids[i] == pid)
				start(i);
	}
}
