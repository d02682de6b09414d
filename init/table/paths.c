/* Paths, and what is mounted inside: bind, bind-ro, tmpfs, runtime. */
#include "table/parse.h"

#include "base/text.h"

#define TMPFS_SIZE ((uint64_t)16 << 20)
#define TMPFS_MODE 01777U
#define ROOT_HASH_DIGITS 64U

static bool has_dots(const char *path)
{
	for (const char *at = strstr(path, "/.."); at; at = strstr(at, "/.."))
		if (!*(at += 3) || *at == '/')
			return true;
	return false;
}

/* Copies a path, also onto itself, without "//", "/./" and a '/' at its end. */
static void normalise(char *to, const char *path)
{
	char *start = to;

	while (*path) {
		size_t part;

		path += strspn(path, "/");
		part = strcspn(path, "/");
		if (part == 0 || (part == 1 && *path == '.')) {
			path += part;
			continue;
		}
		*to++ = '/';
		memmove(to, path, part);
		to += part;
		path += part;
	}
	if (to == start)
		*to++ = '/';
	*to = '\0';
}

const char *path_read(struct table_build *b, struct word *word,
	const char *text, size_t length)
{
	char *path;

	if (length == 0 || *text != '/') {
		fault(b, word,
			"'%.64s': not an absolute path; begin it with '/'",
			word->text);
		return NULL;
	}
	if (length >= PATH_BYTES_MAX) {
		fault(b, word, "path of %lu bytes: at most %u",
			(unsigned long)length, PATH_BYTES_MAX - 1);
		return NULL;
	}
	path = lex_copy(b, text, length);
	if (has_dots(path)) {
		fault(b, word, "'%.64s': '..' in a path; write where it leads",
			word->text);
		return NULL;
	}
	normalise(path, path);
	return path;
}

void read_path(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	table_at *field = draft_field(b, entry);
	const char *path;

	if (entry->count != 1) {
		fault(b, &entry->words[1], "'%.64s': '%s' is one path",
			entry->words[1].text, entry->key->name);
		return;
	}
	path = path_read(b, word, word->text,
		word->length - (word->flags & WORD_OPTIONAL ? 1 : 0));
	if (path)
		*field = image_string(b, path);
}

void read_root(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;

	read_path(b, entry);
	if (strcmp(table_string(b->table, service->root), "/") == 0) {
		fault(b, entry->words,
			"'/': the image's own root is what a service has that "
			"says nothing; remove it");
		return;
	}
	/* one of [defaults] makes room for one of the service */
	service->image = service->verity = 0;
}

/* 64 digits, as SHA-256 has; in lower case, as the kernel compares them. */
static table_at read_verity(struct table_build *b, struct word *word)
{
	static const char key[] = "verity=";
	const char *text = word->text + sizeof(key) - 1;
	char hash[ROOT_HASH_DIGITS + 1];

	if (strncmp(word->text, key, sizeof(key) - 1) != 0 ||
		strlen(text) != ROOT_HASH_DIGITS) {
		fault(b, word,
			"'%.64s': not verity= and the %u digits of a root "
			"hash, as 'veritysetup format FILE FILE.verity' "
			"prints it",
			word->text, ROOT_HASH_DIGITS);
		return 0;
	}
	for (unsigned i = 0; i < ROOT_HASH_DIGITS; i++) {
		int digit = text_hex_digit(text[i]);

		if (digit < 0) {
			fault(b, word, "'%c': not a hexadecimal digit",
				text[i]);
			return 0;
		}
		hash[i] = "0123456789abcdef"[digit];
	}
	hash[ROOT_HASH_DIGITS] = '\0';
	return image_string(b, hash);
}

void read_image(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	struct entry file = *entry;

	if (entry->count > 2) {
		fault(b, &entry->words[2],
			"'%.64s': 'image' is one file; write /FILE "
			"[verity=HASH]",
			entry->words[2].text);
		return;
	}
	file.count = 1;
	read_path(b, &file);
	service->verity = 0;
	if (entry->count == 2)
		service->verity = read_verity(b, &entry->words[1]);
	service->root = 0;
}

void read_tty(struct table_build *b, const struct entry *entry)
{
	table_at *field = draft_field(b, entry);
	const char *text = entry->words[0].text;

	if (entry->count == 1 && strcmp(text, "console") == 0)
		*field = image_string(b, text);
	else if (strncmp(text, "/dev/", 5) == 0)
		read_path(b, entry);
	else
		fault(b, entry->words,
			"'%.64s': not a terminal; write console or "
			"/dev/NAME",
			text);
}

bool path_is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 &&
		(!path[length] || path[length] == '/');
}

bool path_may_be_covered(
	struct table_build *b, struct word *word, const char *inside)
{
	if (strcmp(inside, "/") == 0)
		fault(b, word, "'%.64s': cannot cover the whole root",
			word->text);
	else if (path_is_below(inside, "/proc") ||
		path_is_below(inside, "/sys"))
		fault(b, word,
			"'%.64s': nothing can stand in /proc and /sys, which "
			"the kernel fills",
			word->text);
	else if (strcmp(inside, "/dev") == 0)
		fault(b, word,
			"'%.64s': cannot cover /dev; name what is wanted of it",
			word->text);
	else
		return true;
	return false;
}

