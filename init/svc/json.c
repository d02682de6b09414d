/* JSON: see json.h. */
#include "svc/json.h"

#include "base/text.h"
#include "svc/out.h"
#include <string.h>

#define CHARACTER_MOST 4U /* bytes */
#define PART 128U

static const char *const names[FIELDS] = {
#define FIELD(verb, name, type, text) #name,
#include "svc/fields.def"
#undef FIELD
};

static bool follows; /* something stands before, in the same brackets */

static size_t character(const char *bytes, size_t count)
{
	for (size_t length = 1; length <= count && length <= CHARACTER_MOST;
		length++)
		if (text_utf8(bytes, length) == length)
			return length;
	return 0;
}

static size_t escape_one(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char code[] = {
		'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

	memcpy(to, code, sizeof(code));
	return sizeof(code);
}

size_t json_escape(char *to, const char *bytes, size_t count)
{
	static const char unknown[] = {'\\', 'u', 'f', 'f', 'f', 'd'};
	size_t used = 0;

	while (count) {
		size_t step = character(bytes, count);
		unsigned char byte = (unsigned char)*bytes;

		if (!step) {
			memcpy(to + used, unknown, sizeof(unknown));
			used += sizeof(unknown);
			step = 1;
		} else if (byte < ' ' || byte == 0x7f) {
			used += escape_one(to + used, byte);
		} else {
			if (byte == '"' || byte == '\\')
				to[used++] = '\\';
			memcpy(to + used, bytes, step);
			used += step;
		}
		bytes += step;
		count -= step;
	}
	return used;
}

/* A part ends where a character does. */
static size_t part_of(const char *text, size_t count)
{
	size_t length = PART;

	if (count <= PART)
		return count;
	while (length > PART - CHARACTER_MOST &&
		((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static void quote(const char *text)
{
	size_t count = strlen(text);
	char part[PART * JSON_ESCAPED];

	out("\"");
	while (count) {
		size_t step = part_of(text, count);

		out_bytes(part, json_escape(part, text, step));
		text += step;
		count -= step;
	}
	out("\"");
}

static void begin(enum field field)
{
	out("%s", follows ? "," : "");
	follows = true;
	if (field < FIELDS)
		out("\"%s\":", names[field]);
}

void json_open(enum field field, char bracket)
{
	begin(field);
	out("%c", bracket);
	follows = false;
}

void json_close(char bracket)
{
	out("%c", bracket);
	follows = true;
}

void json_end(void)
{
	out("\n");
	follows = false;
}

void json_text(enum field field, const char *text)
{
	begin(field);
	quote(text);
}

void json_decimal(enum field field, const char *number)
{
	begin(field);
	out("%s", number);
}

void json_number(enum field field, uint64_t number)
{
	begin(field);
	out("%llu", (unsigned long long)number);
}

void json_flag(enum field field, bool is_true)
{
	json_decimal(field, is_true ? "true" : "false");
}

void json_null(enum field field)
{
	json_decimal(field, "null");
}

void json_text_or_null(enum field field, const char *text)
{
	if (*text)
		json_text(field, text);
	else
		json_null(field);
}

void json_number_or_null(enum field field, uint64_t number)
{
	if (number)
		json_number(field, number);
	else
		json_null(field);
}
