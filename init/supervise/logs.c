/* The logger, which carries lines of rings to where the table says: init starts
 * it with the first service that has 'log-to', hands it rings, and starts it
 * again. How far it has come stands in memory that outlives it. log/logger.h
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/packet.h"
#include "base/text.h"
#include "log/journal.h"
#include "log/logger.h"
#include "log/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN_MS 1000U /* between two loggers */
#define TOLD_A_TURN 4U
#define QUEUE_BYTES (1 << 20) /* rings that it has not taken yet */
#define LAST_MS 2000U /* for the last lines, when the machine ends */

static struct logger {
	int socket; /* -1: no logger */
	bool ends; /* it was told to */
	bool ran; /* before that */
	int bell;
	int places;
	uint64_t again_ms; /* 0: none has ended, or it does not matter */
	uint64_t last_ms; /* it must be done by then; 0: its end is not near */
} logger = {.socket = -1, .bell = -1, .places = -1};

static bool is_followed(const struct unit *unit)
{
	return service_of(unit)->log_to.count;
}

/* Open for reading only: it writes to no ring. */
static int hand_over(const struct unit *unit)
{
	uint32_t service = index_of(unit);
	char path[32];
	int ring;
	int error;

	text_compose(
		path, sizeof(path), "/proc/self/fd/%u", (unsigned)unit->log);
	ring = open(path, O_RDONLY | O_CLOEXEC);
	if (ring < 0)
		return -errno;
	ring_begin(unit->log);
	error = packet_send(logger.socket, &service, sizeof(service), &ring, 1);
	close(ring);
	return error;
}

/* What outlives a logger. */
static int make_memory(void)
{
	size_t size = logger_places(s.table) * sizeof(struct logger_place);

	if (logger.bell < 0)
		logger.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (logger.bell < 0)
		return -errno;
	if (logger.places >= 0)
		return 0;
	logger.places = memfd_create("logger", MFD_CLOEXEC);
	return logger.places < 0 || ftruncate(logger.places, (off_t)size) < 0
		? -errno
		: 0;
}

static int send_orders(int socket)
{
	struct sandbox_orders orders = {.order = SANDBOX_LOGGER};
	int fds[SANDBOX_FDS];

	for (unsigned i = 0; i < SANDBOX_FDS; i++)
		fds[i] = -1;
	fds[SANDBOX_FD_REPORT] = socket;
	fds[SANDBOX_FD_LOG] = logger.places;
	fds[SANDBOX_FD_BELL] = logger.bell;
	return sandbox_send(s.orders, &orders, fds);
}

static int start_logger(void)
{
	const int room = QUEUE_BYTES;
	int pair[2];
	int error = make_memory();

	if (!error)
		error = need_spawner();
	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	error = loop_add(pair[0], EPOLLIN, LOOP_LOGGER, 0);
	if (!error)
		error = send_orders(pair[1]);
	close(pair[1]);
	if (error)
		close(pair[0]);
	else
		logger.socket = pair[0];
	return error;
}

static int start_and_fill(void)
{
	int error = start_logger();

	logger.again_ms = error ? now_ms() + AGAIN_MS : 0;
	for (uint32_t i = 0; i < s.count && !error; i++)
		if (is_followed(&s.units[i]) && s.units[i].log >= 0)
			error = hand_over(&s.units[i]);
	return error;
}

int logs_follow(const struct unit *unit)
{
	int error = 0;

	if (!is_followed(unit))
		return -1;
	if (logger.socket >= 0)
		error = hand_over(unit);
	else if (!logger.again_ms)
		error = start_and_fill();
	if (error)
		say("%s: log-to: its logger: %s; it is tried again",
			name_of(unit), strerror(-error));
	return logger.bell;
}

static void lose_logger(void)
{
	if (logger.socket < 0)
		return;
	loop_remove(logger.socket);
	close(logger.socket);
	logger.socket = -1;
	logger.again_ms = logger.last_ms ? 0 : now_ms() + AGAIN_MS;
}

