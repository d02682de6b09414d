/* Requests of sysvinit's tools: see initctl.h. A fixed struct, of which a
 * writer's whole is taken or nothing (PIPE_BUF is larger).
 */
#include "control/initctl.h"

#include "base/loop.h"
#include "supervise/supervise.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x03091969U
#define CHANGE_RUNLEVEL 1U

struct request {
	uint32_t magic;
	uint32_t command;
	uint32_t runlevel; /* a character */
	uint32_t sleeptime;
	char data[368];
};

static int fifo = -1;

/* Open for writing too, so that its end never comes. */
int initctl_open(void)
{
	if (mkfifo(INITCTL_PATH, 0600) < 0 && errno != EEXIST)
		return -errno;
	if (symlink(INITCTL_PATH, "/dev/initctl") < 0 && errno != EEXIST)
		return -errno;
	fifo = open(INITCTL_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fifo < 0)
		return -errno;
	return loop_add(fifo, EPOLLIN, LOOP_INITCTL, 0);
}

void initctl_read(void)
{
	struct request request;

	if (read(fifo, &request, sizeof(request)) != sizeof(request) ||
		request.magic != MAGIC || request.command != CHANGE_RUNLEVEL)
		return;
	if (request.runlevel == '0')
		supervise_end(END_POWEROFF, 0);
	if (request.runlevel == '6')
		supervise_end(END_REBOOT, 0);
}

void initctl_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(fifo),
		{STATE_KEY("fifo"), 0, sizeof(fifo) | STATE_FD},
		STATE_END,
	};

	state_add(list, STATE_KEY("initctl"), fields, &fifo, 1);
}

void initctl_resume(void)
{
	if (fifo >= 0)
		loop_add(fifo, EPOLLIN, LOOP_INITCTL, 0);
}
