/* What svc explain is told: each key in force for one service. */
#include "fixture.h"

static char seen[8192];
static size_t used;

static void tell(const struct table_told *told, const char *word)
{
	char *to = seen + used;
	size_t size = sizeof(seen) - used;

	if (word)
		used += (size_t)snprintf(to, size, " <%s>", word);
	else if (told->file)
		used += (size_t)snprintf(
			to, size, "\n%s@%u", told->key, told->line);
	else
		used += (size_t)snprintf(
			to, size, "\n%s=%s", told->key, told->fallback);
}

static void explain(const char *text, const char *name)
{
	struct table_text file = {"t.tab", text, strlen(text)};
	struct table_input input = {.files = &file,
		.file_count = 1,
		.explained = name,
		.tell = tell};
	struct built b;

	used = 0;
	seen[0] = '\0';
	build_input(&b, &input);
	drop_built(&b);
}

static const char text[] = "[defaults]\n"
			   "umask = 027\n"
			   "env = A=1 B=2\n"
			   "[template t@]\n"
			   "run = /bin/t %i\n"
			   "[one]\n"
			   "run = /bin/one \"two words\"\n"
			   "env = C=3\n"
			   "[t@x]\n"
			   "memory = 8M\n";

static void defaults_and_own(void **state)
{
	(void)state;
	explain(text, "one");
	assert_non_null(strstr(seen, "\nrun@7 </bin/one> <two words>"));
	assert_non_null(strstr(seen, "\nenv@8 <C=3>\n"));
	assert_non_null(strstr(seen, "\numask@2 <027>\n"));
	assert_non_null(strstr(seen, "\nmemory=50%\n"));
}

static void instance(void **state)
{
	(void)state;
	explain(text, "t@x");
	assert_non_null(strstr(seen, "\nrun@5 </bin/t> <x>"));
	assert_non_null(strstr(seen, "\nenv@3 <A=1> <B=2>\n"));
	assert_non_null(strstr(seen, "\nmemory@10 <8M>\n"));
}

static void nobody_else(void **state)
{
	(void)state;
	explain(text, "two");
	assert_string_equal(seen, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_own),
		cmocka_unit_test(instance),
		cmocka_unit_test(nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
