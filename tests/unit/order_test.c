/* plan/order: edges of random tables, chains, diamonds and cycles. */
#include "fixture.h"

#include <time.h>

struct text {
	char *bytes;
	size_t size;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static void add(
	struct text *text, const char *format, ...)
{
	va_list arguments;

	if (text->room - text->size < 4096) {
		text->room += 1 << 20;
		text->bytes = realloc(text->bytes, text->room);
		assert_non_null(text->bytes);
	}
	va_start(arguments, format);
	text->size += (size_t)vsnprintf(text->bytes + text->size,
		text->room - text->size, format, arguments);
	va_end(arguments);
}

static void build_and_free(struct built *b, struct text *text)
{
	build_bytes(b, text->bytes, text->size);
	free(text->bytes);
}

/* A small generator, so that a seed always gives the same tables. */
static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525U + 1013904223U;
	return (random_state >> 8) % limit;
}

/* Takes away services that wait for nobody until none is left. */
static void assert_acyclic(const struct table *table)
{
	uint32_t count = table->services.count;
	uint32_t *left = calloc(count, sizeof(*left));
	uint32_t *queue = calloc(count, sizeof(*queue));
	uint32_t end = 0;

	assert_true(left && queue);
	for (uint32_t i = 0; i < count; i++) {
		left[i] = table_service(table, i)->waits.count;
		if (!left[i])
			queue[end++] = i;
	}
	for (uint32_t i = 0; i < end; i++) {
		struct list list = table_service(table, queue[i])->followers;
		const struct edge *edges = table_pointer(table, list.at);

		for (uint32_t j = 0; j < list.count; j++)
			if (!--left[edges[j].service])
				queue[end++] = edges[j].service;
	}
	assert_int_equal(end, count);
	free(left);
	free(queue);
}

static bool has_edge(
	const struct table *table, struct list list, struct edge wanted)
{
	const struct edge *edges = table_pointer(table, list.at);
	uint32_t found = 0;

	for (uint32_t i = 0; i < list.count; i++)
		if (edges[i].service == wanted.service) {
			assert_int_equal(edges[i].kind, wanted.kind);
			found++;
		}
	return found == 1;
}

/* Every edge is seen from both ends, once, with one kind. */
static void assert_mirrored(const struct table *table)
{
	uint32_t forward = 0;
	uint32_t backward = 0;

	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);
		const struct edge *edges =
			table_pointer(table, service->waits.at);

		forward += service->waits.count;
		backward += service->followers.count;
		for (uint32_t j = 0; j < service->waits.count; j++)
			assert_true(has_edge(table,
				table_service(table, edges[j].service)
					->followers,
				(struct edge){i, edges[j].kind}));
	}
	assert_int_equal(forward, backward);
}

static const char *const kind_keys[] = {
	"needs", "bound", "wants", "after", "before"};

/* Edges only to services above: no cycle can be. */
static void random_tables_without_cycles(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 60; seed++) {
		uint32_t count = 1 + seed * 2;
		struct text text = {NULL, 0, 0};
		struct built b;

		random_state = seed;
		for (uint32_t i = 0; i < count; i++) {
			add(&text, "[s%u]\nrun = /s\n", i);
			for (uint32_t j = random_below(6); i && j; j--)
				add(&text, "%s = s%u\n",
					kind_keys[random_below(4)],
					random_below(i));
		}
		build_and_free(&b, &text);
		assert_string_equal(faults_of(&b), "");
		assert_acyclic(b.table);
		assert_mirrored(b.table);
		drop_built(&b);
	}
}

static bool is_faulty(const struct table *table, uint32_t service)
{
	return table_service(table, service)->flags & SERVICE_FAULTY;
}

/* Whether `to` is reached from `from` in the matrix of wishes. */
#define RANDOM_MOST 24U

static void close_over(bool reach[RANDOM_MOST][RANDOM_MOST], uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		for (uint32_t i = 0; i < count; i++)
			for (uint32_t j = 0; reach[i][k] && j < count; j++)
				reach[i][j] |= reach[k][j];
}

/* Any edges: exactly those that reach themselves are faulty. */
static void random_tables(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 300; seed++) {
		bool reach[RANDOM_MOST][RANDOM_MOST] = {{false}};
		uint32_t count = 2 + seed % (RANDOM_MOST - 2);
		struct text text = {NULL, 0, 0};
		struct built b;

		random_state = seed;
		for (uint32_t i = 0; i < count; i++) {
			add(&text, "[s%u]\nrun = /s\n", i);
			for (uint32_t j = random_below(3); j; j--) {
				uint32_t to = random_below(count);
				uint32_t kind = random_below(5);

				if (to == i)
					continue;
				add(&text, "%s = s%u\n", kind_keys[kind], to);
				if (kind == 4)
					reach[to][i] = true;
				else
					reach[i][to] = true;
			}
		}
		close_over(reach, count);
		build_and_free(&b, &text);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(
				is_faulty(b.table, 4 + i), reach[i][i]);
		assert_acyclic(b.table);
		assert_mirrored(b.table);
		drop_built(&b);
	}
}

