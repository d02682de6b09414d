/* The hardware watchdog: resets a machine whose init turns no more.
 *
 * main opens it as soon as the table is there, tries again while the modules
 * are being loaded, and feeds it once a turn; nothing here waits. It is left
 * running when the machine ends: what hangs then is reset as well.
 * watchdog-api.rst
 */
#ifndef BOOT_DOG_H
#define BOOT_DOG_H

#include "base/state.h"
#include <stdbool.h>
#include <stdint.h>

#define DOG_PATH "/dev/watchdog"

/* Opens it with a time-out, and says which one it is, what time-out it has
 * really got, and whether it ended the last boot. False: there is none (yet).
 * limit_ms: as the table wants it; 0: nothing is opened. */
bool dog_open(uint32_t limit_ms);

/* Says that the last dog_open() has failed, and errno why. */
void dog_missing(void);

/* Feeds it if it is time to. Returns after how many ms the next turn must
 * come; -1: it is not open. is_healthy is asked before each meal; false starves
 * it. */
int dog_feed(uint64_t now_ms, bool (*is_healthy)(void))
	__attribute__((nonnull));

/* Feeds it for the last time, to reset the machine after so many seconds. */
void dog_leave(unsigned seconds);

/* For the init that takes over: adds what lives on. Its descriptor is never
 * closed. */
void dog_state(struct state_list *list) __attribute__((nonnull));

#endif
