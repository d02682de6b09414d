/* Mounts of a service: what the builder prepares on the host's side, and what
 * the reaper mounts and attaches inside.
 *
 * The reaper's root is the root template, so that no path it follows leaves
 * it. Targets are opened with openat2 and attached by fd: a link under a bind
 * may be made by whoever writes there. mount_setattr(2), openat2(2)
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define TMPFS_MAGIC 0x01021994
#define SAFE MOUNTS_SAFE
#define SAFEST (SAFE | K_MOUNT_ATTR_NOEXEC)
#define READ_ONLY K_MOUNT_ATTR_RDONLY

static const struct {
	const char *type;
	const char *target;
	const char *options[4];
	unsigned attributes;
	enum space space; /* what it shows; SPACE_MNT: itself only */
	bool borrowed; /* when that is not its own: made by the builder */
} insides[INSIDES] = {
	[INSIDE_PROC] = {"proc", "/proc", {NULL}, SAFEST, SPACE_PID, true},
	[INSIDE_SYS] = {"sysfs", "/sys", {NULL}, SAFEST | READ_ONLY, SPACE_NET,
		true},
	[INSIDE_CGROUP] = {"cgroup2", "/sys/fs/cgroup", {NULL},
		SAFEST | READ_ONLY, SPACE_CGROUP, false},
	[INSIDE_MQUEUE] = {"mqueue", "/dev/mqueue", {NULL}, SAFEST, SPACE_IPC,
		true},
	[INSIDE_PTS] = {"devpts", "/dev/pts",
		{"max=256", "ptmxmode=0666", "mode=0620", NULL},
		K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NOEXEC, SPACE_MNT, false},
	[INSIDE_TMP] = {"tmpfs", "/tmp", {"size=16M", "mode=1777", NULL}, SAFE,
		SPACE_MNT, false},
	[INSIDE_RUN] = {"tmpfs", "/run", {"size=16M", "mode=0755", NULL},
		SAFEST, SPACE_MNT, false},
	[INSIDE_SHM] = {"tmpfs", "/dev/shm", {"size=16M", "mode=1777", NULL},
		SAFEST, SPACE_MNT, false},
};

/* "key=value", or a flag. */
static int set_option(int fs, const char *option)
{
	char key[32];
	const char *value = strchr(option, '=');

	if (!value)
		return kernel_fsconfig(fs, K_FSCONFIG_SET_FLAG, option, NULL);
	text_compose(key, sizeof(key), "%.*s", (int)(value - option), option);
	return kernel_fsconfig(fs, K_FSCONFIG_SET_STRING, key, value + 1);
}

int mounts_new(
	const char *type, const char *const *options, unsigned attributes)
{
	int fs = kernel_fsopen(type);
	int failed = 0;
	int mount = -1;
	int error;

	if (fs < 0)
		return -1;
	for (; *options && !failed; options++)
		failed = set_option(fs, *options);
	if (!failed &&
		kernel_fsconfig(fs, K_FSCONFIG_CMD_CREATE, NULL, NULL) == 0)
		mount = kernel_fsmount(fs, attributes);
	error = errno;
	close(fs);
	errno = error;
	return mount;
}

/* A path inside, for its fd only; links do not lead out of the root. */
static int open_inside(const char *path, uint64_t resolve)
{
	const struct kernel_open_how how = {.flags = O_PATH | O_CLOEXEC,
		.resolve =
			resolve | K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS};

	return kernel_openat2(AT_FDCWD, path, &how);
}

int mounts_open(const char *path)
{
	return open_inside(path, 0);
}

int mounts_attach(int mount, int target)
{
	int done = target < 0 ? -1 : kernel_attach(mount, target);
	int error = errno;

	close(mount);
	if (target >= 0)
		close(target);
	errno = error;
	return done;
}

int devices_attach(struct build *b)
{
	return b->dev < 0 ? 0 : mounts_attach(b->dev, mounts_open("/dev"));
}

/* On the host's side: what shows a namespace that is not the service's own
 * is made here and read-only. */