static void a_chain_of_ten_thousand(void **state)
{
	struct text text = {NULL, 0, 0};
	struct timespec start;
	struct timespec end;
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		add(&text, "[s%u]\nrun = /s\nids = %u\n", i, 200 + i);
		if (i)
			add(&text, "needs = s%u\n", i - 1);
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	build_and_free(&b, &text);
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_message("10,000 services: %ld ms\n",
		(end.tv_sec - start.tv_sec) * 1000 +
			(end.tv_nsec - start.tv_nsec) / 1000000);
	assert_string_equal(faults_of(&b), "");
	assert_acyclic(b.table);
	assert_mirrored(b.table);
	assert_string_equal(edges_text(&b, service_of(&b, "s9999")->waits),
		"s9998:needs mounts:needs");
	drop_built(&b);
}

static void a_cycle_of_a_thousand(void **state)
{
	struct text text = {NULL, 0, 0};
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		add(&text, "[s%u]\nrun = /s\nids = %u\nneeds = s%u\n", i,
			200 + i, (i + 1) % 1000);
	add(&text, "[other]\nrun = /s\n");
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:4:9: cycle s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> "
		"s7 -> s8 -> ... -> s0; remove one 'needs'\n");
	assert_acyclic(b.table);
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(is_faulty(b.table, 4 + i));
	assert_false(is_faulty(b.table, 1004));
	drop_built(&b);
}

static void a_diamond_of_depth_twenty(void **state)
{
	struct text text = {NULL, 0, 0};
	struct built b;

	(void)state;
	add(&text, "[top0]\nrun = /s\n");
	for (unsigned i = 0; i < 20; i++)
		add(&text,
			"[left%u]\nrun = /s\nneeds = top%u\n"
			"[right%u]\nrun = /s\nneeds = top%u\n"
			"[top%u]\nrun = /s\nneeds = left%u right%u\n",
			i, i, i, i, i + 1, i, i);
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b), "");
	assert_acyclic(b.table);
	drop_built(&b);
}

static void the_strongest_kind_wins(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\n[b]\nrun = /b\n[c]\nrun = /c\n[e]\nrun = /e\n"
		"[d]\nrun = /d\nafter = a b c\nwants = a b c\nneeds = a b\n"
		"bound = a\nneeds = a\nwants = a\nafter = e\n"
		"[f]\nrun = /f\nbefore = d a\n");
	assert_string_equal(faults_of(&b), "");
	assert_string_equal(edges_text(&b, service_of(&b, "d")->waits),
		"a:bound b:needs c:wants e:after mounts:needs f:after");
	assert_string_equal(
		edges_text(&b, service_of(&b, "a")->followers), "d:bound");
	assert_string_equal(edges_text(&b, service_of(&b, "a")->waits),
		"mounts:needs f:after");
	assert_mirrored(b.table);
	drop_built(&b);
}

/* A user's edges cannot take init's own milestones down. */
static void milestones_stay(void **state)
{
	struct built b;

	(void)state;
	build_text(&b,
		"[a]\nrun = /a\nbefore = mounts\nneeds = network\n"
		"[b]\nrun = /b\n");
	assert_string_equal(faults_of(&b),
		"t.tab:3:10: cycle mounts -> a -> mounts (and 2 more tied into "
		"it); remove one 'before'\n");
	for (unsigned i = 0; i < 4; i++)
		assert_false(is_faulty(b.table, i));
	assert_true(service_of(&b, "a")->flags & SERVICE_FAULTY);
	assert_false(service_of(&b, "b")->flags & SERVICE_FAULTY);
	assert_string_equal(edges_text(&b, service_of(&b, "network")->waits),
		"modules:wants");
	assert_acyclic(b.table);
	drop_built(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_tables_without_cycles),
		cmocka_unit_test(random_tables),
		cmocka_unit_test(a_chain_of_ten_thousand),
		cmocka_unit_test(a_cycle_of_a_thousand),
		cmocka_unit_test(a_diamond_of_depth_twenty),
		cmocka_unit_test(the_strongest_kind_wins),
		cmocka_unit_test(milestones_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
