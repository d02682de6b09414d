/* The forwarder: a process of a service that publishes ports, from clone3 to
 * its loop (forward.c).
 *
 * It has the sockets that the builder bound in the host's network namespace,
 * is itself in the service's, and reaches nothing else: no file, no process,
 * no capability, an id that is nobody's, and the system calls of a byte pump.
 * To the service it cannot be seen; both end together.
 */
#include "builder/forward.h"
#include "builder/nat.h"

#include "base/address.h"
#include "base/kernel.h"
#include "base/text.h"
#include "sandbox/build.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#define BACKLOG 4096
#define HIGH_FD 128 /* above all that is kept */
#define FILES_MAX 4096U /* two a connection, and what else it has */
/* Of a service without ids of its own: in the last slot, which none gets. */
#define LAST_ID 0xfffffff0U

/* What it keeps open, and where; its ports follow. */
enum {
	FD_REPORT,
	FD_SIGNALS,
	FD_PORTS
};

static struct forward forward;
/* Keeps the kernel's rules, or -1. The builder makes one start only. */
static int nat = -1;

static const struct publish *ports_of(const struct build *b)
{
	return table_pointer(b->table, b->service->publish.at);
}

/* "tcp 10.0.0.1:80", for messages. */
static void describe(struct build *b, const struct publish *port)
{
	bool brackets = port->family == 6 && !port->device;
	struct address address = {.family = port->family};
	char text[ADDRESS_SIZE];

	memcpy(address.bytes, port->bytes, sizeof(address.bytes));
	text_compose(b->text, sizeof(b->text), "%s %s%s%s:%u",
		port->protocol == PUBLISH_TCP ? "tcp" : "udp",
		brackets ? "[" : "",
		port->device ? table_string(b->table, port->device)
			     : address_write(text, &address),
		brackets ? "]" : "", port->port);
	b->object = b->text;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Connections inherit these: small pieces do not wait for more, and a client
 * that has vanished is noticed within some minutes. tcp(7) */
static int set_stream(int fd)
{
	return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) |
		set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) |
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1) |
		set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 300) |
		set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 30) |
		set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

/* An address may come later than the service. */
static int bind_port(int fd, const struct publish *port)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(port->port)};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port->port)};

	if (port->family == 4) {
		memcpy(&v4.sin_addr, port->bytes, sizeof(v4.sin_addr));
		return set(fd, IPPROTO_IP, IP_FREEBIND, 1) |
			bind(fd, (const struct sockaddr *)&v4, sizeof(v4));
	}
	memcpy(&v6.sin6_addr, port->bytes, sizeof(v6.sin6_addr));
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) |
		set(fd, IPPROTO_IPV6, K_IPV6_FREEBIND, 1) |
		bind(fd, (const struct sockaddr *)&v6, sizeof(v6));
}

static int open_port(struct build *b, const struct publish *port)
{
	bool stream = port->protocol == PUBLISH_TCP;
	const char *device = table_string(b->table, port->device);
	int fd = socket(port->family == 4 ? AF_INET : AF_INET6,
		(stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
			SOCK_CLOEXEC,
		0);

	if (fd < 0)
		return -1;
	if (stream && set_stream(fd) < 0)
		return -1;
	if (*device &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
			(socklen_t)strlen(device)) < 0)
		return -1;
	if (bind_port(fd, port) < 0 || (stream && listen(fd, BACKLOG) < 0))
		return -1;
	return fd;
}

/* In the builder, which is still in the host's network namespace: sockets keep
 * the one in which they were made. */
static int open_ports(struct build *b)
{
	const struct publish *ports = ports_of(b);

	for (uint32_t i = 0; i < b->service->publish.count; i++) {
		describe(b, &ports[i]);
		b->ports[i] = open_port(b, &ports[i]);
		if (b->ports[i] < 0 &&
			!(ports[i].optional && errno == EAFNOSUPPORT))
			return -1;
	}
	return 0;
}

