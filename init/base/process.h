/* Children of init, made with clone3. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <sys/types.h>

/* Forks with clone3(CLONE_CLEAR_SIGHAND [| CLONE_INTO_CGROUP]). group: a
 * cgroup directory, or -1. In the child the signal mask is the parent's; musl
 * still holds the parent's tid, so raise() and abort() are out of bounds.
 * Returns the pid, 0 in the child, or -errno. clone3(2). */
pid_t process_fork(int group);

#endif
