/* The logger: one process on the host's side that carries lines of log rings
 * to where the table says (log-to). init starts it with the first service that
 * has such a word, and again when it has ended; init sees no line.
 *
 * Its socket brings a ring for each service that has run, as a packet with the
 * index of the service and the ring's descriptor, open for reading; it sends
 * lines of text for people. It sleeps until that socket or the bell, an eventfd
 * that the reapers of such services ring.
 */
#ifndef LOG_LOGGER_H
#define LOG_LOGGER_H

#include "log/lines.h"
#include "table/table.h"
#include <stdbool.h>

#define LOGGER_TOLD_MAX 300U
#define LOGGER_ID 65533U /* its user and group; mapped in no service */
#define LOGGER_FOLDER "log" /* below the data of [system] */

/* How far a sink of a service has come: one for each log-to of the table, in
 * their order. It stands in memory of init's, so that the next logger goes on
 * there. */
struct logger_place {
	_Atomic uint32_t which; /* of the two counts: the other is written */
	uint32_t spare;
	_Atomic uint64_t writing; /* a file: struct sink_file */
	struct lines_place places[2];
};

struct logger_setup {
	const struct table *table;
	int proc; /* folder of the host's /proc */
	int socket;
	int bell;
	int places; /* memfd */
	bool has_data; /* the folder of files may be made */
};

/* How many places a table needs. */
uint32_t logger_places(const struct table *table) __attribute__((nonnull));

_Noreturn void logger_run(const struct logger_setup *setup)
	__attribute__((nonnull));

#endif
