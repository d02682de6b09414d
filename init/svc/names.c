/* Verbs that ask something of services by their names. */
#include "svc/client.h"
#include "svc/svc.h"
#include "svc/words.h"
#include <signal.h>

/* The first operand that looks like an option, or NULL. */
static const char *first_option(char **operands)
{
	for (; *operands; operands++)
		if (**operands == '-')
			return *operands;
	return NULL;
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

		if (client_ask(&client, &question))
			client_close(&client);
		else
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
