/* What supervise/ calls: start, end, and the words for a report. */
#include "sandbox/sandbox.h"

#include "base/process.h"
#include "sandbox/build.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A step is numbered by its list and its row. */
#define LIST_SHIFT 8U
#define ROW_MASK 0xffU

static const struct steps *const lists[STEP_LISTS] = {
	[STEPS_BUILDER] = &builder_list,
	[STEPS_REAPER] = &reaper_list,
	[STEPS_PROGRAM] = &program_list,
	[STEPS_FORWARDER] = &forwarder_list};

pid_t sandbox_start(
	const struct sandbox_host *host, const struct sandbox_start *start)
{
	pid_t pid = process_fork(host->builders);

	if (pid == 0)
		builder_run(host, start);
	return pid;
}

void sandbox_end(pid_t helper)
{
	if (helper > 0)
		kill(helper, SIGTERM);
}

void build_report(struct build *b, uint32_t step, int error)
{
	struct sandbox_report report = {.step = step, .error = error};
	size_t length = b->object ? strlen(b->object) : 0;

	if (length >= sizeof(report.object))
		length = sizeof(report.object) - 1;
	memcpy(report.object, b->object ? b->object : "", length);
	/* nothing can be done about an init that does not listen */
	if (write(b->report, &report, sizeof(report)) < 0)
		return;
}

bool steps_run(struct build *b, unsigned list)
{
	for (unsigned i = 0; i < lists[list]->count; i++) {
		b->step = &lists[list]->rows[i];
		b->row = list << LIST_SHIFT | i;
		b->object = NULL;
		if (b->step->run(b) == 0)
			continue;
		build_report(b, b->row, errno);
		return false;
	}
	return true;
}

static const struct steps *list_of(uint32_t step)
{
	uint32_t number = step & ~SANDBOX_LEFT_OUT;
	uint32_t list = number >> LIST_SHIFT;

	if (list < STEP_LISTS && (number & ROW_MASK) < lists[list]->count)
		return lists[list];
	return NULL;
}

const char *sandbox_step_text(uint32_t step)
{
	const struct steps *list = list_of(step);

	return list ? list->texts + list->rows[step & ROW_MASK].what : "start";
}

/* Errors that mean the same whatever the step. */
static const struct {
	int error;
	const char *hint;
} common[] = {
	{EAGAIN,
		"no process can be made: look at kernel.pid_max, "
		"kernel.threads-max and the pids.max of groups"},
	{ENOMEM, "memory is short: look at the limits of the service"},
	{ENOSPC, "a limit is reached: look at user.max_*_namespaces"},
	{EMFILE, "too many files are open: raise the limit of init"},
	{ENFILE, "too many files are open: raise fs.file-max"},
	{EIO, "a device or the kernel fails: look at what it says"},
};

static bool is_lack(int error)
{
	return error == ENOENT || error == ENODEV || error == ENOSYS ||
		error == EINVAL || error == EOPNOTSUPP || error == ENOTDIR ||
		error == EROFS;
}

const char *sandbox_step_hint(uint32_t step, int error)
{
	const struct steps *list = list_of(step);
	const struct step *row;

	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (common[i].error == error)
			return common[i].hint;
	row = list ? &list->rows[step & ROW_MASK] : NULL;
	if (row && list->texts[is_lack(error) ? row->lacks : row->denied])
		return list->texts +
			(is_lack(error) ? row->lacks : row->denied);
	return is_lack(error) ? "this kernel cannot do it"
			      : "the kernel refuses it: look at what it says, "
				"and at what started init";
}
