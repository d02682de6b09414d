/* Users and groups of a service's own root: what counts, and what is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/account.h"
#include <string.h>

static void take_lines(struct account_found *found,
	const struct account_wanted *wanted, const char *const *lines,
	void (*take)(
		struct account_found *, const struct account_wanted *, char *))
{
	char line[1024];

	for (; *lines; lines++) {
		strcpy(line, *lines);
		take(found, wanted, line);
	}
}

static bool look_up(struct account_found *found,
	const struct account_wanted *wanted, const char *const *users,
	const char *const *groups)
{
	account_begin(found, wanted);
	take_lines(found, wanted, users, account_user);
	take_lines(found, wanted, groups, account_group);
	return account_end(found, wanted);
}

static const char *const no_lines[] = {NULL};
static const char *const users[] = {"", "short:x:1:2",
	"bad:x:-1:5:::", "bad:x:1e3:5:::", "bad:x:4294967295:5:::",
	"bad:x: 5:5:::", "root:x:0:0::/home/root:/bin/ash",
	"www:x:33:34::/srv/www:/bin/ash", "www:x:0:0::/:/",
	"web:x:33:35::relative:", "far:x:4294967294:7::/:/x",
	"more:x:8:9::/:/y:z", NULL};
static const char *const groups[] = {"", "root:x:0", "wheel:x:10:www,root",
	"wheel:x:0:", "bad:x:x:", "short:x", "crew:x:77:a", NULL};

static void finds_names(void **state)
{
	const struct account_wanted wanted = {
		"www", "crew", {"wheel", "7", "root", "crew"}, 4};
	struct account_found found;

	(void)state;
	assert_true(look_up(&found, &wanted, users, groups));
	assert_string_equal(found.name, "www");
	assert_string_equal(found.home, "/srv/www");
	assert_string_equal(found.shell, "/bin/ash");
	assert_int_equal(found.uid, 33);
	assert_int_equal(found.gid, 77);
	assert_int_equal(found.group_count, 4);
	assert_int_equal(found.groups[0], 10);
	assert_int_equal(found.groups[1], 7);
	assert_int_equal(found.groups[2], 0);
	assert_int_equal(found.groups[3], 77);
}

struct row {
	const char *user;
	const char *group;
	uint32_t uid;
	uint32_t gid;
	const char *name;
	const char *home;
	const char *shell;
};

static void finds_all_kinds(void **state)
{
	static const struct row rows[] = {
		{"root", NULL, 0, 0, "root", "/home/root", "/bin/ash"},
		{"33", NULL, 33, 34, "www", "/srv/www", "/bin/ash"},
		{"33", "7", 33, 7, "www", "/srv/www", "/bin/ash"},
		{"web", NULL, 33, 35, "web", "/", "/bin/sh"},
		{"web", "root", 33, 0, "web", "/", "/bin/sh"},
		{"1000", NULL, 1000, 1000, "1000", "/", "/bin/sh"},
		{"far", NULL, 4294967294U, 7, "far", "/", "/x"},
		{"more", NULL, 8, 9, "more", "/", "/y"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct account_wanted wanted = {
			rows[i].user, rows[i].group, {NULL}, 0};
		struct account_found found;

		assert_true(look_up(&found, &wanted, users, groups));
		assert_int_equal(found.uid, rows[i].uid);
		assert_int_equal(found.gid, rows[i].gid);
		assert_string_equal(found.name, rows[i].name);
		assert_string_equal(found.home, rows[i].home);
		assert_string_equal(found.shell, rows[i].shell);
	}
}

static void knows_root_without_files(void **state)
{
	const struct account_wanted wanted = {"root", "root", {"root", "5"}, 2};
	struct account_found found;

	(void)state;
	assert_true(look_up(&found, &wanted, no_lines, no_lines));
	assert_int_equal(found.uid, 0);
	assert_int_equal(found.gid, 0);
	assert_string_equal(found.home, "/root");
	assert_string_equal(found.shell, "/bin/sh");
}

static void says_what_is_missing(void **state)
{
	static const struct {
		struct account_wanted wanted;
		uint32_t missing;
	} rows[] = {
		{{"bad", NULL, {NULL}, 0}, 1},
		{{"short", "wheel", {NULL}, 0}, 1},
		{{"www", "bad", {NULL}, 0}, 2},
		{{"www", "short", {"wheel"}, 1}, 2},
		{{"www", NULL, {"wheel", "no", "none"}, 3}, 4},
		{{"33", "wheel", {"bad"}, 1}, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct account_found found;

		assert_false(look_up(&found, &rows[i].wanted, users, groups));
		assert_int_equal(found.missing, rows[i].missing);
	}
}

static void cuts_what_is_too_long(void **state)
{
	const struct account_wanted wanted = {"long", NULL, {NULL}, 0};
	struct account_found found;
	char line[1024] = "long:x:5:6::/";

	(void)state;
	memset(line + strlen(line), 'h', 300);
	strcat(line, ":/s");
	account_begin(&found, &wanted);
	account_user(&found, &wanted, line);
	assert_true(account_end(&found, &wanted));
	assert_int_equal(found.uid, 5);
	assert_string_equal(found.home, "/");
	assert_string_equal(found.shell, "/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_names),
		cmocka_unit_test(finds_all_kinds),
		cmocka_unit_test(knows_root_without_files),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(cuts_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
