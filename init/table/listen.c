/* Sockets that a program is given: `listen`, and descriptors that it has handed
 * in: `fd-store`. */
#include "table/parse.h"

#include "base/text.h"

#define SOCKET_PATH_MAX 107U /* bytes of sun_path, without its NUL */
#define SOCKET_NAME_MAX 64U
#define ALL_MAX 16384U /* but TCP and UDP, in the whole table */

struct kind {
	const char *prefix;
	uint8_t kind; /* enum listen_kind */
};

static const struct kind kinds[] = {
	{"tcp:", LISTEN_TCP},
	{"udp:", LISTEN_UDP},
	{"unix:", LISTEN_UNIX},
	{"unix-dgram:", LISTEN_UNIX_DGRAM},
	{"unix-seqpacket:", LISTEN_UNIX_SEQPACKET},
	{"vsock:", LISTEN_VSOCK},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static bool read_number(
	const char *text, size_t length, uint64_t most, uint32_t *port)
{
	uint64_t value;

	if (!text_number(text, length, 10, &value) || !value || value > most)
		return false;
	*port = (uint32_t)value;
	return true;
}

/* "ADDRESS:" or "[IPV6]:", and returns what is behind it; the text itself
 * where there is none; NULL: not an address. */
static const char *read_address_of(
	const char *text, size_t length, struct listener *listener)
{
	bool brackets = *text == '[';
	const char *end = memchr(text, brackets ? ']' : ':', length);
	struct address address;

	if (!end)
		return brackets ? NULL : text;
	if (!address_parse(text + brackets, (size_t)(end - text) - brackets,
		    &address) ||
		(address.family == 6) != brackets || end[brackets] != ':')
		return NULL;
	listener->family = address.family;
	memcpy(listener->bytes, address.bytes, sizeof(listener->bytes));
	return end + brackets + 1;
}

/* "[ADDRESS:]PORT[@host]" */
static bool read_inet(const char *text, struct listener *listener)
{
	size_t length = strcspn(text, "@");
	const char *port;

	if (text[length] && strcmp(text + length, "@host") != 0)
		return false;
	listener->on_host = text[length] != '\0';
	port = read_address_of(text, length, listener);
	return port &&
		read_number(port, length - (size_t)(port - text), UINT16_MAX,
			&listener->port);
}

/* "/PATH[:MODE]" */
static bool read_unix(struct table_build *b, struct word *word,
	const char *text, struct listener *listener)
{
	size_t length = strcspn(text, ":");
	uint64_t mode = LISTEN_MODE;
	const char *path;

	if (text[length] &&
		(!text_number(text + length + 1, strlen(text + length + 1), 8,
			 &mode) ||
			mode > 0777))
		return false;
	listener->mode = (uint16_t)mode;
	path = path_read(b, word, text, length);
	if (!path)
		return false;
	if (strlen(path) > SOCKET_PATH_MAX || !path[1])
		return false;
	listener->path = image_string(b, path);
	return true;
}

/* "PORT-like" names for LISTEN_FDNAMES: "tcp-80", "vsock-5", "NAME.sock" */
static table_at default_name(struct table_build *b, const char *kind,
	const struct listener *listener)
{
	const char *path = table_string(b->table, listener->path);
	char name[SOCKET_NAME_MAX];

	if (listener->path)
		return image_string(b, strrchr(path, '/') + 1);
	text_compose(name, sizeof(name), "%.*s-%u", (int)strcspn(kind, ":"),
		kind, listener->port);
	return image_string(b, name);
}

/* Length of "NAME" in "NAME=REST"; 0: there is none. */
static size_t name_length(const char *text)
{
	size_t length = 0;

	while (text_is_letter(text[length]) || text_is_digit(text[length]) ||
		(text[length] && strchr("_.-", text[length])))
		length++;
	return length <= SOCKET_NAME_MAX && text[length] == '=' ? length : 0;
}

static bool read_listener(struct table_build *b, struct word *word,
	const char *text, struct listener *listener)
{
	unsigned kind = 0;
	const char *rest;
	bool sound;

	while (kind < KINDS &&
		strncmp(text, kinds[kind].prefix, strlen(kinds[kind].prefix)) !=
			0)
		kind++;
	if (kind == KINDS)
		return false;
	listener->kind = kinds[kind].kind;
	rest = text + strlen(kinds[kind].prefix);
	if (listener->kind < LISTEN_UNIX)
		sound = read_inet(rest, listener);
	else if (listener->kind < LISTEN_VSOCK)
		sound = read_unix(b, word, rest, listener);
	else
		sound = read_number(
			rest, strlen(rest), UINT32_MAX - 1, &listener->port);
	if (sound && !listener->name)
		listener->name = default_name(b, kinds[kind].prefix, listener);
	return sound;
}

void read_listen(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	struct listener listener = {.kind = 0};
	size_t length = name_length(word->text);
	const char *text = word->text + (length ? length + 1 : 0);

	if (length)
		listener.name =
			image_string(b, lex_copy(b, word->text, length));
	if (!read_listener(b, word, text, &listener)) {
		fault(b, word,
			"'%.64s': not a socket; write tcp:PORT, "
			"tcp:ADDRESS:PORT, tcp:[IPV6]:PORT, tcp:PORT@host, "
			"udp:PORT, unix:/PATH:MODE, unix-dgram:/PATH, "
			"unix-seqpacket:/PATH or vsock:PORT",
			word->text);
		return;
	}
	if (g->listener_count == LISTEN_MAX) {
		fault(b, entry->name, "more than %u sockets", LISTEN_MAX);
		return;
	}
	listener.text = image_string(b, word->text);
	g->listen_words[g->listener_count] = word;
	g->listeners[g->listener_count++] = listener;
}

static bool is_same(const struct listener *one, const struct listener *other)
{
	if (one->path && one->path == other->path)
		return true;
	return one->kind == other->kind && one->on_host == other->on_host &&
		one->port == other->port && one->path == other->path &&
		(!one->family || !other->family ||
			(one->family == other->family &&
				memcmp(one->bytes, other->bytes,
					sizeof(one->bytes)) == 0));
}

/* Those of one service among themselves, and what stands at their numbers. */
void listen_check(struct table_build *b)
{
	const struct parser *p = b->parser;
	const struct gather *g = &p->gather;
	uint32_t first = LISTEN_FIRST + g->listener_count;

	for (uint32_t i = 0; i < g->listener_count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (is_same(&g->listeners[k], &g->listeners[i]))
				fault(b, g->listen_words[i],
					"'%.64s': listens where '%.64s' does; "
					"remove one",
					g->listen_words[i]->text,
					g->listen_words[k]->text);
	if (p->draft.service.ready != READY_FD || !p->set[KEY_ready])
		return;
	if (g->listener_count && p->draft.service.ready_number &&
		p->draft.service.ready_number < first)
		fault(b, p->set[KEY_ready],
			"'ready = fd %u' with 'listen': that is one of its "
			"sockets; choose a number from %u on",
			p->draft.service.ready_number, first);
	if (p->draft.service.fd_store)
		fault(b, p->set[KEY_ready],
			"'ready = fd' with 'fd-store': what is kept would take "
			"its number; write 'ready = notify'");
}

/* Where a path lies that is in something that it offers; 0: in nothing. */
static table_at find_offered(struct table_build *b, const char *path)
{
	const struct gather *g = &b->parser->gather;
	char text[PATH_BYTES_MAX / 4];

	for (uint32_t i = 0; i < g->mount_count; i++) {
		const struct mount_entry *mount = &g->mounts[i];
		const char *inside = table_string(b->table, mount->inside);

		if (mount->kind != MOUNT_OFFER || !path_is_below(path, inside))
			continue;
		text_compose(text, sizeof(text), "%s%s",
			table_string(b->table, mount->host),
			path + strlen(inside));
		return image_string(b, text);
	}
	return 0;
}

/* All but TCP and UDP there is once only on a machine. */
static void claim(struct table_build *b, struct word *word, const char *key)
{
	struct parser *p = b->parser;
	struct name_map *map = &p->publishing.listeners;
	uint32_t known;

	if (!map->slots)
		names_make(map, b->scratch, ALL_MAX);
	if (p->publishing.listener_count == ALL_MAX) {
		fault(b, word, "more than %u such sockets in the whole table",
			ALL_MAX);
		return;
	}
	p->publishing.listener_count++;
	known = names_put(map, lex_copy(b, key, strlen(key)), p->index);
	if (known != NAMES_NONE && known != p->index)
		fault(b, word,
			"'%.64s': '%s' listens there too; choose another",
			word->text,
			table_string(b->table, table_change(b, known)->name));
}

static void settle_path(
	struct table_build *b, struct word *word, struct listener *listener)
{
	const char *path = table_string(b->table, listener->path);
	table_at offered = find_offered(b, path);

	if (offered)
		listener->path = offered;
	else if (!path_is_below(path, "/run") || !path[4])
		fault(b, word,
			"'%.64s': lies in nothing that it offers, and not "
			"below /run of the host; write unix:/run/NAME, or "
			"offer its directory",
			word->text);
	else if (path_is_below(path, "/run/bulkhead"))
		fault(b, word,
			"'%.64s': /run/bulkhead is init's own; choose another",
			word->text);
	claim(b, word, table_string(b->table, listener->path));
}

static void settle(
	struct table_build *b, struct word *word, struct listener *listener)
{
	struct service *service = &b->parser->draft.service;

	if (listener->kind == LISTEN_VSOCK) {
		char key[24];

		text_compose(key, sizeof(key), "vsock:%u", listener->port);
		claim(b, word, key);
	} else if (listener->kind > LISTEN_UDP) {
		settle_path(b, word, listener);
	} else if (listener->on_host ||
		(service->host_spaces & SPACE_BIT(SPACE_NET))) {
		listener->on_host = 1;
		publish_claim_listener(b, word, listener);
	} else {
		service->listens_inside = 1;
	}
}

void listen_settle(struct table_build *b)
{
	struct parser *p = b->parser;
	struct gather *g = &p->gather;

	if (p->draft.service.type == TYPE_GROUP)
		g->listener_count = p->draft.service.fd_store = 0;
	for (uint32_t i = 0; i < g->listener_count; i++)
		settle(b, g->listen_words[i], &g->listeners[i]);
	for (uint32_t i = 0; i < g->join_count; i++)
		if (g->joins[i].space == SPACE_NET)
			p->draft.service.listens_inside = 0;
}

/* No kernel has vsock built in that need not. */
bool listen_needs_modules(const struct gather *g)
{
	for (uint32_t i = 0; i < g->listener_count; i++)
		if (g->listeners[i].kind == LISTEN_VSOCK)
			return true;
	return false;
}

void read_fd_store(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint64_t count;

	if (word && text_decimal(word->text, STORE_MAX, &count))
		b->parser->draft.service.fd_store = (uint8_t)count;
	else if (word)
		fault(b, word, "'%.64s': not a number from 0 to %u", word->text,
			STORE_MAX);
}
