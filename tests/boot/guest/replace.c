/* Who has init replaced, or makes it crash, many times in a row. */
#include "control/protocol.h"
#include "probe.h"
#include "registers.h"

#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The result, or -1 without a reply. */
static int ask(enum control_op op, const char *name)
{
	const struct sockaddr_un address = {AF_UNIX, CONTROL_PATH};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct control_reply reply = {.result = 0};
	struct control_request request = {.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.op = (uint16_t)op};
	int result = -1;

	snprintf(request.name, sizeof(request.name), "%s", name);
	if (fd >= 0 &&
		connect(fd, (const void *)&address, sizeof(address)) == 0 &&
		send(fd, &request, sizeof(request), MSG_NOSIGNAL) > 0 &&
		recv(fd, &reply, sizeof(reply), 0) == sizeof(reply))
		result = reply.result;
	close(fd);
	if (result)
		fprintf(stderr, "%d: %s\n", result, reply.text);
	return result;
}

static void tell(long count, double began)
{
	printf("%ld in %.1f s: %.2f ms each\n", count, now() - began,
		(now() - began) * 1000 / (double)(count ? count : 1));
}

/* Has init replaced COUNT times. */
int replace_init(char **words)
{
	long wanted = number(words[0], 1);
	const char *program = words[0] && words[1] ? words[1] : "";
	double began = now();

	for (long i = 0; i < wanted; i++)
		if (ask(CONTROL_REEXEC, program) != CONTROL_DONE)
			return 1;
	tell(wanted, began);
	return 0;
}

/* Sends init COUNT signals of a crash, and asks it about NAME after each. */
int crash_init(char **words)
{
	static const int signals[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
	long wanted = number(words[0], 1);
	double began = now();

	for (long i = 0; i < wanted; i++)
		if (kill(1, signals[i % 7]) < 0 ||
			ask(CONTROL_STATUS, words[1]) != CONTROL_DONE)
			return 1;
	tell(wanted, began);
	return 0;
}

/* Lets init go on at an address where nothing is. */
static int derail(void)
{
	struct user_regs_struct registers;
	struct iovec part = {&registers, sizeof(registers)};

	if (ptrace(PTRACE_SEIZE, 1, 0, 0) < 0 ||
		ptrace(PTRACE_INTERRUPT, 1, 0, 0) < 0 ||
		waitpid(1, NULL, __WALL) != 1 ||
		ptrace(PTRACE_GETREGSET, 1, NT_PRSTATUS, &part) < 0)
		return -1;
	registers_go(&registers, 16);
	if (ptrace(PTRACE_SETREGSET, 1, NT_PRSTATUS, &part) < 0 ||
		ptrace(PTRACE_DETACH, 1, 0, 0) < 0)
		return -1;
	return 0;
}

/* A fault of its own, COUNT times. */
int derail_init(char **words)
{
	long wanted = number(words[0], 1);

	for (long i = 0; i < wanted; i++) {
		if (derail() < 0) {
			perror("ptrace");
			return 2;
		}
		if (ask(CONTROL_STATUS, words[1]) != CONTROL_DONE)
			return 1;
	}
	return 0;
}
