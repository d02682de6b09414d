/* Lines out of records: see lines.h. */
#include "log/lines.h"

#include "base/text.h"
#include <string.h>

#define PRIORITY_MOST 191U /* local7.debug; RFC 5424, 6.2.1 */
#define DATE_LENGTH 16U /* "Nov 26 01:30:00 " */

void lines_open(struct lines *lines, const struct ring *ring,
	const struct lines_place *place, char *bytes, size_t room)
{
	lines->ring = ring;
	lines->want = (struct ring_want){.at = place->at};
	lines->record = (struct ring_record){.length = 0};
	lines->taken = 0;
	lines->begun = *place;
	lines->waits = lines->skipped = false;
	lines->instance = 0;
	for (unsigned i = 0; i < RING_STREAMS; i++)
		lines->parts[i].used = 0;
	lines->given = NULL;
	lines->bytes = bytes;
	lines->room = room;
}

/* Takes "<N>" from the start of a text. */
static int16_t take_priority(const char **text, size_t *length)
{
	const char *end = *length > 1 && **text == '<'
		? memchr(*text, '>', *length < 5 ? *length : 5)
		: NULL;
	uint64_t number;

	if (!end ||
		!text_number(
			*text + 1, (size_t)(end - *text) - 1, 10, &number) ||
		number > PRIORITY_MOST)
		return LINES_NO_PRIORITY;
	*length -= (size_t)(end - *text) + 1;
	*text = end + 1;
	return (int16_t)number;
}

/* "Mmm dd hh:mm:ss ": what a C library's syslog() puts before its text. */
static bool has_date(const char *text, size_t length)
{
	static const char form[] = "aaa dd dd:dd:dd ";

	if (length < DATE_LENGTH)
		return false;
	for (size_t i = 0; i < DATE_LENGTH; i++) {
		char byte = text[i];

		if (form[i] == 'a' && !text_is_letter(byte))
			return false;
		if (form[i] == 'd' && !text_is_digit(byte) &&
			!(i == 4 && byte == ' '))
			return false;
		if (form[i] != 'a' && form[i] != 'd' && form[i] != byte)
			return false;
	}
	return true;
}

static void fill(struct line *line, const struct ring_record *record)
{
	*line = (struct line){.real_ns = record->real_ns,
		.boot_ns = record->boot_ns,
		.instance = record->instance,
		.stream = record->stream,
		.priority = LINES_NO_PRIORITY};
}

static bool is_end(char byte)
{
	return byte == '\n' || byte == '\0';
}

/* A datagram is one line, whatever is in it. */
static void give_packet(struct lines *lines, struct line *line)
{
	const char *text = lines->bytes;
	size_t length = lines->record.length;

	fill(line, &lines->record);
	if (length > lines->room)
		length = lines->room;
	while (length && is_end(text[length - 1]))
		length--;
	line->priority = take_priority(&text, &length);
	if (has_date(text, length)) {
		text += DATE_LENGTH;
		length -= DATE_LENGTH;
	}
	if (length > LINES_MOST) {
		length = LINES_MOST;
		line->cut = true;
	}
	line->text = text;
	line->length = length;
}

/* What was lost, in words. */
static void give_lost(
	struct lines *lines, struct line *line, const struct ring_dropped *lost)
{
	struct lines_part *part = &lines->parts[RING_DROPPED];

	fill(line, &lines->record);
	line->stream = RING_DROPPED;
	if (!lost)
		line->length = text_compose(part->bytes, sizeof(part->bytes),
			"what was here has been overwritten");
	else
		line->length = text_compose(part->bytes, sizeof(part->bytes),
			"%llu bytes and %llu messages dropped: more than its "
			"log-rate",
			(unsigned long long)lost->bytes,
			(unsigned long long)lost->packets);
	line->text = part->bytes;
}

static void give_part(struct lines *lines, struct line *line, unsigned stream)
{
	struct lines_part *part = &lines->parts[stream];

	*line = (struct line){.real_ns = part->real_ns,
		.boot_ns = part->boot_ns,
		.instance = lines->instance,
		.stream = (uint16_t)stream,
		.priority = LINES_NO_PRIORITY,
		.text = part->bytes,
		.length = part->used};
	line->priority = take_priority(&line->text, &line->length);
	lines->given = part;
}

/* The first byte of the record at work that has not been taken. */
static uint64_t position(const struct lines *lines)
{
	return lines->want.from + RING_ALIGN + lines->taken;
}

