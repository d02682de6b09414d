/* Reading numbers and names, and composing messages: pure, no locale, no
 * allocation. Used by the parser, the tool, and whatever compares words.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool text_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* a-z and A-Z */
static inline bool text_is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Space and tab. */
static inline bool text_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Value of a hexadecimal digit, or -1. */
int text_hex_digit(char byte);

/* Reads all of `length` bytes as a number without a sign in base 2 to 16.
 * False when there is none, another byte, or more than 64 bits. */
bool text_number(
	const char *text, size_t length, unsigned base, uint64_t *number);

/* As text_number, decimal and up to the end of the string, at most `most`. */
bool text_decimal(const char *text, uint64_t most, uint64_t *number);

/* Bytes of valid UTF-8 at the start: no over-long form, no surrogate. */
size_t text_utf8(const char *text, size_t length);

/* Least number of inserted, removed, changed and swapped (adjacent) bytes
 * between two words; more than `most` is answered as most + 1. Words longer
 * than TEXT_WORD_MAX bytes are told apart by any other answer than 0. */
#define TEXT_WORD_MAX 127U
unsigned text_distance(const char *one, const char *other, unsigned most);

/* Like vsnprintf for the conversions %s %.64s %.*s %c %u %lu %llu %x %%,
 * without flags and widths; what does not fit is cut. Always ends with a NUL
 * (size > 0). Returns the bytes written, without the NUL. */
size_t text_compose(char *to, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_compose_list(char *to, size_t size, const char *format,
	va_list arguments) __attribute__((format(printf, 3, 0)));

/* Writes text for a terminal: control bytes but \n and \t, and bytes that are
 * no UTF-8, as \xHH. Returns the bytes written, at most TEXT_ESCAPED times
 * `count`. */
#define TEXT_ESCAPED 4U
size_t text_escape(char *to, const char *bytes, size_t count)
	__attribute__((nonnull));

#endif
