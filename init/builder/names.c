/* /etc/hosts and /etc/resolv.conf inside: written by the reaper into a tmpfs of
 * its own, and bound over those of the root, read-only. hosts(5),
 * resolv.conf(5)
 */
#include "base/file.h"
#include "base/kernel.h"
#include "sandbox/build.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define PLACE "/run" /* where the tmpfs stands until all is bound */
#define ATTRIBUTES \
	(K_MOUNT_ATTR_RDONLY | K_MOUNT_ATTR_NOSUID | K_MOUNT_ATTR_NODEV | \
		K_MOUNT_ATTR_NOEXEC)

/* Whose network it has. */
static const struct service *net_owner(const struct build *b)
{
	const struct joined *joins =
		table_pointer(b->table, b->service->join.at);

	for (uint32_t i = 0; i < b->service->join.count; i++)
		if (joins[i].space == SPACE_NET)
			return table_service(b->table, joins[i].service);
	return b->service;
}

static int put(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t done = write(fd, text, left);

		if (done < 0)
			return -1;
		text += done;
		left -= (size_t)done;
	}
	return 0;
}

static bool is_first_of_bridge(const struct net_entry *nets, uint32_t number)
{
	for (uint32_t i = 0; i < number; i++)
		if (nets[i].kind == NET_BRIDGE &&
			nets[i].interface == nets[number].interface)
			return false;
	return nets[number].kind == NET_BRIDGE;
}

static int put_hosts(struct build *b, int fd)
{
	const struct service *owner = net_owner(b);
	const struct net_entry *nets = table_pointer(b->table, owner->nets.at);
	const struct interface *interfaces =
		table_pointer(b->table, b->table->interfaces.at);

	if (put(fd, "127.0.0.1 localhost\n::1 localhost\n") < 0 ||
		put(fd, table_string(b->table, owner->hosts)) < 0)
		return -1;
	for (uint32_t i = 0; i < owner->nets.count; i++) {
		table_at hosts;

		if (!is_first_of_bridge(nets, i))
			continue;
		hosts = interfaces[nets[i].interface].hosts;
		if (put(fd, table_string(b->table, hosts)) < 0)
			return -1;
	}
	return 0;
}

static int put_resolv(struct build *b, int fd)
{
	return put(fd, table_string(b->table, b->service->resolv));
}

/* A mount of just that file, read-only. */
static int clone_file(int folder, const char *name)
{
	const struct kernel_mount_attr attributes = {.attr_set = ATTRIBUTES};
	int file = kernel_open_tree(
		folder, name, K_OPEN_TREE_CLONE | K_OPEN_TREE_CLOEXEC);

	if (file >= 0 && kernel_mount_setattr(file, &attributes) < 0)
		file_close(&file);
	return file;
}

/* Writes and binds one. A root without the file has no place for it. */
static int bind_file(struct build *b, int folder, const char *name,
	int (*write_text)(struct build *b, int fd))
{
	SCOPED_FD fd = -1;
	int target = mounts_open(b->object);
	int file;

	if (target < 0)
		return -1;
	fd = openat(folder, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write_text(b, fd) < 0) {
		file_close(&target);
		return -1;
	}
	file = clone_file(folder, name);
	if (file >= 0)
		return mounts_attach(file, target);
	file_close(&target);
	return -1;
}

static int bind_files(struct build *b, int folder, bool hosts)
{
	b->object = "/etc/hosts";
	if (hosts && bind_file(b, folder, "hosts", put_hosts) < 0 &&
		errno != ENOENT)
		return -1;
	b->object = "/etc/resolv.conf";
	if (b->service->resolv &&
		bind_file(b, folder, "resolv.conf", put_resolv) < 0)
		return -1;
	return 0;
}

int names_write(struct build *b)
{
	static const char *const options[] = {"size=16M", "mode=0755", NULL};
	bool hosts = net_owner(b)->nets.count;
	SCOPED_FD folder = -1;
	int place;

	if (!is_own(b, SPACE_MNT) || (!hosts && !b->service->resolv))
		return 0;
	b->object = PLACE;
	folder =
		mounts_new("tmpfs", options, ATTRIBUTES & ~K_MOUNT_ATTR_RDONLY);
	place = mounts_open(PLACE);
	if (folder < 0 || place < 0 || kernel_attach(folder, place) < 0)
		return -1;
	file_close(&place);
	if (bind_files(b, folder, hosts) < 0)
		return -1;
	return umount2(PLACE, MNT_DETACH);
}