static int hide(struct build *b)
{
	(void)b;
	prctl(K_PR_SET_NAME, "forwarder", 0, 0, 0);
	return prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* What the service joins, or what others join, the builder is in already. */
static int enter_network(struct build *b)
{
	if (!is_own(b, SPACE_NET))
		return 0;
	return setns(b->reaper, CLONE_NEWNET);
}

/* Into a file system that is empty and stands nowhere. */
static int leave_files(struct build *b)
{
	static const char *const options[] = {
		"mode=0555", "size=4k", "nr_inodes=1", NULL};
	int root = mounts_new("tmpfs", options,
		K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV |
			K_MOUNT_ATTR_NOEXEC);

	(void)b;
	return root < 0 || fchdir(root) < 0 ? -1 : chroot(".");
}

static int watch_signals(struct build *b)
{
	sigset_t set_;

	sigemptyset(&set_);
	sigaddset(&set_, SIGTERM);
	b->signals = signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK);
	return b->signals < 0 ? -1 : 0;
}

/* An address of the program's own may be that of a bridge. */
static void note_ways(struct build *b)
{
	const struct net_entry *nets =
		table_pointer(b->table, b->service->nets.at);

	forward.reach[0] =
		(struct address){.family = 4, .bytes = {127, 0, 0, 1}};
	forward.reach[1] = (struct address){.family = 6, .bytes = {[15] = 1}};
	for (uint32_t i = 0; b->service->nets.count && i < nets->address_count;
		i++) {
		const struct address *own = &nets->addresses[i];
		struct address *way = &forward.reach[own->family == 4 ? 2 : 3];

		if (!way->family)
			*way = *own;
	}
}

static void note_port(const struct publish *port, int fd)
{
	forward.ports[forward.port_count++] = (struct port){.fd = fd,
		.inside = port->inside,
		.protocol = port->protocol,
		.family = port->family};
}

