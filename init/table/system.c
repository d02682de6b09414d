/* [system]: the host itself. */
#include "table/parse.h"

#include "base/text.h"

enum {
	SETTING_MODULE,
	SETTING_SYSCTL
};

static size_t name_length(const char *text, const char *more)
{
	size_t length = 0;

	while (text_is_letter(text[length]) || text_is_digit(text[length]) ||
		(text[length] && strchr(more, text[length])))
		length++;
	return length;
}

/* Adds NAME and what stands behind the separator after it. */
static void add_setting(
	struct table_build *b, struct word *word, unsigned which, size_t length)
{
	struct gather *g = &b->parser->gather;
	bool optional = word->flags & WORD_OPTIONAL;
	size_t end = word->length - (optional ? 1 : 0);
	struct setting *setting =
		&g->settings[which][g->setting_count[which]++];

	setting->name = image_string(b, lex_copy(b, word->text, length));
	setting->value = 0;
	if (length < end)
		setting->value = image_string(b,
			lex_copy(b, word->text + length + 1, end - length - 1));
	setting->optional = optional;
	setting->file = b->parser->file_names[word->place.file];
	setting->line = word->place.line;
}

void read_module(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	size_t length = name_length(word->text, "_-");
	bool optional = word->flags & WORD_OPTIONAL;
	const char *behind = word->text + length;

	if (length && (!*behind || *behind == ' ' || (optional && !behind[1])))
		add_setting(b, word, SETTING_MODULE, length);
	else
		fault(b, word,
			"'%.64s': not a module's name; write NAME, or "
			"\"NAME ARGUMENTS\" in double quotes",
			word->text);
}

void read_sysctl(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	size_t length = name_length(word->text, "_-.");
	const char *dots = strstr(word->text, "..");

	if (length && word->text[0] != '.' &&
		(!dots || dots > word->text + length) &&
		word->text[length] == '=')
		add_setting(b, word, SETTING_SYSCTL, length);
	else
		fault(b, word,
			"'%.64s': not of the form KEY=VALUE with dots in KEY, "
			"such as net.ipv4.ip_forward=1",
			word->text);
}

/* "vsock:CID:PORT" */
static bool read_vsock(const char *text, struct system_settings *system)
{
	const char *port;
	uint64_t value;

	if (strncmp(text, "vsock:", 6) != 0)
		return false;
	text += 6;
	port = strchr(text, ':');
	if (!port || !text_number(text, (size_t)(port - text), 10, &value) ||
		value >= UINT32_MAX)
		return false;
	system->report_cid = (uint32_t)value;
	if (!text_decimal(port + 1, UINT32_MAX - 1, &value))
		return false;
	system->report_port = (uint32_t)value;
	system->report = REPORT_VSOCK;
	return true;
}

void read_report(struct table_build *b, const struct entry *entry)
{
	static const char *const names[REPORT_VSOCK] = {
		"console", "isa-debug-exit", "pvpanic"};
	struct system_settings *system = &b->parser->draft.system;
	const char *text = entry->words[0].text;

	for (uint32_t i = 0; entry->count == 1 && i < REPORT_VSOCK; i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		system->report = i;
		return;
	}
	if (entry->count != 1 || !read_vsock(text, system))
		fault(b, entry->words, "'%.64s': write %s", text,
			entry->key->value);
}

/* A name below the folder of time zones. */
void read_timezone(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);

	if (!word)
		return;
	if (word->length < 64 && word->text[0] != '/' &&
		!strstr(word->text, "..") &&
		!word->text[name_length(word->text, "/_+-")])
		b->parser->draft.system.timezone = image_string(b, word->text);
	else
		fault(b, word,
			"'%.64s': not a time zone; write one such as "
			"Europe/Berlin",
			word->text);
}

void system_build(struct table_build *b)
{
	struct system_settings *system = &b->parser->draft.system;
	const struct gather *g = &b->parser->gather;

	layers_system(b);
	system->modules =
		(struct list){image_array(b, g->settings[SETTING_MODULE],
				      g->setting_count[SETTING_MODULE],
				      sizeof(struct setting)),
			g->setting_count[SETTING_MODULE]};
	system->sysctls =
		(struct list){image_array(b, g->settings[SETTING_SYSCTL],
				      g->setting_count[SETTING_SYSCTL],
				      sizeof(struct setting)),
			g->setting_count[SETTING_SYSCTL]};
	system->rights = (struct list){
		image_array(b, g->rights, g->right_count, sizeof(struct right)),
		g->right_count};
	system->healthy = (struct list){
		image_array(b, g->names, g->name_count, sizeof(uint32_t)),
		g->name_count};
	b->table->system = *system;
}

void table_put_zone(struct table_build *b, const struct zone *zone, size_t size)
{
	b->table->system.zone = image_array(b, zone, 1, size);
}
