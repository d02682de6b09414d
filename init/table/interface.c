/* [interface NAME], and addresses. */
#include "table/parse.h"

#include "base/text.h"

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

static bool read_ip(const char *text, size_t length, struct address *address)
{
	*address = (struct address){.family = 4, .prefix = 32};
	if (read_ipv4(text, length, address->bytes))
		return true;
	*address = (struct address){.family = 6, .prefix = 128};
	return read_ipv6(text, length, address->bytes);
}

void read_address(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	size_t length = strcspn(word->text, "/");
	struct address address;
	uint64_t prefix;

	if (!read_ip(word->text, length, &address) || !word->text[length] ||
		!text_decimal(
			word->text + length + 1, address.prefix, &prefix)) {
		fault(b, word,
			"'%.64s': not an address with its prefix, such as "
			"10.0.0.2/24 or fd00::2/64",
			word->text);
		return;
	}
	if (g->address_count == MOUNT_MAX) {
		fault(b, entry->name, "more than %u addresses", MOUNT_MAX);
		return;
	}
	address.prefix = (uint8_t)prefix;
	g->addresses[g->address_count++] = address;
}

void read_via(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct address address;

	if (entry->count == 1 && read_ip(word->text, word->length, &address))
		b->parser->draft.interface.via = address;
	else
		fault(b, word, "'%.64s': not one address, such as 10.0.0.1",
			word->text);
}

static void build_one(struct table_build *b, struct stanza *stanza,
	struct interface *interface)
{
	struct parser *p = b->parser;
	const struct gather *g = &p->gather;

	*interface = p->draft.interface;
	interface->name = image_string(b, stanza->name.text);
	interface->file = p->file_names[stanza->name.place.file];
	interface->line = stanza->name.place.line;
	interface->addresses =
		(struct list){image_array(b, g->addresses, g->address_count,
				      sizeof(struct address)),
			g->address_count};
}

/* A faulty interface is left out: the host stays as it is. */
void interfaces_build(struct table_build *b)
{
	struct parser *p = b->parser;
	uint32_t count = 0;
	struct interface *all =
		ARENA_ARRAY(b->scratch, struct interface, p->interface_count);

	for (struct stanza *each = p->stanzas; each; each = each->next) {
		if (each->kind != STANZA_INTERFACE || !stanza_has_room(b, each))
			continue;
		layers_one(b, each);
		if (!p->faulty && !each->skipped)
			build_one(b, each, &all[count++]);
	}
	b->table->interfaces =
		(struct list){image_array(b, all, count, sizeof(*all)), count};
}
