/* The loader: files -> text -> table/ -> plan/ -> one sealed memfd.
 *
 * load_table() runs in the loader, a program that init executes in a child (it
 * may block, allocate by mmap and be killed), and svc for "svc check". So init
 * has no parser at all; load_map() is all that it does itself.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "table/build.h"
#include "table/table.h"
#include <stdbool.h>
#include <stdint.h>

#define LOAD_TABLE_PATH "/etc/services.tab"
#define LOAD_DROPINS "/etc/services.d" /* *.tab in byte order */

/* Time zones, below the root. */
#define LOAD_ZONES "usr/share/zoneinfo"

/* Compiled filters of system calls, below the root. */
#define LOAD_POLICIES "lib/bulkhead/seccomp"

/* What init executes to have its table read, with the empty memfd as LOAD_FD;
 * exit code 0: it holds a table. */
#define LOAD_PROGRAM "/lib/bulkhead/loader"
#define LOAD_FD 3
#define LOAD_NO_PROGRAM 127 /* the exit code where it cannot be executed */

/* With the word LOAD_AGAIN it compares that with the table in force, which is
 * LOAD_BEFORE, or where that is not open the one of last resort. */
#define LOAD_BEFORE 4
#define LOAD_AGAIN "again"

struct load_request {
	const char *const *files; /* in order */
	uint32_t file_count;
	const char *dropins; /* folder whose *.tab follow; NULL: none */
	const char *root; /* where etc/passwd and etc/group are found; NULL:
			   * names of users are not resolved */
	bool rescue; /* only the rescue shell is started */
	const char *note; /* NULL: none */
	const char *explained; /* see struct table_input; NULL: none */
	table_tell *tell;
	const struct table *before; /* that it is to follow; NULL: none */
};

/* Reads the kernel's command line text (/proc/cmdline) into a request:
 * bulkhead.table=PATH, bulkhead.rescue, bulkhead.note="TEXT", and the words
 * single S s 1 rescue emergency. Words after " -- " count as well. Quoting as
 * in the kernel's own parser. `words` is changed in place and must outlive the
 * request. kernel-parameters.txt */
void load_words(struct load_request *request, char *words, const char **file);

/* Fills an empty memfd with the table and seals it (F_SEAL_SHRINK, _GROW,
 * _WRITE, _SEAL). A table with faults is sealed too: its faulty stanzas are
 * marked SERVICE_FAULTY (or left out where they have no usable name) and the
 * faults stand in it as text. A missing file, or no service at all, is a
 * fault and sets system.rescue. 0, or -errno when there is no table at all.
 */
int load_table(int memfd, const struct load_request *request);

/* Maps a table that load_table() made, read-only and shared, after checking
 * seals, magic, version, size and sum. NULL with errno when it is none. */
const struct table *load_map(int memfd);

/* Gives one of these, or that of last resort, back. */
void load_unmap(const struct table *table) __attribute__((nonnull));

/* The table of last resort, compiled in: milestones and the rescue shell. */
const struct table *load_fallback(void);
bool load_is_fallback(const struct table *table) __attribute__((nonnull));

#endif
