/* plan/life: what becomes of a service that has ended, by its stanza, by how
 * it ended and by what it did before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/life.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define WINDOW_MS 60000U

/* A daemon with the table's defaults, but no limit. */
static const struct service usual = {
	.type = TYPE_DAEMON,
	.restart = RESTART_ALWAYS,
	.healthy_delay_ms = 0,
	.first_delay_ms = 100,
	.longest_delay_ms = 30000,
};

static const struct life fresh;

/* By itself, after a run that is not healthy. */
static struct life_end ended(enum ended how, int32_t code)
{
	return (struct life_end){how, code, 10, true, false, false, false};
}

static struct life_end crashed(void)
{
	return ended(ENDED_EXIT, 1);
}

static struct life_end ran(uint64_t ms)
{
	return (struct life_end){ENDED_EXIT, 1, ms, true, false, false, false};
}

static struct life_end short_of(int32_t error)
{
	return (struct life_end){
		ENDED_BUILD, error, 0, true, false, false, false};
}

static struct life_verdict weigh(
	const struct service *service, struct life *life, struct life_end end)
{
	return life_weigh(service, life, &end, 0);
}

/* The verdict is a restart after so long, and the life tells of it. */
static void assert_restarts(const struct service *service, struct life *life,
	struct life_end end, uint32_t delay_ms)
{
	uint32_t restarts = life->restarts;
	struct life_verdict verdict = weigh(service, life, end);

	assert_int_equal(verdict.event,
		delay_ms ? EVENT_EMPTY_BACKOFF : EVENT_EMPTY_AGAIN);
	assert_int_equal(verdict.delay_ms, delay_ms);
	assert_false(verdict.limit);
	assert_int_equal(life->restarts, restarts + 1);
}

/* --- by how it ended ------------------------------------------------------ */

static const struct {
	enum ended how;
	int32_t code;
	/* daemon, then oneshot, each with always, on-failure, never: again,
	 * down, done, failed */
	const char *verdicts;
} ends[] = {
	{ENDED_EXIT, 0, "add aoo"},
	{ENDED_EXIT, 1, "aaf aaf"},
	{ENDED_EXIT, 255, "aaf aaf"},
	/* no signal, but the number of one */
	{ENDED_EXIT, SIGTERM, "aaf aaf"},
	/* an error that passes, were it of a build */
	{ENDED_EXIT, EAGAIN, "aaf aaf"},
	{ENDED_SIGNAL, SIGHUP, "add aaf"},
	{ENDED_SIGNAL, SIGINT, "add aaf"},
	{ENDED_SIGNAL, SIGTERM, "add aaf"},
	{ENDED_SIGNAL, SIGPIPE, "add aaf"},
	{ENDED_SIGNAL, SIGQUIT, "aaf aaf"},
	{ENDED_SIGNAL, SIGKILL, "aaf aaf"},
	{ENDED_SIGNAL, SIGSEGV, "aaf aaf"},
	{ENDED_SIGNAL, SIGABRT, "aaf aaf"},
	{ENDED_SIGNAL, SIGALRM, "aaf aaf"},
	{ENDED_SIGNAL, SIGUSR1, "aaf aaf"},
	{ENDED_SIGNAL, SIGSYS, "aaf aaf"},
	/* no exit code */
	{ENDED_SIGNAL, 0, "aaf aaf"},
	{ENDED_OOM, 0, "aaf aaf"},
	{ENDED_OOM, SIGKILL, "aaf aaf"},
	{ENDED_OOM, SIGTERM, "aaf aaf"},
	{ENDED_BUILD, ENOENT, "aaf aaf"},
	{ENDED_BUILD, EACCES, "aaf aaf"},
	{ENDED_BUILD, EROFS, "aaf aaf"},
	{ENDED_BUILD, 0, "aaf aaf"},
	{ENDED_TIMEOUT, 0, "aaf aaf"},
	{ENDED_TIMEOUT, SIGKILL, "aaf aaf"},
	{ENDED_TIMEOUT, EAGAIN, "aaf aaf"},
};

