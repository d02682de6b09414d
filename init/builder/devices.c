/* The devices that a service names in the table: found in the host's /dev,
 * which the kernel fills, and made in its own. Nodes that are bound from there
 * could not be opened by who is not root there.
 */
#include "builder/devices.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "sandbox/build.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEV "/dev/"
#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
/* Who owns the folders of a /dev that is made here: nobody, on the host or
 * inside. So nobody can change them, and none can be taken for another. */
#define OWNER 0xfffffffeU

static const struct {
	char name[8];
	char pattern[8];
} classes[] = {{"gpu", "dri/*"}, {"input", "input/*"}, {"audio", "snd/*"},
	{"serial", "tty*"}};

struct devices *devices_open(
	const struct table *table, const struct service *service)
{
	struct devices *d = mmap(NULL, sizeof(*d), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (d == MAP_FAILED)
		return NULL;
	d->table = table;
	d->service = service;
	d->inside = -1;
	d->host = open(DEV, FOLDER | O_CLOEXEC);
	return d->host < 0 ? NULL : d;
}

/* --- which are wanted ----------------------------------------------------- */

/* '*' stands for any bytes and '?' for one, but for no '/'. */
static bool matches(const char *pattern, const char *path)
{
	const char *star = NULL;
	const char *from = NULL;

	while (*path) {
		if (*pattern == '*') {
			star = pattern++;
			from = path;
		} else if (*pattern == *path ||
			(*pattern == '?' && *path != '/')) {
			pattern++;
			path++;
		} else if (star && *from != '/') {
			pattern = star + 1;
			path = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " \n")) {
		size_t part = strcspn(at, " \n");

		if (part == length && memcmp(at, word, length) == 0)
			return true;
		at += part;
	}
	return false;
}

/* Behind a port is a device, behind a terminal of the kernel's own none. What
 * the kernel's console is must be named, since its shell may be there. */
static bool is_serial(const struct devices *d, const struct found_device *one)
{
	char path[64];

	text_compose(path, sizeof(path), "/sys/dev/char/%u:%u/device",
		major(one->number), minor(one->number));
	return access(path, F_OK) == 0 && !has_word(d->console, one->path);
}

static bool is_of_class(const struct devices *d, const char *class,
	const struct found_device *one)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (strcmp(classes[i].name, class) == 0)
			return matches(classes[i].pattern, one->path) &&
				(strcmp(class, "serial") != 0 ||
					is_serial(d, one));
	return false;
}

static bool is_meant(const struct devices *d, const struct device_entry *entry,
	const struct found_device *one)
{
	const char *name = table_string(d->table, entry->name);

	if (entry->kind == DEVICE_CLASS)
		return is_of_class(d, name, one);
	return matches(name + sizeof(DEV) - 1, one->path);
}

/* --- what there is -------------------------------------------------------- */

static bool look_at(int folder, struct found_device *one)
{
	struct stat status;

	if (fstatat(folder, one->path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		!(S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)))
		return false;
	one->mode = status.st_mode;
	one->number = status.st_rdev;
	return true;
}

/* What is more than there is room for stays away. */
static int take(struct devices *d, const char *path)
{
	const struct device_entry *entries =
		table_pointer(d->table, d->service->devices.at);
	struct found_device *one = &d->found[d->found_count];
	bool meant = false;

	if (d->found_count == DEVICES_MOST)
		return 0;
	text_compose(one->path, sizeof(one->path), "%s", path);
	if (!look_at(d->host, one))
		return 0;
	for (uint32_t i = 0; i < d->service->devices.count; i++)
		if (is_meant(d, &entries[i], one)) {
			d->missing &= ~(1ULL << i);
			meant = true;
		}
	d->found_count += meant;
	if (meant)
		access_add(&d->access, one->mode, one->number, false);
	return 0;
}

static bool is_found(const struct devices *d, const char *path)
{
	for (unsigned i = 0; i < NODES; i++)
		if (strcmp(nodes[i].name, path) == 0)
			return true;
	for (unsigned i = 0; i < d->found_count; i++)
		if (strcmp(d->found[i].path, path) == 0)
			return true;
	return false;
}

static int drop(struct devices *d, const char *path)
{
	return is_found(d, path) ? 0 : unlinkat(d->inside, path, 0);
}

typedef int visit_function(struct devices *d, const char *path);

static int visit_row(struct devices *d, const char *folder,
	const struct file_row *row, visit_function *visit)
{
	char path[DEVICE_PATH_MOST + 1];
	size_t length = text_compose(path, sizeof(path), "%s%s%s", folder,
		*folder ? "/" : "", row->name);

	if (*row->name == '.' || length >= DEVICE_PATH_MOST)
		return 0;
	if (row->type == FILE_FOLDER && d->folder_count < FOLDERS_MOST)
		memcpy(d->folders[d->folder_count++], path, length + 1);
	if (row->type == FILE_CHARACTER || row->type == FILE_BLOCK)
		return visit(d, path);
	return 0;
}

static int visit_rows(
	struct devices *d, int folder, const char *name, visit_function *visit)
{
	_Alignas(struct file_row) char bytes[2048];
	long count;

