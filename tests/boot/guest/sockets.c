/* Services that are given sockets and descriptors, and the clients that ask
 * them.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST 3
#define GIVEN_MOST 128
#define PATIENCE 20 /* seconds, for one answer */

static char names[GIVEN_MOST][128];
static int count;
static long run;
static volatile sig_atomic_t asked;

/* --- what it was given ---------------------------------------------------- */

static void read_names(void)
{
	const char *given = getenv("LISTEN_FDNAMES");
	const char *fds = getenv("LISTEN_FDS");

	count = fds ? (int)number(fds, 0) : 0;
	for (int i = 0; given && i < count; i++) {
		size_t length = strcspn(given, ":");

		snprintf(
			names[i], sizeof(names[i]), "%.*s", (int)length, given);
		given += length + (given[length] != '\0');
	}
}

/* "3,4,5": what is open above stderr; with a '!' that would close on exec. */
static void list_open(char *to, size_t size)
{
	size_t used = 0;

	*to = '\0';
	for (int fd = FIRST; fd < 300; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0)
			used += (size_t)snprintf(to + used, size - used,
				"%s%d%s", used ? "," : "", fd,
				flags & FD_CLOEXEC ? "!" : "");
	}
}

/* What is readable of those that are no sockets. */
static void list_contents(char *to, size_t size)
{
	size_t used = 0;

	*to = '\0';
	for (int i = 0; i < count; i++) {
		char text[64];
		ssize_t got = pread(FIRST + i, text, sizeof(text), 0);

		if (got >= 0)
			used += (size_t)snprintf(to + used, size - used,
				" %s=%.*s", names[i], (int)got, text);
	}
}

static void tell_given(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *given = getenv("LISTEN_FDNAMES");
	char open[1024];
	char contents[4096];

	list_open(open, sizeof(open));
	list_contents(contents, sizeof(contents));
	say_done("pid=%s fds=%d names=%s open=%s contents:%s\n",
		pid && number(pid, 0) == getpid() ? "mine" : "none", count,
		given ? given : "", open, contents);
}

/* --- servers -------------------------------------------------------------- */

static void end_soon(int signal)
{
	(void)signal;
	asked = 1;
}

static int type_of(int fd)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ? -1
								     : type;
}

/* Its name, and which run it was that answered. */
static void answer(int fd, int i)
{
	char text[160];
	int length = snprintf(text, sizeof(text), "%s %ld\n", names[i], run);
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	int client;

	if (type_of(fd) == SOCK_DGRAM) {
		char bytes[64];

		if (recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from,
			    &size) >= 0)
			sendto(fd, text, (size_t)length, 0, (void *)&from,
				size);
		return;
	}
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0)
		return;
	send(client, text, (size_t)length, MSG_NOSIGNAL);
	close(client);
}

/* [MS]: answers whoever comes, until it is asked to end; to begin takes so
 * long. */
int serve_given(char **words)
{
	const struct sigaction action = {.sa_handler = end_soon};
	struct pollfd polled[GIVEN_MOST];
	sigset_t term;
	sigset_t none;

	sigemptyset(&none);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	sigaction(SIGTERM, &action, NULL);
	run = (long)(now() * 1000);
	read_names();
	if (words[0])
		sleep_ms(number(words[0], 0));
	tell_given();
	for (int i = 0; i < count; i++)
		polled[i] = (struct pollfd){FIRST + i, POLLIN, 0};
	while (!asked) {
		if (ppoll(polled, (nfds_t)count, NULL, &none) < 0)
			continue;
		for (int i = 0; i < count; i++)
			if (polled[i].revents)
				answer(FIRST + i, i);
	}
	return 0;
}

/* --- FDSTORE -------------------------------------------------------------- */

static void notify_with(const char *text, const int *fds, int fd_count)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct iovec part = {(void *)(uintptr_t)text, strlen(text)};

	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} control;
	struct msghdr message = {.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = &part,
		.msg_iovlen = 1};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		path ? path : "");
	if (fd_count) {
		message.msg_control = &control;
		message.msg_controllen =
			(socklen_t)CMSG_SPACE((size_t)fd_count * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len =
			(socklen_t)CMSG_LEN((size_t)fd_count * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds,
			(size_t)fd_count * sizeof(int));
	}
	if (sendmsg(fd, &message, 0) < 0)
		perror("NOTIFY_SOCKET");
	close(fd);
}

