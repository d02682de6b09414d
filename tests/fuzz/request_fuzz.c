/* Any bytes as a request to init: no crash, and what is taken for a request
 * holds together. The source is included, since the folder's archive needs
 * supervise/.
 */
#include "control/request.c"

#include "load/load.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct table *table = load_fallback();
	struct control_request request;
	uint32_t service;

	memset(&request, 0xff, sizeof(request));
	memcpy(&request, data, size < sizeof(request) ? size : sizeof(request));
	if (request_fault(&request, size))
		return 0;
	REQUIRE(size == sizeof(request));
	REQUIRE(memchr(request.name, 0, sizeof(request.name)));
	REQUIRE(request.op > 0 && request.op < CONTROL_OPS);
	if (request_find(table, request.name, &service))
		REQUIRE(service < table->services.count);
	(void)request_waits(&request);
	return 0;
}
