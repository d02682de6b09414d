/* Starts at work: orders to the spawner. Each has a slot, with the pipe on
 * which its builder reports and a place in a page shared with it, where the
 * kernel writes the pids of what is made. A milestone is a task of its own.
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
#define SPAWNER_MS 1000U /* between two of them */

/* Namespaces that can be joined, in the order of unit.kept. */
static const struct {
	enum space space;
	char path[8]; /* below the folder of a process in /proc */
} joinable[KEPT] = {
	{SPACE_NET, "ns/net"}, {SPACE_IPC, "ns/ipc"}, {SPACE_UTS, "ns/uts"}};

bool slot_is_free(void)
{
	return s.slots_used < SLOTS && !reload_holds_starts();
}

static struct slot *take_slot(struct unit *unit, int report, bool is_task)
{
	uint32_t i = 0;

	while (s.slots[i].unit != NONE)
		i++;
	s.slots[i] = (struct slot){
		.unit = index_of(unit), .report = report, .is_task = is_task};
	s.pids[i] = (struct sandbox_pids){0};
	s.slots_used++;
	unit->slot = i;
	return &s.slots[i];
}

void free_slot(struct slot *slot)
{
	loop_remove(slot->report);
	close(slot->report);
	slot->report = -1;
	s.units[slot->unit].slot = NONE;
	slot->unit = NONE;
	s.slots_used--;
}

static void adopt(struct unit *unit, enum role role, int32_t pid)
{
	if (unit->pids[role] == pid)
		return; /* by an init that crashed then */
	if (unit->pids[role] > 0)
		pid_take(unit->pids[role], &role);
	unit->pids[role] = pid;
	if (pid > 0)
		pid_put(unit, role);
}

static int own_kept(const struct unit *unit, enum space space)
{
	for (unsigned i = 0; i < KEPT; i++)
		if (joinable[i].space == space)
			return unit->kept[i];
	return -1;
}

/* Its own namespaces that were kept for those who join, and those of others
 * that it joins. */
void find_spaces(const struct unit *unit, int enter[SPACES])
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

/* One that has ended is replaced when it is wanted, but not all the time. */
int need_spawner(void)
{
	uint64_t now = now_ms();

	if (s.spawner)
		return 0;
	if (now < s.spawner_ms)
		return -EAGAIN;
	s.spawner_ms = now + SPAWNER_MS;
	s.spawner = sandbox_open(s.setup.host, &s.orders);
	if (s.spawner > 0)
		return 0;
	s.spawner = 0;
	return -EAGAIN;
}

void spawner_ended(void)
{
	close(s.orders);
	s.spawner = 0;
	if (!s.is_over)
		say("bulkhead: " SANDBOX_PROGRAM
		    " has ended; it is executed again when "
		    "a service starts");
}

/* Gives orders for a start, whose report comes by `pipe`: both ends are taken.
 * 0, or -errno with nothing begun. */
static int order(struct unit *unit, struct sandbox_orders *orders, int *fds,
	const int pipe[2])
{
	bool is_task = orders->order == SANDBOX_MILESTONE;
	struct slot *slot = take_slot(unit, pipe[0], is_task);
	int error = loop_add(pipe[0], EPOLLIN, LOOP_REPORT, unit->slot);

	orders->service = index_of(unit);
	orders->place = unit->slot;
	fds[SANDBOX_FD_REPORT] = pipe[1];
	if (!error)
		error = sandbox_send(s.orders, orders, fds);
	close(pipe[1]);
	if (error)
		free_slot(slot);
	return error;
}

void no_fds(int fds[SANDBOX_FDS])
{
	for (unsigned i = 0; i < SANDBOX_FDS; i++)
		fds[i] = -1;
}

/* What is made for this start alone, and goes with its orders. */
static int open_fds(struct unit *unit, int fds[SANDBOX_FDS])
{
	int error = 0;

	no_fds(fds);
	find_spaces(unit, &fds[SANDBOX_FD_ENTER]);
	if (service_has_news(service_of(unit)))
		error = news_open(unit, &fds[SANDBOX_FD_NEWS]);
	return error ? error : keeper_give(unit, &fds[SANDBOX_FD_KEEPER]);
}

