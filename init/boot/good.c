/* What is written down of boots that were good, and read of those that were
 * not; the rest is the builder's (builder/reboots.c), since that is rare.
 */
#include "boot/boot.h"

#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The folder of the record: what is not there any more, is not on its disk. */
static int sync_folder(void)
{
	SCOPED_FD fd =
		open(SANDBOX_RECORDS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

bool boot_note_good(void)
{
	SCOPED_FD fd = open(GOOD_PATH, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (unlink(SANDBOX_REBOOTS) < 0)
		return fd >= 0 && errno == ENOENT;
	return fd >= 0 && sync_folder() == 0;
}

int boot_had_crashed(void)
{
	SCOPED_FD from = open(SANDBOX_CRASH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char number = 0;

	if (from < 0 || read(from, &number, 1) != 1)
		return 0;
	unlink(SANDBOX_CRASH);
	return number;
}
