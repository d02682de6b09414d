/* plan/gate: every kind of edge with every state of the other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/gate.h"

#define KINDS 4U

static const char *const kind_names[KINDS] = {
	[EDGE_NEEDS] = "needs",
	[EDGE_BOUND] = "bound",
	[EDGE_WANTS] = "wants",
	[EDGE_AFTER] = "after",
};

/* A line a state, a letter a kind, in the order of the list above. */
struct row {
	enum state state;
	const char *letters;
};

_Static_assert(STATES == 15, "a new state needs its lines here");
_Static_assert(EDGE_AFTER + 1 == KINDS, "a new kind needs its column here");

static void a_service_starts_when_every_gate_is_open(void **unused)
{
	static const struct row rows[] = {
		/* open, hold, shut */
		{STATE_DOWN, "hhoo"},
		{STATE_WAITING, "hhhh"},
		{STATE_HELD, "hhoo"},
		{STATE_RESTING, "hhoo"},
		{STATE_LISTENING, "oooo"},
		{STATE_STARTING, "hhhh"},
		{STATE_UP, "oooo"},
		{STATE_RELOADING, "oooo"},
		{STATE_DONE, "oooo"},
		{STATE_LEAVING, "hhhh"},
		{STATE_STOPPING, "hhhh"},
		{STATE_ABORTING, "hhhh"},
		{STATE_ENDING, "hhhh"},
		{STATE_BACKOFF, "hhoo"},
		{STATE_FAILED, "ssoo"},
	};
	static const char letters[] = {
		[GATE_OPEN] = 'o', [GATE_HOLD] = 'h', [GATE_SHUT] = 's'};

	(void)unused;
	assert_int_equal(sizeof(rows) / sizeof(*rows), STATES);
	for (unsigned i = 0; i < STATES; i++)
		for (unsigned kind = 0; kind < KINDS; kind++) {
			enum gate gate =
				gate_start((enum edge_kind)kind, rows[i].state);

			if (letters[gate] != rows[i].letters[kind])
				fail_msg("%s one that is %s: %c, not %c",
					kind_names[kind],
					state_text(rows[i].state),
					letters[gate], rows[i].letters[kind]);
		}
}

/* What the letters say, for the machine that stays and for the one that ends.
 */
static void assert_holds(
	const struct row rows[static STATES], bool machine_ends)
{
	for (unsigned i = 0; i < STATES; i++)
		for (unsigned kind = 0; kind < KINDS; kind++) {
			bool holds = gate_holds((enum edge_kind)kind,
				rows[i].state, machine_ends);

			if (holds != (rows[i].letters[kind] == 'h'))
				fail_msg("a %s follower that is %s: %s",
					kind_names[kind],
					state_text(rows[i].state),
					holds ? "holds" : "holds not");
		}
}

static void a_service_stops_after_those_bound_to_it(void **unused)
{
	static const struct row rows[STATES] = {
		{STATE_DOWN, "...."},
		{STATE_WAITING, "...."},
		{STATE_HELD, "...."},
		{STATE_RESTING, "...."},
		{STATE_LISTENING, "...."},
		{STATE_STARTING, ".h.."},
		{STATE_UP, ".h.."},
		{STATE_RELOADING, ".h.."},
		{STATE_DONE, ".h.."},
		{STATE_LEAVING, ".h.."},
		{STATE_STOPPING, ".h.."},
		{STATE_ABORTING, ".h.."},
		{STATE_ENDING, ".h.."},
		{STATE_BACKOFF, "...."},
		{STATE_FAILED, "...."},
	};

	(void)unused;
	assert_holds(rows, false);
}

static void a_machine_that_ends_stops_followers_first(void **unused)
{
	static const struct row rows[STATES] = {
		{STATE_DOWN, "...."},
		{STATE_WAITING, "...."},
		{STATE_HELD, "...."},
		{STATE_RESTING, "...."},
		{STATE_LISTENING, "...."},
		{STATE_STARTING, "hhhh"},
		{STATE_UP, "hhhh"},
		{STATE_RELOADING, "hhhh"},
		{STATE_DONE, "hhhh"},
		{STATE_LEAVING, "hhhh"},
		{STATE_STOPPING, "hhhh"},
		{STATE_ABORTING, "hhhh"},
		{STATE_ENDING, "hhhh"},
		{STATE_BACKOFF, "...."},
		{STATE_FAILED, "...."},
	};

	(void)unused;
	assert_holds(rows, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_starts_when_every_gate_is_open),
		cmocka_unit_test(a_service_stops_after_those_bound_to_it),
		cmocka_unit_test(a_machine_that_ends_stops_followers_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
