/* The format of a state: a head, a head a part, and for each part its fields
 * and its records, each at a multiple of 8 bytes. Numbers in host order; it
 * never leaves the machine.
 */
#include "base/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SUM_START 14695981039346656037ULL
#define SUM_PRIME 1099511628211ULL

struct head {
	uint64_t magic;
	uint64_t sum; /* of all that follows it */
	uint64_t size; /* of all */
	uint32_t version;
	uint32_t parts;
	struct state_build build;
};

struct part_head {
	uint64_t fields_at;
	uint64_t records_at;
	uint32_t key;
	uint32_t field_count;
	uint32_t record_size;
	uint32_t count;
};

#define SUMMED offsetof(struct head, size)

void state_add(struct state_list *list, uint32_t key,
	const struct state_field *fields, void *records, uint32_t count)
{
	if (list->count < STATE_PARTS)
		list->parts[list->count++] =
			(struct state_part){key, count, fields, records};
}

static size_t record_size(const struct state_part *part)
{
	return part->fields->size;
}

/* The first of the rows that are of members. */
static const struct state_field *members(const struct state_part *part)
{
	return part->fields + 1;
}

static uint32_t count_members(const struct state_part *part)
{
	uint32_t count = 0;

	while (members(part)[count].key)
		count++;
	return count;
}

static uint64_t sum(uint64_t start, const void *bytes, size_t size)
{
	const char *at = bytes;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		start = (start ^ word) * SUM_PRIME;
		at += sizeof(word);
	}
	if (!size)
		return start;
	word = 0;
	memcpy(&word, at, size);
	return (start ^ word) * SUM_PRIME;
}

/* --- writing -------------------------------------------------------------- */

struct writer {
	int fd;
	int error;
	uint64_t at;
	uint64_t sum;
};

static uint64_t aligned(uint64_t size)
{
	return (size + 7) & ~(uint64_t)7;
}

/* What is left out by rounding up reads as 0. */
static void put(struct writer *writer, const void *bytes, size_t size)
{
	ssize_t done = 0;

	for (size_t at = 0; at < size; at += (size_t)done) {
		done = pwrite(writer->fd, (const char *)bytes + at, size - at,
			(off_t)(writer->at + at));
		if (done > 0)
			continue;
		writer->error = done < 0 ? -errno : -ENOSPC;
		return;
	}
	writer->sum = sum(writer->sum, bytes, size);
	writer->at += aligned(size);
}

static size_t records_size(const struct state_part *part)
{
	return part->count * record_size(part);
}

static size_t fields_size(const struct part_head *head)
{
	return head->field_count * sizeof(struct state_field);
}

/* The size of all; fills in where the parts will stand. */
static uint64_t lay_out(const struct state_list *list, struct part_head *heads)
{
	uint64_t at = sizeof(struct head) + list->count * sizeof(*heads);

	for (uint32_t i = 0; i < list->count; i++) {
		const struct state_part *part = &list->parts[i];

		heads[i] = (struct part_head){.fields_at = at,
			.key = part->key,
			.field_count = count_members(part),
			.record_size = (uint32_t)record_size(part),
			.count = part->count};
		heads[i].records_at = at + fields_size(&heads[i]);
		at = heads[i].records_at + aligned(records_size(part));
	}
	return at;
}

int state_write(
	int fd, const struct state_list *list, const struct state_build *build)
{
	struct part_head heads[STATE_PARTS];
	struct head head = {.magic = STATE_MAGIC,
		.version = STATE_VERSION,
		.parts = list->count,
		.build = *build};
	struct writer writer = {.fd = fd, .at = sizeof(head)};

	head.size = lay_out(list, heads);
	if (ftruncate(fd, (off_t)head.size) < 0)
		return -errno;
	writer.sum =
		sum(SUM_START, (char *)&head + SUMMED, sizeof(head) - SUMMED);
	put(&writer, heads, list->count * sizeof(*heads));
	for (uint32_t i = 0; i < list->count && !writer.error; i++) {
		const struct state_part *part = &list->parts[i];

		put(&writer, members(part), fields_size(&heads[i]));
		put(&writer, part->records, records_size(part));
	}
	head.sum = writer.sum;
	writer.at = 0;
	if (!writer.error)
		put(&writer, &head, sizeof(head));
	return writer.error;
}

/* --- reading -------------------------------------------------------------- */

static const struct part_head *heads_of(const void *image)
{
	return (const void *)((const char *)image + sizeof(struct head));
}

static bool is_in(uint64_t size, uint64_t at, uint64_t count, uint64_t each)
{
	return at % 8 == 0 && at <= size && each <= UINT32_MAX &&
		count <= UINT32_MAX && count * each <= size - at;
}

static const struct state_field *fields_of(
	const void *image, const struct part_head *head)
{
	return (const void *)((const char *)image + head->fields_at);
}

static uint16_t size_of(const struct state_field *field)
{
	return field->size & (uint16_t)~STATE_FD;
}

