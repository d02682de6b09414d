/* The forwarder's TCP connections: each is a pair of sockets, and what comes
 * from one is sent to the other.
 *
 * Nothing is kept in between: bytes are looked at (MSG_PEEK), sent, and then
 * dropped from where they came, as many as were taken. So a side that does not
 * read holds up the one that writes, by TCP's own means, and a pair costs no
 * memory but its sockets'. Sockets are watched by edges: whoever is woken
 * moves all there is. tcp(7), epoll(7)
 */
#include "builder/forward.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_PAIR UINT32_MAX
#define ACCEPTS 16U /* in one turn */
#define CHUNKS 8U /* in one turn, for one direction */
#define RETRY_MS 50U /* while the program does not listen */
#define PATIENCE_MS 5000U /* for that */

enum {
	CLIENT,
	PROGRAM
};

enum pair_state {
	PAIR_FREE,
	PAIR_WAITING, /* the program does not listen yet */
	PAIR_CONNECTING,
	PAIR_OPEN
};

struct pair {
	int32_t fd[2];
	uint32_t next; /* free, or closed */
	uint32_t next_busy;
	uint32_t began_ms;
	uint8_t port; /* by which the client came */
	uint8_t tried; /* ways to the program */
	uint8_t state; /* enum pair_state */
	bool busy;
	bool done[2]; /* what it said to the end was passed on */
};

enum moved {
	MOVED_ALL, /* as far as is possible now */
	MOVED_SOME,
	MOVED_NEVER /* the connection is broken */
};

size_t pairs_size(void)
{
	return FORWARD_PAIRS * sizeof(struct pair);
}

void pairs_make(struct forward *f, void *memory)
{
	f->pairs = memory;
	f->free_pair = f->closed_pair = f->busy_pair = NO_PAIR;
	for (uint32_t i = FORWARD_PAIRS; i > 0; i--) {
		f->pairs[i - 1].next = f->free_pair;
		f->free_pair = i - 1;
	}
}

static uint32_t index_of(const struct forward *f, const struct pair *pair)
{
	return (uint32_t)(pair - f->pairs);
}

static void set_state(
	struct forward *f, struct pair *pair, enum pair_state state)
{
	f->waiting -= pair->state == PAIR_WAITING;
	f->waiting += state == PAIR_WAITING;
	pair->state = (uint8_t)state;
}

/* Events of this turn may still name it: it is free at the turn's end. */
static void close_pair(struct forward *f, struct pair *pair)
{
	for (unsigned side = 0; side < 2; side++)
		if (pair->fd[side] >= 0)
			close(pair->fd[side]);
	set_state(f, pair, PAIR_FREE);
	pair->next = f->closed_pair;
	f->closed_pair = index_of(f, pair);
	f->used_pairs--;
}

/* Both sides hear that something is missing: no FIN, but a reset. */
static void break_pair(struct forward *f, struct pair *pair)
{
	static const struct linger now = {1, 0};

	for (unsigned side = 0; side < 2; side++)
		if (pair->fd[side] >= 0)
			setsockopt(pair->fd[side], SOL_SOCKET, SO_LINGER, &now,
				sizeof(now));
	close_pair(f, pair);
}

static void stand_in_line(struct forward *f, struct pair *pair)
{
	if (pair->busy)
		return;
	pair->busy = true;
	pair->next_busy = f->busy_pair;
	f->busy_pair = index_of(f, pair);
}

