/* The reaper: PID 1 of a service's inside, init's arm in it.
 *
 * Forked, never executed, so that its memory belongs to the host's user
 * namespace and nothing inside can trace or read it. It builds the inside,
 * drops all it has, and from then on reaps orphans and moves the output of the
 * service into its log ring, so that a flood is paid by the service. It parses
 * nothing. With the host's pid namespace it only moves output.
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "log/ring.h"
#include "sandbox/notify.h"
#include "sandbox/pump.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define HIGH_FD 48 /* above all that is kept; the kernel has room for 64 */
#define STACK_ABOVE 65536U /* of init and the builder, at most */
#define PAGE 4096U
#define ROOM \
	1024UL /* of the stack: pump_run() and what it calls need less, at \
		  rest */
#define USER_LIMITS "/proc/sys/user/"
#define FRAMES 512U /* of memory_forget() and what it calls, at most */

/* End of the image's data, from the linker: end(3). */
extern char end[];

/* Without the builder there is no start: the end of the pipe is its death. */
static int wait_for_ids(struct build *b)
{
	ssize_t count;
	char byte;

	close(b->go[1]);
	close(b->ready[0]);
	close(b->output[1]);
	close(b->errors[1]);
	if (b->tell >= 0)
		close(b->tell);
	count = read(b->go[0], &byte, 1);
	if (count == 0)
		kernel_exit(1);
	return count < 0 ? -1 : 0;
}

