/* net and dns: the interfaces of one service, as far as its own stanza tells.
 * What needs those of others is in members.c.
 */
#include "table/parse.h"

#include "base/text.h"

static const char *const kind_names[] = {
	[NET_BRIDGE] = "bridge",
	[NET_VETH] = "veth",
	[NET_MACVLAN] = "macvlan",
	[NET_MOVE] = "move",
};

#define NET_KINDS (sizeof(kind_names) / sizeof(*kind_names))

/* One mention of net while it is read. */
struct reading {
	const struct entry *entry;
	uint32_t at; /* word */
	struct net_entry net;
	struct net_words words;
};

bool address_read(
	struct table_build *b, struct word *word, struct address *address)
{
	size_t length = strcspn(word->text, "/");
	uint64_t prefix;

	if (address_parse(word->text, length, address) && word->text[length] &&
		text_decimal(
			word->text + length + 1, address->prefix, &prefix)) {
		address->prefix = (uint8_t)prefix;
		return true;
	}
	fault(b, word,
		"'%.64s': not an address with its prefix, such as 10.0.0.2/24 "
		"or fd00::2/64",
		word->text);
	return false;
}

static bool refuse(
	struct table_build *b, const struct reading *r, const char *wanted)
{
	const struct entry *entry = r->entry;

	bool early = r->at >= entry->count;
	struct word *word = &entry->words[early ? entry->count - 1 : r->at];

	fault(b, word, "'%.64s': %swrite %s %s", word->text,
		early ? "ends too early; " : "", wanted,
		early ? "behind it" : "here");
	return false;
}

static bool is_at_end(const struct reading *r)
{
	return r->at >= r->entry->count;
}

/* The word at hand. */
static struct word *word_at(const struct reading *r)
{
	return &r->entry->words[r->at];
}

static bool is_word(const struct reading *r, const char *text)
{
	return !is_at_end(r) && strcmp(word_at(r)->text, text) == 0;
}

static bool read_kind_word(struct table_build *b, struct reading *r)
{
	struct word *word = r->entry->words;
	unsigned kind = 0;

	while (kind < NET_KINDS && strcmp(kind_names[kind], word->text) != 0)
		kind++;
	r->net.kind = (uint8_t)kind;
	r->words.kind = word;
	r->at = 1;
	if (kind < NET_KINDS)
		return true;
	for (kind = 0; kind < NET_KINDS; kind++) {
		if (text_distance(word->text, kind_names[kind], 2) > 2)
			continue;
		fault(b, word,
			"'%.64s': no kind of interface; did you mean "
			"'%s'?",
			word->text, kind_names[kind]);
		return false;
	}
	fault(b, word,
		"'%.64s': no kind of interface; there are bridge, veth, "
		"macvlan and move",
		word->text);
	return false;
}

/* Of the bridge, or of the interface that it stands on or that is moved. */
static bool read_link(struct table_build *b, struct reading *r)
{
	struct word *word = word_at(r);

	if (r->net.kind == NET_VETH)
		return true;
	if (is_at_end(r))
		return refuse(b, r, "the name of the bridge or interface");
	if (!interface_name_check(b, word))
		return false;
	r->words.link = word;
	r->net.link = image_string(b, word->text);
	r->at++;
	return true;
}

static bool add_address(struct table_build *b, struct reading *r)
{
	struct net_entry *net = &r->net;
	struct word *word = word_at(r);

	if (net->address_count == NET_ADDRESSES) {
		fault(b, word,
			"'%.64s': more than %u addresses of one "
			"interface; give it another 'net'",
			word->text, NET_ADDRESSES);
		return false;
	}
	r->words.addresses[net->address_count] = word;
	return address_read(b, word, &net->addresses[net->address_count++]);
}

static bool read_addresses(struct table_build *b, struct reading *r)
{
	for (; !is_at_end(r) && !is_word(r, "via") && !is_word(r, "peer");
		r->at++) {
		if (r->net.kind == NET_BRIDGE && is_word(r, "auto"))
			r->words.automatic = word_at(r);
		else if (!add_address(b, r))
			return false;
	}
	if (r->words.automatic && r->net.address_count) {
		fault(b, r->words.automatic,
			"'auto' with an address: write one of the two");
		return false;
	}
	if (!r->net.address_count && !r->words.automatic &&
		r->net.kind != NET_MOVE)
		return refuse(b, r,
			r->net.kind == NET_BRIDGE
				? "an address with its prefix, or auto"
				: "an address with its prefix");
	return true;
}

static unsigned family_of(const struct address *address)
{
	return address->family == 4 ? 0 : 1;
}

/* Whether it is the only one of its family. */
static bool is_first(
	struct table_build *b, struct word *word, const struct address *known)
{
	if (!known->family)
		return true;
	fault(b, word, "'%.64s': a second one of its family; remove one",
		word->text);
	return false;
}

/* Whether it can be reached from one of the interface's addresses. auto is
 * looked at when it is known. */
static bool is_near(struct table_build *b, const struct reading *r,
	struct word *word, const struct address *address)
{
	const struct net_entry *net = &r->net;
	bool local = address->family == 6 && address->bytes[0] == 0xfe &&
		(address->bytes[1] & 0xc0) == 0x80;

	if (local || r->words.automatic)
		return true;
	for (unsigned i = 0; i < net->address_count; i++)
		if (address_within(&net->addresses[i], address))
			return true;
	fault(b, word,
		"'%.64s': not in the subnet of an address of this interface",
		word->text);
	return false;
}

