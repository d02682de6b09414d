/* The logger: see logger.h. A route leads from a service's ring to one sink. */
#include "log/logger.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "log/sinks.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_A_TURN 64U /* of a route, while others wait */
#define INHERITED_MOST 256
#define RETRY_FIRST_MS 250
#define RETRY_MOST_MS 30000
#define SYNC_MS 5000 /* what power may cost of a file */

struct route {
	const struct log_target *sink;
	const char *name; /* of the service */
	uint32_t service;
	bool is_open; /* its ring is there */
	bool is_broken; /* there is no such sink */
	bool has_line; /* one that the sink has not had */
	struct lines lines;
	struct line line;
	struct sink_file file;
	struct logger_place *place;
	int retry_ms; /* 0: the sink takes lines */
	int error; /* that was told */
	uint64_t next_ms; /* when it is tried again */
};

static struct {
	const struct logger_setup *setup;
	struct sinks sinks;
	struct route *routes;
	uint32_t count;
	uint64_t now_ms;
	uint64_t sync_ms; /* 0: nothing is dirty */
	bool is_over; /* init has let go of it: no more lines come */
} logger = {.sinks = {-1, -1, {-1, -1}, -1, ""}};

/* To init, which says it. What does not fit is lost. */
static void tell(const char *name, const char *what, int error)
{
	char line[LOGGER_TOLD_MAX];
	size_t used = text_compose(line, sizeof(line), "%s: log-to %s: %s",
		name, what, error ? strerror(error) : "it takes lines again");

	send(logger.setup->socket, line, used, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static const char *what_of(const struct route *route)
{
	static const char *const words[] = {[LOG_KMSG] = "kmsg",
		[LOG_CONSOLE] = "console",
		[LOG_UDP] = "udp",
		[LOG_FILE] = "file"};

	return words[route->sink->kind];
}

/* --- setup ---------------------------------------------------------------- */

static const struct log_target *sinks_of(
	const struct table *table, uint32_t service, uint32_t *count)
{
	const struct list *list = &table_service(table, service)->log_to;

	*count = list->count;
	return table_pointer(table, list->at);
}

uint32_t logger_places(const struct table *table)
{
	uint32_t all = 0;
	uint32_t count;

	for (uint32_t i = 0; i < table->services.count; i++) {
		sinks_of(table, i, &count);
		all += count;
	}
	return all;
}

static int open_udp(int family)
{
	return socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Its own, below the data of the host. */
static int open_folder(void)
{
	const struct table *table = logger.setup->table;
	table_at at = table->system.data;
	int folder = -1;
	int data;

	errno = ENODEV; /* it is not mounted */
	if (!logger.setup->has_data)
		return -1;
	data = open(at ? table_string(table, at) : TABLE_DATA,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (data < 0)
		return -1;
	if (mkdirat(data, LOGGER_FOLDER, 0750) == 0 || errno == EEXIST)
		folder = openat(data, LOGGER_FOLDER,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder >= 0 && fchown(folder, LOGGER_ID, LOGGER_ID) < 0)
		file_close(&folder);
	close(data);
	return folder;
}

static int open_kmsg(void)
{
	/* else it takes ten lines at a time */
	file_write(logger.setup->proc, "sys/kernel/printk_devkmsg", "on\n");
	return open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static int open_console(void)
{
	return open(
		"/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool is_six(const struct log_target *sink)
{
	return sink->family == 6;
}

static int *descriptor_of(const struct log_target *sink)
{
	struct sinks *all = &logger.sinks;

	switch ((enum log_kind)sink->kind) {
	case LOG_KMSG:
		return &all->kmsg;
	case LOG_CONSOLE:
		return &all->console;
	case LOG_UDP:
		return &all->udp[is_six(sink)];
	case LOG_FILE:
		break;
	}
	return &all->folder;
}

static int open_kind(const struct log_target *sink)
{
	switch ((enum log_kind)sink->kind) {
	case LOG_KMSG:
		return open_kmsg();
	case LOG_CONSOLE:
		return open_console();
	case LOG_UDP:
		return open_udp(is_six(sink) ? AF_INET6 : AF_INET);
	case LOG_FILE:
		break;
	}
	return open_folder();
}

/* While it has the host's rights. 0, or an errno. */
static int open_sink(const struct log_target *sink)
{
	int *fd = descriptor_of(sink);

	if (*fd < 0)
		*fd = open_kind(sink);
	return *fd < 0 ? errno : 0;
}

/* What has no sink is told once, and stays in its ring. */
static void make_route(uint32_t service, const struct log_target *sink,
	struct logger_place *place)
{
	const struct table *table = logger.setup->table;
	struct route *route = &logger.routes[logger.count++];
	int error = open_sink(sink);

	route->sink = sink;
	route->name = table_string(table, table_service(table, service)->name);
	route->service = service;
	route->place = place;
	route->is_broken = error != 0;
	if (sink->kind == LOG_FILE)
		route->file = (struct sink_file){logger.sinks.folder,
			table_string(table, sink->name), sink->count,
			sink->size, -1, 0, false, &place->writing};
	if (error)
		tell(route->name, what_of(route), error);
}

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		kernel_exit(2);
	return memory;
}

static void make_routes(void)
{
	const struct table *table = logger.setup->table;
	uint32_t places = logger_places(table);
	struct logger_place *place =
		map(places * sizeof(*place), MAP_SHARED, logger.setup->places);

	logger.routes = map(places * sizeof(*logger.routes),
		MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (uint32_t i = 0; i < table->services.count; i++) {
		uint32_t count;
		const struct log_target *sinks = sinks_of(table, i, &count);

		for (uint32_t j = 0; j < count; j++)
			make_route(i, &sinks[j], place++);
	}
}

/* It reads what hostile programs have said. */
static void drop_rights(void)
{
	static const struct kernel_cap_data none[2];

	if (kernel_setgroups(0, NULL) < 0 || kernel_setgid(LOGGER_ID) < 0 ||
		kernel_setuid(LOGGER_ID) < 0 || kernel_capset(none) < 0 ||
		prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		kernel_exit(2);
}

/* Of the spawner's descriptors it needs none. */
static void close_others(void)
{
	const struct sinks *all = &logger.sinks;
	const int kept[] = {logger.setup->socket, logger.setup->bell, all->kmsg,
		all->console, all->udp[0], all->udp[1], all->folder};

	for (int fd = 0; fd < INHERITED_MOST; fd++) {
		bool wanted = false;

		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			wanted |= kept[i] == fd;
		if (!wanted)
			close(fd);
	}
}

/* --- lines ---------------------------------------------------------------- */

static enum sink_result put(struct route *route)
{
	const struct sinks *sinks = &logger.sinks;
	const struct log_target *sink = route->sink;

	switch ((enum log_kind)sink->kind) {
	case LOG_KMSG:
		return sink_kmsg(sinks, route->name, &route->line);
	case LOG_CONSOLE:
		return sink_console(
			sinks, sink->raw ? NULL : route->name, &route->line);
	case LOG_UDP:
		return sink_udp(sinks, sink, route->name, &route->line);
	case LOG_FILE:
		return sink_file(&route->file, route->name, &route->line);
	}
	return SINK_DONE;
}

/* A console that stands still, or a full socket, is no news. */
static void hold(struct route *route, int error)
{
	int ms = route->retry_ms ? route->retry_ms * 2 : RETRY_FIRST_MS;

	route->retry_ms = ms > RETRY_MOST_MS ? RETRY_MOST_MS : ms;
	route->next_ms = logger.now_ms + (uint64_t)route->retry_ms;
	if (error == route->error || error == EAGAIN)
		return;
	route->error = error;
	tell(route->name, what_of(route), error);
}

static void go_on(struct route *route)
{
	route->retry_ms = 0;
	route->next_ms = 0;
	if (route->error)
		tell(route->name, what_of(route), 0);
	route->error = 0;
	if (route->file.is_dirty && !logger.sync_ms)
		logger.sync_ms = logger.now_ms + SYNC_MS;
}

/* It may be killed at any moment, and the next one must not find half of it. */
static void note_place(struct route *route)
{
	uint32_t other = !route->place->which;

	lines_place(&route->lines, &route->place->places[other]);
	route->place->which = other;
	if (route->sink->kind == LOG_FILE)
		sink_file_noted(&route->file);
}

/* True: there may be more. */
static bool work(struct route *route)
{
	for (unsigned i = 0; i < LINES_A_TURN; i++) {
		if (!route->has_line)
			route->has_line =
				lines_next(&route->lines, &route->line);
		if (!route->has_line)
			return false;
		if (put(route) == SINK_LATER) {
			hold(route, errno);
			return false;
		}
		route->has_line = false;
		note_place(route);
		go_on(route);
	}
	return true;
}

static bool work_all(void)
{
	bool more = false;

	for (uint32_t i = 0; i < logger.count; i++) {
		struct route *route = &logger.routes[i];

		if (route->is_open && logger.now_ms >= route->next_ms)
			more |= work(route);
	}
	return more;
}

static void sync_all(void)
{
	if (!logger.sync_ms || logger.now_ms < logger.sync_ms)
		return;
	logger.sync_ms = 0;
	for (uint32_t i = 0; i < logger.count; i++)
		if (logger.routes[i].sink->kind == LOG_FILE)
			sink_file_sync(&logger.routes[i].file);
}

/* --- what wakes it -------------------------------------------------------- */

static void open_route(struct route *route, const struct ring *ring)
{
	const struct lines_place *place =
		&route->place->places[route->place->which];
	size_t room = ring->size / 4;

	lines_open(&route->lines, ring, place,
		map(room, MAP_PRIVATE | MAP_ANONYMOUS, -1), room);
	route->is_open = true;
}

/* All routes of a service share the mapping of its ring. */
static void take_ring(uint32_t service, int fd)
{
	const struct ring *ring = ring_map_read(fd);

	for (uint32_t i = 0; i < logger.count && ring; i++)
		if (logger.routes[i].service == service &&
			!logger.routes[i].is_open &&
			!logger.routes[i].is_broken)
			open_route(&logger.routes[i], ring);
}

/* False: there is none now. */
static bool take_packet(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;

	uint32_t service;
	struct iovec part = {&service, sizeof(service)};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(logger.setup->socket, &message,
		MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int fd;

	if (size == 0)
		logger.is_over = true;
	if (size <= 0)
		return false;
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return true;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	if (size == (ssize_t)sizeof(service))
		take_ring(service, fd);
	close(fd);
	return true;
}

static void take_packets(void)
{
	bool more = true;

	while (more)
		more = take_packet();
}

static int until(uint64_t ms, int before)
{
	uint64_t left = ms > logger.now_ms ? ms - logger.now_ms : 0;

	return before < 0 || left < (uint64_t)before ? (int)left : before;
}

static int timeout_ms(void)
{
	int ms = logger.sync_ms ? until(logger.sync_ms, -1) : -1;

	for (uint32_t i = 0; i < logger.count; i++)
		if (logger.routes[i].next_ms)
			ms = until(logger.routes[i].next_ms, ms);
	return ms;
}

/* Whatever a sink takes now is written, and on its disk. */
static void finish(void)
{
	if (logger.sync_ms)
		logger.sync_ms = logger.now_ms;
	sync_all();
	kernel_exit(0);
}

static _Noreturn void serve(void)
{
	struct pollfd polled[] = {
		{.fd = logger.setup->socket, .events = POLLIN},
		{.fd = logger.setup->bell, .events = POLLIN}};
	bool more = false;

	for (;;) {
		uint64_t rung;

		poll(polled, 2, more ? 0 : timeout_ms());
		logger.now_ms = now_ms();
		if (polled[1].revents &&
			read(logger.setup->bell, &rung, sizeof(rung)) < 0)
			continue;
		if (polled[0].revents)
			take_packets();
		more = work_all();
		sync_all();
		if (logger.is_over && !more)
			finish();
	}
}

/* Descriptors that a sink lacks are told once it has something to write. */
_Noreturn void logger_run(const struct logger_setup *setup)
{
	logger.setup = setup;
	prctl(K_PR_SET_NAME, "logger", 0, 0, 0);
	if (gethostname(logger.sinks.host, sizeof(logger.sinks.host)) < 0)
		kernel_exit(2);
	umask(027);
	make_routes();
	close_others();
	drop_rights();
	serve();
}
