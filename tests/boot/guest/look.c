/* The judge's hand: it runs on the host side and sees what the kernel shows
 * there. Waits are bounded polls of 10 ms, since /proc has no events.
 */
#include "probe.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define GROUPS "/sys/fs/cgroup/svc"

static bool same_file(const char *one, const char *other)
{
	struct stat first;
	struct stat second;

	return stat(one, &first) == 0 && stat(other, &second) == 0 &&
		first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* A line of /proc/PID/status: its last number. */
static long status_number(long pid, const char *key)
{
	char path[64];
	char text[8192];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	at = strstr(slurp(path, text, sizeof(text)), key);
	if (!at)
		return -1;
	at++;
	text[at - text + (long)strcspn(at, "\n")] = '\0';
	at = strrchr(at, '\t');
	return at ? strtol(at, NULL, 10) : -1;
}

/* Of the processes in a group, init's children: one that still runs the
 * builder's program is the reaper, another one the service, once execve(2) has
 * given it its words. */
static void take_process(struct found *found, long pid)
{
	char path[64];
	char words[2];

	if (status_number(pid, "\nPPid:") != 1)
		return;
	snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	if (access(path, F_OK) != 0)
		return;
	if (same_file(path, "/lib/bulkhead/builder")) {
		if (status_number(pid, "\nNSpid:") == 1 || !found->reaper)
			found->reaper = pid;
		return;
	}
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	if (*slurp(path, words, sizeof(words)) &&
		(!found->program || pid < found->program))
		found->program = pid;
}

/* leaf: of a group that its service divides, or "". */
static void look_into(struct found *found, const char *leaf)
{
	char path[600];
	char text[8192];
	char *next = text;
	char *line;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", found->group, leaf);
	slurp(path, text, sizeof(text));
	while ((line = strsep(&next, "\n")) != NULL)
		if (*line)
			take_process(found, strtol(line, NULL, 10));
}

static bool is_group_of(const char *entry, const char *service)
{
	size_t length = strlen(service);

	return strncmp(entry, service, length) == 0 && entry[length] == '.' &&
		strspn(entry + length + 1, "0123456789abcdef") ==
		strlen(entry + length + 1);
}

bool look_for(struct found *found, const char *service)
{
	DIR *groups = opendir(GROUPS);
	const struct dirent *entry;
	bool seen = false;

	while (groups && !seen && (entry = readdir(groups)) != NULL) {
		if (!is_group_of(entry->d_name, service))
			continue;
		snprintf(found->group, sizeof(found->group), GROUPS "/%s",
			entry->d_name);
		found->program = 0;
		found->reaper = 0;
		look_into(found, "");
		look_into(found, "/reaper");
		look_into(found, "/main");
		seen = found->program != 0;
	}
	if (groups)
		closedir(groups);
	return seen;
}

/* Looks until it holds, and once more when the time is over, which may have
 * passed since the last look. */
static bool comes(bool (*holds)(const char *), const char *name, long seconds)
{
	double end = now() + (double)seconds;

	while (!holds(name)) {
		if (now() >= end)
			return holds(name);
		sleep_ms(10);
	}
	return true;
}

static struct found found;

static bool is_found(const char *name)
{
	return look_for(&found, name);
}

int find_service(char **words)
{
	if (!comes(is_found, words[0], number(words[1], 20)))
		return 1;
	printf("%ld %ld %s\n", found.program, found.reaper, found.group);
	return 0;
}

static int space_flags(const char *names)
{
	static const struct {
		const char *name;
		int flag;
	} spaces[] = {{"mnt", CLONE_NEWNS}, {"pid", CLONE_NEWPID},
		{"net", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC},
		{"uts", CLONE_NEWUTS}, {"user", CLONE_NEWUSER},
		{"cgroup", CLONE_NEWCGROUP}, {"time", 0x80}};

	int flags = 0;

	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++)
		if (strstr(names, spaces[i].name))
			flags |= spaces[i].flag;
	return flags;
}

