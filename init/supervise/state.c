/* The supervisor's state for the init that takes over: what it is made of, and
 * how one goes on with it. What can be found again is not written but made
 * anew: who stands where in the heap, the line, the queue, and the table of
 * pids. So nothing of that can be half changed where init crashed.
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/memory.h"
#include "plan/machine.h"
#include <errno.h>
#include <signal.h>

#define ROW_KEPT(type, member) STATE_KEPT(type, member),
#define ROW_FILE(type, member) STATE_FILE(type, member),
#define ROW_LEFT(type, member)

static const struct state_field unit_fields[] = {STATE_RECORD(struct unit),
#define UNIT(kept, member) ROW_##kept(struct unit, member)
#include "supervise/state.def"
	STATE_END};
static const struct state_field fate_fields[] = {STATE_RECORD(struct fate),
#define FATE(kept, member) ROW_##kept(struct fate, member)
#include "supervise/state.def"
	STATE_END};
static const struct state_field slot_fields[] = {STATE_RECORD(struct slot),
#define SLOT(kept, member) ROW_##kept(struct slot, member)
#include "supervise/state.def"
	STATE_END};
static const struct state_field spare_fields[] = {STATE_RECORD(struct spare),
#define SPARE(kept, member) ROW_##kept(struct spare, member)
#include "supervise/state.def"
	STATE_END};
static const struct state_field own_fields[] = {STATE_RECORD(struct supervisor),
#define SUPERVISOR(kept, member) ROW_##kept(struct supervisor, member)
#include "supervise/state.def"
	STATE_END};
static const struct state_field text_fields[] = {
	{.size = TEXT_SIZE},
	{STATE_KEY("text"), 0, TEXT_SIZE},
	STATE_END,
};

enum {
	UNIT_BYTES = 0
#define UNIT(kept, member) +STATE_BYTES(struct unit, member)
#include "supervise/state.def"
		,
	FATE_BYTES = 0
#define FATE(kept, member) +STATE_BYTES(struct fate, member)
#include "supervise/state.def"
		,
	SLOT_BYTES = 0
#define SLOT(kept, member) +STATE_BYTES(struct slot, member)
#include "supervise/state.def"
		,
	SPARE_BYTES = 0
#define SPARE(kept, member) +STATE_BYTES(struct spare, member)
#include "supervise/state.def"
		,
	SUPERVISOR_BYTES = 0
#define SUPERVISOR(kept, member) +STATE_BYTES(struct supervisor, member)
#include "supervise/state.def"
};

STATE_IS_WHOLE(struct unit, UNIT_BYTES, UNIT_HOLES);
STATE_IS_WHOLE(struct fate, FATE_BYTES, FATE_HOLES);
STATE_IS_WHOLE(struct slot, SLOT_BYTES, SLOT_HOLES);
STATE_IS_WHOLE(struct spare, SPARE_BYTES, SPARE_HOLES);
STATE_IS_WHOLE(struct supervisor, SUPERVISOR_BYTES, SUPERVISOR_HOLES);

void supervise_state(struct state_list *list)
{
	if (s.table) {
		state_add(list, STATE_KEY("super"), own_fields, &s, 1);
		state_add(list, STATE_KEY("before"), fate_fields,
			&s.doing.before, 1);
		state_add(list, STATE_KEY("slot"), slot_fields, s.slots, SLOTS);
		state_add(list, STATE_KEY("spare"), spare_fields, s.spares,
			s.count);
		state_add(
			list, STATE_KEY("unit"), unit_fields, s.units, s.count);
		state_add(list, STATE_KEY("fate"), fate_fields, s.fates.all,
			s.count);
		state_add(
			list, STATE_KEY("text"), text_fields, s.texts, s.count);
	}
	logs_state(list);
	conditions_state(list);
	events_state(list);
	reload_state(list);
}

int supervise_remake(const struct table *table, struct sandbox_host *host)
{
	s.setup.host = host;
	if (units_prepare(table, host->places) < 0)
		return -ENOMEM;
	units_install(&host->places);
	return 0;
}

static bool is_sound(const struct unit *unit)
{
	const struct fate *fate = fate_of(unit);

	return fate->state < STATES && fate->ended <= ENDED_WATCHDOG &&
		fate->cursor <= service_of(unit)->waits.count;
}

/* The fate of whom init crashed over is as it was before. */
static void take_back(void)
{
	struct fate *fate;

	if (s.doing.phase != PHASE_DECIDING || s.doing.unit >= s.count)
		return;
	fate = &s.fates.all[s.doing.unit];
	s.doing.before.traits = fate->traits;
	*fate = s.doing.before;
}

static uint16_t count_unmet(const struct unit *unit)
{
	uint16_t unmet = 0;

	for (uint32_t i = 0; i < service_of(unit)->when.count; i++)
		unmet = (uint16_t)(unmet + !(unit->holds >> i & 1));
	return unmet;
}

static void resume_unit(struct unit *unit)
{
	struct fate *fate = fate_of(unit);
	enum state state = (enum state)fate->state;

	fate->unmet = count_unmet(unit);
	s.fates.running += state_is_running(state);
	s.fates.moving += state_is_moving(state);
	s.stuck += unit->stuck != 0;
	for (unsigned i = 0; i < ROLES; i++)
		if (unit->pids[i] > 0)
			pid_put(unit, (enum role)i);
	unit->slot = NONE;
	if (unit->place != NONE)
		clock_go_on(unit);
	if (unit->in_line) {
		unit->in_line = false;
		stand_in_line(unit);
	}
	if (fate->queued) {
		fate->queued = false;
		look_later(unit);
	}
	text_of(unit)[TEXT_SIZE - 1] = '\0';
	news_resume(unit);
	keeper_resume(unit);
}

int supervise_resume(bool same)
{
	take_back();
	for (uint32_t i = 0; i < s.count; i++)
		if (!is_sound(&s.units[i]))
			return -EINVAL;
	for (uint32_t i = 0; i < s.count; i++)
		resume_unit(&s.units[i]);
	s.look_stuck = s.stuck != 0;
	start_resume(same);
	spares_resume();
	logs_resume(same);
	conditions_resume(same);
	timers_begin();
	reload_resume();
	return 0;
}

/* A child that is not there any more was reaped by an init that crashed before
 * it could say so. */
static void miss(const struct unit *unit, enum role role)
{
	const siginfo_t si = {.si_pid = unit->pids[role],
		.si_code = CLD_EXITED,
		.si_status = 255};

	if (unit->pids[role] > 0 && kill(unit->pids[role], 0) < 0)
		supervise_reaped(&si);
}

COLD void supervise_recover(void)
{
	if (s.doing.phase != PHASE_NONE && s.doing.unit == s.child.unit)
		s.child.pid = 0;
	finish_doing();
	finish_child();
	for (uint32_t i = 0; i < s.count; i++)
		for (unsigned role = 0; role < ROLES; role++)
			miss(&s.units[i], (enum role)role);
}
