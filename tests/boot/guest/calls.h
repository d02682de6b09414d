/* Calls that only older architectures have: elsewhere none has that number. */
#ifndef CALLS_H
#define CALLS_H

#include <sys/syscall.h>

#ifndef SYS_open
#define SYS_open (-2L)
#define SYS_stat (-3L)
#define SYS_dup2 (-4L)
#define SYS_poll (-5L)
#define SYS_mkdir (-6L)
#define SYS_readlink (-7L)
#define SYS_access (-8L)
#define SYS_unlink (-9L)
#define SYS_rmdir (-10L)
#define SYS_lstat (-11L)
#define SYS_arch_prctl (-12L)
#endif

#endif
