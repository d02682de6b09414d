/* Restarts: see life.h. */
#include "plan/life.h"

#include <errno.h>
#include <signal.h>

bool life_is_clean(
	const struct service *service, enum ended ended, int32_t code)
{
	if (ended == ENDED_EXIT)
		return code == 0;
	return ended == ENDED_SIGNAL && service->type == TYPE_DAEMON &&
		(code == SIGHUP || code == SIGINT || code == SIGTERM ||
			code == SIGPIPE);
}

/* The machine is short of something for now: it is nobody's failure. */
static bool is_short(const struct life_end *end)
{
	return end->ended == ENDED_BUILD &&
		(end->code == EAGAIN || end->code == ENOMEM ||
			end->code == EMFILE || end->code == ENFILE ||
			end->code == ENOSPC);
}

static bool may_restart(const struct service *service, bool clean)
{
	return service->restart == RESTART_ALWAYS ||
		(service->restart == RESTART_ON_FAILURE && !clean);
}

/* Counts a restart; false when there were as many as there may be. */
static bool count_restart(
	const struct service *service, struct life *life, uint64_t now_ms)
{
	if (!service->limit_count)
		return true;
	if (!life->count ||
		now_ms - life->window_ms >= service->limit_window_ms) {
		life->count = 0;
		life->window_ms = now_ms;
	}
	return ++life->count <= service->limit_count;
}

static uint32_t next_delay(
	uint32_t last_ms, uint32_t first_ms, uint32_t longest_ms)
{
	uint32_t next_ms = last_ms > UINT32_MAX / 2 ? UINT32_MAX : 2 * last_ms;

	if (!last_ms)
		return first_ms;
	return next_ms < longest_ms ? next_ms : longest_ms;
}

static struct life_verdict again_after(struct life *life, uint32_t delay_ms)
{
	life->restarts++;
	return (struct life_verdict){
		.event = delay_ms ? EVENT_EMPTY_BACKOFF : EVENT_EMPTY_AGAIN,
		.delay_ms = delay_ms};
}

static bool is_healthy(const struct life_end *end)
{
	return end->ran_ms >= LIFE_HEALTHY_MS && end->ended != ENDED_BUILD &&
		end->ended != ENDED_TIMEOUT && end->ended != ENDED_WATCHDOG;
}

static struct life_verdict restart(const struct service *service,
	struct life *life, const struct life_end *end)
{
	if (is_healthy(end)) {
		life->delay_ms = 0;
		return again_after(life, service->healthy_delay_ms);
	}
	life->delay_ms = next_delay(life->delay_ms, service->first_delay_ms,
		service->longest_delay_ms);
	return again_after(life, life->delay_ms);
}

static struct life_verdict wait_for_machine(struct life *life)
{
	life->short_ms = next_delay(
		life->short_ms, LIFE_SHORT_MS, LIFE_SHORT_LONGEST_MS);
	return again_after(life, life->short_ms);
}

struct life_verdict life_weigh(const struct service *service, struct life *life,
	const struct life_end *end, uint64_t now_ms)
{
	bool clean = life_is_clean(service, end->ended, end->code);

	if (!end->wanted)
		return (struct life_verdict){.event = EVENT_EMPTY_DOWN};
	if (end->asked) {
		life->delay_ms = 0;
		return (struct life_verdict){.event = EVENT_EMPTY_AGAIN};
	}
	if (is_short(end))
		return wait_for_machine(life);
	life->short_ms = 0;
	if (!may_restart(service, clean)) {
		if (!clean)
			return (struct life_verdict){
				.event = EVENT_EMPTY_FAILED};
		return (struct life_verdict){
			.event = service->type == TYPE_ONESHOT
				? EVENT_EMPTY_DONE
				: EVENT_EMPTY_DOWN};
	}
	if (end->held || (clean && end->on_demand && is_healthy(end)))
		return (struct life_verdict){.event = EVENT_EMPTY_AGAIN};
	if (!count_restart(service, life, now_ms)) {
		life->count = 0;
		life->delay_ms = 0;
		return (struct life_verdict){
			.event = EVENT_EMPTY_FAILED, .limit = true};
	}
	return restart(service, life, end);
}
