/* Where the logger writes lines: kmsg, the console, another machine, files.
 *
 * A sink takes a whole line or none of it; one that cannot take any now is
 * tried again later with the same line, which waits in its ring meanwhile.
 */
#ifndef LOG_SINKS_H
#define LOG_SINKS_H

#include "log/lines.h"
#include "table/table.h"

/* A file that is full becomes NAME.1, what was that NAME.2, up to COUNT files;
 * each of these is one rename(2). */
struct sink_file {
	int folder;
	const char *name;
	uint32_t count;
	uint64_t most; /* bytes, after which it is full */
	int fd; /* -1: not open */
	uint64_t size; /* up to the end of the last whole line */
	bool is_dirty; /* not yet on the disk */
	/* Where the line at work begins, and 1; 0: there is none. It outlives
	 * who writes, so that the next one knows whether the line is there. */
	_Atomic uint64_t *writing;
};

/* What every line needs to be told with. */
struct sinks {
	int kmsg; /* -1: nobody wants it */
	int console;
	int udp[2]; /* by family: IPv4, IPv6 */
	int folder; /* of the files */
	char host[TABLE_NAME_MAX + 1];
};

enum sink_result {
	SINK_DONE, /* or it never will: errno of a line that cannot be sent */
	SINK_LATER /* errno says why */
};

enum sink_result sink_kmsg(const struct sinks *sinks, const char *name,
	const struct line *line) __attribute__((nonnull));
enum sink_result sink_console(const struct sinks *sinks, const char *name,
	const struct line *line) __attribute__((nonnull(1, 3)));
enum sink_result sink_udp(const struct sinks *sinks,
	const struct log_target *to, const char *name, const struct line *line)
	__attribute__((nonnull));
enum sink_result sink_file(struct sink_file *file, const char *name,
	const struct line *line) __attribute__((nonnull));

/* The line that it had is noted elsewhere: it will not come again. */
void sink_file_noted(struct sink_file *file) __attribute__((nonnull));

/* Writes a file that is dirty to the disk. */
void sink_file_sync(struct sink_file *file) __attribute__((nonnull));

#endif
