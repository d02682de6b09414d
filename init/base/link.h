/* Network interfaces through rtnetlink: made, changed and removed. Used by
 * boot/ for those of the host and by builder/ for those of services. The
 * socket tells the network namespace, wherever the caller is. All return 0 or
 * -errno. rtnetlink(7), netdevice(7)
 */
#ifndef BASE_LINK_H
#define BASE_LINK_H

#include "base/address.h"
#include "base/netlink.h"

#define LINK_MAC 6U /* bytes of a hardware address */

/* What shall be made. */
struct link_plan {
	const char *name;
	const char *kind; /* as the kernel's modules rtnl-link-KIND */
	int below; /* index of what it stands on, or 0 */
	uint16_t vlan; /* kind "vlan": its id */
	const unsigned char *mac; /* NULL: the kernel's choice */
	uint32_t mtu; /* 0: the kernel's choice */
	int space; /* fd of the network namespace to make it in, or -1 */
	const struct link_plan *peer; /* kind "veth": the other end */
	bool up;
};

/* -EEXIST where the name is taken; -EOPNOTSUPP where the kernel has no such
 * kind and no module for it. */
int link_make(int fd, const struct link_plan *plan)
	__attribute__((nonnull, warn_unused_result));

/* The number of an interface, its largest packet, its hardware address. */
int link_index(int fd, const char *name)
	__attribute__((nonnull, warn_unused_result));
int link_mtu(int fd, const char *name)
	__attribute__((nonnull, warn_unused_result));
int link_mac(int fd, const char *name, unsigned char mac[LINK_MAC])
	__attribute__((nonnull, warn_unused_result));

/* Changes one property (IFLA_*) of an interface. */
int link_set(int fd, int index, uint16_t property, const void *value,
	size_t size) __attribute__((nonnull, warn_unused_result));
int link_set_number(int fd, int index, uint16_t property, uint32_t value)
	__attribute__((warn_unused_result));
int link_switch(int fd, int index, bool up) __attribute__((warn_unused_result));
int link_rename(int fd, const char *name, const char *to)
	__attribute__((nonnull, warn_unused_result));
int link_remove(int fd, const char *name)
	__attribute__((nonnull, warn_unused_result));

/* A further name, of up to 127 bytes. */
int link_add_name(int fd, int index, const char *name)
	__attribute__((nonnull, warn_unused_result));

/* Puts an interface on a bridge, where it may send from this hardware address
 * only, and gets what is for it and no more. */
int link_lock(int fd, int index, const unsigned char mac[LINK_MAC])
	__attribute__((nonnull, warn_unused_result));

/* An address of one's own choice (locally administered) for what stands on
 * `below` (NULL: on nothing). The same on every boot. */
void link_derive_mac(unsigned char mac[LINK_MAC], const unsigned char *below,
	const char *name, unsigned number) __attribute__((nonnull(1, 3)));

/* Adds an address; at_once: without looking for another who has it. */
int link_address(int fd, int index, const struct address *address, bool at_once)
	__attribute__((nonnull, warn_unused_result));

/* A default route. */
int link_route(int fd, int index, const struct address *via)
	__attribute__((nonnull, warn_unused_result));

#endif
