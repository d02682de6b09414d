/* The record of reboots that init itself decided on, by which reboot-limit
 * keeps a machine from rebooting for ever: seconds since the epoch, 64 bits
 * each, little-endian. The record is replaced as a whole, so that a cut of
 * power leaves the old or the new one.
 */
#include "base/file.h"
#include "builder/last.h"
#include "log/console.h"
#include "sandbox/sandbox.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW_PATH SANDBOX_REBOOTS ".new"
#define CHUNK 64U

struct record {
	uint64_t now; /* seconds since the epoch */
	uint64_t window;
	uint64_t count; /* reboots in the window */
};

/* A clock that has been set back, or begins anew at each boot, makes recent
 * reboots lie ahead; what lies further off was written by a wrong one. */
static bool counts(const struct record *record, uint64_t time)
{
	uint64_t distance =
		time > record->now ? time - record->now : record->now - time;

	return distance <= record->window;
}

static int write_time(int to, uint64_t time)
{
	uint64_t bytes = htole64(time);

	return write(to, &bytes, sizeof(bytes)) == sizeof(bytes) ? 0 : -1;
}

/* Counts what stands in `from`; to: where it is copied, or -1. A torn time at
 * the end is none. */
static int walk(struct record *record, int from, int to)
{
	uint64_t times[CHUNK];
	ssize_t got;

	record->count = 0;
	while ((got = read(from, times, sizeof(times))) > 0) {
		size_t whole = (size_t)got / sizeof(*times);

		for (size_t i = 0; i < whole; i++) {
			uint64_t time = le64toh(times[i]);

			if (!counts(record, time))
				continue;
			record->count++;
			if (to >= 0 && write_time(to, time) < 0)
				return -1;
		}
	}
	return got < 0 ? -1 : 0;
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

/* The new name is on the disk only when its folder is. */
static int sync_folder(char *path)
{
	SCOPED_FD fd = -1;

	*strrchr(path, '/') = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

/* Writes the record anew with this reboot. from: the old one, or -1. */
static int add(struct record *record, int from)
{
	char path[] = SANDBOX_REBOOTS;
	SCOPED_FD to = -1;

	make_folders(path);
	to = open(NEW_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (to < 0 ||
		(from >= 0 &&
			(lseek(from, 0, SEEK_SET) < 0 ||
				walk(record, from, to) < 0)) ||
		write_time(to, record->now) < 0 || fsync(to) < 0 ||
		rename(NEW_PATH, SANDBOX_REBOOTS) < 0)
		return -1;
	return sync_folder(path);
}

bool reboots_may(const struct system_settings *system)
{
	struct record record = {.window = system->reboot_window_s};
	SCOPED_FD fd = open(SANDBOX_REBOOTS, O_RDONLY | O_CLOEXEC);
	bool is_read;
	struct timespec now;

	if (system->reboot_count == 0)
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	record.now = (uint64_t)now.tv_sec;
	is_read = fd >= 0 && walk(&record, fd, -1) == 0;
	if (record.count >= system->reboot_count)
		return false;
	return add(&record, fd) == 0 || is_read;
}

/* reboot-limit counts it too. */
void reboots_crashed(const struct system_settings *system, int signal)
{
	char path[] = SANDBOX_CRASH;
	SCOPED_FD to = -1;
	char number = (char)signal;

	make_folders(path);
	to = open(
		SANDBOX_CRASH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (to >= 0 && write(to, &number, 1) == 1 && fsync(to) == 0)
		sync_folder(path);
	if (system->reboot_count && !reboots_may(system))
		console_say(
			"boot: reboot-limit is reached, but init itself has "
			"crashed");
}
