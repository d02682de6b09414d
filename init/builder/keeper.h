/* The keeper of a service: what it listens on, and what it has handed in. */
#ifndef BUILDER_KEEPER_H
#define BUILDER_KEEPER_H

#include "sandbox/build.h"

/* The body of a keeper. start->report: its socket to init. */
_Noreturn void keeper_run(const struct sandbox_host *host,
	const struct sandbox_start *start) __attribute__((nonnull));

#endif
