/* A verified image: a device of the kernel's device mapper (target verity)
 * that gives out no block which does not belong to the root hash.
 *
 * The tree of hashes is in FILE.verity, as veritysetup makes it. Nothing in
 * that file is trusted: another salt, size or tree gives another root hash.
 * Only SHA-256 is taken, so that nobody can choose a weaker one. The device
 * removes itself after its last user (deferred remove).
 * admin-guide/device-mapper/verity.rst
 */
#include "base/file.h"
#include "base/text.h"
#include "builder/image.h"
#include "sandbox/build.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <linux/dm-ioctl.h>

#define ALGORITHM "sha256"
#define SALT_MAX 256U
#define BLOCKS_MAX (UINT64_C(1) << 40)
#define SECTOR 512U
#define NAME "bulkhead-loop"

/* At the start of FILE.verity; numbers are little-endian. */
struct superblock {
	char magic[8];
	uint32_t version;
	uint32_t type;
	uint8_t uuid[16];
	char algorithm[32];
	uint32_t data_block;
	uint32_t hash_block;
	uint64_t data_blocks;
	uint16_t salt_size;
	uint8_t spare[6];
	uint8_t salt[SALT_MAX];
	uint8_t rest[168];
};

/* One call of the device mapper. */
struct call {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char words[1000];
};

static int read_superblock(int fd, struct superblock *super)
{
	static const char magic[8] = "verity";
	ssize_t got = pread(fd, super, sizeof(*super), 0);

	if (got < 0)
		return -1;
	if (got == (ssize_t)sizeof(*super) &&
		memcmp(super->magic, magic, sizeof(magic)) == 0 &&
		le32toh(super->version) == 1 && le32toh(super->type) == 1 &&
		strncmp(super->algorithm, ALGORITHM, sizeof(ALGORITHM)) == 0 &&
		le16toh(super->salt_size) <= SALT_MAX &&
		le64toh(super->data_blocks) < BLOCKS_MAX)
		return 0;
	errno = EBADMSG;
	return -1;
}

static void write_salt(const struct superblock *super, char *to)
{
	unsigned size = le16toh(super->salt_size);

	if (!size)
		*to++ = '-';
	for (unsigned i = 0; i < size; i++) {
		*to++ = "0123456789abcdef"[super->salt[i] >> 4];
		*to++ = "0123456789abcdef"[super->salt[i] & 15];
	}
	*to = '\0';
}

/* Behind the superblock's block begins the tree. */
static int write_target(struct build *b, struct call *call, int tree)
{
	char salt[2 * SALT_MAX + 1];
	struct superblock super;
	struct stat data;
	struct stat hashes;

	if (read_superblock(tree, &super) < 0 || fstat(b->image, &data) < 0 ||
		fstat(tree, &hashes) < 0)
		return -1;
	write_salt(&super, salt);
	call->head.target_count = 1;
	call->target.length = le64toh(super.data_blocks) *
		(le32toh(super.data_block) / SECTOR);
	memcpy(call->target.target_type, "verity", sizeof("verity"));
	text_compose(call->words, sizeof(call->words),
		"1 %u:%u %u:%u %u %u %llu 1 " ALGORITHM " %s %s",
		major(data.st_rdev), minor(data.st_rdev), major(hashes.st_rdev),
		minor(hashes.st_rdev), le32toh(super.data_block),
		le32toh(super.hash_block),
		(unsigned long long)le64toh(super.data_blocks),
		table_string(b->table, b->service->verity), salt);
	return 0;
}

static int dm(int control, unsigned long request, struct call *call)
{
	call->head.version[0] = DM_VERSION_MAJOR;
	call->head.data_size = sizeof(*call);
	call->head.data_start = offsetof(struct call, target);
	return ioctl(control, (int)request, call);
}

/* The name says which loop device it stands on, and so no two have the same. */
static void name_call(struct call *call, unsigned number)
{
	memset(&call->head, 0, sizeof(call->head));
	text_compose(
		call->head.name, sizeof(call->head.name), NAME "%u", number);
}

/* What a builder made that was killed before it could say that it removes
 * itself; those in use are busy. */
static void remove_lost(int control, struct call *call, unsigned number)
{
	for (unsigned i = 0; i <= number; i++) {
		name_call(call, i);
		dm(control, DM_DEV_REMOVE, call);
	}
}

/* Opened before it is told to remove itself, because then it is in use. */
static int make_device(int control, struct call *call, unsigned number)
{
	char path[32];
	int fd;

	name_call(call, number);
	call->head.flags = DM_READONLY_FLAG;
	if (dm(control, DM_DEV_CREATE, call) < 0)
		return -1;
	text_compose(path, sizeof(path), "/dev/dm-%u", minor(call->head.dev));
	name_call(call, number);
	call->head.flags = DM_READONLY_FLAG;
	call->head.target_count = 1;
	if (dm(control, DM_TABLE_LOAD, call) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd;
}

static int finish_device(int control, struct call *call, unsigned number)
{
	name_call(call, number);
	call->head.flags = DM_DEFERRED_REMOVE;
	if (dm(control, DM_DEV_REMOVE, call) < 0)
		return -1;
	name_call(call, number);
	return dm(control, DM_DEV_SUSPEND, call);
}

/* One builder at a time, so that what is in the making is not taken for lost.
 */
static int make(struct build *b, struct call *call)
{
	SCOPED_FD lock = mounts_lock(b);
	SCOPED_FD control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	unsigned number;
	struct stat data;
	int error;
	int fd;

	b->object = "/dev/mapper/control";
	if (lock < 0 || control < 0 || fstat(b->image, &data) < 0)
		return -1;
	number = minor(data.st_rdev);
	b->object = table_string(b->table, b->service->image);
	remove_lost(control, call, number);
	fd = make_device(control, call, number);
	if (fd >= 0 && finish_device(control, call, number) == 0)
		return fd;
	error = errno;
	file_close(&fd);
	remove_lost(control, call, number);
	errno = error;
	return -1;
}

int image_verify(struct build *b)
{
	static char path[1024];
	static struct call call;
	SCOPED_FD tree = -1;
	int fd;

	if (b->image < 0 || !b->service->verity)
		return 0;
	text_compose(path, sizeof(path), "%s.verity",
		table_string(b->table, b->service->image));
	b->object = path;
	tree = image_file(path);
	if (tree < 0 || image_loop(path, &tree) < 0 ||
		write_target(b, &call, tree) < 0)
		return -1;
	fd = make(b, &call);
	if (fd < 0)
		return -1;
	file_close(&b->image);
	b->image = fd;
	return 0;
}
