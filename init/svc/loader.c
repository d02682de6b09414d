/* Verbs that need the parser are the loader's, and it is executed in place of
 * the tool.
 */
#include "load/load.h"
#include "svc/out.h"
#include "svc/svc.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BESIDE "/loader"
#define FOLDER_MAX 1024U

/* On the build host the two lie in one folder. */
static void execute_neighbour(char *const *words)
{
	char path[FOLDER_MAX + sizeof(BESIDE)];
	ssize_t length = readlink("/proc/self/exe", path, FOLDER_MAX - 1);
	char *slash;

	if (length <= 0)
		return;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return;
	memcpy(slash, BESIDE, sizeof(BESIDE));
	execv(path, words);
}

int loader_run(const struct verb *verb, char **operands)
{
	/* the words are the tool's own, which stand before the operands */
	char *const *words = operands - 2;

	execute_neighbour(words);
	execv(LOAD_PROGRAM, words);
	complain("%s: " LOAD_PROGRAM ": %s", verb->name, strerror(errno));
	return SVC_FAILED;
}
