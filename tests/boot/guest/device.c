/* Devices: opened by a service, and seen to come and go. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Whether it can be opened, for the judge: the group counts in which it is. */
int can_open(char **words)
{
	int flags = words[1] && words[1][0] == 'w' ? O_WRONLY : O_RDONLY;
	int fd = open(words[0], flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	printf("%s\n", fd < 0 ? strerror(errno) : "opened");
	return fd < 0 ? 1 : 0;
}

/* Opens a new terminal, both ends. */
int open_pty(char **words)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave = -1;

	(void)words;
	if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
		slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	say_done("%s\n", slave < 0 ? strerror(errno) : "opened");
	return hold(NULL);
}

static int watch_folder(int watch, const char *path)
{
	char folder[256];

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	return inotify_add_watch(
		watch, folder, IN_CREATE | IN_DELETE | IN_ATTRIB);
}

static void read_events(int watch)
{
	char events[4096];

	if (read(watch, events, sizeof(events)) < 0)
		exit(2);
}

/* Until something changes in /dev, or in the folder of a path there. */
static void wait_change(int watch, const char *path)
{
	watch_folder(watch, "/dev/");
	if (watch_folder(watch, path) < 0 || access(path, F_OK) != 0)
		read_events(watch);
}

static int open_when_there(int watch, const char *path)
{
	int fd;

	while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		if (errno != ENOENT && errno != EACCES)
			say_done("%s\n", strerror(errno));
		wait_change(watch, path);
	}
	return fd;
}

/* Says when a device has come, when something was read from it, and when it is
 * gone; for ever. */
int await_device(char **words)
{
	char bytes[64];
	struct stat status;
	int watch = inotify_init1(IN_CLOEXEC);

	say_done("waiting\n");
	while (1) {
		int fd = open_when_there(watch, words[0]);

		fstat(fd, &status);
		if (!words[1])
			close(fd);
		say_done("came %u:%u\n", major(status.st_rdev),
			minor(status.st_rdev));
		if (words[1] && read(fd, bytes, sizeof(bytes)) > 0)
			say_done("read\n");
		if (words[1])
			close(fd);
		watch_folder(watch, words[0]);
		while (access(words[0], F_OK) == 0)
			read_events(watch);
		say_done("gone\n");
	}
}

int read_device(char **words)
{
	char bytes[8];
	int fd = open(words[0], O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (count < 0)
		say_done("%s\n", strerror(errno));
	else
		say_done("read %zd\n", count);
	return hold(NULL);
}
