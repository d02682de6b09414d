/* One line -> words, without quotes and comments. */
#include "table/parse.h"

#include "base/text.h"

struct lexer {
	struct table_build *build;
	const struct line *line;
	size_t at; /* next byte of the line */
	char *to; /* next byte of the copy */
};

struct place lex_place(const struct line *line, size_t at)
{
	struct place place = line->place;

	place.column += (uint32_t)at;
	return place;
}

char *lex_copy(struct table_build *b, const char *text, size_t length)
{
	char *copy = arena_take(b->scratch, length + 1, 1, 1);

	memcpy(copy, text, length);
	return copy;
}

/* Looks at eight bytes at a time: borrows set the high bit of the first that
 * is zero. */
bool lex_plain(const char *text, size_t length)
{
	const uint64_t ones = 0x0101010101010101U;
	uint64_t high = 0;
	size_t at = 0;

	for (; at + sizeof(high) <= length; at += sizeof(high)) {
		uint64_t bytes;

		memcpy(&bytes, text + at, sizeof(bytes));
		high |= bytes | (bytes - ones);
	}
	for (; at < length; at++)
		high |= (uint64_t)(unsigned char)text[at] |
			((unsigned char)text[at] - (uint64_t)1);
	return !(high & ones << 7);
}

/* What no line may hold, wherever it stands. */
bool lex_sound(struct table_build *b, const struct line *line)
{
	struct place place = line->place;
	const char *nul;
	size_t valid;

	if (line->length > TABLE_LINE_MAX) {
		table_fault(b, &place,
			"line of %lu bytes: at most %u are read; begin a new "
			"line with the same key to go on",
			(unsigned long)line->length, TABLE_LINE_MAX);
		return false;
	}
	if (b->parser->plain)
		return true;
	nul = memchr(line->text, '\0', line->length);
	valid = text_utf8(line->text, line->length);
	if (nul && (size_t)(nul - line->text) < valid) {
		place = lex_place(line, (size_t)(nul - line->text));
		table_fault(b, &place, "NUL byte: this is not text");
		return false;
	}
	if (valid < line->length) {
		place = lex_place(line, valid);
		table_fault(b, &place,
			"byte 0x%x: not UTF-8; save the file as UTF-8",
			(unsigned char)line->text[valid]);
		return false;
	}
	return true;
}

/* The byte `ahead` of the next one; NUL behind the end. */
static char peek(const struct lexer *l, size_t ahead)
{
	size_t at = l->at + ahead;

	if (at >= l->line->length)
		return '\0';
	return l->line->text[at];
}

static bool refuse(struct lexer *l, size_t at, const char *text)
{
	struct place place = lex_place(l->line, at);

	table_fault(l->build, &place, "%s", text);
	return false;
}

/* The two digits behind \x. */
static bool read_hex(struct lexer *l)
{
	int high = text_hex_digit(peek(l, 2));
	int low = text_hex_digit(peek(l, 3));

	if (high < 0 || low < 0)
		return refuse(l, l->at,
			"'\\x' without two hexadecimal digits; "
			"write it as in \\x1b");
	if (high == 0 && low == 0)
		return refuse(l, l->at,
			"'\\x00': no program can be given a NUL byte");
	*l->to++ = (char)(high * 16 + low);
	l->at += 4;
	return true;
}

static bool read_escape(struct lexer *l)
{
	static const char written[] = "\"\\nt";
	static const char meant[] = "\"\\\n\t";
	char byte = peek(l, 1);
	const char *found = byte ? strchr(written, byte) : NULL;

	if (byte == 'x')
		return read_hex(l);
	if (!found)
		return refuse(l, l->at,
			"unknown escape; in double quotes there are "
			"\\\" \\\\ \\n \\t \\xHH");
	*l->to++ = meant[found - written];
	l->at += 2;
	return true;
}

/* From an opening quote to behind the closing one. */
static bool read_quoted(struct lexer *l)
{
	size_t start = l->at++;

	while (l->at < l->line->length) {
		char byte = peek(l, 0);

		if (byte == '"') {
			l->at++;
			return true;
		}
		if (byte != '\\')
			*l->to++ = l->line->text[l->at++];
		else if (!read_escape(l))
			return false;
	}
	return refuse(l, start, "unterminated quote; end it with \"");
}

static bool read_plain(struct lexer *l)
{
	unsigned char byte = (unsigned char)peek(l, 0);

	if (byte < ' ' || byte == 0x7f)
		return refuse(l, l->at,
			"control character; write it as \\xHH in double "
			"quotes if it is meant");
	if (byte == 0xc2 && (unsigned char)peek(l, 1) == 0xa0)
		return refuse(l, l->at,
			"no-break space; write an ordinary space, or put it "
			"in double quotes if it is meant");
	*l->to++ = (char)byte;
	l->at++;
	return true;
}

/* Bytes that stand for themselves, up to a blank or one to be looked at. True
 * when the last one is a '?'. */
static bool read_most(struct lexer *l)
{
	const char *end = l->line->text + l->line->length;
	const char *start = l->line->text + l->at;
	const char *at = start;
	char *to = l->to;

	while (at<end && * at> ' ' && *at < 0x7f && *at != '"')
		*to++ = *at++;
	l->to = to;
	l->at += (size_t)(at - start);
	return at > start && at[-1] == '?';
}

static bool read_word(struct lexer *l, struct word *word)
{
	char *start = l->to;
	bool marked;
	bool quoted = false;

	word->place = lex_place(l->line, l->at);
	for (;;) {
		bool quote;

		marked = read_most(l);
		if (l->at == l->line->length || text_is_blank(peek(l, 0)))
			break;
		quote = peek(l, 0) == '"';
		quoted = quoted || quote;
		if (quote ? !read_quoted(l) : !read_plain(l))
			return false;
	}
	*l->to++ = '\0';
	word->text = start;
	word->length = (uint32_t)(l->to - start - 1);
	word->flags = quoted ? WORD_QUOTED : 0;
	if (marked && word->length > 1)
		word->flags |= WORD_OPTIONAL;
	if (!quoted && word->length == 1 && *start == '\\')
		return refuse(l, l->at - 1,
			"'\\': a line cannot be continued; begin a new line "
			"with the same key to go on");
	return true;
}

static void skip_blanks(struct lexer *l)
{
	while (text_is_blank(peek(l, 0)))
		l->at++;
}

/* At the start of the line or behind white space. */
static bool at_comment(const struct lexer *l)
{
	return peek(l, 0) == '#' &&
		(l->at == 0 || text_is_blank(l->line->text[l->at - 1]));
}

/* The copy has room for all bytes and a NUL for each word; what is not used
 * goes back, but not from under a fault that was recorded behind it. */
bool lex_words(struct table_build *b, const struct line *line, size_t at,
	struct words *words)
{
	size_t room = 2 * (line->length + 1);
	struct lexer l = {b, line, at, arena_take(b->scratch, room, 1, 1)};
	struct word *found = b->parser->line_words;
	uint32_t count = 0;
	bool sound = true;

	skip_blanks(&l);
	while (sound && l.at < line->length && !at_comment(&l)) {
		sound = read_word(&l, &found[count++]);
		skip_blanks(&l);
	}
	if (sound)
		b->scratch->used = (size_t)(l.to - b->scratch->start);
	words->count = sound ? count : 0;
	words->first = ARENA_ARRAY(b->scratch, struct word, words->count);
	memcpy(words->first, found, words->count * sizeof(*found));
	return sound;
}
