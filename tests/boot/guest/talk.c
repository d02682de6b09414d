/* Sockets and System V and POSIX objects: what two services may or may not
 * share.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void answer_all(int listener, const char *answer)
{
	while (1) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		dprintf(fd, "%s\n", answer);
		close(fd);
	}
}

static int listen_on(const struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, length) == 0 && listen(fd, 8) == 0)
		return fd;
	say_done("%s\n", strerror(errno));
	return -1;
}

static struct sockaddr_in port_of(const char *word)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(word, 0)),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static struct sockaddr_un path_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

int serve_tcp(char **words)
{
	struct sockaddr_in address = port_of(words[0]);
	int fd = listen_on((const void *)&address, sizeof(address));

	if (fd < 0)
		return hold(NULL);
	say_done("listening\n");
	answer_all(fd, words[1]);
	return 0;
}

int serve_unix(char **words)
{
	struct sockaddr_un address = path_of(words[0]);
	int fd;

	unlink(words[0]);
	fd = listen_on((const void *)&address, sizeof(address));
	if (fd < 0)
		return hold(NULL);
	answer_all(fd, words[1]);
	return 0;
}

/* The answer, or why there is none. */
static bool ask(const struct sockaddr *address, socklen_t length, char *answer,
	size_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t got = -1;

	if (connect(fd, address, length) == 0)
		got = read(fd, answer, size - 1);
	if (got < 0)
		snprintf(answer, size, "%s", strerror(errno));
	else
		answer[got] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	close(fd);
	return got > 0;
}

bool ask_path(const char *path, char *answer, size_t size)
{
	struct sockaddr_un address = path_of(path);

	return ask((const void *)&address, sizeof(address), answer, size);
}

int ask_tcp(char **words)
{
	struct sockaddr_in address = port_of(words[0]);
	char answer[256];
	bool right = ask((const void *)&address, sizeof(address), answer,
		sizeof(answer));

	puts(answer);
	return right ? 0 : 1;
}

int ask_unix(char **words)
{
	char answer[256];
	bool right = ask_path(words[0], answer, sizeof(answer));

	puts(answer);
	return right ? 0 : 1;
}

static long queue_open(const char *name, int flags)
{
	return syscall(SYS_mq_open, name + (name[0] == '/'), flags, 0666, NULL);
}

/* Makes both objects, anew or not at all, and leaves its value in them. */
int keep_ipc(char **words)
{
	int memory = shmget(
		(key_t)number(words[0], 0), 4096, IPC_CREAT | IPC_EXCL | 0666);
	const char *shm_error = memory < 0 ? strerror(errno) : "made";
	long queue = queue_open(words[1], O_RDWR | O_CREAT | O_EXCL);
	const char *queue_error = queue < 0 ? strerror(errno) : "made";

	if (memory >= 0)
		strcpy(shmat(memory, NULL, 0), words[2]);
	if (queue >= 0)
		syscall(SYS_mq_timedsend, queue, words[2], strlen(words[2]), 0,
			NULL);
	say_done("shm %s, queue %s\n", shm_error, queue_error);
	return hold(NULL);
}

/* What stands in both objects of the caller's namespace. */
int see_ipc(char **words)
{
	int memory = shmget((key_t)number(words[0], 0), 0, 0);
	const char *text = memory < 0 ? NULL : shmat(memory, NULL, SHM_RDONLY);
	long queue = queue_open(words[1], O_RDONLY | O_NONBLOCK);
	char message[8193] = "";

	if (queue >= 0)
		syscall(SYS_mq_timedreceive, queue, message,
			sizeof(message) - 1, NULL, NULL);
	printf("shm %s, queue %s\n", text && text != (void *)-1 ? text : "-",
		*message ? message : "-");
	return 0;
}