/* Until all that was said has been read: sd_notify_barrier(3). */
static void wait_for_barrier(void)
{
	int pair[2];
	char byte;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	notify_with("BARRIER=1", &pair[1], 1);
	close(pair[1]);
	while (read(pair[0], &byte, 1) > 0)
		;
	close(pair[0]);
}

static int make_note(const char *text)
{
	int fd = memfd_create("note", MFD_CLOEXEC);

	if (write(fd, text, strlen(text)) < 0)
		perror("note");
	return fd;
}

static void store_one(const char *name, int fd)
{
	char text[200];

	snprintf(text, sizeof(text), "FDSTORE=1\n%s%s", *name ? "FDNAME=" : "",
		name);
	notify_with(text, &fd, 1);
}

/* A connection whose last close waits for a peer that does not read. */
static void store_slow(const char *name)
{
	const struct linger slow = {1, 60};
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char chunk[4096] = {0};

	if (bind(server, (const void *)&address, sizeof(address)) < 0 ||
		listen(server, 1) < 0 ||
		connect(fd, (const void *)&address, sizeof(address)) < 0)
		perror("slow");
	while (send(fd, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &slow, sizeof(slow));
	store_one("server", server);
	store_one(name, fd);
	close(server);
	close(fd);
}

/* "store:NAME:TEXT", "many:COUNT", "again:NAME", "forget:NAME", "slow:NAME".
 */
static void do_action(const char *action)
{
	char verb[16];
	char name[128] = "";
	char text[64] = "";

	sscanf(action, "%15[^:]:%127[^:]:%63s", verb, name, text);
	if (strcmp(verb, "store") == 0) {
		store_one(strcmp(name, "-") == 0 ? "" : name, make_note(text));
	} else if (strcmp(verb, "slow") == 0) {
		store_slow(name);
	} else if (strcmp(verb, "many") == 0) {
		for (long i = number(name, 0); i > 0; i--)
			store_one("many", make_note("m"));
	} else if (strcmp(verb, "again") == 0) {
		for (int i = 0; i < count; i++)
			if (strcmp(names[i], name) == 0)
				store_one("other", FIRST + i);
	} else if (strcmp(verb, "forget") == 0) {
		char line[200];

		snprintf(
			line, sizeof(line), "FDSTOREREMOVE=1\nFDNAME=%s", name);
		notify_with(line, NULL, 0);
	}
}

/* FILE: tells what it was given, and does what the file says whenever it is
 * there and FILE.done is not, which then is. */
int store_given(char **words)
{
	char action[256];
	char done[256];

	snprintf(done, sizeof(done), "%s.done", words[0]);
	read_names();
	tell_given();
	for (;;) {
		while (access(words[0], F_OK) != 0 || access(done, F_OK) == 0)
			usleep(5000);
		slurp(words[0], action, sizeof(action));
		action[strcspn(action, "\n")] = '\0';
		do_action(action);
		wait_for_barrier();
		put_file(done, "done\n");
	}
}

/* --- clients -------------------------------------------------------------- */

struct target {
	int type;
	socklen_t size;

	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un path;
		struct sockaddr_vm vsock;
	} address;
};

static bool find_inet(struct target *to, const char *host, const char *port)
{
	in_port_t at = htons((uint16_t)number(port, 0));

	if (inet_pton(AF_INET, host, &to->address.v4.sin_addr) == 1) {
		to->address.v4.sin_family = AF_INET;
		to->address.v4.sin_port = at;
		to->size = sizeof(to->address.v4);
		return true;
	}
	to->address.v6.sin6_family = AF_INET6;
	to->address.v6.sin6_port = at;
	to->size = sizeof(to->address.v6);
	return inet_pton(AF_INET6, host, &to->address.v6.sin6_addr) == 1;
}

