/* From text to a table, in four calls: table_begin(), table_read(), the order
 * of plan/ (order_make()), table_finish(). Pure: files come in as bytes, the
 * table and every fault go out in the block `out`. Faults may be added between
 * begin and finish by whoever finds them.
 */
#ifndef TABLE_BUILD_H
#define TABLE_BUILD_H

#include "table/arena.h"
#include "table/table.h"
#include <stdbool.h>

/* Regions that table_begin() wants: address space, touched as needed. */
#define TABLE_OUT_SIZE ((size_t)128 << 20)
#define TABLE_SCRATCH_SIZE ((size_t)512 << 20)
#define TABLE_WISH_MAX (1U << 20)
#define TABLE_FAULTS_MAX (64U << 10) /* bytes of text in the table */

struct table_text {
	const char *name; /* as it stands in messages */
	const char *bytes; /* need not end with a NUL */
	size_t size;
};

/* A key in force for one service, for people. */
struct table_told {
	const char *key;
	const char *fallback; /* as keys.def has it: text, or (prose) */
	const char *file; /* where it stands last; NULL: it is the default */
	uint32_t line;
	unsigned group; /* of keys: enum key_group */
};

/* Called for each key in the order of keys.def: once with NULL, and then for
 * each word of its value where it has been given. */
typedef void table_tell(const struct table_told *told, const char *word);

struct table_input {
	const struct table_text *files;
	uint32_t file_count;
	/* etc/passwd and etc/group; bytes NULL: names are not resolved */
	struct table_text passwd;
	struct table_text group;
	bool rescue; /* somebody at the machine wants a shell and no service */
	bool missing; /* one of the files could not be read */
	const char *note; /* NULL: none */
	const char *explained; /* service whose keys are told; NULL: none */
	table_tell *tell;
	const struct table *before; /* that it is to follow; NULL: none */
};

struct place {
	uint32_t file; /* 0: none; else index + 1 in the input's files */
	uint32_t line; /* 0: the file as a whole */
	uint32_t column; /* bytes, from 1 */
};

/* An edge as the text asks for it; order_make() makes the lists of it. */
struct wish {
	uint32_t from; /* waits */
	uint32_t to; /* for this one */
	uint32_t kind; /* enum edge_kind */
	const char *key; /* that was written */
	struct place place;
};

struct fault;
struct parser;

struct table_build {
	struct arena *out; /* the table, from its first byte on */
	struct arena *scratch; /* what is needed until table_finish() */
	struct table *table; /* = out->start */
	const struct table_input *input;
	struct parser *parser; /* inner state of table_read() */

	struct fault *faults; /* newest first */
	uint32_t fault_count;
	size_t fault_bytes;
	unsigned nearest_budget; /* comparisons left for suggestions */

	struct wish *wishes;
	uint32_t wish_count;
};

/* out and scratch are zeroed and of at least the sizes above; input (with all
 * that it points to) must live until table_finish(). */
void table_begin(struct table_build *build, struct arena *out,
	struct arena *scratch, const struct table_input *input);

/* Parses, checks and lays out all but the edge lists. Faulty stanzas are
 * marked; a text without any service, or a file that is missing, sets
 * system.rescue. */
void table_read(struct table_build *build);

/* Adds a fault of the table as a whole or of one place. Text: "what: why;
 * what to do". */
void table_fault(struct table_build *build, const struct place *place,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The policies that services name, behind table_read(): how many, and their
 * names. Whoever has the files puts the code of each into the table, or says
 * why it cannot be had, by which the services that name it are faulty. */
uint32_t table_policies(const struct table_build *build);
const char *table_policy(const struct table_build *build, uint32_t number);
void table_policy_put(struct table_build *build, uint32_t number,
	const struct table_text *text);
void table_policy_fault(struct table_build *build, uint32_t number,
	const char *file, const char *why);

/* Puts the time zone's bytes into the table. */
void table_put_zone(
	struct table_build *build, const struct zone *zone, size_t size);

/* The service as it may be changed. */
struct service *table_change(struct table_build *build, uint32_t index);

/* Writes the faults, in the order of the text, the size and the sum. */
void table_finish(struct table_build *build);

/* A sum over all bytes of a table after its field `size`, which must be right
 * and a multiple of 8. It is proof against accidents only. */
uint32_t table_sum(const struct table *table);

#endif
