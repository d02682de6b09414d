/* What is measured of a running init, in a guest and on the build host alike.
 * It says lines "bench NAME VALUE" on standard output; times are in us, sizes
 * in KiB.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#define SERVICES_MOST 10000
#define WORDS_MOST 16
#define TALK_LINES 20000 /* Peers.pm */

/* /bench/plan: a line "COUNT FLAGS REST_S", and one line of words for each of
 * the rest, "-" for what that init has no way to do. FLAGS, m: proc, sys, dev,
 * run, tmp and cgroup2 are mounted for it, as a distribution's early scripts
 * do. In the words of stop and question @ is the number of a service, in those
 * of spawn of one that does not run; "kill" is a signal. Those of talk start a
 * service that writes TALK_LINES lines to a log, and ends. REST_S 0: neither
 * rest nor memory are measured.
 */
struct plan {
	unsigned count;
	char flags[8];
	unsigned rest_s;
	char *init[WORDS_MOST];
	char *off[WORDS_MOST];
	char *stop[WORDS_MOST];
	char *question[WORDS_MOST];
	char *spawn[WORDS_MOST];
	char *talk[WORDS_MOST];
};

struct place {
	const char *proc; /* the folder of it that shows all of that init */
	const char *trace; /* where tracefs is mounted */
	int pid; /* of the init, for who measures */
	int self; /* of who measures, as proc has it; 0: it is not there */
	bool is_host; /* there are processes that are none of ours */
};

/* Says "bench failed WHAT: errno in words" and ends; each program has its own.
 */
_Noreturn void measure_fail(const char *what) __attribute__((nonnull));

void measure_plan(struct plan *plan, const char *path) __attribute__((nonnull));
/* Before the init is executed: what it is then held against. */
void measure_prepare(const struct place *place) __attribute__((nonnull));
void measure_all(const struct plan *plan, int64_t executed_us)
	__attribute__((nonnull));

/* Child of who measures, among the mounts of the init; returns its pid. */
int measure_run(char *const *words, unsigned number) __attribute__((nonnull));
/* As an early script would, below the root of who calls. */
void measure_mounts(void);
void measure_mount(const char *type, const char *path) __attribute__((nonnull));
int64_t measure_now_us(void);

#endif
