/* sd_notify(3) in numbers: see notice.h. */
#include "base/notice.h"

#include "base/text.h"
#include <limits.h>
#include <string.h>

/* One line, split at its first '='. */
struct line {
	const char *key;
	size_t key_length;
	const char *value;
	size_t length;
};

static bool is(const struct line *line, const char *key)
{
	return strlen(key) == line->key_length &&
		memcmp(line->key, key, line->key_length) == 0;
}

static bool has(const struct line *line, const char *value)
{
	return strlen(value) == line->length &&
		memcmp(line->value, value, line->length) == 0;
}

static void copy_text(char *to, const struct line *line)
{
	size_t length = line->length;
	size_t good = 0; /* up to where it is known to be UTF-8 */

	if (length > NOTICE_TEXT_SIZE - 1)
		length = NOTICE_TEXT_SIZE - 1;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)line->value[i];

		if (i >= good)
			good = i + text_utf8(line->value + i, length - i);
		if (i >= good || byte < ' ' || byte == 0x7f)
			to[i] = '?';
		else
			to[i] = line->value[i];
	}
	to[length] = '\0';
}

static bool read_number(const struct line *line, uint64_t *number)
{
	return text_number(line->value, line->length, 10, number);
}

static void read_code(const struct line *line, int32_t *code)
{
	uint64_t number;

	if (read_number(line, &number) && number <= INT32_MAX)
		*code = (int32_t)number;
}

/* Keys whose only value is 1. */
static const struct {
	const char *key;
	uint32_t bit;
} marks[] = {
	{"READY", NOTICE_READY},
	{"RELOADING", NOTICE_RELOADING},
	{"STOPPING", NOTICE_STOPPING},
	{"WATCHDOG", NOTICE_ALIVE},
	{"BARRIER", NOTICE_BARRIER},
	{"FDSTORE", NOTICE_STORE},
	{"FDSTOREREMOVE", NOTICE_FORGET},
};

static bool read_mark(struct notice *notice, const struct line *line)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (!is(line, marks[i].key))
			continue;
		if (has(line, "1"))
			notice->said |= marks[i].bit;
		return !has(line, "trigger");
	}
	return false;
}

static bool read_time(struct notice *notice, const struct line *line)
{
	if (is(line, "EXTEND_TIMEOUT_USEC")) {
		if (read_number(line, &notice->extend_us))
			notice->said |= NOTICE_EXTEND;
	} else if (is(line, "WATCHDOG_USEC")) {
		if (read_number(line, &notice->watchdog_us))
			notice->said |= NOTICE_PERIOD;
	} else if (is(line, "MONOTONIC_USEC")) {
		read_number(line, &notice->reloading_us);
	} else {
		return false;
	}
	return true;
}

static void read_line(struct notice *notice, const struct line *line)
{
	if (read_mark(notice, line) || read_time(notice, line))
		return;
	if (is(line, "WATCHDOG")) {
		notice->said |= NOTICE_TRIGGER;
	} else if (is(line, "STATUS")) {
		notice->said |= NOTICE_STATUS;
		copy_text(notice->status, line);
	} else if (is(line, "FDNAME")) {
		copy_text(notice->name, line);
	} else if (is(line, "MAINPID")) {
		notice->said |= NOTICE_MAINPID;
	} else if (is(line, "ERRNO")) {
		notice->said |= NOTICE_ERRNO;
		read_code(line, &notice->code);
	} else if (is(line, "EXIT_STATUS")) {
		notice->said |= NOTICE_EXIT;
		read_code(line, &notice->exit_status);
	}
}

void notice_read(struct notice *notice, const char *bytes, size_t length)
{
	const char *end = bytes + length;

	*notice = (struct notice){.said = 0};
	while (bytes < end) {
		const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *sign;

		if (!stop)
			stop = end;
		sign = memchr(bytes, '=', (size_t)(stop - bytes));
		if (sign) {
			const struct line line = {bytes, (size_t)(sign - bytes),
				sign + 1, (size_t)(stop - sign - 1)};

			read_line(notice, &line);
		}
		bytes = stop + 1;
	}
}
