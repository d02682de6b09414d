/* The spawner: the builder as a program of its own. It waits for orders from
 * init, and forks a process for each (sandbox.h): a builder for a start, a task
 * for a milestone, a watcher. It knows what is true of the host, and nothing of
 * what became of its children, which are init's. With words it is no spawner:
 * last.h.
 */
#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "builder/conditions.h"
#include "builder/devices.h"
#include "builder/keeper.h"
#include "builder/last.h"
#include "builder/milestone.h"
#include "load/load.h"
#include "log/logger.h"
#include "sandbox/build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The builders that one processor has at work at once: all that init orders. */
#define BATCH SANDBOX_PLACES
/* A batch of which none has ended for so long, or up to twice that, hangs. */
#define STUCK_MS 200

/* The builders at work on the one processor, oldest first, and how many have
 * begun since there was none. */
struct batch {
	struct pollfd builders[BATCH]; /* their pidfds */
	nfds_t at_work;
	unsigned begun;
};

static struct {
	struct sandbox_host host;
	const struct table *table;
	struct sandbox_pids *pids; /* SANDBOX_PLACES of them, */
	int64_t *stamps; /* one for each service, */
	int32_t *watchers; /* SANDBOX_HELPERS, */
	struct sandbox_pids *spares; /* and one for each service again */
	bool is_spared; /* by the kernel, when memory is short; and its children
			 */
	bool is_single; /* there is one processor */
} spawner = {.host = {-1, -1, -1, -1, -1, -1, -1}};

/* A child of init. 0 in the child; -1 with errno. */
static pid_t spawn(int32_t *pid)
{
	pid_t child = builder_clone(spawner.host.builders, 0, pid, NULL);

	if (child == 0)
		close(SANDBOX_FD);
	return child;
}

static void forget_ended(struct batch *batch)
{
	nfds_t kept = 0;

	if (!batch->at_work)
		return;
	poll(batch->builders, batch->at_work, 0);
	for (nfds_t i = 0; i < batch->at_work; i++) {
		if (batch->builders[i].revents)
			close(batch->builders[i].fd);
		else
			batch->builders[kept++] = batch->builders[i];
	}
	batch->at_work = kept;
	if (!kept)
		batch->begun = 0;
}

/* On one processor the next builders begin when all of a batch have ended. They
 * come to the same step at about the same time then, which is in the
 * processor's caches, or among an emulator's translations, after the first. Who
 * is left when nobody has ended for long is not waited for. */
static void let_finish(struct batch *batch)
{
	nfds_t before = 0;

	if (batch->begun < BATCH)
		return;
	while (batch->at_work && batch->at_work != before) {
		before = batch->at_work;
		poll(batch->builders, 1, STUCK_MS);
		forget_ended(batch);
	}
	for (nfds_t i = 0; i < batch->at_work; i++)
		close(batch->builders[i].fd);
	batch->at_work = 0;
	batch->begun = 0;
}

/* One that stays as a prober is over long before it ends. */
static bool is_waited_for(uint32_t index)
{
	uint8_t ready = table_service(spawner.table, index)->ready;

	return spawner.is_single && ready != READY_PATH && ready != READY_TCP;
}

/* The batch stands with what else is written at each order: a page that the
 * spawner writes is copied after each fork. */
static pid_t spawn_builder(uint32_t index, int32_t *pid, struct batch *batch)
{
	int pidfd = -1;
	pid_t child = builder_clone(spawner.host.builders, 0, pid,
		is_waited_for(index) ? &pidfd : NULL);

	if (child == 0)
		close(SANDBOX_FD);
	if (child <= 0 || pidfd < 0)
		return child;
	batch->builders[batch->at_work] =
		(struct pollfd){.fd = pidfd, .events = POLLIN};
	batch->at_work++;
	batch->begun++;
	return child;
}

/* Who is woken does not interrupt who runs: builder and reaper wait for each
 * other, and each has more to do before it sleeps. What the spawner forks
 * inherits it; a program has what its stanza says: program_schedule(). */
static void be_patient(void)
{
	static const struct kernel_sched_attr attributes = {
		.size = sizeof(attributes), .sched_policy = K_SCHED_BATCH};

	/* without it all is the same, but takes longer */
	kernel_sched_setattr(&attributes);
}

