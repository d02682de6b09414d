/* svc reexec: another program is asked in a child whether it can go on with the
 * state as it is, and then executed in init's place. Whatever speaks against it
 * is told to who asked, and nothing has changed.
 */
#include "upgrade/pass.h"

#include "base/clock.h"
#include "base/kernel.h"
#include "base/process.h"
#include "base/text.h"
#include "control/control.h"
#include "log/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_MS 5000U /* for its answer */

static struct {
	int program; /* O_PATH; 0: nobody has asked */
	pid_t child; /* that is asked; 0: none */
	uint64_t limit_ms;
	bool is_good;
	char path[CONTROL_NAME_SIZE];
} asked;

static void refuse(const char *why)
{
	say("bulkhead: init is not replaced: %s: %s", asked.path, why);
	control_reexec_over(why);
	if (asked.program > 0)
		close(asked.program);
	asked.program = 0;
	asked.child = 0;
	asked.is_good = false;
}

static _Noreturn void ask(int state)
{
	static char word[] = CHECK_WORD;
	char number[12];
	char *const words[] = {self.name, word, number, NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	text_compose(number, sizeof(number), "%u", (unsigned)state);
	fcntl(state, F_SETFD, 0);
	/* under the number that the state says */
	fcntl(self.host->table, F_SETFD, 0);
	kernel_execveat(asked.program, "", words, environ, K_AT_EMPTY_PATH);
	kernel_exit(errno);
}

static void begin(void)
{
	int state;

	if (!*asked.path)
		text_compose(asked.path, sizeof(asked.path), "%s", self.name);
	asked.program = open(asked.path, O_PATH | O_CLOEXEC);
	if (asked.program < 0) {
		refuse(strerror(errno));
		return;
	}
	state = pass_save();
	if (state >= 0)
		asked.child = process_fork(-1);
	if (state >= 0 && asked.child == 0)
		ask(state);
	if (state >= 0)
		close(state);
	if (state < 0 || asked.child < 0)
		refuse(strerror(state < 0 ? -state : -asked.child));
	asked.limit_ms = now_ms() + CHECK_MS;
}

bool upgrade_ended(const siginfo_t *si)
{
	if (!asked.child || si->si_pid != asked.child)
		return false;
	asked.child = 0;
	if (si->si_code != CLD_EXITED)
		refuse("killed when asked whether it can read init's state");
	else if (si->si_status == CHECK_GOOD)
		asked.is_good = true;
	else if (si->si_status == CHECK_FOREIGN)
		refuse("it reads no state of this version; go by a version "
		       "between, or reboot");
	else if (si->si_status == CHECK_DAMAGED)
		refuse("it cannot read init's state; reboot");
	else if (si->si_status == CHECK_TABLE)
		refuse("it reads no table of this version; reboot");
	else
		refuse("it does not answer as bulkhead's init; is it one?");
	return true;
}

/* Signals that have come meanwhile stay for the next init. */
static void execute(void)
{
	int state = pass_save();
	int error = state < 0 ? state : pass_on(asked.program, state, 0);

	if (state >= 0)
		close(state);
	refuse(strerror(-error));
}

void upgrade_turn(const char *why)
{
	if (control_wants_reexec(asked.path)) {
		if (why)
			refuse(why);
		else
			begin();
	}
	if (asked.child && now_ms() >= asked.limit_ms)
		kill(asked.child, SIGKILL);
	if (asked.is_good && why)
		refuse(why);
	else if (asked.is_good)
		execute();
}

int upgrade_timeout_ms(void)
{
	uint64_t now = now_ms();

	if (!asked.child)
		return -1;
	return asked.limit_ms > now ? (int)(asked.limit_ms - now) : 100;
}
