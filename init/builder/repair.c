/* The check of a file system before its mount, and the making of one on a
 * device where nothing is. Both are done by the file system's own programs,
 * locked up in a cell.
 *
 * Nothing is what nobody has written to: the first and the last MiB are all
 * zeros, or all ones as in erased flash. Labels and partition tables, and the
 * superblocks of all that can be mounted, stand there. Power can be cut while
 * it is made: a mark in the device's first sector, where ext4 has nothing, says
 * so until it is whole. It looks like the label of BSD's disks, which mke2fs
 * leaves alone. fsck(8), mke2fs(8)
 */
#include "builder/repair.h"

#include "base/file.h"
#include "base/text.h"
#include "builder/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define EDGE_BYTES (off_t)(1 << 20)
#define SECTOR 512U
#define LABEL_AT 64U /* of BSD's magic number: mke2fs.c */
#define PATH_SIZE 64U

/* fsck(8): a sum */
#define FSCK_MENDED 1
#define FSCK_REBOOT 2

static const unsigned char bsd_magic[] = {0x57, 0x45, 0x56, 0x82};
static const char mark_text[] = "bulkhead: file system not made yet";

struct sector {
	unsigned char bytes[SECTOR];
};

static bool fail(struct repair *r, const char *what, const char *remedy)
{
	r->what = what;
	r->remedy = remedy;
	return false;
}

static bool fail_by(
	struct repair *r, const char *what, int error, const char *remedy)
{
	text_compose(r->why, sizeof(r->why), "%s", strerror(error));
	return fail(r, what, remedy);
}

static void make_mark(struct sector *mark)
{
	*mark = (struct sector){{0}};
	memcpy(mark->bytes, mark_text, sizeof(mark_text));
	memcpy(mark->bytes + LABEL_AT, bsd_magic, sizeof(bsd_magic));
}

static bool is_marked(int fd)
{
	struct sector mark;
	struct sector found;

	make_mark(&mark);
	return pread(fd, &found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
		memcmp(&found, &mark, sizeof(mark)) == 0;
}

static bool write_first(int fd, const struct sector *sector)
{
	return pwrite(fd, sector, sizeof(*sector), 0) ==
		(ssize_t)sizeof(*sector) &&
		fsync(fd) == 0;
}

/* What cannot be read is not blank. */
static bool is_blank(int fd, off_t at, off_t end)
{
	static unsigned char bytes[65536];
	unsigned char first = 0;

	if (pread(fd, &first, 1, at) != 1 || (first != 0 && first != 0xff))
		return false;
	while (at < end) {
		size_t most = sizeof(bytes);
		ssize_t got;

		if (end - at < (off_t)most)
			most = (size_t)(end - at);
		got = pread(fd, bytes, most, at);
		if (got <= 0 || bytes[0] != first ||
			memcmp(bytes, bytes + 1, (size_t)got - 1) != 0)
			return false;
		at += got;
	}
	return true;
}

static bool is_empty(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	off_t edge = end < EDGE_BYTES ? end : EDGE_BYTES;

	return end > 0 && is_blank(fd, 0, edge) &&
		is_blank(fd, end - edge, end);
}

/* Sizes of states need two of the features, and kernels before 5.15 do without
 * the third; what zeroes the rest of the inodes is
 * the kernel, once it is mounted. */
static bool make(struct repair *r, int fd)
{
	static const char *const words[] = {"/sbin/mkfs.ext4", "-q", "-F", "-t",
		"ext4", "-O", "quota,project,^orphan_file", "-E",
		"lazy_itable_init=1", CELL_DEVICE, NULL};
	static const struct sector nothing;
	struct cell cell = {r->table, words, r->device, "", ""};
	struct sector mark;
	int code;

	make_mark(&mark);
	if (!write_first(fd, &mark))
		return fail_by(r, "make a file system", errno,
			"is the device read-only?");
	code = cell_run(&cell);
	if (code < 0)
		return fail_by(r, words[0], -code,
			"the image needs it: CONFIG_E2FSPROGS");
	text_compose(r->why, sizeof(r->why), "%s", code ? cell.first : "");
	if (code > 0)
		return fail(r, words[0], "is the device large enough?");
	if (fsync(fd) < 0 || !write_first(fd, &nothing))
		return fail_by(r, "make a file system", errno,
			"the device fails: replace it");
	r->what = "it was empty, and has a file system now";
	return true;
}

static bool make_if_empty(struct repair *r)
{
	SCOPED_FD fd = open(r->device, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return fail_by(r, "open it", errno,
			"remove 'make-if-empty', or make it writable");
	if (!is_marked(fd) && !is_empty(fd))
		return true;
	return make(r, fd);
}

/* Some of what its exit code says together. */
static bool judge(struct repair *r, int code, const struct cell *cell)
{
	text_compose(r->why, sizeof(r->why), "%s",
		code == FSCK_MENDED ? cell->last : cell->first);
	if (code & ~(FSCK_MENDED | FSCK_REBOOT))
		return fail(r,
			"check it: it cannot be mended without questions",
			"mend it by hand with fsck, or 'fsck = no'");
	if (code & FSCK_REBOOT)
		return fail(r, "check it: it was mended while in use",
			"boot again");
	if (code)
		r->what = "checked and mended";
	return true;
}

static bool check(struct repair *r)
{
	char path[PATH_SIZE];
	const char *words[] = {path, "-p", CELL_DEVICE, NULL};
	struct cell cell = {r->table, words, r->device, "", ""};
	int code;

	text_compose(path, sizeof(path), "/sbin/fsck.%s",
		table_string(r->table, r->wanted->type));
	if (access(path, X_OK) < 0) {
		if (!r->wanted->fsck_wanted)
			return true;
		return fail_by(r, "check it by its fsck", errno,
			"put it into the image, or 'fsck = no'");
	}
	code = cell_run(&cell);
	if (code < 0)
		return fail_by(r, "check it by its fsck", -code,
			"mend that, or 'fsck = no'");
	return judge(r, code, &cell);
}

bool repair(struct repair *r)
{
	bool is_read_only = r->wanted->flags & MS_RDONLY;

	r->what = NULL;
	r->why[0] = '\0';
	if (r->wanted->make_if_empty && !make_if_empty(r))
		return false;
	/* what was just made is sound */
	if (r->what || is_read_only || r->wanted->fsck != FSCK_PREEN)
		return true;
	return check(r);
}
