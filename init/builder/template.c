/* The root template: a mount namespace whose root is built and pivoted once,
 * and copied by every start. pivot_root walks every task of the system, and so
 * is not done for each service.
 *
 * Its own /proc and /sys show an empty pid and an empty network namespace: a
 * service that can uncover them sees nothing of the host. They must be there
 * whole, or nobody could mount new ones in a user namespace.
 * mount_namespaces(7), pivot_root(2)
 */
#include "builder/milestone.h"

#include "base/file.h"
#include "base/kernel.h"
#include "sandbox/build.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STAGE "/proc" /* where the new root stands until it is the root */
#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (SAFE | MS_NOEXEC)

/* The root alone, without what the host has mounted in it. */
int template_root(void)
{
	const struct kernel_mount_attr attributes = {
		.attr_set = K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID |
			K_MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE};
	int root;
	int stage;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	root = kernel_open_tree(
		AT_FDCWD, "/", K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC);
	stage = open(STAGE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || stage < 0 ||
		kernel_mount_setattr(root, &attributes) < 0 ||
		kernel_attach(root, stage) < 0 || fchdir(root) < 0 ||
		kernel_pivot_root(".", ".") < 0 ||
		umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -1;
	return close(root) | close(stage);
}

/* In a child, since a process never is in a pid namespace that it has made;
 * the mount outlives it, and the namespace is empty from then on. */
static int mount_proc(void)
{
	const struct kernel_clone_args arguments = {
		.flags = K_CLONE_NEWPID | K_CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD};
	pid_t pid = kernel_clone3(&arguments);
	int status = 0;

	if (pid == 0)
		kernel_exit(mount("proc", "/proc", "proc", SAFEST, NULL) < 0
				? errno
				: 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno ? -1 : 0;
}

/* unshare(CLONE_NEWNET) has come before. */
static int mount_sys(void)
{
	return mount("sysfs", "/sys", "sysfs", SAFEST | MS_RDONLY, NULL);
}

static int mount_dev(void)
{
	const unsigned flags = MS_NOSUID | MS_NOEXEC;
	const char *options = "mode=0755,size=64k,nr_inodes=64";
	SCOPED_FD dev = -1;

	if (mount("dev", "/dev", "tmpfs", flags, options) < 0)
		return -1;
	dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0 || nodes_fill(dev) < 0)
		return -1;
	return mount(
		NULL, "/dev", NULL, MS_REMOUNT | MS_RDONLY | flags, options);
}

/* What is the host's business alone looks empty; an image need not have it. A
 * service has its own /run and /tmp above, which it may take away where it has
 * the capability. */
static int cover_folders(void)
{
	static const char *const folders[] = {
		"/boot", "/data", "/root", "/run", "/tmp", "/var/lib"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mount("empty", folders[i], "tmpfs", SAFEST | MS_RDONLY,
			    "mode=0755,size=4k,nr_inodes=2") < 0 &&
			errno != ENOENT)
			return -1;
	return 0;
}

static int leave_host(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWNET);
}

static const struct {
	const char *what;
	int (*run)(void);
} rows[] = {
	{"leave the host's namespaces", leave_host},
	{"take the root", template_root},
	{"mount /proc", mount_proc},
	{"mount /sys", mount_sys},
	{"make /dev", mount_dev},
	{"cover what is the host's", cover_folders},
};

int template_make(const char **what)
{
	umask(0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		*what = rows[i].what;
		if (rows[i].run() < 0)
			return -errno;
	}
	return 0;
}
