/* Interfaces of a service and their addresses, as the kernel tells them to
 * whoever enters its network. getifaddrs(3), setns(2)
 */
#include "svc/links.h"

#include "base/address.h"
#include "base/file.h"
#include "base/text.h"
#include "svc/out.h"
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned count_bits(const uint8_t *bytes, size_t size)
{
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += (unsigned)__builtin_popcount(bytes[i]);
	return bits;
}

/* False: neither IPv4 nor IPv6, or one that every interface has. */
static bool read_address(const struct ifaddrs *row, struct address *address)
{
	const struct sockaddr_in *four = (const void *)row->ifa_addr;
	const struct sockaddr_in6 *six = (const void *)row->ifa_addr;
	const struct sockaddr_in *mask = (const void *)row->ifa_netmask;
	const struct sockaddr_in6 *mask6 = (const void *)row->ifa_netmask;
	bool is_four = row->ifa_addr && row->ifa_addr->sa_family == AF_INET;
	bool is_six = row->ifa_addr && row->ifa_addr->sa_family == AF_INET6;
	const void *bits;

	if ((!is_four && !is_six) || !row->ifa_netmask ||
		(is_six && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)))
		return false;
	*address = (struct address){.family = is_four ? 4 : 6};
	memcpy(address->bytes,
		is_four ? (const void *)&four->sin_addr
			: (const void *)&six->sin6_addr,
		address_size(address));
	bits = is_four ? (const void *)&mask->sin_addr
		       : (const void *)&mask6->sin6_addr;
	address->prefix = (uint8_t)count_bits(bits, address_size(address));
	return true;
}

static void print_addresses(const struct ifaddrs *rows, const char *name)
{
	struct address address;
	char text[ADDRESS_SIZE];

	for (; rows; rows = rows->ifa_next)
		if (strcmp(rows->ifa_name, name) == 0 &&
			read_address(rows, &address))
			out(" %s/%u", address_write(text, &address),
				address.prefix);
}

/* Rows of the links stand before those of addresses, one for each. */
static void print_links(const char *name, const char *gap)
{
	struct ifaddrs *rows;

	if (getifaddrs(&rows) < 0)
		return;
	for (const struct ifaddrs *row = rows; row; row = row->ifa_next) {
		if (!row->ifa_addr || row->ifa_addr->sa_family != AF_PACKET ||
			(row->ifa_flags & IFF_LOOPBACK))
			continue;
		out("%s%s%s%s%s%s", gap, name, *name ? gap : "", row->ifa_name,
			gap, row->ifa_flags & IFF_UP ? "up" : "down");
		print_addresses(rows, row->ifa_name);
		out("\n");
	}
	freeifaddrs(rows);
}

void links_print(const struct control_reply *reply, bool named, const char *gap)
{
	SCOPED_FD own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	SCOPED_FD other = -1;
	struct stat one;
	struct stat two;
	char path[40];

	text_compose(
		path, sizeof(path), "/proc/%u/ns/net", (unsigned)reply->pid);
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || other < 0 || fstat(own, &one) < 0 ||
		fstat(other, &two) < 0 || one.st_ino == two.st_ino ||
		setns(other, CLONE_NEWNET) < 0)
		return;
	print_links(named ? reply->name : "", gap);
	/* what follows needs no network; only a second list would */
	if (setns(own, CLONE_NEWNET) < 0)
		complain("status: cannot go back to the host's network");
}
