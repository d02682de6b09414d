/* Interfaces, names and frames: what a service's network is, from inside and
 * from beside it.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#define FRAME_TYPE 0x88b5 /* for experiments: IEEE 802 */
#define MAC 6
#define PATIENCE_MS 2000

static int enter_net(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWNET) < 0 ? -1 : close(fd);
}

static void print_link(const char *name)
{
	struct ifreq request = {.ifr_flags = 0};
	const unsigned char *mac = (void *)request.ifr_hwaddr.sa_data;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ioctl(fd, SIOCGIFFLAGS, &request);
	printf("%s %s", name, request.ifr_flags & IFF_UP ? "up" : "down");
	ioctl(fd, SIOCGIFMTU, &request);
	printf(" %d", request.ifr_mtu);
	ioctl(fd, SIOCGIFHWADDR, &request);
	printf(" %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
	close(fd);
}

static unsigned prefix_of(const unsigned char *bytes, size_t size)
{
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += (unsigned)__builtin_popcount(bytes[i]);
	return bits;
}

static void print_address(const struct ifaddrs *one)
{
	const struct sockaddr_in *in = (const void *)one->ifa_addr;
	const struct sockaddr_in *mask = (const void *)one->ifa_netmask;
	const struct sockaddr_in6 *in6 = (const void *)one->ifa_addr;
	const struct sockaddr_in6 *mask6 = (const void *)one->ifa_netmask;
	char text[64];

	if (one->ifa_addr->sa_family == AF_INET)
		printf(" %s/%u",
			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
			prefix_of((const void *)&mask->sin_addr, 4));
	else if (one->ifa_addr->sa_family == AF_INET6 &&
		!IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		printf(" %s/%u",
			inet_ntop(
				AF_INET6, &in6->sin6_addr, text, sizeof(text)),
			prefix_of((const void *)&mask6->sin6_addr, 16));
}

/* Of the caller's network: "NAME up|down MTU MAC ADDRESS..." but for lo. */
int print_links(char **words)
{
	struct if_nameindex *names;
	struct ifaddrs *addresses;

	if (words[0] && enter_net(words[0]) < 0)
		return 2;
	names = if_nameindex();
	if (!names || getifaddrs(&addresses) < 0)
		return 2;
	for (; names->if_name; names++) {
		if (strcmp(names->if_name, "lo") == 0)
			continue;
		print_link(names->if_name);
		for (const struct ifaddrs *one = addresses; one;
			one = one->ifa_next)
			if (one->ifa_addr &&
				strcmp(one->ifa_name, names->if_name) == 0)
				print_address(one);
		printf("\n");
	}
	return 0;
}

/* Whether the kernel knows an interface by this name, which may be long. */
int is_link(char **words)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attribute;
		char name[128];
	} request = {.head = {.nlmsg_type = RTM_GETLINK,
			     .nlmsg_flags = NLM_F_REQUEST},
		.attribute = {.rta_type = IFLA_ALT_IFNAME}};

	char answer[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	snprintf(request.name, sizeof(request.name), "%s", words[0]);
	request.attribute.rta_len =
		(unsigned short)(RTA_LENGTH(strlen(request.name) + 1));
	request.head.nlmsg_len = sizeof(request);
	if (send(fd, &request, sizeof(request), 0) < 0 ||
		recv(fd, answer, sizeof(answer), 0) < NLMSG_HDRLEN)
		return 2;
	return ((struct nlmsghdr *)(void *)answer)->nlmsg_type == RTM_NEWLINK
		? 0
		: 1;
}

/* Answers on a port of every address, IPv4 and IPv6. */
int serve_names(char **words)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)number(words[0], 0))};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const void *)&any, sizeof(any)) < 0 || listen(fd, 8) < 0)
		return 2;
	say_done("listening\n");
	while (1) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			continue;
		dprintf(client, "%s\n", words[1]);
		close(client);
	}
}

