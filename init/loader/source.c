/* Options, files, and the way to a table. */
#include "loader/source.h"

#include "svc/out.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_root(const char *word)
{
	return strcmp(word, "--root") == 0 || strncmp(word, "--root=", 7) == 0;
}

int source_options(
	struct source *source, const struct verb *verb, char ***operands)
{
	char **at = *operands;

	while (*at && **at == '-') {
		const char *word = *at++;
		const char *value = strchr(word, '=');

		if (strcmp(word, "--json") == 0) {
			source->json = true;
			continue;
		}
		if (!is_root(word))
			return usage_option(verb, word);
		if (!value && !*at)
			return usage(verb, "no folder behind '%s'", word);
		source->request.root = value ? value + 1 : *at++;
	}
	*operands = at;
	return SVC_DONE;
}

void source_machine(struct source *source)
{
	struct load_request *request = &source->request;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t count =
		fd < 0 ? 0 : read(fd, source->words, sizeof(source->words) - 1);

	source->words[count > 0 ? count : 0] = '\0';
	if (fd >= 0)
		close(fd);
	source->file = LOAD_TABLE_PATH;
	request->files = &source->file;
	request->file_count = 1;
	request->dropins = LOAD_DROPINS;
	request->root = "/";
	load_words(request, source->words, &source->file);
}

void source_files(struct source *source, char **operands)
{
	if (!*operands) {
		source_machine(source);
		return;
	}
	source->request.files = (const char *const *)operands;
	while (operands[source->request.file_count])
		source->request.file_count++;
}

const struct table *source_load(struct source *source, const struct verb *verb)
{
	int fd = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error = fd < 0 ? -errno : load_table(fd, &source->request);
	const struct table *table = error ? NULL : load_map(fd);

	if (!table)
		complain("%s: making the table: %s", verb->name,
			strerror(error ? -error : errno));
	if (fd >= 0)
		close(fd);
	return table;
}
