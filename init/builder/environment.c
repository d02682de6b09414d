/* `env-file`: variables from files of the host, read at each start while the
 * builder still sees the host. */
#include "builder/files.h"

#include "base/file.h"
#include "base/text.h"
#include "base/variables.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES_MAX (64 << 10)

/* Memory that lasts until the program is executed, or NULL. */
static void *take_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* One that shrinks meanwhile is read as far as it goes. */
static ssize_t read_all(int fd, char *to, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t done = read(fd, to + have, size - have);

		if (done < 0)
			return -1;
		if (done == 0)
			break;
		have += (size_t)done;
	}
	return (ssize_t)have;
}

static int add_text(struct build *b, char *text, size_t length)
{
	const char *path = b->object;
	const char *why;
	uint32_t line = variables_read(b->variables, text, length, &why);

	if (!line)
		return 0;
	text_compose(b->text, sizeof(b->text), "%.70s:%u: %s", path, line, why);
	b->object = b->text;
	errno = EBADMSG; /* not one of what is not there */
	return -1;
}

static int add_file(struct build *b)
{
	off_t size = 0;
	SCOPED_FD from = source_open(b, b->object, BYTES_MAX, &size);
	char *text;
	ssize_t length;

	if (from < 0)
		return -1;
	text = take_memory((size_t)size + 1);
	if (!text)
		return -1;
	length = read_all(from, text, (size_t)size);
	return length < 0 ? -1 : add_text(b, text, (size_t)length);
}

int environment_read(struct build *b)
{
	const struct list *list = &b->service->env_files;
	const struct env_file *files = table_pointer(b->table, list->at);

	if (!list->count)
		return 0;
	b->variables = take_memory(sizeof(*b->variables));
	if (!b->variables)
		return -1;
	for (uint32_t i = 0; i < list->count; i++) {
		b->object = table_string(b->table, files[i].path);
		if (host_has(b, b->object) && add_file(b) == 0)
			continue;
		if (!files[i].optional || errno != ENOENT)
			return -1;
		build_left_out(b);
	}
	return 0;
}
