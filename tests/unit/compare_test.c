/* A table that is to follow another one: who is who, and what waits. */
#include "fixture.h"

struct pair {
	struct built before;
	struct built now;
};

static void build_pair(struct pair *pair, const char *before, const char *now)
{
	struct table_text file = {"t.tab", now, strlen(now)};
	struct table_input input = {.files = &file, .file_count = 1};

	build_text(&pair->before, before);
	assert_string_equal(faults_of(&pair->before), "");
	input.before = pair->before.table;
	build_input(&pair->now, &input);
	assert_string_equal(faults_of(&pair->now), "");
}

static void drop_pair(struct pair *pair)
{
	drop_built(&pair->before);
	drop_built(&pair->now);
}

/* "old>new ..." of all, as far as they are not init's own. */
static const char *who_is_who(const struct pair *pair)
{
	static char text[4096];
	const struct table *before = pair->before.table;
	const struct table *now = pair->now.table;
	const uint32_t *to = table_pointer(now, now->to.at);
	const uint32_t *from = table_pointer(now, now->from.at);
	size_t used = 0;

	assert_int_equal(now->to.count, before->services.count);
	assert_int_equal(now->from.count, now->services.count);
	for (uint32_t i = 0; i < now->to.count; i++) {
		const struct service *one = table_service(before, i);

		if (to[i] != TABLE_NONE)
			assert_int_equal(from[to[i]], i);
		if (one->flags & SERVICE_BUILT_IN) {
			assert_int_not_equal(to[i], TABLE_NONE);
			continue;
		}
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s>%s ", table_string(before, one->name),
			to[i] == TABLE_NONE
				? "-"
				: table_string(now,
					  table_service(now, to[i])->name));
	}
	for (uint32_t i = 0; i < now->from.count; i++)
		if (from[i] == TABLE_NONE)
			used += (size_t)snprintf(text + used,
				sizeof(text) - used, "->%s ",
				table_string(now, table_service(now, i)->name));
	return text;
}

static const char *text_of(const struct pair *pair)
{
	return table_string(pair->now.table, pair->now.table->changes.text);
}

static void tells_who_is_who(void **state)
{
	struct pair pair;

	(void)state;
	build_pair(&pair, "[a]\nrun = /a\n[b]\nrun = /b\n[c]\nrun = /c\n",
		"[new]\nrun = /n\n[c]\nrun = /x\n[a]\nrun = /a\n");
	assert_string_equal(who_is_who(&pair), "a>a b>- c>c ->new ");
	assert_string_equal(
		text_of(&pair), "1 changed, 1 new, 1 gone, 1 as before");
	assert_int_equal(pair.now.table->changes.changed, 1);
	assert_int_equal(pair.now.table->changes.added, 1);
	assert_int_equal(pair.now.table->changes.gone, 1);
	assert_int_equal(pair.now.table->changes.kept, 1);
	drop_pair(&pair);
	build_pair(&pair, "[a]\nrun = /a\n",
		"[a]\nrun = /a\n[b]\nrun = /b\n[c]\nrun = /c\n");
	assert_string_equal(
		text_of(&pair), "0 changed, 2 new, 0 gone, 1 as before");
	drop_pair(&pair);
}

/* Names of those that are as before, but for init's own. */
static const char *who_is_same(const struct table *table)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);

		if ((service->flags & (SERVICE_SAME | SERVICE_BUILT_IN)) ==
			SERVICE_SAME)
			used += (size_t)snprintf(text + used,
				sizeof(text) - used, "%s ",
				table_string(table, service->name));
	}
	return text;
}

/* Whether the one before followed another one is no matter. */
static void marks_what_is_same(void **state)
{
	static const char now[] = "[c]\nrun = /c\n[b]\nrun = /b\nwants = c\n"
				  "[a]\nrun = /x\n";
	struct table_text file = {"t.tab", now, strlen(now)};
	struct table_input input = {.files = &file, .file_count = 1};
	struct built third;
	struct pair pair;

	(void)state;
	build_pair(&pair,
		"[a]\nrun = /a\n[b]\nrun = /b\nneeds = c\n[c]\nrun = /c\n",
		now);
	assert_string_equal(who_is_same(pair.before.table), "");
	assert_string_equal(who_is_same(pair.now.table), "c ");
	input.before = pair.now.table;
	build_input(&third, &input);
	assert_string_equal(who_is_same(third.table), "c b a ");
	assert_true(table_service(third.table, 0)->flags & SERVICE_SAME);
	drop_built(&third);
	drop_pair(&pair);
}

