/* The host's interfaces, as the table wants them: size, addresses, up or down,
 * and the way out. An interface may come late, with a driver that is still
 * looking for its device: the kernel says when it does. rtnetlink(7)
 */
#include "builder/milestone.h"

#include "base/netlink.h"
#include "base/text.h"
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 5 /* for interfaces that are not there yet, in all */

struct network {
	struct milestone_task *task;
	const struct interface *interface; /* the one in hand */
	int index; /* of it */
	int socket;
	int events; /* socket that hears of interfaces */
	int64_t deadline_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned char address_family(const struct address *address)
{
	return address->family == 4 ? AF_INET : AF_INET6;
}

static void complain(
	struct network *n, const char *what, int error, const char *remedy)
{
	const struct table *table = n->task->table;

	if (error)
		milestone_fail(n->task, "%s:%u: interface %s: %s: %s; %s",
			table_string(table, n->interface->file),
			n->interface->line,
			table_string(table, n->interface->name), what,
			strerror(-error), remedy);
}

static int change_flags(const struct network *n, int index, unsigned flags)
{
	const struct ifinfomsg link = {
		.ifi_index = index, .ifi_flags = flags, .ifi_change = IFF_UP};
	struct netlink message;

	netlink_begin(&message, RTM_NEWLINK, 0, &link, sizeof(link));
	return netlink_send(n->socket, &message);
}

static int change_mtu(const struct network *n)
{
	const struct ifinfomsg link = {.ifi_index = n->index};
	struct netlink message;

	netlink_begin(&message, RTM_NEWLINK, 0, &link, sizeof(link));
	netlink_add(&message, IFLA_MTU, &n->interface->mtu,
		sizeof(n->interface->mtu));
	return netlink_send(n->socket, &message);
}

static int add_address(const struct network *n, const struct address *address)
{
	const struct ifaddrmsg header = {.ifa_family = address_family(address),
		.ifa_prefixlen = address->prefix,
		.ifa_index = (unsigned)n->index};
	size_t size = address_size(address);
	struct netlink message;

	netlink_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
		&header, sizeof(header));
	netlink_add(&message, IFA_LOCAL, address->bytes, size);
	netlink_add(&message, IFA_ADDRESS, address->bytes, size);
	return netlink_send(n->socket, &message);
}

static int add_route(const struct network *n)
{
	const struct address *via = &n->interface->via;
	const struct rtmsg header = {.rtm_family = address_family(via),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST};
	struct netlink message;

	netlink_begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
		&header, sizeof(header));
	netlink_add(&message, RTA_GATEWAY, via->bytes, address_size(via));
	netlink_add(&message, RTA_OIF, &n->index, sizeof(n->index));
	return netlink_send(n->socket, &message);
}

static void set_addresses(struct network *n)
{
	const struct list *list = &n->interface->addresses;
	const struct address *addresses =
		table_pointer(n->task->table, list->at);
	char bare[ADDRESS_SIZE];
	char what[ADDRESS_SIZE + 16];

	for (uint32_t i = 0; i < list->count; i++) {
		address_write(bare, &addresses[i]);
		text_compose(what, sizeof(what), "address %s/%u", bare,
			addresses[i].prefix);
		complain(n, what, add_address(n, &addresses[i]),
			addresses[i].family == 4
				? "change it"
				: "the kernel needs CONFIG_IPV6, and no "
				  "disable_ipv6");
	}
}

static void set_route(struct network *n)
{
	char bare[ADDRESS_SIZE];
	char what[ADDRESS_SIZE + 16];

	address_write(bare, &n->interface->via);
	text_compose(what, sizeof(what), "via %s", bare);
	complain(n, what, add_route(n),
		n->interface->up
			? "it must be in the subnet of one of its addresses"
			: "write 'up = yes'");
}

/* A route needs its interface up, and that the size it shall have. */
static void set_interface(struct network *n)
{
	const struct interface *interface = n->interface;

	if (interface->mtu)
		complain(n, "mtu", change_mtu(n),
			"its driver does not take this size");
	set_addresses(n);
	complain(n, interface->up ? "up" : "down",
		change_flags(n, n->index, interface->up ? IFF_UP : 0),
		"the kernel's log (dmesg) tells more");
	if (interface->via.family)
		set_route(n);
}

/* Waits for news of any interface. False: the time is over. */
static bool wait_for_news(const struct network *n)
{
	struct pollfd wait = {.fd = n->events, .events = POLLIN};
	int64_t left = n->deadline_ms - now_ms();
	char news;

	if (left <= 0 || poll(&wait, 1, (int)left) == 0)
		return false;
	while (recv(n->events, &news, 1, MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
	return true;
}

static bool find_interface(struct network *n)
{
	const char *name = table_string(n->task->table, n->interface->name);

	do {
		n->index = (int)if_nametoindex(name);
	} while (!n->index && wait_for_news(n));
	return n->index;
}

static void set_all(struct network *n)
{
	const struct table *table = n->task->table;
	const struct interface *all =
		table_pointer(table, table->interfaces.at);
	int error = change_flags(n, (int)if_nametoindex("lo"), IFF_UP);

	if (error)
		milestone_fail(n->task,
			"network: lo: %s; the kernel needs CONFIG_INET",
			strerror(-error));
	for (uint32_t i = 0; i < table->interfaces.count; i++) {
		n->interface = &all[i];
		if (find_interface(n))
			set_interface(n);
		else
			complain(n, "not there in time", -ENODEV,
				"is its driver among the 'modules'?");
	}
}

void network_set(struct milestone_task *task)
{
	struct network n = {.task = task,
		.socket = netlink_open(0),
		.events = netlink_open(RTMGRP_LINK),
		.deadline_ms = now_ms() + PATIENCE_S * 1000LL};
	int error = n.socket < 0 ? n.socket : n.events;

	if (error < 0)
		milestone_fail(task,
			"network: rtnetlink: %s; the kernel needs CONFIG_NET",
			strerror(-error));
	else
		set_all(&n);
	if (n.socket >= 0)
		close(n.socket);
	if (n.events >= 0)
		close(n.events);
}
