/* svc load: what init executes at boot to have its table read. It gets the
 * memfd for the table as LOAD_FD, and finds the table's files as the kernel's
 * command line says.
 */
#include "load/load.h"
#include "loader/loader.h"
#include "svc/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define WORDS_SIZE 8192 /* COMMAND_LINE_SIZE is 4096 at most */

/* Only a memfd has seals. */
static bool is_called_by_init(void)
{
	return fcntl(LOAD_FD, F_GET_SEALS) == 0;
}

static void read_words(char *words, size_t size)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? 0 : read(fd, words, size - 1);

	words[count > 0 ? count : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

int load_run(const struct verb *verb, char **operands)
{
	static const char *const files[] = {LOAD_TABLE_PATH};
	static char words[WORDS_SIZE];
	struct load_request request = {.files = files,
		.file_count = 1,
		.dropins = LOAD_DROPINS,
		.root = "/"};
	const char *file;
	int error;

	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!is_called_by_init()) {
		complain("load: only init calls this; to look for faults use "
			 "'svc check'");
		return SVC_FAILED;
	}
	read_words(words, sizeof(words));
	load_words(&request, words, &file);
	error = load_table(LOAD_FD, &request);
	if (!error)
		return SVC_DONE;
	complain("load: making the table: %s", strerror(-error));
	return SVC_FAILED;
}
