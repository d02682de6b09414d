/* Readers of plain values: choices, numbers, sizes, times. Each fault says
 * what may be written instead.
 */
#include "table/parse.h"

#include "base/text.h"
#include <signal.h>

#define CPU_PERCENT_MAX 1000000U
#define TASKS_MAX 4194304U /* the kernel's PID_MAX_LIMIT */
#define LOG_LEAST 4096U
#define LOG_MOST (1U << 30)
#define LIMIT_COUNT_MAX 1000000U

void *draft_field(struct table_build *b, const struct entry *entry)
{
	return (char *)&b->parser->draft + entry->key->field;
}

void value_refuse(struct table_build *b, const struct entry *entry)
{
	fault(b, &entry->words[0], "'%.64s': not a value of '%s'; write %s",
		entry->words[0].text, entry->key->name, entry->key->value);
}

struct word *only_word(struct table_build *b, const struct entry *entry)
{
	if (entry->count == 1)
		return entry->words;
	fault(b, &entry->words[1], "'%.64s': '%s' has one value only; write %s",
		entry->words[1].text, entry->key->name, entry->key->value);
	return NULL;
}

/* Number of a word among "one | other | ...", or -1. Only first words of an
 * alternative count, so "retry [TIME]" is found by "retry". */
static int choice_number(const char *choices, const char *word)
{
	size_t length = strlen(word);
	int number = 0;

	for (const char *at = choices; at; number++) {
		if (length && strncmp(at, word, length) == 0 &&
			(!at[length] || at[length] == ' '))
			return number;
		at = strstr(at, " | ");
		if (at)
			at += 3;
	}
	return -1;
}

/* The nearest of "one | other", composed into hint. */
static const char *choice_hint(
	struct hint *hint, const char *choices, const char *word)
{
	unsigned best = names_tolerance(word) + 1;

	hint->text[0] = '\0';
	for (const char *at = choices; at; at = strstr(at, " | ")) {
		char choice[32];
		unsigned distance;

		at += *at == ' ' ? 3 : 0;
		text_compose(choice, sizeof(choice), "%.*s",
			(int)strcspn(at, " "), at);
		distance = text_distance(word, choice, best - 1);
		if (distance >= best)
			continue;
		best = distance;
		text_compose(hint->text, sizeof(hint->text),
			"; did you mean '%s'?", choice);
	}
	return hint->text;
}

int choice_read(struct table_build *b, const struct entry *entry)
{
	struct word *word = entry->words;
	int number = choice_number(entry->key->value, word->text);
	struct hint hint;

	if (number >= 0)
		return number;
	choice_hint(&hint, entry->key->value, word->text);
	if (hint.text[0])
		fault(b, word, "'%.64s': not a value of '%s'%s", word->text,
			entry->key->name, hint.text);
	else
		value_refuse(b, entry);
	return -1;
}

void read_choice(struct table_build *b, const struct entry *entry)
{
	uint8_t *field = draft_field(b, entry);
	int number;

	if (!only_word(b, entry))
		return;
	number = choice_read(b, entry);
	if (number >= 0)
		*field = (uint8_t)number;
}

void read_type(struct table_build *b, const struct entry *entry)
{
	if (strcmp(entry->words[0].text, "forking") == 0)
		fault(b, entry->words,
			"'forking': a program that goes to the background "
			"hides its end; let it stay in the foreground (often "
			"-f or -n) and write 'type = daemon'");
	else
		read_choice(b, entry);
}

/* A whole number of a 32-bit field. */
static void read_number(struct table_build *b, const struct entry *entry,
	uint32_t least, uint32_t most)
{
	struct word *word = only_word(b, entry);
	uint32_t *field = draft_field(b, entry);
	uint64_t value;

	if (!word)
		return;
	if (text_decimal(word->text, most, &value) && value >= least)
		*field = (uint32_t)value;
	else
		fault(b, word, "'%.64s': '%s' is a number from %u to %u",
			word->text, entry->key->name, least, most);
}

void read_weight(struct table_build *b, const struct entry *entry)
{
	read_number(b, entry, 1, 10000);
}

void read_tasks(struct table_build *b, const struct entry *entry)
{
	read_number(b, entry, 1, TASKS_MAX);
}

void read_mtu(struct table_build *b, const struct entry *entry)
{
	read_number(b, entry, 68, 65535);
}

void read_umask(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint64_t value;

	if (!word)
		return;
	if (text_number(word->text, word->length, 8, &value) && value <= 0777)
		b->parser->draft.service.umask = (uint32_t)value;
	else
		fault(b, word, "'%.64s': a umask is octal, from 0 to 0777",
			word->text);
}

