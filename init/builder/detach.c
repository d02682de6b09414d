/* What keeps a file system in use without being mounted on it: swap files, loop
 * devices, and the device mapper's. unmount_all() calls these between its
 * rounds, so that a disk in a file on a disk in a file comes apart layer by
 * layer. loop(4), swapoff(2), dm-ioctl.h
 */
#include "builder/last.h"

#include "base/file.h"
#include "base/text.h"
#include "log/console.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/swap.h>

#define BLOCKS "/sys/block"
#define SWAPS "/proc/swaps"
#define SWAPS_SIZE 2048U
#define NAME_SIZE 32U
#define PATH_SIZE 64U
#define SWAP_MS 3000U /* its pages come back into memory */
#define STEP_MS 1000U

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* --- block devices -------------------------------------------------------- */

static bool is_bound(int blocks, const char *name)
{
	char path[PATH_SIZE];
	SCOPED_FD fd = -1;

	text_compose(path, sizeof(path), "%s/loop/backing_file", name);
	fd = openat(blocks, path, O_PATH | O_CLOEXEC);
	return fd >= 0;
}

/* A device that is in use goes when it no longer is. */
static int free_loop(const char *name)
{
	char path[PATH_SIZE];
	SCOPED_FD fd = -1;

	text_compose(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || ioctl(fd, LOOP_CLR_FD, 0) < 0 ? errno : 0;
}

static int free_mapped(const char *control)
{
	struct dm_ioctl order = {.version = {DM_VERSION_MAJOR, 0, 0},
		.data_size = sizeof(order)};
	SCOPED_FD fd = open(control, O_RDWR | O_CLOEXEC);

	return fd < 0 || ioctl(fd, (int)DM_REMOVE_ALL, &order) < 0 ? errno : 0;
}

struct devices {
	unsigned loops;
	unsigned mapped;
};

static void take_row(struct devices *found, int blocks,
	const struct file_row *row, bool frees)
{
	if (begins(row->name, "dm-"))
		found->mapped++;
	if (!begins(row->name, "loop") || strlen(row->name) >= NAME_SIZE ||
		!is_bound(blocks, row->name))
		return;
	found->loops++;
	if (frees)
		end_try(free_loop, row->name, STEP_MS);
}

static void walk(struct devices *found, bool frees)
{
	_Alignas(struct file_row) char rows[2048];
	SCOPED_FD blocks = open(BLOCKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	*found = (struct devices){0, 0};
	while (blocks >= 0 &&
		(got = file_rows(blocks, rows, sizeof(rows))) > 0) {
		for (long at = 0; at < got;) {
			const struct file_row *row =
				(const struct file_row *)(const void *)(rows +
					at);

			take_row(found, blocks, row, frees);
			at += row->length;
		}
	}
}

bool detach_devices(void)
{
	struct devices before;
	struct devices after;

	walk(&before, true);
	if (before.mapped)
		end_try(free_mapped, "/dev/mapper/control", STEP_MS);
	if (!before.loops && !before.mapped)
		return false;
	walk(&after, false);
	return after.loops < before.loops || after.mapped < before.mapped;
}

/* --- swap ----------------------------------------------------------------- */

static int stop_swap(const char *path)
{
	return swapoff(path) < 0 ? errno : 0;
}

/* A partition of its own keeps nothing else in use. */
static bool matters(const char *path, const char *type)
{
	return begins(type, "file") || begins(path, "/dev/loop") ||
		begins(path, "/dev/dm-");
}

/* "PATH TYPE SIZE USED PRIORITY", with blanks between */
static void take_swap(char *line)
{
	char *type = strpbrk(line, " \t");
	int error;

	if (!type)
		return;
	*type++ = '\0';
	type += strspn(type, " \t");
	if (!matters(line, type))
		return;
	end_unescape(line);
	error = end_try(stop_swap, line, SWAP_MS);
	if (error)
		console_say(
			"boot: swap on %s: %s; its file system stays in use",
			line, strerror(error));
}

void detach_swaps(void)
{
	char text[SWAPS_SIZE];
	char *line;

	file_read(AT_FDCWD, SWAPS, text, sizeof(text));
	line = strchr(text, '\n'); /* behind the heading */
	while (line && line[1]) {
		char *next = strchr(++line, '\n');

		if (next)
			*next = '\0';
		take_swap(line);
		line = next;
	}
}