int mounts_borrow(struct build *b)
{
	static const char *const none[] = {NULL};

	for (unsigned i = 0; i < INSIDES; i++) {
		b->object = insides[i].target;
		if (!is_own(b, SPACE_MNT) || !insides[i].borrowed ||
			is_own(b, insides[i].space))
			continue;
		b->inside[i] = mounts_new(insides[i].type, none,
			insides[i].attributes | READ_ONLY);
		if (b->inside[i] < 0)
			return -1;
	}
	b->object = NULL;
	return 0;
}

/* In one call, where nobody could have put a trap in the way: in the template.
 * Its flags are the attributes of a mount; of options the kernel copies a page,
 * whatever their length. mount(2) */
static int mount_at_once(struct build *b, unsigned which, unsigned attributes)
{
	size_t used = 0;

	_Static_assert(MS_RDONLY == K_MOUNT_ATTR_RDONLY &&
			MS_NOSUID == K_MOUNT_ATTR_NOSUID &&
			MS_NODEV == K_MOUNT_ATTR_NODEV &&
			MS_NOEXEC == K_MOUNT_ATTR_NOEXEC,
		"attributes of mounts");
	b->text[0] = '\0';
	for (unsigned i = 0; insides[which].options[i]; i++)
		used += text_compose(b->text + used, sizeof(b->text) - used,
			"%s%s", i ? "," : "", insides[which].options[i]);
	return mount("none", insides[which].target, insides[which].type,
		attributes, used ? b->text : NULL);
}

/* With the host's user namespace uid 0 inside owns /proc/sys and its like. In
 * a root of its own a link in the place of these is a trap. */
int mounts_inside(struct build *b)
{
	unsigned which = b->step->argument;
	unsigned attributes = insides[which].attributes;
	int mount = b->inside[which];

	if (!is_own(b, SPACE_MNT))
		return 0;
	if (mount < 0 && !is_own(b, insides[which].space))
		return 0;
	if (which == INSIDE_PROC && !is_own(b, SPACE_USER))
		attributes |= READ_ONLY;
	if (which == INSIDE_CGROUP && b->service->delegate)
		attributes &= ~READ_ONLY;
	if (mount < 0 && b->root < 0)
		return mount_at_once(b, which, attributes);
	if (mount < 0)
		mount = mounts_new(insides[which].type, insides[which].options,
			attributes);
	return mount < 0
		? -1
		: mounts_attach(mount,
			  open_inside(insides[which].target,
				  b->root < 0 ? 0 : K_RESOLVE_NO_SYMLINKS));
}

const char *mounts_proc(const struct build *b, const char *path)
{
	unsigned needs = SPACE_BIT(SPACE_MNT) | SPACE_BIT(SPACE_PID) |
		SPACE_BIT(SPACE_USER);

	return (b->own & needs) == needs && b->root < 0 ? path
							: PROC_OF_HOST(path);
}

int mounts_private(struct build *b)
{
	if (!is_own(b, SPACE_MNT))
		return 0;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* What the table names on the host. No link is followed on the way: whoever
 * may write a folder that is bound could lead its neighbour elsewhere. */
int mounts_source(const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = K_RESOLVE_NO_SYMLINKS};

	return kernel_openat2(AT_FDCWD, path, &how);
}

/* Makes what is bound a mount point of its own in a group of peers, without
 * which nothing can spread. It stays so: the next start finds it done. */
