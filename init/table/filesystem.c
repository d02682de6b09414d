/* [mount /PATH]: file systems of the host. */
#include "table/parse.h"

#include "base/text.h"
#include <stdlib.h>
#include <sys/mount.h>

#define OPTIONS_MAX 1000U /* bytes for the file system itself */
#define LABEL_MAX 63U

static bool is_uuid(const char *text)
{
	size_t length = 0;

	while (text_hex_digit(text[length]) >= 0 || text[length] == '-')
		length++;
	return length && length <= 36 && !text[length];
}

static bool is_label(const char *text)
{
	size_t length = strlen(text);

	return length && length <= LABEL_MAX && !strchr(text, '/');
}

static const struct {
	char text[12];
	bool (*is_sound)(const char *text);
} tags[] = {{"LABEL=", is_label}, {"UUID=", is_uuid}, {"PARTLABEL=", is_label}};

void read_device(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	bool optional = word->flags & WORD_OPTIONAL;
	const char *text = lex_copy(b, word->text, word->length - optional);
	table_at *field = draft_field(b, entry);

	b->parser->draft.file_system.optional = optional;
	if (*text == '/') {
		read_path(b, entry);
		return;
	}
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		size_t length = strlen(tags[i].text);

		if (entry->count != 1 ||
			strncmp(text, tags[i].text, length) != 0 ||
			!tags[i].is_sound(text + length))
			continue;
		*field = image_string(b, text);
		return;
	}
	fault(b, entry->words, "'%.64s': not a device; write %s", text,
		entry->key->value);
}

void read_fs_type(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	table_at *field = draft_field(b, entry);

	if (entry->count == 1 && name_is_sound(word->text, word->length))
		*field = image_string(b, word->text);
	else
		fault(b, word,
			"'%.64s': not one type of file system, such as ext4",
			word->text);
}

/* Flags of mount(2); nosuid and nodev are set unless a word says otherwise. */
static const struct {
	char text[12];
	uint32_t set;
	uint32_t clear;
} flags[] = {
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS, 0},
	{"dirsync", MS_DIRSYNC, 0},
	{"noatime", MS_NOATIME, 0},
	{"nodiratime", MS_NODIRATIME, 0},
	{"relatime", MS_RELATIME, 0},
	{"strictatime", MS_STRICTATIME, 0},
};

#define FLAGS (sizeof(flags) / sizeof(*flags))

static bool take_flag(struct file_system *fs, const char *text, size_t length)
{
	for (size_t i = 0; i < FLAGS; i++) {
		if (strlen(flags[i].text) != length ||
			memcmp(flags[i].text, text, length) != 0)
			continue;
		fs->flags = (fs->flags | flags[i].set) & ~flags[i].clear;
		return true;
	}
	return false;
}

/* The file system's own options are one text, with commas between them. */
static void take_own(struct table_build *b, struct word *word, const char *text,
	size_t length)
{
	struct file_system *fs = &b->parser->draft.file_system;
	const char *before = table_string(b->table, fs->options);
	char all[OPTIONS_MAX + 2];

	if (strlen(before) + length + 1 > OPTIONS_MAX) {
		fault(b, word, "more than %u bytes of options", OPTIONS_MAX);
		return;
	}
	text_compose(all, sizeof(all), "%s%s%.*s", before, *before ? "," : "",
		(int)length, text);
	fs->options = image_string(b, all);
}

void read_fs_option(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;

	for (const char *at = word->text; *at;) {
		size_t length = strcspn(at, ",");

		if (length &&
			!take_flag(&b->parser->draft.file_system, at, length))
			take_own(b, word, at, length);
		at += length;
		at += *at == ',';
	}
}

/* What an empty device is called nobody knows yet. */
static bool has_name(const char *device)
{
	return strncmp(device, "LABEL=", 6) == 0 ||
		strncmp(device, "UUID=", 5) == 0;
}

static void check_making(struct table_build *b, struct word *word)
{
	const struct file_system *fs = &b->parser->draft.file_system;

	if (strcmp(table_string(b->table, fs->type), "ext4") != 0)
		fault(b, word,
			"'make-if-empty' makes ext4 only; write 'type = ext4', "
			"or remove it");
	else if (has_name(table_string(b->table, fs->device)))
		fault(b, word,
			"'make-if-empty' with '%.64s': an empty device has no "
			"such name; name it by /PATH or PARTLABEL=NAME",
			table_string(b->table, fs->device));
	else if (fs->flags & MS_RDONLY)
		fault(b, word,
			"'make-if-empty' with 'ro': it would stay empty; "
			"remove one of the two");
}

static void check_words(struct table_build *b)
{
	struct parser *p = b->parser;
	struct file_system *fs = &p->draft.file_system;

	fs->fsck_wanted = p->set[KEY_fsck] && fs->fsck == FSCK_PREEN;
	if (fs->make_if_empty)
		check_making(b, p->set[KEY_make_if_empty]);
	if (fs->fsck_wanted && fs->flags & MS_RDONLY)
		fault(b, p->set[KEY_fsck],
			"'fsck' with 'ro': what is mounted read-only is not "
			"checked, since that writes; remove one of the two");
	else if (fs->fsck_wanted && !p->set[KEY_device])
		fault(b, p->set[KEY_fsck],
			"'fsck' without 'device': there is nothing to check; "
			"remove it");
}

static bool read_one(struct table_build *b, struct stanza *stanza)
{
	struct file_system *fs = &b->parser->draft.file_system;

	layers_one(b, stanza);
	check_words(b);
	if (!b->parser->set[KEY_device] &&
		strcmp(table_string(b->table, fs->type), "tmpfs") != 0)
		fault(b, &stanza->name,
			"'%s': no 'device'; name it, or write 'type = tmpfs'",
			stanza->name.text);
	return !b->parser->faulty;
}

/* A faulty one has no type and is not mounted; what needs it sees that. */
static void build_one(struct table_build *b, struct stanza *stanza,
	struct file_system *file_system)
{
	struct parser *p = b->parser;

	if (read_one(b, stanza))
		*file_system = p->draft.file_system;
	file_system->path = image_string(b, stanza->name.text);
	file_system->file = p->file_names[stanza->name.place.file];
	file_system->line = stanza->name.place.line;
}

static int compare_paths(const void *left, const void *right)
{
	const struct stanza *const *one = left;
	const struct stanza *const *other = right;

	return strcmp((*one)->name.text, (*other)->name.text);
}

void file_systems_build(struct table_build *b)
{
	struct parser *p = b->parser;
	uint32_t count = 0;
	uint32_t used = 0;
	struct stanza **sorted =
		ARENA_ARRAY(b->scratch, struct stanza *, p->stanza_count + 1);
	struct file_system *all = ARENA_ARRAY(
		b->scratch, struct file_system, p->file_system_count + 1);

	for (struct stanza *each = p->stanzas; each; each = each->next)
		if (each->kind == STANZA_MOUNT && !each->skipped)
			sorted[count++] = each;
	qsort(sorted, count, sizeof(struct stanza *), compare_paths);
	p->base.file_system.flags = MS_NOSUID | MS_NODEV;
	for (uint32_t i = 0; i < count; i++)
		if (stanza_has_room(b, sorted[i]))
			build_one(b, sorted[i], &all[used++]);
	b->table->file_systems =
		(struct list){image_array(b, all, used, sizeof(*all)), used};
}
