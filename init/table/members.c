/* Who is on which bridge: what needs the interfaces of all services and of the
 * host. Addresses are given in the order of the text, so that the same table
 * gives the same, and what is written behind changes none before it.
 */
#include "table/parse.h"

#include "base/text.h"

#define HOST_BITS_MOST 62U /* of an address that is given */
#define TRIES_MOST (1U << 17)
#define CUT_NAME_BYTES 7U /* of a name, with a hash of all of it */
#define HASH_DIGITS 5U

/* Who has an address. */
struct seat {
	struct address address; /* family 0: free */
	bool is_host;
	uint32_t owner; /* index of the service, or of the interface */
};

struct members {
	struct table_build *b;
	struct seat *seats; /* open addressing */
	uint32_t mask;
	struct name_map moved; /* index of the service */
	struct name_map ends; /* names on the host */
	struct net_wish **first; /* of each interface: who is on it */
	struct net_wish **last;
};

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size--)
		hash = (hash ^ *at++) * 1099511628211U;
	return hash;
}

#define HASH_BEGIN 14695981039346656037U

static struct seat *seat_of(
	const struct members *m, const struct address *address)
{
	uint64_t hash =
		hash_bytes(HASH_BEGIN, address->bytes, sizeof(address->bytes));
	uint32_t at = (uint32_t)(hash ^ hash >> 32) & m->mask;

	while (m->seats[at].address.family &&
		!address_same(&m->seats[at].address, address))
		at = (at + 1) & m->mask;
	return &m->seats[at];
}

struct interface *interface_change(struct table_build *b, uint32_t index)
{
	struct interface *all = (struct interface *)(void *)(b->out->start +
		b->table->interfaces.at);

	return &all[index];
}

static struct net_entry *net_of(
	const struct members *m, const struct net_wish *wish)
{
	const struct service *service = table_change(m->b, wish->service);
	struct net_entry *all = (struct net_entry *)(void *)(m->b->out->start +
		service->nets.at);

	return &all[wish->number];
}

static const char *service_name(const struct members *m, uint32_t service)
{
	return table_string(m->b->table, table_change(m->b, service)->name);
}

/* --- where it is put ------------------------------------------------------ */

static void put_on_bridge(
	struct members *m, struct net_wish *wish, struct net_entry *net)
{
	uint32_t index = net->interface;

	if (m->last[index])
		m->last[index]->next_member = wish;
	else
		m->first[index] = wish;
	m->last[index] = wish;
}

static void refuse_link(struct members *m, const struct net_wish *wish)
{
	struct table_build *b = m->b;
	struct parser *p = b->parser;
	struct word *word = wish->words.link;
	struct hint hint;

	if (names_find(&p->interfaces, word->text) != NAMES_NONE)
		fault(b, word, "'%s': its own stanza has a fault", word->text);
	else
		fault(b, word, "no [bridge %s]%s", word->text,
			fault_hint(b, &hint, &p->links, word->text));
}

static bool is_bridge(const struct members *m, uint32_t index)
{
	return index != NAMES_NONE &&
		interface_change(m->b, index)->kind == INTERFACE_BRIDGE;
}

static void link_bridge(
	struct members *m, struct net_wish *wish, struct net_entry *net)
{
	struct word *word = wish->words.link;

	if (net->interface == NAMES_NONE) {
		refuse_link(m, wish);
	} else if (!is_bridge(m, net->interface)) {
		fault(m->b, word,
			"'%s': not a bridge; write 'net = macvlan %s ADDR', or "
			"make it one of the 'ports' of a [bridge]",
			word->text, word->text);
	} else {
		put_on_bridge(m, wish, net);
	}
}

static void link_moved(
	struct members *m, const struct net_wish *wish, struct net_entry *net)
{
	struct word *word = wish->words.link;
	uint32_t other = names_put(&m->moved, word->text, wish->service);

	if (is_bridge(m, net->interface))
		fault(m->b, word,
			"'%s': a bridge stays with the host; write 'net = "
			"bridge %s auto'",
			word->text, word->text);
	else if (other != NAMES_NONE)
		fault(m->b, word, "'%s': is moved to '%s' too; remove one",
			word->text, service_name(m, other));
}

/* Finds the stanza of what it stands on. */
static void link_up(
	struct members *m, struct net_wish *wish, struct net_entry *net)
{
	if (!wish->words.link)
		return;
	net->interface =
		names_find(&m->b->parser->links, wish->words.link->text);
	if (net->kind == NET_BRIDGE)
		link_bridge(m, wish, net);
	else if (net->kind == NET_MOVE)
		link_moved(m, wish, net);
}

