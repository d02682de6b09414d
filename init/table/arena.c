/* Memory that only grows. */
#include "table/arena.h"

void *arena_take(struct arena *arena, size_t count, size_t size, size_t align)
{
	size_t at = (arena->used + align - 1) & ~(align - 1);

	if (at > arena->size || count > (arena->size - at) / size)
		__builtin_trap();
	arena->used = at + count * size;
	return arena->start + at;
}
