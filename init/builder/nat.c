/* Published ports by the kernel's own address translation, in rules that this
 * file writes to nf_tables itself.
 *
 * The kernel's memory of connections is small, and one that is full stops all
 * new ones of the host. So it is for published connections alone: what no table
 * has marked is not tracked.
 *
 * Each service has a table of its name, which the kernel removes with the
 * socket that made it (NFT_TABLE_F_OWNER). It marks a new connection to a
 * published port as the service's, and changes where it leads; and it marks
 * the packets of such connections.
 *
 * The interfaces that such packets come in by must forward. For each one that
 * did not before there is a chain in the table GUARD, which stays: what comes
 * in there is forwarded only if marked, by a table that lives. So no more is
 * open than what is published, neither from outside nor to the outside, also
 * when all tables of services are gone; and a connection that the kernel still
 * knows of a service that has ended leads nowhere.
 *
 * linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h
 */
#include "builder/nat.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/netlink.h"
#include "base/text.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define BATCH_SIZE 163840U /* of PUBLISH_MAX rules, and some more */
#define GUARD "GUARD" /* no service has such a name */
#define GUARDED_MARK 0x62756c6bU /* may be forwarded */
#define TRACKED_MARK 0x62756c6cU /* may be of a published connection */
#define BEFORE_RAW (K_NF_IP_PRI_RAW - 10)
#define BEHIND_TRACKING (K_NF_IP_PRI_MANGLE)
#define NAME_BYTES 16U /* of an interface, in comparisons */
#define BEFORE_GUARDS (-10)
#define OFFSET_FROM 12U /* source in the header of IPv4 */
#define OFFSET_TO 16U /* destination in the header of IPv4 */
#define OFFSET_PORT 2U /* and in those of TCP and UDP */

static struct {
	unsigned char bytes[BATCH_SIZE];
	size_t used;
	bool full;
} batch;

/* --- messages ------------------------------------------------------------- */

static void start(struct netlink *message, unsigned type, uint16_t flags)
{
	const struct nfgenmsg header = {.nfgen_family = AF_INET};

	netlink_begin(message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
		flags, &header, sizeof(header));
}

static void append(const struct netlink *message)
{
	size_t size = message->head.nlmsg_len;

	if (message->full || size > sizeof(batch.bytes) - batch.used) {
		batch.full = true;
		return;
	}
	memcpy(batch.bytes + batch.used, message->bytes, size);
	batch.used += size;
}

static void append_mark(uint16_t type)
{
	const struct nfgenmsg header = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};
	struct netlink message;

	netlink_begin(&message, type, 0, &header, sizeof(header));
	message.head.nlmsg_flags = NLM_F_REQUEST;
	append(&message);
}

static void add_text(struct netlink *m, uint16_t type, const char *text)
{
	netlink_add(m, type, text, strlen(text) + 1);
}

static void add_number(struct netlink *m, uint16_t type, uint32_t number)
{
	uint32_t bytes = htonl(number);

	netlink_add(m, type, &bytes, sizeof(bytes));
}

