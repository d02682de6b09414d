/* The checker: a process of a service whose stanza has `health`, or `reload =
 * run`: what is run beside its program. It stands in the service's group, so
 * that it is frozen and ends with it, and init tells it by signals what is
 * wanted. A command is executed as the program itself is, by the same steps. A
 * port is asked by a process that has nothing but the service's network.
 *
 * init hears of it only when a reload is over, and when so many checks in a row
 * have failed; what is of interest to people goes to the service's log.
 */
#include "sandbox/build.h"

#include "base/clock.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define HIGH_FD 64 /* above all that is kept */
#define LATE_MS 1000U /* whoever is woken so late did not run */
#define SOON_MS 100U /* for what is killed to be gone */
#define NEVER UINT64_MAX
#define TEXT_SIZE NOTICE_TEXT_SIZE
#define LINE_SIZE (TEXT_SIZE + 64U)
/* Of a service without ids of its own: in the last slot, which none gets. */
#define LAST_ID 0xfffffff0U

/* What it keeps open, and where: behind what a program has at least, so that a
 * copy there is not closed by its execution. */
enum {
	FD_FIRST = 3,
	FD_NEWS = FD_FIRST,
	FD_OUTPUT,
	FD_ERRORS,
	FD_PROC,
	FD_SIGNALS,
	FD_REAPER,
	FDS
};

enum kind {
	CHECK,
	RELOAD,
	KINDS
};

struct job {
	pid_t pid; /* 0: none */
	int pidfd;
	int report; /* read end: why a command could not be executed */
	bool is_killed; /* it took too long */
	uint64_t due_ms; /* then it is killed; NEVER */
};

/* What a process that asks a port leaves: it shares this page. */
struct answer {
	int32_t error;
	int32_t status; /* of HTTP; 0: not that */
};

struct checker {
	struct build *b;
	const struct health *health; /* NULL: none */
	struct answer *answer;
	struct job jobs[KINDS];
	uint64_t next_ms; /* the next check; NEVER */
	uint32_t failures; /* in a row */
	bool wants_reload; /* once the one that runs is over */
	char text[TEXT_SIZE]; /* how a job ended; "": well */
};

/* --- a port --------------------------------------------------------------- */

/* Nobody of the service, but not its user, nor anyone of the host. */
static bool become_nobody(const struct build *b)
{
	const struct service *service = b->service;
	uint32_t id = users_outside(service, b->uid == NOBODY ? 0 : NOBODY);

	if (!service->id_count)
		id = LAST_ID;
	return kernel_setgroups(0, NULL) == 0 && kernel_setgid(id) == 0 &&
		kernel_setuid(id) == 0;
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t done = send(fd, text, left, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		text += done;
		left -= (size_t)done;
	}
	return true;
}

/* The number of "HTTP/1.1 200 OK", or -1. */
static int read_status(int fd)
{
	static const char form[] = "HTTP/1.";
	char line[12];
	size_t have = 0;
	uint64_t status;

	while (have < sizeof(line)) {
		ssize_t done = recv(fd, line + have, sizeof(line) - have, 0);

		if (done <= 0)
			return -1;
		have += (size_t)done;
	}
	if (memcmp(line, form, sizeof(form) - 1) != 0 || line[8] != ' ' ||
		!text_number(line + 9, 3, 10, &status))
		return -1;
	return (int)status;
}

static int get(const struct checker *c, int fd)
{
	static const char rest[] = " HTTP/1.0\r\nHost: localhost\r\n"
				   "User-Agent: bulkhead\r\n\r\n";
	const char *path = table_string(c->b->table, c->health->path);

	if (!write_all(fd, "GET ") || !write_all(fd, path) ||
		!write_all(fd, rest))
		return -1;
	return read_status(fd);
}

static _Noreturn void ask(const struct checker *c)
{
	const struct build *b = c->b;
	int fd;

	prctl(K_PR_SET_NAME, "check", 0, 0, 0);
	if ((is_own(b, SPACE_NET) && setns(FD_REAPER, CLONE_NEWNET) < 0) ||
		kernel_close_range(0, ~0U) < 0 || !become_nobody(b)) {
		c->answer->error = errno;
		kernel_exit(1);
	}
	fd = ready_connect(c->health->port);
	c->answer->error = fd < 0 ? errno : 0;
	if (fd >= 0 && c->health->kind == HEALTH_HTTP)
		c->answer->status = get(c, fd);
	kernel_exit(0);
}

