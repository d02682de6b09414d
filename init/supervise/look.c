/* What a unit does when it is looked at: waits are over, followers have gone,
 * nothing is left of it. The weighing is plan/'s.
 */
#include "supervise/unit.h"

#include "base/text.h"
#include "log/journal.h"
#include "plan/gate.h"
#include <signal.h>

/* A service that waits for what does not come by itself holds back only those
 * that need it. */
static enum state seen(const struct unit *unit)
{
	return unit->stalled && unit->state == STATE_WAITING
		? STATE_BACKOFF
		: (enum state)unit->state;
}

static void hold(struct unit *unit, const struct unit *other)
{
	enum state state = seen(other);
	bool stalled = state == STATE_DOWN || state == STATE_BACKOFF;

	if (stalled == unit->stalled)
		return;
	unit->stalled = stalled;
	tell_followers(unit, (enum state)unit->state);
}

/* Whom it waits for is known without a text of its own: at a boot all wait. */
const char *text_now(const struct unit *unit)
{
	static char text[TEXT_SIZE];
	const struct list *waits = &service_of(unit)->waits;
	const struct edge *edge = &edges(waits)[unit->cursor];
	const struct unit *other;

	if (unit->state != STATE_WAITING || unit->cursor >= waits->count)
		return text_of(unit);
	other = &s.units[edge->service];
	if (gate_start((enum edge_kind)edge->kind, seen(other)) == GATE_OPEN)
		return text_of(unit);
	text_compose(text, sizeof(text), "waits for '%s'", name_of(other));
	return text;
}

/* Told once, however often it is tried. */
static void block(struct unit *unit, const struct unit *other)
{
	if (unit->by_need)
		note(unit, "not started: it needs '%s', which failed",
			name_of(other));
	else
		tell(unit, "not started: it needs '%s', which failed",
			name_of(other));
	unit->by_need = true;
	feed(unit, EVENT_BLOCKED);
}

/* A prompt comes when the boot has had its say, but not much later. */
bool is_held(const struct unit *unit)
{
	return service_of(unit)->tty && unit->state == STATE_WAITING &&
		!s.announced && now_ms() < s.quiet_ms;
}

static void begin(struct unit *unit)
{
	if (unit->stuck)
		note(unit, "waits for its last run, which is stuck");
	else if (is_held(unit))
		clock_set(unit, s.quiet_ms - now_ms());
	else if (service_of(unit)->type == TYPE_GROUP || slot_is_free())
		feed(unit, EVENT_GO);
	else
		stand_in_line(unit);
}

static void look_waiting(struct unit *unit)
{
	const struct list *waits = &service_of(unit)->waits;
	uint32_t count = waits->count;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (unit->cursor + i) % count;
		const struct edge *edge = &edges(waits)[at];
		const struct unit *other = &s.units[edge->service];
		enum gate gate =
			gate_start((enum edge_kind)edge->kind, seen(other));

		if (gate == GATE_OPEN)
			continue;
		unit->cursor = at;
		if (gate == GATE_SHUT) {
			block(unit, other);
		} else {
			hold(unit, other);
		}
		return;
	}
	begin(unit);
}

static void look_leaving(struct unit *unit)
{
	const struct list *list = &service_of(unit)->followers;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct edge *edge = &edges(list)[i];

		if (gate_holds((enum edge_kind)edge->kind,
			    (enum state)s.units[edge->service].state,
			    s.end != END_NONE))
			return;
	}
	feed(unit, EVENT_FREE);
}

static void act_on_limit(const struct unit *unit)
{
	switch ((enum on_limit)service_of(unit)->on_limit) {
	case ON_LIMIT_REBOOT:
		s.wants_reboot = true;
		break;
	case ON_LIMIT_POWEROFF:
		supervise_end(END_POWEROFF, 1);
		break;
	case ON_LIMIT_RESCUE:
		rescue();
		break;
	case ON_LIMIT_RETRY:
	case ON_LIMIT_GIVE_UP:
		break;
	}
}

static int exit_code(const struct unit *unit)
{
	if (unit->ended == ENDED_EXIT)
		return unit->code;
	if (unit->ended == ENDED_SIGNAL)
		return 128 + unit->code;
	return unit->ended == ENDED_OOM ? 128 + SIGKILL : 255;
}

static void act_on_exit(const struct unit *unit)
{
	static const enum end_how how[] = {[ON_EXIT_NONE] = END_NONE,
		[ON_EXIT_POWEROFF] = END_POWEROFF,
		[ON_EXIT_REBOOT] = END_REBOOT,
		[ON_EXIT_HALT] = END_HALT};

	uint8_t on_exit = service_of(unit)->on_exit;

	if (on_exit == ON_EXIT_NONE || s.end)
		return;
	say("%s: ended with exit code %u, which ends the machine (on-exit)",
		name_of(unit), (unsigned)exit_code(unit));
	supervise_end(how[on_exit], exit_code(unit));
}

/* Nothing of it is left: what now? */
static void weigh(struct unit *unit)
{
	const struct life_end end = {.ended = (enum ended)unit->ended,
		.code = unit->code,
		.ran_ms = unit->ended_ms - unit->executed_ms,
		.wanted = unit->wanted,
		.asked = unit->asked};
	struct life_verdict verdict =
		life_weigh(service_of(unit), &unit->life, &end, now_ms());
	bool by_itself = unit->wanted && !unit->asked;

	unit->delay_ms = verdict.delay_ms;
	unit->limit = verdict.limit;
	if (verdict.event == EVENT_EMPTY_DOWN)
		unit->wanted = false;
	tell_end(unit, &verdict);
	feed(unit, verdict.event);
	if (!by_itself || verdict.event == EVENT_EMPTY_AGAIN ||
		verdict.event == EVENT_EMPTY_BACKOFF)
		return;
	if (verdict.limit)
		act_on_limit(unit);
	act_on_exit(unit);
}

static void look_ending(struct unit *unit)
{
	int error = 0;

	if (is_alive(unit))
		return;
	if (unit->generation)
		error = sandbox_group_remove(s.setup.host->services,
			name_of(unit), unit->generation);
	if (error == 0) {
		weigh(unit);
	} else if (!unit->looks) {
		unit->looks = 1;
		feed(unit, EVENT_TIMEOUT);
	}
}

/* A group has no program: it is up as soon as it may be. A start that could
 * not even begin is over. */
static void look_starting(struct unit *unit)
{
	if (service_of(unit)->type == TYPE_GROUP)
		feed(unit, EVENT_READY);
	else if (!is_alive(unit))
		start_is_over(unit, unit->code);
}

static void look_at_state(struct unit *unit)
{
	switch ((enum state)unit->state) {
	case STATE_WAITING:
		look_waiting(unit);
		break;
	case STATE_STARTING:
		look_starting(unit);
		break;
	case STATE_LEAVING:
		look_leaving(unit);
		break;
	case STATE_STOPPING:
		if (!is_alive(unit))
			feed(unit, EVENT_ENDED);
		break;
	case STATE_ENDING:
		look_ending(unit);
		break;
	case STATE_DOWN:
	case STATE_UP:
	case STATE_DONE:
	case STATE_BACKOFF:
	case STATE_FAILED:
	case STATES:
		break;
	}
}

void look(struct unit *unit)
{
	if (unit->pull)
		pull(unit);
	if (unit->again) {
		unit->again = false;
		stop(unit, true);
	}
	if (unit->retry && unit->by_need && unit->wanted)
		feed(unit, EVENT_START);
	unit->retry = false;
	look_at_state(unit);
}
