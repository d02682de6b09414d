/* Keepers: of each service with `listen` or `fd-store` a process that has its
 * sockets, and what it has handed in, as long as the service is wanted; so that
 * no restart loses who waits there. init has a socket to it, and tells it by
 * bytes what to do. sandbox/sandbox.h
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/packet.h"
#include "log/journal.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_A_TIME 4

static int32_t *pid_of(const struct unit *unit)
{
	return &s.watchers[s.count + 1 + index_of(unit)];
}

static int send_orders(const struct unit *unit, int socket)
{
	struct sandbox_orders orders = {
		.order = SANDBOX_KEEP, .service = index_of(unit)};
	int fds[SANDBOX_FDS];

	for (unsigned i = 0; i < SANDBOX_FDS; i++)
		fds[i] = -1;
	find_spaces(unit, &fds[SANDBOX_FD_ENTER]);
	fds[SANDBOX_FD_REPORT] = socket;
	return sandbox_send(s.orders, &orders, fds);
}

/* A socket to one that is yet to be made: *other is its end. */
static int open_socket(struct unit *unit, int *other)
{
	int pair[2];
	int error = need_spawner();

	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	error = loop_add(pair[0], EPOLLIN, LOOP_KEEPER, index_of(unit));
	if (error) {
		close(pair[0]);
		close(pair[1]);
		return error;
	}
	unit->keeper = pair[0];
	*other = pair[1];
	return 0;
}

/* Where there is none it is made, and finds what it is told, should it fail.
 * fd: goes with it, and is closed; or -1. */
static int tell_keeper(struct unit *unit, char order, int fd)
{
	int other = -1;
	int error = unit->keeper < 0 ? open_socket(unit, &other) : 0;

	if (!error)
		error = packet_send(unit->keeper, &order, 1, &fd, fd >= 0);
	if (!error && other >= 0)
		error = send_orders(unit, other);
	if (fd >= 0)
		close(fd);
	if (other >= 0)
		close(other);
	if (error)
		keeper_drop(unit);
	return error;
}

int keeper_give(struct unit *unit, int *other)
{
	int pair[2];
	int error;

	*other = -1;
	if (!service_has_keeper(service_of(unit)))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	error = tell_keeper(unit, SANDBOX_KEEP_GIVE, pair[0]);
	if (!error)
		*other = pair[1];
	else
		close(pair[1]);
	return error;
}

bool keeper_listens(struct unit *unit)
{
	return tell_keeper(unit, SANDBOX_KEEP_WATCH, -1) == 0;
}

void keeper_drop(struct unit *unit)
{
	if (unit->keeper < 0)
		return;
	loop_remove(unit->keeper);
	close(unit->keeper);
	unit->keeper = -1;
	if (*pid_of(unit) > 0)
		kill(*pid_of(unit), SIGKILL);
}

bool keeper_ended(int32_t pid)
{
	for (uint32_t i = 0; i < s.count; i++) {
		if (*pid_of(&s.units[i]) != pid)
			continue;
		*pid_of(&s.units[i]) = 0;
		return true;
	}
	return false;
}

/* One that listens has to be started now: it makes its sockets anew, or fails
 * as any start does. */
static void lose(struct unit *unit)
{
	keeper_drop(unit);
	if (state_of(unit) == STATE_LISTENING)
		deliver(unit, EVENT_CALL);
}

COLD void supervise_keeper(uint32_t service)
{
	struct unit *unit = &s.units[service];
	struct sandbox_report report;

	for (int i = 0; i < AT_A_TIME && unit->keeper >= 0; i++) {
		ssize_t count = recv(
			unit->keeper, &report, sizeof(report), MSG_DONTWAIT);

		if (count < 0 && errno == EAGAIN)
			return;
		if (count != (ssize_t)sizeof(report) ||
			report.news == SANDBOX_FAILED) {
			lose(unit);
			return;
		}
		report.text[sizeof(report.text) - 1] = '\0';
		if (report.news == SANDBOX_LEFT_OUT)
			say("%s: %s", name_of(unit), report.text);
		else if (report.news == SANDBOX_CALLED)
			deliver(unit, EVENT_CALL);
	}
}

void keeper_resume(const struct unit *unit)
{
	if (unit->keeper >= 0)
		loop_add(unit->keeper, EPOLLIN, LOOP_KEEPER, index_of(unit));
}

bool keeper_is_coming(const struct unit *unit)
{
	return unit->keeper >= 0 && !*pid_of(unit);
}

void keeper_move(
	struct unit *unit, const struct supervisor *before, uint32_t index)
{
	if (unit->keeper >= 0)
		loop_change(unit->keeper, EPOLLIN, LOOP_KEEPER, index_of(unit));
	*pid_of(unit) = before->watchers[before->count + 1 + index];
}
