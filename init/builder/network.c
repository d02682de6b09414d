/* The host's interfaces, as the table wants them: size, addresses, up or down,
 * and the way out. An interface may come late, with a driver that is still
 * looking for its device: the kernel says when it does. rtnetlink(7)
 */
#include "builder/milestone.h"

#include "base/file.h"
#include "base/link.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
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

static void complain(
	struct network *n, const char *what, int error, const char *remedy)
{
	const struct table *table = n->task->table;
	bool is_bridge = n->interface->kind == INTERFACE_BRIDGE;

	if (error < 0)
		milestone_fail(n->task, "%s:%u: %s %s: %s: %s; %s",
			table_string(table, n->interface->file),
			n->interface->line, is_bridge ? "bridge" : "interface",
			table_string(table, n->interface->name), what,
			strerror(-error), remedy);
}

/* On a bridge without ports all addresses are the table's. */
static void set_addresses(struct network *n)
{
	const struct list *list = &n->interface->addresses;
	const struct address *addresses =
		table_pointer(n->task->table, list->at);
	bool at_once = n->interface->kind == INTERFACE_BRIDGE &&
		!n->interface->ports.count;
	char bare[ADDRESS_SIZE];
	char what[ADDRESS_SIZE + 16];

	for (uint32_t i = 0; i < list->count; i++) {
		address_write(bare, &addresses[i]);
		text_compose(what, sizeof(what), "address %s/%u", bare,
			addresses[i].prefix);
		complain(n, what,
			link_address(
				n->socket, n->index, &addresses[i], at_once),
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
	complain(n, what, link_route(n->socket, n->index, &n->interface->via),
		n->interface->up
			? "it must be in the subnet of one of its addresses"
			: "write 'up = yes'");
}

/* Who is on the bridge could else give the host addresses and a way out. */
static void ignore_advertisements(struct network *n)
{
	const char *name = table_string(n->task->table, n->interface->name);
	char path[64];

	text_compose(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra",
		name);
	if (file_write(AT_FDCWD, path, "0") < 0 && errno != ENOENT)
		complain(n, "accept_ra", -errno, "is /proc mounted?");
}

/* A route needs its interface up, and that the size it shall have. */
static void set_interface(struct network *n)
{
	const struct interface *interface = n->interface;

	if (interface->kind == INTERFACE_BRIDGE)
		ignore_advertisements(n);
	if (interface->mtu)
		complain(n, "mtu",
			link_set_number(
				n->socket, n->index, IFLA_MTU, interface->mtu),
			"its driver does not take this size");
	set_addresses(n);
	complain(n, interface->up ? "up" : "down",
		link_switch(n->socket, n->index, interface->up),
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

/* The number of an interface that may come late; -ENODEV: it did not. */
static int find(struct network *n, const char *name)
{
	int index;

	do {
		index = link_index(n->socket, name);
	} while (index == -ENODEV && wait_for_news(n));
	return index;
}

#define NO_DRIVER "is its driver among the 'modules'?"

static const struct {
	const char *kind;
	const char *remedy;
} kinds[] = {
	[INTERFACE_VLAN] = {"vlan",
		"the kernel needs CONFIG_VLAN_8021Q, or 'modules = 8021q'"},
	[INTERFACE_DUMMY] = {"dummy",
		"the kernel needs CONFIG_DUMMY, or 'modules = dummy'"},
	[INTERFACE_BRIDGE] = {"bridge",
		"the kernel needs CONFIG_BRIDGE, or 'modules = bridge'"},
};

/* A VLAN is up only as long as what is below it. */
static int find_below(struct network *n)
{
	const char *name = table_string(n->task->table, n->interface->link);
	int index = find(n, name);
	int error = index < 0 ? index : link_switch(n->socket, index, true);

	complain(n, name, error, NO_DRIVER);
	return error < 0 ? error : index;
}

/* What is there already, it takes as it is. */
static void make(struct network *n)
{
	const struct interface *interface = n->interface;
	unsigned char mac[LINK_MAC];
	struct link_plan plan = {
		.name = table_string(n->task->table, interface->name),
		.kind = kinds[interface->kind].kind,
		.vlan = interface->vlan,
		.mac = mac,
		.space = -1};
	int error;

	link_derive_mac(mac, NULL, plan.name, 0);
	if (interface->kind == INTERFACE_VLAN) {
		plan.mac = NULL;
		plan.below = find_below(n);
		if (plan.below < 0)
			return;
	}
	error = link_make(n->socket, &plan);
	if (error != -EEXIST)
		complain(n, "make it", error, kinds[interface->kind].remedy);
}

/* The first port gives a bridge its hardware address: one that no other
 * machine has, and that does not change with who comes and goes. */
static void add_port(struct network *n, const char *name, bool is_first)
{
	unsigned char mac[LINK_MAC];
	int index = find(n, name);
	int error = index < 0 ? index
			      : link_set_number(n->socket, index, IFLA_MASTER,
					(uint32_t)n->index);

	if (error >= 0 && is_first)
		error = link_mac(n->socket, name, mac);
	if (error >= 0 && is_first)
		error = link_set(
			n->socket, n->index, IFLA_ADDRESS, mac, sizeof(mac));
	if (error >= 0)
		error = link_switch(n->socket, index, true);
	complain(n, name, error, NO_DRIVER);
}

static void add_ports(struct network *n)
{
	const struct table *table = n->task->table;
	const table_at *ports = table_pointer(table, n->interface->ports.at);

	for (uint32_t i = 0; i < n->interface->ports.count; i++)
		add_port(n, table_string(table, ports[i]), i == 0);
}

static void set(struct network *n)
{
	n->index = find(n, table_string(n->task->table, n->interface->name));
	if (n->index < 0) {
		complain(n, "not there in time", n->index, NO_DRIVER);
		return;
	}
	add_ports(n);
	set_interface(n);
}

static bool is_made(const struct interface *interface)
{
	return interface->kind == INTERFACE_DUMMY ||
		interface->kind == INTERFACE_BRIDGE;
}

static bool is_vlan(const struct interface *interface)
{
	return interface->kind == INTERFACE_VLAN;
}

static bool is_any(const struct interface *interface)
{
	(void)interface;
	return true;
}

/* VLANs stand on others, and ports may be of any kind. */
static void set_all(struct network *n)
{
	static const struct {
		bool (*is)(const struct interface *interface);
		void (*act)(struct network *n);
	} rounds[] = {{is_made, make}, {is_vlan, make}, {is_any, set}};
	const struct table *table = n->task->table;
	const struct interface *all =
		table_pointer(table, table->interfaces.at);
	int lo = link_index(n->socket, "lo");
	int error = lo < 0 ? lo : link_switch(n->socket, lo, true);

	if (error < 0)
		milestone_fail(n->task,
			"network: lo: %s; the kernel needs CONFIG_INET",
			strerror(-error));
	for (size_t round = 0; round < sizeof(rounds) / sizeof(*rounds);
		round++) {
		for (uint32_t i = 0; i < table->interfaces.count; i++) {
			n->interface = &all[i];
			if (rounds[round].is(n->interface))
				rounds[round].act(n);
		}
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
