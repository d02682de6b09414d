/* svc log: what the rings of services, or of init, hold, as lines in the order
 * of their time. Of each ring the next line is known; the oldest is printed.
 */
#include "log/format.h"

#include "base/kernel.h"
#include "base/moment.h"
#include "base/text.h"
#include "svc/client.h"
#include "svc/json.h"
#include "svc/out.h"
#include "svc/svc.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SOURCES_MOST K_FUTEX_WAITV_MOST
#define COUNT_MOST 1000000000U

struct source {
	const char *name;
	const struct ring *ring;
	struct lines lines;
	struct line line; /* the next one, */
	bool has_line; /* if so */
	uint32_t bell; /* as it was before the last look */
};

static struct {
	struct source *sources;
	uint32_t count;
	uint64_t since_real_ns; /* 0: from the beginning */
	uint64_t since_boot_ns;
	uint64_t last; /* lines wanted; UINT64_MAX: all */
	bool follow;
	bool json;
	bool raw; /* nothing but the lines */
} want;

/* --- printing ------------------------------------------------------------- */

/* Of a priority as a level of stdout only the level counts. */
static void print_json(const struct source *source, const char *text)
{
	const struct line *line = &source->line;
	bool has_level = line->priority >= 0;
	bool has_facility = has_level && line->stream == RING_SYSLOG;
	char time[MOMENT_SIZE];

	moment_text(time, line->real_ns);
	json_open(JSON_BARE, '{');
	json_text(FIELD_log_service, source->name);
	json_text(FIELD_log_time, time);
	json_number(FIELD_log_uptime_us, line->boot_ns / 1000);
	json_number(FIELD_log_instance, line->instance);
	json_text(FIELD_log_stream, format_stream(line));
	json_text_or_null(
		FIELD_log_facility, has_facility ? format_facility(line) : "");
	json_text_or_null(FIELD_log_level, has_level ? format_level(line) : "");
	json_flag(FIELD_log_cut, line->cut);
	json_text(FIELD_log_text, text);
	json_close('}');
	json_end();
}

/* A terminal obeys control bytes: it is never given any. */
static void print(const struct source *source)
{
	static char text[FORMAT_HEAD_SIZE + FORMAT_TEXT_SIZE + 1];
	const struct line *line = &source->line;
	size_t length;

	if (want.raw && !isatty(STDOUT_FILENO)) {
		out_bytes(line->text, line->length);
		if (!line->cut)
			out("\n");
		return;
	}
	if (want.json) {
		text[format_text(text, line)] = '\0';
		print_json(source, text);
		return;
	}
	length = want.raw ? 0 : format_head(text, source->name, line);
	length += format_text(text + length, line);
	out_bytes(text, length);
	out("%s\n", line->cut ? " ..." : "");
}

/* --- the order of lines --------------------------------------------------- */

static bool is_wanted(const struct line *line)
{
	if (want.raw && line->stream == RING_DROPPED)
		return false;
	return line->real_ns >= want.since_real_ns &&
		line->boot_ns >= want.since_boot_ns;
}

/* rest: what has no end yet counts as a line. */
static void advance(struct source *source, bool rest)
{
	struct lines *lines = &source->lines;

	do {
		source->has_line = lines_next(lines, &source->line) ||
			(rest && lines_rest(lines, &source->line));
	} while (source->has_line && !is_wanted(&source->line));
}

static struct source *oldest(void)
{
	struct source *found = NULL;

	for (uint32_t i = 0; i < want.count; i++) {
		struct source *source = &want.sources[i];

		if (source->has_line &&
			(!found || source->line.boot_ns < found->line.boot_ns))
			found = source;
	}
	return found;
}

static void rewind_all(bool rest)
{
	static const struct lines_place oldest_line;

	for (uint32_t i = 0; i < want.count; i++) {
		struct source *source = &want.sources[i];

		lines_open(&source->lines, source->ring, &oldest_line,
			source->lines.bytes, source->lines.room);
		advance(source, rest);
	}
}

/* Lines there are, each ring as far as it is looked at. */
static uint64_t count_lines(bool rest)
{
	uint64_t count = 0;
	struct source *source;

	rewind_all(rest);
	for (source = oldest(); source; source = oldest()) {
		count++;
		advance(source, rest);
	}
	return count;
}

static void print_lines(uint64_t skipped, bool rest)
{
	struct source *source;

	for (source = oldest(); source; source = oldest()) {
		if (skipped)
			skipped--;
		else
			print(source);
		advance(source, rest);
	}
}

