/* Messages about interfaces. */
#include "base/link.h"

#include "base/text.h"
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/neighbour.h>
#include <linux/veth.h>

static void begin(
	struct netlink *message, uint16_t type, uint16_t flags, int index)
{
	const struct ifinfomsg link = {.ifi_index = index};

	netlink_begin(message, type, flags, &link, sizeof(link));
}

static void add_number(struct netlink *message, uint16_t type, uint32_t value)
{
	netlink_add(message, type, &value, sizeof(value));
}

static void add_name(struct netlink *message, uint16_t type, const char *name)
{
	netlink_add(message, type, name, strlen(name) + 1);
}

static void add_plan(struct netlink *message, const struct link_plan *plan)
{
	add_name(message, IFLA_IFNAME, plan->name);
	if (plan->mac)
		netlink_add(message, IFLA_ADDRESS, plan->mac, LINK_MAC);
	if (plan->mtu)
		add_number(message, IFLA_MTU, plan->mtu);
	if (plan->space >= 0)
		add_number(message, IFLA_NET_NS_FD, (uint32_t)plan->space);
}

static struct ifinfomsg header_of(const struct link_plan *plan)
{
	return (struct ifinfomsg){.ifi_flags = plan->up ? IFF_UP : 0,
		.ifi_change = plan->up ? IFF_UP : 0};
}

/* What only its kind has. */
static void add_kind(struct netlink *message, const struct link_plan *plan)
{
	const uint32_t macvlan = MACVLAN_MODE_BRIDGE;
	struct ifinfomsg peer;
	uint32_t data = netlink_open_nest(message, IFLA_INFO_DATA);
	uint32_t inner;

	if (plan->vlan) {
		netlink_add(
			message, IFLA_VLAN_ID, &plan->vlan, sizeof(plan->vlan));
	} else if (plan->peer) {
		peer = header_of(plan->peer);
		inner = netlink_open_nest(message, VETH_INFO_PEER);
		netlink_put(message, &peer, sizeof(peer));
		add_plan(message, plan->peer);
		netlink_close_nest(message, inner);
	} else if (strcmp(plan->kind, "macvlan") == 0) {
		netlink_add(
			message, IFLA_MACVLAN_MODE, &macvlan, sizeof(macvlan));
	}
	netlink_close_nest(message, data);
}

int link_make(int fd, const struct link_plan *plan)
{
	const struct ifinfomsg header = header_of(plan);
	struct netlink message;
	uint32_t info;

	netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
		sizeof(header));
	add_plan(&message, plan);
	if (plan->below)
		add_number(&message, IFLA_LINK, (uint32_t)plan->below);
	info = netlink_open_nest(&message, IFLA_LINKINFO);
	add_name(&message, IFLA_INFO_KIND, plan->kind);
	add_kind(&message, plan);
	netlink_close_nest(&message, info);
	return netlink_send(fd, &message);
}

/* For the old way of asking: its answer is of a fixed size. */
static struct ifreq about(const char *name)
{
	struct ifreq request = {.ifr_flags = 0};

