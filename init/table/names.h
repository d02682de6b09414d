/* A map from names to numbers, and the nearest name for a mistyped one. */
#ifndef TABLE_NAMES_H
#define TABLE_NAMES_H

#include "table/arena.h"
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct name_slot {
	const char *name; /* NULL: free */
	uint32_t hash;
	uint32_t value;
};

struct name_map {
	struct name_slot *slots;
	uint32_t mask;
};

/* FNV-1a of the bytes. Fixed for ever: ids are made of it. */
uint32_t names_hash(const char *name);

/* An empty map for up to `most` names. */
void names_make(struct name_map *map, struct arena *arena, uint32_t most);

/* Value of a name, or NAMES_NONE. */
uint32_t names_find(const struct name_map *map, const char *name);

/* Adds a name, which must live as long as the map. A name that is there keeps
 * its value, which is returned; NAMES_NONE when it is new. */
uint32_t names_put(struct name_map *map, const char *name, uint32_t value);

/* The name most like a mistyped one, or NULL when none is near. *budget, the
 * number of comparisons, is counted down. */
const char *names_nearest(
	const struct name_map *map, const char *name, unsigned *budget);

/* How many changes still count as a typing error in this word. */
unsigned names_tolerance(const char *name);

#endif
