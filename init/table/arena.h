/* A region that is filled from its start and never given back in parts. The
 * caller asks arena_left() once for the worst case of a whole step, so that
 * no single piece can fail; arena_take() traps when that was forgotten (it is
 * never run by PID 1 itself).
 */
#ifndef TABLE_ARENA_H
#define TABLE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	char *start; /* zeroed, at least 16-byte aligned */
	size_t size;
	size_t used;
};

static inline size_t arena_left(const struct arena *arena)
{
	return arena->size - arena->used;
}

/* Zeroed memory at a multiple of align (a power of two). Whoever moves `used`
 * back gives up only bytes that were never written. */
void *arena_take(struct arena *arena, size_t count, size_t size, size_t align);

#define ARENA_ARRAY(arena, type, count) \
	((type *)arena_take((arena), (count), sizeof(type), _Alignof(type)))

#endif
