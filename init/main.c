/* init: the stages of a boot in order, and the loop that hands each event to
 * the owner of its kind. What the words mean is in the design: the loader reads
 * the table in a child, supervise/ keeps the services, boot/ has the first and
 * the last second.
 */
#include "base/clock.h"
#include "base/hurry.h"
#include "base/kernel.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/text.h"
#include "boot/boot.h"
#include "boot/dog.h"
#include "control/control.h"
#include "control/initctl.h"
#include "load/load.h"
#include "log/journal.h"
#include "supervise/supervise.h"
#include "upgrade/upgrade.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#define TOOL "/bin/svc"
#define FILES_MOST (1U << 20) /* descriptors of init: fs.nr_open's default */
#define CHILDREN_A_TURN 4096U
#define SERVICES_A_MS 128U /* whose children are looked at */
#define LOADER_MS 30000U /* the longest that reading the table may take */
#define KILLED_MS 5000U /* ... and that it may take to be killed */
#define ROOM_S 3 /* ... that who is killed may take to make room for others */
#define LATE_MS 1000 /* between looks at what is late */
#define LAST_S 5 /* ... that reboot(2) may take, before it is forced */

static struct init {
	struct sandbox_host host;
	int signals;
	int memfd; /* where the loader leaves the table */
	pid_t loader; /* 0: it is done */
	bool is_reload; /* it reads the table anew */
	pid_t judge; /* that asks about a reboot; 0: none */
	pid_t last; /* that ends the machine; -1: ended in vain */
	unsigned tries; /* of ending the machine */
	time_t waits; /* ... for room for the first of them */
	pid_t mover; /* that moves init into its group; 0: none */
	pid_t historian; /* that knows how the last boot ended; 0: none */
	uint64_t load_limit; /* ms of CLOCK_MONOTONIC; 0: none */
	uint64_t last_limit;
	int dog_ms; /* when the watchdog must be fed; -1: never */
	bool dog_is_missing; /* said */
	bool good_is_noted;
	bool history_is_told;
	bool more; /* children may be left for another turn */
} init = {.signals = -1, .memfd = -1, .dog_ms = -1};

static uint64_t all_ms; /* not before that all children are looked at */

/* What lives on when another init takes over. */
static const struct state_field host_fields[] = {
	STATE_RECORD(struct sandbox_host),
	STATE_FILE(struct sandbox_host, proc),
	STATE_FILE(struct sandbox_host, cgroup),
	STATE_FILE(struct sandbox_host, services),
	STATE_FILE(struct sandbox_host, builders),
	STATE_FILE(struct sandbox_host, template),
	STATE_FILE(struct sandbox_host, table),
	STATE_FILE(struct sandbox_host, places),
	STATE_END,
};

static const struct state_field init_fields[] = {
	STATE_RECORD(struct init),
	STATE_FILE(struct init, memfd),
	STATE_KEPT(struct init, loader),
	STATE_KEPT(struct init, is_reload),
	STATE_KEPT(struct init, judge),
	STATE_KEPT(struct init, last),
	STATE_KEPT(struct init, tries),
	STATE_KEPT(struct init, waits),
	STATE_KEPT(struct init, historian),
	STATE_KEPT(struct init, load_limit),
	STATE_KEPT(struct init, last_limit),
	STATE_KEPT(struct init, dog_is_missing),
	STATE_KEPT(struct init, good_is_noted),
	STATE_KEPT(struct init, history_is_told),
	STATE_END,
};

static const struct state_part parts[] = {
	{STATE_KEY("main"), 1, init_fields, &init},
	{STATE_KEY("host"), 1, host_fields, &init.host},
};

/* --- the loader ----------------------------------------------------------- */

