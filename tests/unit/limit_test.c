/* Sizes that no table needs: each has a message, none a crash. */
#include "fixture.h"

#include <signal.h>

struct text {
	char *bytes;
	size_t size;
};

static void begin(struct text *text, size_t room)
{
	text->bytes = malloc(room);
	text->size = 0;
	assert_non_null(text->bytes);
}

static void add(struct text *text, const char *more)
{
	memcpy(text->bytes + text->size, more, strlen(more));
	text->size += strlen(more);
}

static void add_many(struct text *text, char byte, size_t count)
{
	memset(text->bytes + text->size, byte, count);
	text->size += count;
}

static void build_and_free(struct built *b, struct text *text)
{
	build_bytes(b, text->bytes, text->size);
	free(text->bytes);
}

static void long_lines(void **state)
{
	struct text text;
	struct built b;

	(void)state;
	begin(&text, 4 << 20);
	add(&text, "[a]\nrun = /a\nargs = ");
	add_many(&text, 'x', TABLE_LINE_MAX - 7);
	add(&text, "\n[b]\nrun = /b\nargs = ");
	add_many(&text, 'x', TABLE_LINE_MAX - 6);
	add(&text, "\n#");
	add_many(&text, 'x', 1 << 20);
	add(&text, "\n[");
	add_many(&text, 'x', 1 << 20);
	add(&text, "\nbogus = 1\n[c]\nrun = /c\n");
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:6:1: line of 65537 bytes: at most 65536 are read; begin "
		"a new line with the same key to go on\n"
		"t.tab:7:1: line of 1048577 bytes: at most 65536 are read; "
		"begin a new line with the same key to go on\n"
		"t.tab:8:1: line of 1048577 bytes: at most 65536 are read; "
		"begin a new line with the same key to go on\n");
	assert_int_equal(service_of(&b, "a")->flags, 0);
	assert_int_equal(service_of(&b, "b")->flags, SERVICE_FAULTY);
	assert_int_equal(service_of(&b, "c")->flags, 0);
	drop_built(&b);
}

struct many_row {
	const char *before; /* of the two numbers of a line */
	const char *behind;
	unsigned count;
	const char *fault;
};

/* Builds [a] with a key and many words. */
static void build_words(struct built *b, const struct many_row *row)
{
	struct text text;
	char line[64];

	begin(&text, 1 << 20);
	add(&text, "[a]\nrun = /a\n");
	for (unsigned i = 0; i < row->count; i++) {
		(void)snprintf(line, sizeof(line), "%s%u_%u%s\n", row->before,
			i / 256, i % 256, row->behind);
		add(&text, line);
	}
	build_and_free(b, &text);
}

static void many_words(void **state)
{
	static const struct many_row rows[] = {
		{"tmpfs = /t", "", 260,
			"t.tab:259:1: more than 256 mounts in one service\n"
			"t.tab:260:1: more than 256 mounts in one service\n"
			"t.tab:261:1: more than 256 mounts in one service\n"
			"t.tab:262:1: more than 256 mounts in one service\n"},
		{"devices = /dev/d", "", 65,
			"t.tab:67:1: more than 64 devices in one service; "
			"write a pattern\n"},
		{"env = A", "=", 508, "t.tab:510:1: more than 512 variables\n"},
		{"args = ", "", 8192,
			"t.tab:8194:1: 'args': more than 8192 words or 262144 "
			"bytes in the lists of one service\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_words(&b, &rows[i]);
		assert_string_equal(faults_of(&b), rows[i].fault);
		drop_built(&b);
	}
}

static void many_addresses(void **state)
{
	struct text text;
	struct built b;
	char word[64];

	(void)state;
	begin(&text, 1 << 20);
	add(&text, "[a]\nrun = /a\n[interface e]\naddress =");
	for (unsigned i = 0; i < 257; i++) {
		(void)snprintf(
			word, sizeof(word), " 10.0.%u.%u/24", i / 256, i % 256);
		add(&text, word);
	}
	build_and_free(&b, &text);
	assert_string_equal(
		faults_of(&b), "t.tab:4:1: more than 256 addresses\n");
	assert_int_equal(b.table->interfaces.count, 0);
	drop_built(&b);
}

static void many_ports(void **state)
{
	struct text text;
	struct built b;
	char word[64];

	(void)state;
	begin(&text, 1 << 20);
	add(&text, "[a]\nrun = /a\n[bridge b]\nports =");
	for (unsigned i = 0; i < 257; i++) {
		(void)snprintf(word, sizeof(word), " e%u", i);
		add(&text, word);
	}
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:4:1: more than 256 ports, or 4096 in the whole table\n");
	drop_built(&b);
}

static void many_members(void **state)
{
	const struct service *last;
	struct text text;
	struct built b;
	char word[64];

	(void)state;
	begin(&text, 1 << 20);
	add(&text, "[bridge b]\naddress = 10.0.0.1/8 fd00::1/64\n[defaults]\n");
	for (unsigned i = 0; i < 8; i++)
		add(&text, "net = bridge b auto\n");
	for (unsigned i = 0; i < 4097; i++) {
		(void)snprintf(word, sizeof(word), "[s%u]\nrun = /s\n", i);
		add(&text, word);
	}
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:4:7: more than 65536 addresses of services in the whole "
		"table\n");
	last = service_of(&b, "s4095");
	assert_int_equal(last->flags, 0);
	assert_int_equal(last->nets.count, 8);
	assert_true(service_of(&b, "s4096")->flags & SERVICE_FAULTY);
	drop_built(&b);
}

