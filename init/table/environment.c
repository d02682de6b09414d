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

/* Adds NAME=VALUE to the environment, in the place of what has that name. */
void environment_set(struct table_build *b, const char *text)
{
	struct service *service = &b->parser->draft.service;
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
	if (at < PRESETS)
		service->env_presets &= (uint16_t) ~(1U << at);
}

/* What a file of `env-file` may set as well. */
static void preset(struct table_build *b, table_at text)
{
	struct service *service = &b->parser->draft.service;
	struct gather *g = &b->parser->gather;

	service->env_presets |= (uint16_t)(1U << g->env);
	g->strings[ITEM_MAX + g->env++] = text;
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

static table_at variable(
	struct table_build *b, const char *name, const char *value)
{
	char text[PATH_BYTES_MAX / 4];

	text_compose(text, sizeof(text), "%s=%s", name, value);
	return image_string(b, text);
}

/* Most services run as one user. */
static void preset_user(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct account *now = &p->draft.account;
	const struct account *last = &p->environment_of;

	if (now->name != last->name || now->home != last->home ||
		now->shell != last->shell) {
		p->environment_of = *now;
		p->environment[0] = variable(b, "HOME", now->home);
		p->environment[1] = variable(b, "USER", now->name);
		p->environment[2] = variable(b, "LOGNAME", now->name);
		p->environment[3] = variable(b, "SHELL", now->shell);
	}
	for (unsigned i = 0; i < ENVIRONMENT_OF_USER; i++)
		preset(b, p->environment[i]);
}

/* What every program gets; `env` comes later and wins. Of a user who is known
 * at the start only, the rest is set then. */
void environment_begin(struct table_build *b, const char *name)
{
	struct parser *p = b->parser;

	if (!p->search_path)
		p->search_path = image_string(b, SEARCH_PATH);
	p->draft.service.env_presets = 0;
	preset(b, p->search_path);
	if (service_may_notify(&p->draft.service))
		tell_listener(b, name);
	if (!users_are_its_own(p))
		preset_user(b);
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