/* One chunk, towards the other side. */
static enum moved move_chunk(
	const struct forward *f, struct pair *pair, unsigned from)
{
	int to = pair->fd[!from];
	ssize_t got = recv(pair->fd[from], f->chunk, FORWARD_CHUNK, MSG_PEEK);
	ssize_t sent;

	if (got < 0)
		return errno == EAGAIN ? MOVED_ALL : MOVED_NEVER;
	if (got == 0) {
		pair->done[from] = true;
		shutdown(to, SHUT_WR);
		return MOVED_ALL;
	}
	sent = send(to, f->chunk, (size_t)got, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN ? MOVED_ALL : MOVED_NEVER;
	/* without a copy */
	recv(pair->fd[from], f->chunk, (size_t)sent, MSG_TRUNC);
	return MOVED_SOME;
}

static enum moved move(
	const struct forward *f, struct pair *pair, unsigned from)
{
	enum moved moved = MOVED_SOME;

	if (pair->done[from] || (f->ending && from == CLIENT))
		return MOVED_ALL;
	for (unsigned i = 0; i < CHUNKS && moved == MOVED_SOME; i++)
		moved = move_chunk(f, pair, from);
	return moved;
}

/* What the program says comes first, and once more where nothing more can be
 * said to it: a program may answer and close without having read all. */
static void move_both(struct forward *f, struct pair *pair)
{
	enum moved back = move(f, pair, PROGRAM);
	enum moved out = move(f, pair, CLIENT);

	if (out == MOVED_NEVER)
		move(f, pair, PROGRAM);
	if (out == MOVED_NEVER || back == MOVED_NEVER)
		break_pair(f, pair);
	else if (pair->done[PROGRAM] && (pair->done[CLIENT] || f->ending))
		close_pair(f, pair);
	else if (out == MOVED_SOME || back == MOVED_SOME)
		stand_in_line(f, pair);
}

/* All ways, and again in a while: the program may not listen yet. */
static void reach_program(struct forward *f, struct pair *pair)
{
	for (; pair->tried < FORWARD_WAYS; pair->tried++) {
		pair->fd[PROGRAM] = forward_connect(
			f, SOCK_STREAM, &f->ports[pair->port], pair->tried);
		if (pair->fd[PROGRAM] < 0)
			continue;
		set_state(f, pair, PAIR_CONNECTING);
		if (forward_watch(f, pair->fd[PROGRAM],
			    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
			    FORWARD_PROGRAM, index_of(f, pair)))
			return;
		break;
	}
	if (pair->fd[PROGRAM] >= 0 ||
		forward_now() - pair->began_ms > PATIENCE_MS) {
		break_pair(f, pair);
		return;
	}
	pair->tried = 0;
	if (!f->waiting)
		f->retry_ms = forward_now() + RETRY_MS;
	set_state(f, pair, PAIR_WAITING);
}

/* The error that a socket holds for its owner, or 0. */
static int take_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static void end_connecting(
	struct forward *f, struct pair *pair, uint32_t events)
{
	if (take_error(pair->fd[PROGRAM])) {
		close(pair->fd[PROGRAM]);
		pair->fd[PROGRAM] = -1;
		pair->tried++;
		reach_program(f, pair);
	} else if (events & EPOLLOUT) {
		set_state(f, pair, PAIR_OPEN);
		move_both(f, pair);
	}
}

void pairs_event(
	struct forward *f, uint32_t index, unsigned side, uint32_t events)
{
	struct pair *pair = &f->pairs[index];

	if (pair->state == PAIR_FREE)
		return;
	if (side == PROGRAM && pair->state == PAIR_CONNECTING)
		end_connecting(f, pair, events);
	else if ((events & EPOLLERR) && take_error(pair->fd[side]))
		break_pair(f, pair);
	else if (pair->state == PAIR_OPEN)
		move_both(f, pair);
}

/* The kernel keeps who comes in the meantime. */
static void stop_listening(struct forward *f)
{
	f->deaf = true;
	f->retry_ms = forward_now() + RETRY_MS;
	for (uint32_t i = 0; i < f->port_count; i++)
		if (f->ports[i].protocol == PUBLISH_TCP)
			epoll_ctl(
				f->epoll, EPOLL_CTL_DEL, f->ports[i].fd, NULL);
}

static void listen_again(struct forward *f)
{
	f->deaf = false;
	for (uint32_t i = 0; i < f->port_count; i++)
		if (f->ports[i].protocol == PUBLISH_TCP &&
			!forward_watch(
				f, f->ports[i].fd, EPOLLIN, FORWARD_VISITED, i))
			f->deaf = true;
}

static void take_client(struct forward *f, uint32_t port, int fd)
{
	struct pair *pair = &f->pairs[f->free_pair];

	f->free_pair = pair->next;
	f->used_pairs++;
	*pair = (struct pair){.fd = {fd, -1},
		.began_ms = forward_now(),
		.port = (uint8_t)port};
	if (forward_watch(f, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		    FORWARD_CLIENT, index_of(f, pair)))
		reach_program(f, pair);
	else
		break_pair(f, pair);
}

void pairs_accept(struct forward *f, uint32_t port)
{
	for (unsigned i = 0; i < ACCEPTS && !f->deaf && !f->ending; i++) {
		int fd;

		if (f->free_pair == NO_PAIR) {
			stop_listening(f);
			return;
		}
		fd = accept4(f->ports[port].fd, NULL, NULL,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take_client(f, port, fd);
		else if (errno == EAGAIN)
			return;
		else if (errno != ECONNABORTED)
			stop_listening(f);
	}
}

static void retry(struct forward *f)
{
	f->retry_ms = forward_now() + RETRY_MS;
	for (uint32_t i = 0; i < FORWARD_PAIRS && f->waiting; i++)
		if (f->pairs[i].state == PAIR_WAITING)
			reach_program(f, &f->pairs[i]);
	if (f->deaf && f->free_pair != NO_PAIR && !f->ending)
		listen_again(f);
}

static void free_closed(struct forward *f)
{
	while (f->closed_pair != NO_PAIR) {
		struct pair *pair = &f->pairs[f->closed_pair];
		uint32_t next = pair->next;

		pair->next = f->free_pair;
		f->free_pair = f->closed_pair;
		f->closed_pair = next;
	}
}

static void move_busy(struct forward *f)
{
	uint32_t at = f->busy_pair;

	f->busy_pair = NO_PAIR;
	while (at != NO_PAIR) {
		struct pair *pair = &f->pairs[at];

		at = pair->next_busy;
		pair->busy = false;
		if (pair->state == PAIR_OPEN)
			move_both(f, pair);
	}
}

void pairs_turn(struct forward *f)
{
	move_busy(f);
	free_closed(f);
	if ((f->waiting || f->deaf) &&
		(int32_t)(forward_now() - f->retry_ms) >= 0)
		retry(f);
}

int pairs_timeout_ms(const struct forward *f)
{
	int32_t left = (int32_t)(f->retry_ms - forward_now());

	if (f->busy_pair != NO_PAIR)
		return 0;
	if (!f->waiting && !f->deaf)
		return -1;
	return left > 0 ? left : 0;
}

/* The program has ended: what it said last is still passed on. */
void pairs_begin_end(struct forward *f)
{
	for (uint32_t i = 0; i < FORWARD_PAIRS; i++) {
		struct pair *pair = &f->pairs[i];

		if (pair->state == PAIR_OPEN)
			move_both(f, pair);
		else if (pair->state != PAIR_FREE)
			break_pair(f, pair);
	}
}

void pairs_end(struct forward *f)
{
	for (uint32_t i = 0; i < FORWARD_PAIRS; i++)
		if (f->pairs[i].state != PAIR_FREE)
			break_pair(f, &f->pairs[i]);
}
