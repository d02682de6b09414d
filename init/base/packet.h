/* Packets with descriptors, from one process to another. unix(7) */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stddef.h>

#define PACKET_FDS 100U /* that can go with one */

/* Sends one with the first `count` of fds, and never waits. 0, or -errno. */
int packet_send(int socket, const void *data, size_t size, const int *fds,
	unsigned count) __attribute__((nonnull(2), warn_unused_result));

#endif