static const uint8_t types[] = {TYPE_DAEMON, TYPE_ONESHOT};
static const uint8_t restarts_when[] = {
	RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER};

static char letter_of(enum event event)
{
	if (event == EVENT_EMPTY_BACKOFF || event == EVENT_EMPTY_AGAIN)
		return 'a';
	if (event == EVENT_EMPTY_DOWN)
		return 'd';
	return event == EVENT_EMPTY_DONE ? 'o' : 'f';
}

static void restart_decides_by_how_it_ended(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++)
		for (size_t j = 0; j < 6; j++) {
			char wanted = ends[i].verdicts[j + (j > 2)];
			struct service service = usual;
			struct life life = fresh;
			struct life_verdict verdict;

			service.type = types[j / 3];
			service.restart = restarts_when[j % 3];
			verdict = weigh(&service, &life,
				ended(ends[i].how, ends[i].code));
			if (letter_of(verdict.event) != wanted)
				fail_msg("line %zu, column %zu: %c, not %c", i,
					j, letter_of(verdict.event), wanted);
			assert_false(verdict.limit);
			assert_int_equal(
				verdict.delay_ms, wanted == 'a' ? 100 : 0);
			assert_int_equal(life.restarts, wanted == 'a');
		}
}

static void clean_is_exit_0_and_a_few_signals_of_a_daemon(void **state)
{
	struct service oneshot = usual;
	struct service group = usual;
	uint32_t clean = 0;

	(void)state;
	oneshot.type = TYPE_ONESHOT;
	group.type = TYPE_GROUP;
	assert_true(life_is_clean(&usual, ENDED_EXIT, 0));
	assert_true(life_is_clean(&oneshot, ENDED_EXIT, 0));
	assert_true(life_is_clean(&group, ENDED_EXIT, 0));
	for (int32_t code = 1; code < 256; code++)
		assert_false(life_is_clean(&usual, ENDED_EXIT, code));
	for (int32_t number = 0; number <= SIGRTMAX; number++) {
		clean += life_is_clean(&usual, ENDED_SIGNAL, number);
		assert_false(life_is_clean(&oneshot, ENDED_SIGNAL, number));
		assert_false(life_is_clean(&usual, ENDED_OOM, number));
		assert_false(life_is_clean(&usual, ENDED_BUILD, number));
		assert_false(life_is_clean(&usual, ENDED_TIMEOUT, number));
		assert_false(life_is_clean(&usual, ENDED_NEVER, number));
	}
	assert_int_equal(clean, 4);
	assert_true(life_is_clean(&usual, ENDED_SIGNAL, SIGHUP));
	assert_true(life_is_clean(&usual, ENDED_SIGNAL, SIGINT));
	assert_true(life_is_clean(&usual, ENDED_SIGNAL, SIGTERM));
	assert_true(life_is_clean(&usual, ENDED_SIGNAL, SIGPIPE));
}

/* --- when somebody had a say ---------------------------------------------- */

/* Every end of every kind of service, with the life it had until then. */
static void weigh_all(bool wanted, bool asked, enum event event)
{
	for (size_t i = 0; i < COUNT(ends); i++)
		for (size_t j = 0; j < 6; j++) {
			struct service service = usual;
			struct life life = {
				.restarts = 7, .delay_ms = 400, .count = 1};
			struct life_verdict verdict;

			service.type = types[j / 3];
			service.restart = restarts_when[j % 3];
			service.limit_count = 1;
			service.limit_window_ms = WINDOW_MS;
			verdict = weigh(&service, &life,
				(struct life_end){ends[i].how, ends[i].code, 10,
					wanted, asked, false, false});
			assert_int_equal(verdict.event, event);
			assert_int_equal(verdict.delay_ms, 0);
			assert_false(verdict.limit);
			assert_int_equal(life.restarts, 7);
			assert_int_equal(life.count, 1);
		}
}

