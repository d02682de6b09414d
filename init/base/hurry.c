/* See hurry.h. */
#include "base/hurry.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

#define HURRY_US 1000

static void wake(int signal)
{
	(void)signal;
}

void hurry_prepare(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = wake;
	sigaction(HURRY_SIGNAL, &action, NULL);
}

void hurry(bool on)
{
	static const struct itimerval soon = {
		.it_interval = {.tv_usec = HURRY_US},
		.it_value = {.tv_usec = HURRY_US}};
	static const struct itimerval never;

	setitimer(ITIMER_REAL, on ? &soon : &never, NULL);
}
