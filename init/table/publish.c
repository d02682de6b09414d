/* Ports of the host that lead into compartments. An interface stands for its
 * addresses, which are known when all of the text has been read: so a port is
 * noted as it is read, and laid out and compared with all others at the end.
 */
#include "table/parse.h"

#include "base/text.h"
#include <stdlib.h>

#define PORT_MAX 65535U
#define ALL_MAX 16384U /* in the whole table */

/* A port as written. */
struct publish_wish {
	uint32_t service;
	struct word *word;
	const char *interface; /* NULL: none was named */
	struct publish port; /* family 0: no address was named */
};

/* A port as it will be taken. */
struct publish_claim {
	uint32_t service;
	uint32_t place; /* among all, in the order of the text */
	struct word *word;
	bool listens; /* by `listen` */
	struct publish port;
};

void publish_prepare(struct table_build *b)
{
	struct publishing *all = &b->parser->publishing;

	all->wishes = ARENA_ARRAY(b->scratch, struct publish_wish, ALL_MAX);
	all->claims = ARENA_ARRAY(b->scratch, struct publish_claim, ALL_MAX);
	all->ports = ARENA_ARRAY(b->scratch, struct publish, PUBLISH_MAX);
}

static bool port_number(const char *text, size_t length, uint16_t *port)
{
	uint64_t value;

	if (!text_number(text, length, 10, &value) || !value ||
		value > PORT_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* "PORT" or "PORT:INSIDE", up to the end. */
static bool read_ports(const char *text, struct publish *port)
{
	size_t length = strcspn(text, ":");
	const char *inside = text[length] ? text + length + 1 : text;

	return port_number(text, length, &port->port) &&
		port_number(inside, strlen(inside), &port->inside);
}

static const char *read_protocol(const char *text, struct publish *port)
{
	port->protocol =
		strncmp(text, "udp:", 4) == 0 ? PUBLISH_UDP : PUBLISH_TCP;
	if (port->protocol == PUBLISH_TCP && strncmp(text, "tcp:", 4) != 0)
		return NULL;
	return text + 4;
}

static void set_address(struct publish *port, const struct address *address)
{
	port->family = address->family;
	memcpy(port->bytes, address->bytes, sizeof(port->bytes));
}

/* Reads "[IPV6]:", "IPV4:" or "INTERFACE:", and returns what is behind it; the
 * text itself where it begins with a port; NULL: it is none of these. */
static const char *read_where(
	struct table_build *b, const char *text, struct publish_wish *wish)
{
	size_t length = strcspn(text, *text == '[' ? "]" : ":");
	struct address address;

	if (*text == '[') {
		if (!text[length] || text[length + 1] != ':' ||
			!address_parse(text + 1, length - 1, &address) ||
			address.family != 6)
			return NULL;
		set_address(&wish->port, &address);
		return text + length + 2;
	}
	if (!text[length] || strspn(text, "0123456789") == length)
		return text;
	if (address_parse(text, length, &address))
		set_address(&wish->port, &address);
	else
		wish->interface = lex_copy(b, text, length);
	return text + length + 1;
}

void read_publish(struct table_build *b, const struct entry *entry)
{
	struct parser *p = b->parser;
	struct word *word = entry->words;
	struct publish_wish wish = {.service = p->index, .word = word};
	const char *at = read_protocol(word->text, &wish.port);

	if (at)
		at = read_where(b, at, &wish);
	if (!at || !read_ports(at, &wish.port))
		fault(b, word,
			"'%.64s': not a port to publish; write tcp:PORT, "
			"tcp:PORT:INSIDE, udp:ADDRESS:PORT, tcp:[IPV6]:PORT "
			"or tcp:INTERFACE:PORT, with ports from 1 to %u",
			word->text, PORT_MAX);
	else if (p->publishing.wish_count == ALL_MAX)
		fault(b, word,
			"'%.64s': more than %u published ports in the whole "
			"table",
			word->text, ALL_MAX);
	else if (!p->trial)
		p->publishing.wishes[p->publishing.wish_count++] = wish;
}

/* The table's only interface, but for bridges, or NULL with a fault said. */
static const struct interface *only_interface(
	struct table_build *b, const struct publish_wish *wish)
{
	uint32_t count = 0;
	const struct interface *all =
		table_pointer(b->table, b->table->interfaces.at);
	const struct interface *only = NULL;

	for (uint32_t i = 0; i < b->table->interfaces.count; i++) {
		if (all[i].kind == INTERFACE_BRIDGE)
			continue;
		only = &all[i];
		count++;
	}
	if (count == 1)
		return only;
	fault(b, wish->word,
		"'%.64s': the table has %u interfaces; name one, as in "
		"tcp:eth0:PORT, or an address",
		wish->word->text, count);
	return NULL;
}

/* The interface that a port is on, or NULL: a fault was said, now or when the
 * interfaces were read. */
static const struct interface *find_interface(
	struct table_build *b, const struct publish_wish *wish)
{
	struct parser *p = b->parser;
	const struct interface *all =
		table_pointer(b->table, b->table->interfaces.at);
	struct hint hint;

	if (wish->interface) {
		uint32_t known = names_find(&p->links, wish->interface);

		if (known != NAMES_NONE)
			return &all[known];
	}
	if (b->table->interfaces.count != p->interface_count)
		p->faulty = true;
	else if (!wish->interface)
		return only_interface(b, wish);
	else
		fault(b, wish->word, "no [interface %.64s]%s", wish->interface,
			fault_hint(b, &hint, &p->links, wish->interface));
	return NULL;
}

/* One more of the service at hand, of which there are `count`. */
static void add(struct table_build *b, const struct publish_wish *wish,
	const struct publish *port, uint32_t *count)
{
	struct publishing *all = &b->parser->publishing;

	if (*count == PUBLISH_MAX || all->claim_count == ALL_MAX) {
		fault(b, wish->word,
			"'%.64s': more than %u addresses and ports to "
			"publish",
			wish->word->text,
			*count == PUBLISH_MAX ? PUBLISH_MAX : ALL_MAX);
		return;
	}
	all->ports[(*count)++] = *port;
	all->claims[all->claim_count] = (struct publish_claim){
		wish->service, all->claim_count, wish->word, false, *port};
	all->claim_count++;
}

/* An interface whose addresses the table does not know is taken as a whole,
 * and has to be there. */
static void add_device(struct table_build *b, const struct publish_wish *wish,
	const struct interface *interface, uint32_t *count)
{
	struct publish port = wish->port;

	port.device = interface->name;
	port.family = 4;
	add(b, wish, &port, count);
	port.family = 6;
	port.optional = 1;
	add(b, wish, &port, count);
	wish_add(b,
		&(struct wish){wish->service, MILESTONE_NETWORK - 1, EDGE_AFTER,
			"publish", wish->word->place});
}

static void add_wish(
	struct table_build *b, const struct publish_wish *wish, uint32_t *count)
{
	const struct interface *interface;
	const struct address *addresses;
	struct publish port = wish->port;

	if (port.family) {
		add(b, wish, &port, count);
		return;
	}
	interface = find_interface(b, wish);
	if (!interface)
		return;
	addresses = table_pointer(b->table, interface->addresses.at);
	for (uint32_t i = 0; i < interface->addresses.count; i++) {
		set_address(&port, &addresses[i]);
		add(b, wish, &port, count);
	}
	if (!interface->addresses.count)
		add_device(b, wish, interface, count);
}

static void claim(struct table_build *b, struct word *word,
	const struct listener *listener, uint8_t family)
{
	struct publishing *all = &b->parser->publishing;
	struct publish port = {.protocol = listener->kind == LISTEN_UDP
			? PUBLISH_UDP
			: PUBLISH_TCP,
		.family = family,
		.port = (uint16_t)listener->port};

	if (all->claim_count == ALL_MAX) {
		fault(b, word,
			"'%.64s': more than %u ports of the host in the whole "
			"table",
			word->text, ALL_MAX);
		return;
	}
	memcpy(port.bytes, listener->bytes, sizeof(port.bytes));
	all->claims[all->claim_count] = (struct publish_claim){
		b->parser->index, all->claim_count, word, true, port};
	all->claim_count++;
}

void publish_claim_listener(struct table_build *b, struct word *word,
	const struct listener *listener)
{
	if (listener->family != 6)
		claim(b, word, listener, 4);
	if (listener->family != 4)
		claim(b, word, listener, 6);
}

static void lay_out_all(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct publishing *all = &p->publishing;
	uint32_t i = 0;

	while (i < all->wish_count) {
		uint32_t index = all->wishes[i].service;
		struct service *service = table_change(b, index);
		uint32_t count = 0;

		p->faulty = false;
		while (i < all->wish_count && all->wishes[i].service == index)
			add_wish(b, &all->wishes[i++], &count);
		service->publish = (struct list){
			image_array(b, all->ports, count, sizeof(*all->ports)),
			count};
		if (p->faulty)
			service->flags |= SERVICE_FAULTY;
	}
}

/* How much of the host a port takes: all addresses, those of an interface, or
 * one. */
static int width(const struct publish *port)
{
	static const uint8_t none[sizeof(port->bytes)];

	if (port->device)
		return 1;
	return memcmp(port->bytes, none, sizeof(none)) == 0 ? 0 : 2;
}

/* Ports that can clash stand together, the widest first. */
static int compare_group(const struct publish *one, const struct publish *other)
{
	if (one->protocol != other->protocol)
		return one->protocol - other->protocol;
	if (one->family != other->family)
		return one->family - other->family;
	return one->port - other->port;
}

static int compare_where(const struct publish *one, const struct publish *other)
{
	if (width(one) != width(other))
		return width(one) - width(other);
	if (one->device != other->device)
		return one->device < other->device ? -1 : 1;
	return memcmp(one->bytes, other->bytes, sizeof(one->bytes));
}

static int compare_claims(const void *left, const void *right)
{
	const struct publish_claim *one = left;
	const struct publish_claim *other = right;
	int group = compare_group(&one->port, &other->port);
	int where = compare_where(&one->port, &other->port);

	if (group)
		return group;
	if (where)
		return where;
	return one->place < other->place ? -1 : 1;
}

/* As the kernel sees it; both are of one group. */
static bool clash(const struct publish *one, const struct publish *other)
{
	return width(one) == 0 || width(one) != width(other) ||
		compare_where(one, other) == 0;
}

/* The later one of the text is the one to change. */
static void refuse(struct table_build *b, const struct publish_claim *one,
	const struct publish_claim *other)
{
	bool is_later = one->place > other->place;
	const struct publish_claim *later = is_later ? one : other;
	const struct publish_claim *first = is_later ? other : one;
	const struct service *owner = table_change(b, first->service);

	fault(b, later->word, "'%.64s': '%s' %s this port too; choose another",
		later->word->text, table_string(b->table, owner->name),
		first->listens ? "listens at" : "publishes");
	table_change(b, later->service)->flags |= SERVICE_FAULTY;
}

/* Each is held against the widest of its group and the one before it. */
void publish_check_all(struct table_build *b)
{
	struct publishing *all = &b->parser->publishing;
	struct publish_claim *claims = all->claims;
	uint32_t first = 0;

	lay_out_all(b);
	qsort(claims, all->claim_count, sizeof(*claims), compare_claims);
	for (uint32_t i = 1; i < all->claim_count; i++) {
		const struct publish *port = &claims[i].port;

		if (compare_group(&claims[first].port, port) != 0)
			first = i;
		else if (clash(&claims[first].port, port))
			refuse(b, &claims[first], &claims[i]);
		else if (clash(&claims[i - 1].port, port))
			refuse(b, &claims[i - 1], &claims[i]);
	}
}