void mount_add(struct table_build *b, struct word *word,
	struct mount_entry *mount, const char *inside)
{
	struct gather *g = &b->parser->gather;

	if (!path_may_be_covered(b, word, inside))
		return;
	for (uint32_t i = 0; i < g->mount_count; i++) {
		const char *other = table_string(b->table, g->mounts[i].inside);

		if (!path_is_below(other, inside))
			continue;
		fault(b, word,
			"'%.64s': covers '%.64s', which stands before it; "
			"remove one, or change their order",
			word->text, other);
		return;
	}
	if (g->mount_count == MOUNT_MAX) {
		fault(b, b->parser->item->name,
			"more than %u mounts in one service", MOUNT_MAX);
		return;
	}
	mount->inside = image_string(b, inside);
	g->mounts[g->mount_count++] = *mount;
}

/* Less the '?' at its end. */
bool parts_split(struct table_build *b, struct word *word, struct parts *parts)
{
	const char *at = word->text;
	const char *end =
		at + word->length - (word->flags & WORD_OPTIONAL ? 1 : 0);

	for (parts->count = 0; at <= end; parts->count++) {
		const char *colon = memchr(at, ':', (size_t)(end - at));
		const char *stop = colon ? colon : end;

		if (parts->count == 3) {
			fault(b, word, "'%.64s': more than three parts",
				word->text);
			return false;
		}
		parts->text[parts->count] = at;
		parts->length[parts->count] = (size_t)(stop - at);
		at = stop + 1;
	}
	return true;
}

static bool part_is(const struct parts *parts, unsigned i, const char *text)
{
	return parts->length[i] == strlen(text) &&
		memcmp(parts->text[i], text, parts->length[i]) == 0;
}

/* The third part of a bind. */
static const struct {
	char text[8];
	uint8_t propagation;
	uint8_t mapped;
} ways[] = {
	{"slave", PROPAGATION_SLAVE, 0},
	{"shared", PROPAGATION_SHARED, 0},
	{"idmap", PROPAGATION_PRIVATE, 1},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

static bool read_way(struct table_build *b, struct word *word,
	const struct parts *parts, struct mount_entry *mount)
{
	unsigned last = parts->count - 1;
	size_t way = 0;

	if (parts->count < 2)
		return true;
	while (way < WAYS && !part_is(parts, last, ways[way].text))
		way++;
	if (parts->count == 2) {
		if (way == WAYS)
			return true;
		fault(b, word, "'%.64s': no path inside; write HOST:INSIDE:%s",
			word->text, ways[way].text);
		return false;
	}
	if (way == WAYS) {
		fault(b, word,
			"'%.64s': ends in neither ':slave', ':shared' nor "
			"':idmap'",
			word->text);
		return false;
	}
	mount->propagation = ways[way].propagation;
	mount->mapped = ways[way].mapped;
	return true;
}

void read_bind(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct mount_entry mount = {
		.kind = entry->key->id == KEY_bind ? MOUNT_BIND : MOUNT_BIND_RO,
		.optional = (word->flags & WORD_OPTIONAL) != 0};
	const char *host;
	const char *inside;
	struct parts parts = {.count = 0};

	if (!parts_split(b, word, &parts) || !read_way(b, word, &parts, &mount))
		return;
	host = path_read(b, word, parts.text[0], parts.length[0]);
	if (!host)
		return;
	inside = host;
	if (parts.count > 1)
		inside = path_read(b, word, parts.text[1], parts.length[1]);
	if (!inside)
		return;
	mount.host = image_string(b, host);
	mount_add(b, word, &mount, inside);
}

void read_tmpfs(struct table_build *b, const struct entry *entry)
{
	struct mount_entry mount = {
		.kind = MOUNT_TMPFS, .mode = TMPFS_MODE, .size = TMPFS_SIZE};
	struct word *word = entry->words;
	const char *inside;
	struct parts parts = {.count = 0};
	uint64_t mode;

	if (!parts_split(b, word, &parts))
		return;
	inside = path_read(b, word, parts.text[0], parts.length[0]);
	if (!inside)
		return;
	if (parts.count > 1 &&
		(!size_parse(
			b, word, parts.text[1], parts.length[1], &mount.size)))
		return;
	if (!mount.size) {
		fault(b, word, "'%.64s': a size of 0 would mean no limit",
			word->text);
		return;
	}
	if (parts.count > 2) {
		if (!text_number(parts.text[2], parts.length[2], 8, &mode) ||
			mode > 07777) {
			fault(b, word,
				"'%.64s': its mode is not octal up to 7777",
				word->text);
			return;
		}
		mount.mode = (uint32_t)mode;
	}
	mount_add(b, word, &mount, inside);
}

void read_runtime(struct table_build *b, const struct entry *entry)
{
	struct mount_entry mount = {.kind = MOUNT_RUNTIME, .mode = 0755};
	struct word *word = entry->words;
	char path[sizeof("/run/") + NAME_PART_MAX];

	if (!name_is_sound(word->text, word->length)) {
		fault(b, word,
			"'%.64s': not a name of the form a-z0-9 then "
			"a-z0-9_.-; it becomes /run/NAME",
			word->text);
		return;
	}
	text_compose(path, sizeof(path), "/run/%s", word->text);
	mount_add(b, word, &mount, path);
}
