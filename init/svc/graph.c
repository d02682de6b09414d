/* svc graph: who waits for whom, for Graphviz, as an image of its own, or as
 * JSON.
 */
#include "svc/json.h"
#include "svc/layout.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/roster.h"
#include "svc/svc.h"
#include "svc/svg.h"

#include "plan/machine.h"
#include <string.h>

#define ADDED_MOST 65536U /* places of lines that pass a layer */
#define MARGIN 20U
#define BOX_HEIGHT 28U
#define LAYER_HEIGHT 90U
#define PADDING 16U
#define TEXT_DROP 18U /* from a box's top to its text's line */

struct graph {
	struct roster roster;
	bool all; /* with what is init's own */
	uint32_t *numbers; /* by index: among those shown; CONTROL_NOBODY */
	uint32_t *shown; /* and back */
	uint32_t count;
	struct layout layout;
};

static const char *colour_of(const struct control_reply *reply)
{
	switch ((enum state)reply->state) {
	case STATE_UP:
	case STATE_RELOADING:
	case STATE_LISTENING:
	case STATE_DONE:
		return "#c8ebc8";
	case STATE_FAILED:
		return "#f4b8b8";
	case STATE_BACKOFF:
		return "#f8dca0";
	case STATE_WAITING:
	case STATE_HELD:
	case STATE_RESTING:
	case STATE_STARTING:
		return "#cfe0f8";
	case STATE_DOWN:
	case STATE_LEAVING:
	case STATE_STOPPING:
	case STATE_ABORTING:
	case STATE_ENDING:
	case STATES:
		break;
	}
	return "#e8e8e8";
}

/* --- what is shown -------------------------------------------------------- */

static bool choose(struct graph *graph)
{
	uint32_t count = graph->roster.count;

	graph->numbers = roster_memory(count * sizeof(uint32_t) + 1);
	graph->shown = roster_memory(count * sizeof(uint32_t) + 1);
	if (!graph->numbers || !graph->shown)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		graph->numbers[i] = CONTROL_NOBODY;
		if ((graph->roster.rows[i].flags & SERVICE_BUILT_IN) &&
			!graph->all)
			continue;
		graph->numbers[i] = graph->count;
		graph->shown[graph->count++] = i;
	}
	return true;
}

/* Calls `each` for every edge between services that are shown. */
static void walk(struct graph *graph,
	void (*each)(
		struct graph *graph, uint32_t from, const struct edge *edge))
{
	for (uint32_t i = 0; i < graph->count; i++) {
		uint32_t from = graph->shown[i];
		const struct list *waits =
			&table_service(graph->roster.table, from)->waits;
		const struct edge *edges =
			table_pointer(graph->roster.table, waits->at);

		for (uint32_t j = 0; j < waits->count; j++)
			if (graph->numbers[edges[j].service] != CONTROL_NOBODY)
				each(graph, from, &edges[j]);
	}
}

static const char *name_of(const struct graph *graph, uint32_t service)
{
	return graph->roster.rows[service].name;
}

/* --- DOT ------------------------------------------------------------------ */

static void print_dot_edge(
	struct graph *graph, uint32_t from, const struct edge *edge)
{
	static const char *const styles[] = {[EDGE_NEEDS] = "solid",
		[EDGE_BOUND] = "bold",
		[EDGE_WANTS] = "dashed",
		[EDGE_AFTER] = "dotted"};

	out("\t\"%s\" -> \"%s\" [label=\"%s\", style=%s];\n",
		name_of(graph, from), name_of(graph, edge->service),
		roster_kind(edge->kind),
		edge->kind <= EDGE_AFTER ? styles[edge->kind] : "solid");
}

static void print_dot(struct graph *graph)
{
	out("digraph services {\n\trankdir=BT;\n\tnode [shape=box, "
	    "style=filled];\n");
	for (uint32_t i = 0; i < graph->count; i++)
		out("\t\"%s\" [fillcolor=\"%s\", tooltip=\"%s\"];\n",
			name_of(graph, graph->shown[i]),
			colour_of(&graph->roster.rows[graph->shown[i]]),
			state_text(graph->roster.rows[graph->shown[i]].state));
	walk(graph, print_dot_edge);
	out("}\n");
}

/* --- JSON ----------------------------------------------------------------- */

static void print_json_edge(
	struct graph *graph, uint32_t from, const struct edge *edge)
{
	json_open(JSON_BARE, '{');
	json_text(FIELD_graph__edges_from, name_of(graph, from));
	json_text(FIELD_graph__edges_to, name_of(graph, edge->service));
	json_text(FIELD_graph__edges_kind, roster_kind(edge->kind));
	json_close('}');
}

