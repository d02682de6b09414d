/* What a service keeps, is given, and shares with others: state, credential,
 * offer, use. How each stands inside is a mount of the service.
 */
#include "table/parse.h"

#include "base/text.h"

#define STATES "/var/lib/"
#define OFFERS "/run/bulkhead/offer/" /* on the host, for builders alone */
#define OFFER_SIZE ((uint64_t)16 << 20)

static char *copy_part(
	struct table_build *b, const struct parts *parts, unsigned i)
{
	return lex_copy(b, parts->text[i], parts->length[i]);
}

struct file_wish *wish_file(struct table_build *b, struct file_wish **all,
	struct word *word, const char *name)
{
	struct file_wish *wish = ARENA_ARRAY(b->scratch, struct file_wish, 1);

	*wish = (struct file_wish){
		b->parser->index, NAMES_NONE, name, word, *all};
	if (!b->parser->trial)
		*all = wish;
	return wish;
}

void read_state(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct mount_entry mount = {.kind = MOUNT_STATE,
		.optional = (word->flags & WORD_OPTIONAL) != 0};
	char inside[sizeof(STATES) + NAME_PART_MAX];
	struct parts parts = {.count = 0};
	const char *name;

	if (!parts_split(b, word, &parts))
		return;
	if (parts.count > 2 || !name_is_sound(parts.text[0], parts.length[0])) {
		fault(b, word,
			"'%.64s': not of the form NAME[:SIZE] with a NAME of "
			"a-z0-9 then a-z0-9_.-; it becomes /var/lib/NAME",
			word->text);
		return;
	}
	if (parts.count == 2 &&
		!size_parse(
			b, word, parts.text[1], parts.length[1], &mount.size))
		return;
	if (parts.count == 2 ? mount.size < 4096 : mount.optional) {
		fault(b, word,
			parts.count == 2
				? "'%.64s': a size of less than 4K"
				: "'%.64s': '?' is for a size that cannot be "
				  "held; remove it",
			word->text);
		return;
	}
	name = copy_part(b, &parts, 0);
	text_compose(inside, sizeof(inside), STATES "%s", name);
	mount.host = image_string(b, name);
	mount_add(b, word, &mount, inside);
	wish_file(b, &b->parser->states, word, name);
}

static bool is_file_name(const char *name)
{
	if (*name == '.' || !*name || strlen(name) > NAME_PART_MAX)
		return false;
	while (text_is_letter(*name) || text_is_digit(*name) ||
		(*name && strchr("_.-", *name)))
		name++;
	return !*name;
}

void read_credential(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct mount_entry mount = {.kind = MOUNT_CREDENTIAL,
		.optional = (word->flags & WORD_OPTIONAL) != 0};
	char inside[sizeof(TABLE_CREDENTIALS "/") + NAME_PART_MAX];
	struct parts parts = {.count = 0};
	const char *name;
	const char *host;

	if (!parts_split(b, word, &parts))
		return;
	name = copy_part(b, &parts, 0);
	if (parts.count != 2 || !is_file_name(name)) {
		fault(b, word,
			"'%.64s': not of the form NAME:FILE with a NAME of "
			"A-Za-z0-9_.- in at most %u bytes",
			word->text, NAME_PART_MAX);
		return;
	}
	host = path_read(b, word, parts.text[1], parts.length[1]);
	if (!host)
		return;
	text_compose(inside, sizeof(inside), TABLE_CREDENTIALS "/%s", name);
	mount.host = image_string(b, host);
	mount_add(b, word, &mount, inside);
	environment_set(b, "CREDENTIALS_DIRECTORY=" TABLE_CREDENTIALS);
}

/* Without a dot, which ends the service's name in SERVICE.NAME. */
static bool is_offer_name(const char *name)
{
	return name_is_sound(name, strlen(name)) && !strchr(name, '.');
}

static table_at offer_host(
	struct table_build *b, const char *service, const char *name)
{
	char path[sizeof(OFFERS) + TABLE_NAME_MAX + NAME_PART_MAX + 1];

	text_compose(path, sizeof(path), OFFERS "%s/%s", service, name);
	return image_string(b, path);
}

void read_offer(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct mount_entry mount = {.kind = MOUNT_OFFER,
		.size = OFFER_SIZE,
		.owner = b->parser->index};
	struct parts parts = {.count = 0};
	const char *name;
	const char *inside;

	if (!parts_split(b, word, &parts))
		return;
	name = copy_part(b, &parts, 0);
	if (parts.count != 2 || !is_offer_name(name)) {
		fault(b, word,
			"'%.64s': not of the form NAME:/run/DIR with a NAME "
			"of a-z0-9 then a-z0-9_-",
			word->text);
		return;
	}
	inside = path_read(b, word, parts.text[1], parts.length[1]);
	if (!inside)
		return;
	if (!path_is_below(inside, "/run") || !inside[4]) {
		fault(b, word, "'%.64s': does not lie below /run", word->text);
		return;
	}
	mount.host = offer_host(b, b->parser->stanza->name.text, name);
	for (uint32_t i = 0; i < b->parser->gather.mount_count; i++)
		if (b->parser->gather.mounts[i].kind == MOUNT_OFFER &&
			strcmp(table_string(b->table,
				       b->parser->gather.mounts[i].host),
				table_string(b->table, mount.host)) == 0) {
			fault(b, word, "'%s' is offered twice; remove one",
				name);
			return;
		}
	mount_add(b, word, &mount, inside);
}

