/* load/: files, words of the kernel, seals, and the table of last resort. */
#include "fixture.h"

#include "load/load.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/bulkhead-load-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[64][256];
	static unsigned next;

	next = (next + 1) % 64;
	(void)snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static void put_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(
		path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int make_folder(void **state)
{
	static const char *const folders[] = {
		"lib", "lib/bulkhead", "lib/bulkhead/seccomp"};

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(path_of(folders[i]), 0700) != 0)
			return -1;
	put_file("lib/bulkhead/seccomp/default", "12345678abcdefgh", 0644);
	return 0;
}

static int remove_folder(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command); /* NOLINT(cert-env33-c) */
}

static int empty_memfd(void)
{
	int fd = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	return fd;
}

static const struct table *load(const struct load_request *request)
{
	int fd = empty_memfd();
	const struct table *table;

	assert_int_equal(load_table(fd, request), 0);
	table = load_map(fd);
	assert_non_null(table);
	close(fd);
	return table;
}

static void drop(const struct table *table)
{
	union {
		const void *read;
		void *write;
	} address = {table};

	munmap(address.write, table->size);
}

static void assert_faults(const struct table *table, const char *format)
{
	char text[4096];
	size_t used = 0;

	for (; *format; format++)
		if (*format == '$')
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s", folder);
		else
			text[used++] = *format;
	text[used] = '\0';
	assert_string_equal(table_string(table, table->faults), text);
}

static void files_and_dropins(void **state)
{
	const char *files[] = {path_of("main.tab")};
	struct load_request request = {.files = files,
		.file_count = 1,
		.dropins = path_of("drop"),
		.root = folder,
		.note = "hello"};
	const struct table *table;

	(void)state;
	assert_int_equal(mkdir(path_of("drop"), 0700), 0);
	assert_int_equal(mkdir(path_of("etc"), 0700), 0);
	put_file("etc/passwd", "web:x:5:6::/srv:/bin/sh\n", 0644);
	put_file("etc/group", "video:x:7:\n", 0644);
	put_file("main.tab", "[a]\nrun = /a\nuser = web\ngroups = video\n",
		0644);
	put_file("drop/b.tab", "[override c]\ntasks = 9\n", 0644);
	put_file("drop/a.tab", "[c]\nrun = /c\n", 0644);
	put_file("drop/ignored.txt", "bogus\n", 0644);
	put_file("drop/.hidden.tab", "bogus\n", 0644);
	put_file("drop/.tab", "bogus\n", 0644);
	table = load(&request);
	assert_faults(table, "");
	assert_int_equal(table->services.count, 4 + 2 + 1);
	assert_int_equal(table_service(table, 4)->uid, 5);
	assert_int_equal(table_service(table, 4)->gid, 6);
	assert_int_equal(table_service(table, 5)->tasks, 9);
	assert_string_equal(table_string(table, table->system.note), "hello");
	assert_int_equal(table->system.rescue, 0);
	drop(table);
}

static void what_is_not_a_file(void **state)
{
	const char *files[] = {path_of("none.tab"), path_of("fifo"),
		path_of("drop"), "/dev/zero", path_of("open.tab"),
		path_of("huge.tab"), path_of("loop"), path_of("good.tab")};
	struct load_request request = {.files = files, .file_count = 8};
	const struct table *table;

	(void)state;
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	put_file("open.tab", "[o]\nrun = /o\n", 0666);
	put_file("huge.tab", "", 0600);
	assert_int_equal(
		truncate(path_of("huge.tab"), (off_t)TABLE_FILE_MAX + 1), 0);
	assert_int_equal(symlink("loop", path_of("loop")), 0);
	put_file("good.tab", "[g]\nrun = /g\nuser = anyone\n", 0600);
	table = load(&request);
	assert_faults(table,
		"$/none.tab: No such file or directory; without it no "
		"service is started\n"
		"$/fifo: not a regular file; only such are read\n"
		"$/drop: is a directory; name the file\n"
		"/dev/zero: not a regular file; only such are read\n"
		"$/open.tab: anyone may write it; chmod o-w\n"
		"$/huge.tab: too large; make it smaller\n"
		"$/loop: Too many levels of symbolic links; without it no "
		"service is started\n");
	assert_int_equal(table->system.rescue, 1);
	assert_int_equal(table->services.count, 4 + 1 + 1);
	drop(table);
}

