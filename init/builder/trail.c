/* Paths of the host: the trail of folders and links that leads to what is asked
 * for, or as far as there is something, each folder watched for the next name.
 * A folder is watched before it is looked into, so that nothing comes unseen.
 * inotify(7)
 */
#include "builder/conditions.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MOST 40 /* as the kernel itself */
#define ROOM ((size_t)2 * PATH_MAX)
#define ANY 0U /* the hash that stands for all names */
#define AT_A_TIME 256U
#define NAMES \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		IN_DELETE_SELF | IN_MOVE_SELF)
#define CONTENT (NAMES | IN_CLOSE_WRITE | IN_ATTRIB)

static struct {
	int inotify;
	int links; /* that the trail has met */
	char rest[ROOM]; /* of the path, to be walked */
} trail = {.inotify = -1, .rest = ""};

int trail_open(const struct things *things)
{
	(void)things;
	trail.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return trail.inotify;
}

/* FNV-1a; never ANY. */
static uint32_t hash(uint32_t before, const void *bytes, size_t size)
{
	const unsigned char *next = bytes;

	for (size_t i = 0; i < size; i++)
		before = (before ^ next[i]) * 16777619U;
	return before ? before : 1;
}

#define HASH_BEGIN 2166136261U

static uint32_t hash_name(const char *name)
{
	return hash(HASH_BEGIN, name, strlen(name));
}

/* --- the walk ------------------------------------------------------------- */

/* Watches what is open for a name, or for all of them. False: with errno. */
static bool watch(struct thing *thing, int fd, uint32_t name, uint32_t events)
{
	struct trail_step *step = &thing->steps[thing->step_count];
	char path[32];

	if (thing->step_count == TRAIL_STEPS) {
		errno = ELOOP;
		return false;
	}
	text_compose(path, sizeof(path), "/proc/self/fd/%u", (unsigned)fd);
	step->folder =
		inotify_add_watch(trail.inotify, path, events | IN_MASK_ADD);
	step->name = name;
	thing->step_count += step->folder >= 0;
	return step->folder >= 0;
}

/* Takes the first name of the rest. False: there is none. */
static bool take_name(char name[NAME_MAX + 1])
{
	char *start = trail.rest + strspn(trail.rest, "/");
	size_t length = strcspn(start, "/");

	if (length > NAME_MAX)
		length = NAME_MAX;
	memcpy(name, start, length);
	name[length] = '\0';
	memmove(trail.rest, start + length, strlen(start + length) + 1);
	return length;
}

/* Puts what a link says before the rest. False: there is no end of links. */
static bool prepend(int link, bool *from_root)
{
	static char target[PATH_MAX];
	size_t left = strlen(trail.rest);
	ssize_t length = readlinkat(link, "", target, sizeof(target));

	if (length < 0 || trail.links++ == LINKS_MOST ||
		(size_t)length + left + 2 > ROOM)
		return false;
	memmove(trail.rest + length + 1, trail.rest, left + 1);
	memcpy(trail.rest, target, (size_t)length);
	trail.rest[length] = '/';
	*from_root = *target == '/';
	return true;
}

