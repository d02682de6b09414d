/* plan/machine: the table is what cells.def says, each state is what states.def
 * says, and init never talks itself round in a circle. What follows from all of
 * it together is explored in tests/model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/machine.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define A(name) ACTION_BIT(ACTION_##name)

static const char *const event_names[EVENTS] = {
#define EVENT(name) #name,
#include "plan/events.def"
#undef EVENT
};

static const char *const state_names[STATES] = {
#define STATE(name, text, traits) #name,
#include "plan/states.def"
#undef STATE
};

static const struct cell {
	enum state state;
	enum event event;
	enum state next;
	uint32_t actions;
} cells[] = {

#define CELL(state, event, next, actions) \
	{STATE_##state, EVENT_##event, STATE_##next, actions},
#include "plan/cells.def"
#undef CELL
};

static void every_cell_is_what_the_list_says(void **unused)
{
	unsigned met = 0;

	(void)unused;
	for (size_t i = 0; i < COUNT(cells); i++) {
		struct transition is =
			machine_step(cells[i].state, cells[i].event);

		if (is.next != cells[i].next || is.actions != cells[i].actions)
			fail_msg("%s at %s stands twice in the list",
				event_names[cells[i].event],
				state_names[cells[i].state]);
	}
	for (unsigned s = 0; s < STATES; s++)
		for (unsigned e = 0; e < EVENTS; e++) {
			struct transition is =
				machine_step((enum state)s, (enum event)e);

			met += is.next != s || is.actions;
		}
	assert_int_equal(met, COUNT(cells));
}

static void every_state_is_named_and_sorted(void **unused)
{
	static const struct {
		enum state state;
		const char *text;
		bool up;
		bool running;
		bool moving;
	} all[] = {
		{STATE_DOWN, "down", false, false, false},
		{STATE_WAITING, "waiting", false, false, false},
		{STATE_HELD, "held", false, false, false},
		{STATE_RESTING, "resting", false, false, false},
		{STATE_LISTENING, "listening", true, false, false},
		{STATE_STARTING, "starting", false, true, true},
		{STATE_UP, "up", true, true, false},
		{STATE_RELOADING, "reloading", true, true, true},
		{STATE_DONE, "done", true, false, false},
		{STATE_LEAVING, "stopping", false, true, true},
		{STATE_STOPPING, "stopping", false, true, true},
		{STATE_ABORTING, "aborting", false, true, true},
		{STATE_ENDING, "ending", false, true, true},
		{STATE_BACKOFF, "back-off", false, false, false},
		{STATE_FAILED, "failed", false, false, false},
	};

	(void)unused;
	assert_int_equal(COUNT(all), STATES);
	for (size_t i = 0; i < STATES; i++) {
		assert_string_equal(state_text(all[i].state), all[i].text);
		assert_int_equal(state_is_up(all[i].state), all[i].up);
		assert_int_equal(
			state_is_running(all[i].state), all[i].running);
		assert_int_equal(state_is_moving(all[i].state), all[i].moving);
	}
	assert_string_equal(state_text(STATES), "?");
	assert_string_equal(state_text(UINT32_MAX), "?");
}

static void no_conclusion_leads_back_to_itself(void **unused)
{
	bool reaches[STATES][STATES] = {{false}};

	(void)unused;
	for (size_t i = 0; i < COUNT(cells); i++)
		if (cells[i].event >= EVENT_GO)
			reaches[cells[i].state][cells[i].next] = true;
	for (unsigned k = 0; k < STATES; k++)
		for (unsigned i = 0; i < STATES; i++)
			for (unsigned j = 0; reaches[i][k] && j < STATES; j++)
				reaches[i][j] |= reaches[k][j];
	for (unsigned s = 0; s < STATES; s++)
		if (reaches[s][s])
			fail_msg("from %s back to it without an event from "
				 "outside",
				state_names[s]);
}

static void no_step_sets_two_clocks(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(cells); i++)
		assert_true(__builtin_popcount(cells[i].actions >>
				    ACTION_CLOCK_START) <= 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_what_the_list_says),
		cmocka_unit_test(every_state_is_named_and_sorted),
		cmocka_unit_test(no_conclusion_leads_back_to_itself),
		cmocka_unit_test(no_step_sets_two_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
