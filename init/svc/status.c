/* svc status: on a terminal a table for a person, else a line a service for
 * scripts, with a tab between its fields.
 */
#include "svc/client.h"
#include "svc/group.h"
#include "svc/json.h"
#include "svc/links.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/roster.h"
#include "svc/svc.h"
#include "svc/words.h"

#include "base/text.h"
#include "plan/machine.h"
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROWS_MOST (TABLE_SERVICE_MAX + MILESTONES + 1U)
#define GAP 2U
#define WIDTH_UNKNOWN 80U
#define CUT "..."
#define MESSAGE_LEAST 8U /* less of it says nothing */
#define MESSAGE_SIZE \
	(TEXT_ESCAPED * \
			(sizeof(((struct control_reply *)0)->text) + \
				WORDS_ENDED_SIZE) + \
		1)

struct listing {
	bool terminal;
	bool all; /* those of init's own too */
	bool whole; /* messages are not cut */
	bool use; /* what services use is shown too */
	bool json;
	bool names; /* and nothing else */
	struct control_reply *rows; /* terminal: a table waits for its widths */
	uint32_t count;
};

/* --- cells ---------------------------------------------------------------- */

#define CELL_SIZE CONTROL_NAME_SIZE

static void cell_name(char to[CELL_SIZE], const struct control_reply *reply)
{
	text_compose(to, CELL_SIZE, "%s", reply->name);
}

static void cell_state(char to[CELL_SIZE], const struct control_reply *reply)
{
	text_compose(to, CELL_SIZE, "%s",
		reply->frozen ? "frozen" : state_text(reply->state));
}

static void cell_since(char to[CELL_SIZE], const struct control_reply *reply)
{
	uint64_t ms = reply->now_ms > reply->since_ms
		? reply->now_ms - reply->since_ms
		: 0;

	words_time(to, ms);
}

static void cell_pid(char to[CELL_SIZE], const struct control_reply *reply)
{
	if (reply->pid > 0)
		text_compose(to, CELL_SIZE, "%u", (unsigned)reply->pid);
	else
		text_compose(to, CELL_SIZE, "-");
}

static void cell_restarts(char to[CELL_SIZE], const struct control_reply *reply)
{
	text_compose(to, CELL_SIZE, "%u", reply->restarts);
}

static const struct column {
	const char *title;
	void (*cell)(char to[CELL_SIZE], const struct control_reply *reply);
	bool right;
	bool plain; /* for scripts as well */
} columns[] = {
	{"NAME", cell_name, false, true},
	{"STATE", cell_state, false, true},
	{"SINCE", cell_since, true, false},
	{"PID", cell_pid, true, true},
	{"RESTARTS", cell_restarts, true, true},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* A message may quote names of files: it must not break the line. */
static size_t compose_message(
	char to[MESSAGE_SIZE], const struct control_reply *reply)
{
	char text[sizeof(reply->text) + WORDS_ENDED_SIZE];
	size_t used = words_message(text, sizeof(text), reply);

	for (size_t i = 0; i < used; i++)
		if (text[i] == '\n' || text[i] == '\t')
			text[i] = ' ';
	used = text_escape(to, text, used);
	to[used] = '\0';
	return used;
}

/* What healthy names decides whether the boot counts as good. */
static const char *boot_text(const struct control_reply *reply)
{
	if (!(reply->marks & CONTROL_IS_VITAL))
		return "";
	return reply->marks & CONTROL_IS_GOOD ? "good" : "not good yet";
}

/* --- for scripts ---------------------------------------------------------- */

static void print_plain(const struct control_reply *reply)
{
	char message[MESSAGE_SIZE];
	char cell[CELL_SIZE];
	size_t used;

	for (size_t i = 0; i < COLUMNS; i++) {
		if (!columns[i].plain)
			continue;
		columns[i].cell(cell, reply);
		out("%s%s", i ? "\t" : "", cell);
	}
	used = compose_message(message, reply);
	out("%s", used ? "\t" : "");
	out_bytes(message, used);
	out("\n");
}

static void print_json(const struct control_reply *reply)
{
	char message[sizeof(reply->text) + WORDS_ENDED_SIZE];
	uint64_t since_ms = reply->now_ms - reply->since_ms;

	words_message(message, sizeof(message), reply);
	json_open(JSON_BARE, '{');
	json_text(FIELD_status_name, reply->name);
	json_text(FIELD_status_state, state_text(reply->state));
	json_number(FIELD_status_since_ms,
		reply->now_ms > reply->since_ms ? since_ms : 0);
	json_number_or_null(FIELD_status_pid, (uint64_t)reply->pid);
	json_number(FIELD_status_restarts, reply->restarts);
	json_flag(FIELD_status_frozen, reply->frozen);
	json_text(FIELD_status_message, message);
	json_text_or_null(FIELD_status_boot, boot_text(reply));
	words_spare(message, reply);
	json_text_or_null(FIELD_status_spare, message);
	json_close('}');
}

/* --- for people ----------------------------------------------------------- */

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return WIDTH_UNKNOWN;
	return size.ws_col;
}

static size_t column_width(
	const struct column *column, const struct listing *list)
{
	size_t width = strlen(column->title);
	char cell[CELL_SIZE];

	for (uint32_t i = 0; i < list->count; i++) {
		column->cell(cell, &list->rows[i]);
		if (strlen(cell) > width)
			width = strlen(cell);
	}
	return width;
}