static void print_json(struct graph *graph)
{
	json_open(JSON_BARE, '{');
	json_open(FIELD_graph_nodes, '[');
	for (uint32_t i = 0; i < graph->count; i++) {
		json_open(JSON_BARE, '{');
		json_text(FIELD_graph__nodes_name,
			name_of(graph, graph->shown[i]));
		json_text(FIELD_graph__nodes_state,
			state_text(graph->roster.rows[graph->shown[i]].state));
		json_close('}');
	}
	json_close(']');
	json_open(FIELD_graph_edges, '[');
	walk(graph, print_json_edge);
	json_close(']');
	json_close('}');
	json_end();
}

/* --- SVG ------------------------------------------------------------------ */

static void count_edge(
	struct graph *graph, uint32_t from, const struct edge *edge)
{
	(void)from;
	(void)edge;
	graph->layout.edge_count++;
}

static void add_edge(
	struct graph *graph, uint32_t from, const struct edge *edge)
{
	graph->layout.edges[graph->layout.edge_count++] = (struct layout_edge){
		graph->numbers[from], graph->numbers[edge->service]};
}

static bool make_layout(struct graph *graph)
{
	struct layout *layout = &graph->layout;

	walk(graph, count_edge);
	layout->node_count = graph->count;
	layout->node_most = graph->count + ADDED_MOST;
	layout->part_most = layout->edge_count + ADDED_MOST;
	layout->nodes = roster_memory(
		(size_t)layout->node_most * sizeof(*layout->nodes));
	layout->order = roster_memory(
		(size_t)layout->node_most * sizeof(*layout->order));
	layout->edges = roster_memory(
		(size_t)layout->edge_count * sizeof(*layout->edges) + 1);
	layout->parts = roster_memory(
		(size_t)layout->part_most * sizeof(*layout->parts));
	if (!layout->nodes || !layout->order || !layout->edges ||
		!layout->parts)
		return false;
	layout->edge_count = 0;
	walk(graph, add_edge);
	for (uint32_t i = 0; i < graph->count; i++)
		layout->nodes[i].width = PADDING +
			SVG_LETTER *
				(uint32_t)strlen(
					name_of(graph, graph->shown[i]));
	layout_make(layout);
	return true;
}

static uint64_t top_of(const struct layout_node *node)
{
	return MARGIN + (uint64_t)node->layer * LAYER_HEIGHT;
}

static uint64_t x_of(const struct layout_node *node)
{
	return MARGIN + (uint64_t)node->x;
}

/* From a node's top to the bottom of what it waits for, or to the place of its
 * line in the layer above. */
static void draw_part(
	const struct layout_node *from, const struct layout_node *to)
{
	uint64_t y1 = top_of(from);
	uint64_t y2 = top_of(to) + (to->width ? BOX_HEIGHT : 0);
	uint64_t middle = (y1 + y2) / 2;

	out("<path d=\"M%llu %llu C%llu %llu %llu %llu %llu %llu\" "
	    "fill=\"none\" stroke=\"#555\"%s/>\n",
		(unsigned long long)x_of(from), (unsigned long long)y1,
		(unsigned long long)x_of(from), (unsigned long long)middle,
		(unsigned long long)x_of(to), (unsigned long long)middle,
		(unsigned long long)x_of(to), (unsigned long long)y2,
		to->width ? " marker-end=\"url(#arrow)\"" : "");
}

static void draw_node(const struct graph *graph, uint32_t number)
{
	const struct control_reply *reply =
		&graph->roster.rows[graph->shown[number]];
	const struct layout_node *node = &graph->layout.nodes[number];
	const struct svg_box box = {
		.x = x_of(node) - node->width / 2,
		.y = top_of(node),
		.width = node->width,
		.height = BOX_HEIGHT,
	};

	svg_box(&box, colour_of(reply));
	svg_text(x_of(node), top_of(node) + TEXT_DROP, "middle", reply->name);
}

static int print_svg(struct graph *graph)
{
	const struct layout *layout = &graph->layout;

	if (!make_layout(graph))
		return SVC_FAILED;
	svg_open((uint64_t)layout->width + 2ULL * MARGIN,
		(uint64_t)layout->layers * LAYER_HEIGHT + MARGIN);
	out("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" "
	    "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
	    "<path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n");
	for (uint32_t i = 0; i < layout->part_count; i++)
		draw_part(&layout->nodes[layout->parts[i].from],
			&layout->nodes[layout->parts[i].to]);
	for (uint32_t i = 0; i < graph->count; i++)
		draw_node(graph, i);
	svg_close();
	return SVC_DONE;
}

int graph_run(const struct verb *verb, char **operands)
{
	struct graph graph = {0};
	bool json = false;
	bool svg = false;
	const struct option_word options[] = {
		{"--json", &json}, {"--svg", &svg}, {"-a", &graph.all}};
	const char *fault = option_take(&operands, options, 3);

	if (fault)
		return usage_option(verb, fault);
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!roster_take_table(&graph.roster) || !choose(&graph))
		return SVC_FAILED;
	if (svg)
		return print_svg(&graph);
	if (json)
		print_json(&graph);
	else
		print_dot(&graph);
	return SVC_DONE;
}
