/* Spares: of a service with `spare` the next compartment is made while it is
 * up, as far as the first instruction of its program, and waits for a byte from
 * init. A restart gives it a slot and that byte. It has a pipe for its report,
 * pids in a place behind those of the starts, and a group of its own; what init
 * does not want any more it kills, and forgets when nothing is left of it.
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So long a service is up before one is made, so that one that cannot be kept
 * up costs no more than it does without. */
#define SETTLED_MS 1000U
#define AGAIN_MS 50U /* until a group is found empty */

static struct spare *spare_of(const struct unit *unit)
{
	return &s.spares[unit - s.units];
}

static struct sandbox_pids *pids_of(const struct unit *unit)
{
	return &s.spare_pids[unit - s.units];
}

static void look_at(struct spare *spare, uint64_t in_ms)
{
	spare->due_ms = now_ms() + in_ms;
	if (!s.spares_ms || spare->due_ms < s.spares_ms)
		s.spares_ms = spare->due_ms;
}

void spare_want(const struct unit *unit)
{
	spare_of(unit)->wanted = true;
	look_at(spare_of(unit), SETTLED_MS);
}

void spares_begin(void)
{
	for (uint32_t i = 0; i < s.count; i++)
		if (service_of(&s.units[i])->has_spare &&
			state_of(&s.units[i]) == STATE_UP)
			spare_want(&s.units[i]);
}

/* --- making one ----------------------------------------------------------- */

/* What it needs of the machine is needed more by others, now. */
static bool is_busy(void)
{
	return s.spare_builds || s.slots_used || s.line_first != NONE ||
		s.fates.first != FATE_NONE || !s.announced || s.end ||
		reload_holds_starts();
}

static void close_end(int32_t *fd)
{
	if (*fd > 0)
		close(*fd);
	*fd = 0;
}

/* init's ends stay in *spare; the others come in fds. */
static int open_ends(
	const struct unit *unit, struct spare *spare, int fds[SANDBOX_FDS])
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	spare->report = pair[0];
	fds[SANDBOX_FD_REPORT] = pair[1];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	spare->go = pair[1];
	fds[SANDBOX_FD_GO] = pair[0];
	if (!service_has_news(service_of(unit)))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	spare->news = pair[0];
	fds[SANDBOX_FD_NEWS] = pair[1];
	return 0;
}

static int order(struct unit *unit, struct spare *spare, int fds[SANDBOX_FDS])
{
	struct sandbox_orders orders = {.order = SANDBOX_START,
		.service = index_of(unit),
		.generation = spare->generation};
	int error = open_ends(unit, spare, fds);

	if (error)
		return error;
	find_spaces(unit, &fds[SANDBOX_FD_ENTER]);
	fds[SANDBOX_FD_LOG] = unit->log;
	fds[SANDBOX_FD_BELL] = logs_follow(unit);
	error = loop_add(spare->report, EPOLLIN, LOOP_SPARE, orders.service);
	return error ? error : sandbox_send(s.orders, &orders, fds);
}

static void tell_failure(struct unit *unit, const char *why)
{
	tell(unit, "its spare: %s", why);
}

static COLD void make(struct unit *unit, struct spare *spare)
{
	int fds[SANDBOX_FDS];
	int error = need_spawner();

	no_fds(fds);
	spare->generation = ++s.generation;
	*pids_of(unit) = (struct sandbox_pids){0};
	if (!error)
		error = order(unit, spare, fds);
	for (unsigned i = SANDBOX_FD_REPORT; i <= SANDBOX_FD_GO; i++)
		if (i != SANDBOX_FD_LOG && i != SANDBOX_FD_BELL && fds[i] >= 0)
			close(fds[i]);
	if (!error) {
		spare->phase = SPARE_BUILDS;
		s.spare_builds = true;
		s.spare_count++;
		return;
	}
	loop_remove(spare->report);
	close_end(&spare->report);
	close_end(&spare->go);
	close_end(&spare->news);
	tell_failure(unit, strerror(-error));
}

