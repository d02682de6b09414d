/* init's run-time state as bytes: what one init writes for the next one, which
 * may be a build that is one version older or newer.
 *
 * Each owner of state describes it as parts: arrays of records, plain data with
 * indices, and of each record the fields that live on, by name. The description
 * is written with the data, so a reader takes what it knows: a field that it
 * lacks is skipped, one that was not written keeps its default. Writing neither
 * allocates nor changes anything, since it is done in a signal handler too.
 */
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_MAGIC 0x4554415453424c42ULL /* "BLBSTATE" */

/* A test builds an init of the next version, with a changed layout. */
#ifndef STATE_VERSION
#define STATE_VERSION 1U
#endif
#ifndef STATE_EXTRA
#define STATE_EXTRA 0
#endif

#define STATE_PARTS 24U
#define STATE_NAME 20U
#define STATE_FD 0x8000U /* of state_field.size: an array of descriptors */

struct state_field {
	char name[STATE_NAME];
	uint16_t offset;
	uint16_t size; /* bytes; STATE_FD */
};

/* Rows of a list of fields, one a member: kept, files (descriptors as 32 bits,
 * -1: none; they stay open), or left (made anew). The sum of their sizes finds
 * a member that was forgotten. */
#define STATE_KEPT(type, member) \
	{ \
#member, offsetof(type, member), STATE_BYTES(type, member) \
	}
#define STATE_FILE(type, member) \
	{ \
#member, offsetof(type, member), \
			STATE_BYTES(type, member) | STATE_FD \
	}
#define STATE_BYTES(type, member) sizeof(__typeof__(((type *)0)->member))
/* holes: bytes between members that no member has. */
#define STATE_IS_WHOLE(type, bytes, holes) \
	_Static_assert((bytes) + (holes) == sizeof(type), \
		"a member has no row, or 'holes' is another number")

struct state_part {
	char name[8];
	const struct state_field *fields;
	void *records;
	uint32_t field_count;
	uint32_t record_size;
	uint32_t count;
};

struct state_list {
	struct state_part parts[STATE_PARTS];
	uint32_t count;
};

/* One that has no room in the list is not there: a test counts them. */
void state_add(struct state_list *list, const struct state_part *part)
	__attribute__((nonnull));

struct state_build {
	uint64_t device; /* of the program that wrote it */
	uint64_t inode;
	uint64_t changed_ns;
};

/* Writes the parts into an empty file. 0, or -errno. */
int state_write(
	int fd, const struct state_list *list, const struct state_build *build)
	__attribute__((nonnull, warn_unused_result));

enum state_fault {
	STATE_SOUND,
	STATE_DAMAGED, /* not a state, or cut off, or changed */
	STATE_FOREIGN /* of a version that is not known here */
};

/* What is wrong with these bytes. */
enum state_fault state_check(const void *image, size_t size)
	__attribute__((nonnull, warn_unused_result));

/* Of a sound state: who wrote it; how many records a part has (0: it is not
 * there); and copies a part's fields over the records that are there. */
const struct state_build *state_build(const void *image)
	__attribute__((nonnull));
uint32_t state_count(const void *image, const char *part)
	__attribute__((nonnull));
void state_take(const void *image, const struct state_part *part)
	__attribute__((nonnull));

/* All descriptors of the parts: they stay open over an exec; those that are not
 * open become -1; they are closed by an exec. */
void state_share_fds(const struct state_list *list) __attribute__((nonnull));
void state_find_fds(const struct state_list *list) __attribute__((nonnull));
void state_own_fds(const struct state_list *list) __attribute__((nonnull));

#endif
