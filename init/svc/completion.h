/* Completion of svc's words by a shell. */
#ifndef SVC_COMPLETION_H
#define SVC_COMPLETION_H

#include "svc/svc.h"
#include <stdbool.h>

/* Prints what the shell ("bash", "zsh") reads. False: it is no such shell. */
bool completion_print(const struct tool *tool, const char *shell)
	__attribute__((nonnull));

#endif