/* As the reaper does: up first, so that none stands in another's way. */
static int close_files(struct build *b)
{
	const struct publish *ports = ports_of(b);
	int kept[FD_PORTS + PUBLISH_MAX + 1];
	int count = FD_PORTS;

	note_ways(b);
	kept[FD_REPORT] = b->report;
	kept[FD_SIGNALS] = b->signals;
	for (uint32_t i = 0; i < b->service->publish.count; i++)
		if (b->ports[i] >= 0) {
			note_port(&ports[i], count);
			kept[count++] = b->ports[i];
		}
	if (nat >= 0) {
		forward.rules = count;
		kept[count++] = nat;
	}
	for (int i = 0; i < count; i++) {
		kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (kept[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup3(kept[i], i, O_CLOEXEC) < 0)
			return -1;
	b->report = FD_REPORT;
	return kernel_close_range((unsigned)count, ~0U);
}

/* Others wait for what it passes on: unlike its builder it interrupts. */
static int set_limits(struct build *b)
{
	static const struct rlimit files = {FILES_MAX, FILES_MAX};
	static const struct rlimit none = {0, 0};
	static const struct kernel_sched_attr normal = {
		.size = sizeof(normal), .sched_policy = K_SCHED_NORMAL};

	(void)b;
	return kernel_sched_setattr(&normal) |
		prlimit(0, RLIMIT_NOFILE, &files, NULL) |
		prlimit(0, RLIMIT_CORE, &none, NULL);
}

/* Nobody of the service, but not its user, nor anyone of the host. */
static int become_nobody(struct build *b)
{
	const struct service *service = b->service;
	uint32_t id = users_outside(service, b->uid == NOBODY ? 0 : NOBODY);

	if (!service->id_count)
		id = LAST_ID;
	if (kernel_setgroups(0, NULL) < 0 || kernel_setgid(id) < 0)
		return -1;
	return kernel_setuid(id);
}

static size_t whole_pages(size_t size)
{
	return (size + 4095) & ~(size_t)4095;
}

/* Gives back all that was init's, and takes what it needs itself. The table is
 * gone from here on. */
static int take_memory(struct build *b)
{
	size_t pairs = whole_pages(pairs_size());
	size_t peers = whole_pages(peers_size());
	char *memory;

	memory_forget();
	stack_forget(b + 1);
	memory = mmap(NULL, pairs + peers + FORWARD_CHUNK,
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	pairs_make(&forward, memory);
	peers_make(&forward, memory + pairs);
	forward.chunk = memory + pairs + peers;
	return 0;
}

static int watch_ports(struct build *b)
{
	(void)b;
	forward.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (forward.epoll < 0 ||
		!forward_watch(&forward, FD_SIGNALS, EPOLLIN, FORWARD_ASKED, 0))
		return -1;
	for (uint32_t i = 0; i < forward.port_count; i++)
		if (!forward_watch(&forward, forward.ports[i].fd, EPOLLIN,
			    FORWARD_VISITED, i))
			return -1;
	return 0;
}

/* Rows of a filter: the k'th byte of what is asked; the answer; what follows is
 * for this value alone. seccomp(2) */
#define LOAD(offset) \
	{ \
		K_BPF_LOAD_WORD, 0, 0, offset \
	}
#define RETURN(value) \
	{ \
		K_BPF_RETURN, 0, 0, value \
	}
#define ONLY(value, rows) \
	{ \
		K_BPF_JUMP_EQUAL, 0, rows, value \
	}
#define ALLOW(value) ONLY(value, 1), RETURN(K_SECCOMP_RET_ALLOW)

/* Sockets of the Internet, and to wait for them. Whatever makes it do another
 * thing ends it. */
static int allow_calls(struct build *b)
{
	static const struct kernel_filter_row rows[] = {LOAD(K_SECCOMP_ARCH),
		ONLY(K_AUDIT_ARCH, 1), LOAD(K_SECCOMP_NUMBER),
		ALLOW(SYS_epoll_pwait), ALLOW(SYS_epoll_ctl),
		ALLOW(SYS_recvfrom), ALLOW(SYS_sendto), ALLOW(SYS_accept4),
		ALLOW(SYS_connect), ALLOW(SYS_setsockopt),
		ALLOW(SYS_getsockopt), ALLOW(SYS_shutdown), ALLOW(SYS_close),
		ALLOW(SYS_clock_gettime), ALLOW(SYS_exit_group),
		ONLY(SYS_socket, 5), LOAD(K_SECCOMP_FIRST), ALLOW(AF_INET),
		ALLOW(AF_INET6), RETURN(K_SECCOMP_RET_KILL_PROCESS)};
	static const struct kernel_filter filter = {
		sizeof(rows) / sizeof(*rows), rows};

	(void)b;
	return kernel_seccomp(&filter);
}

/* The report's end is that of the start: by then all is done. */
static _Noreturn void run(struct build *b)
{
	if (!steps_run(b, STEPS_FORWARDER))
		kernel_exit(1);
	close(FD_REPORT);
	forward_serve(&forward, FD_SIGNALS);
}

/* What the kernel can do it does: the forwarder has the rest, as the clients on
 * the host itself, and keeps the rules. */
static int translate(struct build *b)
{
	if (!nat_is_possible(b))
		return 0;
	if (net_leave(b) < 0)
		return -1;
	nat = nat_make(b);
	if (nat < 0 && errno != ENOENT)
		return -1;
	if (nat < 0) {
		b->object = "NAT of its ports (its forwarder does that)";
		build_left_out(b);
	}
	return net_return(b);
}

/* Only where a port is published. */
static int make(struct build *b)
{
	pid_t pid;

	if (!b->service->publish.count)
		return 0;
	pid = builder_clone(
		b->group, K_CLONE_NEWPID, &b->start->pids->forwarder, NULL);
	if (pid == 0)
		run(b);
	if (nat >= 0)
		close(nat);
	return pid < 0 ? -1 : 0;
}

static int (*const steps[FORWARD_STEPS])(struct build *b) = {
	[FORWARD_OPEN] = open_ports,
	[FORWARD_TRANSLATE] = translate,
	[FORWARD_MAKE] = make,
	[FORWARD_HIDE] = hide,
	[FORWARD_NETWORK] = enter_network,
	[FORWARD_FILES] = leave_files,
	[FORWARD_SIGNALS] = watch_signals,
	[FORWARD_CLOSE] = close_files,
	[FORWARD_LIMITS] = set_limits,
	[FORWARD_NOBODY] = become_nobody,
	[FORWARD_MEMORY] = take_memory,
	[FORWARD_PORTS] = watch_ports,
	[FORWARD_FILTER] = allow_calls,
};

int forward_step(struct build *b)
{
	return steps[b->step->argument](b);
}
