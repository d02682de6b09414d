/* See notify.h. */
#include "sandbox/notify.h"

#include "base/notice.h"
#include "base/text.h"
#include "sandbox/build.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#define AT_A_TIME 64 /* datagrams */
#define APART_US 50000U /* news of one service, at least */
#define LATE_US 1000000U /* a reaper that is woken so late did not run */
#define FDS_MOST 16U /* that come with one datagram; more are closed */

enum {
	POLLED_SOCKET,
	POLLED_PIPE,
	POLLED_NEWS
};

/* Not by the vdso, which a reaper may have given back. */
static uint64_t now_us(void)
{
	struct timespec now = {0, 0};

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int until_ms(uint64_t at_us, uint64_t now)
{
	uint64_t left = at_us > now ? (at_us - now + 999) / 1000 : 0;

	return left < 3600000 ? (int)left : 3600000;
}

static int sooner(int one, int other)
{
	if (one < 0 || other < 0)
		return one < 0 ? other : one;
	return one < other ? one : other;
}

int notify_poll(const struct notify *notify, struct pollfd *polled)
{
	uint64_t now = notify->period_us || notify->pending.said ? now_us() : 0;
	bool may_send = notify->pending.said && now >= notify->next_us;
	int wait = -1;

	polled[POLLED_SOCKET] =
		(struct pollfd){.fd = notify->socket, .events = POLLIN};
	polled[POLLED_PIPE] =
		(struct pollfd){.fd = notify->pipe, .events = POLLIN};
	polled[POLLED_NEWS] = (struct pollfd){
		.fd = may_send ? notify->news : -1, .events = POLLOUT};
	if (notify->period_us)
		wait = until_ms(notify->due_us, now);
	if (notify->pending.said && !may_send)
		wait = sooner(wait, until_ms(notify->next_us, now));
	return wait;
}

/* The last word counts of what excludes each other. */
static void merge(struct notify *notify, const struct sandbox_notice *news)
{
	const uint32_t phases =
		NOTICE_READY | NOTICE_RELOADING | NOTICE_STOPPING;
	struct sandbox_notice *pending = &notify->pending;

	if (news->said & (phases & ~NOTICE_READY))
		pending->said &= ~phases;
	if (news->said & NOTICE_READY)
		pending->said &= ~(uint32_t)NOTICE_RELOADING;
	pending->said |= news->said;
	if (news->said & NOTICE_STATUS)
		memcpy(pending->text, news->text, sizeof(pending->text));
	if (news->said & NOTICE_EXTEND)
		pending->extend_us = news->extend_us;
	if (news->said & NOTICE_ERRNO)
		pending->code = news->code;
	if (news->said & NOTICE_EXIT)
		pending->exit_status = news->exit_status;
}

static void count_anew(struct notify *notify)
{
	notify->due_us = now_us() + notify->period_us;
}

void notify_begin(struct notify *notify)
{
	notify->due_us = notify->next_us = 0;
	notify->pending = (struct sandbox_notice){.said = 0};
	if (notify->period_us)
		count_anew(notify);
}

static void take(struct notify *notify, const struct notice *notice)
{
	const uint32_t own = NOTICE_ALIVE | NOTICE_TRIGGER | NOTICE_PERIOD |
		NOTICE_BARRIER | NOTICE_STORE | NOTICE_FORGET;
	struct sandbox_notice news = {.said = notice->said & ~own,
		.code = notice->code,
		.exit_status = notice->exit_status,
		.extend_us = notice->extend_us};

	memcpy(news.text, notice->status, sizeof(news.text));
	if (notice->said & NOTICE_PERIOD)
		notify->period_us = notice->watchdog_us;
	if (notice->said & NOTICE_TRIGGER)
		news.said |= SANDBOX_MISSED;
	if (notice->said & (NOTICE_ALIVE | NOTICE_PERIOD))
		count_anew(notify);
	if (news.said)
		merge(notify, &news);
}

/* Descriptors that came with a datagram go on as they came; the keeper counts
 * them, and takes them faster than they can come. */
static void pass_on(const struct notify *notify, const struct notice *notice,
	const struct msghdr *heard)
{
	struct sandbox_store store = {
		.said = notice->said & (NOTICE_STORE | NOTICE_FORGET)};
	struct iovec part = {&store, sizeof(store)};
	const struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = heard->msg_control,
		.msg_controllen = heard->msg_controllen};

	if (!store.said || notify->keeper < 0)
		return;
	memcpy(store.name, notice->name, sizeof(store.name));
	if (sendmsg(notify->keeper, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

static void close_all(struct msghdr *message)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(message);

	if (!head || head->cmsg_type != SCM_RIGHTS)
		return;
	for (size_t at = CMSG_LEN(0); at < head->cmsg_len; at += sizeof(int)) {
		int fd;

		memcpy(&fd, (const char *)head + at, sizeof(fd));
		close(fd);
	}
}

/* Nobody but the program and what it makes can reach the socket: a path in its
 * own mount namespace. What comes with a datagram is closed, and by that a
 * barrier is passed: all that was said before has been read. */
static bool hear(struct notify *notify)
{
	static char bytes[NOTICE_MOST];
	struct iovec part = {bytes, sizeof(bytes)};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(FDS_MOST * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct notice notice;
	ssize_t count = recvmsg(
		notify->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (count < 0)
		return false;
	notice_read(&notice, bytes, (size_t)count);
	take(notify, &notice);
	pass_on(notify, &notice, &message);
	close_all(&message);
	return true;
}

/* s6: a line feed means ready; at the end of the pipe nothing more comes. */
static void hear_pipe(struct notify *notify)
{
	const struct sandbox_notice ready = {.said = NOTICE_READY};
	char bytes[64];
	ssize_t count = read(notify->pipe, bytes, sizeof(bytes));

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count > 0 && !memchr(bytes, '\n', (size_t)count))
		return;
	if (count > 0)
		merge(notify, &ready);
	close(notify->pipe);
	notify->pipe = -1;
}

/* A reaper that is woken much too late was not running, as when its service is
 * frozen, or the machine sleeps: then its program could not speak either. */
static void watch_time(struct notify *notify)
{
	const struct sandbox_notice missed = {.said = SANDBOX_MISSED};
	uint64_t now = now_us();

	if (!notify->period_us || now < notify->due_us)
		return;
	if (now - notify->due_us < LATE_US)
		merge(notify, &missed);
	count_anew(notify);
}

static void send_news(struct notify *notify)
{
	ssize_t sent = send(notify->news, &notify->pending,
		sizeof(notify->pending), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno == EAGAIN)
		return;
	notify->pending = (struct sandbox_notice){.said = 0};
	notify->next_us = now_us() + APART_US;
}

void notify_turn(struct notify *notify, const struct pollfd *polled)
{
	if (polled[POLLED_SOCKET].revents)
		for (int i = 0; i < AT_A_TIME && hear(notify); i++)
			;
	if (polled[POLLED_PIPE].revents)
		hear_pipe(notify);
	watch_time(notify);
	if (notify->pending.said && now_us() >= notify->next_us)
		send_news(notify);
}

static void name_socket(const struct build *b, struct sockaddr_un *address)
{
	const char *name = table_string(b->table, b->service->name);
	bool is_private = is_own(b, SPACE_MNT);

	address->sun_family = AF_UNIX;
	text_compose(address->sun_path, sizeof(address->sun_path), "%s%s%s",
		NOTIFY_PATH, is_private ? "" : ".", is_private ? "" : name);
}

/* Whoever sees the path may speak: with a mount namespace of its own that is
 * the service alone, else its user. The reaper makes the one, the builder the
 * other. */
int notify_open(struct build *b)
{
	struct sockaddr_un address;
	bool is_private = is_own(b, SPACE_MNT);
	bool is_inside = b->step->argument;
	uint32_t user = is_private ? b->uid : users_outside(b->service, b->uid);

	if (is_inside != is_private || !service_may_notify(b->service))
		return 0;
	name_socket(b, &address);
	b->object =
		text_compose(b->text, sizeof(b->text), "%s", address.sun_path)
		? b->text
		: NULL;
	b->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (b->notify < 0)
		return -1;
	if (!is_private)
		unlink(address.sun_path);
	if (bind(b->notify, (const struct sockaddr *)&address,
		    sizeof(address)) < 0 ||
		chown(address.sun_path, user, (gid_t)-1) < 0)
		return -1;
	return chmod(address.sun_path, is_private ? 0666 : 0600);
}
