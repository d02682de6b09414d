/* Going on with the state of another init, and telling in a child whether this
 * one could.
 */
#include "upgrade/pass.h"

#include "base/loop.h"
#include "base/text.h"
#include "control/control.h"
#include "control/initctl.h"
#include "load/load.h"
#include "log/journal.h"
#include "supervise/supervise.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static bool read_number(const char *word, unsigned *number)
{
	uint64_t value;

	if (!text_number(word, strlen(word), 10, &value) || value > INT32_MAX)
		return false;
	*number = (unsigned)value;
	return true;
}

/* A sound state, or NULL: *fault tells. */
static const void *map_state(int fd, enum state_fault *fault)
{
	struct stat status;
	void *image;

	*fault = STATE_DAMAGED;
	if (!is_sealed(fd) || fstat(fd, &status) < 0 || !status.st_size)
		return NULL;
	image = mmap(
		NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED)
		return NULL;
	*fault = state_check(image, (size_t)status.st_size);
	return *fault == STATE_SOUND ? image : NULL;
}

static const struct table *find_table(const void *image, int fd)
{
	const struct table *table = fd > 0 ? load_map(fd) : load_fallback();

	return table &&
			table->services.count ==
				state_count(image, STATE_KEY("unit"))
		? table
		: NULL;
}

/* --- in a child ---------------------------------------------------------- */

static enum check check(int fd)
{
	enum state_fault fault;
	const void *image = map_state(fd, &fault);

	if (!image)
		return fault == STATE_FOREIGN ? CHECK_FOREIGN : CHECK_DAMAGED;
	for (uint32_t i = 0; i < self.count; i++)
		state_take(image, &self.parts[i]);
	return find_table(image, self.host->table) ? CHECK_GOOD : CHECK_TABLE;
}

int upgrade_check(
	const struct upgrade_self *given, int count, char *const *words)
{
	unsigned fd;

	if (count != 3 || strcmp(words[1], CHECK_WORD) != 0 ||
		!read_number(words[2], &fd))
		return -1;
	self = *given;
	return check((int)fd);
}

/* --- in process 1 -------------------------------------------------------- */

static void tell_crash(void)
{
	say("bulkhead: init %s %u and goes on; this is crash %u, and all "
	    "services live on",
		crash.sent ? "was sent signal" : "has crashed with signal",
		(unsigned)crash.signal, crash.total);
}

/* Nothing is started or ended any more: services run as they are until the end.
 */
static _Noreturn void safe_mode(void)
{
	tell_crash();
	say("bulkhead: crash-limit is reached: safe mode, no service is "
	    "started again");
	journal_flush();
	crash_reboot("crash-limit is reached");
}

static void open_all(bool same)
{
	journal_resume();
	if (crash_is_over())
		safe_mode();
	if (loop_open() < 0)
		crash_reboot("there is no event loop");
	initctl_resume();
	control_resume();
	if (supervise_resume(same) < 0)
		crash_reboot("the state of its services is not sound");
}

static void take_all(const void *image)
{
	struct state_build build;
	struct state_list list;
	bool same;

	pass_build(&build);
	same = memcmp(&build, state_build(image), sizeof(build)) == 0;
	pass_collect(&list);
	for (uint32_t i = 0; i < list.count; i++)
		state_take(image, &list.parts[i]);
	state_find_fds(&list);
	open_all(same);
	pass_collect(&list);
	state_own_fds(&list);
}

static void go_on(const void *image)
{
	const struct table *table;

	for (uint32_t i = 0; i < self.count; i++)
		state_take(image, &self.parts[i]);
	table = find_table(image, self.host->table);
	if (!table || supervise_remake(table, self.host) < 0)
		crash_reboot("its table is lost");
	take_all(image);
}

/* What init before this one was about to do. */
static void recover(void)
{
	if (!crash.signal) {
		say("bulkhead: init was replaced; services live on");
		control_reexec_over("");
		return;
	}
	tell_crash();
	control_reexec_over("init has crashed meanwhile; ask again");
	crash.signal = 0;
	supervise_recover();
}

bool upgrade_resume(int count, char *const *words)
{
	enum state_fault fault;
	const void *image;
	unsigned state;
	unsigned tries;

	if (count != 4 || strcmp(words[1], STATE_WORD) != 0 ||
		!read_number(words[2], &state) ||
		!read_number(words[3], &tries) || !is_sealed((int)state))
		return false;
	crash_resuming((int)state, tries);
	prctl(PR_SET_NAME, "init");
	image = map_state((int)state, &fault);
	if (!image)
		crash_reboot("its state cannot be read");
	go_on(image);
	crash_resumed();
	close((int)state);
	recover();
	return true;
}
