/* Who may ask init for what, and what init asks of services. */
#include "table/parse.h"

#include "base/text.h"
#include <string.h>

/* The service of a name, itself too; NAMES_NONE: a fault was said. */
static uint32_t find_service(
	struct table_build *b, struct word *word, const char *name)
{
	struct parser *p = b->parser;
	uint32_t known = names_find(&p->services, name);
	struct hint hint;

	if (known == NAMES_NONE)
		fault(b, word, "unknown service '%.64s'%s", name,
			fault_hint(b, &hint, &p->services, name));
	return known;
}

/* One more of the names of control or healthy. */
static void add_name(
	struct table_build *b, const struct entry *entry, const char *name)
{
	struct gather *g = &b->parser->gather;
	uint32_t service = find_service(b, entry->words, name);

	if (service == NAMES_NONE)
		return;
	if (g->name_count == NAMES_MAX)
		fault(b, entry->name, "more than %u services", NAMES_MAX);
	else
		g->names[g->name_count++] = service;
}

/* Its socket is mounted as any file is; init listens on the host. */
static void add_socket(struct table_build *b, const struct entry *entry)
{
	const char *name = b->parser->stanza->name.text;
	struct mount_entry mount = {.kind = MOUNT_BIND};
	char path[sizeof(TABLE_CONTROLS) + TABLE_CONTROL_NAME + 2];

	if (strlen(name) > TABLE_CONTROL_NAME) {
		fault(b, entry->words,
			"control: the name of the service is longer than %u "
			"bytes; shorten it",
			TABLE_CONTROL_NAME);
		return;
	}
	text_compose(path, sizeof(path), TABLE_CONTROLS "/%s", name);
	mount.host = image_string(b, path);
	mount_add(b, entry->words, &mount, TABLE_CONTROL);
}

void read_control(struct table_build *b, const struct entry *entry)
{
	static const char *const words[] = {
		"status", "reboot", "update", "restart", "all"};
	struct service *service = &b->parser->draft.service;
	const char *text = entry->words->text;

	if (!service->control)
		add_socket(b, entry);
	if (strncmp(text, "restart:", 8) == 0) {
		service->control |= GRANT_RESTART;
		add_name(b, entry, text + 8);
		return;
	}
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (GRANT_RESTART != 1U << i && strcmp(text, words[i]) == 0) {
			service->control |= (uint8_t)(1U << i);
			return;
		}
	value_refuse(b, entry);
}

void read_healthy(struct table_build *b, const struct entry *entry)
{
	add_name(b, entry, entry->words->text);
}
