/* The steps of a start: they are run, and told about in words. */
#include "sandbox/build.h"

#include "base/text.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A step is numbered by its list and its row. */
#define LIST_SHIFT 8U
#define ROW_MASK 0xffU

static const struct steps *const lists[STEP_LISTS] = {
	[STEPS_BUILDER] = &builder_list,
	[STEPS_REAPER] = &reaper_list,
	[STEPS_PROGRAM] = &program_list,
	[STEPS_FORWARDER] = &forwarder_list,
	[STEPS_KEEPER] = &keeper_list};

bool steps_run(struct build *b, unsigned list)
{
	for (unsigned i = 0; i < lists[list]->count; i++) {
		b->step = &lists[list]->rows[i];
		b->row = list << LIST_SHIFT | i;
		b->object = NULL;
		if (b->step->run(b) == 0)
			continue;
		build_failed(b, errno);
		return false;
	}
	return true;
}

static const char *text_of(const struct steps *list, uint32_t row)
{
	return list->texts + list->rows[row & ROW_MASK].what;
}

static const struct steps *list_of(uint32_t step)
{
	uint32_t list = step >> LIST_SHIFT;

	if (list < STEP_LISTS && (step & ROW_MASK) < lists[list]->count)
		return lists[list];
	return NULL;
}

const char *build_step_text(uint32_t step)
{
	const struct steps *list = list_of(step);

	return list ? text_of(list, step) : NULL;
}

static const char *hint_of(uint32_t step, int error)
{
	const struct steps *list = list_of(step);
	const struct step *row;
	uint16_t hint;

	if (!list || error_is_common(error))
		return sandbox_error_hint(error);
	row = &list->rows[step & ROW_MASK];
	hint = error_is_lack(error) ? row->lacks : row->denied;
	return list->texts[hint] ? list->texts + hint
				 : sandbox_error_hint(error);
}

static void send_report(const struct build *b, struct sandbox_report *report)
{
	/* nothing can be done about an init that does not listen */
	if (write(b->report, report, sizeof(*report)) < 0)
		return;
}

void build_failed(struct build *b, int error)
{
	struct sandbox_report report = {
		.news = SANDBOX_FAILED, .error = error ? error : EIO};
	const char *what = build_step_text(b->row);
	const char *object = b->object ? b->object : "";

	text_compose(report.text, sizeof(report.text), "%s%s%.120s: %s; %s",
		what ? what : "start", *object ? " " : "", object,
		strerror(report.error), hint_of(b->row, report.error));
	send_report(b, &report);
}

void build_left_out(struct build *b)
{
	struct sandbox_report report = {.news = SANDBOX_LEFT_OUT};

	text_compose(report.text, sizeof(report.text), "%.120s",
		b->object ? b->object : "");
	send_report(b, &report);
}

void build_inside(struct build *b)
{
	struct sandbox_report report = {.news = SANDBOX_INSIDE};

	if (b->is_kept)
		send_report(b, &report);
}

void build_waits(const struct build *b)
{
	struct sandbox_report report = {.news = SANDBOX_WAITS};

	send_report(b, &report);
}