/* tcp ADDRESS PORT, udp ADDRESS PORT, vsock CID PORT, unix PATH ... */
static bool find(struct target *to, char **words)
{
	static const struct {
		const char *kind;
		int type;
	} kinds[] = {{"tcp", SOCK_STREAM}, {"udp", SOCK_DGRAM},
		{"vsock", SOCK_STREAM}, {"unix", SOCK_STREAM},
		{"unix-dgram", SOCK_DGRAM}, {"unix-seqpacket", SOCK_SEQPACKET}};

	size_t i = 0;

	memset(to, 0, sizeof(*to));
	while (i < sizeof(kinds) / sizeof(*kinds) &&
		strcmp(kinds[i].kind, words[0]) != 0)
		i++;
	if (i == sizeof(kinds) / sizeof(*kinds))
		return false;
	to->type = kinds[i].type;
	if (i < 2)
		return find_inet(to, words[1], words[2]);
	if (i > 2) {
		to->address.path.sun_family = AF_UNIX;
		snprintf(to->address.path.sun_path,
			sizeof(to->address.path.sun_path), "%s", words[1]);
		to->size = sizeof(to->address.path);
		return true;
	}
	to->address.vsock.svm_family = AF_VSOCK;
	to->address.vsock.svm_cid = (unsigned)number(words[1], 0);
	to->address.vsock.svm_port = (unsigned)number(words[2], 0);
	to->size = sizeof(to->address.vsock);
	return true;
}

/* 1: an answer; 0: none, which is told in its place; -1: it could not ask. */
static int ask(const struct target *to, char *text, size_t size)
{
	int fd = socket(to->address.any.sa_family, to->type | SOCK_CLOEXEC, 0);
	const struct sockaddr_un nameless = {.sun_family = AF_UNIX};
	struct timeval patience = {PATIENCE, 0};
	ssize_t got = -1;

	if (fd < 0) {
		snprintf(text, size, "%s", strerror(errno));
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (to->address.any.sa_family == AF_UNIX && to->type == SOCK_DGRAM)
		bind(fd, (const void *)&nameless, sizeof(sa_family_t));
	if (connect(fd, &to->address.any, to->size) == 0 &&
		(to->type != SOCK_DGRAM || send(fd, "?", 1, 0) == 1))
		got = recv(fd, text, size - 1, 0);
	if (got < 0)
		snprintf(text, size, "%s", strerror(errno));
	else
		text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(fd);
	return got > 0;
}

int ask_given(char **words)
{
	struct target to;
	char text[256];
	int right;

	if (!find(&to, words))
		return 2;
	right = ask(&to, text, sizeof(text));
	puts(text);
	return right < 0 ? 2 : !right;
}

struct answered {
	long run; /* 0: none */
	double seconds;
};

static void ask_some(const struct target *to, long calls, long pause_ms, int fd)
{
	for (; calls > 0; calls--) {
		struct answered answered = {0, now()};
		char text[256];
		const char *space = NULL;

		if (ask(to, text, sizeof(text)) == 1)
			space = strchr(text, ' ');
		else
			fprintf(stderr, "%s\n", text);
		if (space)
			answered.run = number(space + 1, 0);
		answered.seconds = now() - answered.seconds;
		if (write(fd, &answered, sizeof(answered)) < 0)
			_exit(2);
		sleep_ms(pause_ms);
	}
	_exit(0);
}

/* CALLS CLIENTS PAUSE-MS KIND ...: so many calls by so many clients at once,
 * each with a pause between its own; prints how many were answered, by how many
 * runs, and the milliseconds of the longest and of all. */
int ask_many(char **words)
{
	long calls = number(words[0], 0);
	long clients = number(words[1], 1);
	double began = now();
	double longest = 0;
	long runs[64];
	long run_count = 0;
	long right = 0;
	struct answered answered;
	struct target to;
	int pair[2];

	if (!find(&to, words + 3) || pipe2(pair, O_CLOEXEC) < 0)
		return 2;
	for (long i = 0; i < clients; i++)
		if (fork() == 0)
			ask_some(&to, calls / clients, number(words[2], 0),
				pair[1]);
	close(pair[1]);
	while (read(pair[0], &answered, sizeof(answered)) ==
		(ssize_t)sizeof(answered)) {
		long i = 0;

		right += answered.run != 0;
		if (answered.seconds > longest)
			longest = answered.seconds;
		while (i < run_count && runs[i] != answered.run)
			i++;
		if (i == run_count && run_count < 64)
			runs[run_count++] = answered.run;
	}
	while (wait(NULL) > 0)
		;
	printf("%ld %ld %ld %ld\n", right, run_count, (long)(longest * 1000),
		(long)((now() - began) * 1000));
	return 0;
}