static void only_where_it_follows(void **state)
{
	struct built b;

	(void)state;
	build_text(&b, "[a]\nrun = /a\n");
	assert_int_equal(b.table->to.count, 0);
	drop_built(&b);
}

/* The sinks of "other" stand before in both. */
static void finds_sinks(void **state)
{
	static const char before[] =
		"[gone]\nrun = /g\nlog-to = kmsg\n"
		"[a]\nrun = /a\nlog-to = file x 64K 3\n"
		"log-to = udp 10.0.0.1:514\nlog-to = console\n"
		"[b]\nrun = /b\nlog-to = kmsg\n";
	static const char now[] =
		"[b]\nrun = /b\nlog = 128K\nlog-to = kmsg\n"
		"[new]\nrun = /n\nlog-to = kmsg\n"
		"[a]\nrun = /a\nlog-to = console\nlog-to = file y 64K 3\n"
		"log-to = file x 32K 9\nlog-to = udp 10.0.0.2:514\n"
		"log-to = udp 10.0.0.1:515\nlog-to = udp [fd00::1]:514\n"
		"log-to = udp 10.0.0.1:514\n";
	static const uint32_t wanted[] = {TABLE_NONE, TABLE_NONE, 3, TABLE_NONE,
		1, TABLE_NONE, TABLE_NONE, TABLE_NONE, 2};
	struct pair pair;

	(void)state;
	build_pair(&pair, before, now);
	assert_int_equal(
		pair.now.table->sinks.count, sizeof(wanted) / sizeof(*wanted));
	assert_memory_equal(
		table_pointer(pair.now.table, pair.now.table->sinks.at), wanted,
		sizeof(wanted));
	drop_pair(&pair);
}

static void tells_what_waits(void **state)
{
	struct pair pair;

	(void)state;
	build_pair(&pair,
		"[a]\nrun = /a\n[system]\nwatchdog = 10s\n"
		"[mount /same]\ntype = tmpfs\n[mount /gone]\ntype = tmpfs\n"
		"[mount /other]\ntype = tmpfs\noptions = size=1\n"
		"[interface e0]\naddress = 10.0.0.1/8\n"
		"[interface e1]\naddress = 10.0.0.2/8\n",
		"[a]\nrun = /a\n[interface e1]\naddress = 10.0.0.2/8\n"
		"[interface e0]\naddress = 10.0.0.3/8\n"
		"[mount /new]\ntype = tmpfs\n[mount /same]\ntype = tmpfs\n"
		"[mount /other]\ntype = tmpfs\noptions = size=2\n");
	assert_string_equal(text_of(&pair),
		"0 changed, 0 new, 0 gone, 1 as before; at the next boot: "
		"mount /gone, mount /other, interface e0, watchdog");
	drop_pair(&pair);
	build_pair(&pair, "[a]\nrun = /a\n[interface e0]\nmtu = 1400\n",
		"[a]\nrun = /a\n");
	assert_string_equal(text_of(&pair),
		"0 changed, 0 new, 0 gone, 1 as before; at the next boot: "
		"interface e0");
	drop_pair(&pair);
	/* one that was not there before is opened at once */
	build_pair(&pair, "[a]\nrun = /a\n",
		"[a]\nrun = /a\n[system]\nwatchdog = 10s\n");
	assert_string_equal(
		text_of(&pair), "0 changed, 0 new, 0 gone, 1 as before");
	drop_pair(&pair);
}

/* Without room for the numbers there are none. */
static void needs_room(void **state)
{
	const char *text = "[a]\nrun = /a\n";
	struct table_text file = {"t.tab", text, strlen(text)};
	struct table_input input = {.files = &file, .file_count = 1};
	struct built before;
	struct built b;

	(void)state;
	build_text(&before, text);
	input.before = before.table;
	map_region(&b.out, TABLE_OUT_SIZE);
	map_region(&b.scratch, TABLE_SCRATCH_SIZE);
	table_begin(&b.build, &b.out, &b.scratch, &input);
	table_read(&b.build);
	order_make(&b.build);
	b.out.size = b.out.used + TABLE_FAULTS_MAX;
	table_finish(&b.build);
	assert_int_equal(b.build.table->to.count, 0);
	b.out.size = TABLE_OUT_SIZE;
	drop_built(&b);
	drop_built(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_who_is_who),
		cmocka_unit_test(marks_what_is_same),
		cmocka_unit_test(only_where_it_follows),
		cmocka_unit_test(finds_sinks),
		cmocka_unit_test(tells_what_waits),
		cmocka_unit_test(needs_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
