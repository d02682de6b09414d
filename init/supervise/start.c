/* Starts at work: each has a slot, with the pipe on which its builder reports
 * and a place in a page shared with it, where the kernel writes the pids of
 * what it makes. A milestone is a task of the builder's program.
 */
#include "supervise/unit.h"

#include "base/kernel.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/text.h"
#include "log/journal.h"
#include "log/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define REPORTS_A_TURN 8U
#define GONE (-1) /* a child that was made, and has ended */

/* Namespaces that can be joined, in the order of unit.kept. */
static const struct {
	enum space space;
	const char *path; /* below the folder of a process in /proc */
} joinable[KEPT] = {
	{SPACE_NET, "ns/net"}, {SPACE_IPC, "ns/ipc"}, {SPACE_UTS, "ns/uts"}};

static uint32_t index_of(const struct unit *unit)
{
	return (uint32_t)(unit - s.units);
}

bool slot_is_free(void)
{
	return s.slots_used < SLOTS;
}

static struct slot *take_slot(struct unit *unit, int report, bool is_task)
{
	uint32_t i = 0;

	while (s.slots[i].unit != NONE)
		i++;
	s.slots[i] = (struct slot){
		.unit = index_of(unit), .report = report, .is_task = is_task};
	s.pids[i] = (struct sandbox_pids){0, 0, 0};
	s.slots_used++;
	unit->slot = i;
	return &s.slots[i];
}

void free_slot(struct slot *slot)
{
	loop_remove(slot->report);
	close(slot->report);
	s.units[slot->unit].slot = NONE;
	slot->unit = NONE;
	s.slots_used--;
}

static void adopt(struct unit *unit, enum role role, int32_t pid)
{
	unit->pids[role] = pid;
	if (pid > 0)
		pid_put(pid, index_of(unit));
}

static int own_kept(const struct unit *unit, enum space space)
{
	for (unsigned i = 0; i < KEPT; i++)
		if (joinable[i].space == space)
			return unit->kept[i];
	return -1;
}

/* What it enters instead of making it: its own namespaces that were kept for
 * those who join, and those of others that it joins. */
static void find_spaces(const struct unit *unit, int enter[SPACES])
{
	const struct service *service = service_of(unit);
	const struct joined *joins = table_pointer(s.table, service->join.at);

	for (unsigned i = 0; i < SPACES; i++)
		enter[i] = own_kept(unit, (enum space)i);
	for (uint32_t i = 0; i < service->join.count; i++)
		enter[joins[i].space] = own_kept(
			&s.units[joins[i].service], (enum space)joins[i].space);
}

static int make_log(struct unit *unit)
{
	if (unit->log < 0)
		unit->log =
			ring_make(name_of(unit), service_of(unit)->log_bytes);
	return unit->log < 0 ? unit->log : 0;
}

/* 0, or -errno with nothing begun. */
static int build(struct unit *unit)
{
	struct sandbox_start request = {.table = s.table,
		.service = index_of(unit),
		.generation = ++s.generation};
	int pipe[2];
	int error = make_log(unit);
	pid_t pid;

	if (error)
		return error;
	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	take_slot(unit, pipe[0], false);
	find_spaces(unit, request.enter);
	request.log = unit->log;
	request.report = pipe[1];
	request.pids = &s.pids[unit->slot];
	request.places = s.pids_fd;
	request.place = unit->slot;
	unit->generation = request.generation;
	error = loop_add(pipe[0], EPOLLIN, LOOP_REPORT, unit->slot);
	pid = error ? error : sandbox_start(s.setup.host, &request);
	close(pipe[1]);
	if (pid < 0)
		free_slot(&s.slots[unit->slot]);
	else
		adopt(unit, ROLE_BUILDER, pid);
	return pid < 0 ? pid : 0;
}

static _Noreturn void run_task(const struct unit *unit, int report)
{
	struct sandbox_orders orders = {
		.milestone = service_of(unit)->milestone,
		.host = *s.setup.host,
		.places = -1,
		.log = -1,
		.report = report};
	char line[SANDBOX_TOLD_MAX + 1];
	sigset_t none;
	size_t length;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (unsigned i = 0; i < SPACES; i++)
		orders.enter[i] = -1;
	sandbox_execute(&orders);
	length = text_compose(line, sizeof(line), "%s: " SANDBOX_PROGRAM ": %s",
		name_of(unit), strerror(errno));
	send(report, line, length, MSG_NOSIGNAL);
	kernel_exit(1);
}

static int run_milestone(struct unit *unit)
{
	int pair[2];
	int error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	take_slot(unit, pair[0], true);
	error = loop_add(pair[0], EPOLLIN, LOOP_REPORT, unit->slot);
	pid = error ? error : process_fork(s.setup.host->builders);
	if (pid == 0) {
		close(pair[0]);
		run_task(unit, pair[1]);
	}
	close(pair[1]);
	if (pid < 0)
		free_slot(&s.slots[unit->slot]);
	else
		adopt(unit, ROLE_PROGRAM, pid);
	unit->executed = pid > 0;
	unit->executed_ms = now_ms();
	return pid < 0 ? pid : 0;
}

void start(struct unit *unit)
{
	bool is_task = service_of(unit)->milestone != MILESTONE_NONE;
	int error = is_task ? run_milestone(unit) : build(unit);

	if (!error)
		return;
	note(unit, "start: %s; %s", strerror(-error),
		sandbox_step_hint(SANDBOX_INSIDE, -error));
	unit->code = -error;
	look_later(unit);
}

