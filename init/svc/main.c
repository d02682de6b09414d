/* The tool: one table of verbs drives dispatch and usage. It is reboot,
 * poweroff and halt as well where it is called by these names.
 */
#include "base/text.h"
#include "svc/out.h"
#include "svc/svc.h"
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static int help_run(const struct verb *verb, char **operands);

static const struct verb verbs[] = {
	{"status", "[-a] [NAME...]", "show services; -a: those of init too",
		status_run, CONTROL_STATUS},
	{"start", "NAME...", "start services, and wait until they are up",
		names_run, CONTROL_START},
	{"stop", "NAME...", "stop services, and wait until they are down",
		names_run, CONTROL_STOP},
	{"restart", "NAME...", "stop and start services", names_run,
		CONTROL_RESTART},
	{"kill", "NAME [SIGNAL]", "send a service's program a signal (TERM)",
		kill_run, CONTROL_KILL},
	{"log", "NAME", "print what a service, or init, said last", log_run,
		CONTROL_LOG},
	{"reboot", "[-fn]", "stop everything and reboot; -f: at once", end_run,
		CONTROL_REBOOT},
	{"poweroff", "[-fn]", "stop everything and turn the machine off",
		end_run, CONTROL_POWEROFF},
	{"halt", "[-fnp]", "stop everything and halt", end_run, CONTROL_HALT},
	{"check", "[--root DIR] TABLE...", "tell the faults of service tables",
		check_run, CONTROL_OPS},
	{"load", "", "read the machine's table; init calls this", load_run,
		CONTROL_OPS},
	{"help", "", "print this", help_run, CONTROL_OPS},
};

#define GAP 2U
#define VERBS (sizeof(verbs) / sizeof(*verbs))

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

static int help_run(const struct verb *verb, char **operands)
{
	size_t width = 0;

	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	for (size_t i = 0; i < VERBS; i++)
		if (usage_of(&verbs[i]).length > width)
			width = usage_of(&verbs[i]).length;
	out("usage: svc VERB [OPERAND...]\n");
	for (size_t i = 0; i < VERBS; i++) {
		struct line line = usage_of(&verbs[i]);

		out("  %s", line.text);
		out_spaces(width - line.length + GAP);
		out("%s\n", verbs[i].text);
	}
	return SVC_DONE;
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

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int refuse_verb(const char *name)
{
	unsigned best = 3;
	const char *nearest = NULL;

	for (size_t i = 0; i < VERBS; i++) {
		unsigned distance =
			text_distance(name, verbs[i].name, best - 1);

		if (distance >= best)
			continue;
		best = distance;
		nearest = verbs[i].name;
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
	if (!*operands || !asks_for_help(*operands))
		return verb->run(verb, operands);
	out("usage: %s\n%s\n", usage_of(verb).text, verb->text);
	return SVC_DONE;
}

/* No verb: what the tool is where it is called by this name. */
static const struct verb telinit = {
	"telinit", "0 | 6", "power off, or reboot", telinit_run, CONTROL_OPS};

/* The verb that a link to svc is named after. */
static const struct verb *find_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const struct verb *verb = find(name);

	if (strcmp(name, telinit.name) == 0)
		return &telinit;

	return verb && verb->run == end_run ? verb : NULL;
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

int main(int argc, char **argv)
{
	int code;

	(void)argc;
	code = dispatch(argv);
	if (!out_end() && code == SVC_DONE)
		code = SVC_FAILED;
	return code;
}
