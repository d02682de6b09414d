/* Memory that only grows. */
#include "table/arena.h"

void *arena_take(struct arena *arena, size_t count, size_t size, size_t align)
{
	size_t at = (arena->used + align - 1) & ~(align - 1);
	size_t bytes;

	if (at > arena->size || __builtin_mul_overflow(count, size, &bytes) ||
		bytes > arena->size - at)
		__builtin_trap();
	arena->used = at + bytes;
	return arena->start + at;
}
