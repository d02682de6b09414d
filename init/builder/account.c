/* The user of a service with a root of its own: looked up in that root's
 * /etc/passwd and /etc/group.
 *
 * Whoever made the root wrote these files, so a child of the builder reads
 * them that can do no harm: it is nobody in a user namespace with the ids of
 * the service, has two files and a socket, and no system call but read, write
 * and exit. The same namespace gives the root its id map. seccomp(2)
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILE_MOST (1U << 20) /* bytes that are read of a file */
#define HIGH_FD 64 /* above all that the child keeps */

enum {
	FD_USERS,
	FD_GROUPS,
	FD_ANSWER,
	FDS
};

struct answer {
	int32_t error; /* of reading, or 0 */
	uint32_t file; /* that it is about */
	struct account_found found;
};

static const char *const files[] = {
	[FD_USERS] = "/etc/passwd", [FD_GROUPS] = "/etc/group"};

static struct answer answer;
static struct account_wanted wanted;
static int child_fds[FDS] = {-1, -1, -1};
static int answers = -1; /* the builder's end */
static pid_t child;

/* A link in the root leads to another place in it. A root without such a file
 * has no names but root. */
static int open_file(int root, const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = K_RESOLVE_IN_ROOT | K_RESOLVE_NO_MAGICLINKS};
	int fd = kernel_openat2(root, path, &how);
	struct stat status;
	int error = EPERM;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		error = errno;
	else if (S_ISREG(status.st_mode))
		error = status.st_size > FILE_MOST ? EFBIG : 0;
	if (!error)
		return fd;
	file_close(&fd);
	errno = error;
	return -1;
}

int account_open(struct build *b)
{
	if (b->root < 0)
		return 0;
	for (unsigned i = FD_USERS; i <= FD_GROUPS; i++) {
		b->object = files[i];
		child_fds[i] = open_file(b->root, files[i]);
		if (child_fds[i] < 0 && errno != ENOENT && errno != ENOTDIR)
			return -1;
	}
	return 0;
}

static void set_wanted(const struct build *b)
{
	const struct service *service = b->service;
	const table_at *names =
		table_pointer(b->table, service->group_names.at);

	wanted.user = table_string(b->table, service->user);
	if (service->user_group)
		wanted.group = table_string(b->table, service->user_group);
	for (uint32_t i = 0; i < service->group_names.count; i++)
		wanted.groups[i] = table_string(b->table, names[i]);
	wanted.group_count = service->group_names.count;
}

static int become_harmless(void)
{
	static const struct kernel_cap_data none[2];

	for (int i = 0; i < FDS; i++) {
		if (child_fds[i] < 0)
			continue;
		child_fds[i] = fcntl(child_fds[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (child_fds[i] < 0)
			return -1;
	}
	for (int i = 0; i < FDS; i++)
		if (child_fds[i] >= 0 && dup3(child_fds[i], i, O_CLOEXEC) < 0)
			return -1;
	if (kernel_close_range(FDS, ~0U) < 0 || kernel_setgroups(0, NULL) < 0 ||
		kernel_setgid(NOBODY) < 0 || kernel_setuid(NOBODY) < 0 ||
		kernel_capset(none) < 0)
		return -1;
	return prctl(K_PR_SET_SECCOMP, K_SECCOMP_MODE_STRICT, 0, 0, 0);
}

typedef void take_line(struct account_found *found,
	const struct account_wanted *sought, char *line);

/* The line at hand; what of it is too long has no meaning for what is sought.
 */
static struct {
	char text[1024];
	size_t used;
} line;

static void end_line(take_line *take)
{
	line.text[line.used] = '\0';
	line.used = 0;
	take(&answer.found, &wanted, line.text);
}

static void add_bytes(const char *bytes, size_t count, take_line *take)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			end_line(take);
		else if (line.used < sizeof(line.text) - 1)
			line.text[line.used++] = bytes[i];
	}
}

/* 0, or an errno. */
static int read_lines(int fd, take_line *take)
{
	static char bytes[4096];
	size_t all = 0;
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0) {
		all += (size_t)got;
		if (all > FILE_MOST)
			return EFBIG;
		add_bytes(bytes, (size_t)got, take);
	}
	end_line(take);
	return got < 0 ? errno : 0;
}

