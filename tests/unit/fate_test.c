/* plan/fate: what tests/model does not see: who is told, what is remembered
 * beyond a run, and what holds up whom, shown with two services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/fate.h"
#include <errno.h>
#include <string.h>

#define A(name) ACTION_BIT(ACTION_##name)
#define NOW_MS 100000U

static struct {
	struct table table;
	struct service services[2];
	struct edge waits;
	struct edge follower;
} memory;

static struct fates f;
static struct fate fates[2];

static table_at at(const void *place)
{
	return (table_at)((const char *)place - (const char *)&memory);
}

/* Two daemons; the second one waits for the first. */
static void make(enum edge_kind kind)
{
	memset(&memory, 0, sizeof(memory));
	memset(fates, 0, sizeof(fates));
	memory.table.services = (struct list){at(memory.services), 2};
	memory.waits = (struct edge){0, kind};
	memory.follower = (struct edge){1, kind};
	memory.services[0].followers = (struct list){at(&memory.follower), 1};
	memory.services[1].waits = (struct list){at(&memory.waits), 1};
	for (unsigned i = 0; i < 2; i++) {
		memory.services[i].first_delay_ms = 100;
		memory.services[i].longest_delay_ms = 100;
	}
	fate_begin(&f, &memory.table, fates);
	f.room = true;
}

/* What is done about one, by event and all that follows. */
static uint32_t turn(uint32_t i)
{
	uint32_t done = 0;
	uint32_t index;

	for (unsigned n = 0; n < 64; n++) {
		uint32_t bits = fate_turn(&f, &index, NOW_MS);

		if (index == FATE_NONE)
			return done;
		if (index == i)
			done |= bits;
	}
	fail_msg("looks for ever");
	return 0;
}

static uint32_t tell(uint32_t i, enum event event)
{
	uint32_t bits = fate_event(&f, i, event, NOW_MS);

	return bits | turn(i);
}

static void assert_is(uint32_t i, enum state state)
{
	if (fates[i].state != state)
		fail_msg("%u is %s, not %s", i, state_text(fates[i].state),
			state_text(state));
}

static void run(uint32_t i)
{
	tell(i, EVENT_WANT);
	tell(i, EVENT_EXECUTED);
	assert_is(i, STATE_UP);
}

static void end(uint32_t i, enum ended ended, int32_t code)
{
	fate_note_end(&fates[i], ended, code, NOW_MS);
	assert_int_equal(tell(i, EVENT_ENDED), A(END) | A(CLOCK_END));
	assert_int_equal(tell(i, EVENT_GONE), A(REMOVE));
}

/* --- what is stuck -------------------------------------------------------- */

static void get_stuck(uint32_t i)
{
	run(i);
	fate_note_end(&fates[i], ENDED_EXIT, 0, NOW_MS);
	tell(i, EVENT_ENDED);
	for (unsigned n = 0; n < FATE_LOOKS_MOST; n++)
		assert_int_equal(
			tell(i, EVENT_TIMEOUT), A(KILL) | A(CLOCK_END));
	assert_true(tell(i, EVENT_TIMEOUT) & A(TELL_STUCK));
	assert_is(i, STATE_FAILED);
}

static void what_is_stuck_is_not_built_again(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	get_stuck(0);
	assert_false(tell(0, EVENT_START) & A(BUILD));
	assert_is(0, STATE_WAITING);
	assert_true(tell(0, EVENT_UNSTUCK) & A(BUILD));
	assert_is(0, STATE_STARTING);
}

static void what_is_stuck_holds_up_only_those_that_need_it(void **unused)
{
	static const struct {
		enum edge_kind kind;
		enum state state;
	} all[] = {
		{EDGE_AFTER, STATE_STARTING},
		{EDGE_WANTS, STATE_STARTING},
		{EDGE_NEEDS, STATE_WAITING},
		{EDGE_BOUND, STATE_WAITING},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		make(all[i].kind);
		get_stuck(0);
		tell(0, EVENT_START);
		tell(1, EVENT_WANT);
		assert_is(1, all[i].state);
	}
}

static void what_is_never_restarted_is_left_alone_when_unstuck(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].restart = RESTART_NEVER;
	get_stuck(0);
	tell(0, EVENT_UNSTUCK);
	assert_is(0, STATE_FAILED);
	fates[0].traits = FATE_TIMED;
	fates[0].stuck = true;
	tell(0, EVENT_UNSTUCK);
	assert_is(0, STATE_RESTING);
}

/* --- when it ends --------------------------------------------------------- */

