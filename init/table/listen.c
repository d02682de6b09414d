/* Sockets that a program is given: `listen` */
#include "table/parse.h"

#include "base/text.h"

#define SOCKET_PATH_MAX 107U /* bytes of sun_path, without its NUL */
#define SOCKET_NAME_MAX 64U

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
	return text[length] == '=' && length <= SOCKET_NAME_MAX ? length : 0;
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
	return one->kind == other->kind && one->on_host == other->on_host &&
		one->port == other->port && one->path == other->path &&
		(!one->family || !other->family ||
			(one->family == other->family &&
				memcmp(one->bytes, other->bytes,
					sizeof(one->bytes)) == 0));
}

/* Those of one service among themselves. */
void listen_check(struct table_build *b)
{
	const struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->listener_count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (is_same(&g->listeners[k], &g->listeners[i]))
				fault(b, g->listen_words[i],
					"'%.64s': listens where '%.64s' does; "
					"remove one",
					g->listen_words[i]->text,
					g->listen_words[k]->text);
}
