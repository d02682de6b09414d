/* How the CPU is shared: what the kernel says, and how long others take beside
 * a real-time program.
 */
#include "probe.h"

#include "base/kernel.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>

/* sched_getattr(2), for /proc has no deadlines. */
int show_sched(char **words)
{
	struct kernel_sched_attr attr = {.size = sizeof(attr)};

	if (!words[0] ||
		syscall(SYS_sched_getattr, number(words[0], 0), &attr,
			sizeof(attr), 0) < 0)
		return 2;
	printf("policy %u flags %u nice %d priority %u times %u %u %u us\n",
		attr.sched_policy, (unsigned)attr.sched_flags, attr.sched_nice,
		attr.sched_priority, (unsigned)(attr.sched_runtime / 1000),
		(unsigned)(attr.sched_deadline / 1000),
		(unsigned)(attr.sched_period / 1000));
	return 0;
}

static void run_quietly(char **words)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
		execvp(words[0], words);
	_exit(127);
}

/* Prints the milliseconds that a command takes which itself never waits for
 * the CPU: what is left is the time of those it asks. */
int time_command(char **words)
{
	struct sched_param priority = {0};
	double begin;
	int status = 0;
	pid_t child;

	priority.sched_priority = (int)number(words[0], 1);
	if (!words[0] || !words[1] ||
		syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority) < 0)
		return 2;
	begin = now();
	child = fork();
	if (child == 0)
		run_quietly(words + 1);
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
		WEXITSTATUS(status) == 127)
		return 2;
	printf("%.0f\n", (now() - begin) * 1000);
	return 0;
}