/* --- addresses that are written ------------------------------------------- */

/* The first address of a bridge in that family, or NULL. */
static const struct address *subnet_of(const struct members *m,
	const struct interface *bridge, unsigned family)
{
	const struct address *all =
		table_pointer(m->b->table, bridge->addresses.at);

	for (uint32_t i = 0; i < bridge->addresses.count; i++)
		if (all[i].family == family)
			return &all[i];
	return NULL;
}

/* Whether it is in one of the bridge's subnets; one without any of that family
 * takes all. */
static bool is_of_bridge(const struct members *m,
	const struct interface *bridge, const struct address *address)
{
	const struct address *all =
		table_pointer(m->b->table, bridge->addresses.at);

	for (uint32_t i = 0; i < bridge->addresses.count; i++)
		if (address_within(&all[i], address))
			return true;
	return !subnet_of(m, bridge, address->family);
}

static void check_subnet(struct members *m, struct word *word,
	const struct net_entry *net, const struct address *address)
{
	const struct interface *bridge = interface_change(m->b, net->interface);
	const struct address *subnet = subnet_of(m, bridge, address->family);
	char bare[ADDRESS_SIZE];

	if (!subnet || is_of_bridge(m, bridge, address))
		return;
	fault(m->b, word,
		"'%.64s': '%s' has %s/%u; write an address of that subnet, or "
		"'auto'",
		word->text, table_string(m->b->table, bridge->name),
		address_write(bare, subnet), subnet->prefix);
}

static void take_seat(struct members *m, const struct net_wish *wish,
	struct word *word, const struct address *address)
{
	struct seat *seat = seat_of(m, address);

	if (!seat->address.family)
		*seat = (struct seat){*address, false, wish->service};
	else if (seat->is_host)
		fault(m->b, word,
			"'%.64s': is the host's own address; choose another",
			word->text);
	else
		fault(m->b, word,
			"'%.64s': is an address of '%s' too; choose another",
			word->text, service_name(m, seat->owner));
}

static void take_written(struct members *m, const struct net_wish *wish,
	const struct net_entry *net)
{
	bool on_bridge =
		net->kind == NET_BRIDGE && is_bridge(m, net->interface);

	for (unsigned i = 0; i < net->address_count; i++) {
		struct word *word = wish->words.addresses[i];

		take_seat(m, wish, word, &net->addresses[i]);
		if (on_bridge)
			check_subnet(m, word, net, &net->addresses[i]);
	}
}

static void take_for_host(struct members *m, const struct address *address)
{
	struct seat *seat = seat_of(m, address);

	if (!seat->address.family)
		*seat = (struct seat){*address, true, 0};
}

static void take_all_of_host(struct members *m)
{
	const struct table *table = m->b->table;

	for (uint32_t i = 0; i < table->interfaces.count; i++) {
		struct list list = interface_change(m->b, i)->addresses;
		const struct address *all = table_pointer(table, list.at);

		for (uint32_t j = 0; j < list.count; j++)
			take_for_host(m, &all[j]);
	}
}

/* --- addresses that are given --------------------------------------------- */

/* The address number `host` of a subnet whose hosts have so many bits. */
static struct address address_number(
	const struct address *subnet, unsigned bits, uint64_t host)
{
	struct address address = *subnet;
	size_t last = address_size(subnet) - 1;
	unsigned i;

	for (i = 0; bits >= 8; bits -= 8, i++, host >>= 8)
		address.bytes[last - i] = (uint8_t)host;
	if (bits)
		address.bytes[last - i] =
			(uint8_t)((unsigned)(address.bytes[last - i] >> bits
						  << bits) |
				host);
	return address;
}

/* The first and the last of an IPv4 subnet are not for machines, nor is the
 * first of an IPv6 subnet: RFC 4291, section 2.6.1. */
static bool is_for_machines(
	const struct address *subnet, unsigned bits, uint64_t host)
{
	uint64_t last = ((uint64_t)1 << bits) - 1;

	if (subnet->family == 4 && bits < 2)
		return true;
	return host != 0 && (subnet->family == 6 || host != last);
}

/* Looks from a place that the name alone tells; the odd stride of a power of
 * two comes by all places. */