/* It has the parser, which init must not: load/load.h. */
static _Noreturn void load(void)
{
	static char tool[] = "loader";
	static char verb[] = "load";
	static char again[] = LOAD_AGAIN;
	char *const words[] = {tool, verb, init.is_reload ? again : NULL, NULL};
	char *const environment[] = {NULL};
	sigset_t none;
	int memfd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* neither of them may be closed by the other's new number */
	memfd = fcntl(init.memfd, F_DUPFD_CLOEXEC, LOAD_BEFORE + 1);
	if (init.is_reload)
		dup2(init.host.table, LOAD_BEFORE);
	if (dup2(memfd, LOAD_FD) == LOAD_FD && fcntl(LOAD_FD, F_SETFD, 0) == 0)
		execve(LOAD_PROGRAM, words, environment);
	kernel_exit(LOAD_NO_PROGRAM);
}

static void take_table(const struct table *table)
{
	const struct supervise_setup setup = {&init.host};

	if (!table)
		table = load_fallback();
	say_lines(table_string(table, table->faults));
	if (supervise_begin(table, &setup) < 0)
		say("bulkhead: no memory for the services of the table; "
		    "nothing is started");
	else
		control_serve(table);
	crash_allow();
}

/* Whoever takes the memfd closes it. */
static int end_loader(void)
{
	int memfd = init.memfd;

	init.memfd = -1;
	init.loader = 0;
	init.load_limit = 0;
	return memfd;
}

static void give_up_loader(const char *why)
{
	close(end_loader());
	if (supervise_is_over()) /* who ended before there was a table */
		return;
	if (init.is_reload) {
		say("bulkhead: loader: %s", why);
		supervise_table_refused("none came; nothing is changed", 0);
		return;
	}
	say("bulkhead: loader: %s; only the rescue shell is started", why);
	take_table(NULL);
}

static void start_loader(void)
{
	init.memfd = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	init.loader = process_fork(init.host.builders);
	if (init.loader == 0)
		load();
	init.load_limit = now_ms() + LOADER_MS;
	if (init.loader < 0)
		give_up_loader("no process can be made");
}

/* One with faults is none: it is told whole to who asked for it. */
static void take_another(const struct table *table)
{
	int memfd = end_loader();
	char why[64];

	if (!table->fault_count) {
		supervise_take_table(table, memfd);
		return;
	}
	say_lines(table_string(table, table->faults));
	text_compose(why, sizeof(why), "%u fault%s; nothing is changed",
		table->fault_count, table->fault_count == 1 ? "" : "s");
	load_unmap(table);
	supervise_table_refused(why, memfd);
}

static void start_reload(void)
{
	if (init.loader || !supervise_wants_table())
		return;
	supervise_table_begins();
	init.is_reload = true;
	start_loader();
}

/* Services have other numbers from now on. */
static void change_table(void)
{
	if (!supervise_may_change_table())
		return;
	supervise_change_table();
	control_moved();
	supervise_moved_all();
}

static void loader_ended(const siginfo_t *si)
{
	int status = si->si_code == CLD_EXITED ? si->si_status : 255;
	const struct table *table = status == 0 && !supervise_is_over()
		? load_map(init.memfd)
		: NULL;

	if (!table) {
		give_up_loader(status == LOAD_NO_PROGRAM
				? LOAD_PROGRAM " cannot be executed"
				: "no table came of it");
		return;
	}
	if (init.is_reload) {
		take_another(table);
		return;
	}
	init.host.table = end_loader();
	take_table(table);
}

/* A loader that cannot even be killed is left alone. */
static void stop_loader(void)
{
	if (!init.loader || now_ms() < init.load_limit)
		return;
	if (now_ms() >= init.load_limit + KILLED_MS)
		give_up_loader("it hangs in the kernel");
	else
		kill(init.loader, SIGKILL);
}

/* --- the end -------------------------------------------------------------- */

static void start_tidy(const struct end *end)
{
	init.last = process_fork(-1);
	if (init.last == 0)
		boot_tidy(init.host.table, end->code);
	init.last_limit = now_ms() + BOOT_TIDY_S * UINT64_C(1000);
}

static void start_last(const struct end *end)
{
	const struct table *table = supervise_table();

	init.last = process_fork(-1);
	if (init.last == 0)
		boot_end(table ? &table->system : NULL, end);
	init.last_limit = now_ms() + LAST_S * UINT64_C(1000);
}

