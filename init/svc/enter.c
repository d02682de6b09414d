/* svc enter: a program in the compartment of a service: in its namespaces and
 * its group, with what the service's program has, or as root inside. Whoever
 * enters shares the group's limits; the filter of system calls and Landlock are
 * the service's alone.
 */
#include "svc/client.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/svc.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_SIZE 4096U
#define PATH_SIZE 512U
#define GROUPS_MOST 64U
#define NOT_EXECUTED 127 /* as a shell has it */
#define NOT_JOINED 126
#define CAPABILITIES 64U
#define NOBODY 65534U

struct who {
	uint64_t uid;
	uint64_t gid;
	gid_t groups[GROUPS_MOST];
	size_t group_count;
	uint64_t permitted; /* capabilities */
	uint64_t bounding;
	bool is_root; /* inside, with all that it may have there */
};

/* --- what the service's program has --------------------------------------- */

/* Behind a key of /proc/PID/status: proc(5). */
static const char *value_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		return "";
	at += strlen(key);
	return at + strspn(at, " \t");
}

/* The number at *at, which is set behind it. False: there is none. */
static bool next_number(const char **at, unsigned base, uint64_t *number)
{
	size_t length;

	*at += strspn(*at, " \t");
	length = strspn(*at, base == 16 ? "0123456789abcdef" : "0123456789");
	if (!text_number(*at, length, base, number))
		return false;
	*at += length;
	return true;
}

/* What stands inside for an id of the host: user_namespaces(7). */
static uint64_t map_id(const char *map, uint64_t id)
{
	uint64_t inside;
	uint64_t outside;
	uint64_t count;

	while (next_number(&map, 10, &inside) &&
		next_number(&map, 10, &outside) &&
		next_number(&map, 10, &count)) {
		if (id >= outside && id - outside < count)
			return inside + (id - outside);
		map += *map == '\n';
	}
	return NOBODY;
}

static bool read_who(int process, struct who *who)
{
	static char status[TEXT_SIZE];
	static char users[TEXT_SIZE];
	static char groups[TEXT_SIZE];
	const char *uid;
	const char *gid;
	const char *permitted;
	const char *bounding;
	const char *at;
	uint64_t id;

	if (file_read(process, "status", status, sizeof(status)) <= 0 ||
		file_read(process, "uid_map", users, sizeof(users)) <= 0 ||
		file_read(process, "gid_map", groups, sizeof(groups)) <= 0)
		return false;
	uid = value_of(status, "\nUid:");
	gid = value_of(status, "\nGid:");
	permitted = value_of(status, "\nCapPrm:");
	bounding = value_of(status, "\nCapBnd:");
	if (!next_number(&uid, 10, &who->uid) ||
		!next_number(&gid, 10, &who->gid) ||
		!next_number(&permitted, 16, &who->permitted) ||
		!next_number(&bounding, 16, &who->bounding))
		return false;
	who->uid = map_id(users, who->uid);
	who->gid = map_id(groups, who->gid);
	at = value_of(status, "\nGroups:");
	while (who->group_count < GROUPS_MOST && next_number(&at, 10, &id))
		who->groups[who->group_count++] = (gid_t)map_id(groups, id);
	return true;
}

/* --- going inside --------------------------------------------------------- */

/* Namespaces that are the service's and not the tool's. */
static int foreign_spaces(int process)
{
	static const struct {
		const char *name;
		int flag;
	} spaces[] = {
		{"ns/user", CLONE_NEWUSER},
		{"ns/mnt", CLONE_NEWNS},
		{"ns/pid", CLONE_NEWPID},
		{"ns/net", CLONE_NEWNET},
		{"ns/ipc", CLONE_NEWIPC},
		{"ns/uts", CLONE_NEWUTS},
		{"ns/cgroup", CLONE_NEWCGROUP},
		{"ns/time", CLONE_NEWTIME},
	};

	SCOPED_FD self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat one;
	struct stat two;
	int flags = 0;

	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++)
		if (fstatat(self, spaces[i].name, &one, 0) == 0 &&
			fstatat(process, spaces[i].name, &two, 0) == 0 &&
			(one.st_ino != two.st_ino || one.st_dev != two.st_dev))
			flags |= spaces[i].flag;
	return flags;
}

