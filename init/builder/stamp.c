/* When a service with `every ... catch-up` ran last, over a reboot: a file a
 * service, DATA/timers/NAME, with seconds since 1970. Each start of one writes
 * it before its program is made, so that a run which began is not caught up,
 * whatever ends it; the power can be cut at any instruction.
 */
#include "builder/files.h"
#include "builder/milestone.h"

#include "base/file.h"
#include "base/text.h"
#include "plan/timer.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "timers"
#define DIGITS 20U

static const struct timer *timer_of(
	const struct table *table, const struct service *service)
{
	const struct timer *timer = table_pointer(table, service->timer);

	return service->timer && timer->catch_up ? timer : NULL;
}

static int open_folder(const struct build *b)
{
	table_at data = b->table->system.data;
	const char *path = data ? table_string(b->table, data) : TABLE_DATA;
	SCOPED_FD at = host_has(b, path) ? folders_open(AT_FDCWD, path) : -1;

	return at < 0 ? -1 : folders_make(at, FOLDER);
}

/* A run at 0 would be none. */
static int64_t stamp_now(const struct table *table, const struct timer *timer)
{
	int64_t stamp = timer_stamp(timer, table_zone(table), time(NULL));

	return stamp > 0 ? stamp : 1;
}

static int fill(int folder, const char *name, int64_t stamp)
{
	char text[DIGITS + 2];
	SCOPED_FD fd = openat(folder, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t size = text_compose(
		text, sizeof(text), "%llu\n", (unsigned long long)stamp);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size)
		return -1;
	return fsync(fd);
}

/* No service's name begins with a dot. */
static int replace(int folder, const char *name, int64_t stamp)
{
	char other[TABLE_NAME_MAX + 2];

	text_compose(other, sizeof(other), ".%s", name);
	if (fill(folder, other, stamp) < 0 ||
		renameat(folder, other, folder, name) < 0)
		return -1;
	return fsync(folder);
}

/* A full disk is no reason not to run: maybe this one would empty it. */
static bool is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

int stamp_write(struct build *b)
{
	const struct timer *timer = timer_of(b->table, b->service);
	const char *name = table_string(b->table, b->service->name);
	SCOPED_FD folder = -1;

	if (!timer)
		return 0;
	b->object = "the stamp of this run for catch-up";
	folder = open_folder(b);
	if (folder >= 0 &&
		replace(folder, name, stamp_now(b->table, timer)) == 0)
		return 0;
	if (!is_full(errno))
		return -1;
	b->object = "room on the disk for the stamp of this run";
	build_left_out(b);
	return 0;
}

/* 0: there is none, or it is none. */
static int64_t read_stamp(int folder, const char *name)
{
	char text[DIGITS + 2];
	SCOPED_FD fd = openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	uint64_t stamp;

	if (size < 2 || text[size - 1] != '\n' ||
		!text_number(text, (size_t)size - 1, 10, &stamp) ||
		stamp > INT64_MAX / 1000)
		return 0;
	return (int64_t)stamp;
}

void stamps_read(const struct milestone_task *task)
{
	const struct table *table = task->table;
	const struct build b = {.table = table};
	SCOPED_FD folder = -1;

	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);
		const struct timer *timer = timer_of(table, service);
		const char *name = table_string(table, service->name);

		if (!timer)
			continue;
		if (folder < 0)
			folder = open_folder(&b);
		if (folder < 0)
			return;
		task->stamps[i] = read_stamp(folder, name);
		if (task->stamps[i])
			continue;
		task->stamps[i] = stamp_now(table, timer);
		replace(folder, name, task->stamps[i]);
	}
}
