/* Interfaces and default routes of the host. What the kernel tells by rtnetlink
 * wakes; then the interfaces that somebody asks for are looked at, each by its
 * name, and routes when one may have come or gone. rtnetlink(7)
 */
#include "builder/conditions.h"

#include "base/netlink.h"
#include "base/told.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ROOM 32768U /* an answer of the kernel's to a dump is no longer */
#define PATIENCE_S 2
#define AT_A_TIME 1024U
#define STRICT_CHECK 12 /* NETLINK_GET_STRICT_CHK: filters of dumps count */
#define OF_ALL (NLM_F_REQUEST | NLM_F_DUMP)

static union {
	struct nlmsghdr head;
	char bytes[ROOM];
} told;

static int asks = -1; /* for questions and answers only */

bool links_test(const struct thing *thing)
{
	return thing_is(thing, CONDITION_NET) ||
		thing_is(thing, CONDITION_ROUTE);
}

static bool is_route(const struct thing *thing)
{
	return thing_is(thing, CONDITION_ROUTE);
}

static bool is_link(const struct thing *thing)
{
	return thing_is(thing, CONDITION_NET);
}

/* An answer that does not come is an error, and the process is made anew. */
static int open_asks(void)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	const int yes = 1;

	asks = netlink_open(0);
	if (asks < 0) {
		errno = -asks;
		return -1;
	}
	setsockopt(asks, SOL_NETLINK, STRICT_CHECK, &yes, sizeof(yes));
	return setsockopt(
		asks, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

int links_open(const struct things *things)
{
	uint32_t groups = RTMGRP_LINK;
	int fd;

	if (things_have(things, is_link))
		groups |= RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
	if (things_have(things, is_route))
		groups |= RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
	if (open_asks() < 0)
		return -1;
	fd = netlink_open(groups);
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

/* Routes of IPv4 go with their interface, and nobody tells. */
static void hear_messages(size_t size, const struct things *things)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = told_next(told.bytes, size, &at)) != NULL) {
		bool of_route = message->nlmsg_type == RTM_NEWROUTE ||
			message->nlmsg_type == RTM_DELROUTE;

		if (!of_route)
			things_mark(things, is_link);
		if (!of_route || told_default(message))
			things_mark(things, is_route);
	}
}

void links_hear(int fd, const struct things *things)
{
	for (unsigned i = 0; i < AT_A_TIME; i++) {
		ssize_t count =
			recv(fd, told.bytes, sizeof(told), MSG_DONTWAIT);

		if (count >= 0)
			hear_messages((size_t)count, things);
		else if (errno == ENOBUFS)
			things_mark(things, links_test);
		else if (errno != EINTR)
			break;
	}
}

/* --- questions ------------------------------------------------------------ */

typedef bool answer_test(const struct nlmsghdr *message, uint32_t index);

/* Sends a question. 0, or -errno. */
static int ask(struct netlink *question, uint16_t flags)
{
	static uint32_t number;

	question->head.nlmsg_flags = flags;
	question->head.nlmsg_seq = ++number;
	return send(asks, question->bytes, question->head.nlmsg_len, 0) < 0
		? -errno
		: 0;
}

struct search {
	answer_test *test;
	uint32_t index;
	uint32_t number; /* of the question */
	bool found;
	bool over;
	int error;
};

static void take_answer(const struct nlmsghdr *message, struct search *search)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	if (message->nlmsg_seq != search->number)
		return;
	search->over = !(message->nlmsg_flags & NLM_F_MULTI) ||
		message->nlmsg_type == NLMSG_DONE;
	if (message->nlmsg_type == NLMSG_ERROR &&
		message->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)))
		search->error = error->error;
	else if (search->test(message, search->index))
		search->found = true;
}

/* Reads all that is answered, whatever is found first. */
static int find(struct netlink *question, uint16_t flags, struct search *search)
{
	search->error = ask(question, flags);
	search->number = question->head.nlmsg_seq;
	while (!search->over && !search->error) {
		ssize_t count = recv(asks, told.bytes, sizeof(told), 0);
		const struct nlmsghdr *message;
		size_t at = 0;

		if (count < 0 && errno != EINTR)
			return -errno;
		while (count > 0 &&
			(message = told_next(told.bytes, (size_t)count, &at)) !=
				NULL)
			take_answer(message, search);
	}
	return search->error;
}

static struct told_link seen;

static bool see_link(const struct nlmsghdr *message, uint32_t index)
{
	(void)index;
	return told_link(message, &seen);
}

static int find_link(const char *name, struct search *search)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC};
	struct netlink question;

	*search = (struct search){.test = see_link};
	netlink_begin(&question, RTM_GETLINK, 0, &body, sizeof(body));
	netlink_add(&question, IFLA_IFNAME, name, strlen(name) + 1);
	return find(&question, NLM_F_REQUEST, search);
}

static int find_address(struct search *search)
{
	const struct ifaddrmsg body = {.ifa_index = seen.index};
	struct netlink question;

	*search = (struct search){.test = told_address, .index = seen.index};
	netlink_begin(&question, RTM_GETADDR, 0, &body, sizeof(body));
	return find(&question, OF_ALL, search);
}

static void look_at_link(struct thing *thing)
{
	struct search search;
	int error = find_link(thing->name, &search);

	thing->value = 0;
	if (error || !search.found) {
		thing->error = error == -ENODEV ? 0 : -error;
		return;
	}
	switch ((enum net_state)thing->condition->state) {
	case NET_PRESENT:
		thing->value = 1;
		break;
	case NET_UP:
		thing->value = seen.up;
		break;
	case NET_CARRIER:
		thing->value = seen.carrier;
		break;
	case NET_ADDRESS:
		thing->error = seen.up ? -find_address(&search) : 0;
		thing->value = seen.up && search.found;
		break;
	}
}

static bool see_route(const struct nlmsghdr *message, uint32_t index)
{
	(void)index;
	return told_default(message);
}

static int find_route(uint8_t family, struct search *search)
{
	const struct rtmsg body = {.rtm_family = family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_type = RTN_UNICAST};
	struct netlink question;

	*search = (struct search){.test = see_route};
	netlink_begin(&question, RTM_GETROUTE, 0, &body, sizeof(body));
	return find(&question, OF_ALL, search);
}

/* A kernel without a family has no route of it. */
static void look_at_routes(struct thing *thing)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	thing->value = 0;
	for (unsigned i = 0; i < 2 && !thing->value; i++) {
		struct search search;
		int error = find_route(families[i], &search);

		if (error == -EAGAIN)
			thing->error = -error;
		thing->value = search.found;
	}
}

void links_look(struct thing *thing)
{
	if (is_route(thing))
		look_at_routes(thing);
	else
		look_at_link(thing);
}
