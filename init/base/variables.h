/* Files of environment variables: a line NAME=VALUE each. Pure. Read by the
 * builder, at each start.
 */
#ifndef BASE_VARIABLES_H
#define BASE_VARIABLES_H

#include <stddef.h>
#include <stdint.h>

#define VARIABLES_MAX 512U

struct variables {
	char *all[VARIABLES_MAX]; /* "NAME=VALUE"; each name once */
	uint32_t count;
};

/* Adds those of a text, which is cut into strings; text[length] is writable.
 * What comes later wins. Empty lines are left out, and lines that begin with
 * '#'. The value is all behind '=' as it stands. 0; or the number of the first
 * line that is none, and why. */
uint32_t variables_read(struct variables *variables, char *text, size_t length,
	const char **why) __attribute__((nonnull, warn_unused_result));

/* Whether two have the same name. */
int variables_match(const char *one, const char *other)
	__attribute__((nonnull));

#endif
