/* What is done with a service while it runs: checks, timers, reloads. */
#include "table/parse.h"

#include "base/text.h"

#define LEAST_PERIOD_MS 1000U
#define FAILURES_MAX 100U
#define DAY_MS 86400000U

/* "/PATH [WORD ...]" from entry's word number `from` on; an empty list: a
 * fault. */
static struct list read_command(
	struct table_build *b, const struct entry *entry, uint32_t from)
{
	table_at words[COMMAND_MAX];
	uint32_t count = entry->count - from;
	const char *path;

	if (!count || count > COMMAND_MAX) {
		fault(b, entry->words,
			"'%.64s': a command is a path and at most %u words",
			entry->words->text, COMMAND_MAX - 1);
		return (struct list){0, 0};
	}
	path = path_read(b, &entry->words[from], entry->words[from].text,
		entry->words[from].length);
	if (!path)
		return (struct list){0, 0};
	words[0] = image_string(b, path);
	for (uint32_t i = 1; i < count; i++)
		words[i] = image_string(b, entry->words[from + i].text);
	return (struct list){
		image_array(b, words, count, sizeof(table_at)), count};
}

void read_reload(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	int kind = choice_read(b, entry);

	if (kind < 0)
		return;
	service->reload_run = (struct list){0, 0};
	service->reload_signal = 0;
	service->reload = (uint8_t)kind;
	if (kind == RELOAD_RUN)
		service->reload_run = read_command(b, entry, 1);
	else if (entry->count != (kind == RELOAD_SIGNAL ? 2U : 1U))
		value_refuse(b, entry);
	else if (kind == RELOAD_SIGNAL)
		signal_read(b, &entry->words[1], &service->reload_signal);
}

void read_reload_on(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	const char *path;

	if (strncmp(word->text, "path:", 5) != 0) {
		value_refuse(b, entry);
		return;
	}
	path = path_read(b, word, word->text + 5, word->length - 5);
	if (!path)
		return;
	if (g->reload_on_count == PATHS_MAX) {
		fault(b, entry->name, "more than %u paths", PATHS_MAX);
		return;
	}
	g->reload_on[g->reload_on_count++] = image_string(b, path);
}

static void read_port_of(
	struct table_build *b, struct word *word, struct health *health)
{
	uint64_t port;

	if (text_decimal(word->text, UINT16_MAX, &port) && port)
		health->port = (uint16_t)port;
	else
		fault(b, word, "'%.64s': a port is a number from 1 to 65535",
			word->text);
}

/* What a request line can hold. */
static bool is_request(const char *text)
{
	if (*text != '/')
		return false;
	while (*text > ' ' && *text < 127)
		text++;
	return !*text;
}

static void read_request(
	struct table_build *b, struct word *word, struct health *health)
{
	if (word->length < PATH_BYTES_MAX && is_request(word->text))
		health->path = image_string(b, word->text);
	else
		fault(b, word,
			"'%.64s': not a path to get; begin it with '/', "
			"without blanks",
			word->text);
}

void read_health(struct table_build *b, const struct entry *entry)
{
	static const uint8_t counts[] = {1, 2, 3};
	struct health *health = &b->parser->draft.health;
	int kind = choice_read(b, entry);

	if (kind < 0)
		return;
	health->kind = (uint8_t)kind;
	if (kind == HEALTH_RUN) {
		health->argv = read_command(b, entry, 1);
		return;
	}
	if (entry->count != counts[kind]) {
		value_refuse(b, entry);
		return;
	}
	if (kind != HEALTH_NONE)
		read_port_of(b, &entry->words[1], health);
	if (kind == HEALTH_HTTP)
		read_request(b, &entry->words[2], health);
}

static bool read_period(
	struct table_build *b, struct word *word, uint32_t *period)
{
	uint64_t ms;

	if (!time_parse(b, word, &ms))
		return false;
	*period = (uint32_t)ms;
	if (ms >= LEAST_PERIOD_MS)
		return true;
	fault(b, word, "'%.64s': a period is at least 1s", word->text);
	return false;
}

