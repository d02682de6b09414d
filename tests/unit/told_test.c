/* base/told: what the kernel tells, as bytes, and truths that follow. */
#include "fixture.h"

#include "base/netlink.h"
#include "base/told.h"
#include <net/if.h>

#include <linux/rtnetlink.h>

#define UEVENT(text) told_device(text, sizeof(text) - 1)

static void hears_of_nodes(void **state)
{
	(void)state;
	assert_true(UEVENT("add@/devices/x\0ACTION=add\0DEVNAME=loop0\0"));
	assert_true(UEVENT("remove@/devices/x\0DEVNAME=bus/usb/1\0SEQNUM=2\0"));
	assert_false(UEVENT("add@/devices/x\0ACTION=add\0SUBSYSTEM=net\0"));
	assert_false(UEVENT("DEVNAME=loop0"));
	assert_false(UEVENT("add@/x\0XDEVNAME=loop0\0"));
	assert_false(UEVENT("add@/x\0DEVNAME"));
	assert_false(told_device("", 0));
}

static struct netlink link_message(int index, unsigned flags)
{
	const struct ifinfomsg body = {.ifi_index = index, .ifi_flags = flags};
	struct netlink message;

	netlink_begin(&message, RTM_NEWLINK, 0, &body, sizeof(body));
	netlink_add(&message, IFLA_IFNAME, "eth0", 5);
	return message;
}

static void hears_of_links(void **state)
{
	struct netlink message = link_message(3, IFF_UP);
	struct told_link link;

	(void)state;
	assert_true(told_link(&message.head, &link));
	assert_int_equal(link.index, 3);
	assert_true(link.up);
	assert_false(link.carrier);
	message = link_message(3, IFF_UP | 0x10000);
	assert_true(told_link(&message.head, &link) && link.carrier);
	message = link_message(3, 0x10000);
	assert_true(told_link(&message.head, &link));
	assert_false(link.up || link.carrier);
	message = link_message(0, IFF_UP);
	assert_false(told_link(&message.head, &link));
	message = link_message(3, IFF_UP);
	message.head.nlmsg_type = RTM_DELLINK;
	assert_false(told_link(&message.head, &link));
	message = link_message(3, IFF_UP);
	message.head.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)) - 1;
	assert_false(told_link(&message.head, &link));
}

/* flags: those of the body, of the attribute (or 0: none) */
static bool address_counts(
	uint8_t scope, uint8_t flags, uint32_t attribute, uint32_t index)
{
	const struct ifaddrmsg body = {
		.ifa_index = 3, .ifa_scope = scope, .ifa_flags = flags};
	struct netlink message;

	netlink_begin(&message, RTM_NEWADDR, 0, &body, sizeof(body));
	netlink_add(&message, IFA_LABEL, "eth0", 5);
	if (attribute)
		netlink_add(&message, IFA_FLAGS, &attribute, sizeof(attribute));
	return told_address(&message.head, index);
}

static void hears_of_addresses(void **state)
{
	const uint32_t lasting = 0x200; /* IFA_F_NOPREFIXROUTE */

	(void)state;
	assert_true(address_counts(RT_SCOPE_UNIVERSE, 0, 0, 3));
	assert_true(address_counts(RT_SCOPE_SITE, 0, lasting, 3));
	assert_false(address_counts(RT_SCOPE_UNIVERSE, 0, 0, 4));
	assert_false(address_counts(RT_SCOPE_LINK, 0, 0, 3));
	assert_false(address_counts(RT_SCOPE_HOST, 0, 0, 3));
	assert_false(address_counts(RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE, 0, 3));
	assert_false(address_counts(RT_SCOPE_UNIVERSE, 0, IFA_F_TENTATIVE, 3));
	assert_false(address_counts(RT_SCOPE_UNIVERSE, 0, IFA_F_DADFAILED, 3));
	assert_true(address_counts(
		RT_SCOPE_UNIVERSE, 0, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, 3));
	/* the attribute has the last word */
	assert_true(
		address_counts(RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE, lasting, 3));
}

static struct netlink route_message(struct rtmsg body, uint32_t table)
{
	struct netlink message;

	netlink_begin(&message, RTM_NEWROUTE, 0, &body, sizeof(body));
	if (table)
		netlink_add(&message, RTA_TABLE, &table, sizeof(table));
	return message;
}

