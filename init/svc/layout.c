/* Layers, order and places: see layout.h. After Sugiyama, with the means of the
 * neighbours' places for order and places alike.
 */
#include "svc/layout.h"

#include <stdbool.h>
#include <stdlib.h>

#define SWEEPS 8U
#define GAP 24
#define LINE_WIDTH 8U
#define SCALE 1024 /* of the means of places */

static const struct layout_node *sorted; /* what qsort's indices mean */

static bool push_down(struct layout *l)
{
	bool moved = false;

	for (uint32_t i = 0; i < l->edge_count; i++) {
		const struct layout_node *to = &l->nodes[l->edges[i].to];
		struct layout_node *from = &l->nodes[l->edges[i].from];

		if (from->layer > to->layer || to->layer >= l->node_count)
			continue;
		from->layer = to->layer + 1;
		moved = true;
	}
	return moved;
}

/* The longest way to something that waits for nothing; as many rounds as there
 * are nodes are too many only where there is a cycle. */
static void find_layers(struct layout *l)
{
	for (uint32_t i = 0; i < l->node_count; i++)
		l->nodes[i].layer = 0;
	for (uint32_t i = 0; i < l->node_count && push_down(l); i++)
		;
	l->layers = 0;
	for (uint32_t i = 0; i < l->node_count; i++)
		if (l->nodes[i].layer >= l->layers)
			l->layers = l->nodes[i].layer + 1;
}

static void add_part(struct layout *l, uint32_t from, uint32_t to)
{
	if (l->part_count < l->part_most)
		l->parts[l->part_count++] = (struct layout_edge){from, to};
}

/* Cuts an edge where it passes a layer. */
static void cut(struct layout *l, const struct layout_edge *edge)
{
	uint32_t from = edge->from;
	uint32_t end = l->nodes[edge->to].layer;
	uint32_t layer = l->nodes[from].layer;

	if (layer > end && layer - end - 1 <= l->node_most - l->node_count) {
		while (--layer > end) {
			uint32_t next = l->node_count++;

			l->nodes[next] = (struct layout_node){.layer = layer};
			add_part(l, from, next);
			from = next;
		}
	}
	add_part(l, from, edge->to);
}

static int compare(const void *one, const void *other)
{
	const struct layout_node *a = &sorted[*(const uint32_t *)one];
	const struct layout_node *b = &sorted[*(const uint32_t *)other];

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static void sort(struct layout *l)
{
	uint32_t place = 0;

	sorted = l->nodes;
	qsort(l->order, l->node_count, sizeof(*l->order), compare);
	for (uint32_t i = 0; i < l->node_count; i++) {
		struct layout_node *node = &l->nodes[l->order[i]];

		if (i && l->nodes[l->order[i - 1]].layer != node->layer)
			place = 0;
		node->place = place++;
	}
}

static void put_first(struct layout *l)
{
	for (uint32_t i = 0; i < l->node_count; i++) {
		l->order[i] = i;
		l->nodes[i].place = i;
		l->nodes[i].weight = i;
	}
	sort(l);
}

/* The sum of what `value` says of the neighbours above or below each node. */
static void weigh(struct layout *l, bool above,
	int64_t (*value)(const struct layout_node *node))
{
	for (uint32_t i = 0; i < l->node_count; i++)
		l->nodes[i].weight = l->nodes[i].degree = 0;
	for (uint32_t i = 0; i < l->part_count; i++) {
		const struct layout_edge *part = &l->parts[i];
		struct layout_node *node =
			&l->nodes[above ? part->from : part->to];
		const struct layout_node *other =
			&l->nodes[above ? part->to : part->from];

		node->weight += value(other);
		node->degree++;
	}
	for (uint32_t i = 0; i < l->node_count; i++) {
		struct layout_node *node = &l->nodes[i];

		if (node->degree)
			node->weight /= (int64_t)node->degree;
		else
			node->weight = value(node);
	}
}

static int64_t place_of(const struct layout_node *node)
{
	return (int64_t)node->place * SCALE;
}

static int64_t x_of(const struct layout_node *node)
{
	return node->x;
}

static int64_t half(const struct layout_node *node)
{
	return (node->width ? node->width : LINE_WIDTH) / 2;
}

/* As near to its weight as those to its left allow. */
static void put_right_of(
	struct layout_node *node, const struct layout_node *left)
{
	int64_t least =
		left ? left->x + half(left) + GAP + half(node) : half(node);

	node->x = node->weight > least ? node->weight : least;
}

static void place_all(struct layout *l)
{
	const struct layout_node *left = NULL;

	for (uint32_t i = 0; i < l->node_count; i++) {
		struct layout_node *node = &l->nodes[l->order[i]];

		if (left && left->layer != node->layer)
			left = NULL;
		put_right_of(node, left);
		left = node;
	}
}

/* Moves each layer so that its nodes are off their weights by 0 on average: to
 * the right they could go freely, to the left they could not. */
static void balance(struct layout *l)
{
	for (uint32_t i = 0; i < l->node_count;) {
		uint32_t layer = l->nodes[l->order[i]].layer;
		uint32_t first = i;
		int64_t off = 0;

		do {
			off += l->nodes[l->order[i]].weight -
				l->nodes[l->order[i]].x;
			i++;
		} while (i < l->node_count &&
			l->nodes[l->order[i]].layer == layer);
		off /= (int64_t)(i - first);
		for (uint32_t j = first; j < i; j++)
			l->nodes[l->order[j]].x += off;
	}
}

/* The leftmost edge of all is 0. */
static void shift(struct layout *l)
{
	int64_t left = INT64_MAX;

	l->width = 0;
	for (uint32_t i = 0; i < l->node_count; i++)
		if (l->nodes[i].x - half(&l->nodes[i]) < left)
			left = l->nodes[i].x - half(&l->nodes[i]);
	for (uint32_t i = 0; i < l->node_count; i++) {
		struct layout_node *node = &l->nodes[i];

		node->x -= left;
		if (node->x + half(node) > l->width)
			l->width = node->x + half(node);
	}
}

void layout_make(struct layout *l)
{
	find_layers(l);
	l->part_count = 0;
	for (uint32_t i = 0; i < l->edge_count; i++)
		cut(l, &l->edges[i]);
	put_first(l);
	for (unsigned i = 0; i < SWEEPS; i++) {
		weigh(l, i % 2 == 0, place_of);
		sort(l);
	}
	for (uint32_t i = 0; i < l->node_count; i++)
		l->nodes[i].weight = l->nodes[i].x = 0;
	place_all(l);
	for (unsigned i = 0; i < SWEEPS; i++) {
		weigh(l, i % 2 == 0, x_of);
		place_all(l);
		balance(l);
	}
	shift(l);
}
