/* Ways out of a compartment, and harms, as a table: one row an attempt, most of
 * them one system call. Each is made in a child of its own; what it means when
 * the kernel lets it stands beside it, and is the judge's to believe: it looks
 * at the host before and after.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>

/* What it means when an attempt is not refused. */
enum means {
	OUT, /* it got at something that is not the service's */
	OWN, /* it got at what is the service's own */
	HELD, /* it took what it can have, and no more */
	NOTHING, /* it looked around and saw nothing of others */
};

struct attempt {
	const char *name;
	enum means means;
	/* -errno where it is refused, 0 where it works, or 1 + an enum means
	 * that it has found out itself */
	long (*run)(void);
	long call; /* without run: a system call */
	long with[6];
};

struct attempts {
	const struct attempt *rows;
	size_t count;
};
extern const struct attempts call_attempts, deed_attempts, look_attempts;

/* The judge leaves the number of a key of the host's root here. */
#define KEY_FILE "/test/out/key"
/* What `outer` on the host and `neighbour` in a compartment both have. */
#define SHARED_KEY 0x6275
#define SHARED_QUEUE "escape"
#define SHARED_SOCKET "escape"

/* -errno of a call that says -1. */
long result_of(long value);
/* Whether pid 1 here is the service's own. */
bool has_own_pids(void);

#endif
