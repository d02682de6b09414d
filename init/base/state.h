/* init's run-time state as bytes: what one init writes for the next one, which
 * may be a build that is one version older or newer.
 *
 * Each owner of state describes it as parts: arrays of records, plain data with
 * indices, and of each record the fields that live on, by the keys of their
 * names. The description is written with the data, so a reader takes what it
 * knows: a field that it lacks is skipped, one that was not written keeps its
 * default. Writing neither allocates nor changes anything, since it is done in
 * a signal handler too.
 */
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_MAGIC 0x4554415453424c42ULL /* "BLBSTATE" */

/* A test builds an init of the next version, with a changed layout. */
#ifndef STATE_VERSION
#define STATE_VERSION 3U
#endif
#ifndef STATE_EXTRA
#define STATE_EXTRA 0
#endif

#define STATE_PARTS 24U
#define STATE_NAME 20U /* bytes of a name that its key is made of */
#define STATE_FD 0x8000U /* of state_field.size: an array of descriptors */

struct state_field {
	uint32_t key; /* of the member's name */
	uint16_t offset;
	uint16_t size; /* bytes; STATE_FD */
};

/* The key of a name, a literal: FNV-1a of it with zeros behind it. Two of one
 * part that are the same make a state that is not sound. */
#define STATE_MIX(sum, name, at) \
	(((sum) ^ (unsigned char)(name)[at]) * 16777619U)
#define STATE_MIX4(sum, name, at) \
	STATE_MIX( \
		STATE_MIX(STATE_MIX(STATE_MIX(sum, name, at), name, (at) + 1), \
			name, (at) + 2), \
		name, (at) + 3)
#define STATE_MIX20(sum, name) \
	STATE_MIX4(STATE_MIX4(STATE_MIX4(STATE_MIX4(STATE_MIX4(sum, name, 0), \
						 name, 4), \
				      name, 8), \
			   name, 12), \
		name, 16)
#define STATE_KEY(name) \
	STATE_MIX20( \
		2166136261U, name "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")

/* Rows of a list of fields. The first one is of the record. Then one a member:
 * kept, files (descriptors as 32 bits, -1: none; they stay open), or left (made
 * anew). Then the end. The sum of their sizes finds a member that was
 * forgotten. */
#define STATE_RECORD(type) \
	{ \
		.size = sizeof(type) \
	}
#define STATE_KEPT(type, member) \
	{ \
		STATE_KEY(#member), offsetof(type, member), \
			STATE_BYTES(type, member) \
	}
#define STATE_FILE(type, member) \
	{ \
		STATE_KEY(#member), offsetof(type, member), \
			STATE_BYTES(type, member) | STATE_FD \
	}
#define STATE_END \
	{ \
		.key = 0 \
	}
#define STATE_BYTES(type, member) sizeof(__typeof__(((type *)0)->member))
/* holes: bytes between members that no member has. */
#define STATE_IS_WHOLE(type, bytes, holes) \
	_Static_assert((bytes) + (holes) == sizeof(type), \
		"a member has no row, or 'holes' is another number")

struct state_part {
	uint32_t key;
	uint32_t count; /* of records */
	const struct state_field *fields;
	void *records;
};

struct state_list {
	struct state_part parts[STATE_PARTS];
	uint32_t count;
};

/* One that has no room in the list is not there: a test counts them. */
void state_add(struct state_list *list, uint32_t key,
	const struct state_field *fields, void *records, uint32_t count)
	__attribute__((nonnull(1, 3)));

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
uint32_t state_count(const void *image, uint32_t key) __attribute__((nonnull));
void state_take(const void *image, const struct state_part *part)
	__attribute__((nonnull));

/* All descriptors of the parts: they stay open over an exec; those that are not
 * open become -1; they are closed by an exec. */
void state_share_fds(const struct state_list *list) __attribute__((nonnull));
void state_find_fds(const struct state_list *list) __attribute__((nonnull));
void state_own_fds(const struct state_list *list) __attribute__((nonnull));

#endif