static void what_is_not_wanted_stays_down(void **state)
{
	(void)state;
	weigh_all(false, false, EVENT_EMPTY_DOWN);
	weigh_all(false, true, EVENT_EMPTY_DOWN);
}

static void what_was_asked_to_restart_does_so_at_once(void **state)
{
	(void)state;
	weigh_all(true, true, EVENT_EMPTY_AGAIN);
}

static void shortages_do_not_keep_down_what_was_asked_to_restart(void **state)
{
	struct life life = fresh;
	struct life_end end = short_of(EAGAIN);
	struct life_verdict verdict;

	(void)state;
	end.asked = true;
	verdict = weigh(&usual, &life, end);
	assert_int_equal(verdict.event, EVENT_EMPTY_AGAIN);
	end.wanted = false;
	verdict = weigh(&usual, &life, end);
	assert_int_equal(verdict.event, EVENT_EMPTY_DOWN);
}

static void a_restart_that_was_asked_for_takes_the_delay_back(void **state)
{
	struct life life = fresh;
	struct life_end asked = crashed();

	(void)state;
	asked.asked = true;
	assert_restarts(&usual, &life, crashed(), 100);
	assert_restarts(&usual, &life, crashed(), 200);
	weigh(&usual, &life, asked);
	assert_restarts(&usual, &life, crashed(), 100);
}

/* --- delays --------------------------------------------------------------- */

static void the_delay_doubles_up_to_the_longest(void **state)
{
	static const uint32_t delays_ms[] = {100, 200, 400, 800, 1600, 3200,
		6400, 12800, 25600, 30000, 30000, 30000};
	struct life life = fresh;

	(void)state;
	for (size_t i = 0; i < COUNT(delays_ms); i++)
		assert_restarts(&usual, &life, crashed(), delays_ms[i]);
}

static void the_longest_may_be_the_first(void **state)
{
	struct service service = usual;
	struct life life = fresh;

	(void)state;
	service.first_delay_ms = 700;
	service.longest_delay_ms = 700;
	for (unsigned i = 0; i < 5; i++)
		assert_restarts(&service, &life, crashed(), 700);
}

static void every_bad_end_doubles_the_delay(void **state)
{
	struct life life = fresh;

	(void)state;
	assert_restarts(&usual, &life, ended(ENDED_EXIT, 1), 100);
	assert_restarts(&usual, &life, ended(ENDED_SIGNAL, SIGSEGV), 200);
	assert_restarts(&usual, &life, ended(ENDED_OOM, SIGKILL), 400);
	assert_restarts(&usual, &life, ended(ENDED_BUILD, ENOENT), 800);
	assert_restarts(&usual, &life, ended(ENDED_TIMEOUT, 0), 1600);
	/* clean, but too soon */
	assert_restarts(&usual, &life, ended(ENDED_EXIT, 0), 3200);
}

static void a_run_of_a_second_is_healthy(void **state)
{
	struct service service = usual;
	struct life life = fresh;

	(void)state;
	assert_int_equal(LIFE_HEALTHY_MS, 1000);
	service.healthy_delay_ms = 30;
	assert_restarts(&service, &life, ran(999), 100);
	assert_restarts(&service, &life, ran(999), 200);
	assert_restarts(&service, &life, ran(1000), 30);
	assert_restarts(&service, &life, ran(1000), 30);
	assert_restarts(&service, &life, ran(999), 100);
	assert_restarts(&service, &life, ran(0), 200);
	assert_restarts(&service, &life, ran(UINT64_MAX), 30);
	assert_restarts(&service, &life, ran(1ULL << 32), 30);
	service.healthy_delay_ms = 0;
	assert_restarts(&service, &life, ran(1000), 0);
	assert_restarts(&service, &life, ran(999), 100);
}