void read_health_every(struct table_build *b, const struct entry *entry)
{
	struct health *health = &b->parser->draft.health;
	uint64_t ms;
	uint64_t failures;

	if (entry->count != 3) {
		value_refuse(b, entry);
		return;
	}
	if (!read_period(b, &entry->words[0], &health->period_ms) ||
		!time_parse(b, &entry->words[1], &ms))
		return;
	health->timeout_ms = (uint32_t)ms;
	if (!ms || ms > health->period_ms)
		fault(b, &entry->words[1],
			"'%.64s': one check has from 1ms to the period",
			entry->words[1].text);
	if (text_decimal(entry->words[2].text, FAILURES_MAX, &failures) &&
		failures)
		health->failures = (uint32_t)failures;
	else
		fault(b, &entry->words[2],
			"'%.64s': how many failures in a row count is a number "
			"from 1 to %u",
			entry->words[2].text, FAILURES_MAX);
}

/* "HH:MM" */
static bool read_time_of_day(const struct word *word, uint32_t *seconds)
{
	uint64_t hours;
	uint64_t minutes;

	if (word->length != 5 || word->text[2] != ':' ||
		!text_number(word->text, 2, 10, &hours) || hours > 23 ||
		!text_number(word->text + 3, 2, 10, &minutes) || minutes > 59)
		return false;
	*seconds = (uint32_t)(hours * 60 + minutes) * 60;
	return true;
}

static void read_at(
	struct table_build *b, const struct entry *entry, struct timer *timer)
{
	struct word *word = &entry->words[2];

	if (!read_time_of_day(word, &timer->at_s))
		fault(b, word, "'%.64s': not a time of day; write HH:MM",
			word->text);
	else if (timer->period_ms % DAY_MS)
		fault(b, &entry->words[0],
			"'%.64s': with 'at' the period is of whole days, such "
			"as 1d or 7d",
			entry->words[0].text);
}

static void read_spread(struct table_build *b, const struct entry *entry,
	uint32_t at, struct timer *timer)
{
	uint64_t ms;

	if (!time_parse(b, &entry->words[at], &ms))
		return;
	timer->spread_ms = (uint32_t)ms;
	if (ms >= timer->period_ms)
		fault(b, &entry->words[at],
			"'%.64s': the spread is shorter than the period",
			entry->words[at].text);
}

static bool is_word(const struct entry *entry, uint32_t at, const char *word)
{
	return at < entry->count && strcmp(entry->words[at].text, word) == 0;
}

void read_every(struct table_build *b, const struct entry *entry)
{
	struct timer *timer = &b->parser->draft.timer;
	uint32_t at = 1;

	*timer = (struct timer){.at_s = TIMER_NO_TIME};
	if (is_word(entry, 0, "none") && entry->count == 1)
		return;
	if (!read_period(b, &entry->words[0], &timer->period_ms))
		return;
	if (is_word(entry, at, "at") && at + 1 < entry->count) {
		read_at(b, entry, timer);
		at += 2;
	}
	if (is_word(entry, at, "spread") && at + 1 < entry->count) {
		read_spread(b, entry, at + 1, timer);
		at += 2;
	}
	if (is_word(entry, at, "catch-up")) {
		timer->catch_up = 1;
		at++;
	}
	if (at < entry->count)
		fault(b, &entry->words[at],
			"'%.64s': not understood here; write %s",
			entry->words[at].text, entry->key->value);
}

/* Few services have any. */
void life_lay_out(struct table_build *b)
{
	const struct draft *draft = &b->parser->draft;
	struct service *service = &b->parser->draft.service;

	if (draft->health.kind)
		service->health = image_array(
			b, &draft->health, 1, sizeof(draft->health));
	if (draft->timer.period_ms)
		service->timer =
			image_array(b, &draft->timer, 1, sizeof(draft->timer));
}
