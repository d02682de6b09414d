/* Memory of the supervisor, taken once, and the way from a pid to its unit: a
 * table with open addressing, so that reaping costs the same at any number of
 * services.
 */
#include "supervise/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct supervisor s;

/* All of it that is of one table. */
struct memory {
	const struct table *table;
	char *units; /* where it begins */
	size_t size;
	struct sandbox_pids *pids;
	size_t pids_size;
	int pids_fd;
	uint32_t places; /* a power of two */
};

static struct memory in_force;
static struct memory prepared; /* of a table that is not in force yet, */
static struct memory replaced; /* and of one that no longer is */
static uint32_t *places; /* 0: free; else 1 + unit * ROLES + role */
static uint32_t mask;

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The spawner maps them too. */
static void make_pids(uint32_t count, int places_fd)
{
	prepared.pids_size = SANDBOX_PIDS_SIZE(count);
	prepared.pids_fd =
		places_fd < 0 ? memfd_create("pids", MFD_CLOEXEC) : places_fd;
	if (prepared.pids_fd >= 0 &&
		ftruncate(prepared.pids_fd, (off_t)prepared.pids_size) == 0)
		prepared.pids =
			map(prepared.pids_size, MAP_SHARED, prepared.pids_fd);
}

/* Each condition holds when somebody has said so. */
void make_fate(const struct service *service, struct fate *fate)
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

static void release(struct memory *old)
{
	if (old->units)
		munmap(old->units, old->size);
	if (old->pids)
		munmap(old->pids, old->pids_size);
	if (old->pids_fd > 0)
		close(old->pids_fd);
	*old = (struct memory){0};
}

static size_t heap_size(uint32_t count)
{
	return (count * sizeof(uint32_t) + 7) & ~(size_t)7;
}

/* The table of pids has room for all that units can have as children, and one
 * place that stays free, where a search ends. Most have two of ROLES. */
int units_prepare(const struct table *table, int places_fd)
{
	uint32_t count = table->services.count;

	prepared.table = table;
	prepared.places = 8;
	while (prepared.places <= ROLES * count)
		prepared.places *= 2;
	prepared.size = count *
			(sizeof(struct unit) + sizeof(struct fate) +
				sizeof(struct spare)) +
		heap_size(count) + prepared.places * sizeof(*places) +
		(size_t)count * TEXT_SIZE;
	prepared.units = map(prepared.size, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	make_pids(count, places_fd);
	if (prepared.units && prepared.pids)
		return 0;
	release(&prepared);
	return -ENOMEM;
}

void units_forget(void)
{
	release(&prepared);
	release(&replaced);
}

void units_install(int *places_fd)
{
	uint32_t count = prepared.table->services.count;
	char *at = prepared.units;

	if (!s.table)
		s.calendar = -1;
	replaced = in_force;
	in_force = prepared;
	prepared = (struct memory){0};
	*places_fd = in_force.pids_fd;
	s.table = in_force.table;
	s.count = count;
	s.pids = in_force.pids;
	s.stamps = (void *)&s.pids[SANDBOX_PLACES];
	s.watchers = (void *)&s.stamps[count];
	s.spare_pids = (void *)&s.watchers[SANDBOX_HELPERS(count)];
	s.units = (struct unit *)(void *)at;
	at += count * sizeof(struct unit);
	fate_begin(&s.fates, s.table, (struct fate *)(void *)at);
	at += count * sizeof(struct fate);
	s.heap = (uint32_t *)(void *)at;
	s.heap_count = 0;
	s.line_first = s.line_last = NONE;
	places = (uint32_t *)(void *)(at + heap_size(count));
	mask = in_force.places - 1;
	/* pages that nobody writes cost nothing: what hardly any has is behind
	 */
	s.spares = (struct spare *)(void *)(places + in_force.places);
	s.spare_count = 0;
	s.spare_builds = s.spares_held = false;
	s.spares_ms = 0;
	s.texts = (char(*)[TEXT_SIZE])(void *)(s.spares + count);
	for (uint32_t i = 0; i < count; i++)
		make_unit(&s.units[i]);
	for (unsigned i = 0; i < SLOTS; i++)
		s.slots[i].unit = NONE;
}

static uint32_t home(int32_t pid)
{
	return ((uint32_t)pid * 2654435761U) >> 7 & mask;
}

static int32_t pid_at(uint32_t at)
{
	uint32_t place = places[at] - 1;

	return s.units[place / ROLES].pids[place % ROLES];
}

void pid_put(const struct unit *unit, enum role role)
{
	uint32_t at = home(unit->pids[role]);

	while (places[at])
		at = (at + 1) & mask;
	places[at] = 1 + index_of(unit) * ROLES + role;
}

/* Closes the gap at `at`: what stands behind it moves up where it may. */
static void close_gap(uint32_t at)
{
	uint32_t next = (at + 1) & mask;

	while (places[next]) {
		uint32_t first = home(pid_at(next));

		if (((next - first) & mask) >= ((next - at) & mask)) {
			places[at] = places[next];
			at = next;
		}
		next = (next + 1) & mask;
	}
	places[at] = 0;
}

uint32_t pid_take(int32_t pid, enum role *role)
{
	uint32_t at = home(pid);
	uint32_t place;

	while (places[at] && pid_at(at) != pid)
		at = (at + 1) & mask;
	if (!places[at])
		return NONE;
	place = places[at] - 1;
	close_gap(at);
	*role = (enum role)(place % ROLES);
	s.units[place / ROLES].pids[*role] = 0;
	return place / ROLES;
}

bool is_alive(const struct unit *unit)
{
	return unit->pids[ROLE_BUILDER] || unit->pids[ROLE_REAPER] ||
		unit->pids[ROLE_PROGRAM] || unit->pids[ROLE_FORWARDER] ||
		unit->pids[ROLE_CHECKER] || s.watchers[unit - s.units] ||
		unit->slot != NONE;
}