bool unit_read(const char *text, size_t length, const struct unit *unit,
	uint64_t *value)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < length && text_is_digit(text[digits]))
		digits++;
	for (; unit->text; unit++)
		if (strlen(unit->text) == length - digits &&
			memcmp(unit->text, text + digits, length - digits) == 0)
			break;
	if (!unit->text || !text_number(text, digits, 10, &number) ||
		number > UINT64_MAX / unit->factor)
		return false;
	*value = number * unit->factor;
	return true;
}

bool time_parse(struct table_build *b, struct word *word, uint64_t *ms)
{
	static const struct unit units[] = {{"ms", 1}, {"s", 1000},
		{"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
	uint64_t value;

	if (text_decimal(word->text, 0, &value)) {
		*ms = 0;
		return true;
	}
	if (text_decimal(word->text, UINT64_MAX, &value)) {
		fault(b, word,
			"'%.64s': a time without unit; write %.32ss or "
			"%.32sms",
			word->text, word->text, word->text);
		return false;
	}
	if (unit_read(word->text, word->length, units, &value) &&
		value <= UINT32_MAX) {
		*ms = value;
		return true;
	}
	fault(b, word,
		"'%.64s': not a time of at most 49d; write 250ms, 10s, 5m, "
		"1h or 1d",
		word->text);
	return false;
}

bool size_parse(struct table_build *b, struct word *word, const char *text,
	size_t length, uint64_t *bytes)
{
	static const struct unit units[] = {{"", 1}, {"K", 1 << 10},
		{"M", 1 << 20}, {"G", 1 << 30}, {"T", (uint64_t)1 << 40},
		{NULL, 0}};

	if (unit_read(text, length, units, bytes) && *bytes < INT64_MAX)
		return true;
	fault(b, word, "'%.64s': not a size; write 64K, 32M or 1G", word->text);
	return false;
}

static bool is_none(const struct word *word)
{
	return strcmp(word->text, "none") == 0;
}

void read_time(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint32_t *field = draft_field(b, entry);
	uint64_t ms;

	if (!word)
		return;
	if (is_none(word) && strstr(entry->key->value, "none"))
		*field = 0;
	else if (time_parse(b, word, &ms))
		*field = (uint32_t)ms;
}

void read_restart_delay(struct table_build *b, const struct entry *entry)
{
	uint64_t ms[3] = {0, 0, 0};
	struct service *service = &b->parser->draft.service;

	if (entry->count != 1 && entry->count != 3) {
		value_refuse(b, entry);
		return;
	}
	for (uint32_t i = 0; i < entry->count; i++)
		if (!time_parse(b, &entry->words[i], &ms[i]))
			return;
	service->healthy_delay_ms = (uint32_t)ms[0];
	if (entry->count == 1)
		return;
	if (ms[1] > ms[2]) {
		fault(b, &entry->words[2],
			"'%.64s': the longest delay is shorter than the first",
			entry->words[2].text);
		return;
	}
	service->first_delay_ms = (uint32_t)ms[1];
	service->longest_delay_ms = (uint32_t)ms[2];
}

/* "COUNT TIME" or "none". */
static bool read_limit(struct table_build *b, const struct entry *entry,
	uint32_t *count, uint64_t *window_ms)
{
	uint64_t number;

	*count = 0;
	*window_ms = 0;
	if (entry->count == 1 && is_none(entry->words))
		return true;
	if (entry->count != 2 ||
		!text_decimal(entry->words[0].text, LIMIT_COUNT_MAX, &number) ||
		!number) {
		value_refuse(b, entry);
		return false;
	}
	*count = (uint32_t)number;
	return time_parse(b, &entry->words[1], window_ms);
}

void read_restart_limit(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	uint64_t window;

	if (read_limit(b, entry, &service->limit_count, &window))
		service->limit_window_ms = (uint32_t)window;
}

void read_reboot_limit(struct table_build *b, const struct entry *entry)
{
	struct system_settings *system = &b->parser->draft.system;
	uint64_t window;

	if (read_limit(b, entry, &system->reboot_count, &window))
		system->reboot_window_s = (uint32_t)((window + 999) / 1000);
}

void read_crash_limit(struct table_build *b, const struct entry *entry)
{
	struct system_settings *system = &b->parser->draft.system;
	uint64_t window;

	if (read_limit(b, entry, &system->crash_count, &window))
		system->crash_window_ms = (uint32_t)window;
}

void read_on_limit(struct table_build *b, const struct entry *entry)
{
	struct service *service = &b->parser->draft.service;
	int number = choice_read(b, entry);
	uint64_t ms;

	if (number < 0)
		return;
	if (entry->count > (number == ON_LIMIT_RETRY ? 2U : 1U)) {
		value_refuse(b, entry);
		return;
	}
	if (entry->count == 2 && time_parse(b, &entry->words[1], &ms))
		service->limit_retry_ms = (uint32_t)ms;
	service->on_limit = (uint8_t)number;
}

struct signal_row {
	const char *name;
	uint32_t number;
};

#define SIGNAL(name) \
	{ \
#name, SIG##name \
	}

static const struct signal_row signals[] = {SIGNAL(HUP), SIGNAL(INT),
	SIGNAL(QUIT), SIGNAL(ILL), SIGNAL(TRAP), SIGNAL(ABRT), SIGNAL(BUS),
	SIGNAL(FPE), SIGNAL(KILL), SIGNAL(USR1), SIGNAL(SEGV), SIGNAL(USR2),
	SIGNAL(PIPE), SIGNAL(ALRM), SIGNAL(TERM), SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP), SIGNAL(TSTP), SIGNAL(TTIN), SIGNAL(TTOU), SIGNAL(URG),
	SIGNAL(XCPU), SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH),
	SIGNAL(IO), SIGNAL(PWR), SIGNAL(SYS)};

