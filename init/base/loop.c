/* The epoll loop: see loop.h. */
#include "base/loop.h"

#include <errno.h>

#define KIND_SHIFT 32U

static int epoll = -1;

int loop_open(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll < 0 ? -errno : 0;
}

static int control(int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data = {.u64 = data}};

	return epoll_ctl(epoll, op, fd, &event) < 0 ? -errno : 0;
}

static uint64_t pack(enum loop_kind kind, uint32_t index)
{
	return (uint64_t)kind << KIND_SHIFT | index;
}

int loop_add(int fd, uint32_t events, enum loop_kind kind, uint32_t index)
{
	return control(EPOLL_CTL_ADD, fd, events, pack(kind, index));
}

int loop_change(int fd, uint32_t events, enum loop_kind kind, uint32_t index)
{
	return control(EPOLL_CTL_MOD, fd, events, pack(kind, index));
}

void loop_remove(int fd)
{
	control(EPOLL_CTL_DEL, fd, 0, 0);
}

unsigned loop_wait(struct loop_event events[LOOP_EVENTS], int timeout_ms)
{
	struct epoll_event got[LOOP_EVENTS];
	int count = epoll_wait(epoll, got, LOOP_EVENTS, timeout_ms);

	for (int i = 0; i < count; i++)
		events[i] = (struct loop_event){
			.kind = (enum loop_kind)(got[i].data.u64 >> KIND_SHIFT),
			.index = (uint32_t)got[i].data.u64,
			.events = got[i].events};
	return count > 0 ? (unsigned)count : 0;
}