static bool give_address(struct members *m, const struct net_wish *wish,
	const struct address *subnet)
{
	struct net_entry *net = net_of(m, wish);
	unsigned bits = (subnet->family == 4 ? 32U : 128U) - subnet->prefix;
	const char *name = service_name(m, wish->service);
	uint64_t hash = hash_bytes(HASH_BEGIN, name, strlen(name));
	uint8_t number = (uint8_t)wish->number;
	uint64_t mask;

	hash = hash_bytes(hash, &number, 1);
	bits = bits > HOST_BITS_MOST ? HOST_BITS_MOST : bits;
	mask = ((uint64_t)1 << bits) - 1;
	for (uint64_t i = 0; i <= mask && i < TRIES_MOST; i++) {
		uint64_t host = (hash + i * (hash >> 32 | 1)) & mask;
		struct address address = address_number(subnet, bits, host);
		struct seat *seat = seat_of(m, &address);

		if (seat->address.family ||
			!is_for_machines(subnet, bits, host))
			continue;
		*seat = (struct seat){address, false, wish->service};
		net->addresses[net->address_count++] = address;
		return true;
	}
	return false;
}

/* One address of each family that the bridge has. */
static void give_addresses(struct members *m, const struct net_wish *wish)
{
	struct word *word = wish->words.automatic;
	const struct net_entry *net = net_of(m, wish);
	const struct interface *bridge = interface_change(m->b, net->interface);
	const char *name = table_string(m->b->table, bridge->name);
	char bare[ADDRESS_SIZE];

	for (unsigned family = 4; family <= 6; family += 2) {
		const struct address *subnet = subnet_of(m, bridge, family);

		if (subnet && !give_address(m, wish, subnet))
			fault(m->b, word,
				"'auto': no address is left in the subnet of "
				"%s/%u; choose a larger one for '%s'",
				address_write(bare, subnet), subnet->prefix,
				name);
	}
	if (!bridge->addresses.count)
		fault(m->b, word,
			"'auto': '%s' has no address; give it one, or write "
			"one here",
			name);
}

static void check_gateways(struct members *m, const struct net_wish *wish)
{
	const struct net_entry *net = net_of(m, wish);
	const struct interface *bridge = interface_change(m->b, net->interface);
	char bare[ADDRESS_SIZE];

	for (unsigned i = 0; i < NET_FAMILIES; i++) {
		const struct address *via = &net->via[i];

		if (!via->family || is_of_bridge(m, bridge, via))
			continue;
		fault(m->b, wish->words.automatic,
			"'via %s': not in a subnet of '%s'",
			address_write(bare, via),
			table_string(m->b->table, bridge->name));
	}
}

static void give(struct members *m, const struct net_wish *wish)
{
	const struct net_entry *net = net_of(m, wish);

	if (!wish->words.automatic || !is_bridge(m, net->interface))
		return;
	give_addresses(m, wish);
	check_gateways(m, wish);
}

/* --- names of the ends on the host ---------------------------------------- */

static bool is_free_name(const struct members *m, const char *name)
{
	return names_find(&m->ends, name) == NAMES_NONE &&
		names_find(&m->b->parser->interfaces, name) == NAMES_NONE;
}

static void write_cut_name(
	char to[NET_NAME_SIZE], const char *whole, unsigned number)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t hash = names_hash(whole);
	char text[HASH_DIGITS + 1] = "";

	for (unsigned i = 0; i < HASH_DIGITS; i++, hash >>= 4)
		text[i] = digits[hash & 15];
	text_compose(to, NET_NAME_SIZE, "%.*s~%s-%u", (int)CUT_NAME_BYTES,
		whole, text, number);
}

/* An '@' would read as if another interface were named behind it. */
static void without_at(char *name)
{
	for (; *name; name++)
		if (*name == '@')
			*name = '-';
}

static void name_on_host(struct members *m, const struct net_wish *wish)
{
	struct table_build *b = m->b;
	struct net_entry *net = net_of(m, wish);
	char whole[TABLE_NAME_MAX + 16];
	char name[NET_NAME_SIZE];
	size_t length = text_compose(whole, sizeof(whole), "%s-%u",
		service_name(m, wish->service), wish->number);

	text_compose(name, sizeof(name), "%s", whole);
	without_at(name);
	if (length >= NET_NAME_SIZE || !is_free_name(m, name)) {
		if (length <= TABLE_NAME_MAX)
			net->whole_name = image_string(b, whole);
		write_cut_name(name, whole, wish->number);
	}
	for (unsigned i = 0; !is_free_name(m, name); i++) {
		text_compose(whole, sizeof(whole), "%s-%u",
			service_name(m, wish->service), i + NET_MAX);
		write_cut_name(name, whole, wish->number);
	}
	net->host_name = image_string(b, name);
	names_put(&m->ends, table_string(b->table, net->host_name), 0);
}