static bool has_one_processor(void)
{
	cpu_set_t usable;

	return sched_getaffinity(0, sizeof(usable), &usable) == 0 &&
		CPU_COUNT(&usable) == 1;
}

static void start(const struct sandbox_orders *orders, const int *fds,
	struct batch *batch)
{
	struct sandbox_start all = {.table = spawner.table,
		.service = orders->service,
		.generation = orders->generation,
		.log = fds[SANDBOX_FD_LOG],
		.report = fds[SANDBOX_FD_REPORT],
		.news = fds[SANDBOX_FD_NEWS],
		.bell = fds[SANDBOX_FD_BELL],
		.keeper = fds[SANDBOX_FD_KEEPER],
		.go = fds[SANDBOX_FD_GO],
		.is_spared = spawner.is_spared,
		.pids = fds[SANDBOX_FD_GO] < 0
			? &spawner.pids[orders->place]
			: &spawner.spares[orders->service]};
	struct build b = {.report = all.report, .row = UINT32_MAX};
	pid_t pid = spawn_builder(orders->service, &all.pids->builder, batch);

	if (pid < 0)
		build_failed(&b, errno);
	if (pid)
		return;
	prctl(K_PR_SET_NAME, "builder", 0, 0, 0);
	memcpy(all.enter, &fds[SANDBOX_FD_ENTER], sizeof(all.enter));
	builder_run(&spawner.host, &all);
}

static void run_milestone(const struct sandbox_orders *orders, const int *fds)
{
	sigset_t none;

	if (spawn(&spawner.pids[orders->place].service))
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(K_PR_SET_NAME, "milestone", 0, 0, 0);
	kernel_exit(milestone_run(spawner.table,
		(enum milestone)orders->milestone, fds[SANDBOX_FD_REPORT],
		spawner.stamps, orders->generation != 0));
}

/* Its socket to init comes as what a report is told by. */
static void keep(const struct sandbox_orders *orders, const int *fds)
{
	struct sandbox_start all = {.table = spawner.table,
		.service = orders->service,
		.report = fds[SANDBOX_FD_REPORT],
		.log = -1,
		.news = -1,
		.bell = -1,
		.keeper = -1,
		.go = -1};
	uint32_t place = spawner.table->services.count + 1 + orders->service;

	if (spawn(&spawner.watchers[place]))
		return;
	memcpy(all.enter, &fds[SANDBOX_FD_ENTER], sizeof(all.enter));
	keeper_run(&spawner.host, &all);
}

static void watch(const struct sandbox_orders *orders)
{
	const struct watched watched = {.table = spawner.table,
		.service = orders->service,
		.reaper = orders->reaper,
		.generation = orders->generation};

	if (spawn(&spawner.watchers[orders->service]) == 0)
		watch_run(&spawner.host, &watched);
}

/* Its socket comes as what a report is told by, its places as a log. */
static void run_logger(const int *fds)
{
	const struct table *table = spawner.table;
	const struct build b = {.table = table};
	table_at data = table->system.data;
	const struct logger_setup setup = {.table = table,
		.proc = spawner.host.proc,
		.socket = fds[SANDBOX_FD_REPORT],
		.bell = fds[SANDBOX_FD_BELL],
		.places = fds[SANDBOX_FD_LOG],
		.has_data = host_has(
			&b, data ? table_string(table, data) : TABLE_DATA)};

	if (spawn(&spawner.watchers[table->services.count]) == 0)
		logger_run(&setup);
}

static void watch_conditions(const int *fds)
{
	static struct conditions_memory *memory = MAP_FAILED;
	const struct conditions_setup setup = {.table = spawner.table,
		.memory = memory != MAP_FAILED
			? memory
			: mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		.socket = fds[SANDBOX_FD_REPORT]};

	memory = setup.memory;
	if (memory == MAP_FAILED)
		return;

	if (spawn(&spawner.watchers[SANDBOX_LAST_HELPER(
		    spawner.table->services.count)]) == 0)
		conditions_run(&setup);
}

static size_t places_size(void)
{
	return SANDBOX_PIDS_SIZE(spawner.table->services.count);
}

static bool map_places(int fd)
{
	size_t size = places_size();
	void *all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (all == MAP_FAILED)
		return false;
	spawner.pids = all;
	spawner.stamps = (void *)&spawner.pids[SANDBOX_PLACES];
	spawner.watchers =
		(void *)&spawner.stamps[spawner.table->services.count];
	spawner.spares = (void *)&spawner.watchers[SANDBOX_HELPERS(
		spawner.table->services.count)];
	return true;
}