bool logs_ended(int32_t pid)
{
	if (!s.table || s.watchers[s.count] != pid)
		return false;
	s.watchers[s.count] = 0;
	if (logger.ends)
		return true;
	lose_logger();
	if (!logger.last_ms)
		say("bulkhead: the logger has ended; another one goes on where "
		    "it was");
	return true;
}

void logs_turn(void)
{
	if (logger.again_ms && !logger.ends && now_ms() >= logger.again_ms)
		start_and_fill();
}

int logs_next_ms(void)
{
	uint64_t next = logger.last_ms ? logger.last_ms : logger.again_ms;
	uint64_t now = now_ms();

	if (!next || s.is_over || (logger.ends && !logger.last_ms))
		return -1;
	return next > now ? (int)(next - now) : 0;
}

bool logs_are_over(void)
{
	if (!logger.last_ms) {
		logger.last_ms = now_ms() + LAST_MS;
		logger.again_ms = 0;
		if (logger.socket >= 0)
			shutdown(logger.socket, SHUT_WR);
	}
	return logger.socket < 0 || now_ms() >= logger.last_ms;
}

void supervise_logger(void)
{
	char text[LOGGER_TOLD_MAX + 1];

	for (unsigned i = 0; i < TOLD_A_TURN && logger.socket >= 0; i++) {
		ssize_t count = recv(
			logger.socket, text, LOGGER_TOLD_MAX, MSG_DONTWAIT);

		if (count < 0)
			return;
		if (count == 0) {
			lose_logger();
			return;
		}
		text[count] = '\0';
		say("%s", text);
	}
}

/* --- for the init that takes over ---------------------------------------- */

void logs_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct logger),
		STATE_FILE(struct logger, socket),
		STATE_FILE(struct logger, bell),
		STATE_FILE(struct logger, places),
		STATE_KEPT(struct logger, again_ms),
		STATE_KEPT(struct logger, last_ms),
		STATE_END,
	};

	state_add(list, STATE_KEY("logger"), fields, &logger, 1);
}

void logs_resume(bool same)
{
	if (logger.socket < 0)
		return;
	if (!same || loop_add(logger.socket, EPOLLIN, LOOP_LOGGER, 0) < 0) {
		close(logger.socket);
		logger.socket = -1;
		logger.again_ms = logger.last_ms ? 0 : now_ms();
	}
}

/* --- another table -------------------------------------------------------- */

/* What it has in hand it writes. */
void logs_stop(void)
{
	logger.ran = logger.socket >= 0 || logger.again_ms;
	logger.ends = true;
	lose_logger();
}

void logs_go_on(void)
{
	logger.ends = false;
}

/* One that was ordered and is not there yet ends at once. */
bool logs_stopped(bool by_force)
{
	int32_t pid = s.watchers[s.count];

	if (pid > 0 && by_force)
		kill(pid, SIGKILL);
	return pid <= 0 || by_force;
}

/* What nobody has written is zero: the start of a ring. */
static void copy_place(int to, uint32_t place, uint32_t from)
{
	struct logger_place all;

	if (pread(logger.places, &all, sizeof(all),
		    (off_t)(from * sizeof(all))) == (ssize_t)sizeof(all) &&
		pwrite(to, &all, sizeof(all), (off_t)(place * sizeof(all))) < 0)
		say("bulkhead: log-to: %s; lines may come twice",
			strerror(errno));
}

void logs_change(void)
{
	const struct list *sinks = &s.table->sinks;
	const uint32_t *from = table_pointer(s.table, sinks->at);
	int old = logger.places;
	int now;

	logger.ends = false;
	if (old < 0)
		return;
	logger.places = -1;
	now = make_memory() < 0 ? -1 : logger.places;
	logger.places = old;
	for (uint32_t i = 0; i < sinks->count && now >= 0; i++)
		if (from[i] != TABLE_NONE)
			copy_place(now, i, from[i]);
	close(old);
	logger.places = now;
	logger.again_ms = logger.ran ? now_ms() : 0;
}
