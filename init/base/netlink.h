/* Messages to rtnetlink, one at a time, each answered by the kernel before the
 * next. netlink(7), rtnetlink(7)
 */
#ifndef BASE_NETLINK_H
#define BASE_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#define NETLINK_ROOM 1024U /* bytes of the longest message */

struct netlink {
	union {
		struct nlmsghdr head;
		unsigned char bytes[NETLINK_ROOM];
	};

	bool full; /* something did not fit */
};

/* A close-on-exec socket. groups: RTMGRP_* to hear of, or 0, as netlink_send()
 * wants it. Its fd, or -errno. */
int netlink_open(uint32_t groups) __attribute__((warn_unused_result));

/* The same, to nfnetlink, for rules about packets. -EPROTONOSUPPORT: this
 * kernel has it not. */
int netlink_open_filter(void) __attribute__((warn_unused_result));

/* The same, for what the kernel tells of devices: uevents, from their next one
 * on. */
int netlink_open_events(void) __attribute__((warn_unused_result));

/* Begins a message. type: RTM_*; flags: NLM_F_* besides REQUEST and ACK;
 * header: what the type demands (struct ifinfomsg, ifaddrmsg, rtmsg). */
void netlink_begin(struct netlink *message, uint16_t type, uint16_t flags,
	const void *header, size_t size) __attribute__((nonnull));

/* Adds an attribute: IFLA_*, IFA_*, RTA_*. */
void netlink_add(struct netlink *message, uint16_t type, const void *value,
	size_t size) __attribute__((nonnull));

/* Adds bytes as they are. */
void netlink_put(struct netlink *message, const void *bytes, size_t size)
	__attribute__((nonnull));

/* What is added from open to close stands inside of an attribute; close wants
 * what open has returned. */
uint32_t netlink_open_nest(struct netlink *message, uint16_t type)
	__attribute__((nonnull, warn_unused_result));
void netlink_close_nest(struct netlink *message, uint32_t nest)
	__attribute__((nonnull));

/* Sends it and waits for the kernel's answer, which comes at once. 0, or
 * -errno, also the kernel's; -EMSGSIZE when it was full. */
int netlink_send(int fd, struct netlink *message)
	__attribute__((nonnull, warn_unused_result));

#endif