/* The place of the field with that key among the first ones; count: none. */
static uint32_t find_field(
	const struct state_field *fields, uint32_t count, uint32_t key)
{
	uint32_t i = 0;

	while (i < count && fields[i].key != key)
		i++;
	return i;
}

static bool is_part(const void *image, const struct part_head *head)
{
	uint64_t size = ((const struct head *)image)->size;
	const struct state_field *fields;

	if (!is_in(size, head->fields_at, head->field_count,
		    sizeof(struct state_field)) ||
		!is_in(size, head->records_at, head->count, head->record_size))
		return false;
	fields = fields_of(image, head);
	for (uint32_t i = 0; i < head->field_count; i++)
		if (fields[i].offset + size_of(&fields[i]) >
				head->record_size ||
			find_field(fields, i, fields[i].key) < i)
			return false;
	return true;
}

enum state_fault state_check(const void *image, size_t size)
{
	const struct head *head = image;

	if (size < sizeof(*head) || head->magic != STATE_MAGIC)
		return STATE_DAMAGED;
	if (head->version + 1 < STATE_VERSION ||
		head->version > STATE_VERSION + 1)
		return STATE_FOREIGN;
	if (head->size != size ||
		!is_in(size, sizeof(*head), head->parts,
			sizeof(struct part_head)) ||
		head->sum !=
			sum(SUM_START, (const char *)image + SUMMED,
				size - SUMMED))
		return STATE_DAMAGED;
	for (uint32_t i = 0; i < head->parts; i++)
		if (!is_part(image, &heads_of(image)[i]))
			return STATE_DAMAGED;
	return STATE_SOUND;
}

const struct state_build *state_build(const void *image)
{
	return &((const struct head *)image)->build;
}

static const struct part_head *find(const void *image, uint32_t key)
{
	const struct part_head *heads = heads_of(image);

	for (uint32_t i = 0; i < ((const struct head *)image)->parts; i++)
		if (heads[i].key == key)
			return &heads[i];
	return NULL;
}

uint32_t state_count(const void *image, uint32_t key)
{
	const struct part_head *head = find(image, key);

	return head ? head->count : 0;
}

struct copy {
	const char *from;
	char *to;
	size_t from_step;
	size_t to_step;
	size_t size;
	size_t room;
};

/* A number that has grown or shrunk keeps its lower bytes; both boards are
 * little-endian. */
static void copy_all(const struct copy *copy, uint32_t count)
{
	size_t size = copy->size < copy->room ? copy->size : copy->room;

	for (uint32_t i = 0; i < count; i++) {
		char *to = copy->to + i * copy->to_step;

		memset(to, 0, copy->room);
		memcpy(to, copy->from + i * copy->from_step, size);
	}
}

static void take_field(const void *image, const struct part_head *head,
	const struct state_part *part, const struct state_field *field)
{
	const struct state_field *written = fields_of(image, head);
	uint32_t count = head->count < part->count ? head->count : part->count;
	uint32_t i = find_field(written, head->field_count, field->key);

	if (i == head->field_count)
		return;
	copy_all(&(struct copy){.from = (const char *)image + head->records_at +
				 written[i].offset,
			 .to = (char *)part->records + field->offset,
			 .from_step = head->record_size,
			 .to_step = record_size(part),
			 .size = size_of(&written[i]),
			 .room = size_of(field)},
		count);
}

void state_take(const void *image, const struct state_part *part)
{
	const struct part_head *head = find(image, part->key);
	const struct state_field *field = members(part);

	for (; head && field->key; field++)
		take_field(image, head, part, field);
}

/* --- descriptors ---------------------------------------------------------- */

enum deed {
	DEED_SHARE,
	DEED_FIND,
	DEED_OWN
};

/* Numbers that nobody set are 0; 0 to 2 are never init's own. */
static void each_fd(const struct state_part *part,
	const struct state_field *field, enum deed deed)
{
	for (uint32_t i = 0; i < part->count; i++) {
		int *fds = (int *)(void *)((char *)part->records +
			i * record_size(part) + field->offset);

		for (unsigned k = 0; k < size_of(field) / sizeof(*fds); k++) {
			if (fds[k] <= STDERR_FILENO)
				continue;
			if (deed == DEED_FIND && fcntl(fds[k], F_GETFD) < 0)
				fds[k] = -1;
			else if (deed != DEED_FIND)
				fcntl(fds[k], F_SETFD,
					deed == DEED_OWN ? FD_CLOEXEC : 0);
		}
	}
}

static void all_fds(const struct state_list *list, enum deed deed)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct state_part *part = &list->parts[i];

		for (const struct state_field *field = members(part);
			field->key; field++)
			if (field->size & STATE_FD)
				each_fd(part, field, deed);
	}
}

void state_share_fds(const struct state_list *list)
{
	all_fds(list, DEED_SHARE);
}

void state_find_fds(const struct state_list *list)
{
	all_fds(list, DEED_FIND);
}

void state_own_fds(const struct state_list *list)
{
	all_fds(list, DEED_OWN);
}
