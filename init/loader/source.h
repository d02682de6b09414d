/* Where the verbs of the loader have their table from. */
#ifndef LOADER_SOURCE_H
#define LOADER_SOURCE_H

#include "load/load.h"
#include "svc/svc.h"

#define WORDS_SIZE 8192 /* COMMAND_LINE_SIZE is 4096 at most */

struct source {
	struct load_request request;
	bool json; /* --json was given */
	const char *file; /* the machine's table */
	char words[WORDS_SIZE]; /* of the kernel's command line */
};

/* Reads the options, and leaves what stands behind them. SVC_DONE, or the exit
 * code with the fault told. */
int source_options(struct source *source, const struct verb *verb,
	char ***operands) __attribute__((nonnull));

/* The files that are left of the operands; where there are none, the machine's
 * own as init finds them. */
void source_files(struct source *source, char **operands)
	__attribute__((nonnull));

/* Where init finds the machine's table. */
void source_machine(struct source *source) __attribute__((nonnull));

/* Reads, checks and maps it. NULL: why not has been told. */
const struct table *source_load(struct source *source, const struct verb *verb)
	__attribute__((nonnull));

#endif