/* --- a command ------------------------------------------------------------ */

static _Noreturn void run(struct build *b, int report)
{
	b->report = report;
	b->reaper = FD_REAPER;
	if (!b->has_reaper)
		b->reaper = -1;
	b->output[1] = FD_OUTPUT;
	b->errors[1] = FD_ERRORS;
	b->tty = b->tell = -1;
	b->given = NULL;
	b->given = NULL;
	program_run(b);
}

/* As the program it is in the group already; its parent is this process. */
static pid_t fork_job(struct job *job)
{
	const struct kernel_clone_args arguments = {
		.flags = K_CLONE_CLEAR_SIGHAND | K_CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&job->pidfd};

	return kernel_clone3(&arguments);
}

static void start_command(
	struct checker *c, struct job *job, const struct list *words)
{
	int report[2];

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
		text_compose(c->text, sizeof(c->text), "%s", strerror(errno));
		return;
	}
	c->b->words = words;
	job->pid = fork_job(job);
	if (job->pid == 0)
		run(c->b, report[1]);
	if (job->pid < 0)
		text_compose(c->text, sizeof(c->text), "%s", strerror(errno));
	close(report[1]);
	job->report = report[0];
}

static void start_question(struct checker *c, struct job *job)
{
	*c->answer = (struct answer){EIO, 0};
	job->pid = fork_job(job);
	if (job->pid == 0)
		ask(c);
	if (job->pid < 0)
		text_compose(c->text, sizeof(c->text), "%s", strerror(errno));
}

/* --- how it ended --------------------------------------------------------- */

static void tell_answer(struct checker *c)
{
	const struct answer *answer = c->answer;
	int status = answer->status;

	if (answer->error)
		text_compose(c->text, sizeof(c->text), "%s",
			strerror(answer->error));
	else if (status < 0)
		text_compose(c->text, sizeof(c->text), "no answer of HTTP");
	else if (status && (status < 200 || status > 399))
		text_compose(c->text, sizeof(c->text), "answered %u",
			(unsigned)status);
}

static void tell_status(struct checker *c, const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		text_compose(c->text, sizeof(c->text),
			"killed by signal %u (%s)", (unsigned)info->si_status,
			strsignal(info->si_status));
	else if (info->si_status)
		text_compose(c->text, sizeof(c->text), "exited %u",
			(unsigned)info->si_status);
}

/* True: it was never executed. What was left out was told at the start. */
static bool tell_report(struct checker *c, const struct job *job)
{
	struct sandbox_report report;

	while (read(job->report, &report, sizeof(report)) ==
		(ssize_t)sizeof(report)) {
		if (report.news != SANDBOX_FAILED)
			continue;
		text_compose(c->text, sizeof(c->text), "%.100s", report.text);
		return true;
	}
	return false;
}

/* c->text says how it ended; "" is well. A job that was never made has said so
 * already. */
static void end_job(struct checker *c, enum kind kind)
{
	struct job *job = &c->jobs[kind];
	siginfo_t info = {.si_pid = 0};

	if (job->pid > 0)
		waitid(P_PID, (id_t)job->pid, &info, WEXITED);
	if (job->is_killed)
		text_compose(c->text, sizeof(c->text), "took too long");
	else if (job->pid > 0 && job->report < 0)
		tell_answer(c);
	else if (job->pid > 0 && !tell_report(c, job))
		tell_status(c, &info);
	if (job->pid > 0)
		close(job->pidfd);
	if (job->report >= 0)
		close(job->report);
	*job = (struct job){.pidfd = -1, .report = -1, .due_ms = NEVER};
}

/* --- what people and init hear -------------------------------------------- */

/* To the service's log, if it takes it now. */
static void write_line(const char *what, const char *text)
{
	struct pollfd polled = {.fd = FD_ERRORS, .events = POLLOUT};
	char line[LINE_SIZE];
	size_t length = text_compose(
		line, sizeof(line), "health: %s: %s\n", what, text);

	if (poll(&polled, 1, 0) == 1 && polled.revents == POLLOUT &&
		write(FD_ERRORS, line, length) < 0)
		return;
}