static int open_root(void)
{
	return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Where to go on from after a link in an open folder: that, or the root; -1:
 * nowhere. */
static int follow(int folder, int link)
{
	bool from_root = false;
	bool leads = prepend(link, &from_root);

	close(link);
	if (leads && !from_root)
		return folder;
	close(folder);
	return leads ? open_root() : -1;
}

/* A step from an open folder, which is closed unless it is gone on from.
 * Returns where it leads, or -1. */
static int go(struct thing *thing, int folder, const char *name)
{
	struct stat status;
	int next = -1;

	if (watch(thing, folder, hash_name(name), NAMES))
		next = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	else
		thing->error = errno;
	if (next >= 0 && fstat(next, &status) == 0 && S_ISLNK(status.st_mode))
		return follow(folder, next);
	close(folder);
	return next;
}

/* What is at the end, open by O_PATH, or -1. */
static int walk(struct thing *thing)
{
	char name[NAME_MAX + 1];
	int fd = open_root();

	thing->step_count = 0;
	trail.links = 0;
	text_compose(trail.rest, sizeof(trail.rest), "%s", thing->name);
	while (fd >= 0 && take_name(name))
		fd = go(thing, fd, name);
	return fd;
}

/* --- what is there -------------------------------------------------------- */

static uint32_t sum_of(const struct stat *status, uint32_t before)
{
	const uint64_t all[] = {(uint64_t)status->st_dev,
		(uint64_t)status->st_ino, (uint64_t)status->st_size,
		(uint64_t)status->st_mode, (uint64_t)status->st_mtim.tv_sec,
		(uint64_t)status->st_mtim.tv_nsec,
		(uint64_t)status->st_ctim.tv_sec,
		(uint64_t)status->st_ctim.tv_nsec};

	return hash(before, all, sizeof(all));
}

/* The order of rows is no matter: their sums are added. */
static uint32_t sum_of_rows(int folder)
{
	_Alignas(struct file_row) char bytes[2048];
	struct stat status;
	uint32_t sum = 0;
	long count;

	while ((count = file_rows(folder, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < count;) {
			const struct file_row *row = (const void *)(bytes + at);

			at += row->length;
			if (strcmp(row->name, ".") != 0 &&
				strcmp(row->name, "..") != 0 &&
				fstatat(folder, row->name, &status,
					AT_SYMLINK_NOFOLLOW) == 0)
				sum += sum_of(&status, hash_name(row->name));
		}
	return sum;
}

/* Never 0. */
static uint32_t sum_of_content(struct thing *thing, int fd)
{
	struct stat status;
	uint32_t sum;

	if (!watch(thing, fd, ANY, CONTENT))
		thing->error = errno;
	if (fstat(fd, &status) < 0)
		return 1;
	sum = sum_of(&status, HASH_BEGIN);
	if (S_ISDIR(status.st_mode)) {
		SCOPED_FD folder =
			openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		sum += folder < 0 ? 0 : sum_of_rows(folder);
	}
	return sum ? sum : 1;
}

static bool is_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 &&
		(S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

static bool is_mount(int fd)
{
	struct kernel_statx status = {.attributes = 0};

	return kernel_statx(fd, &status) == 0 &&
		status.attributes & K_STATX_ATTR_MOUNT_ROOT;
}

/* A file that is missing has not changed: it may be about to be replaced. */
static void note_value(struct thing *thing, int fd)
{
	if (!thing->condition)
		thing->value =
			fd < 0 ? thing->value : sum_of_content(thing, fd);
	else if (thing->condition->kind == CONDITION_DEV)
		thing->value = fd >= 0 && is_device(fd);
	else if (thing->condition->kind == CONDITION_MOUNT)
		thing->value = fd >= 0 && is_mount(fd);
	else
		thing->value = fd >= 0;
}

/* --- what is watched ------------------------------------------------------ */

static bool has_step(const struct thing *thing, int32_t folder)
{
	for (uint32_t i = 0; i < thing->step_count; i++)
		if (thing->steps[i].folder == folder)
			return true;
	return false;
}

/* A folder that no trail passes any more is watched no more. */
static void let_go(const struct things *things, const struct thing *before)
{
	for (uint32_t i = 0; i < before->step_count; i++) {
		int32_t folder = before->steps[i].folder;
		bool used = false;

		for (uint32_t k = 0; k < things->count && !used; k++)
			used = has_step(&things->all[k], folder);
		if (!used)
			inotify_rm_watch(trail.inotify, folder);
	}
}

static bool has_same_steps(const struct thing *one, const struct thing *other)
{
	return one->step_count == other->step_count &&
		memcmp(one->steps, other->steps,
			one->step_count * sizeof(*one->steps)) == 0;
}

void trail_look(const struct things *things, struct thing *thing)
{
	static struct thing before;
	int fd;

	before = *thing;
	thing->error = 0;
	fd = walk(thing);
	note_value(thing, fd);
	if (!has_same_steps(&before, thing))
		let_go(things, &before);
	if (fd >= 0)
		close(fd);
}

static bool passes(const struct thing *thing, int32_t folder, uint32_t name)
{
	for (uint32_t i = 0; i < thing->step_count; i++) {
		const struct trail_step *step = &thing->steps[i];

		if (step->folder == folder &&
			(name == ANY || step->name == ANY ||
				step->name == name))
			return true;
	}
	return false;
}

static void hear_event(
	const struct inotify_event *event, const struct things *things)
{
	uint32_t name = event->len ? hash_name(event->name) : ANY;

	for (uint32_t i = 0; i < things->count; i++)
		if (passes(&things->all[i], event->wd, name))
			things->all[i].dirty = true;
	if (event->mask & IN_Q_OVERFLOW)
		things_mark(things, thing_has_path);
}

void trail_hear(int fd, const struct things *things)
{
	static _Alignas(struct inotify_event) char bytes[8192];

	for (unsigned i = 0; i < AT_A_TIME; i++) {
		ssize_t count = read(fd, bytes, sizeof(bytes));

		if (count <= 0)
			return;
		for (ssize_t at = 0; at < count;) {
			const struct inotify_event *event =
				(const void *)(bytes + at);

			hear_event(event, things);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}