/* Whoever is left belongs to no service, and would keep file systems in use. A
 * child that cannot be made, or hangs, is tried again, and then the machine is
 * made to restart; a watchdog is fed no more all the while.
 */
static void end_machine(void)
{
	const struct end *end = supervise_is_over();

	if (!end || (init.last > 0 && now_ms() < init.last_limit))
		return;
	switch (init.tries++) {
	case 0:
		kill(-1, SIGKILL);
		dog_leave(BOOT_TIDY_S + 2 * LAST_S);
		start_tidy(end);
		if (init.last < 0 && init.waits++ < ROOM_S)
			init.tries = 0; /* the killed make room */
		break;
	case 1:
	case 2:
		start_last(end);
		break;
	default:
		boot_force();
		break;
	}
}

/* reboot-limit is asked in a child, since the record is a file. */
static void start_judge(void)
{
	if (!supervise_wants_reboot() || init.judge)
		return;
	init.judge = process_fork(init.host.builders);
	if (init.judge == 0) {
		static char verb[] = SANDBOX_REBOOT;

		sandbox_execute(init.host.table, verb, 0);
		kernel_exit(1);
	}
	if (init.judge < 0)
		init.judge = 0; /* tried again */
}

/* Files are for a child, whose end nobody waits for. */
static void note_good(void)
{
	pid_t pid;

	if (init.good_is_noted || !supervise_is_good())
		return;
	pid = process_fork(init.host.builders);
	if (pid == 0)
		kernel_exit(boot_note_good() ? 0 : 1);
	init.good_is_noted = pid > 0; /* else tried again */
}

/* Why the last boot ended is a file on a disk, and so a child's business: its
 * exit code is the signal by which init had crashed. */
static void start_historian(void)
{
	if (init.history_is_told || !supervise_has_booted())
		return;
	init.history_is_told = true;
	init.historian = process_fork(init.host.builders);
	if (init.historian == 0)
		kernel_exit(boot_had_crashed());
}

static void start_mover(void)
{
	init.mover = process_fork(-1);
	if (init.mover == 0)
		kernel_exit(boot_move() ? 0 : 1);
}

static void tell_move(const siginfo_t *si)
{
	init.mover = 0;
	if (si->si_code != CLD_EXITED || si->si_status)
		say("boot: init cannot enter its cgroup, and does "
		    "not come first when all compete");
}

static void tell_history(const siginfo_t *si)
{
	init.historian = 0;
	if (si->si_code == CLD_EXITED && si->si_status)
		say("bulkhead: the last boot was ended since init had crashed "
		    "too often (signal %u)",
			(unsigned)si->si_status);
}

/* --- the watchdog --------------------------------------------------------- */

static int tend_dog(void)
{
	const struct table *table = supervise_table();

	if (!table)
		return -1;
	/* one that is open is fed, whatever another table says of it */
	if (!init.dog_is_missing && !dog_open(table->system.watchdog_ms)) {
		init.dog_is_missing = supervise_has_booted();
		if (init.dog_is_missing)
			dog_missing();
	}
	return dog_feed(now_ms(), supervise_is_healthy);
}

/* --- events --------------------------------------------------------------- */

#define REALTIME 34 /* SIGRTMIN of those who send such signals */

static const struct {
	uint32_t signal;
	enum end_how how;
} ends[] = {
	{SIGTERM, END_REBOOT},
	{SIGINT, END_REBOOT},
	{SIGUSR1, END_HALT},
	{SIGUSR2, END_POWEROFF},
	{SIGPWR, END_POWEROFF},
	{REALTIME + 3, END_HALT},
	{REALTIME + 4, END_POWEROFF},
	{REALTIME + 5, END_REBOOT},
	{REALTIME + 6,
		END_REBOOT}, /* kexec: that is done where one is loaded */
	{REALTIME + 13, END_HALT},
	{REALTIME + 14, END_POWEROFF},
	{REALTIME + 15, END_REBOOT},
	{REALTIME + 16, END_REBOOT},
};