static void what_was_never_up_was_never_healthy(void **state)
{
	struct life life = fresh;
	struct life_end end = ran(3600000);

	(void)state;
	end.ended = ENDED_TIMEOUT;
	assert_restarts(&usual, &life, end, 100);
	assert_restarts(&usual, &life, end, 200);
	end.ended = ENDED_BUILD;
	end.code = ENOENT;
	assert_restarts(&usual, &life, end, 400);
	end.ended = ENDED_OOM;
	assert_restarts(&usual, &life, end, 0);
}

static void no_delay_stays_none(void **state)
{
	struct service service = usual;
	struct life life = fresh;

	(void)state;
	service.first_delay_ms = 0;
	service.longest_delay_ms = 0;
	for (unsigned i = 0; i < 5; i++)
		assert_restarts(&service, &life, crashed(), 0);
	assert_restarts(&service, &life, ran(1000), 0);
	/* twice nothing is nothing */
	service.longest_delay_ms = 30000;
	for (unsigned i = 0; i < 5; i++)
		assert_restarts(&service, &life, crashed(), 0);
}

static void delays_do_not_wrap_around(void **state)
{
	struct service service = usual;
	struct life life = fresh;

	(void)state;
	service.longest_delay_ms = UINT32_MAX;
	service.first_delay_ms = 0x80000000U;
	assert_restarts(&service, &life, crashed(), 0x80000000U);
	assert_restarts(&service, &life, crashed(), UINT32_MAX);
	assert_restarts(&service, &life, crashed(), UINT32_MAX);
	life = fresh;
	service.first_delay_ms = 0x7fffffffU;
	assert_restarts(&service, &life, crashed(), 0x7fffffffU);
	assert_restarts(&service, &life, crashed(), 0xfffffffeU);
	assert_restarts(&service, &life, crashed(), UINT32_MAX);
	life = fresh;
	service.longest_delay_ms = 0x90000000U;
	service.first_delay_ms = 0x60000000U;
	assert_restarts(&service, &life, crashed(), 0x60000000U);
	assert_restarts(&service, &life, crashed(), 0x90000000U);
	assert_restarts(&service, &life, crashed(), 0x90000000U);
}

/* --- the limit ------------------------------------------------------------ */

static struct service limited(uint32_t count)
{
	struct service service = usual;

	service.limit_count = count;
	service.limit_window_ms = WINDOW_MS;
	return service;
}

/* That many restarts at this time, then the limit: true. */
static bool reaches_limit_after(const struct service *service,
	struct life *life, uint32_t count, uint64_t now_ms)
{
	struct life_end end = crashed();
	struct life_verdict verdict;

	for (uint32_t i = 0; i < count; i++) {
		verdict = life_weigh(service, life, &end, now_ms);
		if (verdict.event != EVENT_EMPTY_BACKOFF || verdict.limit)
			return false;
	}
	verdict = life_weigh(service, life, &end, now_ms);
	return verdict.event == EVENT_EMPTY_FAILED && verdict.limit &&
		!verdict.delay_ms;
}

static void as_many_restarts_as_the_limit_and_no_more(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= 20; count++) {
		struct service service = limited(count);
		struct life life = fresh;

		assert_true(reaches_limit_after(&service, &life, count, 0));
		assert_int_equal(life.restarts, count);
	}
}

static void after_the_limit_all_counts_start_anew(void **state)
{
	struct service service = limited(3);
	struct life life = fresh;

	(void)state;
	assert_true(reaches_limit_after(&service, &life, 3, 5000));
	assert_restarts(&service, &life, crashed(), 100);
	life = fresh;
	for (unsigned i = 0; i < 4; i++)
		assert_true(reaches_limit_after(&service, &life, 3, 5000));
	assert_int_equal(life.restarts, 12);
}

/* The window begins with the first restart that is counted, at any time. */
static void the_window_ends_on_its_millisecond(void **state)
{
	static const uint64_t begins_ms[] = {
		0, 1, 777, UINT32_MAX - 5U, UINT32_MAX, 1ULL << 40};
	struct service service = limited(2);

	(void)state;
	for (size_t i = 0; i < COUNT(begins_ms); i++) {
		struct life_end end = crashed();
		struct life before = fresh;
		struct life life;

		life_weigh(&service, &before, &end, begins_ms[i]);
		life = before;
		assert_true(reaches_limit_after(
			&service, &life, 1, begins_ms[i] + WINDOW_MS - 1));
		life = before;
		assert_true(reaches_limit_after(
			&service, &life, 2, begins_ms[i] + WINDOW_MS));
	}
}

