/* A program of the build host's distribution, with its C library: what that
 * does by itself must work under the default filter.
 */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *add(void *number)
{
	++*(int *)number;
	return number;
}

static int spawn(char **environment)
{
	char *words[] = {"true", NULL};
	int status = 1;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/true", NULL, NULL, words, environment) == 0)
		waitpid(pid, &status, 0);
	return status;
}

int main(int count, char **words, char **environment)
{
	struct addrinfo *found = NULL;
	struct timespec moment = {0, 1000000};
	pthread_t thread;
	int number = count + (words == NULL);
	char text[64];
	FILE *file;

	if (pthread_create(&thread, NULL, add, &number) != 0 ||
		pthread_join(thread, NULL) != 0)
		number = -1;
	nanosleep(&moment, NULL);
	snprintf(text, sizeof(text), "threads %d, spawn %d, system %d, name %d",
		number, spawn(environment), system("true"),
		getaddrinfo("127.0.0.1", "80", NULL, &found));
	file = fopen("/tmp/new", "we");
	if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0 ||
		rename("/tmp/new", "/tmp/done") != 0)
		return 1;
	for (;;)
		pause();
}
