/* Many services at once: whether each of them runs, is alone in its
 * namespaces, has run for long enough and answers.
 */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CROWD_MAX 1024
#define KINDS 7

static const char *const kinds[KINDS] = {
	"mnt", "pid", "net", "ipc", "uts", "user", "cgroup"};
static unsigned long seen[KINDS][CROWD_MAX + 1];

static unsigned long inode_of(long pid, const char *kind)
{
	char path[64];
	struct stat about;

	snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid, kind);
	return stat(path, &about) == 0 ? about.st_ino : 0;
}

/* Notes a process' namespaces in row `at`; row 0 is the host. How many of them
 * are its own. */
static int own_spaces(long pid, long at)
{
	int own = 0;

	for (int kind = 0; kind < KINDS; kind++) {
		long other = 0;

		seen[kind][at] = inode_of(pid, kinds[kind]);
		while (other < at && seen[kind][other] != seen[kind][at])
			other++;
		own += other == at && seen[kind][at] != 0;
	}
	return own;
}

/* Seconds since it was started: field 22 of /proc/PID/stat. */
static double age_of(long pid)
{
	char path[64];
	char text[4096];
	char *at;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	slurp(path, text, sizeof(text));
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return 0;
	return now() - strtod(at, NULL) / (double)sysconf(_SC_CLK_TCK);
}

static bool answers(long pid, const char *name)
{
	char path[64];
	char answer[64];

	snprintf(path, sizeof(path), "/proc/%ld/root/tmp/socket", pid);
	return ask_path(path, answer, sizeof(answer)) &&
		strcmp(answer, name) == 0;
}

static long kib_of(const char *key)
{
	char text[8192];
	const char *at =
		strstr(slurp("/proc/meminfo", text, sizeof(text)), key);

	return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

int look_at_all(char **words)
{
	long count = number(words[1], 0);
	long good = 0;
	double youngest = 1e9;

	if (count > CROWD_MAX)
		return 2;
	own_spaces(1, 0);
	for (long i = 1; i <= count; i++) {
		struct found found;
		char name[64];
		int own;
		double age;

		snprintf(name, sizeof(name), "%s%ld", words[0], i);
		if (!look_for(&found, name)) {
			printf("%s does not run\n", name);
			continue;
		}
		own = own_spaces(found.program, i);
		age = age_of(found.program);
		youngest = age < youngest ? age : youngest;
		if (own == KINDS && answers(found.program, name))
			good++;
		else
			printf("%s: %d namespaces of its own, no answer\n",
				name, own);
	}
	printf("%ld of %ld good, the youngest %.1f s, %ld of %ld KiB in use\n",
		good, count, youngest,
		kib_of("MemTotal:") - kib_of("MemAvailable:"),
		kib_of("MemTotal:"));
	if (count == 0)
		return 2;
	return good == count && youngest >= (double)number(words[2], 0) ? 0 : 1;
}
