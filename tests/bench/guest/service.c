/* The service of the measurements: it stays until it is told to end. When it
 * came to run the kernel says (measure.c). As "service talk COUNT" it writes so
 * many lines of 64 bytes, each in a write of its own, and ends; a script of the
 * one line "#!/bench/service talk COUNT" gives it both as one word.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int talk(int lines)
{
	char line[64];

	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	while (lines-- > 0)
		if (write(STDOUT_FILENO, line, sizeof(line)) < 0)
			return 1;
	return 0;
}

int main(int count, char **words)
{
	if (count == 3 && strcmp(words[1], "talk") == 0)
		return talk(atoi(words[2]));
	if (count > 1 && strncmp(words[1], "talk ", 5) == 0)
		return talk(atoi(words[1] + 5));
	for (;;)
		pause();
}
