/* svc bootchart: how the boot went: when each service was to start, began to be
 * made, was executed and was up, and what it waited for last.
 */
#include "svc/json.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/roster.h"
#include "svc/svc.h"
#include "svc/svg.h"

#include "base/text.h"
#include <stdlib.h>
#include <string.h>

#define MARGIN 20U
#define HEAD 50U
#define ROW 22U
#define BAR 16U
#define WIDTH 900U /* of the bars */
#define LABEL 420U /* what stands to the right of them */
#define TICKS 10U
#define TEXT_SIZE 320U

struct chart {
	struct roster roster;
	uint32_t *rows; /* services, those wanted first in front */
	uint32_t count;
	uint32_t first_ms;
	uint32_t last_ms;
};

static const struct control_reply *sorted; /* what qsort's indices mean */

static int compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	for (unsigned i = CONTROL_WANTED; i <= CONTROL_BUILT; i++)
		if (sorted[a].times[i] != sorted[b].times[i])
			return sorted[a].times[i] < sorted[b].times[i] ? -1 : 1;
	return a < b ? -1 : 1;
}

static void add(struct chart *chart, uint32_t service)
{
	const uint32_t *times = chart->roster.rows[service].times;

	if (!times[CONTROL_WANTED])
		return;
	chart->rows[chart->count++] = service;
	if (times[CONTROL_WANTED] < chart->first_ms)
		chart->first_ms = times[CONTROL_WANTED];
	for (unsigned i = 0; i < CONTROL_TIMES; i++)
		if (times[i] > chart->last_ms)
			chart->last_ms = times[i];
}

static bool make(struct chart *chart)
{
	if (!roster_take_table(&chart->roster))
		return false;
	chart->rows = roster_memory(chart->roster.count * sizeof(uint32_t) + 1);
	if (!chart->rows)
		return false;
	chart->first_ms = UINT32_MAX;
	for (uint32_t i = 0; i < chart->roster.count; i++)
		add(chart, i);
	sorted = chart->roster.rows;
	qsort(chart->rows, chart->count, sizeof(*chart->rows), compare);
	return true;
}

/* What it waited for that was up last, or "". */
static const char *waited_for(const struct chart *chart, uint32_t service)
{
	const struct control_reply *rows = chart->roster.rows;
	const struct list *waits =
		&table_service(chart->roster.table, service)->waits;
	const struct edge *edges =
		table_pointer(chart->roster.table, waits->at);
	uint32_t latest = rows[service].times[CONTROL_WANTED];
	const char *name = "";

	if (rows[service].holder < chart->roster.count)
		return rows[rows[service].holder].name;
	for (uint32_t i = 0; i < waits->count; i++) {
		const struct control_reply *other = &rows[edges[i].service];
		uint32_t up = other->times[CONTROL_UP];

		if (!up || up < latest ||
			(rows[service].times[CONTROL_BUILT] &&
				up > rows[service].times[CONTROL_BUILT]))
			continue;
		latest = up;
		name = other->name;
	}
	return name;
}

static void print_json(const struct chart *chart)
{
	json_open(JSON_BARE, '[');
	for (uint32_t i = 0; i < chart->count; i++) {
		const struct control_reply *reply =
			&chart->roster.rows[chart->rows[i]];

		json_open(JSON_BARE, '{');
		json_text(FIELD_bootchart_name, reply->name);
		json_number(FIELD_bootchart_wanted_ms,
			reply->times[CONTROL_WANTED]);
		json_number_or_null(
			FIELD_bootchart_built_ms, reply->times[CONTROL_BUILT]);
		json_number_or_null(FIELD_bootchart_executed_ms,
			reply->times[CONTROL_EXECUTED]);
		json_number_or_null(
			FIELD_bootchart_up_ms, reply->times[CONTROL_UP]);
		json_text_or_null(FIELD_bootchart_waited_for,
			waited_for(chart, chart->rows[i]));
		json_close('}');
	}
	json_close(']');
	json_end();
}

/* --- SVG ------------------------------------------------------------------ */

