/* Who else there is, while unmount_all() waits for those that were killed.
 * proc(5), stat
 */
#include "builder/last.h"

#include "base/file.h"
#include "base/text.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define STAT_SIZE 128U
#define PATH_SIZE 32U
#define NOBODY '0' /* parent of init, and of that: */
#define THREADS "2" /* parent of the kernel's own */

/* "PID (NAME) STATE PARENT ...", where NAME may be anything */
static bool is_awaited(
	int proc, const char *name, const char *gone, const char *own)
{
	char path[PATH_SIZE];
	char text[STAT_SIZE];
	char *at;

	if (!text_is_digit(*name))
		return false;
	text_compose(path, sizeof(path), "%.20s/stat", name);
	if (file_read(proc, path, text, sizeof(text)) <= 0)
		return false;
	at = strrchr(text, ')');
	if (!at || at[1] != ' ' || !at[2] || strchr(gone, at[2]))
		return false;
	at += 4;
	*strchrnul(at, ' ') = '\0';
	return *at != NOBODY && strcmp(at, THREADS) != 0 &&
		strcmp(at, own) != 0;
}

bool end_is_awaited(bool asleep)
{
	_Alignas(struct file_row) char rows[2048];
	SCOPED_FD proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char own[PATH_SIZE];
	bool found = false;
	long got;

	text_compose(own, sizeof(own), "%u", (unsigned)getpid());
	while (!found && proc >= 0 &&
		(got = file_rows(proc, rows, sizeof(rows))) > 0) {
		for (long at = 0; at < got && !found;) {
			const struct file_row *row =
				(const struct file_row *)(const void *)(rows +
					at);

			found = strcmp(row->name, own) != 0 &&
				is_awaited(proc, row->name,
					asleep ? "ZX" : "DZX", own);
			at += row->length;
		}
	}
	return found;
}
