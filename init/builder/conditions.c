/* The watcher of conditions: see conditions.h. init starts it with the first
 * table that has any, and again when it ends; what it says first is all. What
 * is at work for longer than anything here may take is ended (guard.c), so that
 * what was last said does not stand for ever.
 */
#include "builder/conditions.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/told.h"
#include "sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_MS 100U /* a file is quiet for so long after its change */
#define SETTLE_MOST_MS 1000U /* or has changed for so long */
#define HIGH_FD 32
#define FAILED 2
#define HUNG_MS 9000U /* it has hung who is killed after that */
#define LEFT_OUT_MS 60000U /* a path where it has hung; doubles, */
#define DOUBLED_MOST 6U /* so often */

/* What a service wants to be told. */
struct item {
	uint32_t service;
	uint16_t matter; /* enum sandbox_matter */
	uint16_t place;
	uint32_t first; /* of its things */
	uint32_t count; /* more than one: of reload-on */
	uint32_t value; /* as sent last */
	int32_t error;
	bool is_sent;
	uint64_t changed_ms; /* 0: nothing is unsent; else since when, */
	uint64_t settled_ms; /* and until when it waits */
	uint32_t seen; /* value that it had then */
};

static bool is_path(const struct thing *thing)
{
	return thing_has_path(thing);
}

static const struct source sources[] = {
	{"uevents", nodes_test, nodes_open, POLLIN, nodes_hear},
	{"rtnetlink", links_test, links_open, POLLIN, links_hear},
	{"inotify", is_path, trail_open, POLLIN, trail_hear},
	{"mountinfo", is_path, covers_open, POLLPRI, covers_hear},
	{"clock", clock_test, clock_open, POLLIN, clock_hear},
};

#define SOURCES (sizeof(sources) / sizeof(*sources))

enum {
	INIT = SOURCES + PRESSURE_LINES,
	GUARD,
	POLLED
};

static struct {
	const struct table *table;
	struct things things;
	struct item *items;
	uint32_t item_count;
	struct pollfd polled[POLLED]; /* in the order of the sources */
	struct sandbox_truth truths[SANDBOX_TRUTHS_MOST];
	uint32_t truth_count;
	uint64_t now_ms;
	struct conditions_memory *memory;
} w;

static const struct source *source(unsigned number)
{
	return number < SOURCES ? &sources[number]
				: &pressure_sources[number - SOURCES];
}

static void update_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	w.now_ms =
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- things --------------------------------------------------------------- */

bool thing_is(const struct thing *thing, enum condition_kind kind)
{
	return thing->condition && thing->condition->kind == kind;
}

bool thing_has_path(const struct thing *thing)
{
	return !thing->condition || thing_is(thing, CONDITION_DEV) ||
		thing_is(thing, CONDITION_PATH) ||
		thing_is(thing, CONDITION_MOUNT);
}

void things_mark(const struct things *things, thing_test *test)
{
	for (uint32_t i = 0; i < things->count; i++)
		if (test(&things->all[i]))
			things->all[i].dirty = true;
}

bool things_have(const struct things *things, thing_test *test)
{
	for (uint32_t i = 0; i < things->count; i++)
		if (test(&things->all[i]))
			return true;
	return false;
}

static bool is_same(const struct condition *one, const struct condition *other)
{
	return one->kind == other->kind && one->state == other->state &&
		one->full == other->full && one->percent == other->percent &&
		strcmp(table_string(w.table, one->name),
			table_string(w.table, other->name)) == 0;
}

static uint32_t find_thing(const struct condition *condition)
{
	uint32_t at = 0;

	while (at < w.things.count &&
		!(w.things.all[at].condition &&
			is_same(w.things.all[at].condition, condition)))
		at++;
	return at;
}

static void add_thing(const struct condition *condition, table_at name)
{
	w.things.all[w.things.count++] = (struct thing){.condition = condition,
		.name = table_string(w.table, name),
		.dirty = true};
}

static void add_condition(uint32_t service, uint16_t place)
{
	const struct list *when = &table_service(w.table, service)->when;
	const struct condition *all = table_pointer(w.table, when->at);
	const struct condition *condition = &all[place];
	uint32_t at = find_thing(condition);

	if (condition->kind == CONDITION_SERVICE)
		return;
	if (at == w.things.count)
		add_thing(condition, condition->name);
	w.items[w.item_count++] = (struct item){.service = service,
		.matter = SANDBOX_WHEN,
		.place = place,
		.first = at,
		.count = 1};
}

static void add_paths(uint32_t service)
{
	const struct list *list = &table_service(w.table, service)->reload_on;
	const table_at *paths = table_pointer(w.table, list->at);

	if (!list->count)
		return;
	w.items[w.item_count++] = (struct item){.service = service,
		.matter = SANDBOX_RELOAD_ON,
		.first = w.things.count,
		.count = list->count};
	for (uint32_t i = 0; i < list->count; i++)
		add_thing(NULL, paths[i]);
}

