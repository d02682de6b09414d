/* The watcher of conditions: one process for all of a table's `when` and
 * `reload-on`, which are matters of the host. conditions.c turns its loop; each
 * other file knows some of what can be asked of the host.
 *
 * What is heard of a thing only says that it is to be looked at (`dirty`), so
 * that nothing is lost when more is told than can be heard.
 */
#ifndef BUILDER_CONDITIONS_H
#define BUILDER_CONDITIONS_H

#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>

#define TRAIL_STEPS 64U

/* A name in a folder that is watched. */
struct trail_step {
	int32_t folder; /* of inotify(7) */
	uint32_t name; /* its hash */
};

/* What is asked of the host; several services may ask the same. */
struct thing {
	const struct condition *condition; /* NULL: of reload-on */
	const char *name; /* interface, path or word */
	bool dirty; /* to be looked at */
	bool is_known; /* it was, once */
	uint32_t value; /* 1: it holds; of reload-on: a sum of what is there */
	int32_t error; /* why it cannot be known, or 0 */
	uint32_t step_count;
	struct trail_step steps[TRAIL_STEPS]; /* of its path */
};

struct things {
	struct thing *all;
	uint32_t count;
};

bool thing_is(const struct thing *thing, enum condition_kind kind)
	__attribute__((nonnull, pure));
bool thing_has_path(const struct thing *thing) __attribute__((nonnull, pure));

typedef bool thing_test(const struct thing *thing);

/* All that pass a test are to be looked at. */
void things_mark(const struct things *things, thing_test *test)
	__attribute__((nonnull));
bool things_have(const struct things *things, thing_test *test)
	__attribute__((nonnull));

/* Where the kernel tells of things. */
struct source {
	const char *what;
	thing_test *test; /* of which it tells */
	int (*open)(const struct things *things); /* fd, or -1 with errno */
	short events; /* of poll(2) */
	void (*hear)(int fd, const struct things *things);
};

/* links.c: interfaces and default routes. */
bool links_test(const struct thing *thing);
int links_open(const struct things *things);
void links_hear(int fd, const struct things *things);
void links_look(struct thing *thing);

/* trail.c: paths, and what is at their end. */
int trail_open(const struct things *things);
void trail_hear(int fd, const struct things *things);
void trail_look(const struct things *things, struct thing *thing);

/* nodes.c: what else tells of paths: devices that come and go, and mounts. */
bool nodes_test(const struct thing *thing);
int nodes_open(const struct things *things);
void nodes_hear(int fd, const struct things *things);
int covers_open(const struct things *things);
void covers_hear(int fd, const struct things *things);

/* gauge.c: the clock, and how much the machine waits. */
bool clock_test(const struct thing *thing);
int clock_open(const struct things *things);
void clock_hear(int fd, const struct things *things);
void clock_look(struct thing *thing);

bool pressure_test(const struct thing *thing);
#define PRESSURE_LINES 5U
extern const struct source pressure_sources[PRESSURE_LINES];
void pressure_look(struct thing *thing);
/* Whether pressures are to be looked at again, and in how many ms: they have
 * come close to what somebody asks for, and the kernel does not tell of their
 * fall. -1: no. */
int pressure_next_ms(const struct things *things);

#define HUNG_MOST 8U

/* What outlives the process: the path that it is at, and those that it has hung
 * at, which are left out for a time. */
struct conditions_memory {
	uint32_t at; /* number of a thing, from 1; 0: none */
	uint32_t count; /* of the others */
	uint64_t since_ms; /* it is there */

	struct hung {
		uint32_t thing;
		uint32_t times;
		uint64_t until_ms;
	} hung[HUNG_MOST];
};

/* guard.c: what ends the watcher when it is at work for longer than anything
 * here may take. A descriptor that can be read when the guard is gone, or -1.
 */
int guard_open(int socket);
void guard_set(bool works);

struct conditions_setup {
	const struct table *table;
	struct conditions_memory *memory; /* shared; zeros at first */
	int socket; /* to init: struct sandbox_truth */
};

/* The body of the process. */
_Noreturn void conditions_run(const struct conditions_setup *setup)
	__attribute__((nonnull));

#endif
