/* See tzif.h. A file has the changes that were, in blocks of numbers with the
 * highest byte first, and behind them the rule for what comes, as text. */
#include "load/tzif.h"

#include "base/text.h"
#include <stdbool.h>
#include <string.h>

#define HEAD 44U
#define COUNTS_AT 20U
#define TYPE_SIZE 6U /* offset, is it summer, where its name stands */
#define OFFSET_MOST 93600 /* seconds: 26 hours */
#define HOURS_MOST 167U

static const char damaged[] = "it is damaged";

enum {
	COUNT_UT,
	COUNT_STANDARD,
	COUNT_LEAPS,
	COUNT_TIMES,
	COUNT_TYPES,
	COUNT_CHARS,
	COUNTS
};

struct file {
	const char *at;
	size_t left;
	uint32_t counts[COUNTS]; /* of the block */
	unsigned width; /* of times in it: 4 or 8 bytes */
};

static uint64_t number(const char *bytes, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value << 8 | (unsigned char)bytes[i];
	return value;
}

static int64_t signed_number(const char *bytes, unsigned width)
{
	uint64_t value = number(bytes, width);

	return width == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

static bool read_head(struct file *f, unsigned width)
{
	if (f->left < HEAD || memcmp(f->at, "TZif", 4) != 0)
		return false;
	for (unsigned i = 0; i < COUNTS; i++) {
		f->counts[i] =
			(uint32_t)number(f->at + COUNTS_AT + (size_t)4 * i, 4);
		if (f->counts[i] > TZIF_BYTES_MAX)
			return false;
	}
	f->width = width;
	f->at += HEAD;
	f->left -= HEAD;
	return true;
}

static size_t block_size(const struct file *f)
{
	const uint32_t *c = f->counts;

	return c[COUNT_TIMES] * ((size_t)f->width + 1) +
		c[COUNT_TYPES] * (size_t)TYPE_SIZE + c[COUNT_CHARS] +
		c[COUNT_LEAPS] * ((size_t)f->width + 4) + c[COUNT_STANDARD] +
		c[COUNT_UT];
}

static bool skip_block(struct file *f)
{
	size_t size = block_size(f);

	if (f->left < size)
		return false;
	f->at += size;
	f->left -= size;
	return true;
}

static bool read_offset(
	const struct file *f, const char *types, unsigned type, int32_t *to)
{
	int64_t offset;

	if (type >= f->counts[COUNT_TYPES])
		return false;
	offset = signed_number(types + type * (size_t)TYPE_SIZE, 4);
	*to = (int32_t)offset;
	return offset >= -OFFSET_MOST && offset <= OFFSET_MOST;
}

static const char *read_changes(struct zone *zone, const struct file *f)
{
	uint32_t count = f->counts[COUNT_TIMES];
	const char *indices = f->at + count * (size_t)f->width;
	const char *types = indices + count;

	if (f->counts[COUNT_LEAPS])
		return "it counts leap seconds; take it from 'posix', not from "
		       "'right'";
	if (count > ZONE_CHANGES_MAX)
		return "it has too many changes";
	if (!read_offset(f, types, 0, &zone->first_s))
		return damaged;
	for (uint32_t i = 0; i < count; i++) {
		struct zone_change *change = &zone->changes[i];

		change->at_s =
			signed_number(f->at + i * (size_t)f->width, f->width);
		if (!read_offset(f, types, (unsigned char)indices[i],
			    &change->offset_s) ||
			(i && change->at_s <= change[-1].at_s))
			return damaged;
	}
	zone->count = count;
	return NULL;
}

/* --- the rule: "CET-1CEST,M3.5.0,M10.5.0/3" --------------------------------
 */

static bool skip(const char **at, char byte)
{
	if (**at != byte)
		return false;
	++*at;
	return true;
}

static bool read_number(const char **at, unsigned most, unsigned *to)
{
	size_t length = strspn(*at, "0123456789");
	uint64_t value;

	if (!length || length > 3 || !text_number(*at, length, 10, &value) ||
		value > most)
		return false;
	*at += length;
	*to = (unsigned)value;
	return true;
}

/* At least three letters, or anything in angle brackets. */
static bool skip_name(const char **at)
{
	const char *end = **at == '<' ? strchr(*at, '>') : NULL;
	size_t length = 0;

	if (**at == '<' && !end)
		return false;
	while (!end && text_is_letter((*at)[length]))
		length++;
	*at = end ? end + 1 : *at + length;
	return end || length >= 3;
}

/* "[+-]H[:MM[:SS]]" */
static bool read_time(const char **at, int32_t *seconds)
{
	bool minus = skip(at, '-');
	unsigned part[3] = {0, 0, 0};
	unsigned count = 0;

	if (!minus)
		skip(at, '+');
	do {
		if (!read_number(at, count ? 59 : HOURS_MOST, &part[count]))
			return false;
	} while (++count < 3 && skip(at, ':'));
	*seconds = (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
	if (minus)
		*seconds = -*seconds;
	return true;
}

static bool read_month(const char **at, struct zone_day *day)
{
	unsigned month;
	unsigned week;
	unsigned weekday;

	if (!read_number(at, 12, &month) || !month || !skip(at, '.') ||
		!read_number(at, 5, &week) || !week || !skip(at, '.') ||
		!read_number(at, 6, &weekday))
		return false;
	day->month = (uint8_t)month;
	day->week = (uint8_t)week;
	day->day = (uint16_t)weekday;
	return true;
}

static bool read_day(const char **at, struct zone_day *day)
{
	unsigned number_ = 0;

	day->kind = ZONE_DAY;
	day->time_s = 7200;
	if (!skip(at, ','))
		return false;
	if (skip(at, 'M')) {
		day->kind = ZONE_MONTH;
		if (!read_month(at, day))
			return false;
	} else {
		if (skip(at, 'J'))
			day->kind = ZONE_JULIAN;
		if (!read_number(at, 365, &number_) ||
			(day->kind == ZONE_JULIAN && !number_))
			return false;
		day->day = (uint16_t)number_;
	}
	return !skip(at, '/') || read_time(at, &day->time_s);
}

static bool is_offset(int32_t seconds)
{
	return seconds >= -OFFSET_MOST && seconds <= OFFSET_MOST;
}

/* West is ahead in it. */
static bool read_rule(const char *at, struct zone_rule *rule)
{
	if (!skip_name(&at) || !read_time(&at, &rule->standard_s) ||
		!is_offset(rule->standard_s))
		return false;
	rule->standard_s = -rule->standard_s;
	if (!*at)
		return true;
	rule->has_summer = 1;
	rule->summer_s = rule->standard_s + 3600;
	if (!skip_name(&at))
		return false;
	if (*at != ',') {
		if (!read_time(&at, &rule->summer_s) ||
			!is_offset(rule->summer_s))
			return false;
		rule->summer_s = -rule->summer_s;
	}
	return read_day(&at, &rule->start) && read_day(&at, &rule->end) && !*at;
}

/* Between two line feeds; it may be empty. */
static const char *read_foot(struct zone *zone, const struct file *f)
{
	char text[64];
	const char *end =
		f->left > 1 ? memchr(f->at + 1, '\n', f->left - 1) : NULL;
	size_t length = end ? (size_t)(end - f->at) - 1 : 0;

	if (!end || *f->at != '\n' || length >= sizeof(text))
		return damaged;
	memcpy(text, f->at + 1, length);
	text[length] = '\0';
	if (!length)
		return NULL;
	if (!read_rule(text, &zone->rule))
		return "its rule is none that is known";
	zone->has_rule = 1;
	return NULL;
}

const char *tzif_read(struct zone *zone, const char *bytes, size_t size)
{
	struct file f = {.at = bytes, .left = size};
	const char *why;
	bool is_old;

	memset(zone, 0, sizeof(*zone));
	if (!read_head(&f, 4) || f.left < block_size(&f))
		return "not a file of a time zone";
	is_old = bytes[4] == '\0';
	if (!is_old &&
		(!skip_block(&f) || !read_head(&f, 8) ||
			f.left < block_size(&f)))
		return damaged;
	why = read_changes(zone, &f);
	if (why || is_old)
		return why;
	return skip_block(&f) ? read_foot(zone, &f) : damaged;
}
