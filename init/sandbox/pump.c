/* The pump: the reaper's work from the start of its service to its end. It
 * moves what comes from stdout, stderr and /dev/log into the log ring, and what
 * is more than the service may say into nothing, counted. Bytes of a pipe are
 * never in its memory, nor does it look at any.
 *
 * What of the kernel it calls is called directly: musl's vdso is gone.
 */
#include "sandbox/pump.h"

#include "log/ring.h"
#include "sandbox/build.h"
#include "sandbox/notify.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LINE_BYTES 128U /* what counts as one line, where lines are long */
#define WINDOW_NS 1000000000U
#define WINDOW_MS 1000
#define PACKET_SIZE 2048U /* more of a datagram is cut */
#define PACKETS_A_TURN 8U
#define PACKETS_AT_THE_END 64U
#define PIPE_SIZE 65536 /* what a pipe holds by default */
#define NONE_YET (-1)
#define NO_NULL (-2)

enum {
	POLL_OUTPUT,
	POLL_ERRORS,
	POLL_SYSLOG,
	POLL_SIGNALS,
	POLL_ALWAYS,
	POLLS = POLL_ALWAYS + NOTIFY_POLLED
};

struct state {
	const struct pump *pump;
	uint64_t window_ns; /* when it began */
	uint32_t used; /* lines in it */
	uint64_t bytes; /* of the ring, used in it, */
	uint64_t most; /* at most so many */
	int null; /* /dev/null, or NONE_YET, or NO_NULL */
	struct ring_dropped dropped;
};

static void stamp(const struct state *s, struct ring_record *record)
{
	record->instance = s->pump->instance;
	ring_stamp(record, s->pump->early_ns);
}

static bool has_dropped(const struct state *s)
{
	return s->dropped.bytes || s->dropped.packets;
}

static void tell_dropped(struct state *s, const struct ring_record *now)
{
	struct ring_record record = *now;

	if (!has_dropped(s))
		return;
	record.stream = RING_DROPPED;
	record.length = sizeof(s->dropped);
	ring_put(s->pump->ring, FD_RING, &record, &s->dropped);
	s->dropped = (struct ring_dropped){0, 0};
}

/* Of a flood that goes on a quarter of the ring is let through: else it would
 * wash away what tells of it. */
static void open_window(struct state *s, const struct ring_record *now)
{
	s->most = has_dropped(s) ? s->pump->ring->size / 4 : UINT64_MAX;
	tell_dropped(s, now);
	s->window_ns = now->boot_ns;
	s->used = 0;
	s->bytes = 0;
}

/* Whether one more may pass; time goes on by it. */
static bool may_pass(struct state *s, struct ring_record *record)
{
	stamp(s, record);
	if (record->boot_ns - s->window_ns >= WINDOW_NS)
		open_window(s, record);
	return !s->pump->rate ||
		(s->used < s->pump->rate && s->bytes < s->most);
}

static void count(struct state *s, size_t bytes)
{
	s->used += 1 + (uint32_t)(bytes / LINE_BYTES);
	s->bytes += bytes + RING_ALIGN;
}

/* The inside may have been changed by who lives there: what is not the real
 * one is not written to. */
static int open_null(void)
{
	struct stat status;
	int fd =
		open("/dev/null", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return NO_NULL;
	if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
		status.st_rdev == makedev(1, 3))
		return fd;
	close(fd);
	return NO_NULL;
}

static ssize_t drop(struct state *s, int pipe)
{
	char bytes[PACKET_SIZE];
	ssize_t done;

	if (s->null == NONE_YET)
		s->null = open_null();
	done = s->null < 0 ? read(pipe, bytes, sizeof(bytes))
			   : splice(pipe, NULL, s->null, NULL, PIPE_SIZE,
				     SPLICE_F_NONBLOCK);
	if (done > 0)
		s->dropped.bytes += (uint64_t)done;
	return done;
}

/* How many bytes; 0 at the end of the pipe; less than that: nothing came. */
static ssize_t move(struct state *s, int pipe, enum ring_stream stream)
{
	struct ring_record record = {.stream = (uint16_t)stream};
	ssize_t done;

	if (!may_pass(s, &record))
		return drop(s, pipe);
	done = ring_pour(s->pump->ring, FD_RING, &record, pipe);
	if (done > 0)
		count(s, (size_t)done);
	return done;
}

