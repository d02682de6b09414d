/* The forwarder of a service that publishes ports: its steps, from clone3 to
 * its loop. What they do is in the builder's program (builder/forwarder.c).
 */
#include "sandbox/build.h"

static const struct step rows[] = {
	STEP("hide its memory", forward_step, .argument = FORWARD_HIDE),
	STEP("enter the network of the service", forward_step,
		.argument = FORWARD_NETWORK),
	STEP("leave all files", forward_step, .argument = FORWARD_FILES,
		.lacks = "the kernel needs CONFIG_TMPFS"),
	STEP("watch signals", forward_step, .argument = FORWARD_SIGNALS),
	STEP("close files", forward_step, .argument = FORWARD_CLOSE),
	STEP("set its limits", forward_step, .argument = FORWARD_LIMITS),
	STEP("leave the session keyring", spaces_keyring),
	STEP("empty the bounding set", caps_bound),
	STEP("become nobody", forward_step, .argument = FORWARD_NOBODY),
	STEP("drop capabilities", caps_drop),
	STEP("refuse new privileges", caps_lock),
	STEP("take its memory", forward_step, .argument = FORWARD_MEMORY),
	STEP("watch its ports", forward_step, .argument = FORWARD_PORTS,
		.lacks = "the kernel needs CONFIG_EPOLL"),
	STEP("filter its system calls", forward_step,
		.argument = FORWARD_FILTER,
		.lacks = "the kernel needs CONFIG_SECCOMP_FILTER"),
};

const struct steps forwarder_list = {rows, sizeof(rows) / sizeof(*rows)};
