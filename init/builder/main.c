/* The builder as a program of its own: all that init has of it, and what only
 * few services ask for; and the tasks of the host's boot. init executes it with
 * its orders (sandbox.h).
 */
#include "base/kernel.h"
#include "base/text.h"
#include "builder/devices.h"
#include "builder/milestone.h"
#include "load/load.h"
#include "sandbox/build.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* It is the program already. */
int builder_execute(struct build *b)
{
	(void)b;
	return 0;
}

static int read_orders(const char *word, struct sandbox_orders *orders)
{
	uint64_t fd;

	if (!text_decimal(word, INT32_MAX, &fd))
		return -1;
	return pread((int)fd, orders, sizeof(*orders), 0) ==
			(ssize_t)sizeof(*orders)
		? close((int)fd)
		: -1;
}

static struct sandbox_pids *map_place(const struct sandbox_orders *orders)
{
	size_t size = (orders->place + 1) * sizeof(struct sandbox_pids);
	struct sandbox_pids *all = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_SHARED, orders->places, 0);

	return all == MAP_FAILED ? NULL : &all[orders->place];
}

/* What comes before the first step counts as the one that led here. */
static int fail(const struct sandbox_orders *orders)
{
	static struct build b = {.object = SANDBOX_PROGRAM};

	b.report = orders->report;
	if (orders->milestone == MILESTONE_NONE)
		build_report(&b, STEP_EXECUTE, errno);
	return 1;
}

static int watch(const struct sandbox_orders *orders)
{
	const struct sandbox_watched watched = {
		.table = load_map(orders->host.table),
		.service = orders->service,
		.reaper = orders->reaper,
		.generation = orders->generation};

	if (!watched.table || watched.service >= watched.table->services.count)
		return 1;
	watch_run(&orders->host, &watched);
}

static int run(const struct sandbox_orders *orders)
{
	struct sandbox_start start = {.service = orders->service,
		.generation = orders->generation,
		.log = orders->log,
		.report = orders->report,
		.places = orders->places,
		.place = orders->place};

	for (unsigned i = 0; i < SPACES; i++)
		start.enter[i] = orders->enter[i];
	start.table = orders->host.table < 0 ? load_fallback()
					     : load_map(orders->host.table);
	if (start.table && orders->milestone != MILESTONE_NONE)
		return milestone_run(start.table, orders);
	start.pids = map_place(orders);
	if (!start.table || !start.pids ||
		start.service >= start.table->services.count)
		return fail(orders);
	builder_run(&orders->host, &start);
}

int main(int count, char **words)
{
	static struct sandbox_orders orders;

	if (count != 2 || read_orders(words[1], &orders) < 0) {
		static const char text[] = "builder: only init calls this\n";

		return write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 1 : 2;
	}
	if (kernel_close_range_at_exec(STDERR_FILENO + 1, ~0U) < 0)
		return fail(&orders);
	return orders.watch ? watch(&orders) : run(&orders);
}
