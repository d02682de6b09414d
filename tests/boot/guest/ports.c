/* Echo servers, and clients that ask them in many ways: what goes through a
 * published port, and how much of it.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds, for one answer */
#define CHUNK 65536

static char chunk[CHUNK];

/* An address and a port, or all addresses of both families for "*". */
static struct addrinfo *find_address(
	const char *address, const char *port, int type)
{
	struct addrinfo hints = {.ai_socktype = type,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found;

	if (strcmp(address, "*") == 0)
		address = "::";
	if (getaddrinfo(address, port, &hints, &found) != 0)
		exit(2);
	return found;
}

static int open_server(const char *address, const char *port, int type)
{
	struct addrinfo *at = find_address(address, port, type);
	int fd = socket(at->ai_family, type | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, at->ai_addr, at->ai_addrlen) < 0 ||
		(type == SOCK_STREAM && listen(fd, 1024) < 0)) {
		say_done("%s\n", strerror(errno));
		exit(2);
	}
	return fd;
}

static void name_peer(const struct sockaddr_storage *peer, socklen_t length,
	char *to, size_t size)
{
	char host[64];

	getnameinfo((const struct sockaddr *)peer, length, host, sizeof(host),
		NULL, 0, NI_NUMERICHOST);
	snprintf(to, size, "%s\n", host);
}

/* What it heard; to "peer?" who asks; until the other side has said all. */
static void answer(int fd)
{
	ssize_t got = recv(fd, chunk, sizeof(chunk), 0);
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char peer[128];

	if (got <= 0) {
		close(fd);
	} else if (got == 6 && memcmp(chunk, "peer?\n", 6) == 0) {
		getpeername(fd, (struct sockaddr *)&from, &length);
		name_peer(&from, length, peer, sizeof(peer));
		send(fd, peer, strlen(peer), MSG_NOSIGNAL);
	} else {
		for (ssize_t at = 0, sent; at < got; at += sent) {
			sent = send(fd, chunk + at, (size_t)(got - at),
				MSG_NOSIGNAL);
			if (sent < 0)
				break;
		}
	}
}

static void answer_datagram(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	ssize_t got = recvfrom(
		fd, chunk, sizeof(chunk), 0, (struct sockaddr *)&peer, &length);

	if (got == 5 && memcmp(chunk, "peer?", 5) == 0) {
		name_peer(&peer, length, chunk, sizeof(chunk));
		got = (ssize_t)strcspn(chunk, "\n");
	}
	if (got >= 0)
		sendto(fd, chunk, (size_t)got, 0, (struct sockaddr *)&peer,
			length);
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* ADDRESS PORT: echoes both, TCP and UDP. */
int serve_echo(char **words)
{
	int tcp = open_server(words[0], words[1], SOCK_STREAM);
	int udp = open_server(words[0], words[1], SOCK_DGRAM);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	watch(epoll, tcp);
	watch(epoll, udp);
	say_done("listening\n");
	while (epoll_wait(epoll, &event, 1, -1) == 1)
		if (event.data.fd == tcp)
			watch(epoll, accept4(tcp, NULL, NULL, SOCK_CLOEXEC));
		else if (event.data.fd == udp)
			answer_datagram(udp);
		else
			answer(event.data.fd);
	return 2;
}

static int call(const char *address, const char *port, int type)
{
	struct addrinfo *at = find_address(address, port, type);
	int fd = socket(at->ai_family, type | SOCK_CLOEXEC, 0);
	struct timeval patience = {PATIENCE, 0};
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, at->ai_addr, at->ai_addrlen) == 0) {
		freeaddrinfo(at);
		return fd;
	}
	printf("%s\n", strerror(errno));
	freeaddrinfo(at);
	close(fd);
	return -1;
}

/* ADDRESS PORT TEXT: says a line, and that it was all; prints the answer. */
int call_tcp(char **words)
{
	int fd = call(words[0], words[1], SOCK_STREAM);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return 1;
	dprintf(fd, "%s\n", words[2]);
	shutdown(fd, SHUT_WR);
	while ((got = recv(fd, chunk + used, sizeof(chunk) - used, 0)) > 0)
		used += (size_t)got;
	if (got < 0)
		printf("%s\n", strerror(errno));
	fwrite(chunk, 1, used, stdout);
	return got < 0 ? 1 : 0;
}

/* ADDRESS PORT TEXT [TRIES] */
int call_udp(char **words)
{
	int fd = call(words[0], words[1], SOCK_DGRAM);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t got;

	for (long i = number(words[3], 1); i > 0; i--) {
		send(fd, words[2], strlen(words[2]), 0);
		if (poll(&wait, 1, 1000) != 1)
			continue;
		got = recv(fd, chunk, sizeof(chunk) - 1, 0);
		printf("%.*s\n", got < 0 ? 0 : (int)got, chunk);
		return got < 0 ? 1 : 0;
	}
	puts("no answer");
	return 1;
}

