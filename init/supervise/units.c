/* Memory of the supervisor, taken once, and the way from a pid to its unit: a
 * table with open addressing, so that reaping costs the same at any number of
 * services.
 */
#include "supervise/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct supervisor s = {.line_first = NONE, .line_last = NONE, .calendar = -1};

struct place {
	int32_t pid; /* 0: free */
	uint32_t unit;
};

static struct place *places;
static uint32_t mask;

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The spawner maps them too. */
static int make_pids(uint32_t count, int *fd)
{
	const size_t size = SANDBOX_PLACES * sizeof(struct sandbox_pids) +
		count * sizeof(*s.stamps) +
		SANDBOX_HELPERS(count) * sizeof(*s.watchers);

	if (*fd < 0)
		*fd = memfd_create("pids", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, (off_t)size) < 0)
		return -1;
	s.pids = map(size, MAP_SHARED, *fd);
	s.stamps = (void *)&s.pids[SANDBOX_PLACES];
	s.watchers = (void *)&s.stamps[count];
	return s.pids ? 0 : -1;
}

/* Each condition holds when somebody has said so. */
static void make_fate(const struct service *service, struct fate *fate)
{
	static const uint8_t lost[] = {[WHEN_LOST_STOP] = FATE_LOST_STOP,
		[WHEN_LOST_KEEP] = 0,
		[WHEN_LOST_RESTART] = FATE_LOST_RESTART};

	fate->unmet = (uint16_t)service->when.count;
	fate->traits = lost[service->when_lost];
	if (service->tty)
		fate->traits |= FATE_TERMINAL;
	if (service->timer)
		fate->traits |= FATE_TIMED;
	if (service->on_demand)
		fate->traits |= FATE_ON_DEMAND;
}

static void make_unit(struct unit *unit)
{
	unit->log = unit->news = unit->keeper = -1;
	for (unsigned i = 0; i < KEPT; i++)
		unit->kept[i] = -1;
	unit->slot = unit->next_in_line = unit->place = NONE;
	make_fate(service_of(unit), fate_of(unit));
	if (service_of(unit)->flags & SERVICE_FAULTY)
		note(unit, "its stanza has a fault; see 'svc log init'");
}

/* A unit has so many children at most: the table is never more than half full.
 */
int units_make(const struct table *table, int *places_fd)
{
	uint32_t count = table->services.count;
	uint32_t size = 8;
	size_t units = count * sizeof(struct unit);
	size_t fates = count * sizeof(struct fate);
	size_t heap = (count * sizeof(uint32_t) + 7) & ~(size_t)7;
	char *memory;

	while (size < 2 * ROLES * count)
		size *= 2;
	memory = map(units + fates + heap + size * sizeof(struct place) +
			(size_t)count * TEXT_SIZE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!memory || make_pids(count, places_fd) < 0)
		return -ENOMEM;
	s.table = table;
	s.count = count;
	s.units = (struct unit *)(void *)memory;
	memory += units;
	fate_begin(&s.fates, table, (struct fate *)(void *)memory);
	memory += fates;
	s.heap = (uint32_t *)(void *)memory;
	places = (struct place *)(void *)(memory + heap);
	s.texts = (char(*)[TEXT_SIZE])(void *)(places + size);
	mask = size - 1;
	for (uint32_t i = 0; i < count; i++)
		make_unit(&s.units[i]);
	for (unsigned i = 0; i < SLOTS; i++)
		s.slots[i].unit = NONE;
	return 0;
}

static uint32_t home(int32_t pid)
{
	return ((uint32_t)pid * 2654435761U) >> 7 & mask;
}

void pid_put(int32_t pid, uint32_t unit)
{
	uint32_t at = home(pid);

	while (places[at].pid)
		at = (at + 1) & mask;
	places[at] = (struct place){pid, unit};
}

/* Closes the gap at `at`: what stands behind it moves up where it may. */
static void close_gap(uint32_t at)
{
	uint32_t next = (at + 1) & mask;

	while (places[next].pid) {
		uint32_t first = home(places[next].pid);

		if (((next - first) & mask) >= ((next - at) & mask)) {
			places[at] = places[next];
			at = next;
		}
		next = (next + 1) & mask;
	}
	places[at].pid = 0;
}

uint32_t pid_take(int32_t pid)
{
	uint32_t at = home(pid);
	uint32_t unit;

	while (places[at].pid && places[at].pid != pid)
		at = (at + 1) & mask;
	if (!places[at].pid)
		return NONE;
	unit = places[at].unit;
	close_gap(at);
	return unit;
}

bool is_alive(const struct unit *unit)
{
	return unit->pids[ROLE_BUILDER] || unit->pids[ROLE_REAPER] ||
		unit->pids[ROLE_PROGRAM] || unit->pids[ROLE_FORWARDER] ||
		unit->pids[ROLE_CHECKER] || s.watchers[unit - s.units] ||
		unit->slot != NONE;
}
