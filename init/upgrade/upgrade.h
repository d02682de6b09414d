/* One init takes over from another: because somebody wants it, or because the
 * other one has crashed. The process is the same, so its children, its
 * descriptors and what waits for it stay; its state goes by a sealed memfd.
 *
 * What a crash leaves is written by its handler, out of the memory as it is:
 * an init that does not crash pays nothing. A decision or an action that was
 * under way is known (struct doing of supervise/), and ended by the next init.
 */
#ifndef UPGRADE_UPGRADE_H
#define UPGRADE_UPGRADE_H

#include "base/state.h"
#include "sandbox/sandbox.h"
#include <signal.h>
#include <stdbool.h>

/* What main adds to the state, where its host is, and words[0]. */
struct upgrade_self {
	const struct state_part *parts;
	uint32_t count;
	struct sandbox_host *host;
	char *name;
};

/* First of all: from now on a crash ends in a reboot, not in a panic; and once
 * crash_allow() was called, in another init. sigaltstack(2) */
void crash_arm(const struct upgrade_self *self) __attribute__((nonnull));
void crash_allow(void);

/* The signals that are a crash. */
void crash_signals(sigset_t *set) __attribute__((nonnull));

/* "--state FD TRIES": goes on with that state. False: there is none, and the
 * machine is to be booted. Whether main shall say that it is there. */
bool upgrade_resume(int count, char *const *words);

/* "--check-state FD", in a child: whether this init could go on with that
 * state, as an exit code; -1: that was not asked. */
int upgrade_check(const struct upgrade_self *given, int count,
	char *const *words) __attribute__((nonnull));

/* At the end of each turn: does what svc reexec asks for, if nothing speaks
 * against it (why; NULL: nothing). A child of it has ended. When it is wanted
 * next, in ms; -1: never. */
void upgrade_turn(const char *why);
bool upgrade_ended(const siginfo_t *si) __attribute__((nonnull));
int upgrade_timeout_ms(void);

#endif