/* Its program's own group, which with delegate = yes may be a deep one. */
static bool join_group(int process)
{
	char text[PATH_SIZE];
	char path[PATH_SIZE];
	const char *own;
	SCOPED_FD procs = -1;

	if (file_read(process, "cgroup", text, sizeof(text)) <= 0)
		return false;
	own = strstr(text, "0::");
	if (!own)
		return false;
	own += strlen("0::");
	text_compose(path, sizeof(path), "/sys/fs/cgroup%.*s/cgroup.procs",
		(int)strcspn(own, "\n"), own);
	procs = open(path, O_WRONLY | O_CLOEXEC);
	return procs >= 0 && write(procs, "0", 1) == 1;
}

/* The step that fails is left in *what. */
static bool join(pid_t pid, int process, const char **what)
{
	SCOPED_FD target = kernel_pidfd_open(pid);
	int spaces = foreign_spaces(process);

	/* nothing inside may look at what still is the host's */
	prctl(PR_SET_DUMPABLE, 0);
	*what = "join its group";
	if (!join_group(process))
		return false;
	*what = "enter its namespaces";
	return !spaces || (target >= 0 && setns(target, spaces) == 0);
}

/* --- inside --------------------------------------------------------------- */

static bool limit_capabilities(const struct who *who)
{
	const uint32_t low = (uint32_t)who->permitted;
	const uint32_t high = (uint32_t)(who->permitted >> 32);
	const struct kernel_cap_data sets[2] = {
		{.effective = low, .permitted = low},
		{.effective = high, .permitted = high}};

	return kernel_capset(sets) == 0;
}

static void limit_bounding(const struct who *who)
{
	for (unsigned i = 0; i < CAPABILITIES; i++)
		if (!(who->bounding >> i & 1))
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

static bool become(const struct who *who)
{
	gid_t gid = who->is_root ? 0 : (gid_t)who->gid;
	uid_t uid = who->is_root ? 0 : (uid_t)who->uid;

	if (!who->is_root)
		limit_bounding(who);
	if (setgroups(who->is_root ? 0 : who->group_count, who->groups) < 0 ||
		setresgid(gid, gid, gid) < 0)
		return false;
	if (who->is_root)
		return setresuid(uid, uid, uid) == 0;
	return prctl(PR_SET_KEEPCAPS, 1) == 0 &&
		setresuid(uid, uid, uid) == 0 && limit_capabilities(who) &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static _Noreturn void run_inside(const struct who *who, char **words)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			     "/usr/bin:/sbin:/bin";
	static char home[] = "HOME=/";
	static char term[64];
	static char *environment[] = {path, home, term, NULL};
	static char shell[] = "/bin/sh";
	char *own[] = {shell, NULL};
	const char *terminal = getenv("TERM");

	text_compose(
		term, sizeof(term), "TERM=%s", terminal ? terminal : "linux");
	environ = environment;
	if (!*words)
		words = own;
	if (chdir("/") < 0 || !become(who)) {
		complain("enter: become what the service is: %s",
			strerror(errno));
		_exit(NOT_JOINED);
	}
	execvp(*words, words);
	complain(
		"enter: %s: %s; is it there, inside?", *words, strerror(errno));
	_exit(NOT_EXECUTED);
}

/* Waits for it; what a terminal sends is meant for it, too. */
static int wait_for(pid_t pid)
{
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return SVC_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Only children are in a pid namespace that was entered. */
static int enter(pid_t pid, struct who *who, char **words)
{
	char path[32];
	const char *what = "look at it";
	pid_t child;

	text_compose(path, sizeof(path), "/proc/%u", (unsigned)pid);
	{
		SCOPED_FD process =
			open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (process < 0 || !read_who(process, who) ||
			!join(pid, process, &what)) {
			complain("enter: %s: %s", what, strerror(errno));
			return SVC_FAILED;
		}
	}
	child = fork();
	if (child == 0)
		run_inside(who, words);
	if (child > 0)
		return wait_for(child);
	complain("enter: fork: %s", strerror(errno));
	return SVC_FAILED;
}

int enter_run(const struct verb *verb, char **operands)
{
	struct who who = {0};
	const struct option_word options[] = {{"-r", &who.is_root}};
	const char *fault = option_take(&operands, options, 1);
	const struct question question = {CONTROL_STATUS, *operands, 0};
	struct client client;

	if (fault)
		return usage_option(verb, fault);
	if (!*operands)
		return usage(verb, "no name of a service");
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	client_close(&client);
	if (client.reply.pid <= 0 || client.reply.frozen) {
		complain("%s: it %s", *operands,
			client.reply.frozen ? "is frozen" : "does not run");
		return SVC_FAILED;
	}
	return enter(client.reply.pid, &who, operands + 1);
}