static void a_slow_loop_never_reaches_the_limit(void **state)
{
	struct service service = limited(3);
	struct life life = fresh;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct life_end end = crashed();

		assert_int_equal(
			life_weigh(&service, &life, &end, i * (WINDOW_MS / 3))
				.event,
			EVENT_EMPTY_BACKOFF);
	}
	assert_int_equal(life.restarts, 1000);
}

static void healthy_runs_count_too(void **state)
{
	struct service service = limited(2);
	struct life life = fresh;
	struct life_verdict verdict;

	(void)state;
	assert_restarts(&service, &life, ran(5000), 0);
	assert_restarts(&service, &life, ended(ENDED_EXIT, 0), 100);
	verdict = weigh(&service, &life, ran(5000));
	assert_int_equal(verdict.event, EVENT_EMPTY_FAILED);
	assert_true(verdict.limit);
}

static void asked_restarts_do_not_count(void **state)
{
	struct service service = limited(2);
	struct life life = fresh;
	struct life_end asked = crashed();

	(void)state;
	asked.asked = true;
	assert_restarts(&service, &life, crashed(), 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(
			weigh(&service, &life, asked).event, EVENT_EMPTY_AGAIN);
	assert_int_equal(life.restarts, 1);
	assert_true(reaches_limit_after(&service, &life, 1, 0));
}

/* A failure that is final by `restart` is not the limit's. */
static void what_is_not_restarted_reaches_no_limit(void **state)
{
	struct service service = limited(1);
	struct life life = fresh;

	(void)state;
	service.restart = RESTART_NEVER;
	for (unsigned i = 0; i < 10; i++) {
		struct life_verdict verdict = weigh(&service, &life, crashed());

		assert_int_equal(verdict.event, EVENT_EMPTY_FAILED);
		assert_false(verdict.limit);
	}
	assert_int_equal(life.restarts, 0);
}

static void count_0_is_no_limit(void **state)
{
	struct service service = limited(0);
	struct life life = fresh;

	(void)state;
	service.longest_delay_ms = 100;
	for (unsigned i = 0; i < 10000; i++)
		assert_restarts(&service, &life, crashed(), 100);
	service.limit_window_ms = 0;
	for (unsigned i = 0; i < 10000; i++)
		assert_restarts(&service, &life, crashed(), 100);
}

/* --- when the machine is short of something ------------------------------- */

static const int32_t shortages[] = {EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC};

static void a_shortage_is_retried_whatever_restart_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shortages); i++)
		for (size_t j = 0; j < 6; j++) {
			struct service service = usual;
			struct life life = fresh;

			service.type = types[j / 3];
			service.restart = restarts_when[j % 3];
			assert_restarts(&service, &life, short_of(shortages[i]),
				LIFE_SHORT_MS);
		}
}

static void only_a_build_is_short_of_something(void **state)
{
	static const enum ended others[] = {
		ENDED_EXIT, ENDED_SIGNAL, ENDED_OOM, ENDED_TIMEOUT};
	struct service service = usual;

	(void)state;
	service.restart = RESTART_NEVER;
	for (size_t i = 0; i < COUNT(shortages); i++)
		for (size_t j = 0; j < COUNT(others); j++) {
			struct life life = fresh;

			assert_int_equal(weigh(&service, &life,
						 ended(others[j], shortages[i]))
						 .event,
				EVENT_EMPTY_FAILED);
		}
}

static void a_shortage_is_retried_less_and_less_often(void **state)
{
	static const uint32_t delays_ms[] = {100, 200, 400, 800, 800, 800};
	struct life life = fresh;

	(void)state;
	for (size_t i = 0; i < COUNT(delays_ms); i++)
		assert_restarts(&usual, &life, short_of(ENOMEM), delays_ms[i]);
}