static void an_end_is_weighed_once(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	run(0);
	assert_int_equal(tell(0, EVENT_EMPTY), 0);
	end(0, ENDED_EXIT, 1);
	assert_int_equal(tell(0, EVENT_EMPTY), A(TELL_END) | A(CLOCK_BACKOFF));
	assert_int_equal(fates[0].life.restarts, 1);
	assert_int_equal(fates[0].delay_ms, 100);
	assert_int_equal(tell(0, EVENT_EMPTY), 0);
	assert_int_equal(fates[0].life.restarts, 1);
}

static void the_first_word_about_an_end_counts(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	run(0);
	fate_note_end(&fates[0], ENDED_EXIT, 3, NOW_MS);
	fate_note_end(&fates[0], ENDED_SIGNAL, 9, NOW_MS + 5);
	assert_int_equal(fates[0].ended, ENDED_EXIT);
	assert_int_equal(fates[0].code, 3);
	assert_int_equal(fates[0].ended_ms, NOW_MS + 5);
}

static void a_start_that_took_too_long_keeps_its_cause(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].ready = READY_EXIT;
	tell(0, EVENT_WANT);
	tell(0, EVENT_TIMEOUT);
	fate_note_failure(&fates[0], ECHILD);
	assert_int_equal(fates[0].ended, ENDED_TIMEOUT);
	make(EDGE_AFTER);
	tell(0, EVENT_WANT);
	fate_note_failure(&fates[0], ENOENT);
	assert_int_equal(fates[0].ended, ENDED_BUILD);
	assert_int_equal(fates[0].code, ENOENT);
}

static void what_is_ill_ends_by_its_watchdog(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	run(0);
	assert_int_equal(tell(0, EVENT_UNHEALTHY), A(ABORT) | A(CLOCK_STOP));
	assert_int_equal(fates[0].ended, ENDED_WATCHDOG);
	assert_int_equal(tell(0, EVENT_UNHEALTHY), 0);
	assert_int_equal(tell(0, EVENT_TIMEOUT), A(KILL) | A(CLOCK_END));
	tell(0, EVENT_GONE);
	tell(0, EVENT_EMPTY);
	assert_is(0, STATE_BACKOFF);
}

static void another_stanza_begins_with_new_limits(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].limit_count = 1;
	memory.services[0].limit_window_ms = 1000;
	tell(0, EVENT_CHANGED);
	assert_is(0, STATE_DOWN);
	run(0);
	end(0, ENDED_EXIT, 1);
	tell(0, EVENT_EMPTY);
	assert_is(0, STATE_BACKOFF);
	assert_int_equal(fates[0].life.count, 1);
	assert_true(tell(0, EVENT_CHANGED) & A(BUILD));
	assert_int_equal(fates[0].life.count, 0);
	assert_int_equal(fates[0].life.delay_ms, 0);
	assert_int_equal(fates[0].life.restarts, 1);
	tell(0, EVENT_EXECUTED);
	tell(0, EVENT_CHANGED);
	assert_is(0, STATE_STOPPING);
}

static void what_no_table_has_is_not_started_again(void **unused)
{
	(void)unused;
	make(EDGE_NEEDS);
	run(0);
	run(1);
	tell(0, EVENT_DROPPED);
	end(0, ENDED_EXIT, 0);
	tell(0, EVENT_EMPTY);
	tell(0, EVENT_START);
	tell(1, EVENT_WANT);
	assert_is(0, STATE_DOWN);
}

/* --- what is waited for --------------------------------------------------- */

static void a_prompt_waits_for_the_end_of_the_boot(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	fates[0].traits = FATE_TERMINAL;
	f.quiet_ms = NOW_MS + 1;
	assert_int_equal(tell(0, EVENT_WANT), A(CLOCK_QUIET));
	assert_true(fate_is_held(&f, 0, NOW_MS));
	assert_false(fate_is_held(&f, 0, NOW_MS + 1));
	f.quiet_ms = NOW_MS;
	assert_true(tell(0, EVENT_TIMEOUT) & A(BUILD));
}

static void no_room_is_waited_for_in_line(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	f.room = false;
	assert_int_equal(tell(0, EVENT_WANT), A(LINE));
	memory.services[1].type = TYPE_GROUP;
	tell(1, EVENT_WANT);
	assert_is(1, STATE_WAITING);
	f.room = true;
	fate_look_later(&f, 0);
	assert_true(turn(0) & A(BUILD));
}

