/* svc completion: what makes bash and zsh complete svc's verbs, options and
 * names of services, from the table of verbs.
 */
#include "svc/completion.h"

#include "svc/out.h"
#include "svc/words.h"
#include <string.h>

/* Calls `each` for every option that an operand text shows: "[-ar]" has -a and
 * -r, "[--root DIR]" has --root. */
static void print_options(const char *operands)
{
	for (const char *at = operands; *at; at++) {
		size_t length;

		if (*at != '-' || (at > operands && !strchr("[ ", at[-1])))
			continue;
		length = strspn(at, "-abcdefghijklmnopqrstuvwxyz");
		if (at[1] == '-') {
			out_bytes(at, length);
			out(" ");
		}
		for (size_t i = 1; i < length && at[1] != '-'; i++)
			out("-%c ", at[i]);
		at += length - 1;
	}
}

static bool is_shown(const struct verb *verb)
{
	return verb->form == VERB || verb->form == VERB_AND_LINK;
}

/* What may stand there besides names of services: words that the usage shows as
 * they are ("bash | zsh"), and those that it has a name for. */
static void print_words(const struct verb *verb)
{
	bool is_log = verb->op == CONTROL_LOG;
	bool has_signal = strstr(verb->operands, "SIGNAL");
	bool is_choice = verb->operands[0] >= 'a' && verb->operands[0] <= 'z';

	if (!is_log && !has_signal && !is_choice)
		return;
	out("\t\tnames='");
	if (is_log)
		out("init");
	for (uint32_t i = 1; has_signal && words_signal_name(i); i++)
		out("%s ", words_signal_name(i));
	for (const char *at = verb->operands; is_choice && *at; at++)
		if (*at != '|')
			out_bytes(at, 1);
	out("'\n");
}

static void print_case(const struct verb *verb)
{
	out("\t%s)\n\t\toptions='", verb->name);
	print_options(verb->operands);
	out("'\n");
	print_words(verb);
	if (strstr(verb->operands, "NAME"))
		out("\t\tnames+=\" $(svc status --names 2>/dev/null)\"\n");
	if (strstr(verb->operands, "TABLE") || strstr(verb->operands, "DIR") ||
		strstr(verb->operands, "COMMAND") ||
		strstr(verb->operands, "PROGRAM"))
		out("\t\tfiles=yes\n");
	out("\t\t;;\n");
}

static void print_cases(const struct tool *tool)
{
	out("\tcase $verb in\n");
	for (unsigned i = 0; i < tool->count; i++)
		if (is_shown(&tool->verbs[i]))
			print_case(&tool->verbs[i]);
	out("\tesac\n");
}

static void print_verbs(const struct tool *tool)
{
	for (unsigned i = 0; i < tool->count; i++)
		if (is_shown(&tool->verbs[i]))
			out("%s ", tool->verbs[i].name);
}

static void print_bash(const struct tool *tool)
{
	out("# svc for bash; made by 'svc completion bash'\n"
	    "_svc()\n{\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}\n"
	    "\tlocal options= names= files=\n\n"
	    "\tCOMPREPLY=()\n"
	    "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '");
	print_verbs(tool);
	out("' -- \"$word\"))\n\t\treturn\n\tfi\n");
	print_cases(tool);
	out("\tcase $word in\n"
	    "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
	    "\t*) COMPREPLY=($(compgen -W \"$names\" -- \"$word\")) ;;\n"
	    "\tesac\n"
	    "\tif [ -n \"$files\" ]; then\n"
	    "\t\tCOMPREPLY+=($(compgen -f -- \"$word\"))\n"
	    "\tfi\n"
	    "}\n"
	    "complete -F _svc svc\n");
}

/* In apostrophes, where one of its own ends them, stands alone, and begins
 * them anew. */
static void print_quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			out("'\\''");
		else
			out_bytes(text, 1);
}

static void print_zsh(const struct tool *tool)
{
	out("#compdef svc\n# made by 'svc completion zsh'\n"
	    "local verb=$words[2] options= names= files=\n\n"
	    "if (( CURRENT == 2 )); then\n"
	    "\tlocal -a verbs\n"
	    "\tverbs=(\n");
	for (unsigned i = 0; i < tool->count; i++)
		if (is_shown(&tool->verbs[i])) {
			out("\t\t'%s:", tool->verbs[i].name);
			print_quoted(tool->verbs[i].text);
			out("'\n");
		}
	out("\t)\n\t_describe verb verbs\n\treturn\nfi\n");
	print_cases(tool);
	out("if [[ $words[CURRENT] == -* ]]; then\n"
	    "\tcompadd -- ${=options}\n"
	    "else\n"
	    "\tcompadd -- ${=names}\n"
	    "\t[[ -n $files ]] && _files\n"
	    "fi\n");
}

bool completion_print(const struct tool *tool, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash(tool);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(tool);
	else
		return false;
	return true;
}
