/* The verbs of svc, and of the loader, which answers to some in its place. The
 * main.c of each has its table; a verb is run by one function, which gets what
 * stands behind the verb (ending in NULL) and returns the exit code.
 */
#ifndef SVC_SVC_H
#define SVC_SVC_H

#include "control/protocol.h"

enum svc_exit {
	SVC_DONE,
	SVC_FAILED, /* refused or failed */
	SVC_USAGE
};

/* What it is called as. */
enum verb_form {
	VERB, /* svc NAME */
	VERB_AND_LINK, /* and NAME, a link to the tool */
	LINK /* only that */
};

struct verb {
	const char *name;
	const char *operands; /* as in the usage line */
	const char *text; /* what it does, for people */
	int (*run)(const struct verb *verb, char **operands);
	enum control_op op; /* for verbs that share a function */
	enum verb_form form;
};

int status_run(const struct verb *verb, char **operands);
int names_run(const struct verb *verb, char **operands);
int kill_run(const struct verb *verb, char **operands);
int log_run(const struct verb *verb, char **operands);
int end_run(const struct verb *verb, char **operands);
int telinit_run(const struct verb *verb, char **operands);
int shutdown_run(const struct verb *verb, char **operands);
int help_run(const struct verb *verb, char **operands);
int why_run(const struct verb *verb, char **operands);
int events_run(const struct verb *verb, char **operands);
int top_run(const struct verb *verb, char **operands);
int graph_run(const struct verb *verb, char **operands);
int chart_run(const struct verb *verb, char **operands);
int enter_run(const struct verb *verb, char **operands);
int order_run(const struct verb *verb, char **operands);
int reload_table_run(const struct verb *verb, char **operands);
int completion_run(const struct verb *verb, char **operands);
int loader_run(const struct verb *verb, char **operands);

struct tool {
	const struct verb *verbs;
	unsigned count;
};

/* Runs the verb that the words of a command line ask for. The exit code. */
int tool_run(const struct tool *which, char **words) __attribute__((nonnull));

/* Tells what is wrong with a command line, and the verb's usage. SVC_USAGE. */
int usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As usage(), for an operand that looks like an option and is none. */
int usage_option(const struct verb *verb, const char *option);

#endif