static void send_news(
	struct sandbox_notice *news, const char *what, const char *text)
{
	text_compose(news->text, sizeof(news->text), "%s: %s", what, text);
	send(FD_NEWS, news, sizeof(*news), MSG_NOSIGNAL);
}

/* "tcp 80", "http 80 /ok", "run /bin/true" */
static void describe(const struct checker *c, char *to, size_t size)
{
	const struct table *table = c->b->table;
	const struct health *health = c->health;
	const table_at *words = table_pointer(table, health->argv.at);

	if (health->kind == HEALTH_RUN)
		text_compose(
			to, size, "run %.40s", table_string(table, words[0]));
	else
		text_compose(to, size, "%s %u%s%.40s",
			health->kind == HEALTH_TCP ? "tcp" : "http",
			health->port, health->path ? " " : "",
			table_string(table, health->path));
}

static void count_failure(struct checker *c)
{
	struct sandbox_notice news = {.said = SANDBOX_ILL};
	char what[64];

	describe(c, what, sizeof(what));
	write_line(what, c->text);
	if (++c->failures < c->health->failures)
		return;
	send_news(&news, what, c->text);
	c->next_ms = NEVER;
}

static void end_check(struct checker *c)
{
	end_job(c, CHECK);
	if (*c->text) {
		count_failure(c);
		return;
	}
	if (c->failures) {
		char what[64];

		describe(c, what, sizeof(what));
		write_line(what, "well again");
	}
	c->failures = 0;
}

/* What has been asked for meanwhile is told of when that is done too. */
static void end_reload(struct checker *c)
{
	struct sandbox_notice news = {.said = NOTICE_READY | SANDBOX_RELOADED};

	end_job(c, RELOAD);
	if (c->wants_reload)
		return;
	if (*c->text)
		news.said |= SANDBOX_NOT_RELOADED;
	send_news(&news, "reload", c->text);
}

/* --- what is to be done --------------------------------------------------- */

static void start_reload(struct checker *c)
{
	const struct service *service = c->b->service;
	struct job *job = &c->jobs[RELOAD];

	c->wants_reload = false;
	*c->text = '\0';
	start_command(c, job, &service->reload_run);
	if (service->start_timeout_ms)
		job->due_ms = now_ms() + service->start_timeout_ms;
	if (job->pid <= 0)
		end_reload(c);
}

/* From start to start, but one at a time. */
static void start_check(struct checker *c)
{
	struct job *job = &c->jobs[CHECK];
	uint64_t now = now_ms();

	if (job->pid) {
		c->next_ms = now + SOON_MS;
		return;
	}
	c->next_ms = now + c->health->period_ms;
	*c->text = '\0';
	if (c->health->kind == HEALTH_RUN)
		start_command(c, job, &c->health->argv);
	else
		start_question(c, job);
	job->due_ms = now + c->health->timeout_ms;
	if (job->pid <= 0)
		end_check(c);
}

/* By its pid until it has a session of its own. */
static void kill_job(struct job *job)
{
	kill(-job->pid, SIGKILL);
	kill(job->pid, SIGKILL);
	job->is_killed = true;
}

/* True when its time is over. Where neither this process nor the job ran, as
 * when all is frozen, it gets its time once more. */
static bool runs_out(struct job *job, uint32_t again_ms)
{
	uint64_t now = now_ms();
	uint64_t due = job->due_ms;

	if (now < due)
		return false;
	job->due_ms = now + again_ms;
	return now - due < LATE_MS;
}

/* A check that cannot even be killed fails again. */
static void watch_check(struct checker *c)
{
	struct job *job = &c->jobs[CHECK];
	bool was_killed = job->is_killed;

	if (!c->health || !runs_out(job, c->health->period_ms))
		return;
	kill_job(job);
	if (!was_killed)
		return;
	text_compose(c->text, sizeof(c->text), "cannot be killed");
	count_failure(c);
}

static void watch_reload(struct checker *c)
{
	struct job *job = &c->jobs[RELOAD];

	if (runs_out(job, c->b->service->start_timeout_ms))
		kill_job(job);
}

