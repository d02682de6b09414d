/* The builder: the process on the host's side that makes one start.
 *
 * init forks it and nothing else. It has the host's privileges, may block, and
 * makes what cannot be made from inside; its two children are init's
 * (CLONE_PARENT). Between clone3 and exec musl's idea of the thread's id is
 * stale: nothing here or below may use threads' functions, raise or abort.
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define ACTIVE_CONSOLE "/sys/class/tty/console/active"

const int shared_limits[SHARED_LIMITS] = {
	RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING, RLIMIT_MEMLOCK};

/* The reaper inherits the score: memory.oom.group respects -1000, and inside
 * its user namespace it could not be set. The builder has it of the spawner. */
static int begin(struct build *b)
{
	sigset_t all;

	sigfillset(&all);
	umask(0);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return -1;
	if (b->start->is_spared)
		return 0;
	b->object = "oom_score_adj";
	if (file_write(b->host->proc, "self/oom_score_adj", OOM_SPARED) < 0)
		return b->service->isolated ? -1 : 0;
	return 0;
}

/* What these limits count is counted for the maker of a user namespace as well:
 * with its own limits one service could use up what all have. The program gets
 * its limits back. */
static int lift_limits(struct build *b)
{
	static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	for (unsigned i = 0; i < SHARED_LIMITS; i++)
		if (prlimit(0, shared_limits[i], &none, &b->limits[i]) < 0)
			return -1;
	return 0;
}

/* The last word of the kernel's list is the active console: what /dev/console
 * leads to, but fit to be a controlling terminal. */
