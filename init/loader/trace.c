/* svc seccomp-trace: which system calls a service makes, as a policy for it.
 *
 * It traces all of the service's processes from outside, with the rights of
 * the host's root; init does not know of it, and the service goes on when it
 * ends, however it ends. A call is seen before a filter looks at it. ptrace(2)
 */
#include "loader/loader.h"

#include "base/file.h"
#include "base/text.h"
#include "svc/client.h"
#include "svc/group.h"
#include "svc/json.h"
#include "svc/out.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMES_PATH "/lib/bulkhead/syscalls"
#define NAMES_SIZE 16384U
#define CALLS 1024U
#define SECONDS_DEFAULT 10U
#define SECONDS_MOST 86400U
#define TRIES 500000U /* looks at what is to come */
#define STARTS_AHEAD 16U
#define PAUSE_US 100U
#define COLUMNS 72U
#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | \
		PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC)

static bool seen[CALLS];
static const char *names[CALLS];
static char names_text[NAMES_SIZE];
static volatile sig_atomic_t is_over;
static bool as_json;

/* The program before it is executed: what it does until then is init's. */
static pid_t before;

static void end(int signal)
{
	(void)signal;
	is_over = 1;
}

/* Lines of "NUMBER NAME". */
static void read_names(void)
{
	char *at = names_text;

	if (file_read(AT_FDCWD, NAMES_PATH, names_text, NAMES_SIZE) < 0)
		return;
	while (*at) {
		size_t line = strcspn(at, "\n");
		size_t digits = strcspn(at, " ");
		uint64_t number;

		if (digits < line && text_number(at, digits, 10, &number) &&
			number < CALLS)
			names[number] = at + digits + 1;
		if (at[line])
			at[line++] = '\0';
		at += line;
	}
}

static void seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) == 0)
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
}

/* Every thread of a process. */
static void seize_all(pid_t pid)
{
	_Alignas(struct file_row) char rows[2048];
	char path[48];
	SCOPED_FD folder = -1;
	long got;

	text_compose(path, sizeof(path), "/proc/%u/task", (unsigned)pid);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (folder >= 0 && (got = file_rows(folder, rows, sizeof(rows))) > 0)
		for (long at = 0; at < got;) {
			const struct file_row *row =
				(const struct file_row *)(const void *)(rows +
					at);
			uint64_t thread;

			if (text_decimal(row->name, INT32_MAX, &thread))
				seize((pid_t)thread);
			at += row->length;
		}
}

/* What is in a group, as far as there is room. */
struct members {
	pid_t reaper; /* 0: none yet */
	pid_t pids[64]; /* all others */
	unsigned count;
};

static bool is_reaper(pid_t pid)
{
	char path[48];
	char name[32] = "";

	text_compose(path, sizeof(path), "/proc/%u/comm", (unsigned)pid);
	return file_read(AT_FDCWD, path, name, sizeof(name)) > 0 &&
		strncmp(name, "reaper\n", 7) == 0;
}

static void look(int group, struct members *found)
{
	char text[GROUP_TEXT_SIZE];
	uint64_t pid;

	*found = (struct members){.reaper = 0};
	group_text(group, "cgroup.procs", text);
	for (const char *at = text; *at && found->count < 64;) {
		size_t length = strcspn(at, "\n");

		/* one that ends at this moment is listed as 0 */
		if (text_number(at, length, 10, &pid) && pid) {
			if (is_reaper((pid_t)pid))
				found->reaper = (pid_t)pid;
			else
				found->pids[found->count++] = (pid_t)pid;
		}
		at += length + (at[length] ? 1 : 0);
	}
}

static void note_call(pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (pid != before &&
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < CALLS)
		seen[info.entry.nr] = true;
}

/* One that stopped goes on; a stop of the whole group lasts. */
static void go_on(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);
	int event = status >> 16;

	if (signal == (SIGTRAP | 0x80)) {
		note_call(pid);
		signal = 0;
	} else if (event == PTRACE_EVENT_EXEC && pid == before) {
		before = 0;
		signal = 0;
	} else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	} else if (event) {
		signal = 0;
	}
	ptrace(PTRACE_SYSCALL, pid, NULL, (long)signal);
}

/* Until the time is over, somebody has had enough, or nothing is left. */
static void record(void)
{
	int status;
	pid_t pid;

	while (!is_over) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			break;
		if (pid > 0 && WIFSTOPPED(status))
			go_on(pid, status);
	}
}