/* And tells it from init in ps. */
static int hide_memory(struct build *b)
{
	(void)b;
	prctl(K_PR_SET_NAME, "reaper", 0, 0, 0);
	return prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Not the service's user: it could set limits and priorities of the reaper. */
static int become_nobody(struct build *b)
{
	uint32_t id = b->uid == NOBODY ? 0 : NOBODY;

	if (!is_own(b, SPACE_USER))
		return 0;
	return kernel_setgid(id) < 0 ? -1 : kernel_setuid(id);
}

/* No namespaces of its own, which would widen what of the kernel it reaches,
 * and no more of what the kernel counts for a user than a service needs; to
 * raise them takes a capability. A kernel may count less, but one that cannot
 * forbid namespaces is no reason to allow them. namespaces(7) */
static int limit_user(struct build *b)
{
	static const struct {
		const char *path;
		const char *most;
	} all[] = {{USER_LIMITS "max_user_namespaces", "0"},
		{USER_LIMITS "max_inotify_instances", "128"},
		{USER_LIMITS "max_inotify_watches", "65536"},
		{USER_LIMITS "max_fanotify_groups", "16"}};

	SCOPED_FD folder = -1;

	if (!is_own(b, SPACE_USER))
		return 0;
	b->object = USER_LIMITS;
	folder = openat(b->host->proc, mounts_proc(b, b->object),
		O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (i == 0 && b->service->nest)
			continue;
		b->object = all[i].path;
		if (file_write(folder, all[i].path + sizeof(USER_LIMITS) - 1,
			    all[i].most) < 0 &&
			(i == 0 || errno != ENOENT))
			return -1;
	}
	return 0;
}

/* In its own /run, which is empty yet: what a table mounts there hides it. The
 * umask is 0. */
static int open_syslog(struct build *b)
{
	static const struct sockaddr_un address = {AF_UNIX, SYSLOG_PATH};

	if (!is_own(b, SPACE_MNT))
		return 0;
	b->syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (b->syslog < 0)
		return -1;
	return bind(b->syslog, (const void *)&address, sizeof(address));
}

static int watch_signals(struct build *b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return b->signals < 0 ? -1 : 0;
}

/* Really closes all but these: close-on-exec does nothing for what never
 * executes. They are moved up first, so that none stands in another's way. */
static int close_files(struct build *b)
{
	int log = b->start->log;
	int *const kept[FDS] = {[FD_OUTPUT] = &b->output[0],
		[FD_ERRORS] = &b->errors[0],
		[FD_RING] = &log,
		[FD_SIGNALS] = &b->signals,
		[FD_REPORT] = &b->report,
		[FD_READY] = &b->ready[1],
		[FD_SYSLOG] = &b->syslog,
		[FD_BELL] = &b->bell,
		[FD_NOTIFY] = &b->notify,
		[FD_TOLD] = &b->told,
		[FD_NEWS] = &b->news,
		[FD_KEEPER] = &b->keeper};
	int last = FD_ALWAYS - 1;
	int fd;

	for (int i = 0; i < FDS; i++) {
		if (i >= FD_ALWAYS && *kept[i] < 0)
			continue;
		fd = fcntl(*kept[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (fd < 0)
			return -1;
		*kept[i] = fd;
		last = i;
	}
	for (int i = 0; i <= last; i++) {
		if (*kept[i] < 0)
			close(i);
		else if (dup3(*kept[i], i, O_CLOEXEC) < 0)
			return -1;
		else
			*kept[i] = i;
	}
	return kernel_close_range((unsigned)last + 1, ~0U);
}

static void forget(long call, uintptr_t from, uintptr_t to)
{
	if (to > from)
		syscall(call, from, to - from, MADV_DONTNEED);
}

/* Where the kernel forbids it (sealed mappings), and above the stack, where it
 * finds nothing, the memory stays. */
void memory_forget(void)
{
	uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t first = getauxval(AT_PHDR) & ~(page - 1);
	uintptr_t last = ((uintptr_t)end + page - 1) & ~(page - 1);
	uintptr_t low = ((uintptr_t)&page - FRAMES) & ~(page - 1);

	forget(SYS_munmap, page, first);
	forget(SYS_munmap, last, low);
}

void stack_forget(const void *from)
{
	uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t above = ((uintptr_t)from | (page - 1)) + 1;

	forget(SYS_madvise, above, above + STACK_ABOVE);
}

/* All that it needs from now on is that, and its stack. */
static int open_log(struct build *b)
{
	struct pump pump = {.instance = (uint32_t)b->start->generation,
		.rate = b->service->log_rate,
		.early_ns = b->service->clock_offset_ms * 1000000,
		.bell = b->bell,
		.syslog = b->syslog};
	memory_forget();
	pump.ring = ring_map_head(FD_RING);
	b->pump = pump;
	b->object = NULL;
	return pump.ring ? 0 : -1;
}

#define STEPS "sandbox/reaper.def"
#include "sandbox/steps.h"

const struct steps reaper_list = {
	rows, sizeof(rows) / sizeof(*rows), texts.all};

static void reap(void)
{
	siginfo_t info = {.si_pid = 0};

	do {
		info.si_pid = 0;
	} while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 &&
		info.si_pid != 0);
}

/* Reaps. True when init has asked for the end. The parent's pid is 0 in a pid
 * namespace of its own, where whoever is inside can send the signal too, and
 * can forge all but SI_USER. */
static bool look(void)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (read(FD_SIGNALS, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGTERM && info.ssi_code == SI_USER &&
			info.ssi_pid == (uint32_t)getppid())
			asked = true;
	reap();
	return asked;
}

/* All above its frame is given back. One page stays in use, if what pump_run()
 * calls has room in it, as it has behind the gap: so the frame must be its own,
 * and all that it uses in it. Where the frame ends the address of its caller's
 * tells: its own is that of its lower end on aarch64. */
static _Noreturn __attribute__((noinline)) void serve_alone(
	const struct pump *pump_above, const struct notify *notify_above)
{
	struct pump pump = *pump_above;
	struct notify notify = *notify_above;

	stack_forget((const char *)__builtin_dwarf_cfa() - 1);
	pump_run(&pump, &notify, look);
	kernel_exit(0);
}

static _Noreturn void serve_lower(
	const struct pump *pump, const struct notify *notify)
{
	__attribute__((uninitialized)) char gap[2 * ROOM];

	__asm__ volatile("" : : "r"(gap) : "memory");
	serve_alone(pump, notify);
}

/* Whoever waits for the inside goes on: the builder by a byte, init by a
 * record. Both pipes must end with them. */
static void tell_ready(struct build *b)
{
	build_inside(b);
	if (write(FD_READY, "r", 1) < 0)
		kernel_exit(1);
	close(FD_READY);
	close(FD_REPORT);
}

_Noreturn void reaper_run(struct build *b)
{
	struct notify notify;

	if (!steps_run(b, STEPS_REAPER)) {
		/* the builder hears that it has been told */
		if (write(b->ready[1], "", 1) < 0)
			kernel_exit(2);
		kernel_exit(1);
	}
	tell_ready(b);
	notify = (struct notify){.socket = b->notify,
		.pipe = b->told,
		.news = b->news,
		.keeper = b->keeper,
		.period_us = b->watchdog_ms * (uint64_t)1000};
	notify_begin(&notify);
	if (((uintptr_t)__builtin_frame_address(0) & (PAGE - 1)) < 2 * ROOM)
		serve_lower(&b->pump, &notify);
	serve_alone(&b->pump, &notify);
}
