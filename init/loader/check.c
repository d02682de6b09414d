/* svc check: reads tables as the loader does, and tells their faults. */
#include "load/load.h"
#include "loader/loader.h"
#include "svc/out.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_root(const char *word)
{
	return strcmp(word, "--root") == 0 || strncmp(word, "--root=", 7) == 0;
}

/* Reads options and leaves the files. The first word that is wrong, or NULL. */
static const char *take_options(struct load_request *request, char ***operands)
{
	char **at = *operands;

	while (*at && **at == '-') {
		const char *word = *at++;
		const char *value = strchr(word, '=');

		if (!is_root(word) || (!value && !*at))
			return word;
		request->root = value ? value + 1 : *at++;
	}
	*operands = at;
	return NULL;
}

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

static int tell_errno(int error)
{
	complain("check: making the table: %s", strerror(error));
	return SVC_FAILED;
}

static int check(const struct load_request *request)
{
	int fd = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const struct table *table;
	int error;
	int code;

	if (fd < 0)
		return tell_errno(errno);
	error = load_table(fd, request);
	table = error ? NULL : load_map(fd);
	if (!table && !error)
		error = -errno;
	code = table ? tell(request, table) : tell_errno(-error);
	close(fd);
	return code;
}

int check_run(const struct verb *verb, char **operands)
{
	struct load_request request = {.rescue = false};
	const char *fault = take_options(&request, &operands);

	if (fault)
		return is_root(fault)
			? usage(verb, "no folder behind '%s'", fault)
			: usage_option(verb, fault);
	if (!*operands)
		return usage(verb, "no table");
	request.files = (const char *const *)operands;
	while (operands[request.file_count])
		request.file_count++;
	return check(&request);
}
