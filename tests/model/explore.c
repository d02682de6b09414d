/* All worlds of a graph, breadth first, by the hash of their keys; and the way
 * of each to rest. */
#include "model.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE (1U << 16)
#define NOBODY UINT32_MAX
#define REST_MOST 400U /* steps to rest */

static struct {
	struct key *keys; /* as they were met */
	uint32_t *from; /* the world before */
	uint16_t *by; /* the move that led here */
	uint16_t *rest; /* steps to rest + 1; 0: not known */
	uint32_t *places; /* hash table: number + 1 */
	uint32_t count;
	uint32_t room;
	uint32_t now;
	unsigned move; /* that is being made */
	jmp_buf fault;
	char what[128];
} e;

_Noreturn void broken(uint32_t service, const char *what)
{
	snprintf(e.what, sizeof(e.what), "%u %s", service, what);
	longjmp(e.fault, 1);
}

static void *grow(void *memory, size_t count, size_t size)
{
	memory = realloc(memory, count * size);
	if (!memory) {
		fputs("no memory\n", stderr);
		exit(2);
	}
	return memory;
}

static uint64_t hash(const struct key *key)
{
	const uint64_t *words = (const uint64_t *)(const void *)key;
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(*key) / sizeof(*words); i++) {
		sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15U;
		sum ^= sum >> 29;
	}
	return sum;
}

static uint32_t *place_of(const struct key *key)
{
	uint32_t mask = 2 * e.room - 1;
	uint32_t at = (uint32_t)hash(key) & mask;

	while (e.places[at] &&
		memcmp(&e.keys[e.places[at] - 1], key, sizeof(*key)) != 0)
		at = (at + 1) & mask;
	return &e.places[at];
}

static void make_room(uint32_t room)
{
	e.room = room;
	e.keys = grow(e.keys, room, sizeof(*e.keys));
	e.from = grow(e.from, room, sizeof(*e.from));
	e.by = grow(e.by, room, sizeof(*e.by));
	e.rest = grow(e.rest, room, sizeof(*e.rest));
	e.places = grow(e.places, 2 * (size_t)room, sizeof(*e.places));
	memset(e.places, 0, 2 * (size_t)room * sizeof(*e.places));
	for (uint32_t i = 0; i < e.count; i++)
		*place_of(&e.keys[i]) = i + 1;
}

/* The number of the world at hand. */
static uint32_t meet(void)
{
	struct key key;
	uint32_t *place;

	world_save(&key);
	place = place_of(&key);
	if (*place)
		return *place - 1;
	if (e.count == e.room) {
		make_room(2 * e.room);
		place = place_of(&key);
	}
	e.keys[e.count] = key;
	e.from[e.count] = e.now;
	e.by[e.count] = (uint16_t)e.move;
	e.rest[e.count] = 0;
	*place = ++e.count;
	return e.count - 1;
}

static void leave(uint32_t number, struct tally *tally)
{
	unsigned moves = world_moves();

	e.now = number;
	for (unsigned move = 0; move < moves; move++) {
		world_load(&e.keys[number]);
		e.move = move;
		if (!world_move(move))
			continue;
		world_check();
		tally->steps++;
		meet();
	}
}

/* Follows one world to its rest, or to one whose way is known. */
static void settle(uint32_t number, struct tally *tally)
{
	static uint32_t path[REST_MOST + 1];
	unsigned length = 0;
	unsigned steps = 0;

	while (!e.rest[number]) {
		unsigned due;

		e.now = number;
		if (length == REST_MOST)
			broken(0, "(or another) never comes to rest");
		path[length++] = number;
		world_load(&e.keys[number]);
		due = world_due();
		e.move = due;
		if (due >= world_moves()) {
			world_check_rest();
			break;
		}
		if (!world_move(due))
			broken(0, "(or another) is due, and cannot come");
		world_check();
		number = meet();
	}
	if (e.rest[number])
		steps = e.rest[number];
	while (length) {
		if (++steps > UINT16_MAX)
			broken(0, "(or another) takes too long");
		e.rest[path[--length]] = (uint16_t)steps;
	}
	if (steps > tally->longest)
		tally->longest = steps;
}

static void print_way(uint32_t number, FILE *to)
{
	uint32_t way[64];
	unsigned length = 0;

	while (number != NOBODY && length < 64) {
		way[length++] = number;
		number = e.from[number];
	}
	while (length) {
		number = way[--length];
		if (e.from[number] != NOBODY)
			fprintf(to, "%s\n", world_move_name(e.by[number]));
		world_print(&e.keys[number], to);
	}
}

const char *explore(const struct graph *graph, struct tally *tally, FILE *to)
{
	e.count = 0;
	e.now = NOBODY;
	e.move = 0;
	make_room(FIRST_SIZE);
	if (setjmp(e.fault)) {
		tally->worlds += e.count;
		if (!to)
			return e.what;
		fprintf(to, "%s:\n", graph->name);
		print_way(e.now, to);
		fprintf(to, "%s\n  ... and then: %s\n",
			e.move < world_moves() ? world_move_name(e.move)
					       : "at rest",
			e.what);
		return e.what;
	}
	world_make(graph);
	meet();
	for (uint32_t i = 0; i < e.count; i++)
		leave(i, tally);
	for (uint32_t i = 0; i < e.count; i++)
		settle(i, tally);
	tally->worlds += e.count;
	return NULL;
}
