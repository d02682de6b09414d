/* The keeper: a process of a service that has sockets made ahead or descriptors
 * to store. It has them over all restarts of that service, and gives them to
 * each start, so that whoever waits at a socket goes on waiting.
 *
 * It is no part of init, since to close what a service has handed in may take
 * as long as that service likes; and there is one for each, so that none waits
 * for another's. A keeper that is killed closes all without waiting.
 * sd_listen_fds(3), sd_pid_notify_with_fds(3)
 */
#include "builder/keeper.h"

#include "base/kernel.h"
#include "base/packet.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define HIGH_FD 128 /* above all that is kept */
#define FDS_MOST 16U /* that come with one packet */
#define AT_A_TIME 64U /* packets of the program, */
#define APART_MS 50 /* and then a pause: it may not keep a CPU busy */

/* What it keeps open from its start on, and where; its sockets follow. */
enum {
	FD_INIT,
	FD_REPORT,
	FD_SPACE,
	FD_SOCKETS
};

static struct {
	int init; /* socket */
	int space; /* network namespace in which it made them, or -1 */
	int program; /* socket of the start at hand, or -1 */
	unsigned listeners;
	unsigned most; /* fd-store */
	unsigned stored_count;
	bool watches;
	bool is_full; /* said, in this run */

	struct {
		int fd;
		char name[NOTICE_TEXT_SIZE];
	} stored[STORE_MAX];
} keeper = {.space = -1, .program = -1};

/* --- steps ---------------------------------------------------------------- */

static int hide(struct build *b)
{
	(void)b;
	prctl(K_PR_SET_NAME, "keeper", 0, 0, 0);
	return prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static bool listens_in_service(const struct build *b)
{
	const struct list *list = &b->service->listen;
	const struct listener *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++)
		if (all[i].kind <= LISTEN_UDP && !all[i].on_host)
			return true;
	return false;
}

/* The network that the service will be in: of another one, of its own that
 * init has kept, or a new one. */
static int make_space(struct build *b)
{
	int known = b->start->enter[SPACE_NET];

	if (!listens_in_service(b))
		return 0;
	if (known < 0 && !b->service->listens_inside) {
		errno = EBADF;
		return -1;
	}
	if (known >= 0 ? setns(known, CLONE_NEWNET) < 0
		       : unshare(CLONE_NEWNET) < 0 || spaces_set_net(b) < 0)
		return -1;
	keeper.space =
		openat(b->host->proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
	return keeper.space < 0 ? -1 : 0;
}

/* As the reaper does: up first, so that none stands in another's way. */
static int close_files(struct build *b)
{
	int kept[FD_SOCKETS + LISTEN_MAX] = {[FD_INIT] = keeper.init,
		[FD_REPORT] = b->report,
		[FD_SPACE] = keeper.space};
	unsigned count = FD_SOCKETS + b->service->listen.count;

	memcpy(&kept[FD_SOCKETS], b->ports,
		b->service->listen.count * sizeof(*b->ports));
	for (unsigned i = 0; i < count; i++) {
		if (kept[i] < 0)
			continue;
		kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (kept[i] < 0)
			return -1;
	}
	for (unsigned i = 0; i < count; i++) {
		if (kept[i] < 0)
			close((int)i);
		else if (dup3(kept[i], (int)i, O_CLOEXEC) < 0)
			return -1;
	}
	keeper.init = FD_INIT;
	b->report = FD_REPORT;
	keeper.space = keeper.space < 0 ? -1 : FD_SPACE;
	return kernel_close_range(count, ~0U);
}

static int (*const steps[KEEPER_STEPS])(struct build *b) = {
	[KEEPER_HIDE] = hide,
	[KEEPER_SPACE] = make_space,
	[KEEPER_CLOSE] = close_files,
};

int keeper_step(struct build *b)
{
	return steps[b->step->argument](b);
}

/* --- what it keeps -------------------------------------------------------- */

static void tell(unsigned news, const char *text)
{
	struct sandbox_report report = {.news = news};

	text_compose(report.text, sizeof(report.text), "%s", text);
	if (send(keeper.init, &report, sizeof(report), MSG_NOSIGNAL) < 0)
		kernel_exit(1);
}

static bool is_kept(int fd)
{
	pid_t self = getpid();

	for (unsigned i = 0; i < keeper.stored_count; i++)
		if (kernel_same_file(self, fd, keeper.stored[i].fd))
			return true;
	return false;
}

/* Names stand between colons. */
static const char *sound_name(char *name)
{
	name[NOTICE_TEXT_SIZE - 1] = '\0';
	return *name && !strchr(name, ':') ? name : "stored";
}

/* Without waiting for what is still to be sent: socket(7), SO_LINGER */
static void let_go(int fd)
{
	static const struct linger none;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

static void store(int fd, const char *name)
{
	if (is_kept(fd)) {
		close(fd);
		return;
	}
	if (keeper.stored_count < keeper.most) {
		unsigned i = keeper.stored_count++;

		keeper.stored[i].fd = fd;
		text_compose(keeper.stored[i].name,
			sizeof(keeper.stored[i].name), "%s", name);
		return;
	}
	let_go(fd);
	if (!keeper.is_full)
		tell(SANDBOX_LEFT_OUT,
			"FDSTORE: it has as many as 'fd-store' allows: what "
			"is more is closed");
	keeper.is_full = true;
}

static void forget(const char *name)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < keeper.stored_count; i++)
		if (strcmp(keeper.stored[i].name, name) == 0)
			let_go(keeper.stored[i].fd);
		else
			keeper.stored[kept++] = keeper.stored[i];
	keeper.stored_count = kept;
}

