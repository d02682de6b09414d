/* Where the boxes of a graph stand: in layers, each below those that it waits
 * for, and in each layer so that few lines cross. Lines that pass a layer get a
 * place of their own in it. Pure; the caller has the memory.
 */
#ifndef SVC_LAYOUT_H
#define SVC_LAYOUT_H

#include <stdint.h>

struct layout_node {
	uint32_t width; /* given; 0 in those that are added for lines */
	uint32_t layer;
	uint32_t place; /* in its layer, from the left */
	int64_t x; /* of its middle */
	int64_t weight; /* while it is ordered */
	uint32_t degree;
	uint32_t spare;
};

struct layout_edge {
	uint32_t from; /* waits for */
	uint32_t to;
};

struct layout {
	struct layout_node *nodes; /* given ones first */
	uint32_t node_count; /* given; grows */
	uint32_t node_most;
	struct layout_edge *edges; /* given ones first; later parts of them */
	uint32_t edge_count;
	uint32_t *order; /* node_most: nodes by layer and place */
	uint32_t layers;
	int64_t width; /* of it all */
	struct layout_edge *parts; /* edges from a layer to the one above */
	uint32_t part_count;
	uint32_t part_most;
};

/* Lays it out. An edge for whose parts there is no room is one part. Edges that
 * close a cycle are taken as they come. */
void layout_make(struct layout *layout) __attribute__((nonnull));

#endif
