/* When a service counts as up, and how it says that it is still there. */
#include "table/parse.h"

#include "base/text.h"

#define READY_FD_LEAST 3U
#define READY_FD_MOST 47U /* above that stand what a start needs */

/* A whole number behind the word of a choice; 0: a fault. */
static uint16_t number_behind(struct table_build *b, const struct entry *entry,
	uint64_t least, uint64_t most)
{
	uint64_t number;

	if (text_decimal(entry->words[1].text, most, &number) &&
		number >= least)
		return (uint16_t)number;
	fault(b, &entry->words[1], "'%.64s': not a number from %llu to %llu",
		entry->words[1].text, (unsigned long long)least,
		(unsigned long long)most);
	return 0;
}

static void read_operand(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	struct word *word = &entry->words[1];
	const char *path;

	if (service->ready == READY_FD) {
		service->ready_number =
			number_behind(b, entry, READY_FD_LEAST, READY_FD_MOST);
	} else if (service->ready == READY_TCP) {
		service->ready_number = number_behind(b, entry, 1, UINT16_MAX);
	} else {
		path = path_read(b, word, word->text, word->length);
		if (path)
			service->ready_path = image_string(b, path);
	}
}

void read_ready(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	int number = choice_read(b, entry);
	bool has_operand = number == READY_FD || number == READY_PATH ||
		number == READY_TCP;

	if (number < 0)
		return;
	if (entry->count != (has_operand ? 2U : 1U)) {
		value_refuse(b, entry);
		return;
	}
	service->ready = number == READY_EXEC ? READY_STARTED : (uint8_t)number;
	if (has_operand)
		read_operand(b, entry);
}