static _Noreturn void child_run(void)
{
	static take_line *const takers[] = {
		[FD_USERS] = account_user, [FD_GROUPS] = account_group};
	char byte;

	file_close(&answers);
	if (read(child_fds[FD_ANSWER], &byte, 1) != 1 || become_harmless() < 0)
		kernel_exit(1);
	account_begin(&answer.found, &wanted);
	for (unsigned i = FD_USERS; i <= FD_GROUPS && !answer.error; i++) {
		answer.file = i;
		if (child_fds[i] >= 0)
			answer.error = read_lines((int)i, takers[i]);
	}
	account_end(&answer.found, &wanted);
	if (write(FD_ANSWER, &answer, sizeof(answer)) < 0)
		syscall(SYS_exit, 1);
	for (;;)
		syscall(SYS_exit, 0);
}

int account_fork(struct build *b)
{
	struct kernel_clone_args arguments = {
		.flags = K_CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	char path[32];
	int ends[2];

	if (b->root < 0)
		return 0;
	if (is_own(b, SPACE_USER))
		arguments.flags |= K_CLONE_NEWUSER;
	if (b->group >= 0) {
		arguments.flags |= K_CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)b->group;
	}
	set_wanted(b);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	answers = ends[0];
	child_fds[FD_ANSWER] = ends[1];
	child = kernel_clone3(&arguments);
	if (child == 0)
		child_run();
	for (int i = 0; i < FDS; i++)
		file_close(&child_fds[i]);
	if (child < 0 || !is_own(b, SPACE_USER))
		return child < 0 ? -1 : 0;
	text_compose(path, sizeof(path), "%u/ns/user", (unsigned)child);
	b->users = openat(b->host->proc, path, O_RDONLY | O_CLOEXEC);
	return b->users < 0 ? -1 : users_map_process(b, child);
}

/* What the child says is no more to be trusted than the files. */
static int check_answer(struct build *b)
{
	struct account_found *found = &answer.found;

	found->name[sizeof(found->name) - 1] = '\0';
	found->home[sizeof(found->home) - 1] = '\0';
	found->shell[sizeof(found->shell) - 1] = '\0';
	if (found->group_count != wanted.group_count) {
		errno = EPROTO;
		return -1;
	}
	b->object = files[answer.file == FD_GROUPS];
	errno = answer.error;
	if (errno)
		return -1;
	b->object = wanted.user;
	if (found->missing == 2)
		b->object = wanted.group;
	else if (found->missing > 2 && found->missing - 3 < wanted.group_count)
		b->object = wanted.groups[found->missing - 3];
	errno = found->missing ? ENOENT : 0;
	return errno ? -1 : 0;
}

static int check_id(struct build *b, uint32_t id)
{
	if (!is_own(b, SPACE_USER) || id + 1 < b->service->id_count ||
		id == NOBODY)
		return 0;
	text_compose(b->text, sizeof(b->text), "%s: id %u", wanted.user, id);
	b->object = b->text;
	errno = ERANGE;
	return -1;
}

static int check_ids(struct build *b)
{
	const struct account_found *found = &answer.found;

	for (uint32_t i = 0; i < found->group_count; i++)
		if (check_id(b, found->groups[i]) < 0)
			return -1;
	return check_id(b, found->uid) < 0 ? -1 : check_id(b, found->gid);
}

int account_take(struct build *b)
{
	ssize_t got;

	if (b->root < 0)
		return 0;
	if (write(answers, "", 1) != 1)
		return -1;
	got = read(answers, &answer, sizeof(answer));
	file_close(&answers);
	if (waitpid(child, NULL, 0) < 0)
		return -1;
	if (got != (ssize_t)sizeof(answer)) {
		errno = ECHILD;
		return -1;
	}
	if (check_answer(b) < 0 || check_ids(b) < 0)
		return -1;
	b->uid = answer.found.uid;
	b->gid = answer.found.gid;
	b->groups = answer.found.groups;
	b->account = &answer.found;
	return 0;
}
