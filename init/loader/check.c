/* svc check: reads tables as the loader does, and tells their faults. */
#include "loader/loader.h"
#include "loader/source.h"
#include "svc/json.h"
#include "svc/out.h"

#include "base/text.h"
#include <string.h>

#define LINE_SIZE 2048U /* of a fault, with its place */

static unsigned count_services(const struct table *table)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < table->services.count; i++)
		count += !(table_service(table, i)->flags & SERVICE_BUILT_IN);
	return count;
}

/* "NUMBER:", and goes behind it. */
static bool read_number(const char **at, uint64_t *number)
{
	size_t digits = strspn(*at, "0123456789");

	if ((*at)[digits] != ':' || !text_number(*at, digits, 10, number))
		return false;
	*at += digits + 1;
	return true;
}

/* A line of the faults: "FILE:LINE:COLUMN: TEXT", or TEXT alone. In FILE there
 * may be anything. */
static void put_fault(char *line)
{
	const char *text = line;
	uint64_t number = 0;
	uint64_t column = 0;
	char *colon;

	for (colon = strchr(line, ':'); colon; colon = strchr(colon + 1, ':')) {
		text = colon + 1;
		if (read_number(&text, &number) &&
			read_number(&text, &column) && *text == ' ')
			break;
	}
	if (colon) {
		*colon = '\0';
		text++;
	} else {
		number = column = 0;
		text = line;
	}
	json_open(JSON_BARE, '{');
	json_text_or_null(FIELD_check__faults_file, colon ? line : "");
	json_number_or_null(FIELD_check__faults_line, number);
	json_number_or_null(FIELD_check__faults_column, column);
	json_text(FIELD_check__faults_text, text);
	json_close('}');
}

static void put_json(const struct table *table)
{
	static char line[LINE_SIZE];
	const char *faults = table_pointer(table, table->faults);
	uint32_t left = table->fault_count ? table->faults_size : 0;

	json_open(JSON_BARE, '{');
	json_number(FIELD_check_services, count_services(table));
	json_open(FIELD_check_faults, '[');
	while (left) {
		const char *end = memchr(faults, '\n', left);
		size_t length = end ? (size_t)(end - faults) : left;

		text_compose(line, sizeof(line), "%.*s",
			(int)(length < LINE_SIZE ? length : LINE_SIZE), faults);
		put_fault(line);
		faults += length + (end ? 1 : 0);
		left -= (uint32_t)length + (end ? 1 : 0);
	}
	json_close(']');
	json_close('}');
	json_end();
}

static int tell(const struct load_request *request, const struct table *table)
{
	unsigned count = count_services(table);

	if (table->fault_count) {
		complain_bytes(table_pointer(table, table->faults),
			table->faults_size);
		return SVC_FAILED;
	}
	for (uint32_t i = 0; i < request->file_count; i++) {
		out_spaces(i ? 1 : 0);
		out_bytes(request->files[i], strlen(request->files[i]));
	}
	out(": %u service%s, no faults\n", count, count == 1 ? "" : "s");
	return SVC_DONE;
}

int check_run(const struct verb *verb, char **operands)
{
	static struct source source;
	const struct table *table;
	int code = source_options(&source, verb, &operands);

	if (code != SVC_DONE)
		return code;
	if (!*operands)
		return usage(verb, "no table");
	source_files(&source, operands);
	table = source_load(&source, verb);
	if (!table)
		return SVC_FAILED;
	if (!source.json)
		return tell(&source.request, table);
	put_json(table);
	return table->fault_count ? SVC_FAILED : SVC_DONE;
}