static void add_table(const char *name, uint32_t flags)
{
	struct netlink m;

	start(&m, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	add_text(&m, NFTA_TABLE_NAME, name);
	add_number(&m, NFTA_TABLE_FLAGS, flags);
	append(&m);
}

static void add_chain(const char *table, const char *name, const char *type,
	unsigned hook, int priority)
{
	struct netlink m;
	uint32_t nest;

	start(&m, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	add_text(&m, NFTA_CHAIN_TABLE, table);
	add_text(&m, NFTA_CHAIN_NAME, name);
	add_text(&m, NFTA_CHAIN_TYPE, type);
	nest = netlink_open_nest(&m, NFTA_CHAIN_HOOK);
	add_number(&m, NFTA_HOOK_HOOKNUM, hook);
	add_number(&m, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	netlink_close_nest(&m, nest);
	append(&m);
}

static void empty_chain(const char *table, const char *chain)
{
	struct netlink m;

	start(&m, NFT_MSG_DELRULE, 0);
	add_text(&m, NFTA_RULE_TABLE, table);
	add_text(&m, NFTA_RULE_CHAIN, chain);
	append(&m);
}

/* --- rules ---------------------------------------------------------------- */

struct rule {
	struct netlink m;
	uint32_t list;
	uint32_t element;
	uint32_t data;
};

static void rule_begin(struct rule *r, const char *table, const char *chain)
{
	start(&r->m, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	add_text(&r->m, NFTA_RULE_TABLE, table);
	add_text(&r->m, NFTA_RULE_CHAIN, chain);
	r->list = netlink_open_nest(&r->m, NFTA_RULE_EXPRESSIONS);
}

static void rule_end(struct rule *r)
{
	netlink_close_nest(&r->m, r->list);
	append(&r->m);
}

static void begin(struct rule *r, const char *name)
{
	r->element = netlink_open_nest(&r->m, NFTA_LIST_ELEM);
	add_text(&r->m, NFTA_EXPR_NAME, name);
	r->data = netlink_open_nest(&r->m, NFTA_EXPR_DATA);
}

static void end(struct rule *r)
{
	netlink_close_nest(&r->m, r->data);
	netlink_close_nest(&r->m, r->element);
}

static void add_value(
	struct rule *r, uint16_t type, const void *value, size_t size)
{
	uint32_t nest = netlink_open_nest(&r->m, type);

	netlink_add(&r->m, NFTA_DATA_VALUE, value, size);
	netlink_close_nest(&r->m, nest);
}

static void load_meta(struct rule *r, uint32_t key)
{
	begin(r, "meta");
	add_number(&r->m, NFTA_META_KEY, key);
	add_number(&r->m, NFTA_META_DREG, NFT_REG_1);
	end(r);
}

static void load_packet(
	struct rule *r, uint32_t base, uint32_t offset, uint32_t size)
{
	begin(r, "payload");
	add_number(&r->m, NFTA_PAYLOAD_DREG, NFT_REG_1);
	add_number(&r->m, NFTA_PAYLOAD_BASE, base);
	add_number(&r->m, NFTA_PAYLOAD_OFFSET, offset);
	add_number(&r->m, NFTA_PAYLOAD_LEN, size);
	end(r);
}

/* Goes on only where what was loaded compares so to the value. */
static void compare(
	struct rule *r, uint32_t how, const void *value, size_t size)
{
	begin(r, "cmp");
	add_number(&r->m, NFTA_CMP_SREG, NFT_REG_1);
	add_number(&r->m, NFTA_CMP_OP, how);
	add_value(r, NFTA_CMP_DATA, value, size);
	end(r);
}

static void put(struct rule *r, uint32_t where, const void *value, size_t size)
{
	begin(r, "immediate");
	add_number(&r->m, NFTA_IMMEDIATE_DREG, where);
	add_value(r, NFTA_IMMEDIATE_DATA, value, size);
	end(r);
}

static void comes_in_by(struct rule *r, const char *interface)
{
	char name[NAME_BYTES] = {0};

	text_compose(name, sizeof(name), "%s", interface);
	load_meta(r, NFT_META_IIFNAME);
	compare(r, NFT_CMP_EQ, name, sizeof(name));
}

static void drop(struct rule *r)
{
	uint32_t value;
	uint32_t verdict;

	begin(r, "immediate");
	add_number(&r->m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = netlink_open_nest(&r->m, NFTA_IMMEDIATE_DATA);
	verdict = netlink_open_nest(&r->m, NFTA_DATA_VERDICT);
	add_number(&r->m, NFTA_VERDICT_CODE, 0);
	netlink_close_nest(&r->m, verdict);
	netlink_close_nest(&r->m, value);
	end(r);
}

static void connection_mark(struct rule *r, uint16_t side)
{
	begin(r, "ct");
	add_number(&r->m, NFTA_CT_KEY, NFT_CT_MARK);
	add_number(&r->m, side, NFT_REG_1);
	end(r);
}

static void translate(struct rule *r)
{
	begin(r, "nat");
	add_number(&r->m, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	add_number(&r->m, NFTA_NAT_FAMILY, AF_INET);
	add_number(&r->m, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
	add_number(&r->m, NFTA_NAT_REG_PROTO_MIN, NFT_REG_2);
	end(r);
}

/* --- what a service gets -------------------------------------------------- */

static const struct interface *interface_of(
	const struct table *table, const struct address *address)
{
	const struct interface *all =
		table_pointer(table, table->interfaces.at);

	for (uint32_t i = 0; i < table->interfaces.count; i++) {
		const struct address *own =
			table_pointer(table, all[i].addresses.at);

		for (uint32_t j = 0; j < all[i].addresses.count; j++)
			if (address_same(&own[j], address))
				return &all[i];
	}
	return NULL;
}

/* Whether the way out of the service leads to the host, by which answers find
 * back: the interface of the host on that side, or NULL. */
static const char *host_side(const struct build *b, const struct net_entry *net)
{
	const struct interface *interface;

	if (net->kind == NET_VETH && net->peers[0].family &&
		address_same(&net->peers[0], &net->via[0]))
		return table_string(b->table, net->host_name);
	interface = interface_of(b->table, &net->via[0]);
	if (net->kind == NET_BRIDGE && interface &&
		interface->name == net->link)
		return table_string(b->table, net->link);
	return NULL;
}

/* The entry whose way out of IPv4 is the service's. */
static const struct net_entry *way_out(const struct build *b)
{
	const struct net_entry *nets =
		table_pointer(b->table, b->service->nets.at);

	for (uint32_t i = 0; i < b->service->nets.count; i++)
		if (nets[i].via[0].family)
			return host_side(b, &nets[i]) ? &nets[i] : NULL;
	return NULL;
}

static const struct address *address_of(const struct net_entry *net)
{
	for (unsigned i = 0; i < net->address_count; i++)
		if (net->addresses[i].family == 4)
			return &net->addresses[i];
	return NULL;
}

/* Where clients of the port come in, or NULL: the forwarder serves them. Those
 * on the service's own bridge it serves as well: answers to them would not
 * come by the host. */
static const char *outside_of(
	const struct build *b, const char *own, const struct publish *port)
{
	struct address address = {.family = port->family};
	const struct interface *interface;
	const char *name;

	memcpy(address.bytes, port->bytes, sizeof(address.bytes));
	if (port->family != 4 || port->device)
		return NULL;
	interface = interface_of(b->table, &address);
	name = interface ? table_string(b->table, interface->name) : NULL;
	return name && strcmp(name, own) != 0 ? name : NULL;
}

static const struct publish *ports_of(const struct build *b)
{
	return table_pointer(b->table, b->service->publish.at);
}

/* The packets of a service: who they are for, in the steps below. */
struct way {
	const char *table;
	const char *own; /* the host's interface on its side */
	const char *outside; /* that of the port */
	const struct address *to; /* its address */
	const struct address *host; /* the host's on its side */
	uint32_t mark; /* of its connections */
};

static uint32_t hash(uint32_t sum, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	while (size-- > 0)
		sum = (sum ^ *byte++) * 16777619U;
	return sum;
}

/* Of the service's connections. The same after a restart: what the kernel still
 * knows goes on, or is reset by the service itself; another one where another
 * port or address is meant. */
static uint32_t mark_of(const struct build *b, const struct address *to)
{
	const char *name = table_string(b->table, b->service->name);
	uint32_t sum = hash(2166136261U, name, strlen(name));

	sum = hash(sum, to->bytes, 4);
	for (uint32_t i = 0; i < b->service->publish.count; i++) {
		const struct publish *port = &ports_of(b)[i];

		sum = hash(sum, &port->protocol, sizeof(port->protocol));
		sum = hash(sum, &port->port, sizeof(port->port));
		sum = hash(sum, &port->inside, sizeof(port->inside));
		sum = hash(sum, port->bytes, sizeof(port->bytes));
	}
	return sum ? sum : 1;
}

static bool find_way(const struct build *b, struct way *way)
{
	const struct net_entry *net = way_out(b);

	*way = (struct way){.to = net ? address_of(net) : NULL};
	if (!way->to)
		return false;
	way->table = table_string(b->table, b->service->name);
	way->own = host_side(b, net);
	way->host = &net->via[0];
	way->mark = mark_of(b, way->to);
	return way->own;
}

bool nat_is_possible(const struct build *b)
{
	struct way way;

	if (!find_way(b, &way))
		return false;
	for (uint32_t i = 0; i < b->service->publish.count; i++)
		if (outside_of(b, way.own, &ports_of(b)[i]))
			return true;
	return false;
}

static void has_protocol(struct rule *r, uint8_t protocol)
{
	unsigned char number =
		protocol == PUBLISH_TCP ? IPPROTO_TCP : IPPROTO_UDP;

	load_meta(r, NFT_META_L4PROTO);
	compare(r, NFT_CMP_EQ, &number, sizeof(number));
}

static void has_port(struct rule *r, uint32_t offset, uint16_t port)
{
	uint16_t bytes = htons(port);

	load_packet(r, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	compare(r, NFT_CMP_EQ, &bytes, sizeof(bytes));
}

static void has_address(
	struct rule *r, uint32_t offset, uint32_t how, const uint8_t *bytes)
{
	load_packet(r, NFT_PAYLOAD_NETWORK_HEADER, offset, 4);
	compare(r, how, bytes, 4);
}

static void set_mark(struct rule *r, uint32_t mark)
{
	put(r, NFT_REG_1, &mark, sizeof(mark));
	begin(r, "meta");
	add_number(&r->m, NFTA_META_KEY, NFT_META_MARK);
	add_number(&r->m, NFTA_META_SREG, NFT_REG_1);
	end(r);
}

static void is_for_port(
	struct rule *r, const struct way *way, const struct publish *port)
{
	comes_in_by(r, way->outside);
	has_protocol(r, port->protocol);
	has_address(r, OFFSET_TO, NFT_CMP_EQ, port->bytes);
	has_port(r, OFFSET_PORT, port->port);
}

static void lead(const struct way *way, const struct publish *port)
{
	uint16_t inside = htons(port->inside);
	struct rule r;

	rule_begin(&r, way->table, "track");
	is_for_port(&r, way, port);
	set_mark(&r, TRACKED_MARK);
	rule_end(&r);
	/* the host's own connections to it are not tracked either */
	rule_begin(&r, way->table, "track");
	comes_in_by(&r, way->own);
	has_protocol(&r, port->protocol);
	has_address(&r, OFFSET_FROM, NFT_CMP_EQ, way->to->bytes);
	has_address(&r, OFFSET_TO, NFT_CMP_NEQ, way->host->bytes);
	has_port(&r, 0, port->inside);
	set_mark(&r, TRACKED_MARK);
	rule_end(&r);
	rule_begin(&r, way->table, "ports");
	is_for_port(&r, way, port);
	put(&r, NFT_REG_1, &way->mark, sizeof(way->mark));
	connection_mark(&r, NFTA_CT_SREG);
	put(&r, NFT_REG_1, way->to->bytes, 4);
	put(&r, NFT_REG_2, &inside, sizeof(inside));
	translate(&r);
	rule_end(&r);
}

/* What the service sends from a published port without being asked would be
 * tracked as well: it ends here, before the kernel keeps it. */
static void drop_unasked(const struct way *way)
{
	static const uint32_t tracked = TRACKED_MARK;
	struct rule r;

	rule_begin(&r, way->table, "answers");
	comes_in_by(&r, way->own);
	load_meta(&r, NFT_META_MARK);
	compare(&r, NFT_CMP_EQ, &tracked, sizeof(tracked));
	connection_mark(&r, NFTA_CT_DREG);
	compare(&r, NFT_CMP_NEQ, &way->mark, sizeof(way->mark));
	drop(&r);
	rule_end(&r);
}

static void mark_packets(const struct way *way)
{
	struct rule r;

	rule_begin(&r, way->table, "forward");
	connection_mark(&r, NFTA_CT_DREG);
	compare(&r, NFT_CMP_EQ, &way->mark, sizeof(way->mark));
	set_mark(&r, GUARDED_MARK);
	rule_end(&r);
}

/* But errors about packets are: they belong to connections. */
static void track_no_more(const char *chain, unsigned hook)
{
	static const uint32_t tracked = TRACKED_MARK;
	static const unsigned char errors = IPPROTO_ICMP;
	struct rule r;

	add_chain(GUARD, chain, "filter", hook, K_NF_IP_PRI_RAW);
	empty_chain(GUARD, chain);
	rule_begin(&r, GUARD, chain);
	load_meta(&r, NFT_META_MARK);
	compare(&r, NFT_CMP_NEQ, &tracked, sizeof(tracked));
	load_meta(&r, NFT_META_L4PROTO);
	compare(&r, NFT_CMP_NEQ, &errors, sizeof(errors));
	begin(&r, "notrack");
	end(&r);
	rule_end(&r);
}

static void guard(const char *interface)
{
	static const uint32_t guarded = GUARDED_MARK;
	struct rule r;

	add_chain(GUARD, interface, "filter", K_NF_INET_FORWARD, 0);
	empty_chain(GUARD, interface);
	rule_begin(&r, GUARD, interface);
	comes_in_by(&r, interface);
	load_meta(&r, NFT_META_MARK);
	compare(&r, NFT_CMP_NEQ, &guarded, sizeof(guarded));
	drop(&r);
	rule_end(&r);
}

/* --- interfaces that forward ---------------------------------------------- */

#define GATES_MAX (PUBLISH_MAX + 1)

/* Those that shall forward and do not yet. One that does is the table's own
 * wish ('sysctl'), or has its guard. */
static struct {
	const char *names[GATES_MAX];
	unsigned count;
} gates;

static void setting_of(const char *interface, char path[64])
{
	text_compose(path, 64, "sys/net/ipv4/conf/%s/forwarding", interface);
}

static int note_gate(struct build *b, const char *interface)
{
	char path[64];
	char value[4];

	for (unsigned i = 0; i < gates.count; i++)
		if (strcmp(gates.names[i], interface) == 0)
			return 0;
	b->object = interface;
	setting_of(interface, path);
	if (file_read(b->host->proc, path, value, sizeof(value)) < 0)
		return -1;
	if (*value == '0')
		gates.names[gates.count++] = interface;
	return 0;
}

static int open_gates(struct build *b)
{
	char path[64];

	for (unsigned i = 0; i < gates.count; i++) {
		b->object = gates.names[i];
		setting_of(gates.names[i], path);
		if (file_write(b->host->proc, path, "1") < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}

/* --- all of it ------------------------------------------------------------ */

static int lead_all(struct build *b, struct way *way)
{
	for (uint32_t i = 0; i < b->service->publish.count; i++) {
		const struct publish *port = &ports_of(b)[i];

		way->outside = outside_of(b, way->own, port);
		if (!way->outside)
			continue;
		if (note_gate(b, way->outside) == 0)
			lead(way, port);
		else if (errno != ENOENT) /* it may come later */
			return -1;
	}
	b->object = NULL;
	return 0;
}

/* For good. No interface has a name with a space. */
static void guard_all(void)
{
	if (!gates.count)
		return;
	add_table(GUARD, 0);
	track_no_more("track in", K_NF_INET_PRE_ROUTING);
	track_no_more("track out", K_NF_INET_LOCAL_OUT);
	for (unsigned i = 0; i < gates.count; i++)
		guard(gates.names[i]);
}

static int compose(struct build *b)
{
	struct way way;

	if (!find_way(b, &way)) {
		errno = EINVAL;
		return -1;
	}
	append_mark(NFNL_MSG_BATCH_BEGIN);
	add_table(way.table, NFT_TABLE_F_OWNER);
	add_chain(way.table, "track", "filter", K_NF_INET_PRE_ROUTING,
		BEFORE_RAW);
	add_chain(way.table, "answers", "filter", K_NF_INET_PRE_ROUTING,
		BEHIND_TRACKING);
	add_chain(way.table, "ports", "nat", K_NF_INET_PRE_ROUTING,
		K_NF_IP_PRI_NAT_DST);
	add_chain(way.table, "forward", "filter", K_NF_INET_FORWARD,
		BEFORE_GUARDS);
	drop_unasked(&way);
	mark_packets(&way);
	if (note_gate(b, way.own) < 0 || lead_all(b, &way) < 0)
		return -1;
	guard_all();
	append_mark(NFNL_MSG_BATCH_END);
	return 0;
}

/* The next answer: 1 and its error, 0 when there is no more, or -errno. */
static int take_answer(int fd, int *error)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} answer;

	ssize_t got = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (got < (ssize_t)sizeof(answer) ||
		answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	*error = answer.body.error;
	return 1;
}

/* By the time that the kernel has taken the batch it has answered to each of
 * its messages, or to those that are wrong. */
static int send_batch(int fd)
{
	unsigned answers = 0;
	int error = 0;
	int more;

	if (batch.full)
		return -EMSGSIZE;
	if (send(fd, batch.bytes, batch.used, 0) < 0)
		return -errno;
	do {
		more = take_answer(fd, &error);
		answers += more > 0;
	} while (more > 0 && error == 0);
	if (more < 0)
		return more;
	return answers ? error : -EPROTO;
}

static bool is_lack(int error)
{
	return error == -EPROTONOSUPPORT || error == -EOPNOTSUPP ||
		error == -ENOENT;
}

static int fail(int fd, int error)
{
	if (fd >= 0)
		close(fd);
	errno = is_lack(error) ? ENOENT : -error;
	return -1;
}

int nat_make(struct build *b)
{
	int fd = netlink_open_filter();
	int error;

	if (fd < 0)
		return fail(fd, fd);
	if (compose(b) < 0) {
		/* an interface that is missing is no lack of the kernel's */
		close(fd);
		errno = errno == ENOENT ? ENODEV : errno;
		return -1;
	}
	error = send_batch(fd);
	if (error < 0)
		return fail(fd, error);
	if (open_gates(b) == 0)
		return fd;
	close(fd);
	errno = errno == ENOENT ? ENODEV : errno;
	return -1;
}