	text_compose(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

int link_index(int fd, const char *name)
{
	struct ifreq request = about(name);

	return ioctl(fd, SIOCGIFINDEX, &request) < 0 ? -errno
						     : request.ifr_ifindex;
}

int link_mtu(int fd, const char *name)
{
	struct ifreq request = about(name);

	return ioctl(fd, SIOCGIFMTU, &request) < 0 ? -errno : request.ifr_mtu;
}

int link_mac(int fd, const char *name, unsigned char mac[LINK_MAC])
{
	struct ifreq request = about(name);
	int error = ioctl(fd, SIOCGIFHWADDR, &request) < 0 ? -errno : 0;

	memcpy(mac, request.ifr_hwaddr.sa_data, LINK_MAC);
	return error;
}

int link_set(
	int fd, int index, uint16_t property, const void *value, size_t size)
{
	struct netlink message;

	begin(&message, RTM_NEWLINK, 0, index);
	netlink_add(&message, property, value, size);
	return netlink_send(fd, &message);
}

int link_set_number(int fd, int index, uint16_t property, uint32_t value)
{
	return link_set(fd, index, property, &value, sizeof(value));
}

int link_switch(int fd, int index, bool up)
{
	const struct ifinfomsg link = {.ifi_index = index,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = IFF_UP};
	struct netlink message;

	netlink_begin(&message, RTM_NEWLINK, 0, &link, sizeof(link));
	return netlink_send(fd, &message);
}

int link_rename(int fd, const char *name, const char *to)
{
	int index = link_index(fd, name);

	return index < 0 ? index
			 : link_set(fd, index, IFLA_IFNAME, to, strlen(to) + 1);
}

int link_remove(int fd, const char *name)
{
	struct netlink message;

	begin(&message, RTM_DELLINK, 0, 0);
	add_name(&message, IFLA_IFNAME, name);
	return netlink_send(fd, &message);
}

int link_add_name(int fd, int index, const char *name)
{
	struct netlink message;
	uint32_t list;

	begin(&message, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, index);
	list = netlink_open_nest(&message, IFLA_PROP_LIST | NLA_F_NESTED);
	add_name(&message, IFLA_ALT_IFNAME, name);
	netlink_close_nest(&message, list);
	return netlink_send(fd, &message);
}

/* A locked port takes only what comes from an address that the bridge knows to
 * be there; it learns none by itself, and is sent nothing on suspicion.
 * bridge(8) */
static int lock_port(int fd, int index)
{
	static const struct {
		uint16_t property;
		uint8_t value;
	} all[] = {{IFLA_BRPORT_LEARNING, 0}, {IFLA_BRPORT_UNICAST_FLOOD, 0},
		{IFLA_BRPORT_LOCKED, 1}};
	const struct ifinfomsg link = {
		.ifi_family = AF_BRIDGE, .ifi_index = index};
	struct netlink message;
	uint32_t list;

	netlink_begin(&message, RTM_SETLINK, 0, &link, sizeof(link));
	list = netlink_open_nest(&message, IFLA_PROTINFO | NLA_F_NESTED);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		netlink_add(&message, all[i].property, &all[i].value, 1);
	netlink_close_nest(&message, list);
	return netlink_send(fd, &message);
}

int link_lock(int fd, int index, const unsigned char mac[LINK_MAC])
{
	const struct ndmsg header = {.ndm_family = AF_BRIDGE,
		.ndm_ifindex = index,
		.ndm_state = NUD_NOARP,
		.ndm_flags = NTF_MASTER};
	struct netlink message;
	int error = lock_port(fd, index);

	if (error)
		return error;
	netlink_begin(&message, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
		&header, sizeof(header));
	netlink_add(&message, NDA_LLADDR, mac, LINK_MAC);
	return netlink_send(fd, &message);
}

void link_derive_mac(unsigned char mac[LINK_MAC], const unsigned char *below,
	const char *name, unsigned number)
{
	uint64_t hash = 14695981039346656037U;

	for (unsigned i = 0; below && i < LINK_MAC; i++)
		hash = (hash ^ below[i]) * 1099511628211U;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211U;
	hash = (hash ^ number) * 1099511628211U;
	for (unsigned i = 0; i < LINK_MAC; i++, hash >>= 8)
		mac[i] = (unsigned char)hash;
	mac[0] = (mac[0] & 0xfc) | 2;
}

static unsigned char family_of(const struct address *address)
{
	return address->family == 4 ? AF_INET : AF_INET6;
}

int link_address(int fd, int index, const struct address *address, bool at_once)
{
	const struct ifaddrmsg header = {.ifa_family = family_of(address),
		.ifa_prefixlen = address->prefix,
		.ifa_index = (unsigned)index};
	size_t size = address_size(address);
	struct netlink message;

	netlink_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
		&header, sizeof(header));
	netlink_add(&message, IFA_LOCAL, address->bytes, size);
	netlink_add(&message, IFA_ADDRESS, address->bytes, size);
	if (at_once)
		add_number(&message, IFA_FLAGS, IFA_F_NODAD);
	return netlink_send(fd, &message);
}

int link_route(int fd, int index, const struct address *via)
{
	const struct rtmsg header = {.rtm_family = family_of(via),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST};
	struct netlink message;

	netlink_begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
		&header, sizeof(header));
	netlink_add(&message, RTA_GATEWAY, via->bytes, address_size(via));
	add_number(&message, RTA_OIF, (uint32_t)index);
	return netlink_send(fd, &message);
}