/* A file of /proc has no size and is not what it seems: never half a table. */
static void a_file_that_changes(void **state)
{
	const char *files[] = {"/proc/self/status"};
	struct load_request request = {.files = files, .file_count = 1};
	const struct table *table;

	(void)state;
	table = load(&request);
	assert_faults(table,
		"/proc/self/status: changed while it was read; load it "
		"again\n");
	assert_int_equal(table->system.rescue, 1);
	drop(table);
}

static void dropins_that_are_none(void **state)
{
	const char *files[] = {path_of("good.tab")};
	struct load_request request = {.files = files,
		.file_count = 1,
		.dropins = path_of("good.tab"),
		.root = path_of("nowhere")};
	const struct table *table;

	(void)state;
	put_file("good.tab", "[g]\nrun = /g\n", 0600);
	table = load(&request);
	assert_faults(table,
		"$/good.tab: Not a directory\n"
		"$/nowhere: No such file or directory\n");
	assert_int_equal(table->system.rescue, 0);
	drop(table);
	request.dropins = path_of("nowhere");
	request.root = folder;
	table = load(&request);
	assert_faults(table, "");
	drop(table);
	put_file("drop/bad.tab", "", 0602);
	request.dropins = path_of("drop");
	table = load(&request);
	assert_faults(
		table, "$/drop/bad.tab: anyone may write it; chmod o-w\n");
	assert_int_equal(table->system.rescue, 0);
	drop(table);
	assert_int_equal(unlink(path_of("drop/bad.tab")), 0);
}

static void users_that_cannot_be_read(void **state)
{
	const char *files[] = {path_of("good.tab")};
	struct load_request request = {
		.files = files, .file_count = 1, .root = folder};
	const struct table *table;

	(void)state;
	put_file("good.tab", "[g]\nrun = /g\nuser = web\n", 0600);
	put_file("etc/passwd", "web:x:5:6::/srv:/bin/sh\n", 0646);
	table = load(&request);
	assert_faults(table,
		"etc/passwd below $: anyone may write it; chmod o-w\n"
		"$/good.tab:3:8: unknown user 'web'\n");
	assert_int_equal(table_service(table, 4)->flags, SERVICE_FAULTY);
	drop(table);
}

static const struct policy *policy_of(const struct table *table, uint32_t at)
{
	const struct policy *all = table_pointer(table, table->policies.at);

	assert_true(at < table->policies.count);
	return &all[at];
}

/* Each stands once in the table, and only those that are named. */
static void policies_of_services(void **state)
{
	const char *files[] = {path_of("policies.tab")};
	struct load_request request = {
		.files = files, .file_count = 1, .root = folder};
	const struct table *table;

	(void)state;
	put_file("etc/passwd", "", 0644);
	put_file("policies.tab",
		"[a]\nrun = /a\n[b]\nrun = /b\nseccomp = mine\n"
		"[c]\nrun = /c\nseccomp = none\n[d]\nrun = /d\n",
		0600);
	put_file("lib/bulkhead/seccomp/mine", "ABCDEFGH", 0644);
	put_file("lib/bulkhead/seccomp/unnamed", "x", 0644);
	table = load(&request);
	assert_faults(table, "");
	assert_int_equal(table->policies.count, 2);
	assert_int_equal(table_service(table, 4)->policy, 1);
	assert_int_equal(table_service(table, 5)->policy, 2);
	assert_int_equal(table_service(table, 6)->policy, 0);
	assert_int_equal(table_service(table, 7)->policy, 1);
	assert_int_equal(policy_of(table, 0)->code.count, 2);
	assert_memory_equal(table_pointer(table, policy_of(table, 0)->code.at),
		"12345678abcdefgh", 16);
	assert_int_equal(policy_of(table, 1)->code.count, 1);
	drop(table);
}

static void policies_that_cannot_be_had(void **state)
{
	const char *files[] = {path_of("policies.tab")};
	struct load_request request = {
		.files = files, .file_count = 1, .root = folder};
	const struct table *table;

	(void)state;
	put_file("policies.tab",
		"[a]\nrun = /a\nseccomp = gone\n"
		"[b]\nrun = /b\nseccomp = odd\n[c]\nrun = /c\n",
		0600);
	put_file("lib/bulkhead/seccomp/odd", "ABCDEFG", 0644);
	table = load(&request);
	assert_faults(table,
		"$/policies.tab:3:11: policy 'gone': "
		"lib/bulkhead/seccomp/gone: No such file or directory; build "
		"it with the image, or write 'seccomp = none'\n"
		"$/policies.tab:6:11: policy 'odd': "
		"lib/bulkhead/seccomp/odd: not a compiled policy; build it "
		"with the image, or write 'seccomp = none'\n");
	assert_int_equal(table_service(table, 4)->flags, SERVICE_FAULTY);
	assert_int_equal(table_service(table, 5)->flags, SERVICE_FAULTY);
	assert_int_equal(table_service(table, 6)->flags, 0);
	drop(table);
}

