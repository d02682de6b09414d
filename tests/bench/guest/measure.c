/* When services are executed and end the kernel says (trace/events.rst), since
 * from inside a compartment they could tell nobody without opening it, and
 * since the time is then that of the deed. All else is read from /proc.
 */
#include "measure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UP_S 300 /* the longest that a boot may take */
#define SETTLE_S 2
#define ANSWER_US 5000000
#define TIMES 12 /* restarts, stops, questions, spawns */
#define TALKS 3
#define TALK_US 60000000 /* the longest that one may take */
#define SPAWN_PAUSE_US 50000
#define PARTS_MOST 32
#define PATH_SIZE 256
#define INSTANCE "bench"

enum event_kind {
	STARTED,
	ENDED
};

struct event {
	int64_t at_us;
	int pid;
	enum event_kind kind;
};

/* Processes of the init's own, of one name. */
struct part {
	char name[20];
	unsigned count;
	long pss;
	long uss;
	long switches;
	long long cpu_ns;
};

static struct place place;
static long before[4];
static int init; /* a descriptor of its process */
static int trace; /* trace_pipe */
static char text[65536];
static size_t length;
static int pids[SERVICES_MOST];
static struct part parts[PARTS_MOST];
static unsigned part_count;

/* Each beside its name in /proc/meminfo. */
static const struct {
	const char *name;
	const char *field;
} memory[] = {
	{"memory", "MemAvailable:"},
	{"memory.slab", "Slab:"},
	{"memory.stacks", "KernelStack:"},
	{"memory.tables", "PageTables:"},
};

int64_t measure_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- the plan ------------------------------------------------------------- */

static void read_words(FILE *file, char **words)
{
	char line[512];
	unsigned count = 0;
	char *rest = NULL;

	if (!fgets(line, sizeof(line), file))
		measure_fail("plan");
	for (char *word = strtok_r(line, " \n", &rest);
		word && count + 1 < WORDS_MOST;
		word = strtok_r(NULL, " \n", &rest))
		words[count++] = strdup(word);
	words[count] = NULL;
}

void measure_plan(struct plan *plan, const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file ||
		fscanf(file, "%u %7s %u\n", &plan->count, plan->flags,
			&plan->rest_s) != 3 ||
		plan->count > SERVICES_MOST)
		measure_fail("plan");
	read_words(file, plan->init);
	read_words(file, plan->off);
	read_words(file, plan->stop);
	read_words(file, plan->question);
	read_words(file, plan->spawn);
	read_words(file, plan->talk);
	fclose(file);
}

void measure_mount(const char *type, const char *path)
{
	mkdir(path, 0755);
	if (mount(type, path, type, 0, NULL) < 0 && errno != EBUSY)
		measure_fail(path);
}

void measure_mounts(void)
{
	measure_mount("proc", "/proc");
	measure_mount("sysfs", "/sys");
	measure_mount("tmpfs", "/run");
	measure_mount("tmpfs", "/tmp");
	measure_mount("cgroup2", "/sys/fs/cgroup");
}

/* Where the init sees it, which may have moved its root. */
static void enter(void)
{
	if (setns(init, CLONE_NEWNS) < 0)
		_exit(126);
}

/* The word with the number in the place of each @. */
static void expand(char *to, size_t size, const char *word, unsigned number)
{
	size_t at = 0;

	for (; *word && at + 12 < size; word++)
		if (*word == '@')
			at += (size_t)snprintf(
				to + at, size - at, "%u", number);
		else
			to[at++] = *word;
	to[at] = '\0';
}

int measure_run(char *const *words, unsigned number)
{
	char *own[WORDS_MOST] = {NULL};
	char all[WORDS_MOST][128];
	int null;
	int pid;

	for (unsigned i = 0; words[i]; i++) {
		expand(all[i], sizeof(all[i]), words[i], number);
		own[i] = all[i];
	}
	pid = fork();
	if (pid < 0)
		measure_fail("fork");
	if (pid)
		return pid;
	enter();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execv(own[0], own);
	_exit(127);
}

/* --- what the kernel says ------------------------------------------------- */

