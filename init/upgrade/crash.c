/* A crash of init: its handler, on a stack of its own, has another init go on;
 * past crash-limit, and where there is nothing to go on with, it reboots.
 *
 * A signal that somebody sent counts as one: whoever may send it to process 1
 * is root of the host. The handler may have interrupted anything, so it calls
 * nothing that allocates or locks. A fault in it has no other way out than
 * reboot(2): a signal that is blocked while the kernel raises it kills, and the
 * end of process 1 is the kernel's panic.
 */
#include "upgrade/pass.h"

#include "base/clock.h"
#include "base/kernel.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "log/console.h"
#include "supervise/supervise.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>

#define STACK_BYTES 32768U
#define TRIES_MOST 3U /* crashes while a state is taken over */
#define REBOOT_S 5 /* the longest that sync may take */
#define STEP_MS 50

static const int signals[] = {
	SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

static LAST _Alignas(16) char stack_bytes[STACK_BYTES];

static struct {
	int program; /* O_PATH of this program; -1: not allowed yet */
	int state; /* that is being taken over; -1: none */
	unsigned tries;
	volatile sig_atomic_t depth;
} own = {.program = -1, .state = -1};

static const struct system_settings *settings(void)
{
	const struct table *table = supervise_table();

	return table ? &table->system : NULL;
}

/* In a child, since a disk may hang. SIGCHLD is blocked, and so can be waited
 * for. */
static void write_down(void)
{
	const struct timespec step = {0, STEP_MS * 1000000L};
	pid_t child = process_fork(-1);
	sigset_t ended;
	uint64_t limit = now_ms() + REBOOT_S * (uint64_t)1000;

	if (child == 0) {
		static char verb[] = SANDBOX_CRASHED;

		sandbox_execute(self.host->table, verb, (unsigned)crash.signal);
		sync();
		kernel_exit(1);
	}
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	while (child > 0 && now_ms() < limit &&
		waitpid(child, NULL, WNOHANG) == 0)
		sigtimedwait(&ended, NULL, &step);
}

_Noreturn void crash_reboot(const char *why)
{
	console_say(
		"bulkhead: init has crashed (signal %u): %s; the machine is "
		"rebooted",
		(unsigned)crash.signal, why);
	write_down();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void count_crash(int signal, const siginfo_t *info)
{
	const struct system_settings *system = settings();
	uint64_t now = now_ms();

	if (!crash.count ||
		(system && now - crash.window_ms > system->crash_window_ms)) {
		crash.window_ms = now;
		crash.count = 0;
	}
	crash.count++;
	crash.total++;
	crash.signal = signal;
	crash.sent = info->si_code <= 0;
}

bool crash_is_over(void)
{
	const struct system_settings *system = settings();

	return system && system->crash_count &&
		crash.count > system->crash_count;
}

/* Another signal that somebody sent meanwhile, or while all units move, changes
 * nothing. */
static void handle(int signal, siginfo_t *info, void *context)
{
	int state = own.state;

	(void)context;
	if ((own.depth || !supervise_is_whole()) && info->si_code <= 0)
		return;
	if (own.depth++)
		reboot(RB_AUTOBOOT);
	if (state < 0)
		count_crash(signal, info);
	if (own.program < 0)
		crash_reboot("it was too early to go on");
	if (!supervise_is_whole())
		crash_reboot("it was changing its table");
	if (state < 0)
		state = pass_save();
	else if (++own.tries > TRIES_MOST)
		crash_reboot("its state cannot be taken over");
	if (state >= 0)
		pass_on(own.program, state, own.tries);
	crash_reboot("no other init can be executed");
}

void crash_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(set, signals[i]);
}

void crash_arm(const struct upgrade_self *given)
{
	const stack_t stack = {.ss_sp = stack_bytes, .ss_size = STACK_BYTES};
	const struct sigaction action = {.sa_sigaction = handle,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

	self = *given;
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

void crash_allow(void)
{
	if (own.program < 0)
		own.program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
}

void crash_resuming(int state, unsigned tries)
{
	own.state = state;
	own.tries = tries;
	crash_allow();
}

void crash_resumed(void)
{
	own.state = -1;
	own.tries = 0;
}
