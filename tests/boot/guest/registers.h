/* What of another process's registers depends on the architecture. ptrace(2) */
#ifndef GUEST_REGISTERS_H
#define GUEST_REGISTERS_H

#include <sys/user.h>

/* Goes on at that address, in no system call. */
static inline void registers_go(struct user_regs_struct *all, unsigned long to)
{
#if defined(__x86_64__)
	all->rip = to;
	all->orig_rax = (unsigned long)-1;
#else
	all->pc = to;
#endif
}

#endif
