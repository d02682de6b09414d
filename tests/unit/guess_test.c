/* svc/guess: which name was meant. The source is included, since the tool is no
 * archive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "svc/guess.c"

static const char *meant(const char *name)
{
	static const char *const known[] = {"fellow", "web", "mounts"};
	static struct guess guess;

	guess_begin(&guess, name);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		guess_take(&guess, known[i]);
	return guess.nearest;
}

static void finds_what_is_near(void **state)
{
	(void)state;
	assert_string_equal(meant("felow"), "fellow");
	assert_string_equal(meant("mount"), "mounts");
	assert_string_equal(meant("wbe"), "web");
	assert_string_equal(meant("elsewhere"), "");
	assert_string_equal(meant(""), "");
}

static void takes_the_nearest(void **state)
{
	struct guess guess;

	(void)state;
	guess_begin(&guess, "gateway-one");
	guess_take(&guess, "gateway-ten");
	guess_take(&guess, "gateway-onr");
	guess_take(&guess, "gateway-onrs");
	assert_string_equal(guess.nearest, "gateway-onr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_near),
		cmocka_unit_test(takes_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
