/* See variables.h. */
#include "base/variables.h"

#include "base/text.h"
#include <stdbool.h>
#include <string.h>

int variables_match(const char *one, const char *other)
{
	size_t length = strcspn(one, "=");

	return strncmp(one, other, length) == 0 && other[length] == '=';
}

static bool is_name(const char *line)
{
	const char *at = line;

	while (text_is_letter(*at) || *at == '_' ||
		(at > line && text_is_digit(*at)))
		at++;
	return at > line && *at == '=';
}

/* Tabs and bytes of UTF-8 are. */
static bool is_printable(const char *text)
{
	while ((unsigned char)*text >= ' ' || *text == '\t')
		text++;
	return !*text;
}

/* NULL: it is sound. Whoever writes quotes means another kind of file: here
 * they would be a part of the value. */
static const char *fault_of(const char *line)
{
	const char *value = strchr(line, '=');

	if (!is_name(line))
		return "not of the form NAME=VALUE";
	if (value[1] == '"' || value[1] == '\'')
		return "quotes have no meaning here";
	return is_printable(line) ? NULL : "control characters";
}

static bool put(struct variables *variables, char *line)
{
	uint32_t at = 0;

	while (at < variables->count &&
		!variables_match(line, variables->all[at]))
		at++;
	if (at == VARIABLES_MAX)
		return false;
	variables->all[at] = line;
	if (at == variables->count)
		variables->count++;
	return true;
}

/* Ends the line, of LF or CRLF. Its length. */
static size_t cut(char *line, size_t left, const char **why)
{
	char *end = memchr(line, '\n', left);
	size_t length = end ? (size_t)(end - line) : left;

	if (memchr(line, '\0', length))
		*why = "a NUL byte";
	line[length] = '\0';
	if (length && line[length - 1] == '\r')
		line[length - 1] = '\0';
	return length;
}

uint32_t variables_read(struct variables *variables, char *text, size_t length,
	const char **why)
{
	uint32_t number = 1;

	*why = NULL;
	for (size_t at = 0; at < length; number++) {
		char *line = text + at;

		at += cut(line, length - at, why) + 1;
		if (!*why && *line && *line != '#')
			*why = fault_of(line);
		if (!*why && *line && *line != '#' && !put(variables, line))
			*why = "too many variables";
		if (*why)
			return number;
	}
	return 0;
}