static int share(const char *path)
{
	char name[32];
	SCOPED_FD first = mounts_source(path);
	SCOPED_FD second = -1;

	if (first < 0)
		return -1;
	text_compose(name, sizeof(name), "/proc/self/fd/%u", (unsigned)first);
	if (mount(NULL, name, NULL, MS_SHARED, NULL) == 0)
		return 0;
	if (errno != EINVAL ||
		mount(name, name, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	second = mounts_source(path);
	text_compose(name, sizeof(name), "/proc/self/fd/%u", (unsigned)second);
	return second < 0 ? -1 : mount(NULL, name, NULL, MS_SHARED, NULL);
}

/* The file is opened anew because a lock belongs to an open file, and builders
 * share init's. */
int mounts_lock(const struct build *b)
{
	int lock = openat(
		b->host->services, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0 || flock(lock, LOCK_EX) == 0)
		return lock;
	file_close(&lock);
	return -1;
}

/* Two builders would bind twice. */
static int share_source(struct build *b, const char *path)
{
	SCOPED_FD lock = mounts_lock(b);

	return lock < 0 ? -1 : share(path);
}

/* What is not forbidden in the mounts of a table that lets programs gain. */
static unsigned gains(const struct build *b)
{
	return b->service->new_privileges ? K_MOUNT_ATTR_NOSUID : 0;
}

/* Of a tree no device can be opened; whoever names a device wants just that. */
static unsigned bind_attributes(
	struct build *b, const struct mount_entry *entry, int tree)
{
	struct stat status;
	unsigned attributes = SAFE;

	if (fstat(tree, &status) == 0 &&
		(S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
		attributes = K_MOUNT_ATTR_NOSUID;
		b->binds_device = true;
	}
	return attributes | (entry->kind == MOUNT_BIND_RO ? READ_ONLY : 0U);
}

/* A detached copy of what stands at a path of the host. */
static int open_bind(struct build *b, const struct mount_entry *entry)
{
	static const uint64_t spread[] = {[PROPAGATION_PRIVATE] = MS_PRIVATE,
		[PROPAGATION_SLAVE] = MS_SLAVE,
		[PROPAGATION_SHARED] = MS_SHARED};
	struct kernel_mount_attr attributes = {
		.propagation = spread[entry->propagation]};
	const char *path = table_string(b->table, entry->host);
	SCOPED_FD source = -1;
	int tree;

	if (!host_has(b, path))
		return -1;
	if (entry->propagation != PROPAGATION_PRIVATE &&
		share_source(b, path) < 0)
		return -1;
	source = mounts_source(path);
	if (source < 0)
		return -1;
	tree = kernel_open_tree(source, "",
		K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC | K_AT_RECURSIVE |
			K_AT_EMPTY_PATH);
	if (tree < 0)
		return -1;
	attributes.attr_set = bind_attributes(b, entry, tree) & ~gains(b);
	if (kernel_mount_setattr(tree, &attributes) == 0)
		return tree;
	file_close(&tree);
	return -1;
}

static bool is_bind(const struct mount_entry *entry)
{
	return entry->kind == MOUNT_BIND || entry->kind == MOUNT_BIND_RO;
}

int binds_open(struct build *b)
{
	const struct list *list = &b->service->mounts;
	const struct mount_entry *entries = table_pointer(b->table, list->at);

	if (list->count > TREES_MAX || (list->count && !is_own(b, SPACE_MNT))) {
		errno = EINVAL;
		return -1;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (!is_bind(&entries[i]))
			continue;
		b->object = table_string(b->table, entries[i].host);
		b->trees[i] = open_bind(b, &entries[i]);
		if (b->trees[i] >= 0)
			continue;
		if (!entries[i].optional || errno != ENOENT)
			return -1;
		build_left_out(b);
	}
	b->object = NULL;
	return 0;
}

static bool is_tmpfs(int at)
{
	struct statfs fs;

	return fstatfs(at, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* One part of a path, made where it is missing in a tmpfs. */
static int open_part(int at, const char *name, mode_t mode)
{
	const struct kernel_open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = K_RESOLVE_NO_SYMLINKS};
	int fd = kernel_openat2(at, name, &how);
	int made;

	if (fd >= 0 || errno != ENOENT || !is_tmpfs(at))
		return fd;
	made = S_ISDIR(mode) ? mkdirat(at, name, mode & 07777)
			     : mknodat(at, name, mode, 0);
	return made < 0 ? -1 : kernel_openat2(at, name, &how);
}

/* A target, made with the folders above it where they are missing. What is
 * there may be a link; what is made is found without following any. */
static int open_target(const char *path, mode_t mode)
{
	char name[256];
	int at = mounts_open(path);

	if (at >= 0 || errno != ENOENT)
		return at;
	at = mounts_open("/");
	while (at >= 0 && *path) {
		size_t length = strcspn(++path, "/");
		int next;

		text_compose(name, sizeof(name), "%.*s", (int)length, path);
		path += length;
		next = open_part(at, name, *path ? S_IFDIR | 0755 : mode);
		close(at);
		at = next;
	}
	return at;
}

static int attach_bind(int tree, const char *inside)
{
	struct stat status;

	if (tree < 0)
		return 0;
	if (fstat(tree, &status) < 0)
		return -1;
	return mounts_attach(tree,
		open_target(inside,
			S_ISDIR(status.st_mode) ? S_IFDIR | 0755
						: S_IFREG | 0644));
}

static int attach_tmpfs(const struct build *b, const struct mount_entry *entry)
{
	const char *inside = table_string(b->table, entry->inside);
	char size[40];
	char mode[40];
	const char *const options[] = {size, mode, NULL};
	unsigned bits = entry->mode;
	int mount;

	text_compose(size, sizeof(size), "size=%llu",
		(unsigned long long)entry->size);
	text_compose(mode, sizeof(mode), "mode=%u%u%u%u", bits >> 9 & 7,
		bits >> 6 & 7, bits >> 3 & 7, bits & 7);
	mount = mounts_new("tmpfs", options, SAFE & ~gains(b));
	return mount < 0
		? -1
		: mounts_attach(mount, open_target(inside, S_IFDIR | 0755));
}

/* A folder of the service's user, in the /run of the inside. */
static int make_runtime(const struct build *b, const struct mount_entry *entry)
{
	int fd = open_target(table_string(b->table, entry->inside),
		S_IFDIR | (entry->mode & 07777));
	int done;
	int error;

	if (fd < 0)
		return -1;
	done = fchownat(fd, "", b->uid, b->gid, K_AT_EMPTY_PATH);
	error = errno;
	close(fd);
	errno = error;
	return done;
}

static bool has_folders(const struct build *b)
{
	const struct list *list = &b->service->mounts;
	const struct mount_entry *entries = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		int target;

		if (entries[i].kind != MOUNT_STATE)
			continue;
		target = open_target(table_string(b->table, entries[i].inside),
			S_IFDIR | 0755);
		if (target < 0)
			return false;
		close(target);
	}
	return true;
}

/* Where the image lacks one of the folders, the builder's stand over /var/lib:
 * before the first state, which they would cover. */
static int attach_state(struct build *b, int tree, const char *inside)
{
	int states = b->states;

	b->states = -1;
	if (states >= 0 && !has_folders(b) &&
		mounts_attach(states, mounts_open("/var/lib")) < 0)
		return -1;
	return mounts_attach(tree, open_target(inside, S_IFDIR | 0755));
}

static int attach_entry(
	struct build *b, const struct mount_entry *entry, int tree)
{
	const char *inside = table_string(b->table, entry->inside);

	b->object = inside;
	switch ((enum mount_kind)entry->kind) {
	case MOUNT_TMPFS:
		return attach_tmpfs(b, entry);
	case MOUNT_RUNTIME:
		return make_runtime(b, entry);
	case MOUNT_STATE:
		return attach_state(b, tree, inside);
	case MOUNT_CREDENTIAL: /* the first has the folder of all */
		return attach_bind(tree, TABLE_CREDENTIALS);
	case MOUNT_BIND:
	case MOUNT_BIND_RO:
	case MOUNT_OFFER:
	case MOUNT_USE:
		break;
	}
	return attach_bind(tree, inside);
}

int mounts_table(struct build *b)
{
	const struct list *list = &b->service->mounts;
	const struct mount_entry *entries = table_pointer(b->table, list->at);
	int done = 0;

	for (uint32_t i = 0; i < list->count && done == 0; i++)
		done = attach_entry(b, &entries[i], b->trees[i]);
	return done;
}