static const char *ask_address(const struct addrinfo *info)
{
	static char answer[256];
	int fd = socket(
		info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	ssize_t got;

	if (connect(fd, info->ai_addr, info->ai_addrlen) < 0 &&
		errno != EINPROGRESS) {
		close(fd);
		return strerror(errno);
	}
	if (poll(&wait, 1, PATIENCE_MS) != 1) {
		close(fd);
		return "silence";
	}
	wait.events = POLLIN;
	poll(&wait, 1, PATIENCE_MS);
	got = read(fd, answer, sizeof(answer) - 1);
	if (got < 0)
		snprintf(answer, sizeof(answer), "%s", strerror(errno));
	else
		answer[got] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	close(fd);
	return answer;
}

static const char *ask_family(const char *name, const char *port, int family)
{
	const struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int error = getaddrinfo(name, port, &hints, &found);

	return error ? gai_strerror(error) : ask_address(found);
}

/* What a name's port says, by IPv4 or IPv6. */
int ask_name(char **words)
{
	bool six = words[2] && strcmp(words[2], "6") == 0;

	puts(ask_family(words[0], words[1], six ? AF_INET6 : AF_INET));
	return 0;
}

/* The same as a service, until both answer. */
int keep_asking(char **words)
{
	const char *name = words[0];
	char four[256];
	char six[256];

	for (int tries = 0; tries < 100; tries++) {
		snprintf(four, sizeof(four), "%s",
			ask_family(name, words[1], AF_INET));
		snprintf(six, sizeof(six), "%s",
			ask_family(name, words[1], AF_INET6));
		if (strcmp(four, words[2]) == 0 && strcmp(six, words[2]) == 0)
			break;
		sleep_ms(100);
	}
	say_done("4 %s 6 %s\n", four, six);
	return hold(NULL);
}

static int packet_socket(const char *pid, unsigned char mac[MAC])
{
	struct ifreq request = {.ifr_name = "eth0"};
	struct sockaddr_ll name = {
		.sll_family = AF_PACKET, .sll_protocol = htons(FRAME_TYPE)};
	int fd;

	if (enter_net(pid) < 0)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(FRAME_TYPE));
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		return -1;
	memcpy(mac, request.ifr_hwaddr.sa_data, MAC);
	name.sll_ifindex = (int)if_nametoindex("eth0");
	return bind(fd, (const void *)&name, sizeof(name)) < 0 ? -1 : fd;
}

static const char *heard(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	return poll(&wait, 1, 300) == 1 ? "heard" : "silent";
}

/* Sends frames from one service's eth0 to another's, as itself or as a third,
 * and tells which of the two others hears them. */
int send_frames(char **words)
{
	unsigned char macs[3][MAC];
	unsigned char frame[60] = {0};
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = packet_socket(words[i], macs[i]);
		if (fds[i] < 0)
			return 2;
	}
	memcpy(frame, macs[1], MAC);
	memcpy(frame + MAC, strcmp(words[3], "itself") == 0 ? macs[0] : macs[2],
		MAC);
	frame[12] = FRAME_TYPE >> 8;
	frame[13] = FRAME_TYPE & 0xff;
	for (int i = 0; i < 3; i++)
		if (write(fds[0], frame, sizeof(frame)) != sizeof(frame))
			return 2;
	printf("%s", heard(fds[1]));
	printf(" %s\n", heard(fds[2]));
	return 0;
}

/* What it takes to pass for another. */
int try_spoof(char **words)
{
	struct ifreq request = {.ifr_name = "eth0"};
	struct sockaddr_in *address = (void *)&request.ifr_addr;
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int packet = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	int set;

	(void)words;
	address->sin_family = AF_INET;
	inet_pton(AF_INET, "10.0.0.99", &address->sin_addr);
	set = ioctl(any, SIOCSIFADDR, &request);
	say_done("packet %s raw %s address %s\n",
		packet < 0 ? "denied" : "opened", raw < 0 ? "denied" : "opened",
		set < 0 ? "denied" : "set");
	return hold(NULL);
}

static void print_table(const struct nlmsghdr *head)
{
	const struct rtattr *at =
		(const void *)((const char *)NLMSG_DATA(head) +
			NLMSG_ALIGN(sizeof(struct nfgenmsg)));
	size_t left = NLMSG_PAYLOAD(head, sizeof(struct nfgenmsg));

	for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == NFTA_TABLE_NAME)
			printf("%s ", (const char *)RTA_DATA(at));
}

/* The kernel's tables of rules about packets of IPv4. */
int print_rules(char **words)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg body;
	} ask = {.head = {.nlmsg_len = sizeof(ask),
			 .nlmsg_type =
				 NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.nfgen_family = AF_INET}};

	_Alignas(struct nlmsghdr) char answer[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	bool done = fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0;

	(void)words;
	while (!done) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		const struct nlmsghdr *head = (const void *)answer;

		for (; got > 0 && NLMSG_OK(head, (size_t)got);
			head = NLMSG_NEXT(head, got)) {
			if (head->nlmsg_type < NLMSG_MIN_TYPE)
				done = true;
			else
				print_table(head);
		}
		done = done || got <= 0;
	}
	puts("");
	return fd < 0 ? 2 : 0;
}
