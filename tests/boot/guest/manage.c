/* A service that divides its own group, as a nested manager does, and then
 * tries what it may not.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

static char told[2048];

static void tell(const char *what, const char *result)
{
	size_t used = strlen(told);

	snprintf(told + used, sizeof(told) - used, "%s%s: %s", used ? ", " : "",
		what, result);
}

/* 0, or errno */
static int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static void try_text(const char *what, const char *path, const char *text)
{
	int error = put_text(path, text);

	tell(what, error ? strerror(error) : "yes");
}

/* Runs a deed in a child that has moved into a group: how it ended. */
static void run_in_group(
	const char *what, const char *group, int (*deed)(char **words))
{
	static char size[] = "64";
	char *words[] = {size, NULL};
	char path[128];
	char result[64];
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		_exit(put_text(path, "0") ? 99 : deed(words));
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(result, sizeof(result), "signal %d", WTERMSIG(status));
	else
		snprintf(
			result, sizeof(result), "exit %d", WEXITSTATUS(status));
	tell(what, result);
}

/* Ends whatever is left in a group. */
static void empty_group(const char *group)
{
	char path[128];
	char text[512];

	snprintf(path, sizeof(path), "%s/cgroup.kill", group);
	put_text(path, "1");
	snprintf(path, sizeof(path), "%s/cgroup.events", group);
	while (strstr(slurp(path, text, sizeof(text)), "populated 1"))
		sleep_ms(10);
}

/* How many children a group lets it have. */
static int count_children(char **words)
{
	int made = 0;

	(void)words;
	for (;; made++) {
		pid_t child = fork();

		if (child == 0)
			while (1)
				pause();
		if (child < 0)
			break;
	}
	return made;
}

/* Makes groups until that is refused: how many, and why. */
static void overgrow(const char *what, bool deep)
{
	char path[4096] = ROOT "/b";
	char result[128];
	int made = 0;

	for (;; made++) {
		size_t length = deep ? strlen(path) : strlen(ROOT "/b");

		snprintf(path + length, sizeof(path) - length, "/%c%d",
			deep ? 'd' : 'w', made);
		if (mkdir(path, 0755) < 0)
			break;
	}
	snprintf(result, sizeof(result), "%d %s", made, strerror(errno));
	tell(what, result);
}

/* What concerns the group as a whole: how many of them are refused. */
static void spoil_own(void)
{
	static const char *const files[][2] = {{"memory.max", "max"},
		{"memory.high", "max"}, {"pids.max", "max"}, {"cpu.max", "max"},
		{"cpu.weight", "10000"}, {"cgroup.max.descendants", "max"},
		{"cgroup.max.depth", "max"}, {"cgroup.freeze", "0"},
		{"cgroup.kill", "0"}, {"reaper/memory.max", "4096"},
		{"reaper/cgroup.procs", "0"}};
	char result[64];
	unsigned refused = 0;
	unsigned count = sizeof(files) / sizeof(*files);

	for (unsigned i = 0; i < count; i++)
		refused += put_text(files[i][0], files[i][1]) != 0;
	snprintf(result, sizeof(result), "%u of %u", refused, count);
	tell("refused", result);
}

int manage_groups(char **words)
{
	(void)words;
	if (chdir(ROOT) < 0)
		return 2;
	tell("make",
		mkdir("a", 0755) || mkdir("b", 0755) ? strerror(errno) : "yes");
	try_text("limit", "a/memory.max", "8M");
	try_text("and", "a/pids.max", "5");
	run_in_group("hog", "a", eat_memory);
	run_in_group("bomb", "a", count_children);
	empty_group("a");
	tell("divide", mkdir("a/x", 0755) ? strerror(errno) : "yes");
	try_text("again", "a/cgroup.subtree_control", "+pids +memory");
	try_text("move", "b/cgroup.procs", "0");
	tell("leave", rmdir("main") ? strerror(errno) : "yes");
	spoil_own();
	overgrow("deep", true);
	overgrow("many", false);
	say_done("%s\n", told);
	return hold(NULL);
}
