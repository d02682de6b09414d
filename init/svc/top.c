/* svc top: what services use, the busiest first: refreshed on a terminal, else
 * once, over one interval. svc reads it from cgroupfs itself.
 */
#include "svc/group.h"
#include "svc/json.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/roster.h"
#include "svc/svc.h"
#include "svc/words.h"

#include "base/file.h"
#include "base/text.h"
#include "plan/machine.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_S 2
#define ONCE_MS 500
#define LINES_UNKNOWN 24U
#define HEAD 2U /* lines, with the one that the cursor is left on */
#define CLEAR "\033[H\033[J"
#define NUMBER_SIZE 24U

enum waited {
	WAITED_CPU,
	WAITED_MEMORY,
	WAITED_IO,
	WAITED_FOR
};

struct sample {
	uint64_t generation; /* 0: it does not run */
	uint64_t cpu_usec;
};

struct use {
	uint32_t service;
	uint32_t permille; /* of one CPU */
	uint64_t cpu_usec;
	uint64_t memory;
	uint64_t tasks;
	char pressure[WAITED_FOR][8]; /* as the kernel writes it; "": unknown */
};

struct meter {
	struct roster roster;
	struct sample *samples; /* by index */
	struct use *uses;
	uint32_t count;
	uint64_t time_usec; /* of the samples */
};

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t read_number(int group, const char *file, const char *key)
{
	char text[GROUP_TEXT_SIZE];
	uint64_t number = 0;

	group_text(group, file, text);
	if (!group_number(text, key, &number))
		return 0;
	return number;
}

static void read_pressure(int group, struct use *use)
{
	static const char *const files[] = {[WAITED_CPU] = "cpu.pressure",
		[WAITED_MEMORY] = "memory.pressure",
		[WAITED_IO] = "io.pressure"};
	char text[GROUP_TEXT_SIZE];

	for (unsigned i = 0; i < WAITED_FOR; i++) {
		const char *at;

		group_text(group, files[i], text);
		at = strstr(text, "some avg10=");
		if (!at)
			continue;
		at += strlen("some avg10=");
		text_compose(use->pressure[i], sizeof(use->pressure[i]), "%.*s",
			(int)strspn(at, "0123456789."), at);
	}
}

static void read_use(struct meter *meter, uint32_t index, uint64_t passed_usec)
{
	const struct control_reply *reply = &meter->roster.rows[index];
	struct sample *sample = &meter->samples[index];
	SCOPED_FD group = group_open(reply);
	struct use *use = &meter->uses[meter->count];
	uint64_t before = sample->cpu_usec;

	if (group < 0 || reply->pid <= 0) {
		*sample = (struct sample){0, 0};
		return;
	}
	*use = (struct use){.service = index};
	use->cpu_usec = read_number(group, "cpu.stat", "usage_usec ");
	use->memory = read_number(group, "memory.current", "");
	use->tasks = read_number(group, "pids.current", "");
	read_pressure(group, use);
	if (sample->generation == reply->generation && use->cpu_usec > before &&
		passed_usec)
		use->permille = (uint32_t)((use->cpu_usec - before) * 1000 /
			passed_usec);
	*sample = (struct sample){reply->generation, use->cpu_usec};
	meter->count++;
}

static int compare(const void *one, const void *other)
{
	const struct use *a = one;
	const struct use *b = other;

	if (a->permille != b->permille)
		return a->permille < b->permille ? 1 : -1;
	if (a->memory != b->memory)
		return a->memory < b->memory ? 1 : -1;
	return a->service < b->service ? -1 : 1;
}

static bool measure(struct meter *meter)
{
	uint64_t before = meter->time_usec;
	uint64_t passed;

	if (!roster_take(&meter->roster))
		return false;
	meter->time_usec = now_usec();
	passed = meter->time_usec - before;
	meter->count = 0;
	for (uint32_t i = 0; i < meter->roster.count; i++)
		read_use(meter, i, passed);
	qsort(meter->uses, meter->count, sizeof(*meter->uses), compare);
	return true;
}

