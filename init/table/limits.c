/* Readers of limits that are more than a number: those of each process, and
 * how it gets the CPU. setrlimit(2), sched(7)
 */
#include "table/parse.h"

#include "base/text.h"
#include <sys/resource.h>

#define NOFILE_LEAST 16U /* what it takes to be executed, and some */
#define PRIORITY_MAX 99U
/* What the kernel takes: sched_deadline_period_min_us and _max_us. */
#define PERIOD_LEAST_US 100U
#define PERIOD_MOST_US 4000000U

#define LIMIT(name, macro, is_size) \
	{ \
		name, RLIMIT_##macro, is_size \
	}

static const struct limit_row {
	char name[11];
	uint8_t resource;
	bool is_size; /* bytes: may have a unit */
} limits[RLIMITS] = {LIMIT("as", AS, true), LIMIT("core", CORE, true),
	LIMIT("cpu", CPU, false), LIMIT("data", DATA, true),
	LIMIT("fsize", FSIZE, true), LIMIT("locks", LOCKS, false),
	LIMIT("memlock", MEMLOCK, true), LIMIT("msgqueue", MSGQUEUE, true),
	LIMIT("nice", NICE, false), LIMIT("nofile", NOFILE, false),
	LIMIT("nproc", NPROC, false), LIMIT("rss", RSS, true),
	LIMIT("rtprio", RTPRIO, false), LIMIT("rttime", RTTIME, false),
	LIMIT("sigpending", SIGPENDING, false), LIMIT("stack", STACK, true)};

static const struct limit_row *find_limit(
	struct table_build *b, struct word *word, const char *name)
{
	unsigned best = names_tolerance(name) + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < RLIMITS; i++) {
		unsigned distance =
			text_distance(name, limits[i].name, best - 1);

		if (!distance)
			return &limits[i];
		if (distance >= best)
			continue;
		best = distance;
		nearest = limits[i].name;
	}
	if (nearest)
		fault(b, word, "'%.64s': no such limit; did you mean '%s'?",
			name, nearest);
	else
		fault(b, word,
			"'%.64s': no such limit; write NAME=SOFT[:HARD] with "
			"a name of the kernel's, such as nofile=1024",
			name);
	return NULL;
}

/* A number in the limit's unit, or "unlimited". */
static bool read_bound(struct table_build *b, struct word *word,
	const struct limit_row *row, const char *text, uint64_t *value)
{
	size_t length = strcspn(text, ":");

	if (length == 9 && memcmp(text, "unlimited", length) == 0) {
		*value = LIMIT_NONE;
		return true;
	}
	if (row->is_size)
		return size_parse(b, word, text, length, value);
	if (text_number(text, length, 10, value) && *value < LIMIT_NONE)
		return true;
	fault(b, word, "'%.64s': '%s' is limited by a number, or unlimited",
		word->text, row->name);
	return false;
}

static void add_limit(struct table_build *b, struct word *word,
	const struct limit_row *row, struct resource_limit *limit)
{
	struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->rlimit_count; i++) {
		if (g->rlimits[i].resource != row->resource)
			continue;
		fault(b, word, "'%.64s': '%s' is limited already; remove one",
			word->text, row->name);
		return;
	}
	limit->resource = row->resource;
	limit->name = image_string(b, row->name);
	g->rlimits[g->rlimit_count++] = *limit;
}

void read_rlimit(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	size_t length = strcspn(word->text, "=");
	const char *soft = word->text + length;
	const char *hard = strchr(soft, ':');
	struct resource_limit limit = {0};
	const struct limit_row *row =
		find_limit(b, word, lex_copy(b, word->text, length));

	if (!row)
		return;
	soft += *soft == '=';
	if (!read_bound(b, word, row, soft, &limit.soft) ||
		!read_bound(b, word, row, hard ? hard + 1 : soft, &limit.hard))
		return;
	if (limit.soft > limit.hard)
		fault(b, word,
			"'%.64s': the soft limit is above the hard one; write "
			"SOFT:HARD",
			word->text);
	else if (row->resource == RLIMIT_NOFILE && limit.soft < NOFILE_LEAST)
		fault(b, word,
			"'%.64s': with less than %u files no program can be "
			"started",
			word->text, NOFILE_LEAST);
	else
		add_limit(b, word, row, &limit);
}

static void add_disk(struct table_build *b, struct word *word)
{
	bool optional = word->flags & WORD_OPTIONAL;
	struct gather *g = &b->parser->gather;
	const char *path =
		path_read(b, word, word->text, word->length - optional);
	struct io_limit limit = {.optional = optional};

	if (!path)
		return;
	for (uint32_t i = 0; i < g->io_count; i++)
		if (strcmp(path,
			    table_string(b->table, g->io_limits[i].device)) ==
			0) {
			fault(b, word,
				"'%.64s': has its limits already; remove one",
				word->text);
			return;
		}
	if (strncmp(path, "/dev/", 5) != 0 || g->io_count == DISKS_MAX) {
		fault(b, word,
			"'%.64s': not one of at most %u disks; write "
			"/dev/NAME",
			word->text, DISKS_MAX);
		return;
	}
	for (unsigned i = 0; i < IO_KINDS; i++)
		limit.most[i] = LIMIT_NONE;
	limit.device = image_string(b, path);
	g->io_words[g->io_count] = word;
	g->io_limits[g->io_count++] = limit;
}

