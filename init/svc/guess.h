/* The name that was probably meant by one that is mistyped. */
#ifndef SVC_GUESS_H
#define SVC_GUESS_H

#include "control/protocol.h"

struct guess {
	const char *name; /* as typed */
	unsigned best; /* distance of the nearest */
	char nearest[CONTROL_NAME_SIZE]; /* "": none is near */
};

void guess_begin(struct guess *guess, const char *name)
	__attribute__((nonnull));

/* One that there is. */
void guess_take(struct guess *guess, const char *known)
	__attribute__((nonnull));

#endif
