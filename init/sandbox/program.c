/* The program of a service, from clone3 to its first instruction.
 *
 * The builder forks it into the reaper's pid namespace. Until it has joined
 * the other namespaces it has the host's privileges: what needs them comes
 * first, and nothing of the host's stays open when it goes inside.
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "base/variables.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>

#define KEPT_FD 48 /* from here on, until it is executed: */
#define HIGH_FD 52 /* above all that is kept; the kernel has room for 64 */

/* What it keeps until it is executed. */
enum {
	KEPT_REPORT,
	KEPT_REAPER,
	KEPT_ORDER,
	KEPT
};

/* What the kernel gives its first process; init itself has more. */
static const struct {
	int resource;
	struct rlimit limit;
} limits[] = {
	{RLIMIT_NOFILE, {1024, 4096}},
	{RLIMIT_CORE, {0, 0}},
};

/* Until it is executed: it holds what is init's. */
static int hide_memory(struct build *b)
{
	if (b->order >= 0)
		prctl(K_PR_SET_NAME, "spare", 0, 0, 0);
	return prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Its builder is spared by the kernel, and inside its user namespace it could
 * set that value again: so it gets its own while it is still outside. */
static int set_score(struct build *b)
{
	int score = b->service->oom_score;
	char text[8];

	text_compose(text, sizeof(text), "%s%u", score < 0 ? "-" : "",
		(unsigned)(score < 0 ? -score : score));
	b->object = "oom_score_adj";
	if (file_write(b->host->proc, "self/oom_score_adj", text) < 0)
		return b->service->isolated || score ? -1 : 0;
	return 0;
}

/* Not setrlimit(): musl's looks for threads. */
static int set_limits(struct build *b)
{
	size_t count = sizeof(limits) / sizeof(*limits);

	for (unsigned i = 0; i < SHARED_LIMITS; i++)
		if (prlimit(0, shared_limits[i], &b->limits[i], NULL) < 0)
			return -1;
	if (!b->service->isolated)
		count = 1;
	for (size_t i = 0; i < count; i++)
		if (prlimit(0, limits[i].resource, &limits[i].limit, NULL) < 0)
			return -1;
	return 0;
}

static int start_session(struct build *b)
{
	(void)b;
	return setsid() < 0 ? -1 : 0;
}

/* As the kernel makes it: whoever had it before may have left it stopped, raw,
 * exclusive or with another line discipline. */
static int reset_tty(int tty)
{
	struct termios settings;
	int discipline = 0;

	ioctl(tty, TCXONC, TCOON);
	ioctl(tty, TIOCNXCL);
	ioctl(tty, TIOCSETD, &discipline);
	if (ioctl(tty, TCGETS, &settings) < 0)
		return -1;
	settings.c_iflag = ICRNL | IXON;
	settings.c_oflag = OPOST | ONLCR;
	settings.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
		ECHOKE | IEXTEN;
	ioctl(tty, TCFLSH, TCIFLUSH);
	return ioctl(tty, TCSETS, &settings);
}

/* A terminal is all three, and the controlling one. Standard input of a
 * service without one is opened inside; until then it is not the host's. */
static int set_output(struct build *b)
{
	int from[3] = {b->output[1], b->output[1], b->errors[1]};

	if (b->tty >= 0 && ioctl(b->tty, TIOCSCTTY, 0) < 0)
		return -1;
	if (b->tty >= 0 && reset_tty(b->tty) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (dup2(b->tty >= 0 ? b->tty : from[i], i) < 0)
			return -1;
	return 0;
}

/* All that it keeps or gets goes up, so that none stands in another's way. */
static int move_up(int *fd, int above)
{
	int moved;

	if (*fd < 0)
		return 0;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, above);
	if (moved < 0)
		return -1;
	*fd = moved;
	return 0;
}

/* What it is given and what it is told to write to, at their numbers, to stay
 * open. */
static int put_down(const struct build *b, unsigned given)
{
	for (unsigned i = 0; i < given; i++)
		if (dup2(b->given->fds[i], (int)(LISTEN_FIRST + i)) < 0)
			return -1;
	return b->tell < 0 || dup2(b->tell, b->service->ready_number) >= 0 ? 0
									   : -1;
}

/* Really closes all of the host's before it goes inside. What the program
 * gets stands below what is kept, at the number it is told. */
static int close_files(struct build *b)
{
	int *const kept[KEPT] = {[KEPT_REPORT] = &b->report,
		[KEPT_REAPER] = &b->reaper,
		[KEPT_ORDER] = &b->order};
	unsigned given = b->given ? b->given->count : 0;
	unsigned first =
		LISTEN_FIRST + given > KEPT_FD ? LISTEN_FIRST + given : KEPT_FD;
	int above = (int)first + HIGH_FD - KEPT_FD;
	unsigned last = first - 1;

	for (unsigned i = 0; i < given; i++)
		if (move_up(&b->given->fds[i], above) < 0)
			return -1;
	if (move_up(&b->report, above) < 0 || move_up(&b->reaper, above) < 0 ||
		move_up(&b->order, above) < 0 || move_up(&b->tell, above) < 0 ||
		kernel_close_range(3, first - 1) < 0 || put_down(b, given) < 0)
		return -1;
	for (unsigned i = 0; i < KEPT; i++) {
		if (*kept[i] < 0)
			continue;
		last = first + i;
		if (dup3(*kept[i], (int)last, O_CLOEXEC) < 0)
			return -1;
		*kept[i] = (int)last;
	}
	return kernel_close_range(last + 1, ~0U);
}

/* It is in the pid namespace already. */
static int go_inside(struct build *b)
{
	uint64_t flags = spaces_flags(b->own & ~SPACE_BIT(SPACE_PID));

	if (flags && setns(b->reaper, (int)flags) < 0)
		return -1;
	return b->has_reaper ? close(b->reaper) : 0;
}

/* The inside's own, so that it can be opened again. */
static int set_input(struct build *b)
{
	int fd;

	if (b->tty >= 0)
		return 0;
	b->object = "/dev/null";
	fd = open(b->object, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || dup2(fd, 0) < 0)
		return -1;
	return close(fd);
}

static int set_folder(struct build *b)
{
	umask(b->service->umask);
	b->object = table_string(b->table, b->service->workdir);
	return chdir(b->object);
}

/* Fills in pointers into the table; a NULL is behind them. */
static void lay_out(
	const struct table *table, const struct list *list, char **to)
{
	const table_at *strings = table_pointer(table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		const char *string = table_string(table, strings[i]);

		memcpy(&to[i], &string, sizeof(string));
	}
}

/* Where NAME= stands, or the end. */
static char **find_variable(char **env, const char *name)
{
	while (*env && strncmp(*env, name, strlen(name)) != 0)
		env++;
	return env;
}

/* Who it is was found in its own root; what `env` says stays. */
static void add_account(char **env, const struct account_found *account)
{
	static struct {
		char text[ACCOUNT_PATH_MAX + 8];
	} added[4];

	const struct {
		const char *name;
		const char *value;
	} all[] = {{"HOME=", account->home}, {"USER=", account->name},
		{"LOGNAME=", account->name}, {"SHELL=", account->shell}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char **at = find_variable(env, all[i].name);

		if (*at)
			continue;
		text_compose(added[i].text, sizeof(added[i].text), "%s%s",
			all[i].name, all[i].value);
		*at = added[i].text;
	}
}

/* What the stanza itself sets stays. */
static void add_variable(const struct service *service, char **env, char *text)
{
	unsigned at = 0;

	while (env[at] && !variables_match(text, env[at]))
		at++;
	if (!env[at] || (at < 16 && service->env_presets >> at & 1))
		env[at] = text;
}

/* "LISTEN_FDNAMES=a:b": of its sockets, and of what is stored. */
static void list_names(const struct build *b, char *to, size_t size)
{
	const struct listener *listeners =
		table_pointer(b->table, b->service->listen.at);
	const struct sandbox_given *told = &b->given->told;
	size_t used = text_compose(to, size, "LISTEN_FDNAMES=");

	for (unsigned i = 0; i < b->given->count; i++) {
		const char *name = i < told->listeners
			? table_string(b->table, listeners[i].name)
			: told->names[i - told->listeners];

		used += text_compose(
			to + used, size - used, "%s%s", i ? ":" : "", name);
	}
}

/* sd_listen_fds(3): who is meant is known by now. */
static void add_given(const struct build *b, char **env)
{
	static char names[SANDBOX_GIVEN_MOST * NOTICE_TEXT_SIZE];
	static char numbers[2][24];

	text_compose(numbers[0], sizeof(numbers[0]), "LISTEN_FDS=%u",
		b->given->count);
	text_compose(numbers[1], sizeof(numbers[1]), "LISTEN_PID=%u",
		(unsigned)getpid());
	list_names(b, names, sizeof(names));
	*find_variable(env, "LISTEN_FDS=") = numbers[0];
	*find_variable(env, "LISTEN_PID=") = numbers[1];
	*find_variable(env, "LISTEN_FDNAMES=") = names;
}

#define VARIABLES_ADDED 7U

static int lay_out_words(struct build *b)
{
	const struct list *own = &b->service->env;
	uint32_t more = b->variables ? b->variables->count : 0;
	size_t words = b->words->count + 1;
	size_t size = words + own->count + more + VARIABLES_ADDED + 1;
	char **all = mmap(NULL, size * sizeof(const char *),
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **env;

	if (all == MAP_FAILED)
		return -1;
	env = all + words;
	lay_out(b->table, b->words, all);
	lay_out(b->table, own, env);
	b->argv = all;
	b->env = env;
	for (uint32_t i = 0; i < more; i++)
		add_variable(b->service, env, b->variables->all[i]);
	if (b->account)
		add_account(env, b->account);
	if (b->given && b->given->count)
		add_given(b, env);
	return 0;
}

/* Every signal is blocked since the builder began. */
static int open_signals(struct build *b)
{
	sigset_t none;

	(void)b;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A spare has all of its compartment, and nothing of its program. Without init
 * nobody wants it. */
static int wait_for_order(struct build *b)
{
	ssize_t count;
	char byte;

	if (b->order < 0)
		return 0;
	build_waits(b);
	count = read(b->order, &byte, 1);
	if (count == 0)
		kernel_exit(1);
	return count < 0 ? -1 : 0;
}

/* Of a script whose interpreter is missing the kernel says no more than that
 * something is. */
static void name_interpreter(struct build *b)
{
	int fd = open(b->object, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? 0 : read(fd, b->text, sizeof(b->text) - 1);
	char *path;

	if (fd >= 0)
		close(fd);
	b->text[count > 0 ? count : 0] = '\0';
	if (strncmp(b->text, "#!", 2) != 0)
		return;
	path = b->text + 2 + strspn(b->text + 2, " \t");
	path[strcspn(path, " \t\r\n")] = '\0';
	b->object = path;
}

static int execute(struct build *b)
{
	int error;

	b->object = b->argv[0];
	execve(b->argv[0], b->argv, b->env);
	error = errno;
	if (error == ENOENT)
		name_interpreter(b);
	errno = error;
	return -1;
}

#define STEPS "sandbox/program.def"
#include "sandbox/steps.h"

const struct steps program_list = {
	rows, sizeof(rows) / sizeof(*rows), texts.all};

_Noreturn void program_run(struct build *b)
{
	steps_run(b, STEPS_PROGRAM);
	kernel_exit(1);
}
