/* Exhaustion, and what a neighbour feels of it. A pressing service does its
 * worst for one phase of the clock and only spins for the next; who measures
 * beside it knows the phase by the same clock. So attack and spinner are
 * compared in one compartment, interleaved, and the ratio is the attack's own.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PHASES_MAX 64
#define SAMPLES_MAX 512
#define PHASE_MS 120
#define HEAD_MS 20 /* of a phase, which may still be the last one's */
#define MANY 4000 /* more than a service can have of descriptors */

static long phase(void)
{
	return (long)(now() * 1e3) / PHASE_MS;
}

static bool is_attack(void)
{
	return phase() % 2 == 0;
}

/* --- one turn of each kind; all give back what they took ------------------ */

static int taken[MANY];
static unsigned count;

static void give_back(void)
{
	while (count)
		close(taken[--count]);
}

static bool keep(int fd)
{
	if (fd < 0 || count == MANY) {
		give_back();
		return false;
	}
	taken[count++] = fd;
	return true;
}

static void press_memory(void)
{
	size_t size = 12 << 20;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; at != MAP_FAILED && i < size && is_attack();
		i += 4096)
		at[i] = 1;
	munmap(at, size);
}

static void press_tasks(void)
{
	pid_t child;

	while (is_attack() && (child = fork()) >= 0)
		if (child == 0)
			hold(NULL);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	signal(SIGTERM, SIG_DFL);
	while (wait(NULL) > 0)
		;
}

static void press_descriptors(void)
{
	while (is_attack() && keep(open("/dev/null", O_RDONLY | O_CLOEXEC)))
		;
}

static void press_inodes(void)
{
	char path[64];
	unsigned made = 0;

	while (is_attack()) {
		int fd;

		snprintf(path, sizeof(path), "/tmp/inode-%u", made);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		close(fd);
		made++;
	}
	while (made) {
		snprintf(path, sizeof(path), "/tmp/inode-%u", --made);
		unlink(path);
	}
}

static void press_space(void)
{
	static char block[1 << 16];
	int fd = open("/dev/shm/space", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (is_attack() && write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	unlink("/dev/shm/space");
}

static void press_pipes(void)
{
	static char block[1 << 16];
	int ends[2];

	while (is_attack() && pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
		fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
		while (is_attack() && write(ends[1], block, sizeof(block)) > 0)
			;
		if (!keep(ends[0]) || !keep(ends[1]))
			return;
	}
	give_back();
}

static void press_sockets(void)
{
	static char block[1 << 12];
	int ends[2];
	const int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

	while (is_attack() && socketpair(AF_UNIX, type, 0, ends) == 0) {
		while (send(ends[0], block, sizeof(block), 0) > 0)
			;
		if (!keep(ends[0]) || !keep(ends[1]))
			return;
	}
	give_back();
}

/* Each a flow of its own, for whatever tracks them. */
static void press_flows(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	uint16_t port = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	while (is_attack()) {
		to.sin_port = htons(port++);
		sendto(fd, "", 1, MSG_DONTWAIT, (const void *)&to, sizeof(to));
	}
	close(fd);
}

static void press_log(void)
{
	static char line[4096];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	while (is_attack())
		if (write(STDOUT_FILENO, line, sizeof(line)) < 0)
			return;
}

static void press_watches(void)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char path[64];
	unsigned made = 0;

	while (is_attack() && made < 2000) {
		snprintf(path, sizeof(path), "/tmp/watch-%u", made++);
		mkdir(path, 0700);
		if (inotify_add_watch(fd, path, IN_ALL_EVENTS) < 0)
			break;
	}
	close(fd);
	while (made) {
		snprintf(path, sizeof(path), "/tmp/watch-%u", --made);
		rmdir(path);
	}
}

static void press_signals(void)
{
	const union sigval value = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (is_attack() && sigqueue(getpid(), SIGRTMIN, value) == 0)
		;
	signal(SIGRTMIN, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGRTMIN, SIG_DFL);
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {{"memory", press_memory}, {"tasks", press_tasks},
	{"descriptors", press_descriptors}, {"inodes", press_inodes},
	{"space", press_space}, {"pipes", press_pipes},
	{"sockets", press_sockets}, {"flows", press_flows}, {"log", press_log},
	{"watches", press_watches}, {"signals", press_signals}};

/* In its own process group, so that what it has forked ends together. */
int press(char **words)
{
	size_t kind = 0;
	volatile unsigned long turns = 0;

	while (strcmp(kinds[kind].name, words[0]) != 0)
		if (++kind == sizeof(kinds) / sizeof(*kinds))
			return 2;
	setpgid(0, 0);
	while (1) {
		if (is_attack())
			kinds[kind].run();
		else
			turns++;
	}
}

/* --- the neighbour -------------------------------------------------------- */

static int by_size(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

static double median(double *all, size_t size)
{
	qsort(all, size, sizeof(*all), by_size);
	return size ? all[size / 2] : 0;
}

/* Median time of an answer within one phase, in s; 0 where none came. */
static double measure_phase(const char *path, long which)
{
	static double samples[SAMPLES_MAX];
	size_t size = 0;

	while (phase() < which)
		sleep_ms(1);
	sleep_ms(HEAD_MS);
	while (phase() == which && size < SAMPLES_MAX) {
		char answer[64];
		double from = now();

		if (!ask_path(path, answer, sizeof(answer)))
			return 0;
		samples[size++] = now() - from;
		sleep_ms(2);
	}
	return median(samples, size);
}

/* A phase in which the machine itself stood still has no sample. */
static bool measure_pair(const char *path, double *attack, double *spin)
{
	long first = phase() / 2 * 2 + 2;

	*attack = measure_phase(path, first);
	*spin = measure_phase(path, first + 1);
	return *attack > 0 && *spin > 0;
}

/* Prints the ratio beside the attack to beside the spinner, in hundredths, and
 * both times in us. */
int measure_beside(char **words)
{
	double ratios[PHASES_MAX];
	double times[2][PHASES_MAX];
	char path[128];
	struct found found;
	long pairs = number(words[1], 5);
	long done = 0;

	if (pairs > PHASES_MAX || !look_for(&found, words[0]))
		return 2;
	snprintf(path, sizeof(path), "/proc/%ld/root/tmp/%s.socket",
		found.program, words[0]);
	for (long tries = 0; done < pairs && tries < 4 * pairs; tries++)
		if (measure_pair(path, times[0] + done, times[1] + done)) {
			ratios[done] = times[0][done] / times[1][done];
			done++;
		}
	if (done < pairs)
		return 1;
	printf("%.0f %.0f %.0f\n", median(ratios, (size_t)pairs) * 100,
		median(times[0], (size_t)pairs) * 1e6,
		median(times[1], (size_t)pairs) * 1e6);
	return 0;
}