static void whom_it_waits_for_can_be_told(void **unused)
{
	(void)unused;
	make(EDGE_NEEDS);
	tell(1, EVENT_WANT);
	assert_is(0, STATE_STARTING);
	assert_ptr_equal(fate_waits_for(&f, 1), &memory.waits);
	assert_null(fate_waits_for(&f, 0));
	tell(0, EVENT_EXECUTED);
	assert_null(fate_waits_for(&f, 1));
	assert_is(1, STATE_STARTING);
}

static void a_fault_is_never_started(void **unused)
{
	(void)unused;
	make(EDGE_NEEDS);
	memory.services[0].flags = SERVICE_FAULTY;
	fate_begin(&f, &memory.table, fates);
	f.room = true;
	assert_true(tell(1, EVENT_WANT) & A(TELL_BLOCKED));
	assert_is(0, STATE_FAILED);
	assert_is(1, STATE_FAILED);
	assert_false(fate_is_healthy(&fates[1]));
}

static void a_lost_condition_uses_up_no_restart(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].limit_count = 1;
	memory.services[0].limit_window_ms = 1000000;
	for (unsigned n = 0; n < 5; n++) {
		run(0);
		tell(0, EVENT_CONDITION_DOWN);
		end(0, ENDED_EXIT, 1);
		tell(0, EVENT_EMPTY);
		assert_is(0, STATE_HELD);
		assert_int_equal(fates[0].life.count, 0);
		tell(0, EVENT_CONDITION_UP);
		assert_is(0, STATE_STARTING);
	}
}

static void a_condition_starts_what_had_ended_by_itself(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].restart = RESTART_NEVER;
	for (unsigned n = 0; n < 2; n++) {
		fates[0].traits = n ? FATE_LOST_RESTART : FATE_LOST_STOP;
		run(0);
		end(0, ENDED_EXIT, 0);
		tell(0, EVENT_EMPTY);
		assert_is(0, STATE_DOWN);
		tell(0, EVENT_CONDITION_DOWN);
		tell(0, EVENT_CONDITION_UP);
		assert_is(0, n ? STATE_STARTING : STATE_DOWN);
	}
	tell(0, EVENT_STOP);
	tell(0, EVENT_CONDITION_DOWN);
	tell(0, EVENT_CONDITION_UP);
	assert_is(0, STATE_STOPPING);
}

static void several_conditions_must_all_hold(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	fates[0].unmet = 2;
	tell(0, EVENT_WANT);
	tell(0, EVENT_CONDITION_UP);
	assert_is(0, STATE_HELD);
	tell(0, EVENT_CONDITION_UP);
	assert_is(0, STATE_STARTING);
	tell(0, EVENT_CONDITION_UP);
	assert_int_equal(fates[0].unmet, 0);
}

static void what_exits_idle_on_demand_is_not_counted(void **unused)
{
	(void)unused;
	make(EDGE_AFTER);
	memory.services[0].limit_count = 1;
	memory.services[0].limit_window_ms = 1000000;
	fates[0].traits = FATE_ON_DEMAND;
	tell(0, EVENT_WANT);
	for (unsigned n = 0; n < 5; n++) {
		assert_is(0, STATE_LISTENING);
		tell(0, EVENT_CALL);
		tell(0, EVENT_EXECUTED);
		fates[0].executed_ms = NOW_MS - LIFE_HEALTHY_MS;
		end(0, ENDED_EXIT, 0);
		tell(0, EVENT_EMPTY);
		assert_int_equal(fates[0].life.count, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_stuck_is_not_built_again),
		cmocka_unit_test(
			what_is_stuck_holds_up_only_those_that_need_it),
		cmocka_unit_test(
			what_is_never_restarted_is_left_alone_when_unstuck),
		cmocka_unit_test(an_end_is_weighed_once),
		cmocka_unit_test(the_first_word_about_an_end_counts),
		cmocka_unit_test(a_start_that_took_too_long_keeps_its_cause),
		cmocka_unit_test(what_is_ill_ends_by_its_watchdog),
		cmocka_unit_test(another_stanza_begins_with_new_limits),
		cmocka_unit_test(what_no_table_has_is_not_started_again),
		cmocka_unit_test(a_prompt_waits_for_the_end_of_the_boot),
		cmocka_unit_test(no_room_is_waited_for_in_line),
		cmocka_unit_test(whom_it_waits_for_can_be_told),
		cmocka_unit_test(a_fault_is_never_started),
		cmocka_unit_test(a_lost_condition_uses_up_no_restart),
		cmocka_unit_test(a_condition_starts_what_had_ended_by_itself),
		cmocka_unit_test(several_conditions_must_all_hold),
		cmocka_unit_test(what_exits_idle_on_demand_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
