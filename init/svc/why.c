/* svc why: what holds a service, and what holds that, down to the one that can
 * be helped.
 */
#include "svc/json.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/roster.h"
#include "svc/svc.h"
#include "svc/words.h"

#include "base/text.h"
#include "plan/machine.h"
#include <string.h>

#define REASON_SIZE 256U
#define CHAIN_MOST 64U
#define MESSAGE_SIZE \
	(sizeof(((struct control_reply *)0)->text) + WORDS_ENDED_SIZE)

static void explain_waiting(char to[REASON_SIZE],
	const struct control_reply *reply, const struct roster *roster)
{
	static const char *const verbs[] = {[EDGE_NEEDS] = "needs",
		[EDGE_BOUND] = "is bound to",
		[EDGE_WANTS] = "wants",
		[EDGE_AFTER] = "starts after"};
	bool held = reply->holder < roster->count &&
		reply->holder_kind < sizeof(verbs) / sizeof(*verbs);

	if (held) {
		const struct control_reply *holder =
			&roster->rows[reply->holder];

		text_compose(to, REASON_SIZE, "it %s '%s', which is %s",
			verbs[reply->holder_kind], holder->name,
			state_text(holder->state));
	} else if (reply->marks & CONTROL_IS_STUCK) {
		text_compose(to, REASON_SIZE,
			"what is left of its last run is stuck in the kernel");
	} else if (reply->marks & CONTROL_IS_QUIET) {
		text_compose(to, REASON_SIZE,
			"its terminal waits for the end of the boot");
	} else if (reply->marks & CONTROL_IS_IN_LINE) {
		text_compose(to, REASON_SIZE,
			"it waits for its turn: many services start at once");
	} else {
		text_compose(to, REASON_SIZE, "it is about to start");
	}
}

static const char *explain_failed(const struct control_reply *reply)
{
	if (reply->flags & SERVICE_FAULTY)
		return "its stanza has a fault; 'svc log init' tells it";
	if (reply->marks & CONTROL_IS_LIMITED)
		return "its restart-limit was reached";
	if (reply->ended == ENDED_NEVER)
		return "something that it needs has failed";
	return "it has ended, and is not to be restarted";
}

static const char *explain_state(const struct control_reply *reply)
{
	switch ((enum state)reply->state) {
	case STATE_DOWN:
		return "nobody wants it: it was stopped, or does not start by "
		       "itself";
	case STATE_STARTING:
		return reply->pid ? "it runs, and has not become ready yet"
				  : "its compartment is being made";
	case STATE_UP:
		return reply->frozen ? "it is frozen; 'svc thaw' lets it go on"
				     : "nothing holds it";
	case STATE_RESTING:
		return "it waits for the time that 'every' gives it";
	case STATE_LISTENING:
		return "its first client starts it";
	case STATE_RELOADING:
		return "it reads its settings anew";
	case STATE_ABORTING:
		return "it hangs or is ill, and was told to abort";
	case STATE_DONE:
		return "it has done what it is for";
	case STATE_LEAVING:
		return "it is to stop; what stands on it goes first";
	case STATE_STOPPING:
		return "it was told to end";
	case STATE_ENDING:
		return "its program is gone, and the rest of it is removed";
	case STATE_BACKOFF:
		return "it waits for its restart-delay";
	case STATE_FAILED:
		return explain_failed(reply);
	case STATE_HELD:
	case STATE_WAITING:
	case STATES:
		break;
	}
	return "";
}

static void explain(char to[REASON_SIZE], const struct control_reply *reply,
	const struct roster *roster)
{
	if (reply->state == STATE_WAITING)
		explain_waiting(to, reply, roster);
	else if (reply->state == STATE_HELD)
		text_compose(to, REASON_SIZE, "it %s, as its 'when' says",
			reply->text);
	else
		text_compose(to, REASON_SIZE, "%s", explain_state(reply));
}

/* The message, where it says more than the holder's name. */
static void message_of(char *to, size_t size, const struct control_reply *reply)
{
	*to = '\0';
	if (reply->holder == CONTROL_NOBODY && reply->state != STATE_HELD)
		words_message(to, size, reply);
}

static void print_json(const struct control_reply *reply, const char *reason,
	const struct roster *roster)
{
	bool held = reply->holder < roster->count;
	char message[MESSAGE_SIZE];

	message_of(message, sizeof(message), reply);
	json_open(JSON_BARE, '{');
	json_text(FIELD_why_name, reply->name);
	json_text(FIELD_why_state, state_text(reply->state));
	json_text(FIELD_why_reason, reason);
	json_text_or_null(
		FIELD_why_holder, held ? roster->rows[reply->holder].name : "");
	json_text_or_null(
		FIELD_why_kind, held ? roster_kind(reply->holder_kind) : "");
	json_number_or_null(FIELD_why_next_ms, reply->clock_ms);
	json_text(FIELD_why_message, message);
	json_close('}');
}

static const char *explain_clock(const struct control_reply *reply)
{
	if (reply->state == STATE_BACKOFF || reply->state == STATE_FAILED)
		return "next try";
	if (reply->state == STATE_RESTING || reply->state == STATE_DONE)
		return "it runs";
	return "its time is up";
}

static void print_clock(const struct control_reply *reply)
{
	char time[WORDS_TIME_SIZE];

	words_time(time, reply->clock_ms);
	out("; %s in %s", explain_clock(reply), time);
}

static void print_message(const char *message)
{
	char shown[MESSAGE_SIZE * TEXT_ESCAPED];

	out("  last: ");
	out_bytes(shown, text_escape(shown, message, strlen(message)));
	out("\n");
}

static void print_line(const struct control_reply *reply, const char *reason)
{
	char message[MESSAGE_SIZE];

	out("%s: %s: %s", reply->name, state_text(reply->state), reason);
	if (reply->clock_ms)
		print_clock(reply);
	out("\n");
	message_of(message, sizeof(message), reply);
	if (*message)
		print_message(message);
}

static const struct control_reply *find(
	const struct roster *roster, const char *name)
{
	for (uint32_t i = 0; i < roster->count; i++)
		if (strcmp(roster->rows[i].name, name) == 0)
			return &roster->rows[i];
	complain("unknown service '%.64s'; 'svc status' lists them", name);
	return NULL;
}

static void print_chain(const struct control_reply *reply,
	const struct roster *roster, bool json)
{
	char reason[REASON_SIZE];

	for (unsigned i = 0; i < CHAIN_MOST; i++) {
		explain(reason, reply, roster);
		if (json)
			print_json(reply, reason, roster);
		else
			print_line(reply, reason);
		if (reply->holder >= roster->count)
			break;
		reply = &roster->rows[reply->holder];
	}
}

int why_run(const struct verb *verb, char **operands)
{
	struct roster roster = {0};
	bool json = false;
	const struct option_word options[] = {{"--json", &json}};
	const char *fault = option_take(&operands, options, 1);
	const struct control_reply *reply;

	if (fault)
		return usage_option(verb, fault);
	if (!operands[0])
		return usage(verb, "no name of a service");
	if (operands[1])
		return usage(verb, "'%.64s' is too much", operands[1]);
	if (!roster_take(&roster))
		return SVC_FAILED;
	reply = find(&roster, operands[0]);
	if (!reply)
		return SVC_FAILED;
	if (json)
		json_open(JSON_BARE, '[');
	print_chain(reply, &roster, json);
	if (json) {
		json_close(']');
		json_end();
	}
	return SVC_DONE;
}
