/* The interfaces of a service: made by the builder while the reaper waits for
 * its id maps, so that no program starts before they are up.
 *
 * A pair's end inside is born in the service's network namespace, and ends
 * with it, whatever becomes of the start. A namespace that others have joined
 * outlives the service: there the old interfaces are removed first.
 * veth(4), network_namespaces(7)
 */
#include "base/file.h"
#include "base/link.h"
#include "base/text.h"
#include "builder/milestone.h"
#include "sandbox/build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

/* For what is on its way: an interface back to the host, a driver into the
 * kernel. */
#define TRIES 200U
#define TRY_MS 10

/* rtnetlink and namespace of one side. The program makes one start only. */
struct side {
	int links;
	int space;
};

static struct side host = {-1, -1};
static struct side inside = {-1, -1};

static int result(int error)
{
	if (error >= 0)
		return 0;
	errno = -error;
	return -1;
}

/* Of the network namespace that the builder is in. */
static int open_side(const struct build *b, struct side *side)
{
	side->space =
		openat(b->host->proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (side->space < 0)
		return -1;
	side->links = netlink_open(0);
	return result(side->links);
}

static const struct net_entry *nets_of(const struct build *b)
{
	return table_pointer(b->table, b->service->nets.at);
}

/* Those that this process makes. */
static uint32_t count_of(const struct build *b)
{
	return b->has_net ? b->service->nets.count : 0;
}

static const char *name_of(const struct build *b)
{
	return table_string(b->table, b->service->name);
}

int net_open(struct build *b)
{
	return count_of(b) ? open_side(b, &host) : 0;
}

/* Addresses are the table's: nobody else gives any, and none is waited for. A
 * kernel without IPv6 has no such settings. */
static int be_calm(const struct build *b, const char *name)
{
	static const char *const settings[] = {"accept_ra", "accept_dad"};
	char path[64];

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		text_compose(path, sizeof(path), "sys/net/ipv6/conf/%s/%s",
			name, settings[i]);
		if (file_write(b->host->proc, path, "0") < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* What the last start has left in a namespace that was kept. */
static void remove_old(const struct build *b)
{
	const struct net_entry *nets = nets_of(b);

	for (uint32_t i = 0; i < count_of(b); i++)
		if (nets[i].kind != NET_MOVE &&
			link_remove(inside.links,
				table_string(b->table, nets[i].name)) < 0)
			continue;
}

/* Its keeper has made them, and keeps them. */
static bool is_made(const struct build *b)
{
	return b->given && b->given->is_made;
}

/* A namespace that is kept the builder has entered already. */
int net_enter(struct build *b)
{
	bool own = is_own(b, SPACE_NET);

	if (!count_of(b))
		return 0;
	if (own && setns(b->reaper, CLONE_NEWNET) < 0)
		return -1;
	b->object = "ipv6";
	if (open_side(b, &inside) < 0 || be_calm(b, "default") < 0)
		return -1;
	if (!own && !is_made(b))
		remove_old(b);
	b->object = NULL;
	return own ? setns(host.space, CLONE_NEWNET) : 0;
}

/* The builder stands in a namespace that is kept. */
int net_leave(const struct build *b)
{
	return is_own(b, SPACE_NET) ? 0 : setns(host.space, CLONE_NEWNET);
}

int net_return(const struct build *b)
{
	return is_own(b, SPACE_NET) ? 0 : setns(inside.space, CLONE_NEWNET);
}

/* The hardware address of what a new interface stands on. */
static int mac_below(const char *link, unsigned char below[LINK_MAC])
{
	return *link ? link_mac(host.links, link, below) : 0;
}

/* The kernel has modprobe load the driver, which takes one that is on its way
 * there, for another start, for a loaded one. */
static int make_link(const struct build *b, const struct link_plan *plan)
{
	int error = link_make(host.links, plan);

	for (unsigned i = 0; i < TRIES && error == -EOPNOTSUPP; i++) {
		bool is_coming = modules_are_loading(b->host->proc);

		error = link_make(host.links, plan);
		if (!is_coming)
			break;
		poll(NULL, 0, TRY_MS);
	}
	return error;
}

static int make_pair(struct build *b, const struct net_entry *net)
{
	const char *link = table_string(b->table, net->link);
	unsigned char below[LINK_MAC] = {0};
	unsigned char macs[2][LINK_MAC];
	int mtu = *link ? link_mtu(host.links, link) : 0;
	const struct link_plan peer = {
		.name = table_string(b->table, net->name),
		.mac = macs[0],
		.mtu = mtu > 0 ? (uint32_t)mtu : 0,
		.space = inside.space};
	const struct link_plan plan = {
		.name = table_string(b->table, net->host_name),
		.kind = "veth",
		.mac = macs[1],
		.mtu = peer.mtu,
		.space = -1,
		.peer = &peer,
		.up = true};
	int error = mac_below(link, below);

	if (error < 0)
		return error;
	link_derive_mac(macs[0], below, name_of(b), net->number * 2U);
	link_derive_mac(macs[1], below, name_of(b), net->number * 2U + 1);
	error = make_link(b, &plan);
	/* that of the last start: its namespace is still on its way down, or
	 * has come to its end just now */
	if (error == -EEXIST) {
		int gone = link_remove(host.links, plan.name);

		if (gone == 0 || gone == -ENODEV)
			error = make_link(b, &plan);
	}
	return error;
}

/* Whom the end inside may be: its own hardware address, and no other. */
static int put_on_bridge(
	const struct build *b, const struct net_entry *net, int end)
{
	const char *link = table_string(b->table, net->link);
	unsigned char mac[LINK_MAC];
	int bridge = link_index(host.links, link);
	int error = bridge < 0 ? bridge
			       : link_set_number(host.links, end, IFLA_MASTER,
					 (uint32_t)bridge);

	if (error >= 0)
		error = link_mac(
			inside.links, table_string(b->table, net->name), mac);
	return error < 0 ? error : link_lock(host.links, end, mac);
}

/* The host's own side of a pair, where it is no bridge's. */
static int set_peer(const struct build *b, const struct net_entry *net, int end)
{
	int error = 0;

	if (net_leave(b) < 0)
		return -errno;
	if (be_calm(b, table_string(b->table, net->host_name)) < 0)
		error = -errno;
	if (net_return(b) < 0)
		return -errno;
	for (unsigned i = 0; i < NET_FAMILIES && error >= 0; i++)
		if (net->peers[i].family)
			error = link_address(
				host.links, end, &net->peers[i], true);
	return error;
}

static int switch_on(const struct build *b, const struct net_entry *net)
{
	int index = link_index(inside.links, table_string(b->table, net->name));

	return index < 0 ? index : link_switch(inside.links, index, true);
}

static int make_veth(struct build *b, const struct net_entry *net)
{
	const char *name = table_string(b->table, net->host_name);
	int error = make_pair(b, net);
	int end = error < 0 ? error : link_index(host.links, name);

	/* the kernel takes no pair whose other end is up at once */
	error = end < 0 ? end : switch_on(b, net);
	if (error < 0)
		return error;
	/* only for those who look: it may be another's */
	if (net->whole_name &&
		link_add_name(host.links, end,
			table_string(b->table, net->whole_name)) < 0)
		b->object = name;
	return net->kind == NET_BRIDGE ? put_on_bridge(b, net, end)
				       : set_peer(b, net, end);
}

/* It is born with a name that the host has not either: the kernel looks there
 * for one that is taken. */
static int make_macvlan(struct build *b, const struct net_entry *net)
{
	const char *link = table_string(b->table, net->link);
	unsigned char below[LINK_MAC];
	unsigned char mac[LINK_MAC];
	const struct link_plan plan = {
		.name = table_string(b->table, net->host_name),
		.kind = "macvlan",
		.below = link_index(host.links, link),
		.mac = mac,
		.space = inside.space};
	int error = plan.below < 0 ? plan.below : mac_below(link, below);

	if (error < 0)
		return error;
	link_derive_mac(mac, below, name_of(b), net->number * 2U);
	error = make_link(b, &plan);
	if (error >= 0)
		error = link_rename(inside.links, plan.name,
			table_string(b->table, net->name));
	return error < 0 ? error : switch_on(b, net);
}

/* One that the kernel does not give back when a namespace ends. */
static int remake(const struct build *b, const struct net_entry *net)
{
	const struct interface *all =
		table_pointer(b->table, b->table->interfaces.at);
	const struct interface *interface =
		net->interface == NET_NO_STANZA ? NULL : &all[net->interface];
	struct link_plan plan = {
		.name = table_string(b->table, net->link), .space = -1};

	if (!interface || interface->kind == INTERFACE_THERE)
		return -ENODEV;
	plan.kind = "dummy";
	if (interface->kind == INTERFACE_VLAN) {
		plan.kind = "vlan";
		plan.vlan = interface->vlan;
		plan.below = link_index(
			host.links, table_string(b->table, interface->link));
		if (plan.below < 0)
			return plan.below;
	}
	return make_link(b, &plan);
}

/* It may still be in the namespace of the last start, from where the kernel
 * brings it back in its own time. */
static int wait_for(const char *name)
{
	int index = link_index(host.links, name);

	for (unsigned i = 0; i < TRIES && index == -ENODEV; i++) {
		poll(NULL, 0, TRY_MS);
		index = link_index(host.links, name);
	}
	return index;
}

static int move(struct build *b, const struct net_entry *net)
{
	const char *name = table_string(b->table, net->link);
	int index = link_index(host.links, name);
	int error;

	if (index == -ENODEV && link_index(inside.links, name) > 0)
		return 0;
	if (index == -ENODEV && remake(b, net) == 0)
		index = link_index(host.links, name);
	if (index == -ENODEV)
		index = wait_for(name);
	error = index < 0 ? index
			  : link_set_number(host.links, index, IFLA_NET_NS_FD,
				    (uint32_t)inside.space);
	return error < 0 ? error : switch_on(b, net);
}

int net_make(struct build *b)
{
	static int (*const makers[])(
		struct build * b, const struct net_entry *net) = {
		[NET_BRIDGE] = make_veth,
		[NET_VETH] = make_veth,
		[NET_MACVLAN] = make_macvlan,
		[NET_MOVE] = move,
	};
	const struct net_entry *nets = nets_of(b);

	for (uint32_t i = 0; i < count_of(b); i++) {
		const struct net_entry *net = &nets[i];

		if (is_made(b) || net->kind != b->step->argument)
			continue;
		b->object = table_string(
			b->table, net->link ? net->link : net->host_name);
		if (result(makers[net->kind](b, net)) < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}

static int add_address(
	struct build *b, int index, const struct address *address)
{
	char bare[ADDRESS_SIZE];

	text_compose(b->text, sizeof(b->text), "%s/%u",
		address_write(bare, address), address->prefix);
	return result(link_address(inside.links, index, address, true));
}

static int add_routes(struct build *b, int index, const struct net_entry *net)
{
	char bare[ADDRESS_SIZE];

	for (unsigned i = 0; i < NET_FAMILIES; i++) {
		if (!net->via[i].family)
			continue;
		text_compose(b->text, sizeof(b->text), "via %s",
			address_write(bare, &net->via[i]));
		if (result(link_route(inside.links, index, &net->via[i])) < 0)
			return -1;
	}
	return 0;
}

int net_address(struct build *b)
{
	const struct net_entry *nets = nets_of(b);

	for (uint32_t i = 0; i < count_of(b); i++) {
		const struct net_entry *net = &nets[i];
		int index;

		if (is_made(b))
			break;
		b->object = table_string(b->table, net->name);
		index = link_index(inside.links, b->object);
		if (result(index) < 0)
			return -1;
		b->object = b->text;
		for (unsigned j = 0; j < net->address_count; j++)
			if (add_address(b, index, &net->addresses[j]) < 0)
				return -1;
		if (add_routes(b, index, net) < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}