static void hears_of_default_routes(void **state)
{
	const struct rtmsg usual = {
		.rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN};
	struct rtmsg other = usual;
	struct netlink message = route_message(usual, 0);

	(void)state;
	assert_true(told_default(&message.head));
	message.head.nlmsg_type = RTM_DELROUTE;
	assert_true(told_default(&message.head));
	message.head.nlmsg_type = RTM_NEWADDR;
	assert_false(told_default(&message.head));
	message = route_message(usual, 100);
	assert_false(told_default(&message.head));
	other.rtm_table = RT_TABLE_COMPAT;
	message = route_message(other, RT_TABLE_MAIN);
	assert_true(told_default(&message.head));
	other = usual;
	other.rtm_dst_len = 1;
	message = route_message(other, 0);
	assert_false(told_default(&message.head));
	other = usual;
	other.rtm_type = RTN_UNREACHABLE;
	message = route_message(other, 0);
	assert_false(told_default(&message.head));
	other = usual;
	other.rtm_flags = RTNH_F_DEAD;
	message = route_message(other, 0);
	assert_false(told_default(&message.head));
}

/* Each length of a packet that was cut, each byte of it another: nothing is
 * read behind its end, which the address sanitizer sees. */
static void outlives_any_bytes(void **state)
{
	struct netlink good = link_message(3, IFF_UP);
	struct told_link link;

	(void)state;
	netlink_add(&good, IFA_FLAGS, &good, 4);
	for (size_t size = 0; size <= good.head.nlmsg_len; size++)
		for (unsigned turn = 0; turn < 256; turn++) {
			unsigned char *bytes = test_malloc(size + 1);
			const struct nlmsghdr *message;
			size_t at = 0;

			memcpy(bytes, good.bytes, size);
			if (size)
				bytes[turn * 7 % size] ^= (unsigned char)turn;
			while ((message = told_next(bytes, size, &at))) {
				(void)told_link(message, &link);
				(void)told_address(message, 3);
				(void)told_default(message);
			}
			(void)told_device((const char *)bytes, size);
			test_free(bytes);
		}
}

static void takes_messages_one_by_one(void **state)
{
	struct netlink all[2] = {
		link_message(3, IFF_UP), link_message(4, IFF_UP)};
	size_t first = NLMSG_ALIGN((size_t)all[0].head.nlmsg_len);
	struct told_link link;
	size_t at = 0;

	(void)state;
	memmove(all[0].bytes + first, all[1].bytes, first);
	for (uint32_t i = 3; i < 5; i++) {
		const struct nlmsghdr *next = told_next(all, first * 2, &at);

		assert_non_null(next);
		assert_true(told_link(next, &link) && link.index == i);
	}
	assert_null(told_next(all, first * 2, &at));
}

static void reads_pressure(void **state)
{
	static const char text[] =
		"some avg10=12.34 avg60=1.00 avg300=0.00 total=5\n"
		"full avg10=0.07 avg60=0.00 avg300=0.00 total=1\n";

	(void)state;
	assert_int_equal(told_pressure(text, false), 1234);
	assert_int_equal(told_pressure(text, true), 7);
	assert_int_equal(told_pressure("full avg10=100.00", true), 10000);
	assert_int_equal(
		told_pressure("some avg10=1.00\n", true), TOLD_NO_PRESSURE);
	assert_int_equal(told_pressure("", false), TOLD_NO_PRESSURE);
	assert_int_equal(told_pressure("some avg10=", false), TOLD_NO_PRESSURE);
	assert_int_equal(
		told_pressure("some avg10=1.2", false), TOLD_NO_PRESSURE);
	assert_int_equal(
		told_pressure("some avg10=1000.00", false), TOLD_NO_PRESSURE);
}

static void finds_words(void **state)
{
	static const char text[] = "ro quiet  a=\"x y\" init=/sbin/init\n";

	(void)state;
	assert_true(told_word(text, "ro"));
	assert_true(told_word(text, "quiet"));
	assert_true(told_word(text, "init=/sbin/init"));
	assert_true(told_word(text, "a=\"x y\""));
	assert_false(told_word(text, "y\""));
	assert_false(told_word(text, "init"));
	assert_false(told_word(text, "quie"));
	assert_false(told_word(text, "quiets"));
	assert_false(told_word(text, ""));
	assert_false(told_word("", "x"));
	assert_true(told_word("\"", "\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(hears_of_nodes),
		cmocka_unit_test(hears_of_links),
		cmocka_unit_test(hears_of_addresses),
		cmocka_unit_test(hears_of_default_routes),
		cmocka_unit_test(outlives_any_bytes),
		cmocka_unit_test(takes_messages_one_by_one),
		cmocka_unit_test(reads_pressure),
		cmocka_unit_test(finds_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
