/* Who may ask init for what, and what init asks of services. */
#include "table/parse.h"

#include "base/text.h"
#include "table/asks.h"
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

/* Verbs of svc, and what they ask. */
static const struct {
	const char *verb;
	uint32_t asks;
} asks[] = {{"status", CONTROL_BIT(CONTROL_STATUS)},
	{"why", CONTROL_BIT(CONTROL_STATUS)},
	{"top", CONTROL_BIT(CONTROL_STATUS)}, {"log", CONTROL_BIT(CONTROL_LOG)},
	{"events", CONTROL_BIT(CONTROL_EVENTS)},
	{"graph", CONTROL_BIT(CONTROL_STATUS) | CONTROL_BIT(CONTROL_TABLE)},
	{"bootchart", CONTROL_BIT(CONTROL_STATUS) | CONTROL_BIT(CONTROL_TABLE)},
	{"start", CONTROL_BIT(CONTROL_START)},
	{"stop", CONTROL_BIT(CONTROL_STOP)},
	{"restart", CONTROL_BIT(CONTROL_RESTART)},
	{"kill", CONTROL_BIT(CONTROL_KILL)},
	{"freeze", CONTROL_BIT(CONTROL_FREEZE)},
	{"thaw", CONTROL_BIT(CONTROL_THAW)},
	{"reload", CONTROL_BIT(CONTROL_RELOAD)},
	{"reload-table", CONTROL_BIT(CONTROL_RELOAD_TABLE)},
	{"reexec", CONTROL_BIT(CONTROL_REEXEC)},
	{"reboot", CONTROL_BIT(CONTROL_REBOOT)},
	{"poweroff", CONTROL_BIT(CONTROL_POWEROFF)},
	{"halt", CONTROL_BIT(CONTROL_HALT)}, {"all", CONTROL_ALL}};

#define ASKS (sizeof(asks) / sizeof(*asks))

/* False: a fault was said. */
static bool add_asks(
	struct table_build *b, struct word *word, struct right *right)
{
	unsigned best = 3;
	const char *nearest = NULL;

	for (size_t i = 0; i < ASKS; i++) {
		unsigned distance =
			text_distance(word->text, asks[i].verb, best - 1);

		if (!distance) {
			right->asks |= asks[i].asks;
			return true;
		}
		if (distance >= best)
			continue;
		best = distance;
		nearest = asks[i].verb;
	}
	fault(b, word, "'%.64s': no verb of svc that asks init%s%s%s",
		word->text,
		nearest ? "; did you mean '" : "; write such as status or stop",
		nearest ? nearest : "", nearest ? "'?" : "");
	return false;
}

/* "GROUP [VERB ...]" or "USER [VERB ...]" */
void read_right(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct right right = {.is_group = entry->key->id == KEY_control_group};
	bool known = right.is_group ? users_group_id(b, entry->words, &right.id)
				    : users_user_id(b, entry->words, &right.id);

	for (uint32_t i = 1; i < entry->count && known; i++)
		known = add_asks(b, &entry->words[i], &right);
	if (!known)
		return;
	if (entry->count == 1)
		right.asks = CONTROL_READING;
	if (g->right_count == RIGHTS_MAX)
		fault(b, entry->name,
			"more than %u mentions of 'control-group' and "
			"'control-user'",
			RIGHTS_MAX);
	else
		g->rights[g->right_count++] = right;
}

void read_healthy(struct table_build *b, const struct entry *entry)
{
	add_name(b, entry, entry->words->text);
}