static bool echoed(int fd)
{
	char byte = 'x';

	return send(fd, &byte, 1, MSG_NOSIGNAL) == 1 &&
		recv(fd, &byte, 1, 0) == 1;
}

/* ADDRESS PORT COUNT: connections one after the other. */
int call_often(char **words)
{
	long right = 0;

	for (long i = number(words[2], 0); i > 0; i--) {
		int fd = call(words[0], words[1], SOCK_STREAM);

		right += fd >= 0 && echoed(fd);
		close(fd);
	}
	printf("%ld\n", right);
	return 0;
}

/* ADDRESS PORT COUNT: connections at once. */
int call_at_once(char **words)
{
	long count = number(words[2], 0);
	int *fds = calloc((size_t)count, sizeof(*fds));
	long right = 0;

	for (long i = 0; i < count; i++)
		fds[i] = call(words[0], words[1], SOCK_STREAM);
	for (long i = 0; i < count; i++)
		send(fds[i], "x", 1, MSG_NOSIGNAL);
	for (long i = 0; i < count; i++)
		right += recv(fds[i], chunk, 1, 0) == 1;
	printf("%ld\n", right);
	return 0;
}

#define PERIOD 65521 /* so that no page is like another */

/* What goes to and fro: at each place the bytes from there on. */
static const char *pattern(long at)
{
	static char bytes[PERIOD + CHUNK];
	unsigned state = 1;

	for (size_t i = 0; !bytes[0] && i < sizeof(bytes); i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = (char)(i < PERIOD ? state >> 16
					     : (unsigned)bytes[i - PERIOD]);
	}
	return bytes + at % PERIOD;
}

static bool hear(int fd, long *heard)
{
	ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

	if (got <= 0 || memcmp(chunk, pattern(*heard), (size_t)got) != 0)
		return false;
	*heard += got;
	return true;
}

static void say_more(int fd, long *said, long count)
{
	long left = count - *said;
	ssize_t sent =
		send(fd, pattern(*said), left < CHUNK ? (size_t)left : CHUNK,
			MSG_DONTWAIT | MSG_NOSIGNAL);

	*said += sent > 0 ? sent : 0;
	if (*said == count)
		shutdown(fd, SHUT_WR);
}

/* ADDRESS PORT BYTES: so many there and back at once, each of its own value;
 * prints the milliseconds. */
int call_bulk(char **words)
{
	int fd = call(words[0], words[1], SOCK_STREAM);
	struct pollfd both = {.fd = fd};
	long said = 0;
	long heard = 0;
	long count = number(words[2], 0);
	double began = now();

	while (fd >= 0 && heard < count) {
		both.events = (short)(POLLIN | (said < count ? POLLOUT : 0));
		if (poll(&both, 1, PATIENCE * 1000) != 1)
			return 1;
		if (both.revents & POLLOUT)
			say_more(fd, &said, count);
		if ((both.revents & POLLIN) && !hear(fd, &heard))
			return 1;
	}
	printf("%ld\n", (long)((now() - began) * 1000));
	return fd >= 0 && recv(fd, chunk, 1, 0) == 0 ? 0 : 1;
}

/* ADDRESS PORT COUNT: a byte to and fro on one connection; prints the
 * microseconds of one. */
int call_ping(char **words)
{
	int fd = call(words[0], words[1], SOCK_STREAM);
	long count = number(words[2], 1000);
	double began = now();

	for (long i = 0; i < count; i++)
		if (!echoed(fd))
			return 1;
	printf("%ld\n", (long)((now() - began) * 1e6 / (double)count));
	return 0;
}

/* ADDRESS PORT BYTES: a stream that is not answered but by its end; prints
 * the milliseconds. */
int call_stream(char **words)
{
	int fd = call(words[0], words[1], SOCK_STREAM);
	long left = number(words[2], 0);
	double began = now();

	while (left > 0) {
		ssize_t got = send(fd, chunk,
			left < CHUNK ? (size_t)left : CHUNK, MSG_NOSIGNAL);

		if (got <= 0)
			return 1;
		left -= got;
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, chunk, sizeof(chunk), 0) > 0)
		;
	printf("%ld\n", (long)((now() - began) * 1000));
	return 0;
}

/* ADDRESS PORT COUNT: connections that say nothing, held until it is killed. */
int call_silent(char **words)
{
	const struct rlimit many = {4096, 4096};
	long count = number(words[2], 0);

	setrlimit(RLIMIT_NOFILE, &many);
	for (long i = 0; i < count; i++)
		if (call(words[0], words[1], SOCK_STREAM) < 0)
			break;
	say_done("holding\n");
	return hold(NULL);
}

/* ADDRESS PORT: holds a port of the host. */
int hold_port(char **words)
{
	open_server(words[0], words[1], SOCK_STREAM);
	say_done("holding\n");
	return hold(NULL);
}
