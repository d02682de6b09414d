/* Namespaces: which a service has to itself, which it shares, and what is set
 * in new ones. Those that others join are made by the builder, so that they
 * belong to the host's user namespace at the first start as at every later
 * one. namespaces(7)
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static const uint64_t flags_of[SPACES] = {[SPACE_MNT] = K_CLONE_NEWNS,
	[SPACE_PID] = K_CLONE_NEWPID,
	[SPACE_NET] = K_CLONE_NEWNET,
	[SPACE_IPC] = K_CLONE_NEWIPC,
	[SPACE_UTS] = K_CLONE_NEWUTS,
	[SPACE_USER] = K_CLONE_NEWUSER,
	[SPACE_CGROUP] = K_CLONE_NEWCGROUP,
	[SPACE_TIME] = K_CLONE_NEWTIME};

uint64_t spaces_flags(unsigned bits)
{
	uint64_t flags = 0;

	for (unsigned space = 0; space < SPACES; space++)
		if (bits & SPACE_BIT(space))
			flags |= flags_of[space];
	return flags;
}

unsigned spaces_own(const struct sandbox_start *start)
{
	const struct service *service =
		table_service(start->table, start->service);
	unsigned own =
		SPACE_ALL & ~service->host_spaces & ~service->kept_spaces;

	if (!service->isolated)
		return 0;
	if (service->listens_inside)
		own &= ~SPACE_BIT(SPACE_NET);
	for (unsigned space = 0; space < SPACES; space++)
		if (start->enter[space] >= 0)
			own &= ~SPACE_BIT(space);
	return own;
}

/* Enters what init holds. A joined namespace that init does not have would be
 * the host's: never. */
int spaces_enter(struct build *b)
{
	const int *enter = b->start->enter;
	const struct joined *joins =
		table_pointer(b->table, b->service->join.at);

	for (uint32_t i = 0; i < b->service->join.count; i++) {
		b->object = space_names[joins[i].space];
		if (enter[joins[i].space] >= 0)
			continue;
		errno = EBADF;
		return -1;
	}
	for (unsigned space = 0; space < SPACES; space++) {
		b->object = space_names[space];
		if (enter[space] >= 0 &&
			setns(enter[space], (int)flags_of[space]) < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}

/* Host names have no limit of their own but that of sethostname(2). */
static int set_names(struct build *b)
{
	const char *name = table_string(b->table, b->service->hostname);
	static const char domain[] = "(none)";

	b->object = name;
	if (sethostname(name, strlen(name)) < 0)
		return -1;
	b->object = domain;
	return setdomainname(domain, sizeof(domain) - 1);
}

static int switch_on(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int done;

	if (fd < 0)
		return -1;
	text_compose(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	done = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return done;
}

/* netdevice(7), ip(7) */
static int set_net(struct build *b, const char *port_start)
{
	b->object = "lo";
	if (switch_on(b->object) < 0)
		return -1;
	b->object = port_start;
	return file_write(b->host->proc, b->object, "0");
}

int spaces_set_net(struct build *b)
{
	return set_net(b, PROC_OF_HOST(PORT_START));
}

/* The names and interfaces of namespaces that others join are set here, where
 * the right to do it is. */
int spaces_keep(struct build *b)
{
	unsigned kept = b->service->kept_spaces & ~b->service->host_spaces;

	if (!b->service->isolated)
		return 0;
	for (unsigned space = 0; space < SPACES; space++)
		if (b->start->enter[space] >= 0)
			kept &= ~SPACE_BIT(space);
	if (b->given && b->given->told.has_space)
		kept &= ~SPACE_BIT(SPACE_NET);
	if (!kept)
		return 0;
	if (unshare((int)spaces_flags(kept)) < 0)
		return -1;
	if ((kept & SPACE_BIT(SPACE_UTS)) && set_names(b) < 0)
		return -1;
	return (kept & SPACE_BIT(SPACE_NET)) ? spaces_set_net(b) : 0;
}

/* Reaper and program are born into the new time namespace: time_namespaces(7)
 */
int spaces_clock(struct build *b)
{
	int64_t offset = b->service->clock_offset_ms;
	uint64_t size = offset < 0 ? 0 - (uint64_t)offset : (uint64_t)offset;
	uint64_t seconds = size / 1000;
	unsigned rest = (unsigned)(size % 1000) * 1000000;
	const char *sign = offset < 0 ? "-" : "";
	char text[160];

	if (!offset)
		return 0;
	if (unshare((int)K_CLONE_NEWTIME) < 0)
		return -1;
	if (offset < 0 && rest) {
		seconds++;
		rest = 1000000000 - rest;
	}
	text_compose(text, sizeof(text),
		"monotonic %s%llu %u\nboottime %s%llu %u\n", sign,
		(unsigned long long)seconds, rest, sign,
		(unsigned long long)seconds, rest);
	b->object = "timens_offsets";
	return file_write(b->host->proc, "self/timens_offsets", text);
}

int spaces_name(struct build *b)
{
	return is_own(b, SPACE_UTS) ? set_names(b) : 0;
}

int spaces_net(struct build *b)
{
	return is_own(b, SPACE_NET) ? set_net(b, mounts_proc(b, PORT_START))
				    : 0;
}

/* init's session keyring is readable through every namespace: leave it. A
 * kernel without keys has none to leave. session-keyring(7) */
int spaces_keyring(struct build *b)
{
	(void)b;
	return kernel_new_session_keyring() >= 0 || errno == ENOSYS ? 0 : -1;
}
