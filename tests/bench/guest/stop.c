/* What inits leave to scripts: ways to power off, and to give a program words.
 *
 *   stop SIGNAL                   sends it to process 1; 0: does nothing
 *   stop off                      at once; so too where it is process 1
 *   stop all COUNT PREFIX WORD... executes the words with PREFIX1 to
 *                                 PREFIXCOUNT behind them, and powers off
 *   "stop exec WORD..."           of a script of this one line behind "#!":
 *                                 executes the words
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXECUTE "exec "
#define WORDS_MOST 16

static int off(void)
{
	return reboot(RB_POWER_OFF) == 0 ? 0 : 1;
}

static int stop_all(unsigned most, const char *prefix, int count, char **words)
{
	char **all = calloc((size_t)count + most + 1, sizeof(*all));

	if (!all)
		return 1;
	memcpy(all, words, (size_t)count * sizeof(*all));
	for (unsigned i = 0; i < most; i++)
		if (asprintf(&all[(unsigned)count + i], "%s%u", prefix, i + 1) <
			0)
			return 1;
	if (fork() == 0) {
		execv(all[0], all);
		_exit(127);
	}
	wait(NULL);
	return off();
}

static int execute(char *line)
{
	char *words[WORDS_MOST] = {NULL};
	char *rest = NULL;
	char *word = strtok_r(line, " ", &rest);

	for (unsigned i = 0; word && i + 1 < WORDS_MOST; i++) {
		words[i] = word;
		word = strtok_r(NULL, " ", &rest);
	}
	execv(words[0], words);
	return 127;
}

int main(int count, char **words)
{
	if (getpid() == 1)
		return off();
	if (count > 1 && strncmp(words[1], EXECUTE, sizeof(EXECUTE) - 1) == 0)
		return execute(words[1] + sizeof(EXECUTE) - 1);
	if (count > 4 && strcmp(words[1], "all") == 0)
		return stop_all((unsigned)atoi(words[2]), words[3], count - 4,
			words + 4);
	if (count != 2)
		return 2;
	if (strcmp(words[1], "off") == 0)
		return off();
	return kill(1, atoi(words[1])) == 0 ? 0 : 1;
}
