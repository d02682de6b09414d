/* What a service got, as it sees it itself: for the golden files. What differs
 * from boot to boot (numbers of mounts, inodes, device minors) is written as
 * N; all else as the kernel prints it.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TEXT_MAX 16384

/* Copies text with every number behind one of the marks written as N. */
static void without_numbers(FILE *to, const char *text, const char *marks)
{
	for (; *text; text++) {
		fputc(*text, to);
		if (!strchr(marks, *text) || text[1] < '0' || text[1] > '9')
			continue;
		fputc('N', to);
		text += strspn(text + 1, "0123456789");
	}
}

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [shared:N ...] - TYPE SOURCE ..."
 */
static void show_mounts(FILE *to)
{
	static char text[TEXT_MAX];
	char *next = text;
	char *line;

	slurp("/proc/self/mountinfo", text, sizeof(text));
	while ((line = strsep(&next, "\n")) != NULL) {
		char *rest = line;

		for (int skipped = 0; rest && skipped < 3; skipped++)
			strsep(&rest, " ");
		if (!rest)
			continue;
		/* The size of the initramfs depends on the size of RAM. */
		without_numbers(
			to, rest, strstr(rest, " - rootfs ") ? ":=" : ":");
		fputc('\n', to);
	}
}

/* Lines of /proc/self/status that say what a process may and is. */
static void show_status(FILE *to)
{
	static const char *const wanted[] = {"Umask", "PPid", "TracerPid",
		"Uid", "Gid", "FDSize", "Groups", "NStgid", "NSpid", "NSpgid",
		"NSsid", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn",
		"SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
		"NoNewPrivs", "Seccomp", "Seccomp_filters",
		"Cpus_allowed_list"};
	static char text[TEXT_MAX];
	char *next = text;
	char *line;

	slurp("/proc/self/status", text, sizeof(text));
	while ((line = strsep(&next, "\n")) != NULL)
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
			size_t length = strlen(wanted[i]);

			if (strncmp(line, wanted[i], length) == 0 &&
				line[length] == ':')
				fprintf(to, "%s\n", line);
		}
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static void show_links(FILE *to, const char *folder, const char *left_out)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, by_name);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char path[512];
		char target[512];
		ssize_t length;

		snprintf(path, sizeof(path), "%s/%s", folder, name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (left_out && strstr(target, left_out))
			continue;
		fprintf(to, "%s -> ", name);
		without_numbers(to, target, "[");
		fputc('\n', to);
	}
}

static void show_nodes(FILE *to, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, by_name);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char path[512];
		char target[512] = "";
		struct stat about;

		snprintf(path, sizeof(path), "%s/%s",
			strcmp(folder, "/") == 0 ? "" : folder, name);
		if (strcmp(name, "..") == 0 || lstat(path, &about) != 0)
			continue;
		fprintf(to, "%s %06o %u:%u", path, about.st_mode, about.st_uid,
			about.st_gid);
		if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode))
			fprintf(to, " %u,%u", major(about.st_rdev),
				minor(about.st_rdev));
		if (readlink(path, target, sizeof(target) - 1) > 0)
			fprintf(to, " -> %s", target);
		fputc('\n', to);
	}
}

/* Limits that the kernel derives from the size of RAM are written as N. */
static void show_limits(FILE *to)
{
	static char text[TEXT_MAX];
	char *next = text;
	char *line;

	slurp("/proc/self/limits", text, sizeof(text));
	while ((line = strsep(&next, "\n")) != NULL) {
		bool derived = strncmp(line, "Max processes", 13) == 0 ||
			strncmp(line, "Max pending", 11) == 0;

		if (*line) {
			without_numbers(to, line, derived ? " " : "");
			fputc('\n', to);
		}
	}
}