/* A file of version 1, which needs no rule: two hours ahead. */
static void put_zone(void)
{
	static const char file[44 + 6] = {
		[0] = 'T', 'Z', 'i', 'f', [39] = 1, [46] = 0x1c, 0x20};
	int fd = open(path_of("usr/share/zoneinfo/Two"),
		O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, file, sizeof(file)), sizeof(file));
	close(fd);
}

static void zones_are_in_the_table(void **state)
{
	const char *files[] = {path_of("zone.tab")};
	struct load_request request = {
		.files = files, .file_count = 1, .root = folder};
	const struct table *table;

	(void)state;
	put_file("zone.tab",
		"[system]\ntimezone = Two\n"
		"[a]\ntype = oneshot\nrun = /a\nevery = 1d at 03:30\n"
		"[b]\ntype = oneshot\nrun = /b\nevery = 1d\n",
		0600);
	table = load(&request);
	assert_faults(table,
		"timezone: /usr/share/zoneinfo/Two: No such file "
		"or directory; put the file of the time zone there, or remove "
		"'timezone'\n");
	assert_null(table_zone(table));
	assert_int_equal(table_service(table, 4)->flags, SERVICE_FAULTY);
	assert_int_equal(table_service(table, 5)->flags, 0);
	drop(table);
	assert_int_equal(mkdir(path_of("usr"), 0700), 0);
	assert_int_equal(mkdir(path_of("usr/share"), 0700), 0);
	assert_int_equal(mkdir(path_of("usr/share/zoneinfo"), 0700), 0);
	put_zone();
	table = load(&request);
	assert_faults(table, "");
	assert_int_equal(table_zone(table)->first_s, 7200);
	assert_int_equal(table_service(table, 4)->flags, 0);
	drop(table);
}

struct words_row {
	const char *words;
	const char *file;
	const char *note;
	bool rescue;
};

