/* The list of all faults: collected as they are found, written in the order
 * of the text. A word is reported once, however many services inherit it.
 */
#include "table/parse.h"

#include "base/text.h"
#include <stdlib.h>

#define FAULT_TEXT_MAX 1024U
#define FAULT_LINE_MAX ((size_t)2048) /* with its place */
/* More than can be printed, so that sorting has something to choose from. */
#define FAULT_RECORDED_MAX ((size_t)8 * TABLE_FAULTS_MAX)

struct fault {
	struct place place;
	uint32_t serial;
	uint32_t length;
	const char *text;
	struct fault *next;
};

/* A fault goes to a console: no control character, no broken UTF-8. */
static void make_printable(char *text, size_t length)
{
	size_t at = 0;

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	while (at < length) {
		at += text_utf8(text + at, length - at);
		if (at < length)
			text[at] = '?';
	}
}

static void record(struct table_build *b, const struct place *place,
	const char *format, va_list arguments)
{
	char text[FAULT_TEXT_MAX];
	size_t length =
		text_compose_list(text, sizeof(text), format, arguments);
	struct fault *made;

	b->fault_count++;
	if (b->fault_bytes + length > FAULT_RECORDED_MAX)
		return;
	make_printable(text, length);
	made = ARENA_ARRAY(b->scratch, struct fault, 1);
	made->text = lex_copy(b, text, length);
	made->length = (uint32_t)length;
	made->place = *place;
	made->serial = b->fault_count;
	made->next = b->faults;
	b->faults = made;
	b->fault_bytes += length + sizeof(*made);
}

void table_fault(struct table_build *b, const struct place *place,
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	record(b, place, format, arguments);
	va_end(arguments);
}

void fault(struct table_build *b, struct word *word, const char *format, ...)
{
	va_list arguments;

	b->parser->faulty = true;
	if (word->flags & WORD_FAULTY)
		return;
	word->flags |= WORD_FAULTY;
	va_start(arguments, format);
	record(b, &word->place, format, arguments);
	va_end(arguments);
}

const char *fault_hint(struct table_build *b, struct hint *hint,
	const struct name_map *map, const char *name)
{
	const char *nearest = names_nearest(map, name, &b->nearest_budget);

	hint->text[0] = '\0';
	if (nearest)
		text_compose(hint->text, sizeof(hint->text),
			"; did you mean '%s'?", nearest);
	return hint->text;
}

static int compare_numbers(uint32_t one, uint32_t other)
{
	return (one > other) - (one < other);
}

static int compare_faults(const void *left, const void *right)
{
	const struct fault *one = *(const struct fault *const *)left;
	const struct fault *other = *(const struct fault *const *)right;
	int order = compare_numbers(one->place.file, other->place.file);

	if (!order)
		order = compare_numbers(one->place.line, other->place.line);
	if (!order)
		order = compare_numbers(one->place.column, other->place.column);
	return order ? order : compare_numbers(one->serial, other->serial);
}

static struct fault **sorted_faults(struct table_build *b, uint32_t *count)
{
	struct fault **all;
	uint32_t used = 0;

	for (const struct fault *each = b->faults; each; each = each->next)
		used++;
	all = ARENA_ARRAY(b->scratch, struct fault *, used);
	*count = used;
	for (struct fault *each = b->faults; each; each = each->next)
		all[--used] = each;
	qsort(all, *count, sizeof(struct fault *), compare_faults);
	return all;
}

/* "FILE:LINE:COLUMN: TEXT\n", as far as the place is known. */
static size_t compose_fault(const struct table_build *b,
	const struct fault *fault, char *to, size_t size)
{
	const struct place *place = &fault->place;
	size_t used = 0;

	if (place->file)
		used = text_compose(
			to, size, "%s:", b->input->files[place->file - 1].name);
	if (place->line)
		used += text_compose(to + used, size - used,
			"%u:%u:", place->line, place->column);
	return used +
		text_compose(to + used, size - used, "%s%s\n", used ? " " : "",
			fault->text);
}

/* The faults as text; those that do not fit are counted in a last line. */
static void write_faults(struct table_build *b)
{
	uint32_t count;
	struct fault **all = sorted_faults(b, &count);
	size_t most = TABLE_FAULTS_MAX - 128;
	size_t used = 0;
	char *text = arena_take(b->out, TABLE_FAULTS_MAX, 1, 1);
	uint32_t done = 0;

	for (; done < count; done++) {
		char line[FAULT_LINE_MAX];
		size_t length = compose_fault(b, all[done], line, sizeof(line));

		if (used + length > most)
			break;
		memcpy(text + used, line, length);
		used += length;
	}
	if (done < b->fault_count)
		used += text_compose(text + used, TABLE_FAULTS_MAX - used,
			"and %u more faults\n", b->fault_count - done);
	b->table->faults = (table_at)(text - b->out->start);
	b->table->faults_size = (uint32_t)used;
	b->out->used -= TABLE_FAULTS_MAX - used - 1; /* keeps one NUL */
}

void table_finish(struct table_build *b)
{
	digest_wishes(b);
	compare_all(b);
	b->table->fault_count = b->fault_count;
	if (b->fault_count)
		write_faults(b);
	arena_take(b->out, 0, 1, 8);
	b->table->size = (uint32_t)b->out->used;
	b->table->sum = table_sum(b->table);
}