static void show_interfaces(FILE *to)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (struct if_nameindex *at = all; at && at->if_index; at++) {
		struct ifreq request = {0};

		snprintf(request.ifr_name, IFNAMSIZ, "%s", at->if_name);
		ioctl(fd, SIOCGIFFLAGS, &request);
		fprintf(to, "%u %s %s\n", at->if_index, at->if_name,
			request.ifr_flags & IFF_UP ? "up" : "down");
	}
	close(fd);
}

static void show_file(FILE *to, const char *path)
{
	char text[4096];

	if (access(path, R_OK) != 0)
		snprintf(text, sizeof(text), "%s", strerror(errno));
	else
		slurp(path, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	fprintf(to, "%s: %s\n", path, text);
}

static void show_process(FILE *to)
{
	struct sched_param priority = {0};
	char folder[512];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	fprintf(to, "working directory %s\n", getcwd(folder, sizeof(folder)));
	fprintf(to, "pid %d session %s group %s\n", getpid(),
		getsid(0) == getpid() ? "own" : "other",
		getpgrp() == getpid() ? "own" : "other");
	fprintf(to, "terminal %s\n", tty < 0 ? strerror(errno) : "yes");
	if (tty >= 0)
		close(tty);
	sched_getparam(0, &priority);
	fprintf(to, "scheduler %ld priority %d nice %ld io %ld slack %d\n",
		syscall(SYS_sched_getscheduler, 0), priority.sched_priority,
		20 - syscall(SYS_getpriority, 0, 0),
		syscall(SYS_ioprio_get, 1, 0), prctl(PR_GET_TIMERSLACK));
	fprintf(to, "dumpable %d securebits %d personality %lx\n",
		prctl(PR_GET_DUMPABLE), prctl(PR_GET_SECUREBITS),
		(unsigned long)syscall(SYS_personality, 0xffffffffUL));
}

static void show_names(FILE *to)
{
	struct utsname names;

	uname(&names);
	fprintf(to, "host %s domain %s\n", names.nodename, names.domainname);
}

/* What is asked of sysfs and the kernel's settings inside. */
static void show_settings(FILE *to)
{
	static const char *const paths[] = {"/proc/self/cgroup",
		"/proc/self/oom_score_adj", "/proc/self/timens_offsets",
		"/proc/self/setgroups",
		"/proc/sys/net/ipv4/ip_unprivileged_port_start",
		"/proc/self/uid_map", "/proc/self/gid_map"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		show_file(to, paths[i]);
}

int show_facts(char **words)
{
	const char *path = words[0] ? words[0] : "/tmp/facts";
	char temporary[256];
	FILE *to;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	to = fopen(temporary, "we");
	if (!to)
		return 2;
	fprintf(to, "[environment]\n");
	for (char **at = environ; *at; at++)
		fprintf(to, "%s\n", *at);
	fprintf(to, "[descriptors]\n");
	show_links(to, "/proc/self/fd", temporary);
	fprintf(to, "[status]\n");
	show_status(to);
	fprintf(to, "[process]\n");
	show_process(to);
	fprintf(to, "[limits]\n");
	show_limits(to);
	fprintf(to, "[namespaces]\n");
	show_links(to, "/proc/self/ns", NULL);
	fprintf(to, "[names]\n");
	show_names(to);
	fprintf(to, "[interfaces]\n");
	show_interfaces(to);
	fprintf(to, "[settings]\n");
	show_settings(to);
	fprintf(to, "[mounts]\n");
	show_mounts(to);
	fprintf(to, "[nodes]\n");
	show_nodes(to, "/dev");
	show_nodes(to, "/");
	show_nodes(to, "/run");
	show_nodes(to, "/var/lib");
	show_nodes(to, "/root");
	fclose(to);
	chmod(temporary, 0644);
	rename(temporary, path);
	return hold(NULL);
}

/* Namespaces of a process by number of inode. */
int show_spaces(char **words)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/proc/%s/ns",
		words[0] ? words[0] : "self");
	show_links(stdout, folder, NULL);
	return 0;
}
