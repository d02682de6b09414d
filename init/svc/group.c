/* The group of a service: see group.h. */
#include "svc/group.h"

#include "base/file.h"
#include "base/text.h"
#include "svc/out.h"
#include "svc/words.h"
#include <fcntl.h>
#include <string.h>

#define SERVICES "/sys/fs/cgroup/svc"
#define WORD_SIZE 32U

int group_open(const struct control_reply *reply)
{
	char path[sizeof(SERVICES) + CONTROL_NAME_SIZE + WORD_SIZE];

	if (!reply->generation)
		return -1;
	text_compose(path, sizeof(path), SERVICES "/%s.%llu", reply->name,
		(unsigned long long)reply->generation);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void group_text(int group, const char *file, char to[GROUP_TEXT_SIZE])
{
	ssize_t size = file_read(group, file, to, GROUP_TEXT_SIZE);

	while (size > 0 && to[size - 1] == '\n')
		to[--size] = '\0';
}

/* What stands behind a key of a text, up to the end of the word. */
static bool find_word(const char *text, const char *key, char to[WORD_SIZE])
{
	const char *at = strstr(text, key);

	if (!at)
		return false;
	at += strlen(key);
	text_compose(to, WORD_SIZE, "%.*s", (int)strcspn(at, " \n"), at);
	return *to;
}

bool group_number(const char *text, const char *key, uint64_t *number)
{
	char word[WORD_SIZE];

	return find_word(text, key, word) &&
		text_decimal(word, UINT64_MAX, number);
}

/* --- for people ----------------------------------------------------------- */

/* " of 32.0M" or " now": bytes in their unit, and what they are. */
static void print_size(
	int group, const char *file, const char *before, const char *after)
{
	char text[GROUP_TEXT_SIZE];
	char size[WORDS_SIZE_SIZE];
	uint64_t bytes;

	group_text(group, file, text);
	if (!text_decimal(text, UINT64_MAX, &bytes))
		return;
	words_size(size, bytes);
	out("%s%s%s", before, size, after);
}

static void print_memory(int group)
{
	out("  memory");
	print_size(group, "memory.current", "    ", " now");
	print_size(group, "memory.peak", ", ", " at most");
	print_size(group, "memory.max", "; may have ", "");
	print_size(group, "memory.swap.current", "; swap ", "");
	out("\n");
}

static void print_cpu(int group)
{
	char text[GROUP_TEXT_SIZE];
	char time[WORDS_TIME_SIZE];
	uint64_t number;

	group_text(group, "cpu.stat", text);
	if (!group_number(text, "usage_usec ", &number))
		return;
	words_time(time, number / 1000);
	out("  cpu       %s used", time);
	if (group_number(text, "throttled_usec ", &number) && number) {
		words_time(time, number / 1000);
		out(", held back for %s", time);
	}
	out("\n");
}

static void print_tasks(int group)
{
	char now[GROUP_TEXT_SIZE];
	char most[GROUP_TEXT_SIZE];

	group_text(group, "pids.current", now);
	group_text(group, "pids.max", most);
	if (*now)
		out("  tasks     %s now; may have %s\n", now,
			strcmp(most, "max") == 0 ? "any number" : most);
}

/* The share of the last ten seconds in which something of it waited. A kernel
 * without it, or with psi=0, has no such files. */
static void print_pressure(int group)
{
	static const char *const files[] = {
		"cpu.pressure", "memory.pressure", "io.pressure"};
	char text[GROUP_TEXT_SIZE];
	char share[WORD_SIZE];
	bool any = false;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		group_text(group, files[i], text);
		if (!find_word(text, "some avg10=", share))
			continue;
		out("%s%.*s %s%%", any ? ", " : "  waited    for ",
			(int)strcspn(files[i], "."), files[i], share);
		any = true;
	}
	if (any)
		out(" of the last 10 s\n");
}

/* A second compartment, where its stanza asks for one. */
static void print_spare(const struct control_reply *reply)
{
	char text[WORDS_SPARE_SIZE];

	words_spare(text, reply);
	if (*text)
		out("  spare     %s\n", text);
}

/* --- for scripts ---------------------------------------------------------- */

/* A key of a file is a name of its own, as in "cpu.stat usage_usec". */
static void print_lines(int group, const char *name, const char *file)
{
	char text[GROUP_TEXT_SIZE];
	const char *at = text;

	group_text(group, file, text);
	while (*at) {
		size_t length = strcspn(at, "\n");

		out("%s\t%s\t", name, file);
		out_bytes(at, length);
		out("\n");
		at += length + (at[length] == '\n');
	}
}

static void print_files(int group, const char *name)
{
	static const char *const files[] = {"memory.current", "memory.peak",
		"memory.max", "memory.swap.current", "pids.current", "pids.max",
		"cpu.stat", "cpu.pressure", "memory.pressure", "io.pressure"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		print_lines(group, name, files[i]);
}

void group_print(const struct control_reply *reply, bool for_people)
{
	SCOPED_FD group = group_open(reply);

	if (group < 0)
		return;
	if (!for_people) {
		print_files(group, reply->name);
		return;
	}
	out("%s\n", reply->name);
	print_memory(group);
	print_cpu(group);
	print_tasks(group);
	print_pressure(group);
	print_spare(reply);
}