static void many_bytes(void **state)
{
	struct text text;
	struct built b;

	(void)state;
	begin(&text, 1 << 20);
	add(&text, "[a]\nrun = /a\n");
	for (unsigned i = 0; i < 5; i++) {
		add(&text, "args = ");
		add_many(&text, 'x', 65000);
		add(&text, "\n");
	}
	add(&text, "[b]\nrun = /b\nworkdir = /");
	add_many(&text, 'x', 4095);
	add(&text, "\ncpus = 1");
	for (unsigned i = 0; i < 4096; i++)
		add(&text, ",1");
	add(&text, "\n");
	build_and_free(&b, &text);
	assert_non_null(strstr(faults_of(&b),
		"t.tab:7:1: 'args': more than 8192 words or 262144 bytes in "
		"the lists of one service\n"
		"t.tab:10:11: path of 4096 bytes: at most 4095\n"
		"t.tab:11:8: '1,1,1,"));
	assert_int_equal(b.table->fault_count, 3);
	drop_built(&b);
}

/* %i in a long line, many times over. */
static void long_instances(void **state)
{
	struct text text;
	struct built b;

	(void)state;
	begin(&text, 1 << 20);
	add(&text, "[template t@]\nrun = /t\nargs = ");
	for (unsigned i = 0; i < 32000; i++)
		add(&text, "%i");
	add(&text, "\n[t@0123456789]\n[t@1]\n");
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:3:8: '%i%i%i%i%i%i%i%i': too long with the name of its "
		"instance\n");
	assert_int_equal(service_of(&b, "t@0123456789")->flags, SERVICE_FAULTY);
	assert_int_equal(service_of(&b, "t@1")->flags, 0);
	drop_built(&b);
}

static void many_services(void **state)
{
	struct text text;
	struct built b;
	char stanza[64];

	(void)state;
	begin(&text, 8 << 20);
	for (unsigned i = 0; i < TABLE_SERVICE_MAX + 2; i++) {
		(void)snprintf(
			stanza, sizeof(stanza), "[s%u]\ntype = group\n", i);
		add(&text, stanza);
	}
	build_and_free(&b, &text);
	assert_string_equal(faults_of(&b),
		"t.tab:131071:2: more than 65535 services: it and those behind "
		"it are left out\n");
	assert_int_equal(b.table->services.count, 4 + 65535 + 1);
	drop_built(&b);
}

static void many_edges(void **state)
{
	struct text text;
	struct built b;
	char part[64];

	(void)state;
	begin(&text, 8 << 20);
	for (unsigned i = 0; i < 1100; i++) {
		(void)snprintf(part, sizeof(part), "[s%u]\ntype = group\n", i);
		add(&text, part);
		for (unsigned j = 0; i == 0 && j < 1100; j++) {
			(void)snprintf(part, sizeof(part), "wants = s%u\n", j);
			if (j)
				add(&text, part);
		}
		if (i == 0)
			add(&text, "[defaults]\n");
		for (unsigned j = 0; i == 0 && j < 1100; j++) {
			(void)snprintf(part, sizeof(part), "after = s%u\n", j);
			add(&text, part);
		}
	}
	build_and_free(&b, &text);
	assert_non_null(strstr(faults_of(&b),
		"t.tab:4109:2: 's954': more than 1048576 edges in the whole "
		"table; let "
		"groups name what belongs together\n"));
	drop_built(&b);
}

