/* svc/layout: layers, order and places of a graph's boxes. The source is
 * included, since the tool is no archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "svc/layout.c"
#include <stdlib.h>

#define MOST 400U

static struct layout_node nodes[MOST];
static struct layout_edge edges[MOST];
static struct layout_edge parts[MOST];
static uint32_t order[MOST];

static struct layout make(uint32_t node_count, uint32_t edge_count)
{
	struct layout layout = {.nodes = nodes,
		.node_count = node_count,
		.node_most = MOST,
		.edges = edges,
		.edge_count = edge_count,
		.order = order,
		.parts = parts,
		.part_most = MOST};

	for (uint32_t i = 0; i < node_count; i++)
		nodes[i] = (struct layout_node){.width = 40 + i % 7 * 10};
	layout_make(&layout);
	return layout;
}

static void assert_apart(const struct layout *layout)
{
	for (uint32_t i = 0; i < layout->node_count; i++)
		for (uint32_t j = 0; j < i; j++) {
			int64_t gap = nodes[i].x - nodes[j].x;

			if (nodes[i].layer != nodes[j].layer)
				continue;
			gap = gap < 0 ? -gap : gap;
			assert_true(gap >= half(&nodes[i]) + half(&nodes[j]));
		}
}

static void assert_inside(const struct layout *layout)
{
	for (uint32_t i = 0; i < layout->node_count; i++) {
		assert_true(nodes[i].x - half(&nodes[i]) >= 0);
		assert_true(nodes[i].x + half(&nodes[i]) <= layout->width);
	}
}

static void takes_nothing(void **state)
{
	struct layout layout = make(0, 0);

	(void)state;
	assert_int_equal(layout.layers, 0);
}

static void puts_below_what_is_waited_for(void **state)
{
	struct layout layout;

	(void)state;
	edges[0] = (struct layout_edge){1, 0};
	edges[1] = (struct layout_edge){2, 1};
	edges[2] = (struct layout_edge){3, 0};
	layout = make(5, 3);
	assert_int_equal(layout.layers, 3);
	assert_int_equal(nodes[0].layer, 0);
	assert_int_equal(nodes[1].layer, 1);
	assert_int_equal(nodes[2].layer, 2);
	assert_int_equal(nodes[3].layer, 1);
	assert_int_equal(nodes[4].layer, 0);
	assert_apart(&layout);
	assert_inside(&layout);
}

static void gives_long_lines_a_place(void **state)
{
	struct layout layout;

	(void)state;
	edges[0] = (struct layout_edge){1, 0};
	edges[1] = (struct layout_edge){2, 1};
	edges[2] = (struct layout_edge){2, 0};
	layout = make(3, 3);
	assert_int_equal(layout.node_count, 4);
	assert_int_equal(nodes[3].width, 0);
	assert_int_equal(nodes[3].layer, 1);
	assert_int_equal(layout.part_count, 4);
	for (uint32_t i = 0; i < layout.part_count; i++)
		assert_int_equal(nodes[parts[i].from].layer,
			nodes[parts[i].to].layer + 1);
	assert_apart(&layout);
}

static void draws_long_lines_whole_without_room(void **state)
{
	struct layout layout = {.nodes = nodes,
		.node_count = 3,
		.node_most = 3,
		.edges = edges,
		.edge_count = 3,
		.order = order,
		.parts = parts,
		.part_most = 2};

	(void)state;
	edges[0] = (struct layout_edge){1, 0};
	edges[1] = (struct layout_edge){2, 1};
	edges[2] = (struct layout_edge){2, 0};
	layout_make(&layout);
	assert_int_equal(layout.node_count, 3);
	assert_int_equal(layout.part_count, 2);
}

static void uncrosses_lines(void **state)
{
	(void)state;
	edges[0] = (struct layout_edge){2, 1};
	edges[1] = (struct layout_edge){3, 0};
	make(4, 2);
	assert_int_equal(nodes[2].place < nodes[3].place,
		nodes[1].place < nodes[0].place);
}

static void ends_with_a_cycle(void **state)
{
	struct layout layout;

	(void)state;
	edges[0] = (struct layout_edge){1, 0};
	edges[1] = (struct layout_edge){0, 1};
	edges[2] = (struct layout_edge){2, 2};
	layout = make(3, 3);
	assert_true(layout.layers >= 1);
	assert_apart(&layout);
}

static void keeps_boxes_of_any_graph_apart(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		uint32_t count = 2 + (uint32_t)rand() % 30;
		uint32_t edge_count = (uint32_t)rand() % 40;
		struct layout layout;

		for (uint32_t i = 0; i < edge_count; i++) {
			uint32_t from = 1 + (uint32_t)rand() % (count - 1);

			edges[i] = (struct layout_edge){
				from, (uint32_t)rand() % from};
		}
		layout = make(count, edge_count);
		assert_apart(&layout);
		assert_inside(&layout);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_nothing),
		cmocka_unit_test(puts_below_what_is_waited_for),
		cmocka_unit_test(gives_long_lines_a_place),
		cmocka_unit_test(draws_long_lines_whole_without_room),
		cmocka_unit_test(uncrosses_lines),
		cmocka_unit_test(ends_with_a_cycle),
		cmocka_unit_test(keeps_boxes_of_any_graph_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
