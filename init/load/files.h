/* Reading files into an arena, with a fault for each that cannot be read. */
#ifndef LOAD_FILES_H
#define LOAD_FILES_H

#include "table/build.h"

/* Reads the regular file file->name, of at most `most` bytes, below the folder
 * `at` (or AT_FDCWD); never blocks. NULL: its text is read. Else why not, and
 * what to do; errno says what failed (0: not a system call). open(2). */
const char *files_read(
	int at, struct table_text *file, size_t most, struct arena *arena);

/* Paths of "*.tab" in a folder in byte order, as an array in the arena. Returns
 * how many, or -errno; a folder that is not there has none. getdents64(2). */
int files_list(const char *folder, struct arena *arena, const char ***paths);

#endif
