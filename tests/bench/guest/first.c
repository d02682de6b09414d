/* The first program of a machine that is there to be timed: says when it was
 * executed, since the reset and by the kernel's clock (us), and ends it.
 */
#include "counter.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_US UINT64_C(1000)
#define US_IN_S UINT64_C(1000000)

int main(void)
{
	uint64_t since_reset = counter() / NS_IN_US;
	struct timespec now;

	/* the kernel's own: of the lines of its log, too */
	clock_gettime(CLOCK_MONOTONIC, &now);
	dprintf(STDOUT_FILENO, "bench reset %llu\nbench start.clock %llu\n",
		(unsigned long long)since_reset,
		(unsigned long long)((uint64_t)now.tv_sec * US_IN_S +
			(uint64_t)now.tv_nsec / NS_IN_US));
	return reboot(RB_AUTOBOOT);
}
