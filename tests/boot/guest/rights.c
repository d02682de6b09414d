/* What a service tries that takes a right: it says of each what came of it. */
#include "probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *verdict(int result)
{
	return result < 0 ? strerror(errno) : "yes";
}

static int set_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return clock_settime(CLOCK_REALTIME, &time);
}

int try_deeds(char **words)
{
	char text[256];
	int used;

	(void)words;
	used = snprintf(text, sizeof(text), "raw: %s, ",
		verdict(socket(
			AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)));
	used += snprintf(text + used, sizeof(text) - (size_t)used,
		"chroot: %s, ", verdict(chroot("/")));
	snprintf(text + used, sizeof(text) - (size_t)used, "clock: %s",
		verdict(set_clock()));
	say_done("%s\n", text);
	return hold(NULL);
}

/* Waits for a program, executes it, and says as whom it ran. */
int try_gain(char **words)
{
	int status = 0;

	while (access(words[0], X_OK) != 0)
		sleep_ms(20);
	if (fork() == 0) {
		execl(words[0], words[0], "user", NULL);
		_exit(255);
	}
	wait(&status);
	say_done("user %d\n", WEXITSTATUS(status));
	return hold(NULL);
}

int show_user(char **words)
{
	(void)words;
	return (int)geteuid();
}