static const char io_names[IO_KINDS][7] = {
	"rbps=", "wbps=", "riops=", "wiops="};

/* Number of a limit's kind, or IO_KINDS. */
static unsigned io_kind(const char *text)
{
	unsigned kind = 0;

	while (kind < IO_KINDS &&
		strncmp(text, io_names[kind], strlen(io_names[kind])) != 0)
		kind++;
	return kind;
}

static bool read_io(struct table_build *b, struct word *word, unsigned kind,
	uint64_t *value)
{
	const char *text = word->text + strlen(io_names[kind]);

	if (kind < IO_RIOPS && !size_parse(b, word, text, strlen(text), value))
		return false;
	if (kind >= IO_RIOPS && !text_decimal(text, UINT32_MAX, value))
		fault(b, word, "'%.64s': not a number up to %u", word->text,
			UINT32_MAX);
	else if (!*value)
		fault(b, word, "'%.64s': at least 1", word->text);
	else
		return true;
	return false;
}

static void add_io(struct table_build *b, struct word *word)
{
	struct gather *g = &b->parser->gather;
	struct io_limit *limit =
		&g->io_limits[g->io_count ? g->io_count - 1 : 0];
	unsigned kind = io_kind(word->text);
	uint64_t value = 0;

	if (kind == IO_KINDS)
		fault(b, word,
			"'%.64s': neither a disk nor a limit; write /dev/NAME "
			"with rbps=, wbps=, riops= or wiops= behind it",
			word->text);
	else if (!g->io_count)
		fault(b, word, "'%.64s': of which disk; write /dev/NAME first",
			word->text);
	else if (limit->most[kind] != LIMIT_NONE)
		fault(b, word, "'%.64s': limited already; remove one",
			word->text);
	else if (read_io(b, word, kind, &value))
		limit->most[kind] = value;
}

void read_io_max(struct table_build *b, const struct entry *entry)
{
	if (*entry->words->text == '/')
		add_disk(b, entry->words);
	else
		add_io(b, entry->words);
}

/* A whole number that may be negative. */
static bool read_signed(struct table_build *b, const struct entry *entry,
	int least, int most, int *value)
{
	struct word *word = only_word(b, entry);
	bool below = word && *word->text == '-';
	uint64_t size;

	if (!word)
		return false;
	if (!text_decimal(word->text + below, (uint64_t)(below ? -least : most),
		    &size)) {
		fault(b, word, "'%.64s': '%s' is a number of %s", word->text,
			entry->key->name, entry->key->value);
		return false;
	}
	*value = below ? -(int)size : (int)size;
	return true;
}

void read_nice(struct table_build *b, const struct entry *entry)
{
	int value;

	if (read_signed(b, entry, -20, 19, &value))
		b->parser->draft.service.nice = (int8_t)value;
}

void read_oom_score(struct table_build *b, const struct entry *entry)
{
	int value;

	if (read_signed(b, entry, -999, 1000, &value))
		b->parser->draft.service.oom_score = (int16_t)value;
}

static bool read_us(struct table_build *b, struct word *word, uint32_t *us)
{
	static const struct unit units[] = {
		{"us", 1}, {"ms", 1000}, {"s", 1000000}, {NULL, 0}};
	uint64_t value;

	if (unit_read(word->text, word->length, units, &value) &&
		value >= PERIOD_LEAST_US && value <= PERIOD_MOST_US) {
		*us = (uint32_t)value;
		return true;
	}
	fault(b, word,
		"'%.64s': not a time from %uus to 4s; write 500us, 10ms or 1s",
		word->text, PERIOD_LEAST_US);
	return false;
}

static void read_deadline(struct table_build *b, const struct entry *entry,
	struct scheduling *scheduling)
{
	if (!read_us(b, &entry->words[1], &scheduling->runtime_us) ||
		!read_us(b, &entry->words[2], &scheduling->deadline_us) ||
		!read_us(b, &entry->words[3], &scheduling->period_us))
		return;
	if (scheduling->runtime_us > scheduling->deadline_us ||
		scheduling->deadline_us > scheduling->period_us)
		fault(b, &entry->words[1],
			"'%.64s': the runtime may not be longer than the "
			"deadline, nor that than the period",
			entry->words[1].text);
}

static void read_priority(
	struct table_build *b, struct word *word, uint32_t *priority)
{
	uint64_t value;

	if (text_decimal(word->text, PRIORITY_MAX, &value) && value)
		*priority = (uint32_t)value;
	else
		fault(b, word, "'%.64s': a priority is a number from 1 to %u",
			word->text, PRIORITY_MAX);
}

void read_scheduler(struct table_build *b, const struct entry *entry)
{
	static const uint8_t words[] = {1, 1, 1, 2, 2, 4};
	struct scheduling *scheduling = draft_field(b, entry);
	int number = choice_read(b, entry);

	if (number < 0)
		return;
	if (entry->count != words[number]) {
		value_refuse(b, entry);
		return;
	}
	*scheduling = (struct scheduling){.scheduler = (uint32_t)number};
	if (number == SCHEDULER_DEADLINE)
		read_deadline(b, entry, scheduling);
	else if (number >= SCHEDULER_FIFO)
		read_priority(b, &entry->words[1], &scheduling->priority);
}