static const char *active_console(char *path, size_t size)
{
	char words[96];
	int fd = open(ACTIVE_CONSOLE, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? 0 : read(fd, words, sizeof(words) - 1);
	char *last;

	if (fd >= 0)
		close(fd);
	while (count > 0 &&
		(words[count - 1] == '\n' || words[count - 1] == ' '))
		count--;
	if (count <= 0)
		return "/dev/console";
	words[count] = '\0';
	last = strrchr(words, ' ');
	text_compose(path, size, "/dev/%s", last ? last + 1 : words);
	return path;
}

const char *tty_path(const struct table *table, const struct service *service,
	char *to, size_t size)
{
	const char *path = table_string(table, service->tty);

	return strcmp(path, "console") == 0 ? active_console(to, size) : path;
}

/* Not waiting for a carrier; whoever logs in owns the terminal. */
static int open_tty(struct build *b)
{
	if (!b->service->tty)
		return 0;
	b->object = tty_path(b->table, b->service, b->text, sizeof(b->text));
	b->tty = open(b->object, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (b->tty < 0 || fcntl(b->tty, F_SETFL, 0) < 0)
		return -1;
	if (!isatty(b->tty))
		return -1;
	return fchown(b->tty, users_outside(b->service, b->uid), (gid_t)-1);
}

/* Where a program says that it is ready, which writes to a descriptor. */
static int make_tell(struct build *b)
{
	int pair[2];

	if (b->service->ready != READY_FD)
		return 0;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	b->told = pair[0];
	b->tell = pair[1];
	return 0;
}

/* The program's user owns them, so that /dev/stdout can be opened. */
static int make_pipes(struct build *b)
{
	const struct service *service = b->service;

	uid_t uid = users_outside(service, b->uid);
	gid_t gid = users_outside(service, b->gid);

	if (pipe2(b->output, O_CLOEXEC) < 0 ||
		pipe2(b->errors, O_CLOEXEC) < 0 ||
		pipe2(b->go, O_CLOEXEC) < 0 || pipe2(b->ready, O_CLOEXEC) < 0 ||
		make_tell(b) < 0)
		return -1;
	return fchown(b->output[1], uid, gid) < 0
		? -1
		: fchown(b->errors[1], uid, gid);
}

static int enter_template(struct build *b)
{
	if (!is_own(b, SPACE_MNT))
		return 0;
	return setns(b->host->template, CLONE_NEWNS);
}

static struct kernel_clone_args child(
	int group, uint64_t flags, int32_t *pid, int *pidfd) /* NOLINT */
{
	return (struct kernel_clone_args){.flags = flags | K_CLONE_PARENT |
			(group >= 0 ? K_CLONE_INTO_CGROUP : 0) |
			K_CLONE_CLEAR_SIGHAND | K_CLONE_PARENT_SETTID |
			(pidfd ? K_CLONE_PIDFD : 0),
		.parent_tid = (uintptr_t)pid,
		.pidfd = (uintptr_t)pidfd,
		.cgroup = group >= 0 ? (uint64_t)group : 0};
}

pid_t builder_clone(int group, uint64_t flags, int32_t *pid, int *pidfd)
{
	const struct kernel_clone_args arguments =
		child(group, flags, pid, pidfd);

	return kernel_clone3(&arguments);
}

static int clone_reaper(struct build *b)
{
	pid_t pid;

	if (!b->has_reaper)
		return 0;
	pid = builder_clone(b->group, spaces_flags(b->own),
		&b->start->pids->reaper, &b->reaper);
	if (pid == 0)
		reaper_run(b);
	return pid < 0 ? -1 : 0;
}

/* The reaper goes on as soon as its ids are mapped. What it failed in it has
 * reported itself; it says nothing only when it was killed. */
static int wait_for_reaper(struct build *b)
{
	char byte = 0;

	if (!b->has_reaper) {
		build_inside(b);
		return 0;
	}
	close(b->go[0]);
	close(b->ready[1]);
	if (write(b->go[1], "", 1) != 1)
		return -1;
	if (read(b->ready[0], &byte, 1) == 1) {
		if (byte)
			return 0;
		kernel_exit(1);
	}
	errno = ECHILD;
	return -1;
}

/* What it changes of it is not for the builder, who goes on later. */
static _Noreturn __attribute__((noinline)) void run_program(
	const struct build *shared)
{
	struct build b = *shared;

	program_run(&b);
}

/* The way to execve(2) is short, so it goes in the builder's memory, and the
 * builder sleeps: neither has pages to copy. With clocks of its own the kernel
 * does not allow that: time_namespaces(7). For a spare it would sleep long, as
 * somebody that the machine's load counts. */
static int clone_program(struct build *b)
{
	bool is_short = !b->service->clock_offset_ms && b->order < 0;
	uint64_t flags = is_short ? CLONE_VM | CLONE_VFORK : 0;
	const struct kernel_clone_args arguments =
		child(b->group, flags, &b->start->pids->service, NULL);
	pid_t pid;

	if (is_own(b, SPACE_PID) && setns(b->reaper, CLONE_NEWPID) < 0)
		return -1;
	pid = kernel_clone3_here(&arguments);
	if (pid == 0)
		run_program(b);
	return pid < 0 ? -1 : 0;
}

#define STEPS "sandbox/builder.def"
#include "sandbox/steps.h"

const struct steps builder_list = {
	rows, sizeof(rows) / sizeof(*rows), texts.all};

/* Nothing is open until a step opens it. */
static void close_all(struct build *b)
{
	b->group = b->tty = b->reaper = b->signals = -1;
	b->image = b->root = b->users = b->states = -1;
	b->notify = b->told = b->tell = -1;
	b->dev = b->syslog = -1;
	b->binds_device = false;
	b->access = NULL;
	for (unsigned i = 0; i < 2; i++)
		b->output[i] = b->errors[i] = b->go[i] = b->ready[i] = -1;
	for (unsigned i = 0; i < INSIDES; i++)
		b->inside[i] = -1;
	for (unsigned i = 0; i < PUBLISH_MAX; i++)
		b->ports[i] = -1;
	for (unsigned i = 0; i < TREES_MAX; i++)
		b->trees[i] = -1;
}

void build_begin(struct build *b, const struct sandbox_host *host,
	const struct sandbox_start *start)
{
	close_all(b);
	b->host = host;
	b->start = start;
	b->report = start->report;
	b->news = start->news;
	b->bell = start->bell;
	b->keeper = start->keeper;
	b->order = start->go;
	b->given = NULL;
	b->has_net = true;
	b->table = start->table;
	b->service = table_service(start->table, start->service);
	b->watchdog_ms = b->service->watchdog_ms;
	b->uid = b->service->uid;
	b->gid = b->service->gid;
	b->groups = table_pointer(b->table, b->service->groups.at);
	b->account = NULL;
	b->variables = NULL;
	b->words = &b->service->argv;
	b->own = spaces_own(start);
	b->is_kept = b->service->kept_spaces != 0;
	b->has_reaper = b->service->isolated || !b->service->tty;
}

_Noreturn void builder_run(
	const struct sandbox_host *host, const struct sandbox_start *start)
{
	struct build b;

	build_begin(&b, host, start);
	kernel_exit(steps_run(&b, STEPS_BUILDER) ? 0 : 1);
}
