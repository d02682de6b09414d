/* A log ring: a memfd that holds the last bytes of a service's output.
 *
 * init makes it and keeps the fd over the service's deaths; the reaper fills
 * it; readers map it read-only. One writer at a time. The writer moves `begun`
 * before it stores bytes and `written` after; a reader copies, and then drops
 * what `begun` says may have been overwritten meanwhile.
 */
#ifndef LOG_RING_H
#define LOG_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RING_MAGIC 0x474f4c42U /* "BLOG" */
#define RING_VERSION 1U

#define RING_HEAD 4096U /* bytes before the data: one page */

struct ring {
	uint32_t magic;
	uint32_t version;
	uint32_t size; /* bytes of data, a power of two, at least 4096 */
	uint32_t spare;
	_Atomic uint64_t written; /* bytes ever written */
	_Atomic uint64_t begun; /* at least written: where a write will end */
	char pad[RING_HEAD - 32];
	char data[]; /* byte n stands at n % size */
};

/* Makes a ring with room for size bytes, sealed against shrinking and
 * growing. Returns a close-on-exec fd, or -errno. memfd_create(2). */
int ring_make(const char *name, uint32_t size)
	__attribute__((nonnull, warn_unused_result));

/* Maps all of it for writing, or read-only. NULL when it cannot be mapped or
 * is not a ring. ring_unmap() takes it back. */
struct ring *ring_map(int fd) __attribute__((warn_unused_result));
const struct ring *ring_map_read(int fd) __attribute__((warn_unused_result));
void ring_unmap(const struct ring *ring) __attribute__((nonnull));

/* Maps its header only, for ring_pour(). NULL as above. */
struct ring *ring_map_head(int fd) __attribute__((warn_unused_result));

void ring_write(struct ring *ring, const char *bytes, size_t count)
	__attribute__((nonnull));

/* Moves what stands in a pipe into the ring, at most `most` bytes, without
 * mapping or touching them: fd is the ring's, ring its header. Returns how
 * many, 0 at the end of the pipe, or -errno; never waits (EAGAIN). splice(2) */
ssize_t ring_pour(struct ring *ring, int fd, int pipe, size_t most)
	__attribute__((nonnull));

/* Copies up to room bytes from position *from on (moved forward to the oldest
 * byte still held) and moves *from past them. Returns how many. */
size_t ring_read(const struct ring *ring, uint64_t *from, char *bytes,
	size_t room) __attribute__((nonnull));

#endif
