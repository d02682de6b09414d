/* What the files of upgrade/ share. */
#ifndef UPGRADE_PASS_H
#define UPGRADE_PASS_H

#include "upgrade/upgrade.h"

#define STATE_WORD "--state"
#define CHECK_WORD "--check-state"

/* Exit codes of a check: a program that knows nothing of it has others. */
enum check {
	CHECK_GOOD = 77,
	CHECK_FOREIGN,
	CHECK_DAMAGED,
	CHECK_TABLE /* of another version */
};

/* Of the process, over all its inits. */
struct crash {
	int32_t signal; /* that ended the last one; 0: it was replaced */
	bool sent; /* by somebody */
	uint32_t count; /* in the window */
	uint32_t total;
	uint64_t window_ms; /* when it began */
};

extern struct crash crash;
extern struct upgrade_self self;

/* All parts, as they are now. */
void pass_collect(struct state_list *list);
/* This program, as it stands on its disk. */
void pass_build(struct state_build *build);
/* A sealed memfd with the state, or -errno. */
int pass_save(void);
/* Executes a program that goes on with it. Returns -errno where it cannot. */
int pass_on(int program, int state, unsigned tries);

/* crash.c: init begins to take a state over for the so-manyth time; it is done.
 */
void crash_resuming(int state, unsigned tries);
void crash_resumed(void);
/* Syncs, writes down why, and reboots, all within seconds. */
_Noreturn void crash_reboot(const char *why);
/* Whether crash-limit is reached. */
bool crash_is_over(void);

#endif