static int by_name(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Without these a policy is none: see rootfs/seccomp. */
static bool is_needed(const char *name)
{
	return strcmp(name, "execve") == 0 || strcmp(name, "write") == 0 ||
		strcmp(name, "exit_group") == 0;
}

static unsigned gather(const char *all[CALLS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < CALLS; i++)
		if (names[i] && (seen[i] || is_needed(names[i])))
			all[count++] = names[i];
	qsort(all, count, sizeof(*all), by_name);
	return count;
}

static void print_json(
	const char *service, const char *const *all, unsigned count)
{
	json_open(JSON_BARE, '{');
	json_text(FIELD_seccomp_trace_service, service);
	json_open(FIELD_seccomp_trace_calls, '[');
	for (unsigned i = 0; i < count; i++)
		json_text(JSON_BARE, all[i]);
	json_close(']');
	json_close('}');
	json_end();
}

static void print(const char *service, const char *const *all, unsigned count)
{
	size_t column = COLUMNS;

	for (unsigned i = 0; i < CALLS; i++)
		if (seen[i] && !names[i])
			out("# call %u, which has no name here\n", i);
	out("# %u calls of %s\n", count, service);
	for (unsigned i = 0; i < count; i++) {
		size_t length = strlen(all[i]) + 1;

		if (column + length > COLUMNS) {
			out("%sallow", i ? "\n" : "");
			column = sizeof("allow") - 1;
		}
		out(" %s", all[i]);
		column += length;
	}
	out("%s", count ? "\n" : "");
}

static bool ask(
	const char *service, enum control_op op, struct control_reply *reply)
{
	struct client client;

	if (!client_ask(&client, &(struct question){op, service, 0}))
		return false;
	*reply = client.reply;
	client_close(&client);
	return true;
}

/* Asks init in a child, which waits for the answer. */
static void ask_to_restart(const char *service)
{
	struct control_reply reply;

	if (fork() == 0)
		_exit(ask(service, CONTROL_RESTART, &reply) ? 0 : 1);
}

/* The file that a process executes. */
static void read_program(pid_t pid, char to[64])
{
	char path[48];
	ssize_t length;

	text_compose(path, sizeof(path), "/proc/%u/exe", (unsigned)pid);
	length = readlink(path, to, 63);
	to[length > 0 ? length : 0] = '\0';
}

/* True where it is not executed yet, which nothing is missed of. */
static bool is_early(const struct members *found)
{
	char program[64];
	char reaper[64];

	read_program(found->pids[0], program);
	read_program(found->reaper, reaper);
	return *program && strcmp(program, reaper) == 0;
}

/* The group of the start that follows one. It is looked for by its number, of
 * which other services' starts take some: to ask init would take too long. */
static int next_group(const struct control_reply *last)
{
	struct control_reply next = *last;
	int group = -1;

	for (unsigned i = 0; i < TRIES && group < 0 && !is_over; i++) {
		next.generation = last->generation + 1 + i % STARTS_AHEAD;
		if (i % STARTS_AHEAD == 0)
			usleep(PAUSE_US);
		group = group_open(&next);
	}
	return group;
}

/* Its program, seized as soon as it is there. */
static bool catch_start(const struct control_reply *last)
{
	struct members found = {.reaper = 0};
	SCOPED_FD group = next_group(last);

	for (unsigned i = 0; i < TRIES && group >= 0 && !is_over &&
		!(found.reaper && found.count);
		i++)
		look(group, &found);
	if (!found.reaper || !found.count)
		return false;
	seize_all(found.pids[0]);
	if (is_early(&found))
		before = found.pids[0];
	else if (!as_json)
		out("# its first calls may be missing\n");
	return true;
}

static bool catch_running(const struct control_reply *reply)
{
	SCOPED_FD group = group_open(reply);
	struct members found = {.reaper = 0};

	if (group >= 0)
		look(group, &found);
	for (unsigned i = 0; i < found.count; i++)
		seize_all(found.pids[i]);
	return found.count > 0;
}

static int trace(const char *service, bool restart, uint32_t seconds)
{
	const struct itimerval time = {.it_value = {.tv_sec = (long)seconds}};
	const struct sigaction action = {.sa_handler = end};
	static const char *all[CALLS];
	struct control_reply reply;
	unsigned count;

	if (!ask(service, CONTROL_STATUS, &reply))
		return SVC_FAILED;
	read_names();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &time, NULL);
	if (restart)
		ask_to_restart(service);
	if (restart ? !catch_start(&reply) : !catch_running(&reply)) {
		complain(
			"%s: no program to trace; it must run, and svc as root "
			"of the host",
			service);
		return SVC_FAILED;
	}
	record();
	count = gather(all);
	if (as_json)
		print_json(service, all, count);
	else
		print(service, all, count);
	return SVC_DONE;
}

int trace_run(const struct verb *verb, char **operands)
{
	bool restart = false;
	uint64_t seconds = SECONDS_DEFAULT;

	for (; *operands && **operands == '-'; operands++) {
		if (strcmp(*operands, "-r") == 0)
			restart = true;
		else if (strcmp(*operands, "--json") == 0)
			as_json = true;
		else
			return usage_option(verb, *operands);
	}
	if (!*operands)
		return usage(verb, "of which service");
	if (operands[1] &&
		(!text_decimal(operands[1], SECONDS_MOST, &seconds) ||
			!seconds))
		return usage(verb, "'%.64s' is not a number of seconds",
			operands[1]);
	if (operands[1] && operands[2])
		return usage(verb, "'%.64s' is too much", operands[2]);
	return trace(*operands, restart, (uint32_t)seconds);
}
