/* What init answers: see answer.h. All of it is what supervise/ knows now, put
 * into replies; a row of `ops` is all there is to an operation.
 */
#include "control/answer.h"

#include "base/text.h"
#include "control/request.h"
#include "log/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define JOURNAL_NAME "init"

static void begin(struct control_reply *reply, enum control_result result)
{
	*reply = (struct control_reply){.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.result = (uint16_t)result};
}

void answer_text(struct control_reply *reply, enum control_result result,
	const char *format, ...)
{
	va_list arguments;

	begin(reply, result);
	va_start(arguments, format);
	text_compose_list(reply->text, sizeof(reply->text), format, arguments);
	va_end(arguments);
}

static uint64_t boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

_Static_assert(CONTROL_SPARE_WAITS == SPARE_WAITS * CONTROL_SPARE_BUILDS &&
		SPARE_BUILDS == 1,
	"marks are phases");

static uint32_t marks_of(const struct supervise_view *view)
{
	return (view->wanted ? CONTROL_IS_WANTED : 0U) |
		(view->limit ? CONTROL_IS_LIMITED : 0U) |
		(view->in_line ? CONTROL_IS_IN_LINE : 0U) |
		(view->quiet ? CONTROL_IS_QUIET : 0U) |
		(view->stuck ? CONTROL_IS_STUCK : 0U) |
		(view->vital ? CONTROL_IS_VITAL : 0U) |
		view->spare * CONTROL_SPARE_BUILDS |
		(supervise_is_good() ? CONTROL_IS_GOOD : 0U);
}

/* All that only svc why and svc bootchart want. */
static void add_causes(
	struct control_reply *reply, const struct supervise_view *view)
{
	_Static_assert(CONTROL_TIMES == SUPERVISE_TIMES, "the same times");
	memcpy(reply->times, view->times, sizeof(reply->times));
	reply->marks = marks_of(view);
	reply->holder = view->holder ? view->holder->service : view->condition;
	reply->holder_kind = view->holder ? view->holder->kind : CONTROL_WHEN;
	reply->clock_ms = view->clock_ms;
	reply->limit_used = view->limit_used;
}

void answer_service(
	struct control_reply *reply, enum control_result result, uint32_t index)
{
	const struct table *table = supervise_table();
	const struct service *service = table_service(table, index);
	struct supervise_view view;

	supervise_look(index, &view);
	begin(reply, result);
	reply->state = view.state;
	reply->pid = view.pid;
	reply->reaper = view.reaper;
	reply->restarts = view.restarts;
	reply->ended = view.ended;
	reply->code = view.code;
	reply->flags = service->flags;
	reply->since_ms = view.since_ms;
	reply->now_ms = boot_ms();
	reply->generation = view.generation;
	reply->type = service->type;
	reply->frozen = view.frozen;
	add_causes(reply, &view);
	text_compose(reply->name, sizeof(reply->name), "%s",
		table_string(table, service->name));
	text_compose(reply->text, sizeof(reply->text), "%s", view.text);
}

bool answer_event(struct control_reply *reply, uint64_t *next, uint32_t *lost)
{
	uint64_t count = supervise_events();
	struct supervise_event event;

	while (*next < count && !supervise_event(*next, &event)) {
		(*next)++;
		(*lost)++;
	}
	if (*next >= count)
		return false;
	answer_service(reply, CONTROL_DONE, event.service);
	reply->more = 1;
	reply->state = event.to;
	reply->from = event.from;
	reply->cause = event.cause;
	reply->ended = event.ended;
	reply->code = event.code;
	reply->pid = event.pid;
	reply->since_ms = event.time_ms;
	reply->lost = *lost;
	return true;
}

static const struct table *table_or_text(struct control_reply *reply)
{
	const struct table *table = supervise_table();

	if (!table)
		answer_text(reply, CONTROL_FAILED,
			"init is still loading its table; try again soon");
	return table;
}

/* The service that a request names. False: the reply tells why not. */
static bool find(const struct control_request *request, uint32_t *service,
	struct control_reply *reply)
{
	const struct table *table = table_or_text(reply);

	if (!table)
		return false;
	if (request_find(table, request->name, service))
		return true;
	answer_text(reply, CONTROL_UNKNOWN,
		"unknown service '%.64s'; 'svc status' lists them",
		request->name);
	return false;
}

static void answer_status(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	const struct table *table = table_or_text(reply);

	if (!table)
		return;
	dialog->end = table->services.count;
	if (*request->name) {
		if (!find(request, &dialog->service, reply))
			return;
		dialog->end = dialog->service + 1;
	}
	dialog->phase = DIALOG_LISTING;
}

static void answer_ask(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	if (!find(request, &dialog->service, reply))
		return;
	supervise_ask(dialog->service, dialog->ask);
	dialog->phase = DIALOG_WAITING;
}

static void answer_reload(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	int error;

	if (!find(request, &dialog->service, reply))
		return;
	error = supervise_may_reload(dialog->service);
	if (error) {
		answer_text(reply, CONTROL_FAILED, "%s",
			error == -ESRCH ? "it does not run"
					: "its stanza has no 'reload'; write "
					  "one, or restart it");
		return;
	}
	supervise_ask(dialog->service, dialog->ask);
	dialog->phase = DIALOG_WAITING;
}

/* What became of what was asked of a service's processes. */
static void answer_error(
	const struct dialog *dialog, int error, struct control_reply *reply)
{
	if (!error)
		answer_service(reply, CONTROL_DONE, dialog->service);
	else
		answer_text(reply, CONTROL_FAILED, "%s",
			error == -ESRCH ? "it does not run" : strerror(-error));
}

