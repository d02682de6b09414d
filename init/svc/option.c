/* Options of verbs: see option.h. */
#include "svc/option.h"

#include <string.h>

static bool take(
	const char *word, const struct option_word *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(options[i].word, word) != 0)
			continue;
		*options[i].given = true;
		return true;
	}
	return false;
}

const char *option_take(
	char ***operands, const struct option_word *options, size_t count)
{
	for (; **operands && ***operands == '-'; (*operands)++)
		if (!take(**operands, options, count))
			return **operands;
	return NULL;
}