/* Runs a command in namespaces of a process, as their root where "user" is
 * among them. */
int enter_spaces(char **words)
{
	int fd = (int)syscall(SYS_pidfd_open, number(words[0], 0), 0);
	int flags = space_flags(words[1]);
	int status = 0;

	if (fd < 0 || setns(fd, flags) != 0) {
		printf("enter: %s\n", strerror(errno));
		return 2;
	}
	if (flags & CLONE_NEWUSER) {
		setgroups(0, NULL);
		if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
			return 2;
	}
	if (fork() == 0) {
		execv(words[2], words + 2);
		printf("%s: %s\n", words[2], strerror(errno));
		_exit(127);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

/* Runs a command as somebody else, on the host side. */
int run_as(char **words)
{
	uid_t id = (uid_t)number(words[0], 65534);

	if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 ||
		setresuid(id, id, id) != 0)
		return 2;
	execv(words[1], words + 1);
	perror(words[1]);
	return 2;
}

static bool is_gone(const char *path)
{
	return access(path, F_OK) != 0;
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

int wait_gone(char **words)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s", words[0]);
	return !comes(is_gone, path, number(words[1], 10));
}

int wait_file(char **words)
{
	static char text[1 << 16];

	if (!comes(is_there, words[0], number(words[1], 10)))
		return 1;
	fputs(slurp(words[0], text, sizeof(text)), stdout);
	return 0;
}

/* Prints every zombie of the machine; 0 when there is none. */
int count_zombies(char **words)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	(void)words;
	while (processes && (entry = readdir(processes)) != NULL) {
		char path[300];
		char text[8192];
		const char *at;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		at = strstr(slurp(path, text, sizeof(text)), "\nState:\t");
		if (!at || at[8] != 'Z')
			continue;
		count++;
		printf("zombie %s\n", entry->d_name);
	}
	if (processes)
		closedir(processes);
	return count != 0;
}

/* 0: one namespace, 1: two, 2: not known. */
int same_space(char **words)
{
	char paths[2][64];

	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/proc/%s/ns/%s", words[i],
			words[2]);
		if (access(paths[i], F_OK) != 0)
			return 2;
	}
	return same_file(paths[0], paths[1]) ? 0 : 1;
}

/* Waits until what was written to the verdict's port has left. */
int drain(char **words)
{
	(void)words;
	return tcdrain(STDOUT_FILENO) == 0 ? 0 : 2;
}

/* Descriptors of a process, as an exact list. */
int list_fds(char **words)
{
	char folder[64];
	DIR *all;
	const struct dirent *entry;

	snprintf(folder, sizeof(folder), "/proc/%s/fd", words[0]);
	all = opendir(folder);
	while (all && (entry = readdir(all)) != NULL) {
		char path[400];
		char target[512];
		ssize_t length;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length > 0)
			printf("%s %.*s\n", entry->d_name, (int)length, target);
	}
	if (all)
		closedir(all);
	return all ? 0 : 2;
}

int signal_pid(char **words)
{
	return kill((pid_t)number(words[0], 0), (int)number(words[1], 0)) ? 1
									  : 0;
}

/* Asks for a runlevel as the tools of sysvinit do. */
int write_initctl(char **words)
{
	const struct {
		int magic;
		int command;
		int runlevel;
		int sleeptime;
		char data[368];
	} request = {0x03091969, 1, words[0][0], 0, ""};

	int fd = open("/run/initctl", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return write(fd, &request, sizeof(request)) == sizeof(request) ? 0 : 1;
}

/* Whether the caller's terminal is its controlling one, and its group the one
 * in front. */
int console_foreground(char **words)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	(void)words;
	printf("terminal %s session %s foreground %s\n", fd >= 0 ? "yes" : "no",
		fd >= 0 && tcgetsid(fd) == getsid(0) ? "own" : "other",
		fd >= 0 && tcgetpgrp(fd) == getpgrp() ? "yes" : "no");
	return 0;
}
