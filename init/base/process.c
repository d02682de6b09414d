/* Forking with clone3: every child of init begins here. */
#include "base/process.h"

#include "base/kernel.h"
#include <errno.h>
#include <signal.h>

pid_t process_fork(int group)
{
	struct kernel_clone_args arguments = {
		.flags = K_CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	pid_t pid;

	if (group >= 0) {
		arguments.flags |= K_CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)group;
	}
	pid = kernel_clone3(&arguments);
	return pid < 0 ? -errno : pid;
}
