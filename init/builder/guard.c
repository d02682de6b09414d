/* The guard of the watcher of conditions: a process that waits for a timer
 * which runs while the watcher is at work. What hangs in the kernel may not
 * even be killed; so the guard also shuts the socket to init, which makes
 * another watcher then. At rest it never wakes.
 */
#include "builder/conditions.h"

#include "base/kernel.h"
#include "base/process.h"
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define WORK_MOST_S 10

static int timer = -1;

static _Noreturn void wait_for_timer(pid_t watcher, int socket)
{
	uint64_t count;

	prctl(K_PR_SET_NAME, "guard", 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() == watcher &&
		read(timer, &count, sizeof(count)) == (ssize_t)sizeof(count)) {
		kill(watcher, SIGKILL);
		shutdown(socket, SHUT_RDWR);
	}
	kernel_exit(0);
}

int guard_open(int socket)
{
	pid_t watcher = getpid();
	pid_t guard;

	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (timer < 0)
		return -1;
	guard = process_fork(-1);
	if (guard == 0)
		wait_for_timer(watcher, socket);
	return guard < 0 ? -1 : kernel_pidfd_open(guard);
}

void guard_set(bool works)
{
	const struct itimerspec time = {
		.it_value = {.tv_sec = works ? WORK_MOST_S : 0}};

	timerfd_settime(timer, 0, &time, NULL);
}