static bool read_peers(struct table_build *b, struct reading *r)
{
	struct net_entry *net = &r->net;
	uint32_t first = r->at + 1;

	if (net->kind != NET_VETH)
		return !is_word(r, "peer") ||
			refuse(b, r, "an address, 'via' or nothing");
	if (!is_word(r, "peer"))
		return refuse(b, r, "'peer ADDR', the host's address");
	for (r->at = first; !is_at_end(r) && !is_word(r, "via"); r->at++) {
		struct word *word = word_at(r);
		struct address peer;

		if (!address_read(b, word, &peer) ||
			!is_first(b, word, &net->peers[family_of(&peer)]) ||
			!is_near(b, r, word, &peer))
			return false;
		net->peers[family_of(&peer)] = peer;
	}
	return r->at > first || refuse(b, r, "an address with its prefix");
}

static bool read_gateways(struct table_build *b, struct reading *r)
{
	struct net_entry *net = &r->net;
	uint32_t first = r->at + 1;

	if (is_at_end(r)) /* else it is "via", at which all others stop */
		return true;
	for (r->at = first; !is_at_end(r); r->at++) {
		struct word *word = word_at(r);
		struct address via;

		if (!address_parse(word->text, word->length, &via))
			return refuse(b, r, "an address without prefix");
		if (!is_first(b, word, &net->via[family_of(&via)]) ||
			!is_near(b, r, word, &via))
			return false;
		net->via[family_of(&via)] = via;
	}
	return r->at > first || refuse(b, r, "an address without prefix");
}

void read_net(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct reading r = {
		.entry = entry, .net = {.interface = NET_NO_STANZA}};

	if (!read_kind_word(b, &r) || !read_link(b, &r) ||
		!read_addresses(b, &r) || !read_peers(b, &r) ||
		!read_gateways(b, &r))
		return;
	if (g->net_count == NET_MAX) {
		fault(b, entry->name, "more than %u interfaces of one service",
			NET_MAX);
		return;
	}
	r.net.number = (uint16_t)g->net_count;
	g->net_words[g->net_count] = r.words;
	g->nets[g->net_count++] = r.net;
}

void read_dns(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	struct address address;

	if (!address_parse(word->text, word->length, &address))
		fault(b, word, "'%.64s': not an address, such as 10.0.0.1",
			word->text);
	else if (g->server_count == SERVER_MAX)
		fault(b, word,
			"'%.64s': more than %u name servers, and none behind "
			"them would be asked; remove one",
			word->text, SERVER_MAX);
	else
		g->servers[g->server_count++] = address;
}

/* --- into the table ------------------------------------------------------- */

static bool is_moved(const struct table_build *b, const char *name)
{
	const struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->net_count; i++)
		if (g->nets[i].kind == NET_MOVE &&
			strcmp(table_string(b->table, g->nets[i].link), name) ==
				0)
			return true;
	return false;
}

/* A moved one keeps its name; the others are eth0, eth1 and so on, as far as
 * none that is moved has that name. */
static void name_inside(struct table_build *b)
{
	struct gather *g = &b->parser->gather;
	char name[NET_NAME_SIZE];
	unsigned number = 0;

	for (uint32_t i = 0; i < g->net_count; i++) {
		g->nets[i].name = g->nets[i].link;
		if (g->nets[i].kind == NET_MOVE)
			continue;
		do {
			text_compose(name, sizeof(name), "eth%u", number++);
		} while (is_moved(b, name));
		g->nets[i].name = image_string(b, name);
	}
}

static void note_wishes(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct gather *g = &p->gather;

	for (uint32_t i = 0; i < g->net_count; i++) {
		struct net_wish *wish =
			ARENA_ARRAY(b->scratch, struct net_wish, 1);
		uint32_t count = g->net_words[i].automatic
			? NET_FAMILIES
			: g->nets[i].address_count;

		if (count > NET_ADDRESSES_MOST - p->net_address_count) {
			fault(b, g->net_words[i].kind,
				"more than %u addresses of services in the "
				"whole table",
				NET_ADDRESSES_MOST);
			return;
		}
		p->net_address_count += count;
		*wish = (struct net_wish){
			p->index, i, g->net_words[i], NULL, NULL};
		*p->net_end = wish;
		p->net_end = &wish->next;
	}
	if (g->net_count)
		wish_add(b,
			&(struct wish){p->index, MILESTONE_NETWORK - 1,
				EDGE_AFTER, "net", p->stanza->name.place});
}

static table_at write_resolv(struct table_build *b)
{
	const struct gather *g = &b->parser->gather;
	char text[SERVER_MAX * (ADDRESS_SIZE + sizeof("nameserver \n")) + 1];
	char bare[ADDRESS_SIZE];
	size_t used = 0;

	for (uint32_t i = 0; i < g->server_count; i++)
		used += text_compose(text + used, sizeof(text) - used,
			"nameserver %s\n", address_write(bare, &g->servers[i]));
	return used ? image_string(b, text) : 0;
}

/* What [defaults] gives is dropped where the network is another's. */
static bool is_own_net(const struct table_build *b)
{
	const struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->join_count; i++)
		if (g->joins[i].space == SPACE_NET)
			return false;
	return !(b->parser->draft.service.host_spaces & SPACE_BIT(SPACE_NET));
}

void nets_lay_out(struct table_build *b)
{
	struct gather *g = &b->parser->gather;
	struct service *service = &b->parser->draft.service;

	if (!is_own_net(b))
		g->net_count = 0;
	name_inside(b);
	note_wishes(b);
	service->resolv = write_resolv(b);
	service->nets = (struct list){
		image_array(b, g->nets, g->net_count, sizeof(struct net_entry)),
		g->net_count};
}