static uint64_t x_of(const struct chart *chart, uint32_t ms)
{
	uint64_t span = chart->last_ms - chart->first_ms + 1U;

	return MARGIN + (uint64_t)(ms - chart->first_ms) * WIDTH / span;
}

static const struct phase {
	const char *text;
	const char *colour;
	enum control_time from;
} phases[] = {
	{"waits", "#dddddd", CONTROL_WANTED},
	{"is made", "#9ec5f0", CONTROL_BUILT},
	{"becomes ready", "#f8cf80", CONTROL_EXECUTED},
	{"up", "#b4e0b4", CONTROL_UP},
};

#define PHASES (sizeof(phases) / sizeof(*phases))

/* A phase lasts until the next one that was reached. */
static void draw_bars(
	const struct chart *chart, const uint32_t *times, uint64_t y)
{
	uint32_t end_ms = chart->last_ms;

	for (size_t i = PHASES; i-- > 0;) {
		uint32_t from_ms = times[phases[i].from];
		const struct svg_box box = {.x = x_of(chart, from_ms),
			.y = y,
			.width = x_of(chart, end_ms) - x_of(chart, from_ms) + 1,
			.height = BAR};

		if (!from_ms || from_ms > end_ms)
			continue;
		svg_box(&box, phases[i].colour);
		end_ms = from_ms;
	}
}

static void draw_row(const struct chart *chart, uint32_t number)
{
	uint32_t service = chart->rows[number];
	const struct control_reply *reply = &chart->roster.rows[service];
	const uint32_t *times = reply->times;
	const char *cause = waited_for(chart, service);
	uint64_t y = HEAD + (uint64_t)number * ROW;
	char text[TEXT_SIZE];

	draw_bars(chart, times, y);
	if (times[CONTROL_UP])
		text_compose(text, sizeof(text), "%s: up after %u ms%s%s",
			reply->name, times[CONTROL_UP] - times[CONTROL_WANTED],
			*cause ? ", waited for " : "", cause);
	else
		text_compose(text, sizeof(text), "%s: not up%s%s", reply->name,
			*cause ? ", waits for " : "", cause);
	svg_text(MARGIN + WIDTH + 8, y + BAR - 3, "start", text);
}

static void draw_ticks(const struct chart *chart, uint64_t height)
{
	uint32_t span = chart->last_ms - chart->first_ms;
	char text[32];

	for (uint32_t i = 0; i <= TICKS; i++) {
		uint32_t ms = chart->first_ms +
			(uint32_t)((uint64_t)span * i / TICKS);
		const struct svg_box line = {
			.x = x_of(chart, ms), .y = HEAD, .height = height};

		svg_box(&line, "none");
		text_compose(text, sizeof(text), "%u", ms);
		svg_text(line.x, HEAD - 6, "middle", text);
	}
}

static void draw_legend(void)
{
	uint64_t x = MARGIN;

	for (size_t i = 0; i < PHASES; i++) {
		const struct svg_box box = {
			.x = x, .y = 6, .width = BAR, .height = BAR};

		svg_box(&box, phases[i].colour);
		svg_text(x + BAR + 6, 6 + BAR - 3, "start", phases[i].text);
		x += BAR + 24 + SVG_LETTER * strlen(phases[i].text);
	}
	svg_text(x, 6 + BAR - 3, "start", "(ms since the kernel started)");
}

static void print_svg(const struct chart *chart)
{
	uint64_t height = (uint64_t)chart->count * ROW;

	svg_open(WIDTH + LABEL + 2 * MARGIN, HEAD + height + MARGIN);
	draw_legend();
	if (chart->count)
		draw_ticks(chart, height);
	for (uint32_t i = 0; i < chart->count; i++)
		draw_row(chart, i);
	svg_close();
}

int chart_run(const struct verb *verb, char **operands)
{
	struct chart chart = {0};
	bool json = false;
	const struct option_word options[] = {{"--json", &json}};
	const char *fault = option_take(&operands, options, 1);

	if (fault)
		return usage_option(verb, fault);
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!make(&chart))
		return SVC_FAILED;
	if (json)
		print_json(&chart);
	else
		print_svg(&chart);
	return SVC_DONE;
}
