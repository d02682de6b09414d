/* What tells of paths besides their folders: the kernel, of devices whose nodes
 * it has made or removed, and of file systems that are mounted over them.
 */
#include "builder/conditions.h"

#include "base/netlink.h"
#include "base/told.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#define AT_A_TIME 1024U
#define TOLD_MOST 8192U /* an uevent is shorter */
#define SYS "/sys/"

/* sysfs tells nobody what it makes; most of it is made with a device. */
static bool is_in_sys(const struct thing *thing)
{
	return thing_has_path(thing) &&
		strncmp(thing->name, SYS, sizeof(SYS) - 1) == 0;
}

static bool is_node(const struct thing *thing)
{
	return thing_is(thing, CONDITION_DEV);
}

bool nodes_test(const struct thing *thing)
{
	return is_node(thing) || is_in_sys(thing);
}

int nodes_open(const struct things *things)
{
	int fd = netlink_open_events();

	(void)things;
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

static void hear_event(
	const char *bytes, size_t size, const struct things *things)
{
	if (told_device(bytes, size))
		things_mark(things, is_node);
	things_mark(things, is_in_sys);
}

void nodes_hear(int fd, const struct things *things)
{
	static char bytes[TOLD_MOST];

	for (unsigned i = 0; i < AT_A_TIME; i++) {
		struct sockaddr_nl from = {.nl_pid = 0};
		socklen_t size = sizeof(from);
		ssize_t count = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);

		/* processes can send to it too */
		if (count >= 0 && from.nl_pid == 0)
			hear_event(bytes, (size_t)count, things);
		else if (count < 0 && errno == ENOBUFS)
			things_mark(things, nodes_test);
		else if (count < 0 && errno != EINTR)
			break;
	}
}

int covers_open(const struct things *things)
{
	(void)things;
	return open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

/* poll(2) has told already, once for all that has changed. */
void covers_hear(int fd, const struct things *things)
{
	(void)fd;
	things_mark(things, thing_has_path);
}
