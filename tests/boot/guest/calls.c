/* System calls that a filter may refuse: what comes of each, by name. The
 * arguments are such that without a filter none does anything.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 40
#define TIMES 2000

/* The upper half is not what the kernel looks at. */
#define HIGH (1ULL << 32)

static const struct {
	const char *name;
	long number;
	unsigned long arguments[3];
} tried[] = {
	{"keyctl", SYS_keyctl, {0, (unsigned long)-3, 0}},
	{"io_uring_setup", SYS_io_uring_setup, {0, 0, 0}},
	{"bpf", SYS_bpf, {99, 0, 0}},
	{"userfaultfd", SYS_userfaultfd, {99, 0, 0}},
	{"perf_event_open", SYS_perf_event_open, {0, 0, 0}},
	{"mount", SYS_mount, {0, 0, 0}},
	{"setns", SYS_setns, {(unsigned long)-1, 0, 0}},
	{"unshare", SYS_unshare, {1, 0, 0}},
	{"clone3", SYS_clone3, {0, 1, 0}},
	{"clone", SYS_clone, {CLONE_NEWUSER | CLONE_FS, 0, 0}},
	{"ptrace", SYS_ptrace, {PTRACE_PEEKDATA, 0, 0}},
	{"process_vm_readv", SYS_process_vm_readv, {1, 0, 1}},
	{"open_by_handle_at", SYS_open_by_handle_at, {0, 0, 0}},
	{"personality", SYS_personality, {8, 0, 0}},
	{"personality-again", SYS_personality, {0, 0, 0}},
	{"socket-vsock", SYS_socket, {40, SOCK_STREAM, 0}},
	{"socket-alg", SYS_socket, {38, SOCK_SEQPACKET, 0}},
	{"socket-inet", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
	{"socket-netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
	{"sti", SYS_ioctl, {0, TIOCSTI, 0}},
	{"sti-high", SYS_ioctl, {0, TIOCSTI | HIGH, 0}},
	{"linux", SYS_ioctl, {0, TIOCLINUX, 0}},
	{"winsize", SYS_ioctl, {0, TIOCGWINSZ, 0}},
	{"reboot", SYS_reboot, {0, 0, 0}},
	{"unknown", 1000, {0, 0, 0}},
};

/* A program of 32 bits that ends with code 42: of the architecture that the
 * kernel runs besides its own. */
static bool write_foreign(const char *path)
{
	static const uint32_t intel[] = {
		0x000001b8, 0x002abb00, 0x80cd0000}; /* mov, mov, int 0x80 */
	static const uint32_t arm[] = {
		0xe3a07001, 0xe3a0002a, 0xef000000}; /* mov, mov, svc 0 */
	uint32_t image[24] = {0x464c457f, 0x00010101, 0, 0, 0x00030002, 1,
		0x10054, 52, 0, 0, 0x00200034, 1, 0, 1, 0, 0x10000, 0x10000, 96,
		96, 5, 0x1000};
	struct utsname names;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	bool done;

	uname(&names);
	if (names.machine[0] == 'a') {
		image[4] = 0x00280002;
		image[9] = 0x05000000;
	}
	memcpy(image + 21, names.machine[0] == 'a' ? arm : intel,
		sizeof(intel));
	done = fd >= 0 && write(fd, image, sizeof(image)) == sizeof(image);
	close(fd);
	return done;
}

static void try_foreign(char *to, size_t size)
{
	int status = 0;

	if (!write_foreign("/tmp/foreign")) {
		snprintf(to, size, "not written");
		return;
	}
	if (fork() == 0) {
		execl("/tmp/foreign", "foreign", NULL);
		_exit(errno);
	}
	wait(&status);
	if (WIFSIGNALED(status))
		snprintf(to, size, "signal %d", WTERMSIG(status));
	else
		snprintf(to, size, "code %d", WEXITSTATUS(status));
}

int try_calls(char **words)
{
	char text[4096];
	char foreign[32];
	size_t used = 0;

	(void)words;
	for (size_t i = 0; i < sizeof(tried) / sizeof(*tried); i++) {
		const unsigned long *with = tried[i].arguments;
		long result;

		errno = 0;
		result = syscall(
			tried[i].number, with[0], with[1], with[2], 0, 0, 0);
		if (result == 0 && tried[i].number == SYS_clone)
			_exit(0);
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s: %s\n", tried[i].name,
			result < 0 ? strerror(errno) : "yes");
	}
	try_foreign(foreign, sizeof(foreign));
	say_done("%sforeign: %s\n", text, foreign);
	return hold(NULL);
}

static const char *answer(long result)
{
	return result < 0 ? strerror(errno) : "yes";
}

/* For the policy of the test: the last of these kills. */
int try_strict(char **words)
{
	const char *local = answer(socket(AF_UNIX, SOCK_STREAM, 0));
	const char *screen = answer(ioctl(0, TIOCGWINSZ, 0));
	const char *bytes = answer(ioctl(0, 0x541b, 0));
	const char *other = answer(ioctl(0, 0x1234, 0));

	(void)words;
	say_done("unix: %s, screen: %s, bytes: %s, other: %s\n", local, screen,
		bytes, other);
	socket(AF_INET, SOCK_STREAM, 0);
	return 0;
}

/* The best of many rounds: all else that runs only adds to it. */
/* One call once, soon after its start, then two for ever, of which a child
 * makes one.
 */
int be_traced(char **words)
{
	bool child;

	(void)words;
	sleep_ms(300);
	syscall(SYS_sched_yield);
	child = fork() == 0;
	for (;;) {
		syscall(child ? SYS_getuid : SYS_getppid);
		sleep_ms(20);
	}
}

static double measure(long number)
{
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now();
		double took;

		for (int i = 0; i < TIMES; i++)
			syscall(number, -1, 0, 0);
		took = (now() - start) / TIMES * 1e9;
		if (took < best)
			best = took;
	}
	return best;
}

/* What a call costs, in nanoseconds: one without conditions, and one with. */
int show_costs(char **words)
{
	(void)words;
	say_done("%.0f %.0f\n", measure(SYS_getppid), measure(SYS_ioctl));
	return hold(NULL);
}