static void forget_table(void)
{
	if (!spawner.table)
		return;
	if (spawner.pids)
		munmap(spawner.pids, places_size());
	load_unmap(spawner.table);
	spawner.pids = NULL;
	spawner.table = NULL;
}

/* It learns of the table, or of another one. */
static bool begin(const struct sandbox_host *host)
{
	forget_table();
	spawner.table =
		host->table < 0 ? load_fallback() : load_map(host->table);
	/* a spawner that is killed costs all starts that are at work */
	spawner.is_spared =
		file_write(host->proc, "self/oom_score_adj", OOM_SPARED) == 0;
	return spawner.table && map_places(host->places);
}

static void take(int *fd, int *from)
{
	if (*from < 0)
		return;
	if (*fd >= 0)
		close(*fd);
	*fd = *from;
	*from = -1;
}

static bool know(int *fds)
{
	struct sandbox_host *host = &spawner.host;

	take(&host->proc, &fds[SANDBOX_FD_PROC]);
	take(&host->cgroup, &fds[SANDBOX_FD_CGROUP]);
	take(&host->services, &fds[SANDBOX_FD_SERVICES]);
	take(&host->builders, &fds[SANDBOX_FD_BUILDERS]);
	take(&host->template, &fds[SANDBOX_FD_TEMPLATE]);
	take(&host->table, &fds[SANDBOX_FD_TABLE]);
	take(&host->places, &fds[SANDBOX_FD_PLACES]);
	return begin(host);
}

static bool is_known(const struct sandbox_orders *orders)
{
	return spawner.table && orders->place < SANDBOX_PLACES &&
		orders->service < spawner.table->services.count;
}

/* False: it cannot go on. */
static bool obey(
	const struct sandbox_orders *orders, int *fds, struct batch *batch)
{
	forget_ended(batch);
	if (orders->order == SANDBOX_START)
		let_finish(batch);
	if (orders->order == SANDBOX_KNOW)
		return know(fds);
	if (!is_known(orders))
		return true;
	if (orders->order == SANDBOX_START)
		start(orders, fds, batch);
	else if (orders->order == SANDBOX_MILESTONE)
		run_milestone(orders, fds);
	else if (orders->order == SANDBOX_WATCH)
		watch(orders);
	else if (orders->order == SANDBOX_LOGGER)
		run_logger(fds);
	else if (orders->order == SANDBOX_KEEP)
		keep(orders, fds);
	else if (orders->order == SANDBOX_CONDITIONS)
		watch_conditions(fds);
	return true;
}

/* Those that came stand in the order of their bits. */
static void sort(uint32_t bits, const struct cmsghdr *part, int *fds)
{
	const unsigned char *next = part ? CMSG_DATA(part) : NULL;

	for (unsigned i = 0; i < SANDBOX_FDS; i++) {
		fds[i] = -1;
		if (!next || !(bits >> i & 1))
			continue;
		memcpy(&fds[i], next, sizeof(fds[i]));
		next += sizeof(fds[i]);
	}
}

/* False at the end of the socket. */
static bool take_orders(struct sandbox_orders *orders, int *fds)
{
	struct iovec data = {orders, sizeof(*orders)};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(SANDBOX_FDS * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	if (recvmsg(SANDBOX_FD, &message, MSG_CMSG_CLOEXEC) !=
		(ssize_t)sizeof(*orders))
		return false;
	sort(orders->fds, CMSG_FIRSTHDR(&message), fds);
	return true;
}

int main(int count, char **words)
{
	struct sandbox_orders orders = {0};
	int fds[SANDBOX_FDS];
	struct batch batch = {0};
	bool goes_on = true;

	if (count == 3)
		return last_run(words[1], words[2]);
	prctl(K_PR_SET_NAME, "spawner", 0, 0, 0);
	prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (fcntl(SANDBOX_FD, F_SETFD, FD_CLOEXEC) < 0 || chdir("/") < 0)
		return 2;
	spawner.is_single = has_one_processor();
	be_patient();
	while (goes_on && take_orders(&orders, fds)) {
		goes_on = obey(&orders, fds, &batch);
		for (unsigned i = 0; i < SANDBOX_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	return 1;
}
