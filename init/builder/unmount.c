/* Taking file systems out of use: last.c calls unmount_all(). The mounts
 * of services are gone with their namespaces; these are the host's.
 *
 * Each is first made read-only, which makes its disk whole whoever else still
 * holds it: another namespace, or a process that cannot be killed. Then they
 * are unmounted, the last one first, as often as one of them lets another go.
 *
 * Where there is no disk nothing outlives the machine, and nobody is waited
 * for.
 */
#include "builder/last.h"

#include "base/file.h"
#include "base/mount.h"
#include "log/console.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#define PARTITIONS "/proc/partitions" /* empty where there is no disk */
#define SERVICES "/sys/fs/cgroup/svc/cgroup.events"
#define ROOM ((size_t)4 << 20) /* for all lines; only what is used is taken */
#define STEP_MS 1000U
#define SYNC_MS 3000U
#define PAUSE_MS 10U
#define LOOKS 500U /* for what services have left behind, */
#define LOOK_MS 2U /* ... each so long after the last */
#define DYING_MS 2000U /* that processes may take to be gone */
#define ASLEEP_MS 300U /* ... if no signal reaches them now */
#define FORCED_MS 1000U
#define HUNG_MOST 16U

static struct {
	char *lines;
	uint64_t hung[HUNG_MOST]; /* hashes of paths */
	unsigned hung_count;
	int how; /* umount2(2) */
	bool in_ram; /* the one that is looked at */
	bool is_busy; /* one is in use */
	bool is_open; /* one is not read-only */
} mounts;

/* --- the list ------------------------------------------------------------- */

static size_t read_mounts(char *to)
{
	SCOPED_FD fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = fd < 0 ? 0 : 1;

	while (got > 0 && used < ROOM) {
		got = read(fd, to + used, ROOM - used);
		if (got > 0)
			used += (size_t)got;
	}
	return used;
}

static bool is_escaped(const char *text)
{
	return text[0] == '\\' && text[1] && text[2] && text[3];
}

void end_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (!is_escaped(text)) {
			*to++ = *text++;
			continue;
		}
		*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
			(text[3] - '0'));
		text += 4;
	}
	*to = '\0';
}

/* The fifth word of a line of mountinfo: proc(5) */
static const char *mount_point(char *line)
{
	char *end;

	for (unsigned i = 0; i < 4; i++) {
		line = strchr(line, ' ');
		if (!line)
			return "/";
		line++;
	}
	end = strchr(line, ' ');
	if (end)
		*end = '\0';
	end_unescape(line);
	return line;
}

/* Whether it is that folder, or in it. */
static bool is_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 &&
		(path[length] == '/' || path[length] == '\0');
}

/* The kernel's own, without which nothing more could be done or told. */
static bool is_kept(const char *path)
{
	return is_in(path, "/proc") || is_in(path, "/sys") ||
		is_in(path, "/dev") || strcmp(path, "/run") == 0;
}

/* The type comes behind the only word of a line that is a dash. */
static bool is_in_ram(const char *line)
{
	static const char types[][8] = {"tmpfs ", "rootfs ", "ramfs "};
	bool found = false;

	while (*line && strncmp(line, " - ", 3) != 0)
		line++;
	for (size_t i = 0; *line && i < sizeof(types) / sizeof(*types); i++)
		found |= strncmp(line + 3, types[i], strlen(types[i])) == 0;
	return found;
}

/* From the last mount to the first. Whether one was acted on. */
static bool each(bool (*act)(const char *path))
{
	char *lines = mounts.lines;
	char *at = lines + read_mounts(lines);
	bool acted = false;

	while (at > lines) {
		char *start = memrchr(lines, '\n', (size_t)(at - 1 - lines));
		const char *path;

		at[-1] = '\0';
		start = start ? start + 1 : lines;
		mounts.in_ram = is_in_ram(start);
		path = mount_point(start);
		if (!is_kept(path) && act(path))
			acted = true;
		at = start;
	}
	return acted;
}

/* --- those that hang ------------------------------------------------------ */

static uint64_t hash(const char *path)
{
	uint64_t sum = 0xcbf29ce484222325U; /* FNV-1a */

	for (; *path; path++)
		sum = (sum ^ (unsigned char)*path) * 0x100000001b3U;
	return sum;
}

static bool hangs(const char *path)
{
	uint64_t sum = hash(path);

	for (unsigned i = 0; i < mounts.hung_count; i++)
		if (mounts.hung[i] == sum)
			return true;
	return false;
}

