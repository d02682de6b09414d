/* One table of verbs drives dispatch, usage and help. */
#include "base/text.h"
#include "svc/completion.h"
#include "svc/json.h"
#include "svc/out.h"
#include "svc/svc.h"
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static const struct tool *tool;

#define GAP 2U

/* "svc start NAME..." */
struct line {
	char text[64];
	size_t length;
};

static struct line usage_of(const struct verb *verb)
{
	struct line line;

	line.length = text_compose(line.text, sizeof(line.text), "svc %s%s%s",
		verb->name, *verb->operands ? " " : "", verb->operands);
	return line;
}

static bool is_public(const struct verb *verb)
{
	return verb->form == VERB || verb->form == VERB_AND_LINK;
}

static int print_json(void)
{
	json_open(JSON_BARE, '[');
	for (unsigned i = 0; i < tool->count; i++) {
		const struct verb *verb = &tool->verbs[i];

		if (!is_public(verb))
			continue;
		json_open(JSON_BARE, '{');
		json_text(FIELD_help_verb, verb->name);
		json_text(FIELD_help_operands, verb->operands);
		json_text(FIELD_help_text, verb->text);
		json_close('}');
	}
	json_close(']');
	json_end();
	return SVC_DONE;
}

int help_run(const struct verb *verb, char **operands)
{
	size_t width = 0;

	if (*operands && strcmp(*operands, "--json") == 0 && !operands[1])
		return print_json();
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	for (unsigned i = 0; i < tool->count; i++)
		if (is_public(&tool->verbs[i]) &&
			usage_of(&tool->verbs[i]).length > width)
			width = usage_of(&tool->verbs[i]).length;
	out("usage: svc VERB [OPERAND...]\n");
	for (unsigned i = 0; i < tool->count; i++) {
		struct line line = usage_of(&tool->verbs[i]);

		if (!is_public(&tool->verbs[i]))
			continue;
		out("  %s", line.text);
		out_spaces(width - line.length + GAP);
		out("%s\n", tool->verbs[i].text);
	}
	return SVC_DONE;
}

int completion_run(const struct verb *verb, char **operands)
{
	if (!operands[0] || operands[1])
		return usage(verb, "one shell is wanted");
	if (completion_print(tool, operands[0]))
		return SVC_DONE;
	return usage(verb, "no completion for '%.64s'", operands[0]);
}

int usage(const struct verb *verb, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	text_compose_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	complain("%s: %s; usage: %s", verb->name, text, usage_of(verb).text);
	return SVC_USAGE;
}

int usage_option(const struct verb *verb, const char *option)
{
	return usage(verb, "unknown option '%.64s'", option);
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* A link has the options of the program whose name it has: "shutdown -h". */
static bool asks_for_help_of(const struct verb *verb, const char *word)
{
	return asks_for_help(word) && (verb->form != LINK || word[1] == '-');
}

static const struct verb *find(const char *name)
{
	for (unsigned i = 0; i < tool->count; i++)
		if (tool->verbs[i].form != LINK &&
			strcmp(tool->verbs[i].name, name) == 0)
			return &tool->verbs[i];
	return NULL;
}

static int refuse_verb(const char *name)
{
	unsigned best = 3;
	const char *nearest = NULL;

	for (unsigned i = 0; i < tool->count; i++) {
		unsigned distance =
			text_distance(name, tool->verbs[i].name, best - 1);

		if (distance >= best)
			continue;
		best = distance;
		nearest = tool->verbs[i].name;
	}
	if (nearest)
		complain("unknown verb '%.64s'; did you mean '%s'?", name,
			nearest);
	else
		complain("unknown verb '%.64s'; 'svc help' lists them", name);
	return SVC_USAGE;
}

static int run(const struct verb *verb, char **operands)
{
	if (!*operands || !asks_for_help_of(verb, *operands))
		return verb->run(verb, operands);
	out("usage: %s\n%s\n", usage_of(verb).text, verb->text);
	return SVC_DONE;
}

/* The verb that a link to the tool is named after. */
static const struct verb *find_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (unsigned i = 0; i < tool->count; i++)
		if ((tool->verbs[i].form == LINK ||
			    tool->verbs[i].form == VERB_AND_LINK) &&
			strcmp(tool->verbs[i].name, name) == 0)
			return &tool->verbs[i];
	return NULL;
}

static int dispatch(char **words)
{
	const struct verb *verb = words[0] ? find_link(words[0]) : NULL;

	if (verb)
		return run(verb, words + 1);
	if (!words[0] || !words[1]) {
		complain("no verb; 'svc help' lists them");
		return SVC_USAGE;
	}
	if (asks_for_help(words[1]))
		return help_run(find("help"), words + 2);
	verb = find(words[1]);
	return verb ? run(verb, words + 2) : refuse_verb(words[1]);
}

int tool_run(const struct tool *which, char **words)
{
	int code;

	tool = which;
	code = dispatch(words);
	if (!out_end() && code == SVC_DONE)
		code = SVC_FAILED;
	return code;
}
