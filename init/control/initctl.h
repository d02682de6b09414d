/* /run/initctl: the fifo by which the tools of sysvinit (telinit, shutdown,
 * halt) ask their init for a runlevel. 0 turns the machine off, 6 reboots it;
 * there are no others here.
 */
#ifndef CONTROL_INITCTL_H
#define CONTROL_INITCTL_H

#include "base/state.h"

#define INITCTL_PATH "/run/initctl"

/* Makes the fifo, with the link /dev/initctl to it, and watches it
 * (LOOP_INITCTL). 0, or -errno. fifo(7) */
int initctl_open(void);

/* Reads one request. */
void initctl_read(void);

/* For the init that takes over: adds what lives on, and goes on with it. */
void initctl_state(struct state_list *list) __attribute__((nonnull));
void initctl_resume(void);

#endif
