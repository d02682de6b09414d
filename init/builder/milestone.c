/* The milestones: host name and mounts, modules and sysctls, devices, network.
 * supervise/ says what it is told by them.
 */
#include "builder/milestone.h"

#include "base/file.h"
#include "base/mount.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SAFE (MS_NOSUID | MS_NODEV)

static const struct mount_plan mounts[] = {
	{"devpts", "/dev/pts", "mode=0620,gid=5,ptmxmode=0666",
		"CONFIG_UNIX98_PTYS", MS_NOSUID | MS_NOEXEC},
	{"tmpfs", "/dev/shm", "mode=1777", "CONFIG_TMPFS", SAFE},
	{"mqueue", "/dev/mqueue", "", "CONFIG_POSIX_MQUEUE", SAFE | MS_NOEXEC},
};

/* Nothing can be done about an init that does not listen. */
static void send_line(const struct milestone_task *task, const char *format,
	va_list arguments)
{
	char line[SANDBOX_TOLD_MAX + 1];
	size_t length =
		text_compose_list(line, sizeof(line), format, arguments);

	send(task->report, line, length, MSG_NOSIGNAL);
}

void milestone_tell(const struct milestone_task *task, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	send_line(task, format, arguments);
	va_end(arguments);
}

void milestone_fail(struct milestone_task *task, const char *format, ...)
{
	va_list arguments;

	task->result = 1;
	va_start(arguments, format);
	send_line(task, format, arguments);
	va_end(arguments);
}

/* Not on this machine, rather than wrong. */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENODEV || error == ENXIO ||
		error == EOPNOTSUPP;
}

void milestone_fault(struct milestone_task *task, const struct setting *setting,
	const struct milestone_fault *fault)
{
	bool left_out = setting->optional && is_missing(fault->error);
	const char *why = fault->why ? fault->why : strerror(fault->error);

	if (!left_out)
		task->result = 1;
	milestone_tell(task, "%s:%u: %s: %s: %s%s%s; %s",
		table_string(task->table, setting->file), setting->line,
		fault->kind, table_string(task->table, setting->name),
		fault->object, *fault->object ? ": " : "", why,
		left_out ? "left out" : fault->remedy);
}

/* As the kernel names a machine, until somebody does: uname(2) */
static bool is_nameless(void)
{
	struct utsname names;

	return uname(&names) == 0 && strcmp(names.nodename, "(none)") == 0;
}

static void set_hostname(struct milestone_task *task)
{
	table_at at = task->table->system.hostname;
	const char *name = table_string(task->table, at);

	if (!at && is_nameless())
		name = "localhost";
	else if (!at)
		return;
	if (sethostname(name, strlen(name)) < 0)
		milestone_fail(task,
			"mounts: hostname %s: %s; at most 64 bytes", name,
			strerror(errno));
}

/* One byte of data, since a packet without any is the end of the socket. */
static int send_fd(int report, int fd)
{
	char none = '\0';
	struct iovec data = {&none, 1};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {{0}};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(report, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* The template's own /proc knows nobody, hence the host's, opened before. */
static int hand_over(struct milestone_task *task, const char **what)
{
	SCOPED_FD proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = template_make(what);
	SCOPED_FD fd = -1;

	if (error)
		return error;
	*what = "hand it over";
	fd = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return fd < 0 || send_fd(task->report, fd) < 0 ? -errno : 0;
}

/* The template comes last: it leaves the host's mounts behind. */
static void make_mounts(struct milestone_task *task)
{
	const char *what = "";
	int error;

	set_hostname(task);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++)
		if (mount_make(&mounts[i]) < 0)
			milestone_fail(task,
				"mounts: mount %s: %s; the kernel needs %s",
				mounts[i].path, strerror(errno),
				mounts[i].needs);
	disks_mount(task);
	stamps_read(task);
	error = hand_over(task, &what);
	if (error)
		milestone_fail(task,
			"mounts: root template: %s: %s; no service with "
			"isolation can start",
			what, strerror(-error));
}

int milestone_run(const struct table *table, enum milestone milestone,
	int report, int64_t *stamps, bool again) /* NOLINT: they are written */
{
	struct milestone_task task = {table, report, stamps, again, 0};

	switch (milestone) {
	case MILESTONE_MOUNTS:
		make_mounts(&task);
		break;
	case MILESTONE_MODULES:
		modules_load(&task);
		settings_write(&task);
		break;
	case MILESTONE_NETWORK:
		network_set(&task);
		break;
	case MILESTONE_DEVICES: /* devtmpfs has them */
	case MILESTONE_NONE:
	case MILESTONES:
		break;
	}
	return task.result;
}
