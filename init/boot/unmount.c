/* Taking file systems out of use: boot_end() calls unmount_all(). The mounts
 * of services are gone with their namespaces; these are the host's.
 */
#include "boot/end.h"

#include "base/file.h"
#include "base/mount.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#define ROOM ((size_t)4 << 20) /* for all lines; only what is used is taken */

static size_t read_mounts(char *to)
{
	SCOPED_FD fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = fd < 0 ? 0 : 1;

	while (got > 0 && used < ROOM) {
		got = read(fd, to + used, ROOM - used);
		if (got > 0)
			used += (size_t)got;
	}
	return used;
}

static bool is_escaped(const char *text)
{
	return text[0] == '\\' && text[1] && text[2] && text[3];
}

/* "\040" is a space: what would split a line is written in octal. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (!is_escaped(text)) {
			*to++ = *text++;
			continue;
		}
		*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
			(text[3] - '0'));
		text += 4;
	}
	*to = '\0';
}

/* The fifth word of a line of mountinfo: proc(5) */
static const char *mount_point(char *line)
{
	char *end;

	for (unsigned i = 0; i < 4; i++) {
		line = strchr(line, ' ');
		if (!line)
			return "/";
		line++;
	}
	end = strchr(line, ' ');
	if (end)
		*end = '\0';
	unescape(line);
	return line;
}

/* Whether it is that folder, or in it. */
static bool is_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 &&
		(path[length] == '/' || path[length] == '\0');
}

/* The kernel's own, without which nothing more could be done or told. */
static bool is_kept(const char *path)
{
	return is_in(path, "/proc") || is_in(path, "/sys") ||
		is_in(path, "/dev") || strcmp(path, "/run") == 0;
}

static bool unmount(const char *path)
{
	return !is_kept(path) && strcmp(path, "/") != 0 &&
		umount2(path, UMOUNT_NOFOLLOW) == 0;
}

static bool seal(const char *path)
{
	if (is_kept(path) || mount_in_ram(path) ||
		mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0)
		return false;
	end_say("boot: make %s read-only: %s; it may need a check", path,
		strerror(errno));
	return false;
}

/* From the last mount to the first. Whether one was acted on. */
static bool each(char *lines, bool (*act)(const char *path))
{
	char *at = lines + read_mounts(lines);
	bool acted = false;

	while (at > lines) {
		char *start = memrchr(lines, '\n', (size_t)(at - 1 - lines));

		at[-1] = '\0';
		start = start ? start + 1 : lines;
		if (act(mount_point(start)))
			acted = true;
		at = start;
	}
	return acted;
}

void unmount_all(void)
{
	char *lines = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (lines == MAP_FAILED)
		return;
	/* again, as long as one that was in use no longer is */
	while (each(lines, unmount))
		;
	each(lines, seal);
}
