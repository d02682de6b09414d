/* Words and numbers, byte by byte. Everything here is pure: it gets values and
 * returns values, and asks neither the locale nor the kernel.
 */
#include "base/text.h"

#include <string.h>

#define CHARACTER_MOST 4U /* bytes */

int text_hex_digit(char byte)
{
	if (text_is_digit(byte))
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

bool text_number(
	const char *text, size_t length, unsigned base, uint64_t *number)
{
	uint64_t sum = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		int digit = text_hex_digit(text[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		if (sum > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		sum = sum * base + (unsigned)digit;
	}
	*number = sum;
	return true;
}

bool text_decimal(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value;

	if (!text_number(text, strlen(text), 10, &value) || value > most)
		return false;
	*number = value;
	return true;
}

/* One multi-byte form: lead bytes first..last are followed by `more` bytes,
 * the first of them between low and high. Unicode, table 3-7. */
struct utf8_form {
	unsigned char first, last, low, high;
	unsigned more;
};

static const struct utf8_form utf8_forms[] = {
	{0x00, 0x7f, 0, 0, 0},
	{0xc2, 0xdf, 0x80, 0xbf, 1},
	{0xe0, 0xe0, 0xa0, 0xbf, 2},
	{0xe1, 0xec, 0x80, 0xbf, 2},
	{0xed, 0xed, 0x80, 0x9f, 2},
	{0xee, 0xef, 0x80, 0xbf, 2},
	{0xf0, 0xf0, 0x90, 0xbf, 3},
	{0xf1, 0xf3, 0x80, 0xbf, 3},
	{0xf4, 0xf4, 0x80, 0x8f, 3},
};

static const struct utf8_form *utf8_form(unsigned char lead)
{
	for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(*utf8_forms); i++)
		if (lead >= utf8_forms[i].first && lead <= utf8_forms[i].last)
			return &utf8_forms[i];
	return NULL;
}

/* Bytes of one character, or 0. */
static size_t utf8_character(const unsigned char *text, size_t length)
{
	const struct utf8_form *form = utf8_form(text[0]);

	if (!form || form->more >= length)
		return 0;
	if (form->more && (text[1] < form->low || text[1] > form->high))
		return 0;
	for (unsigned i = 2; i <= form->more; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return form->more + 1;
}

size_t text_utf8(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t done = 0;

	while (done < length) {
		size_t step = bytes[done] < 0x80
			? 1
			: utf8_character(bytes + done, length - done);

		if (!step)
			break;
		done += step;
	}
	return done;
}

static unsigned least(unsigned one, unsigned other)
{
	return one < other ? one : other;
}

struct distance {
	unsigned char row[3][TEXT_WORD_MAX + 1]; /* i - 2, i - 1, i; rotating */
};

/* One row of the optimal string alignment; returns its least value. */
static unsigned distance_row(
	struct distance *d, size_t i, const char *one, const char *other)
{
	const unsigned char *before = d->row[(i + 1) % 3];
	const unsigned char *above = d->row[(i + 2) % 3];
	unsigned char *row = d->row[i % 3];
	unsigned smallest = (unsigned)i;

	row[0] = (unsigned char)i;
	for (size_t j = 1; other[j - 1]; j++) {
		unsigned change = one[i - 1] != other[j - 1];
		unsigned best = least(above[j] + 1U, row[j - 1] + 1U);

		best = least(best, above[j - 1] + change);
		if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			one[i - 2] == other[j - 1])
			best = least(best, before[j - 2] + 1U);
		row[j] = (unsigned char)best;
		smallest = least(smallest, best);
	}
	return smallest;
}

unsigned text_distance(const char *one, const char *other, unsigned most)
{
	struct distance d = {{{0}}};
	size_t length = strlen(one);
	size_t width = strlen(other);
	size_t gap = length > width ? length - width : width - length;

	if (length > TEXT_WORD_MAX || width > TEXT_WORD_MAX)
		return strcmp(one, other) == 0 ? 0 : most + 1;
	if (gap > most)
		return most + 1;
	for (size_t j = 0; j <= width; j++)
		d.row[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= length; i++)
		if (distance_row(&d, i, one, other) > most)
			return most + 1;
	return least(d.row[length % 3][width], most + 1);
}

struct writer {
	char *to;
	size_t size;
	size_t used;
};

static void write_bytes(struct writer *w, const char *bytes, size_t count)
{
	size_t room = w->size - 1 - w->used;

	if (count > room)
		count = room;
	memcpy(w->to + w->used, bytes, count);
	w->used += count;
}

static void write_number(struct writer *w, uint64_t number, unsigned base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	write_bytes(w, digits + at, sizeof(digits) - at);
}

/* A va_list in a struct can be handed on by address everywhere. */
struct arguments {
	va_list list;
};

static const char *write_long(
	struct writer *w, const char *format, struct arguments *arguments)
{
	bool twice = format[1] == 'l';

	if (twice)
		write_number(
			w, va_arg(arguments->list, unsigned long long), 10);
	else
		write_number(w, va_arg(arguments->list, unsigned long), 10);
	return format + (twice ? 2 : 1);
}

static void write_string(struct writer *w, const char *string, size_t most)
{
	write_bytes(w, string, strnlen(string, most));
}

/* %.64s and %.*s: at most so many bytes of a string. */
static const char *write_cut(
	struct writer *w, const char *format, struct arguments *arguments)
{
	int most = 0;

	if (*++format == '*') {
		most = va_arg(arguments->list, int);
		format++;
	}
	for (; text_is_digit(*format); format++)
		most = 10 * most + (*format - '0');
	write_string(w, va_arg(arguments->list, const char *),
		most > 0 ? (size_t)most : 0);
	return format;
}

/* Writes one conversion; returns its last character. */
static const char *write_conversion(
	struct writer *w, const char *format, struct arguments *arguments)
{
	char one;

	switch (*format) {
	case 's':
		write_string(
			w, va_arg(arguments->list, const char *), PTRDIFF_MAX);
		return format;
	case '.':
		return write_cut(w, format, arguments);
	case 'u':
	case 'x':
		write_number(w, va_arg(arguments->list, unsigned),
			*format == 'u' ? 10 : 16);
		return format;
	case 'l':
		return write_long(w, format, arguments);
	case 'c':
		one = (char)va_arg(arguments->list, int);
		write_bytes(w, &one, 1);
		return format;
	default: /* %% */
		write_bytes(w, format, 1);
		return format;
	}
}

size_t text_compose_list(
	char *to, size_t size, const char *format, va_list arguments)
{
	struct writer w = {to, size, 0};
	struct arguments copy;

	va_copy(copy.list, arguments);
	for (; *format; format++)
		if (*format == '%')
			format = write_conversion(&w, format + 1, &copy);
		else
			write_bytes(&w, format, 1);
	va_end(copy.list);
	to[w.used] = '\0';
	return w.used;
}

size_t text_compose(char *to, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	used = text_compose_list(to, size, format, arguments);
	va_end(arguments);
	return used;
}

/* The controls from 0x80 on are written c2 80 to c2 9f. */
static bool is_control(const unsigned char *character, size_t length)
{
	unsigned char first = *character;

	if (length > 1)
		return first == 0xc2 && character[1] < 0xa0;
	return (first < ' ' && first != '\n' && first != '\t') || first == 0x7f;
}

/* Bytes of the character at the start, or 0 when it is not to be shown. */
static size_t shown(const char *bytes, size_t count)
{
	const unsigned char *character = (const unsigned char *)bytes;

	for (size_t length = 1; length <= count && length <= CHARACTER_MOST;
		length++)
		if (text_utf8(bytes, length) == length)
			return is_control(character, length) ? 0 : length;
	return 0;
}

size_t text_escape(char *to, const char *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	while (count) {
		size_t step = shown(bytes, count);
		unsigned char byte = (unsigned char)*bytes;

		if (step) {
			memcpy(to + used, bytes, step);
			used += step;
		} else {
			const char code[] = {'\\', 'x', digits[byte >> 4],
				digits[byte & 15]};

			memcpy(to + used, code, sizeof(code));
			used += sizeof(code);
			step = 1;
		}
		bytes += step;
		count -= step;
	}
	return used;
}
