/* Who floods init's control socket, and who asks it meanwhile. */
#include "control/protocol.h"
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define JUNK_MOST 700U
#define KEPT_MOST 20000
#define PATIENCE_S 20.0

static int call_init(int flags)
{
	const struct sockaddr_un address = {AF_UNIX, CONTROL_PATH};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const void *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct control_request sound(enum control_op op)
{
	return (struct control_request){.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.op = (uint16_t)op};
}

/* Connects COUNT times, keeps every connection, and says nothing. Prints how
 * many were made, and holds them until it is killed. */
int flood_control(char **words)
{
	const struct rlimit limit = {KEPT_MOST, KEPT_MOST};
	long wanted = number(words[0], 10000);
	double end = now() + 60;
	long made = 0;

	setrlimit(RLIMIT_NOFILE, &limit);
	while (made < wanted && now() < end) {
		if (call_init(SOCK_NONBLOCK) >= 0)
			made++;
		else if (errno == EAGAIN)
			sleep_ms(1);
		else
			break;
	}
	put_file(words[1], "%ld\n", made);
	for (;;)
		pause();
}

static size_t make_junk(char *junk, long seed)
{
	struct control_request request = sound((enum control_op)(seed % 40));
	size_t size = 1 + (size_t)rand() % (JUNK_MOST - 1);

	for (size_t i = 0; i < JUNK_MOST; i++)
		junk[i] = (char)rand();
	if (seed % 2) {
		request.version = (uint16_t)(seed % 3);
		request.spare = (uint32_t)rand();
		memcpy(junk, &request, sizeof(request));
		size = seed % 4 == 1 ? sizeof(request) : size;
	}
	return size;
}

/* Sends COUNT packets that are no requests, each on a connection of its own.
 * Prints how many were answered as such. */
int send_junk(char **words)
{
	long wanted = number(words[0], 10000);
	struct control_reply reply;
	char junk[JUNK_MOST];
	long refused = 0;

	for (long i = 0; i < wanted; i++) {
		size_t size = make_junk(junk, i);
		int fd = call_init(0);

		if (fd < 0)
			break;
		memset(&reply, 0, sizeof(reply));
		if (send(fd, junk, size, MSG_NOSIGNAL) >= 0 &&
			recv(fd, &reply, sizeof(reply), 0) > 0 &&
			reply.result == CONTROL_MALFORMED)
			refused++;
		close(fd);
	}
	printf("%ld\n", refused);
	return 0;
}

/* Asks COUNT times for everything and reads no answer. */
int ask_and_leave(char **words)
{
	const struct control_request request = sound(CONTROL_STATUS);
	long wanted = number(words[0], 1000);

	for (long i = 0; i < wanted; i++) {
		int fd = call_init(0);

		if (fd < 0)
			return 1;
		send(fd, &request, sizeof(request), MSG_NOSIGNAL);
		if (i % 2)
			close(fd);
	}
	return 0;
}

/* Asks once, as svc does, and prints how many ms the answer took. */
int time_control(char **words)
{
	const struct control_request request = sound(CONTROL_STATUS);
	struct control_reply reply;
	double begin = now();
	bool done = false;

	(void)words;
	while (!done && now() - begin < PATIENCE_S) {
		int fd = call_init(0);

		if (fd < 0)
			return 2;
		send(fd, &request, sizeof(request), MSG_NOSIGNAL);
		done = recv(fd, &reply, sizeof(reply), 0) == sizeof(reply) &&
			reply.result == CONTROL_DONE;
		close(fd);
		if (!done)
			sleep_ms(10);
	}
	printf("%ld\n", (long)((now() - begin) * 1000));
	return done ? 0 : 1;
}

/* Starts and stops a service COUNT times. */
int toggle_service(char **words)
{
	static const enum control_op ops[] = {CONTROL_START, CONTROL_STOP};

	long wanted = 2 * number(words[1], 10);

	for (long i = 0; i < wanted; i++) {
		struct control_request request = sound(ops[i % 2]);
		struct control_reply reply = {0};
		int fd = call_init(0);

		snprintf(request.name, sizeof(request.name), "%s", words[0]);
		if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
			recv(fd, &reply, sizeof(reply), 0) < 0 ||
			reply.result != CONTROL_DONE)
			return 1;
		close(fd);
	}
	return 0;
}

/* Watches events, reads none until the file is there, and then prints how many
 * came and how many it is told that it has lost. */
int read_late(char **words)
{
	const struct control_request request = sound(CONTROL_EVENTS);
	struct control_reply reply;
	int fd = call_init(0);
	long came = 0;
	long lost = 0;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return 2;
	put_file(words[0], "watching\n");
	while (access(words[1], F_OK) < 0)
		sleep_ms(20);
	while (recv(fd, &reply, sizeof(reply), came ? MSG_DONTWAIT : 0) > 0) {
		came++;
		lost += reply.lost;
		sleep_ms(1);
	}
	printf("%ld %ld\n", came, lost);
	return 0;
}

/* A connection whose last close takes half a minute. */
static int make_slow(void)
{
	const struct linger slow = {1, 30};
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(7777),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char chunk[4096] = {0};

	if (bind(server, (const void *)&address, sizeof(address)) < 0 ||
		listen(server, 1) < 0 ||
		connect(fd, (const void *)&address, sizeof(address)) < 0)
		return -1;
	while (send(fd, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &slow, sizeof(slow));
	return fd;
}

/* FILE: sends init such a connection, so that init is the last to close it: it
 * is held while that is said. Then the file is there. */
int detain_control(char **words)
{
	int slow = make_slow();
	int fd = call_init(0);
	char byte = 0;
	int status;
	struct iovec part = {&byte, 1};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	if (slow < 0 || fd < 0)
		return 2;
	sleep_ms(200);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &slow, sizeof(slow));
	if (ptrace(PTRACE_SEIZE, 1, 0, 0) != 0 ||
		ptrace(PTRACE_INTERRUPT, 1, 0, 0) != 0 ||
		waitpid(1, &status, __WALL) != 1 ||
		sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		return 2;
	close(slow);
	put_file(words[0], "sent\n");
	ptrace(PTRACE_DETACH, 1, 0, 0);
	return hold(NULL);
}

static bool ask_reload(void)
{
	const struct control_request request = sound(CONTROL_RELOAD_TABLE);
	struct control_reply reply = {0};
	int fd = call_init(0);
	bool done = fd >= 0 && send(fd, &request, sizeof(request), 0) > 0 &&
		recv(fd, &reply, sizeof(reply), 0) > 0 &&
		reply.result == CONTROL_DONE;

	if (!done)
		fprintf(stderr, "%s\n", reply.text);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Has the table read COUNT times, which is ONE and OTHER by turns. Prints how
 * many ms a reload took. */
int reload_tables(char **words)
{
	const char *const files[] = {words[1], words[2]};
	long wanted = number(words[0], 10);
	double begin = now();

	for (long i = 0; i < wanted; i++) {
		unlink("/tmp/table");
		if (symlink(files[i % 2], "/tmp/table") < 0 ||
			rename("/tmp/table", "/etc/services.tab") < 0 ||
			!ask_reload())
			return 1;
	}
	printf("%ld\n", (long)((now() - begin) * 1000) / wanted);
	return 0;
}