/* --- the end of one ------------------------------------------------------- */

static bool is_alive_spare(const struct unit *unit)
{
	const struct sandbox_pids *pids = pids_of(unit);

	return pids->builder > 0 || pids->reaper > 0 || pids->service > 0;
}

/* Its report ends when no more of it can come. */
static void look_whether_gone(struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	if (spare->phase != SPARE_DROPPED || spare->report ||
		is_alive_spare(unit))
		return;
	if (sandbox_group_remove(s.setup.host->services, name_of(unit),
		    spare->generation) < 0) {
		look_at(spare, AGAIN_MS);
		return;
	}
	spare->phase = SPARE_NONE;
	s.spare_count--;
	if (spare->wanted && !spare->due_ms)
		look_at(spare, 0);
}

/* The kernel has much to do behind a group that is removed. */
bool spare_leaves_group(const struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	if (spare->phase != SPARE_WAITS || spare->left ||
		!sandbox_group_is_empty(s.setup.host->services, name_of(unit),
			unit->generation))
		return false;
	spare->left = unit->generation;
	s.spare_count++;
	look_at(spare, SETTLED_MS);
	return true;
}

static void remove_left(const struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	if (!spare->left)
		return;
	if (sandbox_group_remove(
		    s.setup.host->services, name_of(unit), spare->left) < 0) {
		look_at(spare, AGAIN_MS);
		return;
	}
	spare->left = 0;
	s.spare_count--;
}

static void kill_spare(const struct unit *unit)
{
	kill_pids(pids_of(unit));
	sandbox_group_kill(s.setup.host->services, name_of(unit),
		spare_of(unit)->generation);
}

static void begin_end(const struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	if (spare->phase == SPARE_BUILDS)
		s.spare_builds = false;
	spare->phase = SPARE_DROPPED;
	close_end(&spare->go);
	close_end(&spare->news);
	kill_spare(unit);
}

void spare_drop(const struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	spare->wanted = false;
	if (spare->left)
		look_at(spare, 0);
	if (spare->phase == SPARE_BUILDS || spare->phase == SPARE_WAITS)
		begin_end(unit);
}

void spares_drop(void)
{
	for (uint32_t i = 0; i < s.count && s.spare_count; i++)
		spare_drop(&s.units[i]);
}

bool spares_are_gone(void)
{
	return !s.spare_count;
}

/* The next start does without, and the one after it may have one again. */
static void fail(struct unit *unit, const char *why)
{
	enum spare_phase phase = (enum spare_phase)spare_of(unit)->phase;

	if (phase != SPARE_BUILDS && phase != SPARE_WAITS)
		return;
	tell_failure(unit, why);
	spare_drop(unit);
}

/* Its builder has something to do yet only where it looks for what is ready. */
static bool is_whole(const struct unit *unit)
{
	const struct sandbox_pids *pids = pids_of(unit);
	uint8_t ready = service_of(unit)->ready;
	bool probes = ready == READY_PATH || ready == READY_TCP;

	return (pids->builder > 0 || !probes) && pids->reaper > 0 &&
		pids->service > 0;
}

bool spare_ended(int32_t pid)
{
	enum role role;
	uint32_t i = 0;

	if (!s.spare_count)
		return false;
	while (i < s.count &&
		(!s.spares[i].phase ||
			!take_pid_of(&s.spare_pids[i], pid, &role)))
		i++;
	if (i == s.count)
		return false;
	if (s.spares[i].phase == SPARE_WAITS)
		supervise_spare(i);
	look_whether_gone(&s.units[i]);
	return true;
}

/* --- what it says --------------------------------------------------------- */

static void hear_end(struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	loop_remove(spare->report);
	close_end(&spare->report);
	fail(unit, "it was killed");
	kill_spare(unit);
	look_whether_gone(unit);
}

