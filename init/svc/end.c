/* svc reboot, poweroff, halt: through init, or with -f without it; and the
 * links shutdown and telinit. Options are those that scripts pass to the usual
 * tools; what means nothing here is taken and left, and what would make such a
 * tool do nothing does nothing.
 */
#include "svc/client.h"
#include "svc/out.h"
#include "svc/svc.h"

#include "base/moment.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/reboot.h>

#define DELAY_MOST 604800U /* a week */
#define MINUTES_MOST (DELAY_MOST / 60)
#define DAY_S 86400U
#define NS 1000000000U /* of a second */

enum {
	FORCE = 1,
	NO_SYNC = 2,
	RECORD_ONLY = 4, /* of a login record, which is not kept */
	DELAY = 8, /* a number may follow (toybox, busybox) or not (sysvinit) */
	POWEROFF = 16,
	REBOOT = 32, /* these two: of shutdown only */
	HALT = 64,
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
	const char *argument; /* of a reboot; "": none */
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

static bool take_argument(
	struct wish *wish, enum control_op op, const char *word)
{
	if (op != CONTROL_REBOOT || *wish->argument || !*word ||
		strlen(word) >= CONTROL_NAME_SIZE)
		return false;
	wish->argument = word;
	return true;
}

/* The first operand that cannot be taken, or NULL. */
static const char *take_options(
	struct wish *wish, enum control_op op, char **operands)
{
	while (*operands) {
		const char *word = *operands++;
		bool taken;

		if (word[0] != '-' || !word[1])
			taken = take_argument(wish, op, word);
		else if (word[1] == '-')
			taken = take_word(wish, word);
		else
			taken = take_letters(wish, word + 1, &operands);
		if (!taken)
			return word;
	}
	return NULL;
}

static int force(
	const struct verb *verb, enum control_op op, const struct wish *wish)
{
	static const unsigned deeds[CONTROL_OPS] = {
		[CONTROL_REBOOT] = LINUX_REBOOT_CMD_RESTART,
		[CONTROL_POWEROFF] = LINUX_REBOOT_CMD_POWER_OFF,
		[CONTROL_HALT] = LINUX_REBOOT_CMD_HALT,
	};

	if (!(wish->flags & NO_SYNC))
		sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		*wish->argument ? LINUX_REBOOT_CMD_RESTART2 : deeds[op],
		wish->argument);
	complain("%s: %s", verb->name, strerror(errno));
	return SVC_FAILED;
}

static int ask(enum control_op op, const char *argument)
{
	const struct question question = {op, argument, 0};
	struct client client;

	if (!client_ask(&client, &question))
		return SVC_FAILED;
	client_close(&client);
	return SVC_DONE;
}

/* The runlevels that end a machine, and what once had inittab read anew; there
 * are no others. */
int telinit_run(const struct verb *verb, char **operands)
{
	if (operands[0] && !operands[1] && strcmp(operands[0], "0") == 0)
		return ask(CONTROL_POWEROFF, "");
	if (operands[0] && !operands[1] && strcmp(operands[0], "6") == 0)
		return ask(CONTROL_REBOOT, "");
	if (operands[0] && !operands[1] &&
		(strcmp(operands[0], "q") == 0 ||
			strcmp(operands[0], "Q") == 0))
		return ask(CONTROL_RELOAD_TABLE, "");
	return usage(verb, "there are no other runlevels");
}

static void wait_for(const struct wish *wish)
{
	const struct timespec delay = {.tv_sec = (time_t)wish->delay_s};

	nanosleep(&delay, NULL);
}

int end_run(const struct verb *verb, char **operands)
{
	struct wish wish = {0, 0, ""};
	const char *fault = take_options(&wish, verb->op, operands);
	enum control_op op =
		wish.flags & POWEROFF ? CONTROL_POWEROFF : verb->op;

	if (fault)
		return usage(verb, "cannot take '%.64s'", fault);
	if (wish.flags & RECORD_ONLY)
		return SVC_DONE;
	wait_for(&wish);
	if (wish.flags & FORCE)
		return force(verb, op, &wish);
	return ask(op, wish.argument);
}

/* --- shutdown ------------------------------------------------------------- */

/* "now", "+MINUTES", or "HH:MM" in UTC: the next time it is that late. */
static bool take_time(struct wish *wish, const char *word)
{
	struct timespec now;
	uint64_t now_ns;
	uint64_t last_ns;

	if (strcmp(word, "now") == 0)
		return true;
	if (*word == '+') {
		if (!text_decimal(word + 1, MINUTES_MOST, &wish->delay_s))
			return false;
		wish->delay_s *= 60;
		return true;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
	if (!strchr(word, ':') || !moment_read(word, now_ns, &last_ns))
		return false;
	wish->delay_s = DAY_S - (now_ns - last_ns) / NS;
	return true;
}

static unsigned how_of(char letter)
{
	static const struct {
		char letter;
		uint8_t flag;
	} hows[] = {{'h', POWEROFF}, {'P', POWEROFF}, {'r', REBOOT},
		{'H', HALT}, {'k', RECORD_ONLY}};

	for (size_t i = 0; i < sizeof(hows) / sizeof(*hows); i++)
		if (hows[i].letter == letter)
			return hows[i].flag;
	return 0;
}

/* "-hP": the last letter that says how counts. */
static bool take_hows(struct wish *wish, const char *letters)
{
	for (; *letters; letters++) {
		unsigned how = how_of(*letters);

		if (!how)
			return false;
		if (how != RECORD_ONLY)
			wish->flags &= RECORD_ONLY;
		wish->flags |= how;
	}
	return true;
}

/* What stands behind the time is for people who would be warned. */
int shutdown_run(const struct verb *verb, char **operands)
{
	struct wish wish = {POWEROFF, 0, ""};

	for (; *operands && **operands == '-'; operands++)
		if (!take_hows(&wish, *operands + 1))
			return usage(verb, "cannot take '%.64s'", *operands);
	if (*operands && !take_time(&wish, *operands))
		return usage(verb, "'%.64s' is no time", *operands);
	if (wish.flags & RECORD_ONLY)
		return SVC_DONE;
	wait_for(&wish);
	return ask(wish.flags & REBOOT	    ? CONTROL_REBOOT
			: wish.flags & HALT ? CONTROL_HALT
					    : CONTROL_POWEROFF,
		"");
}
