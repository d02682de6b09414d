/* What comes before a mount: the check of a file system, and the making of one.
 */
#ifndef BUILDER_REPAIR_H
#define BUILDER_REPAIR_H

#include "table/table.h"
#include <stdbool.h>
#include <stddef.h>

struct repair {
	const struct table *table;
	const struct file_system *wanted;
	const char *device; /* path of the one found */
	const char
		*what; /* of what was done or failed; NULL: nothing to tell */
	char why[256];
	const char *remedy; /* if it failed */
};

/* Makes a file system where the table asks for it and nothing is there, and
 * checks the one that is there. False: it must not be mounted. Either way it is
 * told in "what". */
bool repair(struct repair *repair) __attribute__((nonnull));

#endif
