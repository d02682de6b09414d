/* Where what a service says goes besides its ring, and how much of it. */
#include "table/parse.h"

#include "base/text.h"

#define FILE_LEAST 4096U
#define FILE_COUNT_MAX 1000U
#define RATE_MAX 1000000U

/* "COUNT/s" or "none" */
void read_log_rate(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint32_t *field = &b->parser->draft.service.log_rate;
	uint64_t rate;

	if (!word)
		return;
	if (strcmp(word->text, "none") == 0)
		*field = 0;
	else if (word->length > 2 &&
		strcmp(word->text + word->length - 2, "/s") == 0 &&
		text_number(word->text, word->length - 2, 10, &rate) && rate &&
		rate <= RATE_MAX)
		*field = (uint32_t)rate;
	else
		fault(b, word,
			"'%.64s': not a rate; write 1000/s, at most %u/s, or "
			"none",
			word->text, RATE_MAX);
}

/* "file NAME SIZE COUNT" */
static bool read_file(struct table_build *b, const struct entry *entry,
	struct log_target *target)
{
	struct word *words = entry->words;
	uint64_t count;

	if (!name_is_sound(words[1].text, words[1].length)) {
		fault(b, &words[1],
			"'%.64s': not the name of a file; write one of a-z0-9 "
			"then a-z0-9_.-",
			words[1].text);
		return false;
	}
	if (!size_parse(b, &words[2], words[2].text, words[2].length,
		    &target->size))
		return false;
	if (target->size < FILE_LEAST) {
		fault(b, &words[2], "'%.64s': a size of less than 4K",
			words[2].text);
		return false;
	}
	if (!text_decimal(words[3].text, FILE_COUNT_MAX, &count) || !count) {
		fault(b, &words[3], "'%.64s': the files are from 1 to %u",
			words[3].text, FILE_COUNT_MAX);
		return false;
	}
	target->count = (uint16_t)count;
	target->name = image_string(b, words[1].text);
	return true;
}

/* "ADDRESS:PORT" or "[IPV6]:PORT" */
static bool read_peer(
	struct table_build *b, struct word *word, struct log_target *target)
{
	bool brackets = word->text[0] == '[';
	const char *text = word->text + brackets;
	size_t length = strcspn(text, brackets ? "]" : ":");
	const char *port = text + length + brackets;
	struct address address;
	uint64_t number;

	if (text[length] && *port == ':' &&
		address_parse(text, length, &address) &&
		(address.family == 6) == brackets &&
		text_decimal(port + 1, UINT16_MAX, &number) && number) {
		target->family = address.family;
		target->port = (uint16_t)number;
		memcpy(target->bytes, address.bytes, sizeof(target->bytes));
		return true;
	}
	fault(b, word, "'%.64s': write ADDRESS:PORT or [IPV6]:PORT",
		word->text);
	return false;
}

static bool read_target(struct table_build *b, const struct entry *entry,
	struct log_target *target)
{
	static const uint8_t counts[] = {4, 1, 1, 2};
	int kind = choice_read(b, entry);

	if (kind < 0)
		return false;
	target->kind = (uint8_t)kind;
	if (kind == LOG_CONSOLE && entry->count == 2 &&
		strcmp(entry->words[1].text, "raw") == 0) {
		target->raw = 1;
		return true;
	}
	if (entry->count != counts[kind]) {
		value_refuse(b, entry);
		return false;
	}
	if (kind == LOG_FILE)
		return read_file(b, entry, target);
	return kind != LOG_UDP || read_peer(b, &entry->words[1], target);
}

void read_log_to(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct log_target target = {.kind = 0};

	if (!read_target(b, entry, &target))
		return;
	if (g->target_count == LOG_TO_MAX) {
		fault(b, entry->name, "more than %u mentions of 'log-to'",
			LOG_TO_MAX);
		return;
	}
	g->targets[g->target_count++] = target;
	if (target.kind == LOG_FILE)
		wish_file(b, &b->parser->log_files, &entry->words[1],
			entry->words[1].text);
}
