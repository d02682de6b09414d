/* Options of verbs: words that stand before the names. */
#ifndef SVC_OPTION_H
#define SVC_OPTION_H

#include <stdbool.h>
#include <stddef.h>

struct option_word {
	const char *word; /* "--json" */
	bool *given;
};

/* Takes all words from *operands on that begin with '-'. The first one that is
 * none of `options`, or NULL. */
const char *option_take(char ***operands, const struct option_word *options,
	size_t count) __attribute__((nonnull));

#endif
