/* control/request: what is no request, and which service a name means. The
 * source is included, since the folder's archive needs supervise/. */
#include "fixture.h"

#include "control/request.c"
#include <signal.h>

static struct control_request sound(enum control_op op, const char *name)
{
	struct control_request request = {.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.op = (uint16_t)op};

	strcpy(request.name, name);
	return request;
}

static const char *fault_of(const struct control_request *request)
{
	return request_fault(request, sizeof(*request));
}

static void takes_what_is_sound(void **state)
{
	(void)state;
	for (unsigned op = CONTROL_STATUS; op < CONTROL_OPS; op++) {
		struct control_request request = sound(op, "web");

		request.argument = SIGTERM;
		assert_null(fault_of(&request));
	}
}

static void refuses_all_else(void **state)
{
	struct control_request request = sound(CONTROL_STATUS, "web");

	(void)state;
	for (size_t size = 0; size < 4 * sizeof(request); size++)
		assert_int_equal(request_fault(&request, size) == NULL,
			size == sizeof(request));
	request.magic++;
	assert_non_null(strstr(fault_of(&request), "magic"));
	request = sound(CONTROL_STATUS, "web");
	request.version++;
	assert_non_null(strstr(fault_of(&request), "version"));
	request = sound(CONTROL_STATUS, "web");
	request.spare = 1;
	assert_non_null(strstr(fault_of(&request), "spare"));
	request = sound(CONTROL_STATUS, "");
	memset(request.name, 'a', sizeof(request.name));
	assert_non_null(strstr(fault_of(&request), "name"));
	request.name[sizeof(request.name) - 1] = '\0';
	assert_null(fault_of(&request));
}

static void refuses_unknown_operations(void **state)
{
	unsigned taken = 0;

	(void)state;
	for (unsigned op = 0; op <= UINT16_MAX; op++) {
		struct control_request request = sound(op, "web");

		request.argument = 1;
		taken += fault_of(&request) == NULL;
	}
	assert_int_equal(taken, CONTROL_OPS - 1);
}

static void refuses_what_is_no_signal(void **state)
{
	struct control_request request = sound(CONTROL_KILL, "web");

	(void)state;
	assert_non_null(strstr(fault_of(&request), "signal"));
	request.argument = 64;
	assert_null(fault_of(&request));
	request.argument = 65;
	assert_non_null(fault_of(&request));
	request.argument = UINT32_MAX;
	assert_non_null(fault_of(&request));
}

static void tells_what_may_last(void **state)
{
	unsigned last = 0;

	(void)state;
	for (unsigned op = CONTROL_STATUS; op < CONTROL_OPS; op++) {
		struct control_request request = sound(op, "web");

		if (request_waits(&request))
			last |= 1U << op;
	}
	assert_int_equal(last,
		1U << CONTROL_START | 1U << CONTROL_STOP |
			1U << CONTROL_RESTART | 1U << CONTROL_RELOAD |
			1U << CONTROL_RELOAD_TABLE);
}

static void finds_services(void **state)
{
	struct built b;
	uint32_t service = 77;

	(void)state;
	build_text(&b, "[fellow]\nrun = /bin/a\n[web]\nrun = /bin/b\n");
	assert_true(request_find(b.table, "web", &service));
	assert_int_equal(service, MILESTONES);
	assert_true(request_find(b.table, "mounts", &service));
	assert_int_equal(service, 0);
	assert_false(request_find(b.table, "we", &service));
	assert_false(request_find(b.table, "", &service));
	drop_built(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_sound),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(refuses_unknown_operations),
		cmocka_unit_test(refuses_what_is_no_signal),
		cmocka_unit_test(tells_what_may_last),
		cmocka_unit_test(finds_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