void signal_read(struct table_build *b, struct word *word, uint32_t *field)
{
	const char *name =
		word->text + (strncmp(word->text, "SIG", 3) == 0 ? 3 : 0);
	uint64_t number;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (strcmp(name, signals[i].name) != 0)
			continue;
		*field = signals[i].number;
		return;
	}
	if (text_decimal(word->text, 64, &number) && number)
		*field = (uint32_t)number;
	else
		fault(b, word,
			"'%.64s': not a signal; write TERM, INT, HUP or a "
			"number from 1 to 64",
			word->text);
}

void read_signal(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);

	if (word)
		signal_read(b, word, draft_field(b, entry));
}

/* "50%" -> 50; 0 when it is none. */
static uint32_t read_percent(const struct word *word, uint32_t most)
{
	uint64_t number;

	if (word->length < 2 || word->text[word->length - 1] != '%' ||
		!text_number(word->text, word->length - 1, 10, &number) ||
		number > most)
		return 0;
	return (uint32_t)number;
}

void read_amount(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	struct amount *field = draft_field(b, entry);
	struct amount amount = {LIMIT_NONE, 0, 0};

	if (!word)
		return;
	amount.percent = read_percent(word, 100);
	if (!amount.percent && !is_none(word)) {
		if (word->length && word->text[word->length - 1] == '%') {
			fault(b, word,
				"'%.64s': a part of RAM is from 1%% to "
				"100%%",
				word->text);
			return;
		}
		if (!size_parse(
			    b, word, word->text, word->length, &amount.bytes))
			return;
	}
	*field = amount;
}

void read_cpu(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint32_t *field = draft_field(b, entry);
	uint32_t percent;

	if (!word)
		return;
	percent = read_percent(word, CPU_PERCENT_MAX);
	if (!percent && !is_none(word))
		value_refuse(b, entry);
	else
		*field = percent;
}

/* "0-3,5": numbers and ranges, as the kernel's own lists. */
static bool is_cpu_list(const char *text)
{
	for (;;) {
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 4)
			return false;
		text += digits;
		if (*text == '-') {
			digits = strspn(++text, "0123456789");
			if (!digits || digits > 4)
				return false;
			text += digits;
		}
		if (*text != ',')
			return !*text;
		text++;
	}
}

void read_cpus(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	table_at *field = draft_field(b, entry);

	if (!word)
		return;
	if (word->length < PATH_BYTES_MAX && is_cpu_list(word->text))
		*field = image_string(b, word->text);
	else
		fault(b, word, "'%.64s': not a list of CPUs; write 0-1,3",
			word->text);
}

void read_log(struct table_build *b, const struct entry *entry)
{
	struct word *word = only_word(b, entry);
	uint32_t *field = draft_field(b, entry);
	uint64_t size;

	if (!word || !size_parse(b, word, word->text, word->length, &size))
		return;
	if (size >= LOG_LEAST && size <= LOG_MOST && !(size & (size - 1)))
		*field = (uint32_t)size;
	else
		fault(b, word,
			"'%.64s': a log's size is a power of two from 4K to "
			"1G, such as 64K",
			word->text);
}