static void *take_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		kernel_exit(FAILED);
	return memory;
}

static void make_items(void)
{
	const uint32_t count = w.table->services.count;
	size_t most = 1;

	for (uint32_t i = 0; i < count; i++)
		most += table_service(w.table, i)->when.count +
			table_service(w.table, i)->reload_on.count;
	w.things.all = take_memory(most * sizeof(*w.things.all));
	w.items = take_memory(most * sizeof(*w.items));
	for (uint32_t i = 0; i < count; i++) {
		const struct service *service = table_service(w.table, i);

		for (uint32_t k = 0; k < service->when.count; k++)
			add_condition(i, (uint16_t)k);
		add_paths(i);
	}
}

/* --- truths --------------------------------------------------------------- */

/* It does not change while the process runs. */
static void look_at_words(struct thing *thing)
{
	static char text[4096]; /* COMMAND_LINE_SIZE is less */

	thing->error =
		file_read(AT_FDCWD, "/proc/cmdline", text, sizeof(text)) < 0
		? errno
		: 0;
	thing->value = told_word(text, thing->name);
}

/* --- what hangs, such as a path on a network that is gone ------------------
 */

static struct hung *find_hung(uint32_t thing)
{
	for (uint32_t i = 0; i < w.memory->count; i++)
		if (w.memory->hung[i].thing == thing)
			return &w.memory->hung[i];
	return NULL;
}

/* The last process was killed where it was. */
static void leave_out(void)
{
	struct conditions_memory *memory = w.memory;
	uint32_t at = memory->at;
	struct hung *hung = find_hung(at);

	memory->at = 0;
	if (!at || w.now_ms < memory->since_ms + HUNG_MS)
		return;
	if (!hung && memory->count < HUNG_MOST) {
		hung = &memory->hung[memory->count++];
		*hung = (struct hung){.thing = at};
	}
	if (!hung)
		return;
	hung->until_ms = w.now_ms + ((uint64_t)LEFT_OUT_MS << hung->times);
	hung->times += hung->times < DOUBLED_MOST;
}

static void look_at_path(struct thing *thing)
{
	uint32_t number = (uint32_t)(thing - w.things.all) + 1;
	const struct hung *hung = find_hung(number);

	if (hung && hung->until_ms > w.now_ms) {
		thing->value = thing->condition ? 0 : thing->value;
		thing->error = ETIMEDOUT;
		thing->dirty = thing->is_known = true;
		return;
	}
	w.memory->since_ms = w.now_ms;
	w.memory->at = number;
	trail_look(&w.things, thing);
	thing->is_known = true;
	w.memory->at = 0;
}

static void look(struct thing *thing)
{
	thing->dirty = false;
	thing->is_known |= !thing_has_path(thing);
	if (links_test(thing))
		links_look(thing);
	else if (clock_test(thing))
		clock_look(thing);
	else if (pressure_test(thing))
		pressure_look(thing);
	else if (thing_is(thing, CONDITION_CMDLINE))
		look_at_words(thing);
	else
		look_at_path(thing);
}

static void look_at_dirty(bool paths)
{
	for (uint32_t i = 0; i < w.things.count; i++)
		if (w.things.all[i].dirty &&
			thing_has_path(&w.things.all[i]) == paths)
			look(&w.things.all[i]);
}

static void send_truths(void)
{
	size_t size = w.truth_count * sizeof(*w.truths);

	if (size && send(w.polled[INIT].fd, w.truths, size, MSG_NOSIGNAL) < 0)
		kernel_exit(FAILED);
	w.truth_count = 0;
}

static void send_item(struct item *item, uint32_t value, int32_t error)
{
	item->value = value;
	item->error = error;
	item->is_sent = true;
	item->changed_ms = 0;
	w.truths[w.truth_count++] =
		(struct sandbox_truth){.service = item->service,
			.matter = item->matter,
			.place = item->place,
			.value = value,
			.error = error};
	if (w.truth_count == SANDBOX_TRUTHS_MOST)
		send_truths();
}

/* Of all that it is about; never 0 for reload-on. */
static uint32_t value_of(const struct item *item, int32_t *error)
{
	const struct thing *things = &w.things.all[item->first];
	uint32_t value = 0;

	*error = 0;
	for (uint32_t i = 0; i < item->count; i++) {
		value = value * 31 + things[i].value;
		*error = things[i].error ? things[i].error : *error;
	}
	return item->matter == SANDBOX_RELOAD_ON && !value ? 1 : value;
}

/* Nobody knows whether it has changed. */
static bool is_left_out(const struct item *item, int32_t error)
{
	return item->matter == SANDBOX_RELOAD_ON && error == ETIMEDOUT;
}

