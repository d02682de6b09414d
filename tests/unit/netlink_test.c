/* base/netlink: messages are laid out as the kernel's own macros read them,
 * and the answer taken is the one to the question asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/link.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void is_laid_out(void **state)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24};
	struct netlink message;
	struct nlmsghdr *head = &message.head;
	struct rtattr *attribute;
	unsigned left;

	(void)state;
	netlink_begin(
		&message, RTM_NEWADDR, NLM_F_CREATE, &header, sizeof(header));
	netlink_add(&message, IFA_LABEL, "eth0", 5);
	netlink_add(&message, IFA_LOCAL, "\1\2\3\4", 4);
	assert_false(message.full);
	assert_int_equal(head->nlmsg_type, RTM_NEWADDR);
	assert_int_equal(
		head->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE);
	assert_memory_equal(NLMSG_DATA(head), &header, sizeof(header));
	left = (unsigned)IFA_PAYLOAD(head);
	attribute = IFA_RTA(NLMSG_DATA(head));
	assert_true(RTA_OK(attribute, left));
	assert_int_equal(attribute->rta_type, IFA_LABEL);
	assert_int_equal(RTA_PAYLOAD(attribute), 5);
	assert_string_equal(RTA_DATA(attribute), "eth0");
	attribute = RTA_NEXT(attribute, left);
	assert_true(RTA_OK(attribute, left));
	assert_int_equal(attribute->rta_type, IFA_LOCAL);
	assert_memory_equal(RTA_DATA(attribute), "\1\2\3\4", 4);
	RTA_NEXT(attribute, left);
	assert_int_equal(left, 0);
}

static void has_parts_in_parts(void **state)
{
	static const char zeroes[NETLINK_ROOM];
	const struct ifinfomsg header = {.ifi_index = 1};
	struct netlink message;
	const struct rtattr *outer;
	const struct rtattr *inner;
	uint32_t one;
	uint32_t two;

	(void)state;
	netlink_begin(&message, RTM_NEWLINK, 0, &header, sizeof(header));
	one = netlink_open_nest(&message, IFLA_LINKINFO);
	netlink_add(&message, IFLA_INFO_KIND, "veth", 5);
	two = netlink_open_nest(&message, IFLA_INFO_DATA);
	netlink_put(&message, "abcd", 4);
	netlink_close_nest(&message, two);
	netlink_close_nest(&message, one);
	assert_false(message.full);
	outer = (const void *)(message.bytes + one);
	assert_int_equal(outer->rta_type, IFLA_LINKINFO);
	assert_int_equal(outer->rta_len, message.head.nlmsg_len - one);
	inner = (const void *)(message.bytes + two);
	assert_int_equal(inner->rta_type, IFLA_INFO_DATA);
	assert_int_equal(inner->rta_len, RTA_LENGTH(4));
	assert_memory_equal(RTA_DATA(inner), "abcd", 4);
	netlink_begin(&message, RTM_NEWLINK, 0, &header, sizeof(header));
	netlink_put(&message, zeroes, NETLINK_ROOM - 32);
	one = netlink_open_nest(&message, IFLA_LINKINFO);
	netlink_close_nest(&message, one);
	assert_true(message.full);
}

/* What a test without privileges can find out of links. */
static void links_of_this_machine(void **state)
{
	unsigned char mac[LINK_MAC];
	unsigned char other[LINK_MAC];
	int fd = netlink_open(0);

	(void)state;
	assert_true(fd >= 0);
	assert_true(link_index(fd, "lo") > 0);
	assert_true(link_mtu(fd, "lo") > 0);
	assert_int_equal(link_mac(fd, "lo", mac), 0);
	assert_int_equal(link_index(fd, "no-such-link"), -ENODEV);
	link_derive_mac(mac, NULL, "web", 0);
	link_derive_mac(other, NULL, "web", 0);
	assert_memory_equal(mac, other, LINK_MAC);
	assert_int_equal(mac[0] & 3, 2);
	link_derive_mac(other, NULL, "web", 1);
	assert_memory_not_equal(mac, other, LINK_MAC);
	link_derive_mac(other, mac, "web", 0);
	assert_memory_not_equal(mac, other, LINK_MAC);
	close(fd);
}

static void tells_when_full(void **state)
{
	static const char bytes[NETLINK_ROOM];
	const struct rtmsg header = {.rtm_family = AF_INET};
	size_t most =
		NETLINK_ROOM - NLMSG_SPACE(sizeof(header)) - RTA_LENGTH(0);
	struct netlink message;

	(void)state;
	netlink_begin(&message, RTM_NEWROUTE, 0, &header, sizeof(header));
	netlink_add(&message, RTA_DST, bytes, most);
	assert_false(message.full);
	assert_int_equal(message.head.nlmsg_len, NETLINK_ROOM);
	netlink_add(&message, RTA_DST, bytes, 0);
	assert_true(message.full);
	assert_int_equal(netlink_send(-1, &message), -EMSGSIZE);
	netlink_begin(&message, RTM_NEWROUTE, 0, &header, sizeof(header));
	netlink_add(&message, RTA_DST, bytes, most + 1);
	netlink_add(&message, RTA_OIF, bytes, 4);
	assert_int_equal(netlink_send(-1, &message), -EMSGSIZE);
}

/* A kernel that has news, and answers to others, before ours. */
static void answer(int fd, int error)
{
	struct netlink message;

	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
		char rest[64];
	} reply = {.body.error = -EIO};

	if (read(fd, &message, sizeof(message)) < NLMSG_HDRLEN)
		_exit(1);
	reply.head = message.head;
	reply.head.nlmsg_type = RTM_NEWLINK;
	send(fd, &reply, sizeof(reply), 0);
	reply.head.nlmsg_type = NLMSG_ERROR;
	reply.head.nlmsg_seq--;
	send(fd, &reply, sizeof(reply), 0);
	reply.head.nlmsg_seq++;
	send(fd, &reply, sizeof(reply.head), 0);
	reply.body.error = error;
	send(fd, &reply, sizeof(reply), 0);
	_exit(0);
}

static void takes_its_own_answer(void **state)
{
	static const int errors[] = {0, -EEXIST};
	const struct ifinfomsg header = {.ifi_index = 1};
	struct netlink message;
	int pair[2];
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		assert_int_equal(
			socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair),
			0);
		netlink_begin(
			&message, RTM_NEWLINK, 0, &header, sizeof(header));
		if (fork() == 0)
			answer(pair[1], errors[i]);
		assert_int_equal(netlink_send(pair[0], &message), errors[i]);
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		close(pair[0]);
		close(pair[1]);
	}
}

static void asks_the_kernel(void **state)
{
	const struct ifinfomsg header = {.ifi_index = INT_MAX};
	int fd = netlink_open(0);
	struct netlink message;
	uint32_t mtu = 1500;

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	netlink_begin(&message, RTM_NEWLINK, 0, &header, sizeof(header));
	netlink_add(&message, IFLA_MTU, &mtu, sizeof(mtu));
	assert_int_equal(
		netlink_send(fd, &message), geteuid() == 0 ? -ENODEV : -EPERM);
	close(fd);
	assert_int_equal(netlink_send(fd, &message), -EBADF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_laid_out),
		cmocka_unit_test(has_parts_in_parts),
		cmocka_unit_test(links_of_this_machine),
		cmocka_unit_test(tells_when_full),
		cmocka_unit_test(takes_its_own_answer),
		cmocka_unit_test(asks_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
