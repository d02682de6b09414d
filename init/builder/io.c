/* Input and output of a group: io-max and io-weight. cgroup-v2.rst, "IO"
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define QOS "io.cost.qos" /* of the root group */
#define QOS_SIZE 2048U
#define DISKS "/sys/block"
#define LINE_SIZE 128U

/* A weight means nothing to a disk without the kernel's model of its cost. Of
 * those that have no queue of their own the cost is that of others. */
static int switch_on(struct build *b, int disks, const char *disk)
{
	char path[LINE_SIZE + 8];
	char line[LINE_SIZE];
	char all[QOS_SIZE];
	size_t length;

	if (strncmp(disk, "loop", 4) == 0 || strncmp(disk, "ram", 3) == 0 ||
		strncmp(disk, "zram", 4) == 0)
		return 0;
	text_compose(path, sizeof(path), "%s/dev", disk);
	/* it may be pulled out meanwhile */
	if (file_read(disks, path, line, sizeof(line) / 2) <= 0)
		return errno == ENOENT ? 0 : -1;
	if (file_read(b->host->cgroup, QOS, all, sizeof(all)) < 0)
		return -1;
	length = strcspn(line, "\n");
	text_compose(line + length, sizeof(line) - length, " enable=1");
	if (strstr(all, line))
		return 0;
	return file_write(b->host->cgroup, QOS, line);
}

static int switch_all_on(struct build *b)
{
	_Alignas(struct file_row) char rows[1024];
	SCOPED_FD disks = open(DISKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long count;

	if (disks < 0)
		return -1;
	while ((count = file_rows(disks, rows, sizeof(rows))) > 0)
		for (long at = 0; at < count;) {
			const struct file_row *row = (const void *)(rows + at);

			at += row->length;
			if (*row->name != '.' &&
				switch_on(b, disks, row->name) < 0)
				return -1;
		}
	return count < 0 ? -1 : 0;
}

int group_weigh_io(struct build *b)
{
	char text[24];

	if (b->group < 0 || !b->service->io_weight)
		return 0;
	text_compose(text, sizeof(text), "%u", b->service->io_weight);
	b->object = "io.weight";
	if (file_write(b->group, b->object, text) < 0)
		return -1;
	b->object = QOS;
	return switch_all_on(b);
}

static int limit_disk(struct build *b, const struct io_limit *limit)
{
	static const char names[IO_KINDS][6] = {
		"rbps", "wbps", "riops", "wiops"};
	struct stat disk;
	char line[LINE_SIZE];
	size_t used;

	if (stat(b->object, &disk) < 0)
		return -1;
	if (!S_ISBLK(disk.st_mode)) {
		errno = ENOTBLK;
		return -1;
	}
	used = text_compose(line, sizeof(line), "%u:%u", major(disk.st_rdev),
		minor(disk.st_rdev));
	for (unsigned i = 0; i < IO_KINDS; i++)
		if (limit->most[i] != LIMIT_NONE)
			used += text_compose(line + used, sizeof(line) - used,
				" %s=%llu", names[i],
				(unsigned long long)limit->most[i]);
	return file_write(b->group, "io.max", line);
}

int group_limit_io(struct build *b)
{
	const struct list *list = &b->service->io_limits;
	const struct io_limit *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		b->object = table_string(b->table, all[i].device);
		if (limit_disk(b, &all[i]) == 0)
			continue;
		if (!all[i].optional || access(b->object, F_OK) == 0)
			return -1;
		build_left_out(b);
	}
	return 0;
}