static void close_fds(const int fds[SANDBOX_FDS])
{
	if (fds[SANDBOX_FD_NEWS] >= 0)
		close(fds[SANDBOX_FD_NEWS]);
	if (fds[SANDBOX_FD_KEEPER] >= 0)
		close(fds[SANDBOX_FD_KEEPER]);
}

static int build(struct unit *unit)
{
	struct sandbox_orders orders = {
		.order = SANDBOX_START, .generation = ++s.generation};
	int fds[SANDBOX_FDS];
	int pipe[2];
	int error = make_log(unit);

	if (error)
		return error;
	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	error = open_fds(unit, fds);
	if (error) {
		close(pipe[0]);
		close(pipe[1]);
	} else {
		fds[SANDBOX_FD_LOG] = unit->log;
		fds[SANDBOX_FD_BELL] = logs_follow(unit);
		unit->generation = orders.generation;
		error = order(unit, &orders, fds, pipe);
	}
	close_fds(fds);
	return error;
}

static int run_milestone(struct unit *unit)
{
	struct sandbox_orders orders = {.order = SANDBOX_MILESTONE,
		.milestone = service_of(unit)->milestone,
		.generation = was_executed(unit)};
	int fds[SANDBOX_FDS];
	int pair[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	no_fds(fds);
	error = order(unit, &orders, fds, pair);
	fate_of(unit)->executed = !error;
	fate_of(unit)->executed_ms = now_ms();
	if (!error)
		remember_executed(unit);
	return error;
}

/* In the loop it is watched already. */
void start_made(struct unit *unit, int report, struct sandbox_pids *pids)
{
	struct slot *slot = take_slot(unit, report, false);

	s.pids[slot - s.slots] = *pids;
	*pids = (struct sandbox_pids){0};
	loop_change(report, EPOLLIN, LOOP_REPORT, unit->slot);
}

int start(struct unit *unit)
{
	bool is_task = service_of(unit)->milestone != MILESTONE_NONE;
	int error;

	if (spare_take(unit))
		return 0;
	error = need_spawner();
	if (!error)
		error = is_task ? run_milestone(unit) : build(unit);
	if (error)
		note(unit, "start: %s; %s", strerror(-error),
			sandbox_error_hint(-error));
	return error;
}

/* Its pid comes to its place in s.watchers. */
void watch(struct unit *unit)
{
	struct sandbox_orders orders = {.order = SANDBOX_WATCH,
		.service = index_of(unit),
		.reaper = unit->pids[ROLE_REAPER],
		.generation = unit->generation};
	int error = need_spawner();

	unit->watched_ms = now_ms();
	if (!error)
		error = sandbox_send(s.orders, &orders, NULL);
	if (!error)
		return;
	tell(unit, "its devices cannot be watched: %s", strerror(-error));
	deliver(unit, EVENT_KILL);
}

/* Takes a pid that the kernel wrote for a process that is gone: it may be
 * another's soon. GONE stands for it. */
static bool take_written(int32_t *written, int32_t pid, int32_t left)
{
	if (*written != pid)
		return false;
	*written = left;
	return true;
}

bool take_pid_of(struct sandbox_pids *pids, int32_t pid, enum role *role)
{
	*role = ROLE_BUILDER;
	if (take_written(&pids->builder, pid, GONE))
		return true;
	*role = ROLE_REAPER;
	if (take_written(&pids->reaper, pid, GONE))
		return true;
	*role = ROLE_PROGRAM;
	if (take_written(&pids->service, pid, GONE))
		return true;
	*role = ROLE_FORWARDER;
	if (take_written(&pids->forwarder, pid, GONE))
		return true;
	*role = ROLE_CHECKER;
	return take_written(&pids->checker, pid, GONE);
}

uint32_t slot_take(int32_t pid, enum role *role)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (s.slots[i].unit != NONE &&
			take_pid_of(&s.pids[i], pid, role))
			return s.slots[i].unit;
	*role = ROLE_WATCHER;
	for (uint32_t i = 0; i < s.count; i++)
		if (take_written(&s.watchers[i], pid, 0))
			return i;
	return NONE;
}

void kill_pids(const struct sandbox_pids *pids)
{
	const int32_t all[] = {pids->builder, pids->service, pids->reaper,
		pids->forwarder, pids->checker};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] > 0)
			kill(all[i], SIGKILL);
}

void slot_kill(const struct unit *unit)
{
	kill_pids(&s.pids[unit->slot]);
}