static void words_of_the_kernel(void **state)
{
	static const struct words_row rows[] = {
		{"", NULL, NULL, false},
		{"console=ttyS0 quiet ro\n", NULL, NULL, false},
		{"a bulkhead.table=/x.tab b", "/x.tab", NULL, false},
		{"bulkhead.table= b", NULL, NULL, false},
		{"bulkhead.rescue", NULL, NULL, true},
		{"quiet single\n", NULL, NULL, true},
		{"S", NULL, NULL, true},
		{"s", NULL, NULL, true},
		{"rescue", NULL, NULL, true},
		{"emergency", NULL, NULL, true},
		{"rescues emergency.x=1 S1", NULL, NULL, false},
		{"quiet -- single", NULL, NULL, true},
		{"bulkhead.note=\"Ctrl-a x\" b", NULL, "Ctrl-a x", false},
		{"\"bulkhead.note=a single b\"\tb", NULL, "a single b", false},
		{"bulkhead.note=a\" single \"b", NULL, "a\" single \"b", false},
		{"bulkhead.note=\"no end", NULL, "no end", false},
		{"x=\"single\" \"", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct load_request request = {.file_count = 0};
		const char *file = NULL;
		char words[128];

		(void)snprintf(words, sizeof(words), "%s", rows[i].words);
		load_words(&request, words, &file);
		assert_int_equal(request.rescue, rows[i].rescue);
		assert_int_equal(request.file_count, rows[i].file ? 1 : 0);
		if (rows[i].file)
			assert_string_equal(request.files[0], rows[i].file);
		assert_int_equal(request.note != NULL, rows[i].note != NULL);
		if (rows[i].note)
			assert_string_equal(request.note, rows[i].note);
	}
}

static void refuse_map(int fd)
{
	errno = 0;
	assert_null(load_map(fd));
	assert_int_equal(errno, EINVAL);
	close(fd);
}

/* A memfd with the first bytes of a table, one of them changed, sealed. */
static int damaged(const struct table *table, size_t size, size_t at, int seals)
{
	int fd = empty_memfd();

	assert_int_equal(write(fd, table, size), size);
	if (at < size) {
		unsigned char byte = ((const unsigned char *)table)[at] ^ 1;

		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void only_whole_and_sealed_tables(void **state)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct load_request request = {.rescue = true};
	const struct table *table = load(&request);
	uint32_t size = table->size;
	int fd;

	(void)state;
	refuse_map(damaged(table, size, size, 0));
	refuse_map(damaged(table, size, size, F_SEAL_SHRINK | F_SEAL_GROW));
	refuse_map(damaged(table, size - 8, size, seals));
	refuse_map(damaged(table, size - 1, size, seals));
	refuse_map(damaged(table, sizeof(*table) - 8, size, seals));
	refuse_map(damaged(table, 0, 0, seals));
	for (size_t at = 0; at < size; at += at < 512 ? 1 : 97)
		refuse_map(damaged(table, size, at, seals));
	fd = damaged(table, size, size, seals);
	assert_non_null(load_map(fd));
	close(fd);
	assert_null(load_map(-1));
	assert_int_equal(errno, EBADF);
	drop(table);
}

static void the_memfd_is_sealed(void **state)
{
	struct load_request request = {.rescue = true};
	int fd = empty_memfd();

	(void)state;
	assert_int_equal(load_table(fd, &request), 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS),
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(load_table(fd, &request), -EPERM);
	close(fd);
	assert_int_equal(load_table(-1, &request), -EBADF);
}

static void assert_same_string(const struct table *one, table_at at,
	const struct table *other, table_at other_at)
{
	assert_int_equal(!at, !other_at);
	assert_string_equal(
		table_string(one, at), table_string(other, other_at));
}

static void assert_same_strings(const struct table *one, struct list list,
	const struct table *other, struct list other_list)
{
	const table_at *words = table_pointer(one, list.at);
	const table_at *other_words = table_pointer(other, other_list.at);

	assert_int_equal(list.count, other_list.count);
	for (uint32_t i = 0; i < list.count; i++)
		assert_same_string(one, words[i], other, other_words[i]);
}

static void assert_same_edges(const struct table *one, struct list list,
	const struct table *other, struct list other_list)
{
	assert_int_equal(list.count, other_list.count);
	assert_memory_equal(table_pointer(one, list.at),
		table_pointer(other, other_list.at),
		list.count * sizeof(struct edge));
}

/* All but offsets, which differ. */
static struct service without_offsets(const struct service *service)
{
	struct service copy = *service;

	copy.name = copy.workdir = copy.tty = 0;
	copy.wishes = 0;
	copy.argv.at = copy.env.at = copy.waits.at = copy.followers.at = 0;
	return copy;
}

static void the_last_resort_is_what_the_parser_makes(void **state)
{
	struct load_request request = {.rescue = true};
	const struct table *made = load(&request);
	const struct table *last = load_fallback();

	(void)state;
	assert_int_equal(last->magic, TABLE_MAGIC);
	assert_int_equal(last->version, TABLE_VERSION);
	assert_int_equal(last->size % 8, 0);
	assert_int_equal(last->services.count, made->services.count);
	assert_int_equal(last->rescue_service, made->rescue_service);
	assert_memory_equal(&last->system, &made->system, sizeof(last->system));
	for (uint32_t i = 0; i < made->services.count; i++) {
		const struct service *one = table_service(made, i);
		const struct service *other = table_service(last, i);
		struct service a = without_offsets(one);
		struct service b = without_offsets(other);

		assert_memory_equal(&a, &b, sizeof(a));
		assert_same_string(made, one->name, last, other->name);
		assert_same_string(made, one->workdir, last, other->workdir);
		assert_same_string(made, one->tty, last, other->tty);
		assert_same_strings(made, one->argv, last, other->argv);
		assert_same_strings(made, one->env, last, other->env);
		assert_same_edges(made, one->waits, last, other->waits);
		assert_same_edges(made, one->followers, last, other->followers);
	}
	drop(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_dropins),
		cmocka_unit_test(what_is_not_a_file),
		cmocka_unit_test(a_file_that_changes),
		cmocka_unit_test(dropins_that_are_none),
		cmocka_unit_test(users_that_cannot_be_read),
		cmocka_unit_test(policies_of_services),
		cmocka_unit_test(policies_that_cannot_be_had),
		cmocka_unit_test(zones_are_in_the_table),
		cmocka_unit_test(words_of_the_kernel),
		cmocka_unit_test(only_whole_and_sealed_tables),
		cmocka_unit_test(the_memfd_is_sealed),
		cmocka_unit_test(the_last_resort_is_what_the_parser_makes),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