static void put(const char *path, const char *what)
{
	char whole[PATH_SIZE];
	int fd;

	snprintf(whole, sizeof(whole), "%s/instances/" INSTANCE "/%s",
		place.trace, path);
	fd = open(whole, O_WRONLY | O_CLOEXEC | O_TRUNC);
	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		measure_fail(path);
	close(fd);
}

static void open_trace(void)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/instances/" INSTANCE, place.trace);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		measure_fail(path);
	put("trace", "");
	put("trace_clock", "mono");
	put("events/sched/sched_process_exec/filter",
		"filename == \"/bench/service\" || filename == \"./run\"");
	put("events/sched/sched_process_exit/filter",
		"comm == \"service\" || comm == \"run\"");
	put("events/sched/sched_process_exec/enable", "1");
	put("events/sched/sched_process_exit/enable", "1");
	snprintf(path, sizeof(path), "%s/instances/" INSTANCE "/trace_pipe",
		place.trace);
	trace = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (trace < 0)
		measure_fail("trace_pipe");
}

/* " ... 12.345678: sched_process_exec: filename=... pid=7 old_pid=7" */
static bool take_line(const char *line, struct event *event)
{
	const char *name = strstr(line, ": sched_process_ex");
	const char *field = name ? strstr(name, " pid=") : NULL;
	const char *at = name;

	if (!field)
		return false;
	while (at > line && at[-1] != ' ')
		at--;
	event->at_us = strtoll(at, NULL, 10) * 1000000 +
		strtoll(strchr(at, '.') + 1, NULL, 10);
	event->pid = atoi(field + 5);
	event->kind = strncmp(name, ": sched_process_exec", 20) == 0 ? STARTED
								     : ENDED;
	return true;
}

static bool take_text(struct event *event)
{
	bool found = false;
	char *end;

	while (!found && (end = memchr(text, '\n', length))) {
		*end++ = '\0';
		found = take_line(text, event);
		length -= (size_t)(end - text);
		memmove(text, end, length);
	}
	return found;
}

/* The next event of that kind that is not older than the first time. False:
 * none until the second. */
static bool wait_for(enum event_kind kind, int64_t from_us, int64_t until_us,
	struct event *event)
{
	struct pollfd polled = {.fd = trace, .events = POLLIN};
	ssize_t got;

	for (;;) {
		while (take_text(event))
			if (event->kind == kind && event->at_us >= from_us)
				return true;
		if (measure_now_us() >= until_us)
			return false;
		poll(&polled, 1, 20);
		got = read(trace, text + length, sizeof(text) - length);
		if (got > 0)
			length += (size_t)got;
	}
}

/* --- what /proc says ------------------------------------------------------ */

static long field_of(const char *path, const char *name)
{
	char line[256];
	long value = -1;
	FILE *file = fopen(path, "re");

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = atol(line + strlen(name));
	if (file)
		fclose(file);
	return value;
}

static long long first_of(const char *path)
{
	long long value = 0;
	FILE *file = fopen(path, "re");

	if (file && fscanf(file, "%lld", &value) != 1)
		value = 0;
	if (file)
		fclose(file);
	return value;
}

/* The name of a process of the init's own: process 1 is "1". */
static bool name_of(const char *pid, char *name, size_t size)
{
	char path[PATH_SIZE];
	FILE *file;
	bool read;

	if (pid[0] < '0' || pid[0] > '9' || atoi(pid) == place.self)
		return false;
	snprintf(path, sizeof(path), "%s/%.20s/comm", place.proc, pid);
	file = fopen(path, "re");
	read = file && fgets(name, (int)size, file);
	if (file)
		fclose(file);
	if (!read)
		return false;
	name[strcspn(name, "\n")] = '\0';
	for (char *at = name; *at; at++)
		if (*at == ' ' || *at == ',')
			*at = '-';
	if (strcmp(pid, "1") == 0)
		snprintf(name, size, "1");
	return strcmp(name, "service") != 0 && strcmp(name, "run") != 0;
}

static struct part *part_of(const char *name)
{
	unsigned i = 0;

	while (i < part_count && strcmp(parts[i].name, name) != 0)
		i++;
	if (i == PARTS_MOST)
		return &parts[PARTS_MOST - 1];
	if (i == part_count) {
		part_count++;
		parts[i] = (struct part){0};
		snprintf(parts[i].name, sizeof(parts[i].name), "%s", name);
	}
	return &parts[i];
}

