/* What the tests of table/ and plan/ share: a table built from text, in
 * arenas of its own. Each test program is one file, so all of it is static.
 */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/order.h"
#include "table/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNUSED __attribute__((unused))

static const char passwd_text[] =
	"root:x:0:0:root:/root:/bin/sh\n"
	"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
	"www:x:33:34::/srv/www:/bin/ash\n"
	"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	"broken:x:abc:1:::\n"
	"short:x:7\n"
	"homeless:x:40:41:::\n"
	"big:x:5000:5000:::\n";

static const char group_text[] = "root:x:0:\n"
				 "wheel:x:10:www\n"
				 "www:x:34:\n"
				 "bad:x:y:\n"
				 "nobody:x:65534:";

struct built {
	struct arena out;
	struct arena scratch;
	struct table_build build;
	const struct table *table;
};

static void map_region(struct arena *arena, size_t size)
{
	arena->start = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	arena->size = size;
	arena->used = 0;
	assert_true(arena->start != MAP_FAILED);
}

static void build_sized(struct built *b, const struct table_input *input,
	size_t out, size_t scratch)
{
	map_region(&b->out, out);
	map_region(&b->scratch, scratch);
	table_begin(&b->build, &b->out, &b->scratch, input);
	table_read(&b->build);
	order_make(&b->build);
	table_finish(&b->build);
	b->table = b->build.table;
	assert_int_equal(b->table->size, b->out.used);
	assert_int_equal(b->table->sum, table_sum(b->table));
}

static UNUSED void build_input(struct built *b, const struct table_input *input)
{
	build_sized(b, input, TABLE_OUT_SIZE, TABLE_SCRATCH_SIZE);
}

/* One file "t.tab", with the users above. */
static UNUSED void build_bytes(struct built *b, const char *text, size_t size)
{
	struct table_text file = {"t.tab", text, size};
	struct table_input input = {.files = &file,
		.file_count = 1,
		.passwd = {"passwd", passwd_text, sizeof(passwd_text) - 1},
		.group = {"group", group_text, sizeof(group_text) - 1}};

	build_input(b, &input);
}

static UNUSED void build_text(struct built *b, const char *text)
{
	build_bytes(b, text, strlen(text));
}

static UNUSED void drop_built(struct built *b)
{
	munmap(b->out.start, b->out.size);
	munmap(b->scratch.start, b->scratch.size);
}

static UNUSED const char *faults_of(const struct built *b)
{
	return table_string(b->table, b->table->faults);
}

static UNUSED const char *string_of(const struct built *b, table_at at)
{
	return table_string(b->table, at);
}

/* The service of a name; the test fails when there is none. */
static UNUSED const struct service *service_of(
	const struct built *b, const char *name)
{
	for (uint32_t i = 0; i < b->table->services.count; i++) {
		const struct service *service = table_service(b->table, i);

		if (strcmp(string_of(b, service->name), name) == 0)
			return service;
	}
	fail_msg("no service %s", name);
	return NULL;
}

/* "a b c" of a list of strings. */
static UNUSED const char *joined_words(const struct built *b, struct list list)
{
	static char text[65536];
	const table_at *words = table_pointer(b->table, list.at);
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s", i ? " " : "", string_of(b, words[i]));
	return text;
}

/* "name:kind ..." of edges, in their order. */
static UNUSED const char *edges_text(const struct built *b, struct list list)
{
	static const char *const kinds[] = {"needs", "bound", "wants", "after"};
	static char text[65536];
	const struct edge *edges = table_pointer(b->table, list.at);
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s:%s", i ? " " : "",
			string_of(b,
				table_service(b->table, edges[i].service)
					->name),
			kinds[edges[i].kind]);
	return text;
}

#endif
