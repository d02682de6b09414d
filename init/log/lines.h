/* Lines out of the records of a log ring: pure but for what ring.h reads.
 *
 * The parts of a line that came in several records of one stream are joined; a
 * line that is too long comes in pieces. Who starts a service anew ends the
 * lines of the start before.
 */
#ifndef LOG_LINES_H
#define LOG_LINES_H

#include "log/ring.h"

#define LINES_MOST 2048U /* bytes of a line in one piece */

#define LINES_NO_PRIORITY (-1)

struct line {
	uint64_t real_ns; /* of its last byte, as in struct ring_record */
	uint64_t boot_ns;
	uint32_t instance;
	uint16_t stream; /* enum ring_stream */
	int16_t priority; /* facility * 8 + level of its <N>, or none */
	bool cut; /* the next of its stream is the rest of it */
	const char *text; /* no end of line; valid until the next call */
	size_t length;
};

struct lines_part {
	char bytes[LINES_MOST];
	size_t used; /* 0: there is none */
	uint64_t record; /* where the record stands in which it begins, */
	uint64_t begins; /* and its first byte */
	uint64_t real_ns;
	uint64_t boot_ns;
};

/* Where to go on: a record, and how far each stream has been given from there
 * on: what has no end yet is read again, what stands between is not given
 * twice.
 */
struct lines_place {
	uint64_t at;
	uint64_t given[RING_STREAMS];
};

struct lines {
	const struct ring *ring;
	struct ring_want want;
	struct lines_place begun; /* the place that it was opened at */
	struct ring_record record; /* the one at work */
	size_t taken; /* bytes of it */
	bool waits; /* it ends the parts of another instance first */
	bool skipped; /* what came before it was overwritten */
	uint32_t instance;
	struct lines_part parts[RING_STREAMS]; /* those that are joined */
	struct lines_part *given; /* is empty at the next call */
	char *bytes; /* of the record */
	size_t room;
};

/* Begins at a place: all 0 is the oldest line. bytes: room for a record, a
 * quarter of the ring. */
void lines_open(struct lines *lines, const struct ring *ring,
	const struct lines_place *place, char *bytes, size_t room)
	__attribute__((nonnull));

/* The next line that is whole. False: there is none yet. */
bool lines_next(struct lines *lines, struct line *line)
	__attribute__((nonnull));

/* What has no end yet, as if it had. False: there is nothing. */
bool lines_rest(struct lines *lines, struct line *line)
	__attribute__((nonnull));

/* Where who opens them anew gets the next line. */
void lines_place(const struct lines *lines, struct lines_place *place)
	__attribute__((nonnull));

#endif