/* --- /etc/hosts ----------------------------------------------------------- */

static void put(struct members *m, const char *text)
{
	size_t length = strlen(text);

	memcpy(arena_take(m->b->out, length, 1, 1), text, length);
}

static table_at here(const struct members *m)
{
	return (table_at)m->b->out->used;
}

/* A line for each address. */
static void put_lines(
	struct members *m, const struct net_entry *net, const char *name)
{
	char bare[ADDRESS_SIZE];
	char dashed[TABLE_NAME_MAX + 1];

	text_compose(dashed, sizeof(dashed), "%s", name);
	without_at(dashed);
	for (unsigned i = 0; i < net->address_count; i++) {
		put(m, address_write(bare, &net->addresses[i]));
		put(m, " ");
		put(m, dashed);
		put(m, "\n");
	}
}

/* Ends a text that began there; nothing at all is 0. */
static table_at end_text(struct members *m, table_at from)
{
	if (here(m) == from)
		return 0;
	arena_take(m->b->out, 1, 1, 1);
	return from;
}

static void list_members(struct members *m, uint32_t index)
{
	table_at from = here(m);

	for (const struct net_wish *wish = m->first[index]; wish;
		wish = wish->next_member)
		put_lines(m, net_of(m, wish), service_name(m, wish->service));
	interface_change(m->b, index)->hosts = end_text(m, from);
}

/* Its own lines are its host name's, and its name's where no bridge has it. */
static const struct net_wish *list_own(
	struct members *m, const struct net_wish *wish)
{
	uint32_t index = wish->service;
	struct service *service = table_change(m->b, index);
	const char *name = service_name(m, index);
	const char *hostname = table_string(m->b->table, service->hostname);
	table_at from = here(m);
	char dashed[TABLE_NAME_MAX + 1];

	text_compose(dashed, sizeof(dashed), "%s", name);
	without_at(dashed);
	for (; wish && wish->service == index; wish = wish->next) {
		const struct net_entry *net = net_of(m, wish);

		if (*hostname && strcmp(hostname, dashed) != 0)
			put_lines(m, net, hostname);
		if (net->kind != NET_BRIDGE)
			put_lines(m, net, name);
	}
	service->hosts = end_text(m, from);
	return wish;
}

/* --- all of it ------------------------------------------------------------ */

static void begin(struct members *m)
{
	struct table_build *b = m->b;
	struct parser *p = b->parser;
	uint32_t count = b->table->interfaces.count;
	uint32_t most = p->net_address_count;
	uint32_t size = 8;

	for (uint32_t i = 0; i < count; i++)
		most += interface_change(b, i)->addresses.count;
	while (size < 2 * most)
		size *= 2;
	m->seats = ARENA_ARRAY(b->scratch, struct seat, size);
	m->mask = size - 1;
	m->first = ARENA_ARRAY(b->scratch, struct net_wish *, count);
	m->last = ARENA_ARRAY(b->scratch, struct net_wish *, count);
	names_make(&m->moved, b->scratch, most);
	names_make(&m->ends, b->scratch, most);
}

/* One pass over all interfaces of all services. */
static void each(struct members *m,
	void (*act)(struct members *m, struct net_wish *wish))
{
	struct parser *p = m->b->parser;

	for (struct net_wish *wish = p->nets; wish; wish = wish->next) {
		p->faulty = false;
		act(m, wish);
		if (p->faulty)
			table_change(m->b, wish->service)->flags |=
				SERVICE_FAULTY;
	}
}

static void take(struct members *m, struct net_wish *wish)
{
	struct net_entry *net = net_of(m, wish);

	link_up(m, wish, net);
	take_written(m, wish, net);
	for (unsigned i = 0; i < NET_FAMILIES; i++)
		if (net->peers[i].family)
			take_for_host(m, &net->peers[i]);
}

static void finish(struct members *m, struct net_wish *wish)
{
	const struct net_entry *net = net_of(m, wish);

	give(m, wish);
	if (net->kind != NET_MOVE)
		name_on_host(m, wish);
}

void members_resolve(struct table_build *b)
{
	struct members m = {.b = b};
	const struct net_wish *wish = b->parser->nets;

	if (!wish)
		return;
	begin(&m);
	take_all_of_host(&m);
	each(&m, take);
	each(&m, finish);
	for (uint32_t i = 0; i < b->table->interfaces.count; i++)
		list_members(&m, i);
	while (wish)
		wish = list_own(&m, wish);
}
