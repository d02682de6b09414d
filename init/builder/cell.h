/* A program of the image that works on one device and is locked up with it.
 */
#ifndef BUILDER_CELL_H
#define BUILDER_CELL_H

#include "table/table.h"
#include <stddef.h>

#define CELL_DEVICE "/dev/disk" /* what the device is called inside */

struct cell {
	const struct table *table; /* has the filter of system calls */
	const char *const *words; /* path, arguments, NULL */
	const char *device; /* of the host */
	char first[192]; /* of the lines that it wrote */
	char last[192];
};

/* Runs it to its end, which may take long. Its exit code, or -errno; -EINTR:
 * something has killed it. */
int cell_run(struct cell *cell) __attribute__((nonnull));

#endif