/* False: there was none. Descriptors in it are closed by the kernel. */
static bool move_packet(struct state *s)
{
	struct ring_record record = {.stream = RING_SYSLOG};
	char bytes[PACKET_SIZE];
	ssize_t done = recv(FD_SYSLOG, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (done < 0)
		return false;
	if (!may_pass(s, &record)) {
		s->dropped.packets++;
		return true;
	}
	record.length = (uint32_t)done;
	ring_put(s->pump->ring, FD_RING, &record, bytes);
	count(s, (size_t)done);
	return true;
}

static void move_packets(struct state *s, unsigned most)
{
	bool more = true;

	while (more && most--)
		more = move_packet(s);
}

/* Empties the pipe as it is now, and no more than that: the service may go on
 * writing. */
static void empty(struct state *s, int pipe, enum ring_stream stream)
{
	int size = fcntl(pipe, F_GETPIPE_SZ);
	ssize_t left = size > 0 ? size : PIPE_SIZE;
	struct pollfd polled = {.fd = pipe, .events = POLLIN};

	while (left > 0 && poll(&polled, 1, 0) > 0) {
		ssize_t done = move(s, pipe, stream);

		if (done <= 0)
			break;
		left -= done;
	}
}

/* The logger looks at all of its rings. A bell that is full has rung. */
static void ring_bell(const struct state *s)
{
	static const uint64_t once = 1;

	if (s->pump->bell >= 0 && write(FD_BELL, &once, sizeof(once)) < 0)
		return;
}

/* Whoever reads learns that what has no end yet will get none. */
static void finish(struct state *s)
{
	struct ring_record now = {.stream = RING_DROPPED};

	empty(s, FD_OUTPUT, RING_OUTPUT);
	empty(s, FD_ERRORS, RING_ERRORS);
	if (s->pump->syslog >= 0)
		move_packets(s, PACKETS_AT_THE_END);
	stamp(s, &now);
	tell_dropped(s, &now);
	ring_put(s->pump->ring, FD_RING, &now, "");
	ring_bell(s);
}

/* At its end a pipe is left alone: poll would not wait. */
static void move_all(struct state *s, struct pollfd *polled)
{
	if (polled[POLL_OUTPUT].revents && move(s, FD_OUTPUT, RING_OUTPUT) == 0)
		polled[POLL_OUTPUT].fd = -1;
	if (polled[POLL_ERRORS].revents && move(s, FD_ERRORS, RING_ERRORS) == 0)
		polled[POLL_ERRORS].fd = -1;
	if (polled[POLL_SYSLOG].revents)
		move_packets(s, PACKETS_A_TURN);
	ring_bell(s);
}

/* Until when it may sleep. */
static int wait_ms(const struct state *s, int notify_ms)
{
	if (!has_dropped(s))
		return notify_ms;
	return notify_ms >= 0 && notify_ms < WINDOW_MS ? notify_ms : WINDOW_MS;
}

/* A window that is over is closed even where nothing comes. */
static void tell_in_time(struct state *s)
{
	struct ring_record now = {.stream = RING_DROPPED};

	if (has_dropped(s))
		may_pass(s, &now);
}

void pump_run(
	const struct pump *pump, struct notify *notify, bool (*look)(void))
{
	struct pollfd polled[POLLS] = {
		[POLL_OUTPUT] = {.fd = FD_OUTPUT, .events = POLLIN},
		[POLL_ERRORS] = {.fd = FD_ERRORS, .events = POLLIN},
		[POLL_SYSLOG] = {.fd = pump->syslog, .events = POLLIN},
		[POLL_SIGNALS] = {.fd = FD_SIGNALS, .events = POLLIN}};
	/* All may pass until the first window ends, which began with the
	 * machine. */
	struct state s = {.pump = pump, .most = UINT64_MAX, .null = NONE_YET};
	bool has_news = notify->news >= 0;
	unsigned all = has_news ? POLLS : POLL_ALWAYS;
	bool asked = false;

	while (!asked) {
		int wait = has_news ? notify_poll(notify, polled + POLL_ALWAYS)
				    : -1;

		if (poll(polled, all, wait_ms(&s, wait)) < 0)
			continue;
		if (has_news)
			notify_turn(notify, polled + POLL_ALWAYS);
		asked = polled[POLL_SIGNALS].revents && look();
		move_all(&s, polled);
		tell_in_time(&s);
	}
	finish(&s);
}