static bool make(struct meter *meter)
{
	if (!roster_take(&meter->roster))
		return false;
	meter->samples = roster_memory(
		meter->roster.count * sizeof(*meter->samples) + 1);
	meter->uses =
		roster_memory(meter->roster.count * sizeof(*meter->uses) + 1);
	return meter->samples && meter->uses;
}

static void percent(char to[NUMBER_SIZE], uint32_t permille)
{
	text_compose(to, NUMBER_SIZE, "%u.%u", permille / 10, permille % 10);
}

static void json_pressure(enum field field, const char *share)
{
	if (*share)
		json_decimal(field, share);
	else
		json_null(field);
}

static void print_json(const struct meter *meter)
{
	char number[NUMBER_SIZE];

	json_open(JSON_BARE, '[');
	for (uint32_t i = 0; i < meter->count; i++) {
		const struct use *use = &meter->uses[i];

		percent(number, use->permille);
		json_open(JSON_BARE, '{');
		json_text(
			FIELD_top_name, meter->roster.rows[use->service].name);
		json_decimal(FIELD_top_cpu_percent, number);
		json_number(FIELD_top_cpu_usec, use->cpu_usec);
		json_number(FIELD_top_memory_bytes, use->memory);
		json_number(FIELD_top_tasks, use->tasks);
		json_pressure(FIELD_top_cpu_waited, use->pressure[WAITED_CPU]);
		json_pressure(
			FIELD_top_memory_waited, use->pressure[WAITED_MEMORY]);
		json_pressure(FIELD_top_io_waited, use->pressure[WAITED_IO]);
		json_close('}');
	}
	json_close(']');
	json_end();
}

static void print_right(const char *text, size_t width)
{
	size_t length = strlen(text);

	out_spaces(length < width ? width - length : 0);
	out("%s", text);
}

static void print_use(const struct meter *meter, const struct use *use)
{
	char number[NUMBER_SIZE];

	percent(number, use->permille);
	print_right(number, 6);
	words_size(number, use->memory);
	print_right(number, 8);
	text_compose(
		number, sizeof(number), "%llu", (unsigned long long)use->tasks);
	print_right(number, 7);
	for (unsigned i = 0; i < WAITED_FOR; i++)
		print_right(*use->pressure[i] ? use->pressure[i] : "-", 8);
	out("  %s\n", meter->roster.rows[use->service].name);
}

static void print_table(const struct meter *meter, uint32_t most)
{
	out("  CPU%%  MEMORY  TASKS    W-CPU   W-MEM    W-IO  NAME\n");
	for (uint32_t i = 0; i < meter->count && i < most; i++)
		print_use(meter, &meter->uses[i]);
}

static uint32_t lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row <= HEAD)
		return LINES_UNKNOWN - HEAD;
	return size.ws_row - HEAD;
}

static int run_once(struct meter *meter, bool json)
{
	const struct timespec pause = {.tv_nsec = ONCE_MS * 1000000L};

	if (!measure(meter))
		return SVC_FAILED;
	nanosleep(&pause, NULL);
	if (!measure(meter))
		return SVC_FAILED;
	if (json)
		print_json(meter);
	else
		print_table(meter, UINT32_MAX);
	return SVC_DONE;
}

static int run_on(struct meter *meter)
{
	const struct timespec pause = {.tv_sec = INTERVAL_S};

	while (measure(meter)) {
		out(CLEAR);
		print_table(meter, lines());
		if (!out_flush())
			break;
		nanosleep(&pause, NULL);
	}
	return SVC_FAILED;
}

int top_run(const struct verb *verb, char **operands)
{
	struct meter meter = {0};
	bool json = false;
	const struct option_word options[] = {{"--json", &json}};
	const char *fault = option_take(&operands, options, 1);

	if (fault)
		return usage_option(verb, fault);
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!make(&meter))
		return SVC_FAILED;
	if (json || !isatty(STDOUT_FILENO))
		return run_once(&meter, json);
	return run_on(&meter);
}
