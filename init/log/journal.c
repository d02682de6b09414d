/* init's own lines: see journal.h. The ring is the console's buffer as well: a
 * position in it says how much the console has had.
 */
#include "log/journal.h"

#include "base/loop.h"
#include "base/text.h"
#include "log/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL_BYTES (64U << 10)
#define LINE_SIZE 512U

static struct journal {
	int fd;
	struct ring *ring; /* NULL: no memory; lines go to the console only */
	int console; /* -1: none */
	bool watched; /* the loop waits for room on the console */
	uint64_t shown; /* the record that the console has next, */
	size_t skip; /* without the bytes that it has had */
} journal = {.fd = -1, .console = -1};

void journal_open(void)
{
	journal.fd = ring_make("journal", JOURNAL_BYTES);
	if (journal.fd >= 0)
		journal.ring = ring_map(journal.fd);
}

/* Not blocking: a serial line without its peer, or ^S, must not stop init. */
void journal_show(void)
{
	journal.console = open(
		"/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int journal_ring(void)
{
	return journal.ring ? journal.fd : -1;
}

/* How many of these bytes need not be shown again. */
static size_t show(const char *bytes, size_t count)
{
	ssize_t done = write(journal.console, bytes, count);

	if (done >= 0)
		return (size_t)done;
	return errno == EAGAIN || errno == EINTR ? 0 : count; /* broken */
}

static void watch(bool wanted)
{
	if (wanted == journal.watched)
		return;
	journal.watched = wanted;
	if (!wanted)
		loop_remove(journal.console);
	else if (loop_add(journal.console, EPOLLOUT, LOOP_CONSOLE, 0) < 0)
		journal.watched = false;
}

void journal_flush(void)
{
	char bytes[LINE_SIZE];
	struct ring_want want = {.at = journal.shown,
		.skip = journal.skip,
		.bytes = bytes,
		.room = sizeof(bytes)};
	struct ring_record record;

	if (!journal.ring || journal.console < 0)
		return;
	while (ring_next(journal.ring, &want, &record)) {
		size_t count = record.length - want.skip;
		size_t done = show(bytes, count);

		if (done < count) {
			journal.shown = want.from;
			journal.skip = want.skip + done;
			watch(true);
			return;
		}
		want.skip = 0;
		journal.shown = want.at;
		journal.skip = 0;
	}
	watch(false);
}

/* Bytes of a control character at the start, C0 or C1; 0: there is none. */
static size_t control_bytes(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (*byte == 0xc2 && length > 1 && byte[1] < 0xa0)
		return 2;
	return *byte == 0x7f || (*byte < ' ' && *byte != '\n') ? 1 : 0;
}

/* A name in a message may come from anywhere: it must not move the cursor, nor
 * make a terminal answer. */
static void disarm(char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t end = i + text_utf8(text + i, length - i);

		while (i < end) {
			size_t bytes = control_bytes(text + i, end - i);

			memset(text + i, '?', bytes);
			i += bytes ? bytes : 1;
		}
		if (i < length)
			text[i++] = '?'; /* not UTF-8 */
	}
}

static void put(const char *bytes, size_t count)
{
	struct ring_record record = {.stream = RING_INIT};

	ring_stamp(&record, 0);
	if (journal.ring)
		ring_write(journal.ring, &record, bytes, count);
	else if (journal.console >= 0)
		show(bytes, count);
}

/* In pieces that end with a line, or with a character. */
void say_lines(const char *text)
{
	char piece[LINE_SIZE];

	while (*text) {
		size_t count = strnlen(text, sizeof(piece));
		const char *line = memchr(text, '\n', count);
		size_t sound = text_utf8(text, count);

		if (line)
			count = (size_t)(line - text) + 1;
		else if (count == sizeof(piece) && sound > count - 4)
			count = sound;
		memcpy(piece, text, count);
		disarm(piece, count);
		put(piece, count);
		text += count;
	}
}

void say(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_compose_list(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	line[length] = '\n';
	line[length + 1] = '\0';
	say_lines(line);
}

void journal_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct journal),
		STATE_FILE(struct journal, fd),
		STATE_FILE(struct journal, console),
		STATE_KEPT(struct journal, shown),
		STATE_KEPT(struct journal, skip),
		STATE_END,
	};

	state_add(list, STATE_KEY("journal"), fields, &journal, 1);
}

void journal_resume(void)
{
	if (journal.fd >= 0)
		journal.ring = ring_map(journal.fd);
	if (!journal.ring)
		journal_open();
}

int journal_console(void)
{
	return journal.console;
}
