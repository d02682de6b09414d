/* A log ring: a memfd that holds the last records of a service's output.
 *
 * init makes it and keeps the fd over the service's deaths; the reaper fills
 * it; readers map it read-only. One writer at a time. A record is a header and
 * the bytes of one write or datagram, or of what stood in a pipe; lines are cut
 * by readers (log/lines.h). The writer moves `begun` before it stores bytes and
 * `written` after; a reader copies, and then drops what `begun` says may have
 * been overwritten meanwhile. Records begin at multiples of RING_ALIGN, so that
 * no header goes round the end.
 */
#ifndef LOG_RING_H
#define LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RING_MAGIC 0x474f4c42U /* "BLOG" */
#define RING_VERSION 3U

#define RING_HEAD 2048U /* bytes before the data, which begins on that page */
#define RING_ALIGN 32U
#define RING_BLOCKS 128U

/* Where a record comes from. */
enum ring_stream {
	RING_INIT, /* a line of init's own */
	RING_OUTPUT,
	RING_ERRORS,
	RING_SYSLOG, /* a datagram; it may begin with <PRIORITY> */
	RING_DROPPED, /* a struct ring_dropped; without it: the start that wrote
		       * into the ring has ended */
	RING_STREAMS
};

struct ring_record {
	uint32_t mark; /* position / RING_ALIGN, xor RING_MAGIC */
	uint32_t length; /* of the bytes that follow */
	uint64_t real_ns; /* CLOCK_REALTIME */
	uint64_t boot_ns; /* CLOCK_BOOTTIME, of the host */
	uint32_t instance; /* generation of the start, its lower half */
	uint16_t stream; /* enum ring_stream */
	uint16_t spare;
};

/* What log-rate did not let through. */
struct ring_dropped {
	uint64_t bytes; /* of stdout and stderr */
	uint64_t packets; /* of /dev/log */
};

struct ring {
	uint32_t magic;
	uint32_t version;
	uint32_t size; /* bytes of data, a power of two, at least 4096 */
	_Atomic uint32_t bell; /* goes up with each record; futex(2) */
	_Atomic uint64_t written; /* where the next record begins */
	_Atomic uint64_t begun; /* at least written: where a write will end */
	/* The data in so many blocks: the first record begun in each, by which
	 * a reader finds the oldest that is whole. */
	_Atomic uint64_t first[RING_BLOCKS];
	char pad[RING_HEAD - 32 - 8 * RING_BLOCKS];
	char data[]; /* byte n stands at n % size */
};

/* Makes a ring with room for size bytes, sealed against shrinking and
 * growing, which takes no memory until it is written to. Returns a
 * close-on-exec fd, or -errno. memfd_create(2). */
int ring_make(const char *name, uint32_t size)
	__attribute__((nonnull, warn_unused_result));

/* Gives it its header, where it has none yet, for those who only read. 0, or
 * -errno. */
int ring_begin(int fd);

/* Maps all of it for writing, or read-only. NULL when it cannot be mapped or
 * is not a ring. ring_unmap() takes it back. */
struct ring *ring_map(int fd) __attribute__((warn_unused_result));
const struct ring *ring_map_read(int fd) __attribute__((warn_unused_result));
void ring_unmap(const struct ring *ring) __attribute__((nonnull));

/* Maps its header only, for ring_pour() and ring_put(), and closes what a
 * writer that died has left open. NULL as above. */
struct ring *ring_map_head(int fd) __attribute__((warn_unused_result));

/* The time in a record. early_ns: how far the caller's CLOCK_BOOTTIME is ahead
 * of the host's. time_namespaces(7) */
void ring_stamp(struct ring_record *record, int64_t early_ns)
	__attribute__((nonnull));

/* A writer's: the ring, or its header and its fd; length and mark of a record
 * are filled in. */
void ring_write(struct ring *ring, struct ring_record *record,
	const char *bytes, size_t count) __attribute__((nonnull));

/* As ring_write(), without mapping the data: at most a quarter of the ring. */
void ring_put(struct ring *ring, int fd, struct ring_record *record,
	const void *bytes) __attribute__((nonnull));

/* Makes a record of what stands in a pipe, a quarter of the ring at most,
 * without mapping or touching it. Returns how many bytes, 0 at the end of the
 * pipe, or -errno; never waits (EAGAIN). splice(2) */
ssize_t ring_pour(struct ring *ring, int fd, struct ring_record *record,
	int pipe) __attribute__((nonnull));

struct ring_want {
	uint64_t at; /* where to look from on; moves past what is found */
	uint64_t from; /* where what was found stands */
	size_t skip; /* bytes of a record at `at` that are not wanted */
	char *bytes; /* where the others go, */
	size_t room; /* so many of them */
	bool lost; /* records between were overwritten */
};

/* Copies the record at want->at, or else the oldest that is whole behind it.
 * False: there is none yet. */
bool ring_next(const struct ring *ring, struct ring_want *want,
	struct ring_record *record) __attribute__((nonnull));

/* Waits until the bell is another than `bell`, or so many milliseconds; all
 * readers of one ring may. */
void ring_wait(const struct ring *ring, uint32_t bell, int ms)
	__attribute__((nonnull));

#endif