static void note_hung(const char *path, const char *what)
{
	console_say(
		"boot: %s %s: it hangs in the kernel, and is left", what, path);
	if (mounts.hung_count < HUNG_MOST)
		mounts.hung[mounts.hung_count++] = hash(path);
}

/* --- read-only ------------------------------------------------------------ */

/* One that was frozen holds those that write to it, past any signal, disks in
 * its files included: nobody is left to let it go on. FITHAW: linux/fs.h */
static int let_go_on(const char *path)
{
	SCOPED_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, (int)FITHAW, 0) < 0 ? errno : 0;
}

static bool thaw(const char *path)
{
	if (!mounts.in_ram)
		end_try(let_go_on, path, STEP_MS);
	return !mounts.in_ram;
}

static int sync_all(const char *object)
{
	(void)object;
	sync();
	return 0;
}

static int make_read_only(const char *path)
{
	return mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0 ? errno
									 : 0;
}

/* 0, or an errno. */
static int try_seal(const char *path)
{
	if (mounts.in_ram)
		return 0;
	return hangs(path) ? ETIMEDOUT : end_try(make_read_only, path, STEP_MS);
}

static bool seal(const char *path)
{
	mounts.is_open |= !hangs(path) && try_seal(path) != 0;
	return false;
}

static bool tell_open(const char *path)
{
	int error = try_seal(path);

	if (error)
		console_say("boot: make %s read-only: %s; it may need a check",
			path, strerror(error));
	return false;
}

/* The kernel makes read-only what is open for writing, too, in its own time.
 * admin-guide/sysrq.rst */
static void seal_by_force(void)
{
	if (file_write(AT_FDCWD, "/proc/sysrq-trigger", "u") < 0)
		return;
	for (unsigned ms = 0; mounts.is_open && ms < FORCED_MS;
		ms += 10 * PAUSE_MS) {
		end_pause(10 * PAUSE_MS);
		mounts.is_open = false;
		each(seal);
	}
}

/* --- unmounting ----------------------------------------------------------- */

static int unmount_so(const char *path)
{
	return umount2(path, UMOUNT_NOFOLLOW | mounts.how) < 0 ? errno : 0;
}

/* how: MNT_FORCE tells what waits for a server that there is none. */
static int unmount(const char *path, int how)
{
	mounts.how = how;
	return end_try(unmount_so, path, STEP_MS);
}

static bool try_unmount(const char *path)
{
	int error;

	if (strcmp(path, "/") == 0 || hangs(path))
		return false;
	error = unmount(path, 0);
	if (error == EBUSY || error == ETIMEDOUT)
		error = unmount(path, MNT_FORCE);
	if (error == EBUSY)
		mounts.is_busy = true;
	if (error == ETIMEDOUT)
		note_hung(path, "unmount");
	return error == 0;
}

/* What is below it can be unmounted then. */
static bool try_detach(const char *path)
{
	if (strcmp(path, "/") == 0 || unmount(path, MNT_DETACH) != 0)
		return false;
	console_say("boot: unmount %s: still in use; it is left", path);
	return true;
}

static void take_apart(void)
{
	mounts.is_busy = false;
	while (each(try_unmount) || detach_devices())
		;
}

/* What was killed needs a moment to be gone. */
static void take_apart_all(void)
{
	take_apart();
	for (unsigned ms = 0; mounts.is_busy && ms < DYING_MS &&
		!end_is_late() && end_is_awaited(ms < ASLEEP_MS);
		ms += PAUSE_MS) {
		end_pause(PAUSE_MS);
		take_apart();
	}
}

/* What services have left behind was killed with all else. With it go files
 * that are open, and file systems that only it saw. "populated 1":
 * cgroup-v2.rst */
static void wait_for_services(void)
{
	unsigned looks = LOOKS;
	char text[12];

	while (looks-- &&
		file_read(AT_FDCWD, SERVICES, text, sizeof(text)) == 11 &&
		text[10] == '1')
		end_pause(LOOK_MS);
}

void unmount_all(void)
{
	char text[2];
	bool any;

	mounts.lines = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mounts.lines == MAP_FAILED)
		return;
	any = each(thaw);
	end_try(sync_all, "", SYNC_MS);
	/* one may be mounted where only a service sees it */
	if (!any && file_read(AT_FDCWD, PARTITIONS, text, sizeof(text)) == 0)
		return;
	wait_for_services();
	each(seal);
	detach_swaps();
	take_apart_all();
	mounts.is_open = false;
	each(seal);
	if (mounts.is_open)
		seal_by_force();
	if (mounts.is_open)
		each(tell_open);
	if (each(try_detach))
		take_apart();
}
