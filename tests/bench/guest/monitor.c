/* The first program of every image that is measured. A child of it, in a mount
 * namespace of its own, measures (measure.h), and process 1 becomes the init,
 * knowing nothing of that. In the end the init is told to power off: from then
 * on the kernel's own clock counts, which stands before what both say on the
 * console.
 */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define OFF_S 120 /* the longest that powering off may take */
#define TRACE "/bench/trace"
#define PROC "/bench/proc"

static struct plan plan;

_Noreturn void measure_fail(const char *what)
{
	printf("bench failed %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void end(void)
{
	static const char line[] = "<0>bench ending\n";
	int fd = open("/bench/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, sizeof(line) - 1) < 0)
		measure_fail("kmsg");
	if (plan.off[0][0] == '-')
		reboot(RB_POWER_OFF);
	measure_run(plan.off, plan.count);
	sleep(OFF_S);
	measure_fail("it did not power off");
}

static _Noreturn void monitor(int ready, int from)
{
	const struct place place = {PROC, TRACE, 1, getpid(), false};
	int64_t executed_us;

	if (unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		measure_fail("mount namespace");
	measure_mount("proc", PROC);
	measure_mount("tracefs", TRACE);
	if (mknod("/bench/kmsg", S_IFCHR | 0600, makedev(1, 11)) < 0)
		measure_fail("kmsg");
	measure_prepare(&place);
	if (write(ready, "", 1) != 1 ||
		read(from, &executed_us, sizeof(executed_us)) !=
			sizeof(executed_us))
		measure_fail("start");
	measure_all(&plan, executed_us);
	end();
	_exit(1);
}

int main(void)
{
	int ready[2];
	int from[2];
	char byte;
	int64_t now;

	if (getpid() != 1)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/bench", 0755);
	measure_plan(&plan, "/bench/plan");
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		measure_fail("pipe");
	if (fork() == 0) {
		setsid();
		monitor(ready[1], from[0]);
	}
	if (strchr(plan.flags, 'm')) {
		measure_mount("devtmpfs", "/dev");
		measure_mounts();
	}
	if (read(ready[0], &byte, 1) != 1)
		measure_fail("monitor");
	now = measure_now_us();
	if (write(from[1], &now, sizeof(now)) != sizeof(now))
		measure_fail("monitor");
	execv(plan.init[0], plan.init);
	measure_fail(plan.init[0]);
}
