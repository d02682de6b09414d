/* What init has of a start: orders to the spawner, and signals to helpers. */
#include "sandbox/sandbox.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/packet.h"
#include "base/process.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int sandbox_send(int socket, struct sandbox_orders *orders, const int *fds)
{
	int sent[SANDBOX_FDS];
	unsigned count = 0;

	for (unsigned i = 0; fds && i < SANDBOX_FDS; i++) {
		if (fds[i] < 0)
			continue;
		orders->fds |= 1U << i;
		sent[count++] = fds[i];
	}
	return packet_send(socket, orders, sizeof(*orders), sent, count);
}

int sandbox_know(int socket, const struct sandbox_host *host)
{
	struct sandbox_orders orders = {.order = SANDBOX_KNOW};
	int fds[SANDBOX_FDS];

	for (unsigned i = 0; i < SANDBOX_FDS; i++)
		fds[i] = -1;
	fds[SANDBOX_FD_PROC] = host->proc;
	fds[SANDBOX_FD_CGROUP] = host->cgroup;
	fds[SANDBOX_FD_SERVICES] = host->services;
	fds[SANDBOX_FD_BUILDERS] = host->builders;
	fds[SANDBOX_FD_TEMPLATE] = host->template;
	fds[SANDBOX_FD_TABLE] = host->table;
	fds[SANDBOX_FD_PLACES] = host->places;
	return sandbox_send(socket, &orders, fds);
}

void sandbox_execute(int fd, char *verb, unsigned number)
{
	static char name[] = "builder";
	char digits[12];
	char *const words[] = {name, verb, digits, NULL};
	char *const environment[] = {NULL};

	text_compose(digits, sizeof(digits), "%u", number);
	if (fd >= 0 && dup2(fd, SANDBOX_FD) < 0)
		return;
	fcntl(SANDBOX_FD, F_SETFD, fd < 0 ? FD_CLOEXEC : 0);
	execve(SANDBOX_PROGRAM, words, environment);
}

pid_t sandbox_open(const struct sandbox_host *host, int *orders)
{
	SCOPED_FD own = openat(
		host->cgroup, "init", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int pair[2];
	int error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = process_fork(own);
	if (pid == 0) {
		sandbox_execute(pair[1], NULL, 0);
		kernel_exit(1);
	}
	close(pair[1]);
	error = pid < 0 ? pid : sandbox_know(pair[0], host);
	if (error)
		close(pair[0]);
	else
		*orders = pair[0];
	return error ? error : pid;
}

bool service_has_checker(const struct service *service)
{
	return service->health || service->reload == RELOAD_RUN;
}

bool service_has_news(const struct service *service)
{
	return service_may_notify(service) || service->ready == READY_FD ||
		service->ready == READY_PATH || service->ready == READY_TCP ||
		service_has_checker(service);
}

void sandbox_end(pid_t helper)
{
	if (helper > 0)
		kill(helper, SIGTERM);
}
