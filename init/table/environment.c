/* The words of the program and its environment. */
#include "table/parse.h"

#include "base/text.h"

#define PRESETS 16U /* with what a listener is told no more */
#define SEARCH_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

void read_argument(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	const char *text = word->text;

	if (g->argv == 0 && entry->key->id == KEY_run)
		text = path_read(b, word, text, word->length);
	if (text)
		g->strings[g->argv++] = image_string(b, text);
}

/* Where it stands from now on. */
static uint32_t set(struct table_build *b, const char *text)
{
	struct gather *g = &b->parser->gather;
	table_at *env = g->strings + ITEM_MAX;
	size_t length = strcspn(text, "=") + 1;
	uint32_t at = 0;

	while (at < g->env &&
		strncmp(table_string(b->table, env[at]), text, length) != 0)
		at++;
	if (at == g->env)
		g->env++;
	env[at] = image_string(b, text);
	return at;
}

/* Adds NAME=VALUE to the environment, in the place of what has that name. */
void environment_set(struct table_build *b, const char *text)
{
	struct service *service = &b->parser->draft.service;
	uint32_t at = set(b, text);

	if (at < PRESETS)
		service->env_presets &= (uint16_t) ~(1U << at);
}

/* What a file of `env-file` may set as well. */
static void preset(struct table_build *b, const char *text)
{
	struct service *service = &b->parser->draft.service;

	service->env_presets |= (uint16_t)(1U << set(b, text));
}

void read_env(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	const char *at = word->text;

	while (text_is_letter(*at) || *at == '_' ||
		(at > word->text && text_is_digit(*at)))
		at++;
	if (at == word->text || *at != '=')
		fault(b, word, "'%.64s': not of the form NAME=VALUE",
			word->text);
	else if (b->parser->gather.env == ENV_MAX)
		fault(b, entry->name, "more than %u variables", ENV_MAX);
	else
		environment_set(b, word->text);
}

/* Where it says that it is ready, or alive, and how often the latter. With a
 * pid namespace of its own it is process 2; else who is meant goes unsaid. */
static void tell_listener(struct table_build *b, const char *name)
{
	const struct service *service = &b->parser->draft.service;
	bool is_private = service->isolated &&
		!(service->host_spaces & SPACE_BIT(SPACE_MNT));
	char text[PATH_BYTES_MAX / 4];

	if (!service_may_notify(service))
		return;
	text_compose(text, sizeof(text), "NOTIFY_SOCKET=%s%s%s", NOTIFY_PATH,
		is_private ? "" : ".", is_private ? "" : name);
	environment_set(b, text);
	if (service->fd_store) {
		text_compose(text, sizeof(text), "FDSTORE=%u",
			(unsigned)service->fd_store);
		environment_set(b, text);
	}
	if (!service->watchdog_ms)
		return;
	text_compose(text, sizeof(text), "WATCHDOG_USEC=%llu",
		(unsigned long long)service->watchdog_ms * 1000);
	environment_set(b, text);
	if (service->isolated && !(service->host_spaces & SPACE_BIT(SPACE_PID)))
		environment_set(b, "WATCHDOG_PID=2");
}

/* What every program gets; `env` comes later and wins. Of a user who is known
 * at the start only, the rest is set then. */
void environment_begin(struct table_build *b, const char *name)
{
	const struct account *account = &b->parser->draft.account;
	char text[PATH_BYTES_MAX / 4];

	b->parser->draft.service.env_presets = 0;
	preset(b, SEARCH_PATH);
	tell_listener(b, name);
	if (users_are_its_own(b->parser))
		return;
	text_compose(text, sizeof(text), "HOME=%s", account->home);
	preset(b, text);
	text_compose(text, sizeof(text), "USER=%s", account->name);
	preset(b, text);
	text_compose(text, sizeof(text), "LOGNAME=%s", account->name);
	preset(b, text);
	text_compose(text, sizeof(text), "SHELL=%s", account->shell);
	preset(b, text);
}

void read_env_file(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	bool optional = word->flags & WORD_OPTIONAL;
	const char *path = path_read(
		b, word, word->text, word->length - (optional ? 1 : 0));

	if (!path)
		return;
	if (g->env_file_count == PATHS_MAX)
		fault(b, entry->name, "more than %u files", PATHS_MAX);
	else
		g->env_files[g->env_file_count++] =
			(struct env_file){image_string(b, path), optional};
}
