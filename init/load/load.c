/* The loader's work, in the order in which it is done. It runs in a child of
 * init, or in the tool; what it maps goes with the process, or at the end.
 */
#include "load/load.h"

#include "base/file.h"
#include "base/text.h"
#include "load/files.h"
#include "load/tzif.h"
#include "plan/order.h"
#include "table/build.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS_MAX ((size_t)1 << 20) /* bytes of etc/passwd and etc/group */
#define POLICY_BYTES ((size_t)POLICY_INSTRUCTION * POLICY_MOST)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

struct loader {
	const struct load_request *request;
	struct arena out;
	struct arena scratch;
	struct table_build build;
	struct table_input input;
	struct table_text *files;
};

static int map_arena(struct arena *arena, size_t size, int fd)
{
	int kind = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
		kind | MAP_NORESERVE, fd, 0);

	if (start == MAP_FAILED)
		return -errno;
	/* little of it is used: a huge page would be 2 MiB that are cleared for
	 * some KiB; a kernel without them refuses, and has none */
	if (fd < 0)
		madvise(start, size, MADV_NOHUGEPAGE);
	*arena = (struct arena){start, size, 0};
	return 0;
}

static void say(struct loader *l, uint32_t number, const char *why)
{
	struct place place = {number + 1, 0, 0};

	table_fault(&l->build, &place, "%s%s", why,
		errno ? "; without it no service is started" : "");
}

static void read_file(struct loader *l, uint32_t number)
{
	struct table_text *file = &l->files[number];
	const char *why =
		files_read(AT_FDCWD, file, TABLE_FILE_MAX, &l->scratch);

	if (!why)
		return;
	if (number < l->request->file_count)
		l->input.missing = true;
	else
		errno = 0;
	say(l, number, why);
}

static void read_files(struct loader *l)
{
	const struct load_request *request = l->request;
	struct place nowhere = {0, 0, 0};
	const char **paths = NULL;
	uint32_t given = request->file_count;
	int found = 0;
	uint32_t count;

	if (request->dropins)
		found = files_list(request->dropins, &l->scratch, &paths);
	if (found < 0)
		table_fault(&l->build, &nowhere, "%s: %s", request->dropins,
			strerror(-found));
	count = given + (found > 0 ? (uint32_t)found : 0);
	l->files = ARENA_ARRAY(&l->scratch, struct table_text, count);
	l->input.files = l->files;
	l->input.file_count = count;
	for (uint32_t i = 0; i < count; i++) {
		l->files[i].name =
			i < given ? request->files[i] : paths[i - given];
		l->files[i].bytes = "";
		read_file(l, i);
	}
}

/* Users of the image; a file that is not there has none. Whatever happens,
 * names must be known. */
static void read_users(
	struct loader *l, int root, const char *path, struct table_text *text)
{
	struct place nowhere = {0, 0, 0};
	const char *why;

	*text = (struct table_text){path, "", 0};
	if (root < 0)
		return;
	why = files_read(root, text, USERS_MAX, &l->scratch);
	if (why && errno != ENOENT)
		table_fault(&l->build, &nowhere, "%s below %s: %s", path,
			l->request->root, why);
}

static void read_root(struct loader *l)
{
	struct place nowhere = {0, 0, 0};
	int root;

	if (!l->request->root)
		return;
	root = openat(
		AT_FDCWD, l->request->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		table_fault(&l->build, &nowhere, "%s: %s", l->request->root,
			strerror(errno));
	read_users(l, root, "etc/passwd", &l->input.passwd);
	read_users(l, root, "etc/group", &l->input.group);
	if (root >= 0)
		close(root);
}

/* Filters of system calls are the image's, too, and are not looked for where
 * its users are not. */
static void read_policies(struct loader *l)
{
	SCOPED_FD root = -1;
	char path[sizeof(LOAD_POLICIES) + TABLE_NAME_MAX];

	if (!l->request->root)
		return;
	root = openat(
		AT_FDCWD, l->request->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (uint32_t i = 0; root >= 0 && i < table_policies(&l->build); i++) {
		struct table_text text = {path, "", 0};
		const char *why;

		text_compose(path, sizeof(path), LOAD_POLICIES "/%s",
			table_policy(&l->build, i));
		why = files_read(root, &text, POLICY_BYTES, &l->scratch);
		if (why)
			table_policy_fault(&l->build, i, path, why);
		else
			table_policy_put(&l->build, i, &text);
	}
}

/* Without its zone a service would run at some other time: so none does. */
static void refuse_times(struct loader *l, const char *path, const char *why)
{
	const struct table *table = l->build.table;
	struct place nowhere = {0, 0, 0};

	table_fault(&l->build, &nowhere,
		"timezone: /%s: %s; put the file of the time zone there, or "
		"remove 'timezone'",
		path, why);
	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);
		const struct timer *timer =
			table_pointer(table, service->timer);

		if (service->timer && timer->at_s != TIMER_NO_TIME)
			table_change(&l->build, i)->flags |= SERVICE_FAULTY;
	}
}

/* Time zones are the image's, too. */
static void read_zone(struct loader *l)
{
	struct table *table = l->build.table;
	struct table_text text = {NULL, "", 0};
	const char *why;
	struct zone *zone;
	SCOPED_FD root = -1;
	char path[128];

	if (!l->request->root || !table->system.timezone)
		return;
	text_compose(path, sizeof(path), LOAD_ZONES "/%s",
		table_string(table, table->system.timezone));
	text.name = path;
	root = openat(
		AT_FDCWD, l->request->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	why = files_read(root, &text, TZIF_BYTES_MAX, &l->scratch);
	zone = arena_take(&l->scratch, 1, ZONE_SIZE(ZONE_CHANGES_MAX),
		_Alignof(struct zone));
	if (!why)
		why = tzif_read(zone, text.bytes, text.size);
	if (why)
		refuse_times(l, path, why);
	else
		table_put_zone(&l->build, zone, ZONE_SIZE(zone->count));
}

static void make_table(struct loader *l)
{
	table_begin(&l->build, &l->out, &l->scratch, &l->input);
	read_files(l);
	read_root(l);
	table_read(&l->build);
	read_policies(l);
	read_zone(l);
	order_make(&l->build);
	table_finish(&l->build);
}

int load_table(int memfd, const struct load_request *request)
{
	struct loader l = {.request = request,
		.input = {.rescue = request->rescue,
			.note = request->note,
			.explained = request->explained,
			.tell = request->tell,
			.before = request->before}};
	int error;

	if (ftruncate(memfd, TABLE_OUT_SIZE) < 0)
		return -errno;
	error = map_arena(&l.out, TABLE_OUT_SIZE, memfd);
	if (error)
		return error;
	error = map_arena(&l.scratch, TABLE_SCRATCH_SIZE, -1);
	if (!error) {
		make_table(&l);
		munmap(l.scratch.start, l.scratch.size);
	}
	munmap(l.out.start, l.out.size);
	if (!error &&
		(ftruncate(memfd, (off_t)l.out.used) < 0 ||
			fcntl(memfd, F_ADD_SEALS, SEALS) < 0))
		error = -errno;
	return error;
}