static void add_process(const char *pid)
{
	char path[PATH_SIZE];
	char name[20];
	struct part *part;
	long pss;

	if (!name_of(pid, name, sizeof(name)))
		return;
	snprintf(path, sizeof(path), "%s/%.20s/smaps_rollup", place.proc, pid);
	pss = field_of(path, "Pss:");
	if (pss < 0)
		return; /* one of the kernel's */
	part = part_of(name);
	part->count++;
	part->pss += pss;
	part->uss += field_of(path, "Private_Clean:") +
		field_of(path, "Private_Dirty:");
	snprintf(path, sizeof(path), "%s/%.20s/status", place.proc, pid);
	part->switches += field_of(path, "voluntary_ctxt_switches:") +
		field_of(path, "nonvoluntary_ctxt_switches:");
	snprintf(path, sizeof(path), "%s/%.20s/schedstat", place.proc, pid);
	part->cpu_ns += first_of(path);
}

static void sum_parts(void)
{
	DIR *folder = opendir(place.proc);
	const struct dirent *entry;

	part_count = 0;
	if (!folder)
		measure_fail(place.proc);
	while ((entry = readdir(folder)))
		add_process(entry->d_name);
	closedir(folder);
}

static void read_memory(long *values)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/meminfo", place.proc);
	for (unsigned i = 0; i < sizeof(memory) / sizeof(*memory); i++)
		values[i] = field_of(path, memory[i].field);
}

/* --- signals ---------------------------------------------------------------
 */

/* Of a process that the tracer has shown, and of no other: on the build host a
 * number that is none must never reach kill(2), for which -1 is everybody. What
 * is not in the init's own pid namespace, or in one below it, is left alone.
 */
static bool is_ours(int pid)
{
	char path[PATH_SIZE];
	char line[256];
	FILE *file;
	unsigned depth = 0;

	if (pid <= 1)
		return false;
	if (!place.is_host)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "NSpid:", 6) == 0)
			for (const char *at = line; *at; at++)
				depth += *at == '\t';
	if (file)
		fclose(file);
	return depth > 1;
}

static void signal_one(int pid, int signal)
{
	int fd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	if (fd < 0)
		return;
	if (is_ours(pid))
		syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
	close(fd);
}

/* --- what is measured ----------------------------------------------------- */

static void measure_up(const struct plan *plan, int64_t executed_us)
{
	int64_t limit = executed_us + UP_S * 1000000LL;
	struct event event = {0};
	unsigned count = 0;

	while (count < plan->count && wait_for(STARTED, 0, limit, &event))
		pids[count++] = event.pid;
	if (count < plan->count) {
		printf("bench services %u\n", count);
		measure_fail("not all came up");
	}
	if (count)
		printf("bench up %lld\n",
			(long long)(event.at_us - executed_us));
}

static void measure_memory(void)
{
	long after[4];
	long pss = 0;

	read_memory(after);
	printf("bench %s %ld\n", memory[0].name, before[0] - after[0]);
	for (unsigned i = 1; i < sizeof(memory) / sizeof(*memory); i++)
		printf("bench %s %ld\n", memory[i].name, after[i] - before[i]);
	for (unsigned i = 0; i < part_count; i++) {
		pss += parts[i].pss;
		printf("bench count.%s %u\n", parts[i].name, parts[i].count);
		printf("bench pss.%s %ld\n", parts[i].name, parts[i].pss);
		printf("bench uss.%s %ld\n", parts[i].name, parts[i].uss);
	}
	printf("bench pss %ld\n", pss);
}

static void sum_rest(long *switches, long long *cpu_ns)
{
	*switches = 0;
	*cpu_ns = 0;
	for (unsigned i = 0; i < part_count; i++) {
		*switches += parts[i].switches;
		*cpu_ns += parts[i].cpu_ns;
	}
}

/* sum_parts() itself disturbs nobody, since it reads only. */
static void measure_rest(const struct plan *plan)
{
	long switches[2];
	long long cpu_ns[2];

	sum_parts();
	measure_memory();
	sum_rest(&switches[0], &cpu_ns[0]);
	sleep(plan->rest_s);
	sum_parts();
	sum_rest(&switches[1], &cpu_ns[1]);
	printf("bench switches %ld\n", switches[1] - switches[0]);
	printf("bench cpu %lld\n", (cpu_ns[1] - cpu_ns[0]) / 1000);
}