/* --- packets -------------------------------------------------------------- */

struct packet {
	void *data;
	size_t size;
	int fds[FDS_MOST];
	unsigned fd_count;
};

/* Its size; 0 at the end; -1: there is none. */
static ssize_t receive(int socket, struct packet *packet)
{
	struct iovec part = {packet->data, packet->size};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(FDS_MOST * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t count =
		recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = count < 0 ? NULL : CMSG_FIRSTHDR(&message);

	packet->fd_count = 0;
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return count;
	packet->fd_count =
		(unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(packet->fds, CMSG_DATA(head), packet->fd_count * sizeof(int));
	return count;
}

static void close_program(void)
{
	if (keeper.program >= 0)
		close(keeper.program);
	keeper.program = -1;
}

/* All that it has, in one packet. */
static void give(void)
{
	static struct sandbox_given told;
	size_t size = offsetof(struct sandbox_given, names);
	int fds[SANDBOX_GIVEN_MOST];
	unsigned count = 0;

	told = (struct sandbox_given){.news = SANDBOX_GIVEN,
		.listeners = keeper.listeners,
		.stored = keeper.stored_count,
		.has_space = keeper.space >= 0};
	for (unsigned i = 0; i < keeper.listeners; i++)
		fds[count++] = (int)(FD_SOCKETS + i);
	for (unsigned i = 0; i < keeper.stored_count; i++) {
		fds[count++] = keeper.stored[i].fd;
		memcpy(told.names[i], keeper.stored[i].name,
			sizeof(told.names[i]));
		size += sizeof(told.names[i]);
	}
	if (keeper.space >= 0)
		fds[count++] = keeper.space;
	if (packet_send(keeper.program, &told, size, fds, count) < 0)
		close_program();
}

/* False: there is nothing more. */
static bool hear(void)
{
	struct sandbox_store said = {.said = 0};
	struct packet packet = {.data = &said, .size = sizeof(said)};
	ssize_t count = receive(keeper.program, &packet);
	const char *name = sound_name(said.name);

	if (count < 0)
		return false;
	if (count == 0) {
		close_program();
		return false;
	}
	for (unsigned i = 0; i < packet.fd_count; i++)
		if (said.said & NOTICE_STORE)
			store(packet.fds[i], name);
		else
			close(packet.fds[i]);
	if (said.said & NOTICE_FORGET)
		forget(name);
	return true;
}

static void hear_all(void)
{
	for (unsigned i = 0; i < AT_A_TIME; i++)
		if (!hear())
			return;
	poll(NULL, 0, APART_MS);
}

/* What init wants; the end of that is the keeper's. */
static void obey(void)
{
	char order = 0;
	struct packet packet = {.data = &order, .size = 1};
	ssize_t count = receive(keeper.init, &packet);

	if (count == 0)
		kernel_exit(0);
	if (count < 0)
		return;
	keeper.watches = order == SANDBOX_KEEP_WATCH;
	if (order != SANDBOX_KEEP_GIVE || packet.fd_count != 1)
		return;
	/* what the last run has handed in goes to this one */
	while (keeper.program >= 0 && hear())
		;
	close_program();
	keeper.program = packet.fds[0];
	keeper.is_full = false;
	give();
}

static void look_at_sockets(const struct pollfd *polled)
{
	for (unsigned i = 0; i < keeper.listeners && keeper.watches; i++) {
		if (!polled[i].revents)
			continue;
		tell(SANDBOX_CALLED, "");
		keeper.watches = false;
	}
}

static _Noreturn void serve(void)
{
	enum {
		INIT,
		PROGRAM,
		SOCKETS
	};
	struct pollfd polled[SOCKETS + LISTEN_MAX];

	for (;;) {
		polled[INIT] = (struct pollfd){FD_INIT, POLLIN, 0};
		polled[PROGRAM] = (struct pollfd){keeper.program, POLLIN, 0};
		for (unsigned i = 0; i < keeper.listeners; i++)
			polled[SOCKETS + i] = (struct pollfd){
				keeper.watches ? (int)(FD_SOCKETS + i) : -1,
				POLLIN, 0};
		if (poll(polled, SOCKETS + keeper.listeners, -1) < 0)
			continue;
		look_at_sockets(&polled[SOCKETS]);
		if (polled[PROGRAM].revents)
			hear_all();
		if (polled[INIT].revents)
			obey();
	}
}

/* To all starts that wait for it, and to init, which ends it. */
static _Noreturn void fail(const struct build *b)
{
	struct sandbox_report report;
	char order;
	struct packet packet = {.data = &order, .size = 1};

	if (pread(b->report, &report, sizeof(report), 0) !=
		(ssize_t)sizeof(report))
		kernel_exit(2);
	while (receive(keeper.init, &packet) > 0)
		for (unsigned i = 0; i < packet.fd_count; i++)
			if (send(packet.fds[i], &report, sizeof(report),
				    MSG_NOSIGNAL) < 0)
				continue;
	tell(SANDBOX_FAILED, report.text);
	kernel_exit(1);
}

_Noreturn void keeper_run(
	const struct sandbox_host *host, const struct sandbox_start *start)
{
	struct build b;

	build_begin(&b, host, start);
	keeper.init = start->report;
	keeper.listeners = b.service->listen.count;
	keeper.most = b.service->fd_store;
	b.own = 0;
	b.has_net = b.service->listens_inside;
	b.report = memfd_create("report", MFD_CLOEXEC);
	if (b.report < 0)
		kernel_exit(1);
	if (!steps_run(&b, STEPS_KEEPER))
		fail(&b);
	close(FD_REPORT);
	memory_forget();
	stack_forget(&b + 1);
	serve();
}

/* --- the builder's side --------------------------------------------------- */

static struct given given;

/* What its keeper could not do is what its start could not. */
static _Noreturn void pass_on(const struct build *b)
{
	struct sandbox_report report;

	memcpy(&report, &given.told, sizeof(report));
	if (write(b->report, &report, sizeof(report)) < 0)
		kernel_exit(2);
	kernel_exit(1);
}

static bool is_whole(ssize_t count, unsigned fds)
{
	const struct sandbox_given *told = &given.told;
	size_t head = offsetof(struct sandbox_given, names);

	return count >= (ssize_t)head && told->news == SANDBOX_GIVEN &&
		told->listeners <= LISTEN_MAX && told->stored <= STORE_MAX &&
		(size_t)count == head + told->stored * sizeof(*told->names) &&
		fds == told->listeners + told->stored + told->has_space;
}

/* Blocks until its keeper has made all, or has failed. */
static ssize_t receive_given(const struct build *b, unsigned *fds)
{
	struct iovec part = {&given.told, sizeof(given.told)};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(SANDBOX_GIVEN_MOST * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t count = recvmsg(b->keeper, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = count < 0 ? NULL : CMSG_FIRSTHDR(&message);

	*fds = 0;
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return count;
	*fds = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(given.fds, CMSG_DATA(head), *fds * sizeof(int));
	return count;
}

/* The network in which the sockets are is entered: it is the service's. */
int keeper_take(struct build *b)
{
	unsigned fds;
	ssize_t count;

	if (!service_has_keeper(b->service))
		return 0;
	count = receive_given(b, &fds);
	if (count == (ssize_t)sizeof(struct sandbox_report) &&
		given.told.news == SANDBOX_FAILED)
		pass_on(b);
	if (count >= 0 && !is_whole(count, fds))
		errno = ECONNRESET;
	if (count < 0 || !is_whole(count, fds))
		return -1;
	b->given = &given;
	given.count = given.told.listeners + given.told.stored;
	given.is_made = given.told.has_space && b->service->listens_inside;
	if (!b->service->fd_store) {
		close(b->keeper);
		b->keeper = -1;
	}
	return given.told.has_space
		? setns(given.fds[given.count], CLONE_NEWNET)
		: 0;
}