/* More faults than their text has room for are counted. */
static void many_faults(void **state)
{
	struct text text;
	struct built b;
	const char *last;

	(void)state;
	begin(&text, 4 << 20);
	add(&text, "[a]\nrun = /a\n");
	for (unsigned i = 0; i < 100000; i++)
		add(&text, "some-very-long-unknown-key = 1\n");
	build_and_free(&b, &text);
	assert_int_equal(b.table->fault_count, 100000);
	assert_in_range(b.table->faults_size, 60000, TABLE_FAULTS_MAX);
	assert_int_equal(strlen(faults_of(&b)), b.table->faults_size);
	last = strstr(faults_of(&b), "\nand ");
	assert_non_null(last);
	assert_non_null(strstr(last, " more faults\n"));
	drop_built(&b);
}

/* With too little room what does not fit is left out, and said. */
static void a_table_that_is_too_large(void **state)
{
	static const char text[] =
		"[defaults]\nmemory = 1M\n[system]\nhostname = x\n"
		"[a]\nrun = /a\n[b]\nrun = /b\n[interface e]\nmtu = 100\n";
	struct table_text file = {"t.tab", text, sizeof(text) - 1};
	struct table_input input = {.files = &file, .file_count = 1};
	struct built b;

	(void)state;
	build_sized(&b, &input, 20 << 20, TABLE_SCRATCH_SIZE);
	assert_string_equal(faults_of(&b),
		"t.tab:1:2: table too large: 'defaults' and what follows is "
		"not started; make it smaller\n");
	assert_int_equal(service_of(&b, "a")->flags, SERVICE_FAULTY);
	drop_built(&b);
	build_sized(&b, &input, TABLE_OUT_SIZE, 97 << 20);
	assert_string_equal(faults_of(&b),
		"no service in the table; only the rescue shell is started\n"
		"t.tab:1:1: table too large: what follows is not read; make "
		"it smaller\n");
	assert_int_equal(b.table->system.rescue, 1);
	drop_built(&b);
}

static sigjmp_buf trapped;

static void on_trap(int signal)
{
	siglongjmp(trapped, signal);
}

/* A step that takes more than it asked for ends at once. */
static void a_forgotten_check_traps(void **state)
{
	const struct sigaction action = {.sa_handler = on_trap};
	struct sigaction old[2];
	char room[64] __attribute__((aligned(16)));
	struct arena arena = {room, sizeof(room), 0};
	volatile unsigned count = 0;

	(void)state;
	sigaction(SIGILL, &action, &old[0]);
	sigaction(SIGTRAP, &action, &old[1]);
	assert_ptr_equal(ARENA_ARRAY(&arena, char, 1), room);
	assert_ptr_equal(ARENA_ARRAY(&arena, uint64_t, 7), room + 8);
	if (!sigsetjmp(trapped, 1))
		arena_take(&arena, 1, 1, 1);
	else
		count++;
	arena.used = 1;
	if (!sigsetjmp(trapped, 1))
		arena_take(&arena, SIZE_MAX, 2, 1);
	else
		count++;
	arena.used = 63;
	if (!sigsetjmp(trapped, 1))
		arena_take(&arena, 0, 1, 128);
	else
		count++;
	assert_int_equal(count, 3);
	sigaction(SIGILL, &old[0], NULL);
	sigaction(SIGTRAP, &old[1], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_lines),
		cmocka_unit_test(many_words),
		cmocka_unit_test(many_addresses),
		cmocka_unit_test(many_ports),
		cmocka_unit_test(many_members),
		cmocka_unit_test(many_bytes),
		cmocka_unit_test(long_instances),
		cmocka_unit_test(many_services),
		cmocka_unit_test(many_edges),
		cmocka_unit_test(many_faults),
		cmocka_unit_test(a_table_that_is_too_large),
		cmocka_unit_test(a_forgotten_check_traps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
