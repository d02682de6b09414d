/* svc check: reads tables as the loader does, and tells their faults. */
#include "loader/loader.h"
#include "loader/source.h"
#include "svc/out.h"

#include <string.h>

static unsigned count_services(const struct table *table)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < table->services.count; i++)
		count += !(table_service(table, i)->flags & SERVICE_BUILT_IN);
	return count;
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
	return table ? tell(&source.request, table) : SVC_FAILED;
}
