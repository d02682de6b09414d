/* What the files of the forwarder share: the process that leads ports of the
 * host into a compartment. Nothing outside builder/ includes it.
 */
#ifndef BUILDER_FORWARD_H
#define BUILDER_FORWARD_H

#include "table/table.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define FORWARD_PAIRS 1024U /* TCP connections; more wait in the kernel */
#define FORWARD_PEERS 256U /* clients of UDP; the one silent longest goes */
/* Where the program may listen: IPv4 and IPv6 of the loopback interface, and
 * of the first other one. */
#define FORWARD_WAYS 4U
#define FORWARD_CHUNK 65536U /* moved at once; no datagram is larger */

/* A port of the host: its socket, and where it leads. */
struct port {
	int32_t fd; /* -1: none */
	uint16_t inside;
	uint8_t protocol; /* enum publish_protocol */
	uint8_t family; /* of the host's address: 4 or 6 */
};

/* Who an event is about, and its index: half of an event's data each. */
enum forward_kind {
	FORWARD_ASKED,
	FORWARD_VISITED,
	FORWARD_CLIENT, /* a pair's side towards the client */
	FORWARD_PROGRAM, /* and the one towards the program */
	FORWARD_PEER
};

/* All that it has, in one piece of zeroed memory. */
struct forward {
	struct port ports[PUBLISH_MAX];
	uint32_t port_count;
	int rules; /* with this socket those of the kernel go; 0: none */
	struct address reach[FORWARD_WAYS]; /* family 0: none */
	int epoll;
	bool ending; /* only what the program has said is still moved */

	struct pair *pairs;
	uint32_t free_pair; /* first of a chain; NO_PAIR */
	uint32_t closed_pair; /* free at the end of the turn */
	uint32_t busy_pair; /* has more to move */
	uint32_t used_pairs;
	uint32_t waiting; /* pairs that wait for the program to listen */
	bool deaf; /* no more connections are taken, for now */
	uint32_t retry_ms; /* when what waits is looked at again */

	struct peer *peers;
	uint32_t used_peers;
	char *chunk;
};

/* Never returns. signals: a signalfd for SIGTERM. */
_Noreturn void forward_serve(struct forward *f, int signals);

/* Milliseconds of CLOCK_MONOTONIC; they wrap. */
uint32_t forward_now(void);

/* Watches a socket; false: it cannot. */
bool forward_watch(const struct forward *f, int fd, uint32_t events,
	enum forward_kind kind, uint32_t index);

/* A socket that is connected, or connecting, to the program, or -1 with errno.
 * way: which one is tried, from 0 on; those of the client's family come before
 * the like of the other one. */
int forward_connect(const struct forward *f, int type, const struct port *port,
	unsigned way);

/* pairs.c: TCP. */
void pairs_make(struct forward *f, void *memory);
void pairs_accept(struct forward *f, uint32_t port);
void pairs_event(
	struct forward *f, uint32_t index, unsigned side, uint32_t events);
void pairs_turn(struct forward *f); /* at the end of each turn */
int pairs_timeout_ms(const struct forward *f);
void pairs_begin_end(struct forward *f);
void pairs_end(struct forward *f);
size_t pairs_size(void);

/* peers.c: UDP. */
void peers_make(struct forward *f, void *memory);
void peers_receive(struct forward *f, uint32_t port);
void peers_answer(struct forward *f, uint32_t index);
void peers_turn(struct forward *f);
size_t peers_size(void);

#endif
