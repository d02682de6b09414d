/* The pump: what a reaper does while its service runs. */
#ifndef SANDBOX_PUMP_H
#define SANDBOX_PUMP_H

#include <stdbool.h>

struct notify;
struct pump;

/* What a reaper keeps open, and where. */
enum {
	FD_OUTPUT,
	FD_ERRORS,
	FD_RING,
	FD_SIGNALS,
	FD_REPORT,
	FD_READY,
	FD_ALWAYS, /* so many every reaper has; and some: */
	FD_SYSLOG = FD_ALWAYS,
	FD_BELL,
	FD_NOTIFY,
	FD_TOLD,
	FD_NEWS,
	FD_KEEPER,
	FDS
};

/* Moves what comes, and calls `look` when there are signals, until that says
 * true: then it takes what is there, and returns. notify: what its program
 * says of itself, if it has news. */
void pump_run(const struct pump *pump, struct notify *notify,
	bool (*look)(void)) __attribute__((nonnull));

#endif
