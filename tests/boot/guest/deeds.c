/* What a service does inside its compartment, well or ill: live, die, fork,
 * eat. Whoever has done its deed writes /tmp/done, which the judge reads
 * through /proc/PID/root.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENT_STACK 4096U
#define ORPHANS_AT_ONCE 100L

int hold(char **words)
{
	if (words && words[0])
		say_done("%s\n", words[0]);
	while (1)
		pause();
}

int leave(char **words)
{
	if (words[0] && words[1])
		sleep_ms(number(words[1], 0));
	return (int)number(words[0], 0);
}

/* As `runs`, but it stays, and says that it is up to whom that is for. */
int note_run(char **words)
{
	if (count_runs((char *[]){words[0], NULL}))
		return 2;
	if (getenv("NOTIFY_SOCKET"))
		notify("READY=1");
	return hold(NULL);
}

int die_by(char **words)
{
	signal((int)number(words[0], SIGSEGV), SIG_DFL);
	kill(getpid(), (int)number(words[0], SIGSEGV));
	return hold(NULL);
}

int ignore_signal(char **words)
{
	signal((int)number(words[0], SIGTERM), SIG_IGN);
	say_done("ignoring\n");
	return hold(NULL);
}

static volatile sig_atomic_t trapped;

static void trap(int signal)
{
	trapped = signal;
}

/* Waits for a signal and notes in a file of the host that it came, and when. */
int trap_signal(char **words)
{
	sigset_t all;
	sigset_t before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	signal((int)number(words[0], SIGTERM), trap);
	say_done("trapping\n");
	while (!trapped)
		sigsuspend(&before);
	put_file(words[1], "%d %.3f\n", (int)trapped, now());
	return 0;
}

/* Adds a line to a file of the host, and ends: how often and when it ran. */
int count_runs(char **words)
{
	int fd =
		open(words[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0) {
		perror(words[0]);
		return 2;
	}
	dprintf(fd, "%.3f\n", now());
	close(fd);
	if (words[1] && words[2])
		sleep_ms(number(words[2], 0));
	return (int)number(words[1], 0);
}

/* The child of a child outlives its parent and belongs to pid 1 then. */
static void make_orphan(void)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0)
			hold(NULL);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static int end(void *nothing)
{
	(void)nothing;
	return 0;
}

/* What shares the memory, on a stack of its own, is made soonest, and vfork()
 * is fork() in musl on some machines: clone(2) */
static pid_t lend(int (*what)(void *), void *argument, char *stack)
{
	return clone(what, stack + LENT_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD,
		argument);
}

static int leave_orphans(void *count)
{
	static _Alignas(16) char stack[LENT_STACK];

	for (long i = 0; i < *(long *)count; i++)
		lend(end, NULL, stack);
	return 0;
}

/* The last KEPT of them live on. */
int make_orphans(char **words)
{
	static _Alignas(16) char stack[LENT_STACK];
	long count = number(words[0], 1);
	long kept = number(words[0] ? words[1] : NULL, 0);

	for (long left = count - kept; left > 0; left -= ORPHANS_AT_ONCE) {
		long some = left < ORPHANS_AT_ONCE ? left : ORPHANS_AT_ONCE;

		waitpid(lend(leave_orphans, &some, stack), NULL, 0);
	}
	for (long i = 0; i < kept; i++)
		make_orphan();
	say_done("made %ld\n", count);
	return hold(NULL);
}

/* Children that end, and that nobody waits for. */
int leave_zombies(char **words)
{
	long made = 0;
	pid_t child;

	(void)words;
	while ((child = fork()) > 0)
		made++;
	if (child == 0)
		_exit(0);
	say_done("made %ld %s\n", made, strerror(errno));
	return hold(NULL);
}

/* The child has its parent stand still for as long as it does not execute
 * anything. musl's vfork() is a fork() on some machines. */
int wait_for_child(char **words)
{
	(void)words;
	say_done("asleep\n");
	if (syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) == 0)
		while (1)
			pause();
	return 0;
}

int call_reboot(char **words)
{
	(void)words;
	reboot(RB_AUTOBOOT);
	perror("reboot");
	return 1;
}

int print_file(char **words)
{
	char text[4096];

	say_done("%s", slurp(words[0], text, sizeof(text)));
	return hold(NULL);
}

/* Away from its parent and its session, where no list of pids follows. */
static void hide(void)
{
	setsid();
	if (fork() != 0)
		_exit(0);
}

int fork_bomb(char **words)
{
	bool away = words[0] != NULL;
	long made = 0;

	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	while (1) {
		pid_t child = fork();

		if (child == 0) {
			if (away)
				hide();
			pause();
		}
		if (child < 0)
			break;
		made++;
	}
	say_done("made %ld %s\n", made, strerror(errno));
	while (1)
		if (fork() == 0) {
			if (away)
				hide();
			pause();
		}
}

/* Memory that is the kernel's: pipes or sockets, full of bytes. */
int stuff(char **words)
{
	static const char bytes[65536];
	bool pipes = strcmp(words[0], "pipes") == 0;
	long made = 0;
	int ends[2];

	while ((pipes ? pipe2(ends, O_CLOEXEC | O_NONBLOCK)
		      : socketpair(AF_UNIX,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				ends)) == 0) {
		if (write(ends[1], bytes, sizeof(bytes)) <= 0)
			break;
		made++;
	}
	say_done("stuffed %s\n", made > 300 ? "all" : "some");
	return hold(NULL);
}

int eat_memory(char **words)
{
	size_t size = (size_t)number(words[0], 1) << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 2;
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	say_done("ate %zu\n", size);
	return hold(NULL);
}

int spin(char **words)
{
	double end = now() + (double)number(words[0], 1000000) / 1e3;
	volatile unsigned long turns = 0;

	while (now() < end)
		for (int i = 0; i < 10000; i++)
			turns++;
	return 0;
}

/* Everything a service might send to the process that keeps it. */
int kill_reaper(char **words)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGSEGV, SIGABRT,
		SIGCHLD, SIGUSR1, SIGSTOP, SIGTSTP, SIGKILL};
	size_t sent = 0;

	(void)words;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sent += kill(1, signals[i]) == 0;
	sleep_ms(100);
	say_done("sent %zu parent %d\n", sent, getppid());
	return hold(NULL);
}

int try_open(char **words)
{
	int flags = words[1] && words[1][0] == 'w' ? O_WRONLY : O_RDONLY;
	int fd = open(words[0], flags | O_CLOEXEC);

	say_done("%s\n", fd < 0 ? strerror(errno) : "opened");
	return hold(NULL);
}

/* All of a file: what is damaged only in its middle opens. */
int read_all(char **words)
{
	char bytes[4096];
	long all = 0;
	ssize_t got;
	int fd = open(words[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say_done("%s\n", strerror(errno));
		return hold(NULL);
	}
	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		all += got;
	if (got < 0)
		say_done("%s\n", strerror(errno));
	else
		say_done("%ld bytes\n", all);
	return hold(NULL);
}

/* What a mapped root might take back of what it was denied. */
int raise_limit(char **words)
{
	struct rlimit limit;
	int adjust = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t lower = write(adjust, "-1000", 5);
	int hard;

	(void)words;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_max++;
	hard = setrlimit(RLIMIT_NOFILE, &limit);
	say_done("oom %s nofile %s\n", lower < 0 ? "denied" : "lowered",
		hard < 0 ? "denied" : "raised");
	return hold(NULL);
}

int flood(char **words)
{
	long lines = number(words[0], 1);

	for (long i = 0; i < lines; i++)
		printf("line %ld\n", i);
	printf("last words\n");
	return 0;
}
