/* Log rings: see ring.h. Pure but for the calls that make, map, fill and
 * wait. */
#include "log/ring.h"

#include "base/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct ring) == RING_HEAD, "the data begins there");
_Static_assert(sizeof(struct ring_record) == RING_ALIGN, "it never goes round");

static bool is_size(uint64_t size)
{
	return size >= 4096 && size <= UINT32_MAX && (size & (size - 1)) == 0;
}

/* Whoever comes first writes it, and all write the same. */
int ring_begin(int fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	uint32_t head[] = {0, RING_VERSION, 0};
	struct stat status;

	if (pread(fd, head, sizeof(*head), 0) < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (*head)
		return 0;
	if (status.st_size <= (off_t)RING_HEAD ||
		(fcntl(fd, F_GET_SEALS) & seals) != seals)
		return -EINVAL;
	head[0] = RING_MAGIC;
	head[2] = (uint32_t)status.st_size - RING_HEAD;
	return pwrite(fd, head, sizeof(head), 0) == sizeof(head) ? 0 : -EIO;
}

int ring_make(const char *name, uint32_t size)
{
	int fd;
	int error;

	if (!is_size(size))
		return -EINVAL;
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)RING_HEAD + size) == 0 &&
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
	if (ring_begin(fd) < 0)
		return NULL;
	return map(fd, PROT_READ | PROT_WRITE, true);
}

const struct ring *ring_map_read(int fd)
{
	return map(fd, PROT_READ, true);
}

void ring_unmap(const struct ring *ring)
{
	size_t size = (size_t)RING_HEAD + ring->size;
	void *start;

	memcpy(&start, &ring, sizeof(start));
	munmap(start, size);
}

/* --- writing -------------------------------------------------------------- */

