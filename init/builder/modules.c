/* Kernel modules: loaded by name with all that they depend on, as depmod has
 * listed it. A line of modules.dep reads "PATH: PATH...", and what stands
 * further right is wanted first; '-' and '_' in a name are the same. What is
 * built into the kernel counts as loaded. modules.dep(5), init_module(2)
 */
#include "builder/milestone.h"

#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/module.h>

#define PATH_SIZE 256U
#define CHUNK 2048U
#define MODULES "/lib/modules/"

struct text {
	const char *start;
	const char *end;
};

struct modules {
	int folder; /* of the running kernel, or -1 */
	struct text dep;
	struct text builtin;
	int error; /* of opening modules.dep, or 0 */
	char list[PATH_SIZE]; /* path of modules.dep */
	char object[PATH_SIZE]; /* what failed */
};

/* An empty file cannot be mapped, and need not be. */
static int map_file(int at, const char *name, struct text *text)
{
	SCOPED_FD fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes;

	*text = (struct text){"", NULL};
	text->end = text->start;
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (status.st_size == 0)
		return 0;
	bytes = mmap(
		NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	*text = (struct text){bytes, bytes + status.st_size};
	return 0;
}

static const char *find(struct text text, char byte)
{
	const char *at =
		memchr(text.start, byte, (size_t)(text.end - text.start));

	return at ? at : text.end;
}

/* "kernel/net/802/stp.ko.xz" -> "stp" */
static struct text name_of(struct text path)
{
	const char *slash =
		memrchr(path.start, '/', (size_t)(path.end - path.start));

	if (slash)
		path.start = slash + 1;
	path.end = find(path, '.');
	return path;
}

static char same(char byte)
{
	if (byte == '-')
		return '_';
	return byte;
}

static bool is_name(struct text name, const char *wanted)
{
	for (; name.start < name.end; name.start++, wanted++)
		if (same(*name.start) != same(*wanted))
			return false;
	return *wanted == '\0';
}

/* The line whose first path has that name, or an empty one. */
static struct text find_line(struct text text, const char *wanted)
{
	while (text.start < text.end) {
		struct text line = {text.start, find(text, '\n')};
		struct text path = {line.start, find(line, ':')};

		if (is_name(name_of(path), wanted))
			return line;
		text.start = line.end < text.end ? line.end + 1 : text.end;
	}
	return (struct text){text.end, text.end};
}

/* Takes the last word off a line; an empty one: there is none. */
static struct text take_last(struct text *line)
{
	struct text word;

	while (line->end > line->start && text_is_blank(line->end[-1]))
		line->end--;
	word = *line;
	while (line->end > line->start && !text_is_blank(line->end[-1]))
		line->end--;
	word.start = line->end;
	return word;
}

static bool is_loaded(struct text path)
{
	char known[PATH_SIZE] = "/sys/module/";
	struct text name = name_of(path);
	size_t used = strlen(known);

	while (name.start < name.end && used < PATH_SIZE - 1)
		known[used++] = same(*name.start++);
	known[used] = '\0';
	return access(known, F_OK) == 0;
}

/* 0, or the errno of m->object. */
static int load_file(struct modules *m, struct text path, const char *arguments)
{
	SCOPED_FD fd = -1;
	size_t length;
	int flags = 0;

	if (is_loaded(path))
		return 0;
	length = text_compose(m->object, sizeof(m->object), "%.*s",
		(int)(path.end - path.start), path.start);
	if (length < 3 || strcmp(m->object + length - 3, ".ko") != 0)
		flags = MODULE_INIT_COMPRESSED_FILE;
	fd = openat(m->folder, m->object, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, arguments, flags) == 0)
		return 0;
	return errno == EEXIST ? 0 : errno;
}

/* A line of /proc/modules has the state behind what else waits for it. */
bool modules_are_loading(int proc)
{
	static const char state[] = " Loading ";
	SCOPED_FD fd = openat(proc, "modules", O_RDONLY | O_CLOEXEC);
	char text[CHUNK + sizeof(state)];
	size_t kept = 0;
	ssize_t count;

	while (fd >= 0 && (count = read(fd, text + kept, CHUNK)) > 0) {
		size_t size = kept + (size_t)count;

		if (memmem(text, size, state, sizeof(state) - 1))
			return true;
		kept = size < sizeof(state) ? size : sizeof(state);
		memmove(text, text + size - kept, kept);
	}
	return false;
}

static int load_line(struct modules *m, struct text line, const char *arguments)
{
	int error = 0;

	while (error == 0) {
		struct text path = take_last(&line);

		if (path.start == path.end)
			break;
		if (path.end[-1] == ':')
			path.end--;
		error = load_file(
			m, path, line.start == line.end ? arguments : "");
	}
	return error;
}

/* Whether it needs no file: part of the kernel, or of an earlier list. */
static bool is_there(const struct modules *m, const char *name)
{
	struct text line = find_line(m->builtin, name);
	struct text itself = {name, name + strlen(name)};

	return line.start < line.end || is_loaded(itself);
}

static void load(struct milestone_task *task, struct modules *m,
	const struct setting *setting)
{
	const char *name = table_string(task->table, setting->name);
	struct text line = find_line(m->dep, name);
	struct milestone_fault fault = {.kind = "modules",
		.object = m->object,
		.remedy = "is it in the image, unpacked? dmesg tells more"};

	if (line.start < line.end) {
		fault.error = load_line(
			m, line, table_string(task->table, setting->value));
	} else if (!is_there(m, name)) {
		fault.object = m->list;
		fault.error = m->error ? m->error : ENOENT;
		fault.why = m->error ? NULL : "no such module";
		fault.remedy = "put it into the image, or write '?' behind it";
	}
	if (fault.error)
		milestone_fault(task, setting, &fault);
}

/* A kernel without modules has no lists: all that is named is missing then. */
static void open_lists(struct modules *m)
{
	struct utsname kernel;

	uname(&kernel);
	text_compose(m->list, sizeof(m->list), MODULES "%s", kernel.release);
	m->folder = open(m->list, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->folder < 0 || map_file(m->folder, "modules.dep", &m->dep) < 0)
		m->error = errno;
	map_file(m->folder, "modules.builtin", &m->builtin);
	text_compose(m->list, sizeof(m->list), MODULES "%s/modules.dep",
		kernel.release);
}

void modules_load(struct milestone_task *task)
{
	const struct list *list = &task->table->system.modules;
	const struct setting *settings = table_pointer(task->table, list->at);
	struct modules m = {.error = 0};

	if (!list->count)
		return;
	open_lists(&m);
	for (uint32_t i = 0; i < list->count; i++)
		load(task, &m, &settings[i]);
	if (m.folder >= 0)
		close(m.folder);
}
