/* Open addressing with linear steps: a map is made once its size is known and
 * never grows.
 */
#include "table/names.h"

#include "base/text.h"
#include <string.h>

uint32_t names_hash(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash;
}

void names_make(struct name_map *map, struct arena *arena, uint32_t most)
{
	uint32_t size = 8;

	while (size < 2 * most)
		size *= 2;
	map->slots = ARENA_ARRAY(arena, struct name_slot, size);
	map->mask = size - 1;
}

/* The slot that has the name, or the free one where it belongs. */
static struct name_slot *slot_of(
	const struct name_map *map, const char *name, uint32_t hash)
{
	uint32_t at = hash & map->mask;

	while (map->slots[at].name &&
		(map->slots[at].hash != hash ||
			strcmp(map->slots[at].name, name) != 0))
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

uint32_t names_find(const struct name_map *map, const char *name)
{
	const struct name_slot *slot = slot_of(map, name, names_hash(name));

	return slot->name ? slot->value : NAMES_NONE;
}

uint32_t names_put(struct name_map *map, const char *name, uint32_t value)
{
	uint32_t hash = names_hash(name);
	struct name_slot *slot = slot_of(map, name, hash);

	if (slot->name)
		return slot->value;
	*slot = (struct name_slot){name, hash, value};
	return NAMES_NONE;
}

unsigned names_tolerance(const char *name)
{
	size_t length = strlen(name);

	if (length < 5)
		return length > 1;
	return length < 8 ? 2 : 3;
}

const char *names_nearest(
	const struct name_map *map, const char *name, unsigned *budget)
{
	unsigned best = names_tolerance(name) + 1;
	const char *nearest = NULL;

	for (uint32_t at = 0; at <= map->mask && *budget && best > 1; at++) {
		const char *known = map->slots[at].name;
		unsigned distance;

		if (!known)
			continue;
		(*budget)--;
		distance = text_distance(name, known, best - 1);
		if (distance >= best)
			continue;
		best = distance;
		nearest = known;
	}
	return nearest;
}