/* Ctrl-Alt-Del (SIGINT) once more: whoever sits there does not want to wait. */
static void take_signal(uint32_t signal)
{
	if (signal == SIGINT)
		supervise_hurry();
	if (signal == SIGHUP)
		supervise_ask_table();
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends[i].signal == signal)
			supervise_end(ends[i].how, 0);
}

static void take_child(const siginfo_t *si)
{
	if (si->si_pid == init.loader) {
		loader_ended(si);
	} else if (si->si_pid == init.judge) {
		init.judge = 0;
		supervise_reboot(
			si->si_code != CLD_EXITED || si->si_status == 0);
	} else if (si->si_pid == init.last) {
		init.last = -1;
	} else if (si->si_pid == init.historian) {
		tell_history(si);
	} else if (si->si_pid == init.mover) {
		tell_move(si);
	} else if (!upgrade_ended(si)) {
		supervise_reaped(si);
	}
}

/* A child is reaped when its end has been acted on, and not before: an init
 * that crashes in between leaves it to the next one. */
static bool reap(idtype_t which, int32_t pid)
{
	siginfo_t si = {.si_pid = 0};

	if (waitid(which, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		!si.si_pid)
		return false;
	take_child(&si);
	waitid(P_PID, (id_t)si.si_pid, &si, WEXITED | WNOHANG);
	return true;
}

/* To ask for any child, the kernel looks at each: the more there are, the less
 * often. */
static void reap_all(void)
{
	const struct table *table = supervise_table();
	uint64_t now = now_ms();

	init.more = true;
	if (now < all_ms)
		return;
	if (table)
		all_ms = now + table->services.count / SERVICES_A_MS;
	for (unsigned i = 0; i < CHILDREN_A_TURN && init.more; i++)
		init.more = reap(P_ALL, 0);
}

/* The one that the signal names, of all that it may stand for, is asked for by
 * name, and at once. signal(7) */
static void read_signals(void)
{
	struct signalfd_siginfo all[4];
	ssize_t size = read(init.signals, all, sizeof(all));

	for (size_t i = 0; size > 0 && i < (size_t)size / sizeof(*all); i++)
		if (all[i].ssi_signo == SIGCHLD)
			reap(P_PID, (int32_t)all[i].ssi_pid);
		else
			take_signal(all[i].ssi_signo);
	reap_all();
}

static void dispatch(const struct loop_event *event)
{
	switch (event->kind) {
	case LOOP_SIGNALS:
		read_signals();
		break;
	case LOOP_CONSOLE: /* journal_flush() is called every turn */
		break;
	case LOOP_LOGGER:
		supervise_logger();
		break;
	case LOOP_CONDITIONS:
		supervise_conditions();
		break;
	case LOOP_REPORT:
		supervise_report(event->index);
		break;
	case LOOP_NEWS:
		supervise_news(event->index);
		break;
	case LOOP_KEEPER:
		supervise_keeper(event->index);
		break;
	case LOOP_SPARE:
		supervise_spare(event->index);
		break;
	case LOOP_CALENDAR:
		supervise_calendar();
		break;
	case LOOP_CONTROL:
		control_accept(event->index);
		break;
	case LOOP_CLIENT:
		control_client(event->index, event->events);
		break;
	case LOOP_INITCTL:
		initctl_read();
		break;
	}
}

static int sooner(int one, int other)
{
	if (one < 0 || other < 0)
		return one < 0 ? other : one;
	return one < other ? one : other;
}

static int until_ms(uint64_t limit, int late_ms)
{
	uint64_t now = now_ms();

	return limit > now ? (int)(limit - now) : late_ms;
}

static int timeout_ms(void)
{
	int own = -1;

	if (init.more)
		own = until_ms(all_ms, 0);
	if (init.last < 0 || (supervise_wants_reboot() && !init.judge))
		return sooner(own, LATE_MS);
	if (init.loader)
		own = sooner(own, until_ms(init.load_limit, LATE_MS));
	if (init.last)
		own = sooner(own, until_ms(init.last_limit, LATE_MS));
	own = sooner(own, sooner(init.dog_ms, upgrade_timeout_ms()));
	return sooner(
		own, sooner(supervise_timeout_ms(), control_timeout_ms()));
}

/* Why init cannot be replaced now; NULL: it can. */
static const char *obstacle(void)
{
	if (init.loader)
		return "the table is being read; try again soon";
	if (supervise_changes_table())
		return "the table is being changed; try later";
	return init.last ? "the machine ends" : NULL;
}

static void turn(void)
{
	struct loop_event events[LOOP_EVENTS];
	unsigned count;

	journal_flush();
	count = loop_wait(events, timeout_ms());
	for (unsigned i = 0; i < count; i++)
		dispatch(&events[i]);
	if (init.more)
		reap_all();
	stop_loader();
	supervise_turn();
	control_turn();
	supervise_table_told();
	change_table();
	start_reload();
	start_judge();
	note_good();
	end_machine();
	start_historian();
	init.dog_ms = tend_dog();
	upgrade_turn(obstacle());
}

/* --- stages --------------------------------------------------------------- */

/* Without /dev/console on its root the kernel starts init without them: what is
 * opened from now on must not be taken for them. */
static void hold_stdio(void)
{
	int fd;

	do {
		fd = open("/", O_PATH | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* All signals but those of a crash come through a descriptor; none may end or
 * stop init. */
static void take_signals(void)
{
	sigset_t crashes;
	sigset_t all;

	sigfillset(&all);
	hurry_prepare();
	sigdelset(&all, HURRY_SIGNAL);
	crash_signals(&crashes);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&crashes, i) > 0)
			sigdelset(&all, i);
	sigprocmask(SIG_SETMASK, &all, NULL);
	init.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A ring and pipes for every service; the program of a service gets its own
 * limit. */
static void raise_limit(void)
{
	const struct rlimit limit = {FILES_MOST, FILES_MOST};

	prlimit(0, RLIMIT_NOFILE, &limit, NULL);
}

static void open_loop(void)
{
	int error = loop_open();

	if (!error)
		error = loop_add(init.signals, EPOLLIN, LOOP_SIGNALS, 0);
	if (error)
		say("bulkhead: event loop: %s; init cannot be told anything",
			strerror(-error));
}

static void open_control(void)
{
	int error = control_open();

	if (error)
		say("bulkhead: control socket: %s; svc cannot reach init",
			strerror(-error));
	error = initctl_open();
	if (error)
		say("bulkhead: " INITCTL_PATH ": %s; telinit cannot reach init",
			strerror(-error));
}

/* "init 6" and its like are for the process that is there already. */
static int be_telinit(char **words)
{
	static char name[] = "telinit";
	static const char text[] = "init: runs as process 1 only, and " TOOL
				   " is not there to talk to it\n";

	words[0] = name;
	execv(TOOL, words);
	return write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 1 : 2;
}

static void boot(void)
{
	journal_open();
	raise_limit();
	boot_early(&init.host);
	journal_show();
	say("bulkhead: reading the table");
	open_loop();
	open_control();
	start_loader();
	start_mover();
	boot_settle(&init.host);
}

/* All that was in the last init's loop is watched already. */
static void go_on(void)
{
	loop_add(init.signals, EPOLLIN, LOOP_SIGNALS, 0);
	init.more = true;
}

int main(int count, char **words)
{
	const struct upgrade_self self = {.parts = parts,
		.count = sizeof(parts) / sizeof(*parts),
		.host = &init.host,
		.name = words[0]};

	if (getpid() != 1 && count > 0) {
		int code = upgrade_check(&self, count, words);
		return code >= 0 ? code : be_telinit(words);
	}
	hold_stdio();
	crash_arm(&self);
	take_signals();
	if (upgrade_resume(count, words))
		go_on();
	else
		boot();
	for (;;)
		turn();
}