/* Joins what comes to what was there. True: that is a line. */
static bool join(struct lines *lines, struct line *line)
{
	unsigned stream = lines->record.stream;
	struct lines_part *part = &lines->parts[stream];
	const char *from = lines->bytes + lines->taken;
	size_t left = lines->record.length - lines->taken;
	const char *end = memchr(from, '\n', left);
	size_t count = end ? (size_t)(end - from) : left;
	bool fits = count <= LINES_MOST - part->used;

	if (!fits)
		count = LINES_MOST - part->used;
	if (!part->used) {
		part->record = lines->want.from;
		part->begins = position(lines);
	}
	part->real_ns = lines->record.real_ns;
	part->boot_ns = lines->record.boot_ns;
	memcpy(part->bytes + part->used, from, count);
	part->used += count;
	lines->taken += count;
	if (fits && !end)
		return false;
	lines->taken += fits;
	give_part(lines, line, stream);
	line->cut = !fits;
	return true;
}

/* All that is to be had of the record at work. False: it is used up. */
static bool give(struct lines *lines, struct line *line)
{
	struct ring_dropped dropped = {0, 0};
	uint32_t length = lines->record.length;

	if (lines->skipped) {
		lines->skipped = false;
		give_lost(lines, line, NULL);
		return true;
	}
	if (lines->taken >= length)
		return false;
	if (lines->record.stream == RING_DROPPED) {
		memcpy(&dropped, lines->bytes,
			length < sizeof(dropped) ? length : sizeof(dropped));
		give_lost(lines, line, &dropped);
	} else if (lines->record.stream == RING_SYSLOG) {
		give_packet(lines, line);
	} else {
		return join(lines, line);
	}
	lines->taken = length;
	return true;
}

static void clear_given(struct lines *lines)
{
	if (lines->given)
		lines->given->used = 0;
	lines->given = NULL;
}

/* What was given before these lines were opened. */
static size_t given_before(const struct lines *lines)
{
	uint64_t given = lines->begun.given[lines->record.stream];
	uint64_t begins = lines->want.from + RING_ALIGN;
	uint64_t count = given > begins ? given - begins : 0;

	return count < lines->record.length ? count : lines->record.length;
}

/* Where its start has ended: see ring.h. */
static bool is_end_of_start(const struct ring_record *record)
{
	return record->stream == RING_DROPPED && !record->length;
}

/* A record of a stream that nobody knows, and bytes that there is no room for,
 * are left out. */
static bool fetch(struct lines *lines)
{
	lines->want.skip = 0;
	lines->want.bytes = lines->bytes;
	lines->want.room = lines->room;
	if (!ring_next(lines->ring, &lines->want, &lines->record))
		return false;
	if (lines->record.length > lines->room)
		lines->record.length = (uint32_t)lines->room;
	if (lines->record.stream >= RING_STREAMS) {
		lines->record.stream = RING_INIT;
		lines->record.length = 0;
	}
	lines->taken = given_before(lines);
	lines->skipped = lines->want.lost;
	lines->waits = lines->record.instance != lines->instance ||
		lines->want.lost || is_end_of_start(&lines->record);
	return true;
}

static bool give_rest(struct lines *lines, struct line *line)
{
	for (unsigned i = 0; i < RING_STREAMS; i++) {
		if (!lines->parts[i].used || i == RING_DROPPED)
			continue;
		give_part(lines, line, i);
		return true;
	}
	return false;
}

bool lines_next(struct lines *lines, struct line *line)
{
	clear_given(lines);
	do {
		if (lines->waits && give_rest(lines, line))
			return true;
		lines->waits = false;
		lines->instance = lines->record.instance;
		if (give(lines, line))
			return true;
	} while (fetch(lines));
	return false;
}

bool lines_rest(struct lines *lines, struct line *line)
{
	clear_given(lines);
	return give_rest(lines, line);
}

void lines_place(const struct lines *lines, struct lines_place *place)
{
	bool is_used_up = lines->taken >= lines->record.length;
	uint64_t next = is_used_up ? lines->want.at : position(lines);

	place->at = is_used_up ? lines->want.at : lines->want.from;
	for (unsigned i = 0; i < RING_STREAMS; i++) {
		const struct lines_part *part = &lines->parts[i];

		place->given[i] = next > lines->begun.given[i]
			? next
			: lines->begun.given[i];
		if (!part->used || part == lines->given)
			continue;
		place->given[i] = part->begins;
		if (part->record < place->at)
			place->at = part->record;
	}
}