static void measure_restarts(const struct plan *plan)
{
	for (unsigned i = 0; i < TIMES && i < plan->count; i++) {
		int64_t from = measure_now_us();
		struct event event;

		signal_one(pids[i], SIGKILL);
		if (wait_for(STARTED, from, from + ANSWER_US, &event))
			printf("bench restart %lld\n",
				(long long)(event.at_us - from));
		else
			printf("bench norestart 1\n");
	}
}

/* From the order, which is the execution of a program, to that of the service.
 * The service is killed again, and what started it ends too, or is told.
 */
static void measure_spawns(const struct plan *plan)
{
	if (plan->spawn[0][0] == '-')
		return;
	for (unsigned i = 0; i < TIMES; i++) {
		int64_t from = measure_now_us();
		int pid = measure_run(plan->spawn, i + 1);
		struct event event;

		if (wait_for(STARTED, from, from + ANSWER_US, &event)) {
			printf("bench spawn %lld\n",
				(long long)(event.at_us - from));
			signal_one(event.pid, SIGKILL);
		} else {
			printf("bench nospawn 1\n");
			signal_one(pid, SIGKILL);
		}
		waitpid(pid, NULL, 0);
		usleep(SPAWN_PAUSE_US);
	}
}

/* From the order to the program's end. */
static void measure_stops(const struct plan *plan)
{
	bool is_kill = strcmp(plan->stop[0], "kill") == 0;

	if (plan->stop[0][0] == '-')
		return;
	for (unsigned i = 0; i < TIMES && i + TIMES < plan->count; i++) {
		int64_t from = measure_now_us();
		struct event event;
		int pid = 0;

		if (is_kill)
			signal_one(pids[i + TIMES], SIGTERM);
		else
			pid = measure_run(plan->stop, i + 1);
		if (wait_for(ENDED, from, from + ANSWER_US, &event))
			printf("bench stop %lld\n",
				(long long)(event.at_us - from));
		else
			printf("bench nostop 1\n");
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static void measure_question(const char *name, char *const *words)
{
	int status = 0;

	if (words[0][0] == '-')
		return;
	for (unsigned i = 0; i < TIMES; i++) {
		int64_t from = measure_now_us();

		waitpid(measure_run(words, 1), &status, 0);
		if (status == 0)
			printf("bench %s %lld\n", name,
				(long long)(measure_now_us() - from));
		else
			printf("bench no%s 1\n", name);
	}
}

/* What each line takes, its writer's own part included, in ns. The writer waits
 * for its reader but for what a pipe holds.
 */
static void measure_lines(const struct plan *plan)
{
	if (plan->talk[0][0] == '-')
		return;
	for (unsigned i = 0; i < TALKS; i++) {
		int64_t from = measure_now_us();
		int pid = measure_run(plan->talk, 1);
		struct event start;
		struct event end;

		if (wait_for(STARTED, from, from + ANSWER_US, &start) &&
			wait_for(ENDED, start.at_us, from + TALK_US, &end))
			printf("bench line %lld\n",
				(long long)(end.at_us - start.at_us) * 1000 /
					TALK_LINES);
		else
			printf("bench noline 1\n");
		waitpid(pid, NULL, 0);
		usleep(SPAWN_PAUSE_US);
	}
}

void measure_prepare(const struct place *where)
{
	place = *where;
	init = (int)syscall(SYS_pidfd_open, place.pid, 0);
	if (init < 0)
		measure_fail("pidfd");
	open_trace();
	read_memory(before);
}

void measure_all(const struct plan *plan, int64_t executed_us)
{
	static char stop[] = "/bench/stop";
	static char nothing[] = "0";
	char *const exec[] = {stop, nothing, NULL};

	measure_up(plan, executed_us);
	sleep(SETTLE_S);
	if (plan->rest_s)
		measure_rest(plan);
	measure_restarts(plan);
	sleep(SETTLE_S);
	measure_question("exec", exec);
	measure_spawns(plan);
	measure_lines(plan);
	measure_question("question", plan->question);
	measure_stops(plan);
}