/* Not even a service without delays may take the CPU of a machine in need. */
static void a_shortage_always_waits(void **state)
{
	struct service service = usual;
	struct life life = fresh;

	(void)state;
	service.first_delay_ms = 0;
	service.longest_delay_ms = 0;
	for (uint32_t ms = LIFE_SHORT_MS; ms < LIFE_SHORT_LONGEST_MS; ms *= 2)
		assert_restarts(&service, &life, short_of(EMFILE), ms);
	for (unsigned i = 0; i < 5; i++)
		assert_restarts(&service, &life, short_of(EMFILE),
			LIFE_SHORT_LONGEST_MS);
}

static void shortages_do_not_count_for_the_limit(void **state)
{
	struct service service = limited(3);
	struct life life = fresh;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(weigh(&service, &life, short_of(EAGAIN)).event,
			EVENT_EMPTY_BACKOFF);
	assert_int_equal(life.restarts, 100);
	assert_true(reaches_limit_after(&service, &life, 3, 0));
	life = fresh;
	assert_restarts(&service, &life, crashed(), 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(weigh(&service, &life, short_of(ENFILE)).event,
			EVENT_EMPTY_BACKOFF);
	assert_true(reaches_limit_after(&service, &life, 2, 0));
}

/* restart-delay says the least after an unhealthy run, whatever happened
 * before that run. */
static void after_a_shortage_the_first_delay_is_not_shorter(void **state)
{
	struct service service = usual;
	struct life life = fresh;
	struct life_verdict verdict;

	(void)state;
	service.first_delay_ms = 5000;
	assert_restarts(&service, &life, short_of(EAGAIN), LIFE_SHORT_MS);
	verdict = weigh(&service, &life, crashed());
	assert_int_equal(verdict.event, EVENT_EMPTY_BACKOFF);
	assert_in_range(verdict.delay_ms, 5000, 30000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(restart_decides_by_how_it_ended),
		cmocka_unit_test(clean_is_exit_0_and_a_few_signals_of_a_daemon),
		cmocka_unit_test(what_is_not_wanted_stays_down),
		cmocka_unit_test(what_was_asked_to_restart_does_so_at_once),
		cmocka_unit_test(
			shortages_do_not_keep_down_what_was_asked_to_restart),
		cmocka_unit_test(
			a_restart_that_was_asked_for_takes_the_delay_back),
		cmocka_unit_test(the_delay_doubles_up_to_the_longest),
		cmocka_unit_test(the_longest_may_be_the_first),
		cmocka_unit_test(every_bad_end_doubles_the_delay),
		cmocka_unit_test(a_run_of_a_second_is_healthy),
		cmocka_unit_test(what_was_never_up_was_never_healthy),
		cmocka_unit_test(no_delay_stays_none),
		cmocka_unit_test(delays_do_not_wrap_around),
		cmocka_unit_test(as_many_restarts_as_the_limit_and_no_more),
		cmocka_unit_test(after_the_limit_all_counts_start_anew),
		cmocka_unit_test(the_window_ends_on_its_millisecond),
		cmocka_unit_test(a_slow_loop_never_reaches_the_limit),
		cmocka_unit_test(healthy_runs_count_too),
		cmocka_unit_test(asked_restarts_do_not_count),
		cmocka_unit_test(what_is_not_restarted_reaches_no_limit),
		cmocka_unit_test(count_0_is_no_limit),
		cmocka_unit_test(a_shortage_is_retried_whatever_restart_says),
		cmocka_unit_test(only_a_build_is_short_of_something),
		cmocka_unit_test(a_shortage_is_retried_less_and_less_often),
		cmocka_unit_test(a_shortage_always_waits),
		cmocka_unit_test(shortages_do_not_count_for_the_limit),
		cmocka_unit_test(
			after_a_shortage_the_first_delay_is_not_shorter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
