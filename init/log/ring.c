/* Log rings: see ring.h. Pure but for the calls that make, map and fill. */
#include "log/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct ring) == RING_HEAD, "the data begins a page");

static bool is_size(uint64_t size)
{
	return size >= 4096 && size <= UINT32_MAX && (size & (size - 1)) == 0;
}

int ring_make(const char *name, uint32_t size)
{
	const uint32_t head[] = {RING_MAGIC, RING_VERSION, size};
	int fd;
	int error;

	if (!is_size(size))
		return -EINVAL;
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)RING_HEAD + size) == 0 &&
		pwrite(fd, head, sizeof(head), 0) == sizeof(head) &&
		fcntl(fd, F_ADD_SEALS,
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

/* Maps the header, and the data as well if `whole`, of what is a ring. */
static struct ring *map(int fd, int protection, bool whole)
{
	struct stat status;
	struct ring *ring;
	size_t size;

	if (fstat(fd, &status) < 0 || status.st_size <= (off_t)RING_HEAD)
		return NULL;
	size = whole ? (size_t)status.st_size : RING_HEAD;
	ring = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return NULL;
	if (ring->magic == RING_MAGIC && ring->version == RING_VERSION &&
		is_size(ring->size) &&
		ring->size == (uint64_t)status.st_size - RING_HEAD)
		return ring;
	munmap(ring, size);
	return NULL;
}

struct ring *ring_map(int fd)
{
	return map(fd, PROT_READ | PROT_WRITE, true);
}

const struct ring *ring_map_read(int fd)
{
	return map(fd, PROT_READ, true);
}

struct ring *ring_map_head(int fd)
{
	return map(fd, PROT_READ | PROT_WRITE, false);
}

void ring_unmap(const struct ring *ring)
{
	size_t size = (size_t)RING_HEAD + ring->size;

	void *start;

	memcpy(&start, &ring, sizeof(start));
	munmap(start, size);
}

static void begin(struct ring *ring, uint64_t end)
{
	atomic_store_explicit(&ring->begun, end, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

static void finish(struct ring *ring, uint64_t end)
{
	atomic_store_explicit(&ring->written, end, memory_order_release);
	atomic_store_explicit(&ring->begun, end, memory_order_release);
}

void ring_write(struct ring *ring, const char *bytes, size_t count)
{
	uint64_t at =
		atomic_load_explicit(&ring->written, memory_order_relaxed);
	size_t skipped = count > ring->size ? count - ring->size : 0;
	uint64_t end = at + count;

	begin(ring, end);
	bytes += skipped;
	at += skipped;
	while (at < end) {
		size_t place = at & (ring->size - 1);
		size_t part = ring->size - place;

		if (part > end - at)
			part = (size_t)(end - at);
		memcpy(ring->data + place, bytes, part);
		bytes += part;
		at += part;
	}
	finish(ring, end);
}

ssize_t ring_pour(struct ring *ring, int fd, int pipe, size_t most)
{
	uint64_t at =
		atomic_load_explicit(&ring->written, memory_order_relaxed);
	size_t place = at & (ring->size - 1);
	off_t offset = (off_t)(RING_HEAD + place);
	ssize_t count;
	int error;

	if (most > ring->size - place)
		most = ring->size - place;
	begin(ring, at + most);
	count = splice(pipe, NULL, fd, &offset, most, SPLICE_F_NONBLOCK);
	error = errno;
	finish(ring, at + (count > 0 ? (uint64_t)count : 0));
	return count < 0 ? -error : count;
}

/* The oldest position that no write which has begun may have touched. */
static uint64_t oldest(const struct ring *ring)
{
	uint64_t begun =
		atomic_load_explicit(&ring->begun, memory_order_relaxed);

	return begun > ring->size ? begun - ring->size : 0;
}

static void copy_out(
	const struct ring *ring, uint64_t from, char *bytes, size_t count)
{
	size_t place = from & (ring->size - 1);
	size_t first = ring->size - place;

	if (first > count)
		first = count;
	memcpy(bytes, ring->data + place, first);
	memcpy(bytes + first, ring->data, count - first);
}

size_t ring_read(
	const struct ring *ring, uint64_t *from, char *bytes, size_t room)
{
	uint64_t end =
		atomic_load_explicit(&ring->written, memory_order_acquire);
	uint64_t start = oldest(ring);
	uint64_t lost;
	size_t count;

	if (*from > start)
		start = *from;
	if (start >= end) {
		*from = start > end ? end : start;
		return 0;
	}
	count = end - start < room ? (size_t)(end - start) : room;
	copy_out(ring, start, bytes, count);
	atomic_thread_fence(memory_order_seq_cst);
	lost = oldest(ring);
	lost = lost > start ? lost - start : 0;
	if (lost > count)
		lost = count;
	memmove(bytes, bytes + lost, count - (size_t)lost);
	*from = start + count;
	return count - (size_t)lost;
}
