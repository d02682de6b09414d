/* The loop of the forwarder: it waits, and hands each event to whoever it is
 * about. By now nothing is left to it but its sockets.
 *
 * The kernel's clock is asked by a system call: the page by which libc would
 * ask it has been given back, as all memory of init's.
 */
#include "builder/forward.h"

#include "base/kernel.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define EVENTS 64
#define KIND_SHIFT 32U
#define PEERS_LOOK_MS 10000
#define END_MS 200U /* for what the program has said last */

uint32_t forward_now(void)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * 1000 +
		(uint64_t)now.tv_nsec / 1000000);
}

bool forward_watch(const struct forward *f, int fd, uint32_t events,
	enum forward_kind kind, uint32_t index)
{
	struct epoll_event event = {.events = events,
		.data = {.u64 = (uint64_t)kind << KIND_SHIFT | index}};

	return epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ||
		errno == EEXIST;
}

static int connect_to(int fd, const struct address *address, uint16_t port)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memcpy(&v4.sin_addr, address->bytes, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, address->bytes, sizeof(v6.sin6_addr));
	if (address->family == 4)
		return connect(fd, (const struct sockaddr *)&v4, sizeof(v4));
	return connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
}

int forward_connect(const struct forward *f, int type, const struct port *port,
	unsigned way)
{
	const struct address *to = &f->reach[way ^ (port->family == 6)];
	int fd = to->family ? socket(to->family == 4 ? AF_INET : AF_INET6,
				      type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
			    : -1;
	int on = 1;

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect_to(fd, to, port->inside) == 0 || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

/* Another may take the ports from now on. */
static void close_ports(struct forward *f)
{
	for (uint32_t i = 0; i < f->port_count; i++)
		close(f->ports[i].fd);
	f->port_count = 0;
	if (f->rules)
		close(f->rules);
	f->rules = 0;
}

static void take_event(struct forward *f, const struct epoll_event *event)
{
	uint32_t index = (uint32_t)event->data.u64;

	switch ((enum forward_kind)(event->data.u64 >> KIND_SHIFT)) {
	case FORWARD_ASKED:
		break;
	case FORWARD_VISITED:
		if (index >= f->port_count)
			break;
		if (f->ports[index].protocol == PUBLISH_TCP)
			pairs_accept(f, index);
		else
			peers_receive(f, index);
		break;
	case FORWARD_CLIENT:
		pairs_event(f, index, 0, event->events);
		break;
	case FORWARD_PROGRAM:
		pairs_event(f, index, 1, event->events);
		break;
	case FORWARD_PEER:
		peers_answer(f, index);
		break;
	}
}

static int timeout_ms(const struct forward *f)
{
	int pairs = pairs_timeout_ms(f);

	if (f->ending)
		return (int)END_MS / 8;
	if (pairs < 0 && f->used_peers)
		return PEERS_LOOK_MS;
	return pairs;
}

/* False: it was asked to end. */
static bool turn(struct forward *f)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(f->epoll, events, EVENTS, timeout_ms(f));
	bool asked = false;

	for (int i = 0; i < count; i++) {
		asked = asked ||
			events[i].data.u64 >> KIND_SHIFT == FORWARD_ASKED;
		take_event(f, &events[i]);
	}
	pairs_turn(f);
	peers_turn(f);
	return !asked;
}

_Noreturn void forward_serve(struct forward *f, int signals)
{
	uint32_t began;

	while (turn(f))
		;
	close(signals);
	began = forward_now();
	close_ports(f);
	f->ending = true;
	pairs_begin_end(f);
	while (f->used_pairs && forward_now() - began < END_MS)
		turn(f);
	pairs_end(f);
	kernel_exit(0);
}
