/* The kernel's settings that [system] sets, once its modules are there.
 * sysctl(5), proc(5)
 */
#include "builder/milestone.h"

#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PATH_SIZE 256U
#define FOLDER "/proc/sys/"

/* The parser lets no name leave the folder: dots stand alone. */
static int write_one(const char *name, const char *value)
{
	char path[PATH_SIZE];
	size_t length = text_compose(path, sizeof(path), FOLDER "%s", name);

	for (size_t i = strlen(FOLDER); i < length; i++)
		if (path[i] == '.')
			path[i] = '/';
	return file_write(AT_FDCWD, path, value);
}

void settings_write(struct milestone_task *task)
{
	const struct list *list = &task->table->system.sysctls;
	const struct setting *settings = table_pointer(task->table, list->at);
	struct milestone_fault fault = {.kind = "sysctl", .object = ""};

	for (uint32_t i = 0; i < list->count; i++) {
		const char *name = table_string(task->table, settings[i].name);

		if (write_one(name,
			    table_string(task->table, settings[i].value)) == 0)
			continue;
		fault.error = errno;
		fault.remedy = errno == ENOENT
			? "this kernel has no such setting; write '?' behind it"
			: "the kernel does not take this value";
		milestone_fault(task, &settings[i], &fault);
	}
}