static uint64_t load(const _Atomic uint64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

static uint64_t round_up(uint64_t position)
{
	return (position + RING_ALIGN - 1) & ~(uint64_t)(RING_ALIGN - 1);
}

static size_t place_of(const struct ring *ring, uint64_t position)
{
	return position & (ring->size - 1);
}

static _Atomic uint64_t *first_of(struct ring *ring, uint64_t position)
{
	uint64_t block = position / (ring->size / RING_BLOCKS);

	return &ring->first[block % RING_BLOCKS];
}

static uint32_t mark_of(uint64_t position)
{
	return (uint32_t)(position / RING_ALIGN) ^ RING_MAGIC;
}

/* The most bytes of one record: history is not lost for one. */
static size_t most_of(const struct ring *ring)
{
	return ring->size / 4 - RING_ALIGN;
}

/* What a writer that was killed may have overwritten stays lost: nothing begins
 * there. The next writer may be there already while the last one writes. */
static uint64_t begin(struct ring *ring, size_t count)
{
	uint64_t at = load(&ring->written);

	if (load(&ring->begun) > at) {
		at = load(&ring->begun);
		atomic_store_explicit(&ring->written, at, memory_order_release);
	}
	atomic_store_explicit(&ring->begun, round_up(at + RING_ALIGN + count),
		memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return at;
}

/* The record at `at` is whole, with its header. */
static void finish(struct ring *ring, uint64_t at, uint32_t length)
{
	uint64_t end = round_up(at + RING_ALIGN + length);
	_Atomic uint64_t *first = first_of(ring, at);
	uint64_t block = ring->size / RING_BLOCKS;

	if (load(first) / block != at / block)
		atomic_store_explicit(first, at, memory_order_relaxed);
	atomic_store_explicit(&ring->written, end, memory_order_release);
	atomic_store_explicit(&ring->begun, end, memory_order_release);
	atomic_fetch_add_explicit(&ring->bell, 1, memory_order_release);
	syscall(SYS_futex, &ring->bell, K_FUTEX_WAKE, INT32_MAX, NULL);
}

static void give_up(struct ring *ring)
{
	atomic_store_explicit(
		&ring->begun, load(&ring->written), memory_order_release);
}

/* No page of one that nobody has written to or read from, and none for this. */
static struct ring *map_untouched(int fd)
{
	struct ring *ring = mmap(
		NULL, RING_HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return ring == MAP_FAILED ? NULL : ring;
}

struct ring *ring_map_head(int fd)
{
	uint32_t magic = 0;

	if (pread(fd, &magic, sizeof(magic), 0) < 0)
		return NULL;
	return magic ? map(fd, PROT_READ | PROT_WRITE, false)
		     : map_untouched(fd);
}

/* Not by the vdso, which a reaper may have given back. */
static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = {0, 0};

	syscall(SYS_clock_gettime, clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void ring_stamp(struct ring_record *record, int64_t early_ns)
{
	record->real_ns = clock_ns(CLOCK_REALTIME);
	record->boot_ns = clock_ns(CLOCK_BOOTTIME) - (uint64_t)early_ns;
}

static void copy_in(
	struct ring *ring, uint64_t at, const char *bytes, size_t count)
{
	size_t place = place_of(ring, at);
	size_t first = ring->size - place;

	if (first > count)
		first = count;
	memcpy(ring->data + place, bytes, first);
	memcpy(ring->data, bytes + first, count - first);
}

void ring_write(struct ring *ring, struct ring_record *record,
	const char *bytes, size_t count)
{
	uint64_t at;

	if (count > most_of(ring))
		count = most_of(ring);
	at = begin(ring, count);
	record->mark = mark_of(at);
	record->length = (uint32_t)count;
	memcpy(ring->data + place_of(ring, at), record, sizeof(*record));
	copy_in(ring, at + RING_ALIGN, bytes, count);
	finish(ring, at, record->length);
}

static off_t offset_of(const struct ring *ring, uint64_t position)
{
	return (off_t)(RING_HEAD + place_of(ring, position));
}

/* False: there was no memory. */
static bool put_header(
	struct ring *ring, int fd, struct ring_record *record, uint64_t at)
{
	record->mark = mark_of(at);
	return pwrite(fd, record, sizeof(*record), offset_of(ring, at)) ==
		(ssize_t)sizeof(*record);
}

static bool put_bytes(const struct ring *ring, int fd, uint64_t at,
	const char *bytes, size_t count)
{
	size_t first = ring->size - place_of(ring, at);

	if (first > count)
		first = count;
	return pwrite(fd, bytes, first, offset_of(ring, at)) ==
		(ssize_t)first &&
		pwrite(fd, bytes + first, count - first, RING_HEAD) ==
		(ssize_t)(count - first);
}

void ring_put(struct ring *ring, int fd, struct ring_record *record,
	const void *bytes)
{
	uint64_t at;

	if (!ring->magic && ring_begin(fd) < 0)
		return;
	if (record->length > most_of(ring))
		record->length = (uint32_t)most_of(ring);
	at = begin(ring, record->length);
	if (put_header(ring, fd, record, at) &&
		put_bytes(ring, fd, at + RING_ALIGN, bytes, record->length))
		finish(ring, at, record->length);
	else
		give_up(ring);
}

/* A header alone is written for nothing where the pipe is empty, but the pipe
 * was looked at before. */
ssize_t ring_pour(
	struct ring *ring, int fd, struct ring_record *record, int pipe)
{
	size_t most;
	size_t room;
	uint64_t at;
	off_t offset;
	ssize_t count;
	int error;

	if (!ring->magic && ring_begin(fd) < 0)
		return -ENOMEM;
	most = most_of(ring);
	at = begin(ring, most);
	offset = offset_of(ring, at + RING_ALIGN);
	room = ring->size - place_of(ring, at + RING_ALIGN);
	count = splice(pipe, NULL, fd, &offset, room < most ? room : most,
		SPLICE_F_NONBLOCK);
	error = errno;
	record->length = count > 0 ? (uint32_t)count : 0;
	if (count > 0 && put_header(ring, fd, record, at))
		finish(ring, at, record->length);
	else
		give_up(ring);
	return count < 0 ? -error : count;
}

/* --- reading -------------------------------------------------------------- */

/* The oldest position that no write which has begun may have touched. */
static uint64_t oldest(const struct ring *ring)
{
	uint64_t begun = load(&ring->begun);

	return begun > ring->size ? begun - ring->size : 0;
}

static void copy_out(
	const struct ring *ring, uint64_t from, char *bytes, size_t count)
{
	size_t place = place_of(ring, from);
	size_t first = ring->size - place;

	if (first > count)
		first = count;
	memcpy(bytes, ring->data + place, first);
	memcpy(bytes + first, ring->data, count - first);
}

/* Where the oldest record of which the ring knows begins, from `start` on;
 * `end`: there is none. */
static uint64_t find(const struct ring *ring, uint64_t start, uint64_t end)
{
	uint64_t block = ring->size / RING_BLOCKS;

	for (uint64_t i = start / block; i <= (end - 1) / block; i++) {
		uint64_t first = load(&ring->first[i % RING_BLOCKS]);

		if (first >= start && first < end && first / block == i)
			return first;
	}
	return end;
}

static bool read_header(const struct ring *ring, uint64_t at, uint64_t end,
	struct ring_record *record)
{
	if (end - at < RING_ALIGN)
		return false;
	memcpy(record, ring->data + place_of(ring, at), sizeof(*record));
	return record->mark == mark_of(at) &&
		record->length <= end - at - RING_ALIGN;
}

/* Takes the record at `at`. False: it was overwritten meanwhile, or nothing
 * begins there. */
static bool take(const struct ring *ring, uint64_t end, struct ring_want *want,
	struct ring_record *record)
{
	uint64_t at = want->at;
	size_t count;

	if (at & (RING_ALIGN - 1) || !read_header(ring, at, end, record))
		return false;
	if (want->skip > record->length)
		want->skip = record->length;
	count = record->length - want->skip;
	if (count > want->room)
		count = want->room;
	copy_out(ring, at + RING_ALIGN + want->skip, want->bytes, count);
	atomic_thread_fence(memory_order_seq_cst);
	if (oldest(ring) > at)
		return false;
	want->from = at;
	want->at = round_up(at + RING_ALIGN + record->length);
	return true;
}

/* A writer that laps the reader all the time ends the tries. */
bool ring_next(const struct ring *ring, struct ring_want *want,
	struct ring_record *record)
{
	want->lost = false;
	for (unsigned tries = 0; tries < RING_BLOCKS; tries++) {
		uint64_t end = atomic_load_explicit(
			&ring->written, memory_order_acquire);
		uint64_t start = oldest(ring);

		if (want->at > end)
			want->at = end;
		if (want->at == end)
			return false;
		if (want->at >= start && take(ring, end, want, record))
			return true;
		want->lost = want->lost || want->at != 0;
		want->skip = 0;
		start = oldest(ring);
		if (start <= want->at)
			start = want->at + 1;
		want->at = start < end ? find(ring, start, end) : end;
	}
	return false;
}

void ring_wait(const struct ring *ring, uint32_t bell, int ms)
{
	struct timespec limit = {ms / 1000, ms % 1000 * 1000000L};

	syscall(SYS_futex, &ring->bell, K_FUTEX_WAIT, bell,
		ms < 0 ? NULL : &limit);
}
