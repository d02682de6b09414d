/* Building, sending and acknowledging messages to rtnetlink. */
#include "base/netlink.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FROM_KERNEL 1U /* the group of what the kernel itself tells */

struct answer {
	struct nlmsghdr head;
	struct nlmsgerr body;
};

static int open_protocol(int protocol, uint32_t groups)
{
	const struct sockaddr_nl name = {
		.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int error;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

int netlink_open(uint32_t groups)
{
	return open_protocol(NETLINK_ROUTE, groups);
}

int netlink_open_filter(void)
{
	return open_protocol(NETLINK_NETFILTER, 0);
}

int netlink_open_events(void)
{
	return open_protocol(NETLINK_KOBJECT_UEVENT, FROM_KERNEL);
}

/* Room for so many bytes at the end, which stays aligned; NULL: none. */
static void *extend(struct netlink *message, size_t size)
{
	uint32_t used = message->head.nlmsg_len;

	if (message->full || size > NETLINK_ROOM - used) {
		message->full = true;
		return NULL;
	}
	message->head.nlmsg_len = used + (uint32_t)NLMSG_ALIGN(size);
	return message->bytes + used;
}

void netlink_put(struct netlink *message, const void *bytes, size_t size)
{
	unsigned char *to = extend(message, size);

	if (to)
		memcpy(to, bytes, size);
}

void netlink_begin(struct netlink *message, uint16_t type, uint16_t flags,
	const void *header, size_t size)
{
	*message = (struct netlink){
		.head = {.nlmsg_len = NLMSG_HDRLEN,
			.nlmsg_type = type,
			.nlmsg_flags = flags | NLM_F_REQUEST | NLM_F_ACK}};
	netlink_put(message, header, size);
}

void netlink_add(
	struct netlink *message, uint16_t type, const void *value, size_t size)
{
	const struct rtattr head = {(uint16_t)RTA_LENGTH(size), type};
	unsigned char *to = extend(message, RTA_LENGTH(size));

	if (!to)
		return;
	memcpy(to, &head, sizeof(head));
	memcpy(to + RTA_LENGTH(0), value, size);
}

uint32_t netlink_open_nest(struct netlink *message, uint16_t type)
{
	uint32_t nest = message->head.nlmsg_len;
	const struct rtattr head = {(uint16_t)RTA_LENGTH(0), type};

	netlink_put(message, &head, sizeof(head));
	return nest;
}

void netlink_close_nest(struct netlink *message, uint32_t nest)
{
	uint16_t length = (uint16_t)(message->head.nlmsg_len - nest);

	if (!message->full)
		memcpy(message->bytes + nest, &length, sizeof(length));
}

/* Waits for the answer to the message of that number. */
static int receive(int fd, uint32_t number)
{
	struct answer answer;
	ssize_t got;

	do {
		got = recv(fd, &answer, sizeof(answer), 0);
		if (got < 0 && errno != EINTR)
			return -errno;
	} while (got < (ssize_t)sizeof(answer) ||
		answer.head.nlmsg_type != NLMSG_ERROR ||
		answer.head.nlmsg_seq != number);
	return answer.body.error;
}

int netlink_send(int fd, struct netlink *message)
{
	static uint32_t number;

	if (message->full)
		return -EMSGSIZE;
	message->head.nlmsg_seq = ++number;
	if (send(fd, message->bytes, message->head.nlmsg_len, 0) < 0)
		return -errno;
	return receive(fd, number);
}
