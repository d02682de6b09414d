/* What programs say of themselves: when files appear, so that a test decides
 * when.
 */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void wait_for_file(const char *path)
{
	while (access(path, F_OK) != 0)
		usleep(5000);
}

/* "\n" in a word is a line feed. */
static size_t unescape(const char *word, char *to, size_t size)
{
	size_t used = 0;

	while (*word && used < size) {
		bool feed = word[0] == '\\' && word[1] == 'n';

		to[used++] = *word;
		if (feed)
			to[used - 1] = '\n';
		word += feed ? 2 : 1;
	}
	return used;
}

void notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char bytes[512];
	size_t length = unescape(text, bytes, sizeof(bytes));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		path ? path : "");
	if (sendto(fd, bytes, length, 0, (void *)&address, sizeof(address)) < 0)
		perror("NOTIFY_SOCKET");
	close(fd);
}

/* Pairs: a file to wait for, and what to say then; "-" waits for none. */
int tell_files(char **words)
{
	for (; words[0] && words[1]; words += 2) {
		if (strcmp(words[0], "-") != 0)
			wait_for_file(words[0]);
		notify(words[1]);
	}
	pause();
	return 0;
}

/* Writes text to a descriptor that it did not open, when a file appears. */
int tell_fd(char **words)
{
	char bytes[64];
	size_t length = unescape(words[2], bytes, sizeof(bytes));

	wait_for_file(words[1]);
	if (write((int)number(words[0], 0), bytes, length) < 0)
		perror(words[0]);
	close((int)number(words[0], 0));
	pause();
	return 0;
}

/* Waits for a file, and executes. */
int run_after(char **words)
{
	wait_for_file(words[0]);
	execv(words[1], words + 1);
	return 2;
}
