/* Conditions of `when`, and `reload-on`: init has a process watch the host,
 * takes what that says as records of numbers, and starts it again when it ends.
 * Until the first word of it no condition holds; while there is none, what it
 * said last counts. Conditions on services are known here.
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/text.h"
#include "log/journal.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN_MS 1000U /* between two of them */
#define PACKETS_A_TURN 16U

static struct watcher {
	bool wanted; /* something is asked of the host */
	int socket; /* -1: there is no process */
	uint64_t again_ms;
	uint64_t started_ms;
} watcher = {.socket = -1};

static const struct condition *conditions_of(const struct unit *unit)
{
	return table_pointer(s.table, service_of(unit)->when.at);
}

static const char *text_at(const struct unit *unit, uint32_t place)
{
	return table_string(s.table, conditions_of(unit)[place].text);
}

/* --- truths --------------------------------------------------------------- */

/* It is to stop for want of a condition. */
static void tell_lost(struct unit *unit, uint32_t place)
{
	const uint8_t stops = FATE_LOST_STOP | FATE_LOST_RESTART;

	if (is_running(unit) && fate_of(unit)->traits & stops)
		tell(unit, "'%s' of its 'when' holds no more: it is stopped",
			text_at(unit, place));
}

/* Told by whatever knows; may be called while something is delivered, since
 * all that these events do is to have the unit looked at. */
static void set(struct unit *unit, uint32_t place, bool holds)
{
	uint16_t bit = (uint16_t)(1U << place);

	if (holds == ((unit->holds & bit) != 0))
		return;
	unit->holds ^= bit;
	if (!holds)
		tell_lost(unit, place);
	(void)!fate_event(&s.fates, index_of(unit),
		holds ? EVENT_CONDITION_UP : EVENT_CONDITION_DOWN, now_ms());
}

void conditions_note(const struct unit *changed)
{
	bool holds = state_is_up(state_of(changed));

	for (uint32_t i = 0; changed->is_asked_for && i < s.count; i++) {
		struct unit *unit = &s.units[i];
		const struct condition *all = conditions_of(unit);

		for (uint32_t k = 0; k < service_of(unit)->when.count; k++)
			if (all[k].kind == CONDITION_SERVICE &&
				all[k].service == index_of(changed))
				set(unit, k, holds);
	}
}

size_t conditions_text(const struct unit *unit, char *to, size_t size)
{
	size_t used = 0;

	*to = '\0';
	for (uint32_t i = 0; i < service_of(unit)->when.count; i++)
		if (!(unit->holds >> i & 1))
			used += text_compose(to + used, size - used, "%s'%s'",
				used ? ", " : "", text_at(unit, i));
	return used;
}

uint32_t conditions_service(const struct unit *unit)
{
	const struct condition *all = conditions_of(unit);

	for (uint32_t i = 0; state_of(unit) == STATE_HELD &&
		i < service_of(unit)->when.count;
		i++)
		if (all[i].kind == CONDITION_SERVICE && !(unit->holds >> i & 1))
			return all[i].service;
	return NONE;
}

static void take_when(struct unit *unit, const struct sandbox_truth *truth)
{
	if (truth->place >= service_of(unit)->when.count ||
		conditions_of(unit)[truth->place].kind == CONDITION_SERVICE)
		return;
	if (truth->error)
		tell(unit, "'%s' of its 'when' cannot be known: %s",
			text_at(unit, truth->place), strerror(truth->error));
	set(unit, truth->place, truth->value && !truth->error);
}

/* What it was like when it was first looked at, its service has read. */
static void take_change(struct unit *unit, uint32_t sum)
{
	bool is_new = unit->sum && unit->sum != sum;

	unit->sum = sum;
	if (is_new)
		deliver(unit, EVENT_RELOAD);
}

static void take(const struct sandbox_truth *truth)
{
	if (truth->service >= s.count)
		return;
	if (truth->matter == SANDBOX_WHEN)
		take_when(&s.units[truth->service], truth);
	else
		take_change(&s.units[truth->service], truth->value);
}

/* --- the process ---------------------------------------------------------- */

static bool is_asked(const struct condition *condition)
{
	return condition->kind != CONDITION_SERVICE;
}

