/* The first second: what must be there before the loop turns. main calls
 * boot_early() in init itself; nothing here waits or parses. No step depends
 * on another's success: with less there, less works.
 */
#include "boot/boot.h"

#include "base/file.h"
#include "base/mount.h"
#include "base/text.h"
#include "log/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup"
#define STAND "/run" /* where the root is bound before it moves */
#define PATH_SIZE 64U
#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (SAFE | MS_NOEXEC)
#define NEEDS "the kernel needs "

static const struct mount_plan dev = {"devtmpfs", "/dev", "mode=0755",
	"CONFIG_DEVTMPFS", MS_NOSUID | MS_NOEXEC};

static const struct mount_plan mounts[] = {
	{"proc", "/proc", "", "CONFIG_PROC_FS", SAFEST},
	{"sysfs", "/sys", "", "CONFIG_SYSFS", SAFEST},
	{"tmpfs", "/run", "mode=0755,size=25%", "CONFIG_TMPFS", SAFE},
};

static const struct mount_plan cgroup = {"cgroup2", CGROUP,
	"nsdelegate,memory_recursiveprot", "CONFIG_CGROUPS", SAFEST};

static const char groups[][6] = {"init", "build", "svc"};

static const struct {
	char name[8]; /* with its sign, as cgroup.subtree_control wants it */
	char needs[44];
} controllers[] = {
	{"+cpu", "CONFIG_FAIR_GROUP_SCHED"},
	{"+cpuset", "CONFIG_CPUSETS"},
	{"+io", "CONFIG_BLK_CGROUP"},
	{"+memory", "CONFIG_MEMCG, and no cgroup_disable=memory"},
	{"+pids", "CONFIG_CGROUP_PIDS"},
};

/* What all processes of the machine share must not be what one service can use
 * up: its own group's limits come first. sysctl/fs.rst, sysctl/kernel.rst */
static const struct {
	char path[44];
	char most[20];
} shared[] = {
	{"/proc/sys/fs/file-max", "9223372036854775807"},
	{"/proc/sys/fs/aio-max-nr", "4194304"},
	{"/proc/sys/fs/inotify/max_user_instances", "1048576"},
	{"/proc/sys/fs/inotify/max_user_watches", "16777216"},
	{"/proc/sys/kernel/pid_max", "4194304"},
	{"/proc/sys/kernel/pty/max", "1048576"},
	{"/proc/sys/kernel/threads-max", "131072"},
	/* Real-time programs leave 5 ms of each 100 ms to all others, where
	 * init comes first: sched-rt-group.rst. The kernel's 50 ms of each
	 * second would let it wait for one. */
	{"/proc/sys/kernel/sched_rt_runtime_us", "95000"},
	{"/proc/sys/kernel/sched_rt_period_us", "100000"},
};

static void check(
	int done, const char *what, const char *object, const char *remedy)
{
	if (done < 0)
		say("boot: %s %s: %s; %s", what, object, strerror(errno),
			remedy);
}

static void lacks(const char *what, const char *object, const char *needs)
{
	char remedy[PATH_SIZE];

	text_compose(remedy, sizeof(remedy), NEEDS "%s", needs);
	check(-1, what, object, remedy);
}

/* The kernel's first root cannot be pivoted away from. A mount of it that lies
 * over it, and is this process's root, can: pivot_root(2) */
static int move_root(void)
{
	if (!mount_in_ram("/"))
		return 0;
	chmod("/", 0755); /* which an archive need not say */
	mkdir(STAND, 0755);
	if (mount("/", STAND, NULL, MS_BIND, NULL) < 0 || chdir(STAND) < 0 ||
		mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return -1;
	return chdir("/");
}

static bool make_mount(const struct mount_plan *wanted)
{
	if (mount_make(wanted) == 0)
		return true;
	lacks("mount", wanted->path, wanted->needs);
	return false;
}

/* main has put the root itself in the place of those that were missing. */
static int fill_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int done = 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if ((fcntl(fd, F_GETFL) & O_PATH) && dup2(null, fd) < 0)
			done = -1;
	if (null >= 0)
		close(null);
	return done;
}

static void make_group(const char *name)
{
	char path[PATH_SIZE];

	text_compose(path, sizeof(path), CGROUP "/%s", name);
	check(mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0, "make", path,
		NEEDS "CONFIG_CGROUPS");
}

/* What is not there belongs to a step that has failed, and been said. */
static void set(const char *path, const char *text)
{
	if (file_write(AT_FDCWD, path, text) < 0 && errno != ENOENT)
		check(-1, "write", path, "is it mounted read-only?");
}

/* On both levels, so that each start's group gets the files of its limits. */
static void enable(const char *name, const char *needs)
{
	if (file_write(AT_FDCWD, CGROUP "/cgroup.subtree_control", name) < 0)
		lacks("enable controller", name + 1, needs);
	else
		set(CGROUP "/svc/cgroup.subtree_control", name);
}

bool boot_move(void)
{
	return file_write(AT_FDCWD, CGROUP "/init/cgroup.procs", "1") == 0;
}

/* init comes first when all compete. */
static void share_out(void)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++)
		enable(controllers[i].name, controllers[i].needs);
	set(CGROUP "/init/cpu.weight", "10000");
	set(CGROUP "/init/memory.min", "4M");
}

static int open_folder(const char *path, int flags)
{
	return open(path, O_DIRECTORY | O_CLOEXEC | flags);
}

void boot_early(struct sandbox_host *host)
{
	umask(022);
	setsid();
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private",
		"/", "init must be the first program");
	check(move_root(), "move", "/",
		"services cannot pivot; boot from another root");
	make_mount(&dev);
	check(fill_stdio(), "open", "/dev/null", NEEDS "CONFIG_DEVTMPFS");
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++)
		make_mount(&mounts[i]);
	if (make_mount(&cgroup))
		for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
			make_group(groups[i]);
	host->proc = open_folder("/proc", O_PATH);
	host->cgroup = open_folder(CGROUP, O_RDONLY);
	host->builders = open_folder(CGROUP "/build", O_RDONLY);
	host->services = open_folder(CGROUP "/svc", O_RDONLY);
	host->template = host->table = host->places = -1;
}

/* Ctrl-Alt-Del becomes a signal to init: reboot(2). With any other value of
 * suid_dumpable, what joins a service could be traced from inside. */
void boot_settle(const struct sandbox_host *host)
{
	if (host->services >= 0)
		share_out();
	set("/proc/sys/fs/suid_dumpable", "0");
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		set(shared[i].path, shared[i].most);
	check(reboot(RB_DISABLE_CAD), "keep", "Ctrl-Alt-Del",
		"it restarts the machine at once");
	if (host->services >= 0 && sandbox_limit_devices(host->services) < 0)
		lacks("limit", "devices of services", "CONFIG_CGROUP_BPF");
}
