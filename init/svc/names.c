/* Verbs that ask something of services by their names. */
#include "svc/client.h"
#include "svc/group.h"
#include "svc/json.h"
#include "svc/option.h"
#include "svc/out.h"
#include "svc/svc.h"
#include "svc/words.h"
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FROZEN_TRIES 250U
#define FROZEN_PAUSE_NS 20000000L

/* The first operand that looks like an option, or NULL. */
static const char *first_option(char **operands)
{
	for (; *operands; operands++)
		if (**operands == '-')
			return *operands;
	return NULL;
}

/* init only tells the kernel, which stops each process when it can. */
static bool wait_frozen(const struct control_reply *reply)
{
	const struct timespec pause = {.tv_nsec = FROZEN_PAUSE_NS};
	int group = group_open(reply);
	char text[GROUP_TEXT_SIZE];
	bool frozen = false;

	for (unsigned i = 0; i < FROZEN_TRIES && !frozen && group >= 0; i++) {
		if (i)
			nanosleep(&pause, NULL);
		group_text(group, "cgroup.events", text);
		frozen = strstr(text, "frozen 1");
	}
	if (group >= 0)
		close(group);
	if (!frozen)
		complain("%s: not all of it stands yet: something hangs in the "
			 "kernel",
			reply->name);
	return frozen;
}

int names_run(const struct verb *verb, char **operands)
{
	int code = SVC_DONE;

	if (!*operands)
		return usage(verb, "no name of a service");
	if (first_option(operands))
		return usage_option(verb, first_option(operands));
	for (; *operands; operands++) {
		const struct question question = {verb->op, *operands, 0};
		struct client client;

		if (!client_ask(&client, &question)) {
			code = SVC_FAILED;
			continue;
		}
		client_close(&client);
		if (verb->op == CONTROL_FREEZE && !wait_frozen(&client.reply))
			code = SVC_FAILED;
	}
	return code;
}

int kill_run(const struct verb *verb, char **operands)
{
	struct question question = {
		CONTROL_KILL, operands[0], (uint32_t)SIGTERM};
	struct client client;

	if (!operands[0])
		return usage(verb, "no name of a service");
	if (first_option(operands))
		return usage_option(verb, first_option(operands));
	if (operands[1]) {
		question.argument = words_signal(operands[1]);
		if (!question.argument)
			return usage(verb,
				"'%.64s' is no signal: write TERM, SIGTERM or "
				"15, for numbers from 1 to 64",
				operands[1]);
		if (operands[2])
			return usage(verb, "'%.64s' is too much", operands[2]);
	}
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	client_close(&client);
	return SVC_DONE;
}

/* With the name of a program, where one may be named. */
int order_run(const struct verb *verb, char **operands)
{
	struct question question = {verb->op, "", 0};
	struct client client;

	if (*operands && verb->op == CONTROL_REEXEC)
		question.name = *operands++;
	if (*question.name && *question.name != '/')
		return usage(verb, "'%.64s': write its path from / on",
			question.name);
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	client_close(&client);
	return SVC_DONE;
}

static void print_json(const struct control_reply *reply)
{
	json_open(JSON_BARE, '{');
	json_number(FIELD_reload_table_changed, reply->times[CONTROL_CHANGED]);
	json_number(FIELD_reload_table_new, reply->times[CONTROL_ADDED]);
	json_number(FIELD_reload_table_gone, reply->times[CONTROL_GONE]);
	json_number(FIELD_reload_table_kept, reply->times[CONTROL_KEPT]);
	json_text(FIELD_reload_table_text, reply->text);
	json_close('}');
	json_end();
}

int reload_table_run(const struct verb *verb, char **operands)
{
	const struct question question = {verb->op, "", 0};
	bool json = false;
	const struct option_word options[] = {{"--json", &json}};
	const char *fault = option_take(&operands, options, 1);
	struct client client;

	if (fault)
		return usage_option(verb, fault);
	if (*operands)
		return usage(verb, "'%.64s' is too much", *operands);
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	if (json)
		print_json(&client.reply);
	else
		out("%s\n", client.reply.text);
	client_close(&client);
	return SVC_DONE;
}