static void close_watcher(void)
{
	if (watcher.socket < 0)
		return;
	loop_remove(watcher.socket);
	close(watcher.socket);
	watcher.socket = -1;
}

/* What the table asks for. */
static void read_table(void)
{
	watcher.wanted = false;
	for (uint32_t i = 0; i < s.count; i++)
		s.units[i].is_asked_for = false;
	for (uint32_t i = 0; i < s.count; i++) {
		const struct unit *unit = &s.units[i];
		const struct condition *all = conditions_of(unit);

		watcher.wanted |= service_of(unit)->reload_on.count != 0;
		for (uint32_t k = 0; k < service_of(unit)->when.count; k++) {
			watcher.wanted |= is_asked(&all[k]);
			if (!is_asked(&all[k]))
				s.units[all[k].service].is_asked_for = true;
		}
	}
	for (uint32_t i = 0; i < s.count; i++)
		conditions_note(&s.units[i]);
}

/* A watcher of another table ends with its socket. */
void conditions_begin(void)
{
	close_watcher();
	watcher.again_ms = 0;
	read_table();
}

static int send_orders(int socket)
{
	struct sandbox_orders orders = {.order = SANDBOX_CONDITIONS};
	int fds[SANDBOX_FDS];

	for (unsigned i = 0; i < SANDBOX_FDS; i++)
		fds[i] = -1;
	fds[SANDBOX_FD_REPORT] = socket;
	return sandbox_send(s.orders, &orders, fds);
}

static int start_watcher(void)
{
	int pair[2];
	int error = need_spawner();

	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	error = loop_add(pair[0], EPOLLIN, LOOP_CONDITIONS, 0);
	if (!error)
		error = send_orders(pair[1]);
	close(pair[1]);
	if (error)
		close(pair[0]);
	else
		watcher.socket = pair[0];
	return error;
}

void conditions_turn(void)
{
	if (!watcher.wanted || watcher.socket >= 0 || s.end ||
		now_ms() < watcher.again_ms)
		return;
	watcher.started_ms = now_ms();
	watcher.again_ms = now_ms() + (start_watcher() ? AGAIN_MS : 0);
}

int conditions_next_ms(void)
{
	uint64_t now = now_ms();

	if (!watcher.wanted || watcher.socket >= 0 || s.end)
		return -1;
	return watcher.again_ms > now ? (int)(watcher.again_ms - now) : 0;
}

/* Its end is told, and what it could not say is asked again at once; one that
 * does not live is not started all the time. */
static void lose_watcher(void)
{
	if (watcher.socket < 0)
		return;
	close_watcher();
	watcher.again_ms = watcher.started_ms + AGAIN_MS;
	if (!s.end)
		say("bulkhead: the watcher of conditions has ended or hung; "
		    "another one looks at all of them again");
}

bool conditions_ended(int32_t pid)
{
	int32_t *place =
		s.table ? &s.watchers[SANDBOX_LAST_HELPER(s.count)] : NULL;

	if (!place || *place != pid)
		return false;
	*place = 0;
	lose_watcher();
	return true;
}

void supervise_conditions(void)
{
	struct sandbox_truth truths[SANDBOX_TRUTHS_MOST];

	for (unsigned i = 0; i < PACKETS_A_TURN && watcher.socket >= 0; i++) {
		ssize_t size = recv(
			watcher.socket, truths, sizeof(truths), MSG_DONTWAIT);

		if (size < 0)
			return;
		if (size == 0)
			lose_watcher();
		for (size_t k = 0; k < (size_t)size / sizeof(*truths); k++)
			take(&truths[k]);
	}
}

/* --- for the init that takes over ---------------------------------------- */

void conditions_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct watcher),
		STATE_FILE(struct watcher, socket),
		STATE_KEPT(struct watcher, again_ms),
		STATE_KEPT(struct watcher, started_ms),
		STATE_END,
	};

	state_add(list, STATE_KEY("watcher"), fields, &watcher, 1);
}

/* Another one tells all of it again. */
void conditions_resume(bool same)
{
	read_table();
	if (watcher.socket < 0)
		return;
	if (same && loop_add(watcher.socket, EPOLLIN, LOOP_CONDITIONS, 0) == 0)
		return;
	close(watcher.socket);
	watcher.socket = -1;
}
