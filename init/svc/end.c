/* svc reboot, poweroff, halt: through init, or with -f without it. Options are
 * those that scripts pass to the usual tools; what means nothing here is taken
 * and left, and what would make such a tool do nothing does nothing.
 */
#include "svc/client.h"
#include "svc/out.h"
#include "svc/svc.h"

#include "base/text.h"
#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#define DELAY_MOST 604800U /* a week */

enum {
	FORCE = 1,
	NO_SYNC = 2,
	RECORD_ONLY = 4, /* of a login record, which is not kept */
	DELAY = 8, /* a number may follow (toybox, busybox) or not (sysvinit) */
	POWEROFF = 16,
};

static const struct {
	const char *word;
	char letter;
	unsigned flag;
} options[] = {
	{"--force", 'f', FORCE},
	{"--no-sync", 'n', NO_SYNC},
	{"--wtmp-only", 'w', RECORD_ONLY},
	{"--no-wtmp", 'd', DELAY},
	{"--poweroff", 'p', POWEROFF},
	{"--no-wall", 'i', 0},
};

#define OPTIONS (sizeof(options) / sizeof(*options))

struct wish {
	unsigned flags;
	uint64_t delay_s;
};

static bool take_word(struct wish *wish, const char *word)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(options[i].word, word) != 0)
			continue;
		wish->flags |= options[i].flag;
		return true;
	}
	return false;
}

static bool take_letter(struct wish *wish, char letter)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (options[i].letter != letter)
			continue;
		wish->flags |= options[i].flag;
		return true;
	}
	return false;
}

/* "-fn": each letter is an option. What follows -d may be its number: *next is
 * then set behind it. */
static bool take_letters(struct wish *wish, const char *letters, char ***next)
{
	for (; *letters; letters++) {
		const char *number = letters + 1;

		if (!take_letter(wish, *letters))
			return false;
		if (*letters != 'd')
			continue;
		if (!*number && **next && text_is_digit(***next))
			number = *(*next)++;
		if (text_is_digit(*number))
			return text_decimal(number, DELAY_MOST, &wish->delay_s);
	}
	return true;
}

/* The first operand that cannot be taken, or NULL. */
static const char *take_options(struct wish *wish, char **operands)
{
	while (*operands) {
		const char *word = *operands++;
		bool taken = word[0] == '-' && word[1] == '-'
			? take_word(wish, word)
			: word[0] == '-' && word[1] &&
				take_letters(wish, word + 1, &operands);

		if (!taken)
			return word;
	}
	return NULL;
}

static int force(const struct verb *verb, enum control_op op, bool syncs)
{
	static const int deeds[CONTROL_OPS] = {
		[CONTROL_REBOOT] = RB_AUTOBOOT,
		[CONTROL_POWEROFF] = RB_POWER_OFF,
		[CONTROL_HALT] = (int)RB_HALT_SYSTEM,
	};

	if (syncs)
		sync();
	reboot(deeds[op]);
	complain("%s: %s", verb->name, strerror(errno));
	return SVC_FAILED;
}

static int ask(enum control_op op)
{
	const struct question question = {op, "", 0};
	struct client client;

	if (!client_ask(&client, &question))
		return SVC_FAILED;
	client_close(&client);
	return SVC_DONE;
}

/* The runlevels that end a machine; there are no others. */
int telinit_run(const struct verb *verb, char **operands)
{
	if (operands[0] && !operands[1] && strcmp(operands[0], "0") == 0)
		return ask(CONTROL_POWEROFF);
	if (operands[0] && !operands[1] && strcmp(operands[0], "6") == 0)
		return ask(CONTROL_REBOOT);
	return usage(verb, "there are no other runlevels");
}

int end_run(const struct verb *verb, char **operands)
{
	struct wish wish = {0, 0};
	const char *fault = take_options(&wish, operands);
	enum control_op op =
		wish.flags & POWEROFF ? CONTROL_POWEROFF : verb->op;
	const struct timespec delay = {.tv_sec = (time_t)wish.delay_s};

	if (fault)
		return usage(verb, "cannot take '%.64s'", fault);
	if (wish.flags & RECORD_ONLY)
		return SVC_DONE;
	nanosleep(&delay, NULL);
	if (wish.flags & FORCE)
		return force(verb, op, !(wish.flags & NO_SYNC));
	return ask(op);
}