static void answer_kill(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	if (find(request, &dialog->service, reply))
		answer_error(dialog,
			supervise_kill(dialog->service, (int)request->argument),
			reply);
}

static void answer_freeze(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	if (find(request, &dialog->service, reply))
		answer_error(dialog,
			supervise_freeze(
				dialog->service, request->op == CONTROL_FREEZE),
			reply);
}

/* The ring of a request, or -1: the reply tells why. */
static int find_ring(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	int ring = -1;

	if (strcmp(request->name, JOURNAL_NAME) == 0)
		ring = journal_ring();
	else if (find(request, &dialog->service, reply))
		ring = supervise_log(dialog->service);
	else
		return -1;
	if (ring < 0)
		answer_text(reply, CONTROL_FAILED,
			"it has no log: it never ran, or there was no memory");
	return ring;
}

/* An open file of its own, since a descriptor of init's could be written to. */
static void pass(int fd, struct dialog *dialog, struct control_reply *reply)
{
	char path[32];

	text_compose(path, sizeof(path), "/proc/self/fd/%u", (unsigned)fd);
	dialog->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (dialog->fd < 0)
		answer_text(reply, CONTROL_FAILED, "open %s: %s", path,
			strerror(errno));
	else
		answer_text(reply, CONTROL_DONE, "%s", "");
}

static void answer_log(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	int ring = find_ring(request, dialog, reply);

	if (ring >= 0)
		pass(ring, dialog, reply);
}

static void answer_table(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	(void)request;
	if (!table_or_text(reply))
		return;
	if (supervise_table_fd() >= 0)
		pass(supervise_table_fd(), dialog, reply);
	else
		answer_text(reply, CONTROL_FAILED,
			"there is no table: only the rescue shell was started");
}

static void answer_events(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	(void)request;
	if (!table_or_text(reply))
		return;
	dialog->next = supervise_events();
	dialog->phase = DIALOG_STREAMING;
}

static void answer_reexec(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	(void)request;
	if (!table_or_text(reply))
		return;
	dialog->reexec = true;
	dialog->phase = DIALOG_WAITING;
}

static void answer_reload_table(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	(void)request;
	if (!table_or_text(reply))
		return;
	dialog->next = supervise_ask_table();
	dialog->is_table = true;
	if (dialog->next)
		dialog->phase = DIALOG_WAITING;
	else
		answer_text(reply, CONTROL_FAILED, "the machine ends");
}

/* Its faults go with a table that has any, as it is. */
bool answer_reloaded(
	struct dialog *dialog, struct control_reply *reply, bool may_read)
{
	const struct table_changes *changes = &supervise_table()->changes;
	const struct supervise_reloaded *what =
		supervise_reloaded(dialog->next);

	if (!what)
		return false;
	if (what->faulty && may_read)
		pass(what->faulty, dialog, reply);
	answer_text(reply, what->done ? CONTROL_DONE : CONTROL_FAILED, "%s",
		what->text);
	memcpy(reply->times, changes, sizeof(reply->times));
	return true;
}

/* The name of a reboot is its argument. */
static void answer_end(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	(void)dialog;
	if (request->op == CONTROL_REBOOT)
		supervise_argument(request->name);
	answer_text(reply, CONTROL_DONE, "%s", "");
}

/* Who answers it. The dialog has what is asked for, and how all is to end. One
 * that is missing here does not compile. */
static void answer_op(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	switch ((enum control_op)request->op) {
	case CONTROL_STATUS:
		return answer_status(request, dialog, reply);
	case CONTROL_KILL:
		return answer_kill(request, dialog, reply);
	case CONTROL_LOG:
		return answer_log(request, dialog, reply);
	case CONTROL_REBOOT:
	case CONTROL_POWEROFF:
	case CONTROL_HALT:
		return answer_end(request, dialog, reply);
	case CONTROL_FREEZE:
	case CONTROL_THAW:
		return answer_freeze(request, dialog, reply);
	case CONTROL_TABLE:
		return answer_table(request, dialog, reply);
	case CONTROL_EVENTS:
		return answer_events(request, dialog, reply);
	case CONTROL_RELOAD:
		return answer_reload(request, dialog, reply);
	case CONTROL_RELOAD_TABLE:
		return answer_reload_table(request, dialog, reply);
	case CONTROL_REEXEC:
		return answer_reexec(request, dialog, reply);
	case CONTROL_START:
	case CONTROL_STOP:
	case CONTROL_RESTART:
		return answer_ask(request, dialog, reply);
	case CONTROL_OPS:
		return;
	}
}

void answer_request(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
{
	static const uint8_t asks[CONTROL_OPS] = {
		[CONTROL_START] = ASK_START,
		[CONTROL_STOP] = ASK_STOP,
		[CONTROL_RESTART] = ASK_RESTART,
		[CONTROL_RELOAD] = ASK_RELOAD,
	};
	static const uint8_t ends[CONTROL_OPS] = {
		[CONTROL_REBOOT] = END_REBOOT,
		[CONTROL_POWEROFF] = END_POWEROFF,
		[CONTROL_HALT] = END_HALT,
	};

	*dialog = (struct dialog){.phase = DIALOG_OVER,
		.ask = asks[request->op],
		.how = ends[request->op],
		.fd = -1};
	answer_op(request, dialog, reply);
}
