/* Deeds of the machine's end that may hang in the kernel, as any that touches a
 * broken disk or a server that has gone: see end_try() in last.h. Each has a
 * process of its own, so that one of them holds nothing else up.
 */
#include "builder/last.h"

#include "base/clock.h"
#include "base/kernel.h"
#include "base/process.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

static uint64_t end_ms;

void end_begin(unsigned ms)
{
	end_ms = now_ms() + ms;
}

bool end_is_late(void)
{
	return now_ms() >= end_ms;
}

/* Signals are blocked, and so wait to be taken: the next of the set ends it. */
static void wait_signal(const sigset_t *signals, uint64_t ms)
{
	const struct timespec limit = {.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000};

	sigtimedwait(signals, NULL, &limit);
}

void end_pause(unsigned ms)
{
	sigset_t none;

	sigemptyset(&none);
	wait_signal(&none, ms);
}

static int wait_for(pid_t pid, uint64_t until)
{
	sigset_t child;
	int status = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		uint64_t now = now_ms();

		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
		if (ended < 0)
			return errno;
		if (now >= until)
			break;
		wait_signal(&child, until - now);
	}
	kill(pid, SIGKILL);
	return ETIMEDOUT;
}

int end_try(int (*deed)(const char *object), const char *object, unsigned ms)
{
	uint64_t until = now_ms() + ms;
	pid_t pid;

	if (end_is_late())
		return ETIMEDOUT;
	pid = process_fork(-1);
	if (pid == 0)
		kernel_exit(deed(object));
	/* without one, a deed that may hang is better than none */
	if (pid < 0)
		return deed(object);
	return wait_for(pid, until < end_ms ? until : end_ms);
}