void tell_checker(const struct unit *unit, int signal)
{
	int32_t pid = unit->slot == NONE ? unit->pids[ROLE_CHECKER]
					 : s.pids[unit->slot].checker;

	if (pid > 0)
		kill(pid, signal);
}

/* The first start makes the namespaces that others join; init keeps them, as
 * long as the table has anybody who does. */
void keep_spaces(struct unit *unit, int32_t reaper)
{
	unsigned kept = service_of(unit)->kept_spaces;
	char path[40];

	for (unsigned i = 0; i < KEPT; i++) {
		bool joins = kept & SPACE_BIT(joinable[i].space);

		if (!joins && unit->kept[i] >= 0) {
			close(unit->kept[i]);
			unit->kept[i] = -1;
		}
		if (!joins || unit->kept[i] >= 0)
			continue;
		text_compose(path, sizeof(path), "%u/%s", (unsigned)reaper,
			joinable[i].path);
		unit->kept[i] =
			openat(s.setup.host->proc, path, O_RDONLY | O_CLOEXEC);
	}
}

static void take_record(struct slot *slot, struct unit *unit,
	const struct sandbox_report *record)
{
	if (record->news == SANDBOX_INSIDE) {
		keep_spaces(unit, s.pids[slot - s.slots].reaper);
	} else if (record->news == SANDBOX_LEFT_OUT) {
		say("%s: %s: not on this machine; left out", name_of(unit),
			record->text);
	} else if (!slot->error) {
		slot->error = record->error ? record->error : EIO;
		note(unit, "%s", record->text);
	}
}

static void adopt_all(struct unit *unit, const struct sandbox_pids *pids)
{
	if (pids->builder > 0)
		adopt(unit, ROLE_BUILDER, pids->builder);
	if (pids->reaper > 0)
		adopt(unit, ROLE_REAPER, pids->reaper);
	if (pids->service > 0)
		adopt(unit, ROLE_PROGRAM, pids->service);
	if (pids->forwarder > 0)
		adopt(unit, ROLE_FORWARDER, pids->forwarder);
	if (pids->checker > 0)
		adopt(unit, ROLE_CHECKER, pids->checker);
}

/* Why there is no program, though no step has failed. */
static int explain_nothing(struct unit *unit, const struct sandbox_pids *pids)
{
	if (state_of(unit) == STATE_STARTING)
		note(unit, "start: its builder %s; is memory short?",
			pids->builder ? "was killed" : "could not be made");
	return pids->builder ? ECHILD : EAGAIN;
}

/* The end of the pipe: builder, reaper and program have let go of it. What the
 * kernel wrote of their pids counts from now on. */
static void finish(struct slot *slot, struct unit *unit)
{
	const struct sandbox_pids *pids = &s.pids[slot - s.slots];
	int error = slot->error;

	adopt_all(unit, pids);
	if (!error && !pids->service)
		error = explain_nothing(unit, pids);
	/* without its helpers a service is cut off */
	if (pids->reaper == GONE || pids->forwarder == GONE ||
		pids->checker == GONE)
		deliver(unit, EVENT_KILL);
	intend(unit, error ? EVENT_ENDED : EVENT_EXECUTED);
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
		record.text[sizeof(record.text) - 1] = '\0';
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
		if (s.spawner && sandbox_know(s.orders, s.setup.host) < 0)
			kill(s.spawner, SIGKILL);
	} else {
		close(fd);
	}
}

/* Its process has ended, or could not be made. */
static void finish_task(struct slot *slot, struct unit *unit)
{
	const struct sandbox_pids *pids = &s.pids[slot - s.slots];
	bool is_made = pids->service != 0;

	adopt_all(unit, pids);
	free_slot(slot);
	if (!is_made)
		start_is_over(unit, explain_nothing(unit, pids));
	check_gone(unit);
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
			finish_task(slot, unit);
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

/* One of another build may not know these orders: it ends with its socket. */
void start_resume(bool same)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &s.slots[i];

		if (slot->unit >= s.count || slot->report < 0) {
			slot->unit = NONE;
			continue;
		}
		s.slots_used++;
		s.units[slot->unit].slot = i;
		loop_add(slot->report, EPOLLIN, LOOP_REPORT, i);
	}
	if (same || !s.spawner)
		return;
	close(s.orders);
	s.spawner = 0;
}
