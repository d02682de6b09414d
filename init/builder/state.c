/* States: the directories of services that outlive them, DATA/state/NAME on
 * the host. What a service keeps in its own is never walked here, so that no
 * link in it leads anywhere.
 *
 * On disk files belong to the ids that the service sees, by an id-mapped
 * mount (ids_map()); where the file system has none, to the ids of the host
 * that stand for them. Which of the two is told by the owner of the directory.
 *
 * A size is a project quota: the number of the directory's inode is that of
 * its project, which all that is made in it inherits. quotactl(2)
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fs.h>
#include <linux/quota.h>

#define BLOCK 1024U /* of limits, whatever the file system's */
#define FILE_LEAST 4096U /* of the size for each file, however short */
#define FILES_SPARE 64U

static int set_quota(int folder, uint32_t project, uint64_t size)
{
	struct if_dqblk limits = {
		.dqb_bhardlimit = size / BLOCK, .dqb_valid = QIF_LIMITS};

	if (size)
		limits.dqb_ihardlimit = size / FILE_LEAST + FILES_SPARE;
	return kernel_quotactl(
		folder, (unsigned)QCMD(Q_SETQUOTA, PRJQUOTA), project, &limits);
}

/* The file system counts always, and limits once it is told to. */
static int enforce(int folder)
{
	if (kernel_quotactl(folder, (unsigned)QCMD(Q_QUOTAON, PRJQUOTA), 0,
		    NULL) == 0 ||
		errno == EBUSY || errno == EEXIST)
		return 0;
	return -1;
}

/* What was in it before would not be counted. */
static int join_project(int folder, uint32_t project)
{
	struct fsxattr attributes;

	if (ioctl(folder, (int)FS_IOC_FSGETXATTR, &attributes) < 0)
		return -1;
	if (attributes.fsx_projid == project &&
		(attributes.fsx_xflags & FS_XFLAG_PROJINHERIT))
		return 0;
	if (!folders_are_empty(folder)) {
		errno = EINVAL;
		return -1;
	}
	attributes.fsx_projid = project;
	attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	return ioctl(folder, (int)FS_IOC_FSSETXATTR, &attributes);
}

/* Also without a size, so that one may be written later, or be removed. */
static int hold_size(int folder, uint64_t size)
{
	struct stat status;

	if (fstat(folder, &status) < 0)
		return -1;
	if (status.st_ino > UINT32_MAX) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (join_project(folder, (uint32_t)status.st_ino) < 0 ||
		set_quota(folder, (uint32_t)status.st_ino, size) < 0)
		return -1;
	return size ? enforce(folder) : 0;
}

/* Whether a file's owner is an id as the service sees it. */
static bool is_seen(const struct service *service, uint32_t id)
{
	return id + 1 < service->id_count || id == NOBODY;
}

bool state_is_seen(const struct service *service, int folder)
{
	struct stat status;

	return service->id_count && fstat(folder, &status) == 0 &&
		is_seen(service, status.st_uid);
}

/* The directory itself is its user's, whoever that was before. */
static int give(const struct build *b, int folder)
{
	const struct service *service = b->service;
	uint32_t uid = b->uid;
	uint32_t gid = b->gid;
	struct stat status;

	if (fstat(folder, &status) < 0)
		return -1;
	if (service->id_count && !is_seen(service, status.st_uid)) {
		if (status.st_uid - service->first_id >= service->id_count) {
			errno = EPERM;
			return -1;
		}
		uid = users_outside(service, uid);
		gid = users_outside(service, gid);
	}
	if (status.st_uid == uid && status.st_gid == gid)
		return 0;
	return fchown(folder, uid, gid);
}

static int open_state(struct build *b, const struct mount_entry *entry)
{
	table_at at = b->table->system.data;
	const char *data = at ? table_string(b->table, at) : TABLE_DATA;
	const char *name = table_string(b->table, entry->host);
	SCOPED_FD top = -1;
	SCOPED_FD states = -1;
	SCOPED_FD folder = -1;

	text_compose(b->text, sizeof(b->text), "%s/state/%s", data, name);
	b->object = b->text;
	if (!host_has(b, b->text))
		return -1;
	top = folders_open(AT_FDCWD, data);
	states = top < 0 ? -1 : folders_make(top, "state");
	folder = states < 0 ? -1 : folders_make(states, name);
	if (folder < 0 || give(b, folder) < 0)
		return -1;
	return mounts_clone(folder, 0);
}

/* What stands over /var/lib where the image has no folders for them. */
static int add_folder(struct build *b, const struct mount_entry *entry)
{
	static const char *const options[] = {
		"size=4k", "nr_inodes=258", "mode=0755", NULL};

	if (b->states < 0)
		b->states = mounts_new(
			"tmpfs", options, MOUNTS_SAFE | K_MOUNT_ATTR_NOEXEC);
	if (b->states < 0)
		return -1;
	return mkdirat(b->states, table_string(b->table, entry->host), 0755);
}

int states_open(struct build *b)
{
	const struct kernel_mount_attr sealed = {
		.attr_set = K_MOUNT_ATTR_RDONLY};
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (entries[i].kind != MOUNT_STATE)
			continue;
		b->trees[i] = open_state(b, &entries[i]);
		if (b->trees[i] < 0 || add_folder(b, &entries[i]) < 0)
			return -1;
	}
	b->object = NULL;
	return b->states < 0 ? 0 : kernel_mount_setattr(b->states, &sealed);
}

/* What fails tells in many ways that the file system cannot. What is short, or
 * breaks, says so itself. */
static int cause_of(int error)
{
	return error == ENOTTY || error == EINVAL || error == ENOSYS ||
			error == ESRCH
		? EOPNOTSUPP
		: error;
}

int states_limit(struct build *b)
{
	uint32_t count;
	const struct mount_entry *entries = mounts_of(b, &count);

	for (uint32_t i = 0; i < count; i++) {
		SCOPED_FD folder = -1;
		int error;

		if (entries[i].kind != MOUNT_STATE)
			continue;
		folder = folders_open(b->trees[i], ".");
		if (hold_size(folder, entries[i].size) == 0 || !entries[i].size)
			continue;
		error = cause_of(errno);
		text_compose(b->text, sizeof(b->text), "%s:SIZE",
			table_string(b->table, entries[i].host));
		b->object = b->text;
		if (!entries[i].optional) {
			errno = error;
			return -1;
		}
		build_left_out(b);
	}
	return 0;
}
