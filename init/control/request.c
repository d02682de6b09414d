/* Reading a request: see request.h. */
#include "control/request.h"

#include <string.h>

#define SIGNAL_MOST 64U

const char *request_fault(const struct control_request *request, size_t size)
{
	if (size != sizeof(*request))
		return "not a request: wrong size; svc and init must be of one "
		       "version";
	if (request->magic != CONTROL_MAGIC)
		return "not a request: wrong magic number";
	if (request->version != CONTROL_VERSION)
		return "request of another version; svc and init must be of "
		       "one version";
	if (request->op == 0 || request->op >= CONTROL_OPS)
		return "unknown operation; svc and init must be of one version";
	if (request->spare || !memchr(request->name, 0, CONTROL_NAME_SIZE))
		return "not a request: spare bytes are set, or a name does not "
		       "end";
	if (request->op == CONTROL_KILL &&
		(request->argument == 0 || request->argument > SIGNAL_MOST))
		return "not a signal; give a number from 1 to 64";
	return NULL;
}

bool request_waits(const struct control_request *request)
{
	return request->op == CONTROL_START || request->op == CONTROL_STOP ||
		request->op == CONTROL_RESTART ||
		request->op == CONTROL_RELOAD ||
		request->op == CONTROL_RELOAD_TABLE;
}

static const char *name_of(const struct table *table, uint32_t service)
{
	return table_string(table, table_service(table, service)->name);
}

bool request_find(
	const struct table *table, const char *name, uint32_t *service)
{
	for (uint32_t i = 0; i < table->services.count; i++) {
		if (strcmp(name_of(table, i), name) != 0)
			continue;
		*service = i;
		return true;
	}
	return false;
}
