/* What init has in place of builder/: for milestones, and for a service that
 * asks for more than every service gets, its fork executes the builder's
 * program. The steps that only that has do nothing here, and fail where they
 * were asked for.
 */
#include "sandbox/build.h"

#include "base/kernel.h"
#include "base/process.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static bool asks_for_more(const struct build *b)
{
	return b->service->flags & SERVICE_BUILDER;
}

static int do_without(const struct build *b)
{
	errno = ENOSYS;
	return asks_for_more(b) ? -1 : 0;
}

int net_open(struct build *b)
{
	return do_without(b);
}

int landlock_restrict(struct build *b)
{
	return do_without(b);
}

int net_enter(struct build *b)
{
	return do_without(b);
}

int net_make(struct build *b)
{
	return do_without(b);
}

int net_address(struct build *b)
{
	return do_without(b);
}

int names_write(struct build *b)
{
	return do_without(b);
}

int group_weigh_io(struct build *b)
{
	return do_without(b);
}

int group_limit_io(struct build *b)
{
	return do_without(b);
}

int group_delegate(struct build *b)
{
	return do_without(b);
}

int program_limit(struct build *b)
{
	return do_without(b);
}

int program_schedule(struct build *b)
{
	return do_without(b);
}

/* Whatever is not told about closes by itself. */
static int hand_over(const struct sandbox_orders *orders)
{
	const int fds[] = {orders->host.proc, orders->host.cgroup,
		orders->host.services, orders->host.builders,
		orders->host.template, orders->host.table, orders->places,
		orders->log, orders->report};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0 && fcntl(fds[i], F_SETFD, 0) < 0)
			return -1;
	for (unsigned i = 0; i < SPACES; i++)
		if (orders->enter[i] >= 0 &&
			fcntl(orders->enter[i], F_SETFD, 0) < 0)
			return -1;
	return 0;
}

int sandbox_execute(const struct sandbox_orders *orders)
{
	static char name[] = "builder";
	char number[12];
	char *const words[] = {name, number, NULL};
	char *const environment[] = {NULL};
	int fd = memfd_create("orders", MFD_CLOEXEC);

	if (fd < 0 ||
		write(fd, orders, sizeof(*orders)) !=
			(ssize_t)sizeof(*orders) ||
		hand_over(orders) < 0 || fcntl(fd, F_SETFD, 0) < 0)
		return -1;
	text_compose(number, sizeof(number), "%u", (unsigned)fd);
	return execve(SANDBOX_PROGRAM, words, environment);
}

int builder_execute(struct build *b)
{
	struct sandbox_orders orders = {.host = *b->host,
		.generation = b->start->generation,
		.service = b->start->service,
		.place = b->start->place,
		.places = b->start->places,
		.log = b->start->log,
		.report = b->start->report};

	if (!asks_for_more(b))
		return 0;
	for (unsigned i = 0; i < SPACES; i++)
		orders.enter[i] = b->start->enter[i];
	b->object = SANDBOX_PROGRAM;
	return sandbox_execute(&orders);
}

/* One of its own is opened by the program only: never the host's instead. */
static int refuse(table_at asked)
{
	errno = ENOSYS;
	return asked ? -1 : 0;
}

int root_open(struct build *b)
{
	return refuse(b->service->root);
}

int image_open(struct build *b)
{
	return refuse(b->service->image);
}

static bool is_rare(const struct mount_entry *entry)
{
	return entry->kind >= MOUNT_STATE || entry->mapped;
}

/* The first of the steps for the files of few. */
int states_open(struct build *b)
{
	const struct list *list = &b->service->mounts;
	const struct mount_entry *entries = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		if (!is_rare(&entries[i]))
			continue;
		errno = ENOSYS;
		return -1;
	}
	return 0;
}

/* For those whose root is open, or whose files are few's: none. */
static int nothing(struct build *b)
{
	(void)b;
	return 0;
}

#define NOTHING __attribute__((alias("nothing")))
int image_attach(struct build *b) NOTHING;
int image_verify(struct build *b) NOTHING;
int image_find(struct build *b) NOTHING;
int image_mount(struct build *b) NOTHING;
int account_open(struct build *b) NOTHING;
int account_fork(struct build *b) NOTHING;
int account_take(struct build *b) NOTHING;
int root_map(struct build *b) NOTHING;
int root_enter(struct build *b) NOTHING;
int states_limit(struct build *b) NOTHING;
int credentials_copy(struct build *b) NOTHING;
int offers_open(struct build *b) NOTHING;
int ids_map(struct build *b) NOTHING;

int forward_step(struct build *b)
{
	return do_without(b);
}

int devices_make(struct build *b)
{
	return do_without(b);
}

pid_t sandbox_watch(
	const struct sandbox_host *host, const struct sandbox_watched *watched)
{
	struct sandbox_orders orders = {.host = *host,
		.generation = watched->generation,
		.service = watched->service,
		.places = -1,
		.log = -1,
		.report = -1,
		.watch = true,
		.reaper = watched->reaper};
	pid_t pid = process_fork(host->builders);

	if (pid)
		return pid;
	for (unsigned i = 0; i < SPACES; i++)
		orders.enter[i] = -1;
	sandbox_execute(&orders);
	kernel_exit(1);
}
