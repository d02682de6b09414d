/* `ready = path` and `ready = tcp`: the builder stays, and tries until the
 * service can be found, seen from inside. init ends it with the service, or
 * when start-timeout is over.
 */
#include "sandbox/build.h"

#include "base/kernel.h"
#include "base/notice.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define FIRST_MS 5 /* between tries: doubles ... */
#define LONGEST_MS 250

/* The root that the service has, through which no link leads out. */
static int open_root(const struct build *b)
{
	char path[40];

	if (!is_own(b, SPACE_MNT))
		return open("/", O_PATH | O_CLOEXEC);
	text_compose(path, sizeof(path), "%u/root",
		(unsigned)b->start->pids->reaper);
	return openat(b->host->proc, path, O_PATH | O_CLOEXEC);
}

static bool is_there(int root, const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = K_RESOLVE_IN_ROOT};
	int fd = kernel_openat2(root, path, &how);

	return fd >= 0 && close(fd) == 0;
}

static int connect_to(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0 || connect(fd, address, size) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Whose address is in no use at all has less to say. */
int ready_connect(uint16_t port)
{
	const struct sockaddr_in one = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 other = {.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = connect_to((const struct sockaddr *)&one, sizeof(one));
	int error = errno;

	if (fd < 0)
		fd = connect_to((const struct sockaddr *)&other, sizeof(other));
	if (fd < 0)
		errno = error;
	return fd;
}

static bool answers(uint16_t port)
{
	int fd = ready_connect(port);

	return fd >= 0 && close(fd) == 0;
}

static bool is_ready(const struct build *b, int root)
{
	const struct service *service = b->service;

	if (service->ready == READY_TCP)
		return answers(service->ready_number);
	return is_there(root, table_string(b->table, service->ready_path));
}

static int tell(int news)
{
	const struct sandbox_notice ready = {.said = NOTICE_READY};

	return send(news, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* What failed from here on nobody waits for: the start is over. */
int ready_wait(struct build *b)
{
	int wait_ms = FIRST_MS;
	int root = -1;
	char byte;

	if (b->service->ready != READY_TCP && b->service->ready != READY_PATH)
		return 0;
	if (b->service->ready == READY_TCP && is_own(b, SPACE_NET) &&
		setns(b->reaper, CLONE_NEWNET) < 0)
		return -1;
	if (b->service->ready == READY_PATH) {
		root = open_root(b);
		if (root < 0)
			return -1;
	}
	prctl(K_PR_SET_NAME, "prober", 0, 0, 0);
	if (b->order >= 0 && read(b->order, &byte, 1) != 1)
		kernel_exit(1);
	close(b->report);
	while (!is_ready(b, root)) {
		poll(NULL, 0, wait_ms);
		wait_ms = 2 * wait_ms < LONGEST_MS ? 2 * wait_ms : LONGEST_MS;
	}
	tell(b->news);
	kernel_exit(0);
}