static void hear(struct unit *unit, const struct sandbox_report *report)
{
	struct spare *spare = spare_of(unit);

	if (report->news == SANDBOX_FAILED) {
		fail(unit, report->text);
	} else if (report->news == SANDBOX_WAITS &&
		spare->phase == SPARE_BUILDS) {
		s.spare_builds = false;
		spare->phase = SPARE_WAITS;
	}
}

/* One that has died may have said why: that is heard first. */
COLD void supervise_spare(uint32_t service)
{
	const struct spare *spare = &s.spares[service];
	struct unit *unit = &s.units[service];
	struct sandbox_report report;
	ssize_t count = -1;

	while (spare->report > 0 &&
		(count = read(spare->report, &report, sizeof(report))) ==
			(ssize_t)sizeof(report)) {
		report.text[sizeof(report.text) - 1] = '\0';
		hear(unit, &report);
	}
	if (count == 0)
		hear_end(unit);
	else if (spare->phase == SPARE_WAITS && !is_whole(unit))
		fail(unit, "it was killed");
}

/* --- its start ------------------------------------------------------------ */

/* One that does not even take the byte has ended, which is not known yet. */
bool spare_take(struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	if (spare->phase != SPARE_WAITS)
		return false;
	if (write(spare->go, "\0", 2) != 2) {
		fail(unit, "it was killed");
		return false;
	}
	unit->generation = spare->generation;
	start_made(unit, spare->report, pids_of(unit));
	if (spare->news)
		news_take(unit, spare->news);
	logs_follow(unit);
	spare->report = spare->news = 0;
	close_end(&spare->go);
	spare->phase = SPARE_NONE;
	s.spare_count--;
	return true;
}

/* --- in its time ---------------------------------------------------------- */

static COLD void look_after(struct unit *unit)
{
	struct spare *spare = spare_of(unit);

	spare->due_ms = 0;
	remove_left(unit);
	look_whether_gone(unit);
	if (spare->phase != SPARE_NONE || !spare->wanted)
		return;
	if (is_busy() && state_of(unit) == STATE_UP) {
		look_at(spare, 0);
		s.spares_held = true;
		return;
	}
	spare->wanted = false;
	if (state_of(unit) == STATE_UP)
		make(unit, spare);
}

/* Whatever it is that others do, its end wakes init. */
void spares_turn(void)
{
	uint64_t next = 0;
	uint64_t now;

	if (!s.spares_ms && !s.spares_held)
		return;
	now = now_ms();
	if (s.spares_held && !is_busy())
		s.spares_ms = now;
	if (!s.spares_ms || now < s.spares_ms)
		return;
	s.spares_held = false;
	for (uint32_t i = 0; i < s.count; i++) {
		struct spare *spare = &s.spares[i];

		if (spare->due_ms && spare->due_ms <= now)
			look_after(&s.units[i]);
		if (spare->due_ms > now && (!next || spare->due_ms < next))
			next = spare->due_ms;
	}
	s.spares_ms = next;
}

int spares_next_ms(void)
{
	uint64_t now;

	if (!s.spares_ms)
		return -1;
	now = now_ms();
	return s.spares_ms > now ? (int)(s.spares_ms - now) : 0;
}

/* The byte that they wait for cannot come any more, and what is still to be
 * made of them ends by that. */
void spares_resume(void)
{
	spares_begin();
	for (uint32_t i = 0; i < s.count; i++) {
		struct unit *unit = &s.units[i];
		struct spare *spare = &s.spares[i];

		if (spare->left) {
			s.spare_count++;
			look_at(spare, AGAIN_MS);
		}
		if (!spare->phase)
			continue;
		s.spare_count++;
		begin_end(unit);
		if (spare->report > 0)
			loop_add(spare->report, EPOLLIN, LOOP_SPARE, i);
		else
			spare->report = 0;
		look_at(spare, AGAIN_MS);
	}
}
