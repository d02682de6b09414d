/* A service that says things in all the ways there are. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define LONG_LINE 5000

static void put(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		exit(2);
}

static void put_long(void)
{
	static char line[LONG_LINE + 1];

	memset(line, 'y', LONG_LINE);
	line[LONG_LINE] = '\n';
	if (write(STDOUT_FILENO, line, sizeof(line)) < 0)
		exit(2);
}

/* 0, or errno. */
static int send_packet(const char *text)
{
	const struct sockaddr_un to = {AF_UNIX, "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = sendto(fd, text, strlen(text), 0, (const void *)&to,
			    sizeof(to)) < 0
		? errno
		: 0;

	close(fd);
	return error;
}

/* A line in two parts, one at each signal. */
static void put_part(void)
{
	static bool has_begun;

	put(STDERR_FILENO, has_begun ? "broken\n" : "un");
	has_begun = !has_begun;
}

/* Then once more at each SIGUSR1, and a part at each SIGUSR2. */
int speak(char **words)
{
	sigset_t set;
	int signal;

	(void)words;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	put(STDOUT_FILENO, "one\n");
	put(STDERR_FILENO, "two\n");
	put(STDOUT_FILENO, "par");
	sleep_ms(100);
	put(STDERR_FILENO, "between\n");
	put(STDOUT_FILENO, "tial\n");
	put(STDOUT_FILENO, "\x1b[31m\x01\xff\xc3\xa4\n");
	put(STDOUT_FILENO, "<3>with a level\n");
	put_long();
	openlog("speaker", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	syslog(LOG_WARNING, "by %s", "syslog");
	put_file(
		"/tmp/packet", "%s\n", strerror(send_packet("<14>two\nlines")));
	say_done("said\n");
	while (sigwait(&set, &signal) == 0) {
		if (signal == SIGUSR2)
			put_part();
		else
			put(STDOUT_FILENO, "again\n");
	}
	return 0;
}

/* Prints COUNT datagrams that come to a port of the host, a line each: of ::1
 * and of 127.0.0.1 alike. */
int catch_udp(char **words)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)number(words[0], 0))};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[2048];

	if (bind(fd, (const void *)&at, sizeof(at)) < 0)
		return 2;
	for (long left = number(words[1], 1); left; left--) {
		ssize_t size = recv(fd, text, sizeof(text), 0);

		printf("%.*s\n", (int)size, text);
		fflush(stdout);
	}
	return 0;
}

/* More than anyone reads: COUNT long datagrams. */
int send_packets(char **words)
{
	long count = number(words[0], 1);
	long sent = 0;
	char text[1500];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	while (sent < count && send_packet(text) == 0)
		sent++;
	say_done("%ld\n", sent);
	return hold(NULL);
}
