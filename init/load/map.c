/* The only part of the loader that PID 1 runs: it takes a finished table or
 * none.
 */
#include "load/load.h"

#include "table/build.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool is_table(const struct table *table, size_t size)
{
	return table->magic == TABLE_MAGIC && table->version == TABLE_VERSION &&
		table->size == size && table->sum == table_sum(table);
}

const struct table *load_map(int memfd)
{
	int seals = fcntl(memfd, F_GET_SEALS);
	struct stat status;
	size_t size;
	void *table;

	if (seals < 0 || fstat(memfd, &status) < 0)
		return NULL;
	size = (size_t)status.st_size;
	if ((seals & SEALS) != SEALS || size < sizeof(struct table) ||
		size > UINT32_MAX || size % 8 != 0) {
		errno = EINVAL;
		return NULL;
	}
	table = mmap(NULL, size, PROT_READ, MAP_SHARED, memfd, 0);
	if (table == MAP_FAILED)
		return NULL;
	if (is_table(table, size))
		return table;
	munmap(table, size);
	errno = EINVAL;
	return NULL;
}

void load_unmap(const struct table *table)
{
	void *start;

	if (load_is_fallback(table))
		return;
	memcpy(&start, &table, sizeof(start));
	munmap(start, table->size);
}
