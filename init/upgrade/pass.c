/* Passing the state on: collecting, writing and sealing it, and the exec. All
 * of this is done by the handler of a crash as well: nothing here allocates.
 */
#include "upgrade/pass.h"

#include "base/kernel.h"
#include "base/text.h"
#include "boot/dog.h"
#include "control/control.h"
#include "control/initctl.h"
#include "log/journal.h"
#include "supervise/supervise.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

struct upgrade_self self;
struct crash crash;

static void add_crash(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct crash),
		STATE_KEPT(struct crash, signal),
		STATE_KEPT(struct crash, sent),
		STATE_KEPT(struct crash, count),
		STATE_KEPT(struct crash, total),
		STATE_KEPT(struct crash, window_ms),
		STATE_END,
	};

	state_add(list, STATE_KEY("crash"), fields, &crash, 1);
}

void pass_collect(struct state_list *list)
{
	list->count = 0;
	add_crash(list);
	for (uint32_t i = 0; i < self.count; i++)
		state_add(list, self.parts[i].key, self.parts[i].fields,
			self.parts[i].records, self.parts[i].count);
	journal_state(list);
	dog_state(list);
	initctl_state(list);
	control_state(list);
	supervise_state(list);
}

void pass_build(struct state_build *build)
{
	struct stat status;

	*build = (struct state_build){0, 0, 0};
	if (stat("/proc/self/exe", &status) == 0)
		*build = (struct state_build){status.st_dev, status.st_ino,
			(uint64_t)status.st_mtim.tv_sec * 1000000000 +
				(uint64_t)status.st_mtim.tv_nsec};
}

int pass_save(void)
{
	struct state_list list;
	struct state_build build;
	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	pass_collect(&list);
	pass_build(&build);
	error = state_write(fd, &list, &build);
	if (!error && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int pass_on(int program, int state, unsigned tries)
{
	static char word[] = STATE_WORD;
	char number[12];
	char count[12];
	char *const words[] = {self.name, word, number, count, NULL};
	struct state_list list;
	int error;

	text_compose(number, sizeof(number), "%u", (unsigned)state);
	text_compose(count, sizeof(count), "%u", tries);
	pass_collect(&list);
	state_share_fds(&list);
	fcntl(state, F_SETFD, 0);
	kernel_execveat(program, "", words, environ, K_AT_EMPTY_PATH);
	error = -errno;
	state_own_fds(&list);
	return error;
}