	while ((count = file_rows(folder, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < count;) {
			const struct file_row *row = (const void *)(bytes + at);

			at += row->length;
			if (visit_row(d, name, row, visit) < 0)
				return -1;
		}
	return count < 0 ? -1 : 0;
}

/* Folders that are found are put at the end of the list; other file systems
 * are left alone. */
static int visit_all(struct devices *d, int root, visit_function *visit)
{
	struct stat top;
	struct stat status;

	d->folder_count = 1;
	d->folders[0][0] = '\0';
	if (fstat(root, &top) < 0)
		return -1;
	for (unsigned i = 0; i < d->folder_count; i++) {
		const char *name = d->folders[i];
		SCOPED_FD folder =
			openat(root, *name ? name : ".", FOLDER | O_CLOEXEC);

		if (folder < 0 || fstat(folder, &status) < 0 ||
			status.st_dev != top.st_dev)
			continue;
		if (visit_rows(d, folder, name, visit) < 0)
			return -1;
	}
	return 0;
}

/* Only where something may come and go the whole folder is looked through. */
int devices_find(struct devices *d)
{
	const struct list *list = &d->service->devices;
	const struct device_entry *entries = table_pointer(d->table, list->at);
	bool all = false;

	d->found_count = d->access.rule_count = 0;
	d->missing = list->count ? ~0ULL >> (64 - list->count) : 0;
	file_read(AT_FDCWD, "/sys/class/tty/console/active", d->console,
		sizeof(d->console));
	for (uint32_t i = 0; i < list->count; i++)
		all = all || entries[i].kind != DEVICE_PATH;
	if (all)
		return visit_all(d, d->host, take);
	for (uint32_t i = 0; i < list->count; i++)
		take(d,
			table_string(d->table, entries[i].name) + sizeof(DEV) -
				1);
	return 0;
}

/* --- nodes ---------------------------------------------------------------- */

/* The folders that a path stands in. */
static int make_folders(int dev, const char *path)
{
	char folder[DEVICE_PATH_MOST];

	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		text_compose(
			folder, sizeof(folder), "%.*s", (int)(at - path), path);
		if (mkdirat(dev, folder, 0755) == 0) {
			if (fchownat(dev, folder, OWNER, OWNER,
				    AT_SYMLINK_NOFOLLOW) < 0)
				return -1;
		} else if (errno != EEXIST) {
			return -1;
		}
	}
	return 0;
}

static int make_node(struct devices *d, const struct found_device *one)
{
	struct found_device old = *one;

	if (look_at(d->inside, &old)) {
		if (old.number == one->number &&
			!((old.mode ^ one->mode) & S_IFMT))
			return 0;
		if (unlinkat(d->inside, one->path, 0) < 0)
			return -1;
	}
	if (make_folders(d->inside, one->path) < 0 ||
		mknodat(d->inside, one->path,
			(one->mode & (S_IFMT | 0666)) | 0660,
			(dev_t)one->number) < 0)
		return -1;
	return fchownat(
		d->inside, one->path, d->uid, d->gid, AT_SYMLINK_NOFOLLOW);
}

int devices_drop_nodes(struct devices *d)
{
	return d->inside < 0 ? 0 : visit_all(d, d->inside, drop);
}

int devices_make_nodes(struct devices *d)
{
	if (d->inside < 0)
		return 0;
	for (unsigned i = 0; i < d->found_count; i++)
		if (make_node(d, &d->found[i]) < 0)
			return -1;
	return 0;
}

/* A link's owner may do nothing with it: it keeps whose the nodes are. */
#define KEEPER "fd"

bool devices_take(struct devices *d, int folder)
{
	struct stat status;
	struct stat keeper;

	if (fstat(folder, &status) < 0 || status.st_uid != OWNER ||
		fstatat(folder, KEEPER, &keeper, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	d->inside = folder;
	d->uid = keeper.st_uid;
	d->gid = keeper.st_gid;
	return true;
}

/* Read-only it cannot be, since the watcher writes there; but whose are its
 * folders? */
static int make_mount(struct devices *d)
{
	static const char *const options[] = {
		"mode=0755", "size=256k", "nr_inodes=1024", NULL};
	int mount = mounts_new(
		"tmpfs", options, K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NOEXEC);

	if (mount < 0)
		return -1;
	d->inside = mount;
	if (fchownat(mount, "", OWNER, OWNER, K_AT_EMPTY_PATH) == 0 &&
		nodes_fill(mount) == 0 &&
		fchownat(mount, KEEPER, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		devices_make_nodes(d) == 0)
		return mount;
	file_close(&mount);
	return -1;
}

/* --- steps ---------------------------------------------------------------- */

/* What is missing and may be is told; the first that may not stops the start.
 */
static int tell_missing(struct build *b, uint64_t missing)
{
	const struct list *list = &b->service->devices;
	const struct device_entry *entries = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		if (!(missing & 1ULL << i))
			continue;
		b->object = table_string(b->table, entries[i].name);
		if (!entries[i].optional) {
			errno = ENOENT;
			return -1;
		}
		build_left_out(b);
	}
	b->object = NULL;
	return 0;
}

int devices_make(struct build *b)
{
	struct devices *d;

	if (!b->service->devices.count)
		return 0;
	d = devices_open(b->table, b->service);
	if (!d || devices_find(d) < 0 || tell_missing(b, d->missing) < 0)
		return -1;
	b->access = &d->access;
	d->uid = users_outside(b->service, b->uid);
	d->gid = users_outside(b->service, b->gid);
	b->object = DEV;
	if (is_own(b, SPACE_MNT))
		b->dev = make_mount(d);
	return is_own(b, SPACE_MNT) && b->dev < 0 ? -1 : 0;
}
