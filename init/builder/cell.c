/* A program that reads a disk which somebody may have prepared to break it, and
 * so is locked up: it sees the image's root, read-only, and of all devices its
 * own; it is in no namespace of the host's, nobody's user, without
 * capabilities, and under the filter that services have. It ends with its
 * caller. e2fsck(8), mke2fs(8), namespaces(7)
 */
#include "builder/cell.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "builder/milestone.h"
#include "sandbox/build.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534U
#define SPACES_OWN \
	(K_CLONE_NEWNS | K_CLONE_NEWPID | K_CLONE_NEWNET | K_CLONE_NEWIPC | \
		K_CLONE_NEWUTS | K_CLONE_NEWCGROUP)
#define FAILED 128 /* what no program of this kind ends with, plus errno */

/* The device keeps its number, and belongs to nobody. */
static int make_dev(dev_t device)
{
	SCOPED_FD dev = -1;

	if (mount("dev", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC,
		    "mode=0755,size=64k,nr_inodes=64") < 0)
		return -1;
	dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0 || nodes_fill(dev) < 0 ||
		mknod(CELL_DEVICE, S_IFBLK | 0600, device) < 0)
		return -1;
	return chown(CELL_DEVICE, NOBODY, NOBODY);
}

static int drop_all(void)
{
	static const struct kernel_cap_data none[2];
	unsigned long capability = 0;

	while (prctl(K_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
		capability++;
	if (errno != EINVAL || setgroups(0, NULL) < 0 ||
		setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
		kernel_capset(none) < 0)
		return -1;
	/* setresuid(2) has forgotten it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	return prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A table without one whose services have it has none to give. */
static int filter_calls_of(const struct table *table)
{
	const struct policy *all = table_pointer(table, table->policies.at);

	for (uint32_t i = 0; i < table->policies.count; i++) {
		const struct policy *policy = &all[i];
		struct kernel_filter filter = {(uint16_t)policy->code.count,
			table_pointer(table, policy->code.at)};

		if (policy->code.count &&
			strcmp(table_string(table, policy->name), "default") ==
				0)
			return kernel_seccomp(&filter);
	}
	return 0;
}

static int lock_up(const struct cell *cell, int output)
{
	struct stat status;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		stat(cell->device, &status) < 0 || template_root() < 0 ||
		make_dev(status.st_rdev) < 0 ||
		dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0 || drop_all() < 0)
		return -1;
	return filter_calls_of(cell->table);
}

static _Noreturn void execute(const struct cell *cell, int output)
{
	static const char *const environment[] = {"PATH=/sbin:/bin", NULL};

	umask(0);
	if (lock_up(cell, output) == 0)
		syscall(SYS_execve, cell->words[0], cell->words, environment);
	kernel_exit(FAILED + errno);
}

static void keep_last(struct cell *cell, const char *text)
{
	const char *end = text + strlen(text);
	const char *line;

	while (end > text && (end[-1] == '\n' || end[-1] == ' '))
		end--;
	line = memrchr(text, '\n', (size_t)(end - text));
	line = line ? line + 1 : text;
	text_compose(cell->last, sizeof(cell->last), "%.*s", (int)(end - line),
		line);
}

static void keep_first(struct cell *cell, const char *text)
{
	text_compose(cell->first, sizeof(cell->first), "%.*s",
		(int)strcspn(text, "\n"), text);
}

static void listen(struct cell *cell, int from)
{
	char text[1024];
	bool is_known = false;
	size_t kept = 0;
	ssize_t got;

	while ((got = read(from, text + kept, sizeof(text) - 1 - kept)) > 0) {
		kept += (size_t)got;
		text[kept] = '\0';
		if (!is_known && strchr(text, '\n')) {
			keep_first(cell, text);
			is_known = true;
		}
		if (kept < sizeof(text) - 1)
			continue;
		kept /= 2;
		memmove(text, text + sizeof(text) - 1 - kept, kept);
	}
	text[kept] = '\0';
	keep_last(cell, text);
}

int cell_run(struct cell *cell)
{
	const struct kernel_clone_args arguments = {
		.flags = SPACES_OWN | K_CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD};
	int ends[2];
	int status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = kernel_clone3(&arguments);
	if (pid == 0)
		execute(cell, ends[1]);
	file_close(&ends[1]);
	if (pid > 0)
		listen(cell, ends[0]);
	file_close(&ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFEXITED(status))
		return -EINTR;
	status = WEXITSTATUS(status);
	return status > FAILED ? FAILED - status : status;
}