static bool print_held(void)
{
	bool rest = !want.follow;
	uint64_t count = want.last == UINT64_MAX ? 0 : count_lines(rest);

	rewind_all(rest);
	print_lines(count > want.last ? count - want.last : 0, rest);
	return out_end();
}

/* Bells are looked at first: what comes meanwhile ends the wait. */
static void wait_for_more(void)
{
	struct kernel_futex_wait all[SOURCES_MOST];

	for (uint32_t i = 0; i < want.count; i++)
		all[i] = (struct kernel_futex_wait){
			.value = want.sources[i].bell,
			.address = (uintptr_t)&want.sources[i].ring->bell,
			.flags = K_FUTEX_32};
	kernel_futex_waitv(all, want.count);
}

static int follow(void)
{
	for (;;) {
		for (uint32_t i = 0; i < want.count; i++)
			want.sources[i].bell = want.sources[i].ring->bell;
		for (uint32_t i = 0; i < want.count; i++)
			if (!want.sources[i].has_line)
				advance(&want.sources[i], false);
		print_lines(0, false);
		if (!out_end())
			return SVC_FAILED;
		wait_for_more();
	}
}

/* --- the command line ----------------------------------------------------- */

static void *take_memory(const char *name, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	complain("%s: its log: %s", name, strerror(errno));
	return NULL;
}

static bool open_source(const char *name)
{
	const struct question question = {CONTROL_LOG, name, 0};
	struct source *source = &want.sources[want.count];
	struct client client;
	char *bytes;

	if (!client_ask(&client, &question))
		return false;
	source->name = name;
	source->ring = ring_map_read(client.fd);
	client_close(&client);
	if (!source->ring) {
		complain("%s: its log is not one that this svc can read; take "
			 "svc and init from one build",
			name);
		return false;
	}
	bytes = take_memory(name, source->ring->size);
	if (!bytes)
		return false;
	source->lines.bytes = bytes;
	source->lines.room = source->ring->size;
	want.count++;
	return true;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static bool read_since(const char *text)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	uint64_t span;

	if (moment_span(text, &span)) {
		want.since_boot_ns = span < now ? now - span : 0;
		return true;
	}
	return moment_read(text, clock_ns(CLOCK_REALTIME), &want.since_real_ns);
}

/* Takes an option with its value, and says how many words; 0: a wrong one,
 * which has been told. */
static unsigned take_option(const struct verb *verb, char **words)
{
	const char *option = words[0];
	bool *flag = strcmp(option, "-f") == 0	? &want.follow
		: strcmp(option, "--json") == 0 ? &want.json
		: strcmp(option, "--raw") == 0	? &want.raw
						: NULL;
	bool is_since = strcmp(option, "--since") == 0;

	if (flag) {
		*flag = true;
		return 1;
	}
	if (!is_since && strcmp(option, "-n") != 0)
		usage_option(verb, option);
	else if (!words[1])
		usage(verb, "%s: a value is missing", option);
	else if (is_since && !read_since(words[1]))
		usage(verb,
			"--since '%.64s': write 10m (s, m, h, d), 13:45 or "
			"2026-11-26T13:45, in UTC",
			words[1]);
	else if (!is_since && !text_decimal(words[1], COUNT_MOST, &want.last))
		usage(verb, "-n '%.64s' is no number", words[1]);
	else
		return 2;
	return 0;
}

/* SVC_DONE, with the names at the front of the operands. */
static int take_words(const struct verb *verb, char **operands)
{
	uint32_t names = 0;

	want.last = UINT64_MAX;
	for (char **word = operands; *word;) {
		unsigned taken = 1;

		if (**word == '-')
			taken = take_option(verb, word);
		else
			operands[names++] = *word;
		if (!taken)
			return SVC_USAGE;
		word += taken;
	}
	operands[names] = NULL;
	if (!names)
		return usage(verb, "no name of a service");
	if (names > SOURCES_MOST)
		return usage(verb, "at most %u names", SOURCES_MOST);
	if (want.json && want.raw)
		return usage(verb, "either --json or --raw");
	want.sources = take_memory(*operands, names * sizeof(struct source));
	return want.sources ? SVC_DONE : SVC_FAILED;
}

int log_run(const struct verb *verb, char **operands)
{
	int code = take_words(verb, operands);

	if (code)
		return code;
	for (; *operands; operands++)
		if (!open_source(*operands))
			code = SVC_FAILED;
	if (!want.count)
		return SVC_FAILED;
	if (!print_held())
		return SVC_FAILED;
	return want.follow ? follow() : code;
}
