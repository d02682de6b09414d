/* The verbs of svc. main.c has their table; each is run by one function, which
 * gets what stands behind the verb (ending in NULL) and returns the exit code.
 */
#ifndef SVC_SVC_H
#define SVC_SVC_H

#include "control/protocol.h"

enum svc_exit {
	SVC_DONE,
	SVC_FAILED, /* refused or failed */
	SVC_USAGE
};

struct verb {
	const char *name;
	const char *operands; /* as in the usage line */
	const char *text; /* what it does, for people */
	int (*run)(const struct verb *verb, char **operands);
	enum control_op op; /* for verbs that share a function */
};

int status_run(const struct verb *verb, char **operands);
int names_run(const struct verb *verb, char **operands);
int kill_run(const struct verb *verb, char **operands);
int log_run(const struct verb *verb, char **operands);
int end_run(const struct verb *verb, char **operands);
int telinit_run(const struct verb *verb, char **operands);
int check_run(const struct verb *verb, char **operands);
int load_run(const struct verb *verb, char **operands);

/* Tells what is wrong with a command line, and the verb's usage. SVC_USAGE. */
int usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As usage(), for an operand that looks like an option and is none. */
int usage_option(const struct verb *verb, const char *option);

#endif