static void take_signal(struct checker *c)
{
	struct signalfd_siginfo info;

	if (read(FD_SIGNALS, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == CHECKER_RELOADS)
		c->wants_reload = true;
	else if (c->health && c->next_ms == NEVER)
		c->next_ms = now_ms() + c->health->period_ms;
}

static int until_ms(const struct checker *c)
{
	uint64_t now = now_ms();
	uint64_t next = c->next_ms;

	for (unsigned i = 0; i < KINDS; i++)
		if (c->jobs[i].due_ms < next)
			next = c->jobs[i].due_ms;
	if (next == NEVER)
		return -1;
	if (next <= now)
		return 0;
	return next - now < 3600000 ? (int)(next - now) : 3600000;
}

static void turn(struct checker *c)
{
	struct pollfd polled[] = {{.fd = FD_SIGNALS, .events = POLLIN},
		{.fd = c->jobs[CHECK].pidfd, .events = POLLIN},
		{.fd = c->jobs[RELOAD].pidfd, .events = POLLIN}};

	if (poll(polled, sizeof(polled) / sizeof(*polled), until_ms(c)) < 0)
		return;
	*c->text = '\0';
	if (polled[1].revents)
		end_check(c);
	*c->text = '\0';
	if (polled[2].revents)
		end_reload(c);
	if (polled[0].revents)
		take_signal(c);
	if (c->wants_reload && !c->jobs[RELOAD].pid)
		start_reload(c);
	watch_check(c);
	watch_reload(c);
	if (c->health && now_ms() >= c->next_ms)
		start_check(c);
}

/* --- its beginning -------------------------------------------------------- */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, CHECKER_BEGINS);
	sigaddset(&set, CHECKER_RELOADS);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Up first, so that none stands in another's way. */
static bool keep_files(const struct build *b)
{
	int kept[FDS] = {[FD_NEWS] = b->news,
		[FD_OUTPUT] = b->output[1],
		[FD_ERRORS] = b->errors[1],
		[FD_PROC] = b->host->proc,
		[FD_SIGNALS] = open_signals(),
		[FD_REAPER] = b->reaper};

	for (int i = FD_FIRST; i < FDS; i++)
		if (kept[i] >= 0)
			kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, HIGH_FD);
	for (int i = FD_FIRST; i < FDS; i++)
		if (kept[i] < 0)
			close(i);
		else if (dup3(kept[i], i, O_CLOEXEC) < 0)
			return false;
	return kernel_close_range(FDS, ~0U) == 0;
}

static struct answer *make_answer(void)
{
	void *page = mmap(NULL, sizeof(struct answer), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* Whatever fails ends it, and by that the service. */
static _Noreturn void serve(struct build *b)
{
	const struct job none = {.pidfd = -1, .report = -1, .due_ms = NEVER};
	static struct sandbox_host host;
	struct checker c = {.b = b,
		.jobs = {none, none},
		.next_ms = NEVER,
		.answer = make_answer()};

	prctl(K_PR_SET_NAME, "checker", 0, 0, 0);
	if (b->service->health)
		c.health = table_pointer(b->table, b->service->health);
	if (!c.answer || !keep_files(b) ||
		(is_own(b, SPACE_PID) && setns(FD_REAPER, CLONE_NEWPID) < 0))
		kernel_exit(1);
	host = *b->host;
	host.proc = FD_PROC;
	b->host = &host;
	for (;;)
		turn(&c);
}

/* A group of the program's own it may divide, as long as it is alone in it:
 * then the checker, and what that runs, is where the reaper is. */
static int clone_checker(struct build *b)
{
	int own = b->group;
	pid_t pid;

	if (b->service->delegate)
		b->group = openat(own, "../" GROUP_OF_REAPER,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->group < 0 && own >= 0) {
		b->group = own;
		return -1;
	}
	pid = builder_clone(b->group, 0, &b->start->pids->checker, NULL);
	if (pid == 0)
		serve(b);
	if (b->group != own)
		close(b->group);
	b->group = own;
	return pid < 0 ? -1 : 0;
}

/* Before the program is made, so that it is there whenever that is up. */
int checker_make(struct build *b)
{
	return service_has_checker(b->service) ? clone_checker(b) : 0;
}
