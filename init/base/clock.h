/* The clock by which all that waits is measured. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, which stands still while the machine sleeps.
 * Also for handlers of signals. clock_gettime(2) */
uint64_t now_ms(void);

#endif
