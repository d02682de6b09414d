/* See packet.h. */
#include "base/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int packet_send(int socket, const void *data, size_t size, const int *fds,
	unsigned count)
{
	/* what is sent is not written to */
	const union {
		const void *data;
		void *base;
	} bytes = {data};
	struct iovec part = {bytes.base, size};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(PACKET_FDS * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (count) {
		message.msg_control = &control;
		message.msg_controllen =
			(socklen_t)CMSG_SPACE(count * sizeof(int));
		control.head = (struct cmsghdr){
			.cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
	}
	/* the library's own has a page of stack for a copy of it */
	return syscall(SYS_sendmsg, socket, &message,
		       MSG_DONTWAIT | MSG_NOSIGNAL) < 0
		? -errno
		: 0;
}
