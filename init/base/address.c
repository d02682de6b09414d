/* Addresses: text to bytes and back. */
#include "base/address.h"

#include "base/text.h"
#include <string.h>

/* "10.0.0.1": four numbers without leading zeros. */
static bool read_ipv4(const char *text, size_t length, uint8_t *bytes)
{
	for (unsigned i = 0; i < 4; i++) {
		const char *dot = i < 3 ? memchr(text, '.', length) : NULL;
		size_t digits = dot ? (size_t)(dot - text) : length;
		uint64_t value;

		if ((i < 3 && !dot) || (digits > 1 && *text == '0') ||
			!text_number(text, digits, 10, &value) || value > 255)
			return false;
		bytes[i] = (uint8_t)value;
		text += digits + 1;
		length -= digits + (dot ? 1 : 0);
	}
	return true;
}

/* Groups of an IPv6 address between two points of the text. */
struct half {
	uint8_t bytes[16];
	unsigned count; /* bytes */
};

/* One group, or an IPv4 address as the last two. */
static bool read_group6(
	const char *text, size_t length, bool last, struct half *half)
{
	uint64_t value;

	if (last && memchr(text, '.', length)) {
		if (half->count > 12 ||
			!read_ipv4(text, length, half->bytes + half->count))
			return false;
		half->count += 4;
		return true;
	}
	if (length > 4 || half->count > 14 ||
		!text_number(text, length, 16, &value))
		return false;
	half->bytes[half->count++] = (uint8_t)(value >> 8);
	half->bytes[half->count++] = (uint8_t)value;
	return true;
}

static bool read_half(const char *text, size_t length, struct half *half)
{
	const char *end = text + length;

	half->count = 0;
	if (!length)
		return true;
	for (;;) {
		const char *colon = memchr(text, ':', (size_t)(end - text));
		const char *stop = colon ? colon : end;

		if (!read_group6(text, (size_t)(stop - text), !colon, half))
			return false;
		if (!colon)
			return true;
		text = colon + 1;
	}
}

/* RFC 4291, section 2.2. */
static bool read_ipv6(const char *text, size_t length, uint8_t *bytes)
{
	char copy[48];
	const char *gap;
	struct half head;
	struct half tail = {.count = 0};

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	gap = strstr(copy, "::");
	if (!gap) {
		if (!read_half(copy, length, &head) || head.count != 16)
			return false;
		memcpy(bytes, head.bytes, 16);
		return true;
	}
	if (!read_half(copy, (size_t)(gap - copy), &head) ||
		!read_half(gap + 2, strlen(gap + 2), &tail) ||
		head.count + tail.count > 14)
		return false;
	memcpy(bytes, head.bytes, head.count);
	memcpy(bytes + 16 - tail.count, tail.bytes, tail.count);
	return true;
}

bool address_parse(const char *text, size_t length, struct address *address)
{
	*address = (struct address){.family = 4, .prefix = 32};
	if (read_ipv4(text, length, address->bytes))
		return true;
	*address = (struct address){.family = 6, .prefix = 128};
	return read_ipv6(text, length, address->bytes);
}

size_t address_size(const struct address *address)
{
	return address->family == 4 ? 4 : 16;
}

/* Where the longest run of groups that are 0 begins, and its end; two at
 * least, else both are 8. */
static void find_gap(const uint8_t *bytes, size_t *from, size_t *to)
{
	size_t run = 0;

	*from = *to = 8;
	for (size_t i = 0; i < 8; i++) {
		run = bytes[2 * i] || bytes[2 * i + 1] ? 0 : run + 1;
		if (run < 2 || (*from < 8 && run <= *to - *from))
			continue;
		*from = i + 1 - run;
		*to = i + 1;
	}
}

static void write_ipv6(char to[ADDRESS_SIZE], const uint8_t *bytes)
{
	size_t used = 0;
	size_t from;
	size_t end;

	find_gap(bytes, &from, &end);
	for (size_t i = 0; i < 8; i++) {
		if (i >= from && i < end) {
			if (i == from)
				used += text_compose(
					to + used, ADDRESS_SIZE - used, "::");
			continue;
		}
		used += text_compose(to + used, ADDRESS_SIZE - used, "%s%x",
			i && i != end ? ":" : "",
			(unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1]);
	}
}

const char *address_write(char to[ADDRESS_SIZE], const struct address *address)
{
	const uint8_t *bytes = address->bytes;

	if (address->family == 4)
		text_compose(to, ADDRESS_SIZE, "%u.%u.%u.%u", bytes[0],
			bytes[1], bytes[2], bytes[3]);
	else
		write_ipv6(to, bytes);
	return to;
}

bool address_same(const struct address *one, const struct address *other)
{
	return one->family == other->family &&
		memcmp(one->bytes, other->bytes, address_size(one)) == 0;
}

bool address_within(const struct address *subnet, const struct address *address)
{
	unsigned whole = subnet->prefix / 8U;
	unsigned rest = subnet->prefix % 8U;

	if (subnet->family != address->family ||
		memcmp(subnet->bytes, address->bytes, whole) != 0)
		return false;
	return !rest ||
		(subnet->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) ==
		0;
}
