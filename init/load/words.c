/* The kernel's command line: words that are meant for init. Quoting is that of
 * the kernel's next_arg() (lib/cmdline.c): a double quote opens and closes
 * anywhere, and is taken away around a whole word or a whole value.
 */
#include "load/load.h"

#include <string.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n';
}

/* Cuts the first word off the text and returns what follows. */
static char *cut_word(char *text)
{
	bool quoted = false;

	for (; *text && (quoted || !is_blank(*text)); text++)
		if (*text == '"')
			quoted = !quoted;
	if (*text)
		*text++ = '\0';
	return text;
}

static char *without_quotes(char *text)
{
	size_t length;

	if (*text != '"')
		return text;
	text++;
	length = strlen(text);
	if (length && text[length - 1] == '"')
		text[length - 1] = '\0';
	return text;
}

static bool is_rescue(const char *word)
{
	static const char words[][16] = {"bulkhead.rescue", "single", "S", "s",
		"1", "rescue", "emergency"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static void take_word(
	struct load_request *request, char *word, const char **file)
{
	char *value;

	word = without_quotes(word);
	if (is_rescue(word)) {
		request->rescue = true;
		return;
	}
	value = strchr(word, '=');
	if (!value)
		return;
	*value++ = '\0';
	value = without_quotes(value);
	if (strcmp(word, "bulkhead.note") == 0)
		request->note = value;
	if (strcmp(word, "bulkhead.table") != 0 || !*value)
		return;
	*file = value;
	request->files = file;
	request->file_count = 1;
}

void load_words(struct load_request *request, char *words, const char **file)
{
	while (*words) {
		char *word = words;

		words = cut_word(words);
		take_word(request, word, file);
	}
}
