/* The forwarder's clients of UDP: each has a socket of its own towards the
 * program, so that answers find their way back. A client that is silent for
 * long is forgotten, and the one that is silent longest when there are too
 * many. udp(7)
 */
#include "builder/forward.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 32U /* datagrams at once */
#define SILENCE_MS 120000U /* RFC 4787 */

union client {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct peer {
	union client client;
	socklen_t size; /* of its address; 0: free */
	uint32_t heard_ms;
	uint32_t port;
	int32_t fd; /* towards the program */
	uint8_t way; /* to the program */
};

size_t peers_size(void)
{
	return FORWARD_PEERS * sizeof(struct peer);
}

void peers_make(struct forward *f, void *memory)
{
	f->peers = memory;
}

static void forget(struct forward *f, struct peer *peer)
{
	close(peer->fd);
	peer->size = 0;
	f->used_peers--;
}

static bool is_same(const union client *one, const union client *other)
{
	if (one->any.sa_family != other->any.sa_family)
		return false;
	if (one->any.sa_family == AF_INET)
		return one->v4.sin_port == other->v4.sin_port &&
			one->v4.sin_addr.s_addr == other->v4.sin_addr.s_addr;
	return one->v6.sin6_port == other->v6.sin6_port &&
		one->v6.sin6_scope_id == other->v6.sin6_scope_id &&
		memcmp(&one->v6.sin6_addr, &other->v6.sin6_addr,
			sizeof(one->v6.sin6_addr)) == 0;
}

static struct peer *find(struct forward *f, const struct peer *wanted)
{
	for (uint32_t i = 0; i < FORWARD_PEERS; i++)
		if (f->peers[i].size && f->peers[i].port == wanted->port &&
			is_same(&f->peers[i].client, &wanted->client))
			return &f->peers[i];
	return NULL;
}

/* A free place, or that of whoever is silent longest. */
static struct peer *make_room(struct forward *f)
{
	uint32_t now = forward_now();
	struct peer *oldest = f->peers;

	for (uint32_t i = 0; i < FORWARD_PEERS; i++) {
		struct peer *peer = &f->peers[i];

		if (!peer->size)
			return peer;
		if (now - peer->heard_ms > now - oldest->heard_ms)
			oldest = peer;
	}
	forget(f, oldest);
	return oldest;
}

/* Whether what was just sent met a closed port: on the loopback interface that
 * is known at once. */
static bool is_refused(const struct peer *peer)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error == ECONNREFUSED;
}

static bool connect_peer(struct forward *f, struct peer *peer)
{
	uint32_t index = (uint32_t)(peer - f->peers);

	peer->fd = forward_connect(
		f, SOCK_DGRAM, &f->ports[peer->port], peer->way);
	if (peer->fd < 0)
		return false;
	if (forward_watch(f, peer->fd, EPOLLIN, FORWARD_PEER, index))
		return true;
	close(peer->fd);
	return false;
}

static bool pass(const struct forward *f, const struct peer *peer, size_t size)
{
	if (send(peer->fd, f->chunk, size, MSG_NOSIGNAL) < 0)
		return errno != ECONNREFUSED;
	return !is_refused(peer);
}

/* By whichever way the program listens. */
static void pass_first(
	struct forward *f, const struct peer *wanted, size_t size)
{
	struct peer *peer = make_room(f);

	*peer = *wanted;
	for (; peer->way < FORWARD_WAYS; peer->way++) {
		if (!connect_peer(f, peer))
			continue;
		if (pass(f, peer, size)) {
			f->used_peers++;
			return;
		}
		close(peer->fd);
	}
	peer->size = 0;
}

void peers_receive(struct forward *f, uint32_t port)
{
	for (unsigned i = 0; i < TURNS; i++) {
		struct peer wanted = {.size = sizeof(wanted.client),
			.port = port,
			.heard_ms = forward_now()};
		ssize_t got = recvfrom(f->ports[port].fd, f->chunk,
			FORWARD_CHUNK, 0, &wanted.client.any, &wanted.size);
		struct peer *peer = got < 0 ? NULL : find(f, &wanted);

		if (got < 0)
			return;
		if (peer && pass(f, peer, (size_t)got)) {
			peer->heard_ms = wanted.heard_ms;
			continue;
		}
		if (peer)
			forget(f, peer);
		pass_first(f, &wanted, (size_t)got);
	}
}

void peers_answer(struct forward *f, uint32_t index)
{
	struct peer *peer = &f->peers[index];

	for (unsigned i = 0; i < TURNS && peer->size; i++) {
		ssize_t got = recv(peer->fd, f->chunk, FORWARD_CHUNK, 0);

		if (got < 0 && errno == ECONNREFUSED)
			forget(f, peer);
		if (got < 0)
			return;
		peer->heard_ms = forward_now();
		sendto(f->ports[peer->port].fd, f->chunk, (size_t)got,
			MSG_NOSIGNAL, &peer->client.any, peer->size);
	}
}

void peers_turn(struct forward *f)
{
	uint32_t now = forward_now();

	for (uint32_t i = 0; i < FORWARD_PEERS && f->used_peers; i++)
		if (f->peers[i].size && now - f->peers[i].heard_ms > SILENCE_MS)
			forget(f, &f->peers[i]);
}