static void print_cell(
	const struct column *column, const char *cell, size_t width)
{
	size_t spaces = width - strlen(cell);

	if (column != columns)
		out_spaces(GAP);
	if (column->right)
		out_spaces(spaces);
	out("%s", cell);
	if (!column->right)
		out_spaces(spaces);
}

/* Prints the message in what is left of the line. */
static void print_message(const char *message, size_t room)
{
	size_t fits = words_fit(message, room);
	bool cut = message[fits] != '\0';

	if (cut && room < MESSAGE_LEAST)
		fits = 0;
	else if (cut)
		fits = words_fit(message, room - strlen(CUT));
	if (fits)
		out_spaces(GAP);
	out_bytes(message, fits);
	out("%s\n", fits && cut ? CUT : "");
}

static void print_row(const struct control_reply *reply, const size_t *widths)
{
	char cell[CELL_SIZE];

	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i].cell(cell, reply);
		print_cell(&columns[i], cell, widths[i]);
	}
}

/* Whether the boot is good, in one line, where the table asks for it. */
static void print_boot(const struct listing *list)
{
	const struct control_reply *vital = NULL;
	const struct control_reply *missing = NULL;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct control_reply *reply = &list->rows[i];

		if (!(reply->marks & CONTROL_IS_VITAL))
			continue;
		vital = reply;
		if (!state_is_up((enum state)reply->state))
			missing = reply;
	}
	if (!vital)
		return;
	out("boot: %s", boot_text(vital));
	if (missing && !(vital->marks & CONTROL_IS_GOOD))
		out(": '%s' is %s", missing->name, state_text(missing->state));
	out("\n");
}

static void print_table(const struct listing *list)
{
	size_t room = list->whole ? SIZE_MAX : terminal_width();
	char message[MESSAGE_SIZE];
	size_t widths[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		size_t taken;

		widths[i] = column_width(&columns[i], list);
		taken = GAP + widths[i];
		room -= taken < room ? taken : room;
		print_cell(&columns[i], columns[i].title, widths[i]);
	}
	print_message("MESSAGE", SIZE_MAX);
	for (uint32_t row = 0; row < list->count; row++) {
		print_row(&list->rows[row], widths);
		compose_message(message, &list->rows[row]);
		print_message(message, room);
	}
	for (uint32_t row = 0; row < list->count && list->use; row++)
		group_print(&list->rows[row], true);
	for (uint32_t row = 0; row < list->count && list->all; row++)
		links_print(&list->rows[row], list->count > 1, "  ");
	print_boot(list);
}

/* --- the list ------------------------------------------------------------- */

static bool make_rows(struct listing *list)
{
	list->rows = roster_memory(ROWS_MOST * sizeof(*list->rows));
	return list->rows;
}

static void take(struct listing *list, const struct control_reply *reply)
{
	if (roster_is_quiet(reply) && !list->all)
		return;
	if (list->names) {
		out("%s\n", reply->name);
	} else if (list->json) {
		print_json(reply);
	} else if (!list->terminal) {
		print_plain(reply);
		if (list->use)
			group_print(reply, false);
		if (list->all)
			links_print(reply, false, "\t");
	} else if (list->count < ROWS_MOST) {
		list->rows[list->count++] = *reply;
	}
}

static bool list_name(struct listing *list, const char *name)
{
	const struct question question = {CONTROL_STATUS, name, 0};
	struct client client;
	bool whole = true;

	if (!client_ask(&client, &question))
		return false;
	do {
		take(list, &client.reply);
	} while (client_next(&client, &whole));
	client_close(&client);
	return whole;
}

static const char *take_options(struct listing *list, char ***operands)
{
	bool both = false;
	const struct option_word options[] = {{"-a", &list->all},
		{"--all", &list->all}, {"-r", &list->use},
		{"--resources", &list->use}, {"-ar", &both}, {"-ra", &both},
		{"--json", &list->json}, {"--names", &list->names}};
	const char *fault = option_take(
		operands, options, sizeof(options) / sizeof(*options));

	list->all = list->all || both || list->names;
	list->use = list->use || both;
	return fault;
}

/* Lists those that are named, or all. */
static bool list_names(struct listing *list, char **names)
{
	bool done = true;

	if (!*names)
		return list_name(list, "");
	for (; *names; names++)
		done = list_name(list, *names) && done;
	return done;
}

int status_run(const struct verb *verb, char **operands)
{
	struct listing list = {0};
	const char *fault = take_options(&list, &operands);
	bool done;

	if (fault)
		return usage_option(verb, fault);
	list.terminal = isatty(STDOUT_FILENO) && !list.json && !list.names;
	if (list.terminal && !make_rows(&list))
		return SVC_FAILED;
	list.whole = *operands != NULL;
	list.all = list.all || list.whole;
	list.use = list.use || (list.whole && list.terminal);
	if (list.json)
		json_open(JSON_BARE, '[');
	done = list_names(&list, operands);
	if (list.json) {
		json_close(']');
		json_end();
	}
	if (list.count)
		print_table(&list);
	return done ? SVC_DONE : SVC_FAILED;
}
