/* What becomes of a service that has ended: restart, back-off, limit. Pure. */
#ifndef PLAN_LIFE_H
#define PLAN_LIFE_H

#include "plan/machine.h"
#include "table/table.h"

/* A run of at least this long is healthy: the delay doubles no more. */
#define LIFE_HEALTHY_MS 1000U
/* Between tries when the machine is short of something (EAGAIN, ENOMEM, EMFILE,
 * ENFILE, ENOSPC): it doubles up to the longest, so that a service is back
 * within a second of the end of the shortage. */
#define LIFE_SHORT_MS 100U
#define LIFE_SHORT_LONGEST_MS 800U

/* What is remembered of one service, all 0 at first. */
struct life {
	uint32_t restarts; /* since boot, by themselves */
	uint32_t delay_ms; /* the last one after an unhealthy run; 0: none */
	uint32_t short_ms; /* the last one while the machine was short */
	uint32_t count; /* restarts in the window */
	uint64_t window_ms; /* when it began */
};

struct life_end {
	enum ended ended;
	int32_t code;
	uint64_t ran_ms; /* from the program's first instruction on */
	bool wanted; /* it should run */
	bool asked; /* somebody had it stopped: a restart */
	bool held; /* a condition of `when` is lost: no failure of its own */
	bool on_demand; /* it may go when it has nothing to do */
};

struct life_verdict {
	enum event event; /* EVENT_EMPTY_* */
	uint32_t delay_ms; /* with EVENT_EMPTY_BACKOFF */
	bool limit; /* restart-limit was reached: on-limit acts */
};

/* Weighs the end of a run. now_ms: any clock that does not go back. */
struct life_verdict life_weigh(const struct service *service, struct life *life,
	const struct life_end *end, uint64_t now_ms) __attribute__((nonnull));

/* Whether it ended as it may: exit code 0, or for a daemon one of HUP, INT,
 * TERM and PIPE. */
bool life_is_clean(const struct service *service, enum ended ended,
	int32_t code) __attribute__((nonnull));

#endif