/* A file is seldom written at once: its service reads it when it is quiet. */
static bool has_settled(struct item *item, uint32_t value)
{
	if (item->matter == SANDBOX_WHEN || !item->is_sent)
		return true;
	if (!item->changed_ms || item->seen != value) {
		item->changed_ms =
			item->changed_ms ? item->changed_ms : w.now_ms;
		item->settled_ms = w.now_ms + SETTLE_MS;
		item->seen = value;
	}
	return w.now_ms >= item->settled_ms ||
		w.now_ms >= item->changed_ms + SETTLE_MOST_MS;
}

static bool is_known(const struct item *item)
{
	for (uint32_t i = 0; i < item->count; i++)
		if (!w.things.all[item->first + i].is_known)
			return false;
	return true;
}

static void tell_items(void)
{
	for (uint32_t i = 0; i < w.item_count; i++) {
		struct item *item = &w.items[i];
		int32_t error;
		uint32_t value = value_of(item, &error);

		if (!is_known(item))
			continue;
		if (item->is_sent && item->value == value &&
			item->error == error)
			item->changed_ms = 0;
		else if (!is_left_out(item, error) && has_settled(item, value))
			send_item(item, value, error);
	}
	send_truths();
}

/* --- the loop ------------------------------------------------------------- */

/* The shorter one; ms -1: none. */
static int sooner(int ms, uint64_t at_ms)
{
	uint64_t left = at_ms > w.now_ms ? at_ms - w.now_ms : 0;

	return ms < 0 || left < (uint64_t)ms ? (int)left : ms;
}

static int timeout_ms(void)
{
	int next = pressure_next_ms(&w.things);

	for (uint32_t i = 0; i < w.memory->count; i++)
		if (w.memory->hung[i].until_ms > w.now_ms)
			next = sooner(next, w.memory->hung[i].until_ms);
	for (uint32_t i = 0; i < w.item_count; i++) {
		const struct item *item = &w.items[i];

		if (item->changed_ms)
			next = sooner(next, item->settled_ms);
	}
	return next;
}

static void hear_all(void)
{
	for (unsigned i = 0; i < INIT; i++)
		if (w.polled[i].revents)
			source(i)->hear(w.polled[i].fd, &w.things);
	/* their end is this one's */
	if (w.polled[INIT].revents || w.polled[GUARD].revents)
		kernel_exit(0);
}

static _Noreturn void serve(void)
{
	for (;;) {
		guard_set(true);
		update_now();
		look_at_dirty(false);
		tell_items();
		look_at_dirty(true);
		tell_items();
		guard_set(false);
		if (poll(w.polled, POLLED, timeout_ms()) < 0 && errno != EINTR)
			kernel_exit(FAILED);
		hear_all();
	}
}

/* A pressure that cannot be had is told of when it is looked at. */
static void open_sources(void)
{
	for (unsigned i = 0; i < INIT; i++) {
		const struct source *one = source(i);

		w.polled[i] = (struct pollfd){.fd = -1, .events = one->events};
		if (!things_have(&w.things, one->test))
			continue;
		w.polled[i].fd = one->open(&w.things);
		if (i < SOURCES && w.polled[i].fd < 0)
			kernel_exit(FAILED);
	}
}

/* Of the spawner's descriptors it needs none. It looks at any path, and has no
 * other right. */
static void drop_rights(void)
{
	const struct kernel_cap_data kept[2] = {
		{.effective = K_BIT_DAC_READ_SEARCH,
			.permitted = K_BIT_DAC_READ_SEARCH}};
	sigset_t none;

	sigemptyset(&none);
	if (kernel_setgroups(0, NULL) < 0 || kernel_capset(kept) < 0 ||
		prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(K_PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || chdir("/") < 0 ||
		sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		kernel_exit(FAILED);
}

static int keep_socket(int socket)
{
	int high = fcntl(socket, F_DUPFD_CLOEXEC, HIGH_FD);

	if (high < 0 || kernel_close_range(0, HIGH_FD - 1) < 0 ||
		kernel_close_range((unsigned)high + 1, ~0U) < 0)
		kernel_exit(FAILED);
	return high;
}

_Noreturn void conditions_run(const struct conditions_setup *setup)
{
	prctl(K_PR_SET_NAME, "conditions", 0, 0, 0);
	w.table = setup->table;
	w.memory = setup->memory;
	update_now();
	leave_out();
	make_items();
	w.polled[INIT] = (struct pollfd){
		.fd = keep_socket(setup->socket), .events = POLLIN};
	open_sources();
	drop_rights();
	w.polled[GUARD] = (struct pollfd){
		.fd = guard_open(w.polled[INIT].fd), .events = POLLIN};
	if (w.polled[GUARD].fd < 0)
		kernel_exit(FAILED);
	serve();
}
