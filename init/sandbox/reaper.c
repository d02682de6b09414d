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
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define PIPE_SIZE 65536U /* moved in one turn; what a pipe holds by default */
#define HIGH_FD 64 /* above all that is kept */
#define STACK_ABOVE 65536U /* of init and the builder, at most */
#define PAGE 4096U
#define ROOM 1024UL /* of the stack: serve() and what it calls need less */
#define FRAMES 512U /* of memory_forget() and what it calls, at most */

/* What it keeps open, and where. */
enum {
	FD_OUTPUT,
	FD_RING,
	FD_SIGNALS,
	FD_REPORT,
	FD_READY,
	FDS
};

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
	} all[] = {{"sys/user/max_user_namespaces", "0"},
		{"sys/user/max_inotify_instances", "128"},
		{"sys/user/max_inotify_watches", "65536"},
		{"sys/user/max_fanotify_groups", "16"}};

	if (!is_own(b, SPACE_USER))
		return 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (i == 0 && b->service->nest)
			continue;
		b->object = all[i].path;
		if (file_write(b->host->proc, all[i].path, all[i].most) < 0 &&
			(i == 0 || errno != ENOENT))
			return -1;
	}
	return 0;
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

/* Really closes all but five: close-on-exec does nothing for what never
 * executes. They are moved up first, so that none stands in another's way. */
static int close_files(struct build *b)
{
	int kept[FDS] = {[FD_OUTPUT] = b->output[0],
		[FD_RING] = b->start->log,
		[FD_SIGNALS] = b->signals,
		[FD_REPORT] = b->start->report,
		[FD_READY] = b->ready[1]};

	for (int i = 0; i < FDS; i++) {
		kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (kept[i] < 0)
			return -1;
	}
	for (int i = 0; i < FDS; i++)
		if (dup3(kept[i], i, O_CLOEXEC) < 0)
			return -1;
	b->report = FD_REPORT;
	b->ready[1] = FD_READY;
	return kernel_close_range(FDS, ~0U);
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
	memory_forget();
	b->object = NULL;
	b->ring = ring_map_head(FD_RING);
	return b->ring ? 0 : -1;
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

/* Empties the pipe as it is now, and no more than that: the service may go on
 * writing. */
static _Noreturn void finish(struct ring *ring)
{
	int size = fcntl(FD_OUTPUT, F_GETPIPE_SZ);
	size_t left = size > 0 ? (size_t)size : PIPE_SIZE;

	while (left) {
		ssize_t count = ring_pour(ring, FD_RING, FD_OUTPUT, left);

		if (count <= 0)
			break;
		left -= (size_t)count;
	}
	kernel_exit(0);
}

/* True when init has asked for the end. The parent's pid is 0 in a pid
 * namespace of its own, where whoever is inside can send the signal too, and
 * can forge all but SI_USER. */
static bool is_asked_to_end(void)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (read(FD_SIGNALS, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGTERM && info.ssi_code == SI_USER &&
			info.ssi_pid == (uint32_t)getppid())
			asked = true;
	return asked;
}

static _Noreturn void serve(struct ring *ring)
{
	struct pollfd polled[] = {{.fd = FD_OUTPUT, .events = POLLIN},
		{.fd = FD_SIGNALS, .events = POLLIN}};
	bool asked = false;

	for (;;) {
		if (poll(polled, 2, -1) < 0)
			continue;
		if (polled[1].revents) {
			asked = is_asked_to_end();
			reap();
		}
		if (asked)
			finish(ring);
		/* at its end the pipe is left alone: poll would not wait */
		if (polled[0].revents &&
			ring_pour(ring, FD_RING, FD_OUTPUT, PIPE_SIZE) == 0)
			polled[0].fd = -1;
	}
}

/* All above its frame is given back. One page stays in use, if what serve()
 * calls has room in it, as it has behind the gap: so the frame must be its own.
 */
static _Noreturn __attribute__((noinline)) void serve_alone(struct ring *ring)
{
	stack_forget(__builtin_frame_address(0));
	serve(ring);
}

static _Noreturn void serve_lower(struct ring *ring)
{
	__attribute__((uninitialized)) char gap[2 * ROOM];

	__asm__ volatile("" : : "r"(gap) : "memory");
	serve_alone(ring);
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
	if (!steps_run(b, STEPS_REAPER)) {
		/* the builder hears that it has been told */
		if (write(b->ready[1], "", 1) < 0)
			kernel_exit(2);
		kernel_exit(1);
	}
	tell_ready(b);
	if (((uintptr_t)__builtin_frame_address(0) & (PAGE - 1)) < 2 * ROOM)
		serve_lower(b->ring);
	serve_alone(b->ring);
}
