/* svc events: changes of state as they happen, until it is interrupted. */
#include "svc/client.h"
#include "svc/json.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/svc.h"
#include "svc/words.h"

#include "base/text.h"
#include "plan/machine.h"
#include <string.h>

#define CAUSE_SIZE 32U

/* "EMPTY_BACKOFF" as "empty-backoff". */
static void cause_text(char to[CAUSE_SIZE], uint32_t cause)
{
	static const char *const causes[] = {
#define EVENT(name) #name,
#include "plan/events.def"
#undef EVENT
	};

	text_compose(
		to, CAUSE_SIZE, "%s", cause < EVENTS ? causes[cause] : "?");
	for (; *to; to++)
		if (*to == '_')
			*to = '-';
		else if (*to >= 'A' && *to <= 'Z')
			*to = (char)(*to - 'A' + 'a');
}

static void print_json(const struct control_reply *reply)
{
	char cause[CAUSE_SIZE];
	char ended[WORDS_ENDED_SIZE];

	cause_text(cause, reply->cause);
	words_ended(ended, reply);
	json_open(JSON_BARE, '{');
	json_number(FIELD_events_time_ms, reply->since_ms);
	json_text(FIELD_events_name, reply->name);
	json_text(FIELD_events_from, state_text(reply->from));
	json_text(FIELD_events_to, state_text(reply->state));
	json_text(FIELD_events_cause, cause);
	json_number_or_null(FIELD_events_pid, (uint64_t)reply->pid);
	json_text_or_null(FIELD_events_ended, ended);
	json_number(FIELD_events_lost, reply->lost);
	json_close('}');
	json_end();
}

static void print_line(const struct control_reply *reply)
{
	char cause[CAUSE_SIZE];
	char ended[WORDS_ENDED_SIZE];
	char ms[4] = {'0', '0', '0', '\0'};
	unsigned rest = (unsigned)(reply->since_ms % 1000);

	for (unsigned i = 3; i-- > 0; rest /= 10)
		ms[i] = (char)('0' + rest % 10);
	cause_text(cause, reply->cause);
	words_ended(ended, reply);
	if (reply->lost)
		out("(%u were not read in time)\n", reply->lost);
	out("%llu.%s  %s  %s -> %s  %s%s%s\n",
		(unsigned long long)(reply->since_ms / 1000), ms, reply->name,
		state_text(reply->from), state_text(reply->state), cause,
		*ended ? ": " : "", ended);
}

static bool is_meant(const struct control_reply *reply, char **names)
{
	/* two states may be one for people */
	if (strcmp(state_text(reply->from), state_text(reply->state)) == 0)
		return false;
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, reply->name) == 0)
			return true;
	return false;
}

int events_run(const struct verb *verb, char **operands)
{
	const struct question question = {CONTROL_EVENTS, "", 0};
	bool json = false;
	const struct option_word options[] = {{"--json", &json}};
	const char *fault = option_take(&operands, options, 1);
	struct client client;
	bool whole = true;

	if (fault)
		return usage_option(verb, fault);
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	do {
		if (!is_meant(&client.reply, operands))
			continue;
		if (json)
			print_json(&client.reply);
		else
			print_line(&client.reply);
		if (!out_flush())
			break;
	} while (client_next(&client, &whole));
	client_close(&client);
	return SVC_FAILED;
}
