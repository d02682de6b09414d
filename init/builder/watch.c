/* The watcher of a service whose devices may come and go: a child of init on
 * the host's side, that keeps nodes and filter as the host's /dev is. What the
 * kernel tells of a device only wakes it: it looks for itself then, so that
 * nothing is lost when more is told than can be heard. It listens to nobody
 * else. Whatever fails ends it; init makes another. netlink(7)
 */
#include "builder/devices.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/netlink.h"
#include "base/text.h"
#include "base/told.h"
#include "sandbox/build.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/netlink.h>

#define HIGH_FD 64 /* above all that is kept */
#define AT_A_TIME 256
#define TOLD_MOST 4096U /* what the kernel tells is shorter */

/* What it keeps open, and where. */
enum {
	FD_EVENTS,
	FD_HOST,
	FD_GROUP,
	FD_INSIDE,
	FDS
};

struct watcher {
	struct devices *devices;
	int group;
	unsigned known; /* instructions of the filter in force */
	struct bpf_insn code[CODE_MOST];
	char told[TOLD_MOST];
};

static int open_group(
	const struct sandbox_host *host, const char *name, uint64_t generation)
{
	char group[GROUP_NAME_MAX];

	text_compose(group, sizeof(group), "%s.%llu", name,
		(unsigned long long)generation);
	return openat(
		host->services, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* What the service may have put in its place is left alone. */
static void open_inside(
	struct devices *d, const struct sandbox_host *host, int32_t reaper)
{
	char path[40];
	int fd;

	text_compose(path, sizeof(path), "%u/root/dev", (unsigned)reaper);
	fd = openat(host->proc, path,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !devices_take(d, fd))
		close(fd);
}

/* Really closes all but these, and has them at their places. */
static bool keep_files(struct watcher *w, int events)
{
	int *const all[FDS] = {[FD_EVENTS] = &events,
		[FD_HOST] = &w->devices->host,
		[FD_GROUP] = &w->group,
		[FD_INSIDE] = &w->devices->inside};

	for (int i = 0; i < FDS; i++)
		if (*all[i] >= 0)
			*all[i] = fcntl(*all[i], F_DUPFD_CLOEXEC, HIGH_FD);
	for (int i = 0; i < FDS; i++) {
		if (*all[i] < 0) {
			close(i);
			continue;
		}
		if (dup3(*all[i], i, O_CLOEXEC) < 0)
			return false;
		*all[i] = i;
	}
	return kernel_close_range(FDS, ~0U) == 0;
}

/* True when it was the kernel that told of a device. */
static bool hear(struct watcher *w, int flags)
{
	struct sockaddr_nl from = {.nl_pid = 0};
	socklen_t size = sizeof(from);
	ssize_t count = recvfrom(FD_EVENTS, w->told, sizeof(w->told), flags,
		(struct sockaddr *)&from, &size);

	if (count < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		kernel_exit(1);
	if (count < 0)
		return errno == ENOBUFS;
	return from.nl_pid == 0 && told_device(w->told, (size_t)count);
}

/* A device is seldom alone: one look for all that is told at a time. */
static void wait_for_news(struct watcher *w)
{
	while (!hear(w, 0))
		;
	errno = 0;
	for (int i = 0; i < AT_A_TIME && errno != EAGAIN; i++)
		hear(w, MSG_DONTWAIT);
}

/* Whatever is seen may be opened. */
static bool update(struct watcher *w)
{
	struct devices *d = w->devices;
	const struct access *access = &d->access;
	size_t size;

	if (devices_find(d) < 0 || devices_drop_nodes(d) < 0)
		return false;
	access_make(&d->access, d->table, d->service);
	size = access->code_count * sizeof(*access->code);
	if (w->group >= 0 &&
		(w->known != access->code_count ||
			memcmp(w->code, access->code, size) != 0) &&
		access_attach(w->group, access) < 0)
		return false;
	w->known = access->code_count;
	memcpy(w->code, access->code, size);
	return devices_make_nodes(d) == 0;
}

/* What it works with, but for the events. */
static bool open_all(struct watcher *w, const struct sandbox_host *host,
	const struct watched *watched)
{
	const struct service *service =
		table_service(watched->table, watched->service);
	const char *name = table_string(watched->table, service->name);
	struct devices *d = devices_open(watched->table, service);

	if (!d)
		return false;
	w->devices = d;
	w->group = open_group(host, name, watched->generation);
	/* it has ended meanwhile */
	if (host->services >= 0 && w->group < 0)
		return false;
	if (!(service->host_spaces & SPACE_BIT(SPACE_MNT)))
		open_inside(d, host, watched->reaper);
	return true;
}

_Noreturn void watch_run(
	const struct sandbox_host *host, const struct watched *watched)
{
	static struct watcher w;
	int events = netlink_open_events();

	prctl(K_PR_SET_NAME, "watcher", 0, 0, 0);
	prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(0);
	if (events < 0 || chdir("/") < 0 || !open_all(&w, host, watched) ||
		!keep_files(&w, events))
		kernel_exit(1);
	while (update(&w))
		wait_for_news(&w);
	kernel_exit(1);
}