void read_use(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	struct mount_entry mount = {.kind = MOUNT_USE, .size = OFFER_SIZE};
	char fallback[sizeof("/run/") + TABLE_NAME_MAX + NAME_PART_MAX + 1];
	struct parts parts = {.count = 0};
	const char *inside = fallback;
	char *service;
	char *dot;

	if (!parts_split(b, word, &parts))
		return;
	service = copy_part(b, &parts, 0);
	dot = strrchr(service, '.');
	if (parts.count > 2 || !dot || !is_offer_name(dot + 1) ||
		parts.length[0] > TABLE_NAME_MAX + NAME_PART_MAX) {
		fault(b, word, "'%.64s': not of the form SERVICE.NAME[:INSIDE]",
			word->text);
		return;
	}
	text_compose(fallback, sizeof(fallback), "/run/%s", service);
	if (parts.count == 2)
		inside = path_read(b, word, parts.text[1], parts.length[1]);
	if (!inside)
		return;
	*dot = '\0';
	mount.owner = edge_target(b, word, service);
	if (mount.owner == NAMES_NONE)
		return;
	mount.host = offer_host(b, service, dot + 1);
	mount_add(b, word, &mount, inside);
	wish_file(b, &b->parser->uses, word, dot + 1)->owner = mount.owner;
	wish_add(b,
		&(struct wish){b->parser->index, mount.owner, EDGE_WANTS, "use",
			word->place});
}

static void spoil(struct table_build *b, const struct file_wish *wish)
{
	table_change(b, wish->service)->flags |= SERVICE_FAULTY;
}

/* The later service of the text is the one to change; the list begins with
 * the last one. */
static struct file_wish *reverse(struct file_wish *all, uint32_t *count)
{
	struct file_wish *first = NULL;

	*count = 0;
	while (all) {
		struct file_wish *next = all->next;

		all->next = first;
		first = all;
		all = next;
		++*count;
	}
	return first;
}

/* Two services would write into one place. */
static void check_unique(
	struct table_build *b, struct file_wish *all, const char *what)
{
	struct name_map names;
	uint32_t count;
	struct file_wish *first = reverse(all, &count);

	names_make(&names, b->scratch, count);
	for (struct file_wish *wish = first; wish; wish = wish->next) {
		uint32_t other = names_put(&names, wish->name, wish->service);

		if (other == NAMES_NONE || other == wish->service)
			continue;
		fault(b, wish->word,
			"%s '%s' belongs to '%s' too; choose another name%s",
			what, wish->name,
			table_string(b->table, table_change(b, other)->name),
			all == b->parser->states
				? ", or let one offer what the other uses"
				: "");
		spoil(b, wish);
	}
}

void states_check_all(struct table_build *b)
{
	check_unique(b, b->parser->states, "state");
	check_unique(b, b->parser->log_files, "log file");
}

/* The offer of a service that is meant, or the one most like it: its name, or
 * NULL. */
static const char *nearest_offer(
	struct table_build *b, const struct file_wish *wish, unsigned *distance)
{
	const struct service *owner = table_change(b, wish->owner);
	const struct mount_entry *mounts =
		table_pointer(b->table, owner->mounts.at);
	const char *nearest = NULL;

	*distance = TABLE_NAME_MAX;
	for (uint32_t i = 0; i < owner->mounts.count && *distance; i++) {
		const char *name =
			strrchr(table_string(b->table, mounts[i].host), '/');
		unsigned found;

		if (mounts[i].kind != MOUNT_OFFER)
			continue;
		found = text_distance(wish->name, name + 1, TABLE_NAME_MAX);
		if (found >= *distance)
			continue;
		*distance = found;
		nearest = name + 1;
	}
	return nearest;
}

void uses_check_all(struct table_build *b)
{
	for (const struct file_wish *wish = b->parser->uses; wish;
		wish = wish->next) {
		unsigned distance;
		const char *nearest = nearest_offer(b, wish, &distance);
		const char *owner = table_string(
			b->table, table_change(b, wish->owner)->name);

		if (nearest && !distance)
			continue;
		if (nearest)
			fault(b, wish->word,
				"'%s' offers no '%s'; did you mean '%s'?",
				owner, wish->name, nearest);
		else
			fault(b, wish->word,
				"'%s' offers nothing; write 'offer = "
				"%s:/run/DIR' there",
				owner, wish->name);
		spoil(b, wish);
	}
}
