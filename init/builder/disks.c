/* The file systems of the table: each device is looked for by its path, by
 * what its file system is called, or by the name of its partition, and
 * mounted. A device may come late, with a driver that is still looking for it:
 * the kernel says when it does. One that cannot be mounted does not keep the
 * others away, nor the services that need none of it. mount(2), netlink(7)
 */
#include "builder/milestone.h"
#include "builder/repair.h"

#include "base/file.h"
#include "base/mount.h"
#include "base/superblock.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 10 /* for devices that are not there yet, in all */
#define PATIENCE_OPTIONAL_S 2 /* the same, where one may be missing */
#define PATH_SIZE 256U
#define TEXT_SIZE 1024U
#define BLOCKS "/sys/class/block"
#define UEVENTS 1U /* the kernel's own group */

struct disks {
	struct milestone_task *task;
	const struct file_system *wanted; /* the one in hand */
	const char *device; /* as the table names it */
	int events; /* socket that hears of devices, or -1 */
	int64_t began_ms;
	unsigned found; /* devices that carry the name */
	char path[PATH_SIZE]; /* of the one found */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void complain(
	struct disks *d, const char *what, const char *why, const char *remedy)
{
	const struct table *table = d->task->table;

	milestone_tell(d->task,
		"%s:%u: mount %s: %s: %s; %s; what needs it is not started",
		table_string(table, d->wanted->file), d->wanted->line,
		table_string(table, d->wanted->path), what, why, remedy);
}

static void tell(struct disks *d, const char *what, const char *why)
{
	const struct table *table = d->task->table;

	milestone_tell(d->task, "%s:%u: mount %s: %s: %s%s%s",
		table_string(table, d->wanted->file), d->wanted->line,
		table_string(table, d->wanted->path),
		d->found ? d->path : d->device, what, *why ? ": " : "", why);
}

static int open_events(void)
{
	const struct sockaddr_nl name = {
		.nl_family = AF_NETLINK, .nl_groups = UEVENTS};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Whether there was news of a block device, or too much of it. */
static bool has_news(int events)
{
	static const char wanted[] = "SUBSYSTEM=block";
	char text[TEXT_SIZE];
	bool news = false;
	ssize_t got;

	while ((got = recv(events, text, sizeof(text), 0)) >= 0 ||
		errno == ENOBUFS)
		if (got < 0 ||
			memmem(text, (size_t)got, wanted, sizeof(wanted)))
			news = true;
	return news;
}

/* False: the time is over. */
static bool wait_for_news(const struct disks *d)
{
	struct pollfd wait = {.fd = d->events, .events = POLLIN};
	int64_t patience_s =
		d->wanted->optional ? PATIENCE_OPTIONAL_S : PATIENCE_S;

	for (;;) {
		int64_t left = d->began_ms + patience_s * 1000 - now_ms();

		if (d->events < 0 || left <= 0 ||
			poll(&wait, 1, (int)left) == 0)
			return false;
		if (has_news(d->events))
			return true;
	}
}

/* In whatever case; a '-' is no digit, and neither is the end. */
static bool same_id(const char *one, const char *other)
{
	while (*one && *other &&
		text_hex_digit(*one) == text_hex_digit(*other)) {
		one++;
		other++;
	}
	return !*one && !*other;
}

/* "NAME=value" of a line among others; false: there is no such line. */
static bool find_value(
	const char *text, const char *name, char *to, size_t size)
{
	size_t length = strlen(name);

	while (text) {
		if (strncmp(text, name, length) == 0) {
			text += length;
			text_compose(to, size, "%.*s", (int)strcspn(text, "\n"),
				text);
			return true;
		}
		text = strchr(text, '\n');
		text += text ? 1 : 0;
	}
	return false;
}

static bool read_superblock(const char *path, struct superblock *block)
{
	static unsigned char bytes[SUPERBLOCK_BYTES];
	SCOPED_FD fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	return got > 0 && superblock_read(block, bytes, (size_t)got);
}

/* Whether a device carries the name that is looked for. */
static bool carries(const char *wanted, const char *path, const char *uevent)
{
	static const char label[] = "LABEL=";
	static const char uuid[] = "UUID=";
	static const char part[] = "PARTLABEL=";
	struct superblock block;

	if (strncmp(wanted, part, sizeof(part) - 1) == 0) {
		char name[PATH_SIZE];

		return find_value(uevent, "PARTNAME=", name, sizeof(name)) &&
			strcmp(wanted + sizeof(part) - 1, name) == 0;
	}
	if (!read_superblock(path, &block))
		return false;
	if (strncmp(wanted, label, sizeof(label) - 1) == 0)
		return strcmp(wanted + sizeof(label) - 1, block.label) == 0;
	return same_id(wanted + sizeof(uuid) - 1, block.uuid);
}

static void look_at(struct disks *d, int folder, const char *name)
{
	char file[PATH_SIZE];
	char uevent[TEXT_SIZE];
	char node[PATH_SIZE];
	char path[PATH_SIZE];

	text_compose(file, sizeof(file), "%s/uevent", name);
	if (*name == '.' ||
		file_read(folder, file, uevent, sizeof(uevent)) <= 0 ||
		!find_value(uevent, "DEVNAME=", node, sizeof(node)))
		return;
	text_compose(path, sizeof(path), "/dev/%s", node);
	if (!carries(d->device, path, uevent))
		return;
	d->found++;
	memcpy(d->path, path, sizeof(path));
}

/* Looks at all, since two with one name are one too many. */
static void look_for_name(struct disks *d)
{
	_Alignas(struct file_row) char rows[TEXT_SIZE];
	SCOPED_FD folder = open(BLOCKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got = 0;

	d->found = 0;
	while (folder >= 0 && (got = file_rows(folder, rows, sizeof(rows))) > 0)
		for (long at = 0; at < got;) {
			const struct file_row *row = (const void *)(rows + at);

			look_at(d, folder, row->name);
			at += row->length;
		}
}

static void look_for_path(struct disks *d)
{
	struct stat status;

	text_compose(d->path, sizeof(d->path), "%s", d->device);
	d->found = stat(d->path, &status) == 0 && S_ISBLK(status.st_mode);
}

static bool find_device(struct disks *d)
{
	do {
		if (*d->device == '/')
			look_for_path(d);
		else
			look_for_name(d);
	} while (!d->found && wait_for_news(d));
	if (!d->found && d->wanted->optional)
		tell(d, "not there", "left out");
	else if (!d->found)
		complain(d, d->device, "not there in time",
			"is its driver among the 'modules'?");
	else if (d->found > 1)
		complain(d, d->device, "more than one device has this name",
			"name one by UUID= or path");
	return d->found == 1;
}

static const char *remedy_of(int error)
{
	if (error == ENODEV)
		return "the kernel has no such file system: name its module "
		       "among the 'modules'";
	if (error == EINVAL)
		return "is it of this type, with these options?";
	return "the kernel's log (dmesg) tells more";
}

/* False: it is not to be mounted. */
static bool prepare(struct disks *d)
{
	struct repair r = {.table = d->task->table,
		.wanted = d->wanted,
		.device = d->path};
	bool is_good = repair(&r);
	char what[TEXT_SIZE];

	text_compose(
		what, sizeof(what), "%s: %s", d->path, r.what ? r.what : "");
	if (!is_good)
		complain(d, what, *r.why ? r.why : "failed", r.remedy);
	else if (r.what)
		tell(d, r.what, r.why);
	return is_good;
}

static void mount_one(struct disks *d)
{
	const struct table *table = d->task->table;
	const char *type = table_string(table, d->wanted->type);
	const char *path = table_string(table, d->wanted->path);
	const char *options = table_string(table, d->wanted->options);
	bool has_device = d->wanted->device != 0;

	d->device = table_string(table, d->wanted->device);
	/* by an earlier run: what is on it is in use */
	if (d->task->again && mount_is_there(path))
		return;
	if (has_device && (!find_device(d) || !prepare(d)))
		return;
	/* where that fails, mount tells why */
	mkdir(path, 0755);
	if (mount(has_device ? d->path : type, path, type, d->wanted->flags,
		    *options ? options : NULL) < 0)
		complain(d, has_device ? d->path : type, strerror(errno),
			remedy_of(errno));
}

void disks_mount(struct milestone_task *task)
{
	const struct list *list = &task->table->file_systems;
	const struct file_system *all = table_pointer(task->table, list->at);
	struct disks d = {.task = task,
		.events = list->count ? open_events() : -1,
		.began_ms = now_ms()};

	for (uint32_t i = 0; i < list->count; i++) {
		d.wanted = &all[i];
		if (d.wanted->type)
			mount_one(&d);
	}
	file_close(&d.events);
}