void watch(struct unit *unit)
{
	const struct sandbox_watched watched = {.table = s.table,
		.service = index_of(unit),
		.reaper = unit->pids[ROLE_REAPER],
		.generation = unit->generation};
	pid_t pid = sandbox_watch(s.setup.host, &watched);

	unit->watched_ms = now_ms();
	if (pid > 0) {
		adopt(unit, ROLE_WATCHER, pid);
		return;
	}
	tell(unit, "its devices cannot be watched: %s", strerror(-pid));
	kill_all(unit);
}

/* A pid that is gone may be another's soon: GONE stands for it. */
uint32_t slot_take(int32_t pid, enum role *role)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (s.slots[i].unit == NONE)
			continue;
		if (s.pids[i].reaper == pid) {
			s.pids[i].reaper = GONE;
			*role = ROLE_REAPER;
			return s.slots[i].unit;
		}
		if (s.pids[i].service == pid) {
			s.pids[i].service = GONE;
			*role = ROLE_PROGRAM;
			return s.slots[i].unit;
		}
		if (s.pids[i].forwarder == pid) {
			s.pids[i].forwarder = GONE;
			*role = ROLE_FORWARDER;
			return s.slots[i].unit;
		}
	}
	return NONE;
}

/* The first start makes the namespaces that others join; init keeps them. */
static void keep_spaces(struct unit *unit, const struct sandbox_pids *pids)
{
	unsigned kept = service_of(unit)->kept_spaces;
	char path[40];

	for (unsigned i = 0; i < KEPT; i++) {
		if (!(kept & SPACE_BIT(joinable[i].space)) ||
			unit->kept[i] >= 0)
			continue;
		text_compose(path, sizeof(path), "%u/%s",
			(unsigned)pids->reaper, joinable[i].path);
		unit->kept[i] =
			openat(s.setup.host->proc, path, O_RDONLY | O_CLOEXEC);
	}
}

static void take_record(struct slot *slot, struct unit *unit,
	const struct sandbox_report *record)
{
	uint32_t step = record->step & ~SANDBOX_LEFT_OUT;
	const char *hint;

	if (record->step == SANDBOX_INSIDE) {
		keep_spaces(unit, &s.pids[slot - s.slots]);
		return;
	}
	if (record->step & SANDBOX_LEFT_OUT) {
		say("%s: %.120s: not on this machine; left out", name_of(unit),
			record->object);
		return;
	}
	if (slot->error)
		return;
	slot->error = record->error ? record->error : EIO;
	hint = sandbox_step_hint(step, record->error);
	note(unit, "%s%s%.120s: %s%s%s", sandbox_step_text(step),
		*record->object ? " " : "", record->object,
		strerror(record->error), *hint ? "; " : "", hint);
}

/* The end of the pipe: builder, reaper and program have let go of it. What the
 * kernel wrote of their pids counts from now on. */
static void finish(struct slot *slot, struct unit *unit)
{
	const struct sandbox_pids *pids = &s.pids[slot - s.slots];
	int error = slot->error;

	if (pids->reaper > 0)
		adopt(unit, ROLE_REAPER, pids->reaper);
	if (pids->service > 0)
		adopt(unit, ROLE_PROGRAM, pids->service);
	if (pids->forwarder > 0)
		adopt(unit, ROLE_FORWARDER, pids->forwarder);
	if (!error && !pids->service) {
		error = ECHILD;
		if (unit->state == STATE_STARTING)
			note(unit,
				"start: its builder was killed; is memory "
				"short?");
	}
	/* without its helpers a service is cut off */
	if (pids->reaper == GONE || pids->forwarder == GONE)
		kill_all(unit);
	free_slot(slot);
	start_is_over(unit, error);
}

static void read_records(struct slot *slot, struct unit *unit)
{
	struct sandbox_report record;

	for (unsigned i = 0; i < REPORTS_A_TURN; i++) {
		ssize_t count = read(slot->report, &record, sizeof(record));

		if (count == 0) {
			finish(slot, unit);
			return;
		}
		if (count != (ssize_t)sizeof(record))
			return;
		record.object[sizeof(record.object) - 1] = '\0';
		take_record(slot, unit, &record);
	}
}

/* The descriptor that came with a packet, or -1. */
static int take_fd(struct msghdr *message)
{
	const struct cmsghdr *part = CMSG_FIRSTHDR(message);
	int fd;

	if (!part || part->cmsg_type != SCM_RIGHTS ||
		part->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

static void take_packet(struct unit *unit, const char *text, int fd)
{
	if (fd < 0) {
		note(unit, "%s", text);
		say("%s", text);
	} else if (s.setup.host->template <0) {
		s.setup.host->template = fd;
	} else {
		close(fd);
	}
}

static void read_packets(struct slot *slot, struct unit *unit)
{
	char text[SANDBOX_TOLD_MAX + 1];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];

	for (unsigned i = 0; i < REPORTS_A_TURN; i++) {
		struct iovec part = {text, sizeof(text) - 1};
		struct msghdr message = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};
		ssize_t count = recvmsg(slot->report, &message,
			MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (count < 0 && errno == EAGAIN)
			return;
		if (count <= 0) {
			free_slot(slot);
			look_later(unit);
			return;
		}
		text[count] = '\0';
		take_packet(unit, text, take_fd(&message));
	}
}

void supervise_report(uint32_t index)
{
	struct slot *slot = &s.slots[index];

	if (index >= SLOTS || slot->unit == NONE)
		return;
	if (slot->is_task)
		read_packets(slot, &s.units[slot->unit]);
	else
		read_records(slot, &s.units[slot->unit]);
}
