/* native ROOT SIDE: runs the init of ROOT/bench/plan as process 1 of namespaces
 * of its own on the build host, with ROOT, which is a mount, as its root, and
 * measures it from outside (measure.h). SIDE is for mounts of our own. Both are
 * in a mount namespace that ends with us. Only the control group, and what the
 * kernel's tracer was told, outlive that, and are taken away here.
 */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 256
#define FILES_MOST 1048576
#define SPACES \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | \
		CLONE_NEWNET)

static struct plan plan;
static char trace[PATH_SIZE];
static char groups[PATH_SIZE]; /* where cgroup2 is mounted for us */
static char group[PATH_SIZE]; /* that of the init */
static int pid;
static int init = -1; /* a descriptor of that process: it alone is killed */

static const struct {
	const char *name;
	unsigned minor;
} devices[] = {
	{"/dev/null", 3},
	{"/dev/zero", 5},
	{"/dev/full", 7},
	{"/dev/random", 8},
	{"/dev/urandom", 9},
};

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DP)
		rmdir(path);
	return 0;
}

/* Those who were killed leave it within moments. */
static void remove_group(void)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		nftw(group, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		if (access(group, F_OK) < 0)
			return;
		usleep(50000);
	}
}

static void clean(void)
{
	char path[PATH_SIZE + 32];

	if (init >= 0) {
		syscall(SYS_pidfd_send_signal, init, SIGKILL, NULL, 0);
		waitpid(pid, NULL, 0);
	}
	snprintf(path, sizeof(path), "%s/instances/bench", trace);
	rmdir(path);
	remove_group();
}

_Noreturn void measure_fail(const char *what)
{
	printf("bench failed %s: %s\n", what, strerror(errno));
	fflush(stdout);
	clean();
	_exit(1);
}

/* Whoever set us a limit does not wait for more than this. */
static void give_up(int signal)
{
	(void)signal;
	clean();
	_exit(1);
}

static void check(int done, const char *what)
{
	if (done < 0)
		measure_fail(what);
}

/* --- process 1 ------------------------------------------------------------ */

static void check_inside(int done, const char *what)
{
	if (done >= 0)
		return;
	printf("bench failed %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void enter_group(void)
{
	char path[PATH_SIZE + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check_inside(fd < 0 || write(fd, "0", 1) < 0 ? -1 : 0, path);
	close(fd);
	check_inside(unshare(CLONE_NEWCGROUP), "control group");
}

static void fill_dev(void)
{
	mkdir("/dev", 0755);
	umask(0);
	for (unsigned i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		unlink(devices[i].name);
		check_inside(mknod(devices[i].name, S_IFCHR | 0666,
				     makedev(1, devices[i].minor)),
			devices[i].name);
	}
	unlink("/dev/console");
	check_inside(mknod("/dev/console", S_IFCHR | 0600, makedev(1, 3)),
		"/dev/console");
	mknod("/dev/tty", S_IFCHR | 0666, makedev(5, 0));
	mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 3));
	umask(022);
}

static void mount_inside(
	const char *type, const char *path, unsigned long flags)
{
	mkdir(path, 0755);
	check_inside(mount(type, path, type, flags, NULL), path);
}

static _Noreturn void be_init(const char *root, int ready, int go)
{
	const struct rlimit limit = {FILES_MOST, FILES_MOST};
	char byte;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	enter_group();
	check_inside(chdir(root), root);
	mkdir("old", 0755);
	check_inside((int)syscall(SYS_pivot_root, ".", "old"), "pivot_root");
	check_inside(umount2("/old", MNT_DETACH), "old root");
	check_inside(chdir("/"), "/");
	fill_dev();
	mount_inside("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	mount_inside("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	mount_inside("tmpfs", "/run", MS_NOSUID | MS_NODEV);
	mount_inside("tmpfs", "/tmp", MS_NOSUID | MS_NODEV);
	mount_inside(
		"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	prlimit(0, RLIMIT_NOFILE, &limit, NULL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	if (!getenv("BENCH_VERBOSE")) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	execv(plan.init[0], plan.init);
	_exit(127);
}

/* --- outside -------------------------------------------------------------- */

static void mount_on(
	const char *type, char *path, const char *side, const char *name)
{
	snprintf(path, PATH_SIZE, "%.200s/%s", side, name);
	mkdir(path, 0755);
	check(mount(type, path, type, 0, NULL), path);
}

static int clone_init(const char *root, int *ready, int *go)
{
	struct clone_args arguments = {.flags = SPACES, .exit_signal = SIGCHLD};
	int child = (int)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child)
		return child;
	close(ready[0]);
	close(go[1]);
	be_init(root, ready[1], go[0]);
}

/* What we run from now on sees the init as process 1. */
static void join(void)
{
	init = (int)syscall(SYS_pidfd_open, pid, 0);
	check(init, "pidfd");
	check(setns(init, CLONE_NEWPID), "pid namespace");
}

int main(int count, char **words)
{
	char path[PATH_SIZE];
	struct place place = {.proc = path, .trace = trace, .is_host = true};
	int ready[2];
	int go[2];
	char byte;
	int64_t executed_us;

	if (count != 3)
		return 2;
	signal(SIGTERM, give_up);
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(path, sizeof(path), "%.200s/bench/plan", words[1]);
	measure_plan(&plan, path);
	check(unshare(CLONE_NEWNS), "mount namespace");
	mount_on("tracefs", trace, words[2], "trace");
	mount_on("cgroup2", groups, words[2], "group");
	snprintf(group, sizeof(group), "%.200s/bench.%d", groups, getpid());
	check(mkdir(group, 0755), group);
	check(pipe2(ready, O_CLOEXEC), "pipe");
	check(pipe2(go, O_CLOEXEC), "pipe");
	pid = clone_init(words[1], ready, go);
	check(pid, "clone3");
	close(ready[1]);
	place.pid = pid;
	if (read(ready[0], &byte, 1) != 1)
		measure_fail("the child of process 1");
	snprintf(path, sizeof(path), "/proc/%d/root/proc", pid);
	join();
	measure_prepare(&place);
	executed_us = measure_now_us();
	if (write(go[1], "", 1) != 1)
		measure_fail("go");
	measure_all(&plan, executed_us);
	clean();
	return 0;
}
