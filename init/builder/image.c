/* A root in an image: a file, or a block device, with a file system in it.
 *
 * A loop device makes a file a block device and goes with its last user
 * (autoclear), so that nothing of it is left after the service, whoever is
 * killed half-way. The type of the file system is found by what it begins
 * with, never by a name. loop(4), fsopen(2)
 */
#include "builder/image.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include "sandbox/build.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/loop.h>

#define TRIES 64 /* for a free device: other builders look for one too */
#define BEGIN_SIZE 2048U /* holds all superblocks below */

static const struct {
	const char *name;
	unsigned at;
	unsigned length;
	char magic[5];
} types[] = {
	{"squashfs", 0, 4, "hsqs"},
	{"erofs", 1024, 4, "\xe2\xe1\xf5\xe0"},
	{"ext4", 1024 + 56, 2, "\x53\xef"},
};

int image_file(const char *path)
{
	const struct kernel_open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = K_RESOLVE_NO_SYMLINKS};
	int fd = kernel_openat2(AT_FDCWD, path, &how);
	struct stat status;

	if (fd < 0 ||
		(fstat(fd, &status) == 0 && !(status.st_mode & S_IWOTH) &&
			(S_ISREG(status.st_mode) || S_ISBLK(status.st_mode))))
		return fd;
	file_close(&fd);
	errno = EPERM;
	return -1;
}

int image_open(struct build *b)
{
	if (!b->service->image)
		return 0;
	b->object = table_string(b->table, b->service->image);
	b->image = image_file(b->object);
	return b->image < 0 ? -1 : 0;
}

/* The device is one until another builder has taken it: EBUSY. */
static int take_loop(int control, const struct loop_config *config)
{
	char path[32];

	for (int i = 0; i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		int fd;

		if (number < 0)
			return -1;
		text_compose(
			path, sizeof(path), "/dev/loop%u", (unsigned)number);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno != EBUSY && errno != ENXIO)
			return -1;
		if (fd < 0)
			continue;
		if (ioctl(fd, LOOP_CONFIGURE, config) == 0)
			return fd;
		file_close(&fd);
		if (errno != EBUSY)
			return -1;
	}
	return -1;
}

int image_loop(const char *path, int *file)
{
	struct loop_config config = {.fd = (uint32_t)*file,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR |
			LO_FLAGS_DIRECT_IO};
	SCOPED_FD control = -1;
	struct stat status;
	int device;

	if (fstat(*file, &status) < 0)
		return -1;
	if (S_ISBLK(status.st_mode))
		return 0;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -1;
	text_compose((char *)config.info.lo_file_name,
		sizeof(config.info.lo_file_name), "%s", path);
	device = take_loop(control, &config);
	if (device < 0)
		return -1;
	file_close(file);
	*file = device;
	return 0;
}

int image_attach(struct build *b)
{
	if (b->image < 0)
		return 0;
	b->object = table_string(b->table, b->service->image);
	return image_loop(b->object, &b->image);
}

/* What cannot be read is no fault of a device here: it is the file's. */
static int be_damaged(void)
{
	if (errno == EIO)
		errno = EBADMSG;
	return -1;
}

int image_find(struct build *b)
{
	char begin[BEGIN_SIZE];
	ssize_t got;

	if (b->image < 0)
		return 0;
	b->object = table_string(b->table, b->service->image);
	got = pread(b->image, begin, sizeof(begin), 0);
	if (got < 0)
		return be_damaged();
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (got == (ssize_t)sizeof(begin) &&
			memcmp(begin + types[i].at, types[i].magic,
				types[i].length) == 0) {
			b->type = types[i].name;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/* By the device's fd: what is mounted is what was looked at. */
int image_mount(struct build *b)
{
	char source[48];
	const char *const options[] = {source, "ro", NULL};

	if (b->image < 0)
		return 0;
	b->object = b->type;
	text_compose(source, sizeof(source), "source=/proc/self/fd/%u",
		(unsigned)b->image);
	b->root = mounts_new(b->type, options, ROOT_ATTRIBUTES);
	if (b->root < 0)
		return be_damaged();
	file_close(&b->image);
	b->image = -1;
	return 0;
}
