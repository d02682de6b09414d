/* What the kernel tells: see told.h. */
#include "base/told.h"

#include <net/if.h>
#include <string.h>

#include <linux/rtnetlink.h>

/* Lines end with NULs; the first is not of the form KEY=VALUE. */
bool told_device(const char *bytes, size_t size)
{
	static const char key[] = "\0DEVNAME=";

	return memmem(bytes, size, key, sizeof(key) - 1);
}

/* --- rtnetlink ------------------------------------------------------------ */

const struct nlmsghdr *told_next(const void *bytes, size_t size, size_t *at)
{
	const struct nlmsghdr *message =
		(const void *)((const char *)bytes + *at);
	size_t left = *at < size ? size - *at : 0;

	if (left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
		message->nlmsg_len > left)
		return NULL;
	*at += NLMSG_ALIGN((size_t)message->nlmsg_len);
	return message;
}

/* What stands behind the header of a message, when that is whole. */
static const void *body_of(const struct nlmsghdr *message, size_t size)
{
	return message->nlmsg_len < NLMSG_LENGTH(size)
		? NULL
		: (const char *)message + NLMSG_HDRLEN;
}

/* A number among the attributes behind a body of that size. */
static bool find_number(const struct nlmsghdr *message, size_t body,
	uint16_t type, uint32_t *number)
{
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(body);
	struct rtattr head;

	while (at + sizeof(head) <= message->nlmsg_len) {
		const char *from = (const char *)message + at;

		memcpy(&head, from, sizeof(head));
		if (head.rta_len < sizeof(head) ||
			head.rta_len > message->nlmsg_len - at)
			return false;
		if (head.rta_type == type &&
			head.rta_len == RTA_LENGTH(sizeof(*number))) {
			memcpy(number, from + RTA_LENGTH(0), sizeof(*number));
			return true;
		}
		at += RTA_ALIGN((size_t)head.rta_len);
	}
	return false;
}

#define LOWER_UP 0x10000U /* IFF_LOWER_UP, which <net/if.h> lacks */

bool told_link(const struct nlmsghdr *message, struct told_link *link)
{
	const struct ifinfomsg *body = body_of(message, sizeof(*body));

	if (message->nlmsg_type != RTM_NEWLINK || !body || body->ifi_index <= 0)
		return false;
	link->index = (uint32_t)body->ifi_index;
	link->up = body->ifi_flags & IFF_UP;
	link->carrier = link->up && body->ifi_flags & LOWER_UP;
	return true;
}

bool told_address(const struct nlmsghdr *message, uint32_t index)
{
	const struct ifaddrmsg *body = body_of(message, sizeof(*body));
	uint32_t flags;

	if (message->nlmsg_type != RTM_NEWADDR || !body ||
		body->ifa_index != index || body->ifa_scope >= RT_SCOPE_LINK)
		return false;
	if (!find_number(message, sizeof(*body), IFA_FLAGS, &flags))
		flags = body->ifa_flags;
	return (flags & IFA_F_OPTIMISTIC) ||
		!(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

bool told_default(const struct nlmsghdr *message)
{
	const struct rtmsg *body = body_of(message, sizeof(*body));
	uint32_t table;

	if ((message->nlmsg_type != RTM_NEWROUTE &&
		    message->nlmsg_type != RTM_DELROUTE) ||
		!body || body->rtm_dst_len || body->rtm_type != RTN_UNICAST ||
		body->rtm_flags & (RTNH_F_DEAD | RTM_F_CLONED))
		return false;
	if (!find_number(message, sizeof(*body), RTA_TABLE, &table))
		table = body->rtm_table;
	return table == RT_TABLE_MAIN;
}

/* --- texts ---------------------------------------------------------------- */

/* "D.DD" in hundredths; at least one digit on each side. */
static uint32_t hundredths(const char *text)
{
	size_t whole = strspn(text, "0123456789");
	size_t part =
		text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	uint32_t number = 0;

	if (!whole || whole > 3 || part != 2)
		return TOLD_NO_PRESSURE;
	for (size_t i = 0; i < whole + 1 + part; i++)
		if (i != whole)
			number = number * 10 + (uint32_t)(text[i] - '0');
	return number;
}

uint32_t told_pressure(const char *text, bool full)
{
	const char *word = full ? "full avg10=" : "some avg10=";
	size_t length = strlen(word);

	while (strncmp(text, word, length) != 0) {
		text += strcspn(text, "\n");
		if (!*text)
			return TOLD_NO_PRESSURE;
		text++;
	}
	return hundredths(text + length);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of the word that a text begins with. */
static size_t word_length(const char *text)
{
	bool quoted = false;
	size_t length = 0;

	for (; text[length] && (quoted || !is_space(text[length])); length++)
		if (text[length] == '"')
			quoted = !quoted;
	return length;
}

bool told_word(const char *text, const char *word)
{
	size_t wanted = strlen(word);

	while (*text) {
		size_t length = word_length(text);

		if (length && length == wanted &&
			memcmp(text, word, length) == 0)
			return true;
		text += length + (length == 0);
	}
	return false;
}
