/* Compiles a policy of system calls for a board, on the build host:
 *
 *   policy compile ARCH FILE TO [FOLDER/]  text -> a program for seccomp(2);
 *                                          FOLDER/: for includes, too
 *   policy calls ARCH                      the numbers and names of all calls
 *
 * A call has a base action, and exceptions by the value of an argument. One
 * without any is decided by its number alone, which the kernel notes once and
 * for all. What libseccomp makes of these is a leaf for each number; instead of
 * it stands a tree of ranges of numbers that decides the same and is a fraction
 * as long, since at each start the kernel translates all of it and asks it
 * about each number. The exceptions of a call are a leaf of the tree, too. The
 * text's grammar is in README.md beside this.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLS_MAX 1024
#define EXCEPTIONS_MAX 16
#define WORDS_MAX 8192 /* of all groups */
#define DEPTH_MAX 8 /* of includes and groups in one another */
#define LINE_BYTES 4096
#define CODE_MAX BPF_MAXINSNS
#define RANGES_MAX 512 /* a jump is of at most 255 instructions */

struct exception {
	unsigned argument;
	uint32_t mask;
	uint32_t value;
	uint32_t action;
};

struct call {
	char name[40];
	uint32_t action;
	struct exception exceptions[EXCEPTIONS_MAX];
	unsigned count;
};

struct member {
	char group[40];
	char name[80];
};

struct place {
	const char *file;
	unsigned line;
};

static struct call calls[CALLS_MAX];
static size_t call_count;
static struct member members[WORDS_MAX];
static size_t member_count;
static uint32_t otherwise = SCMP_ACT_ERRNO(ENOSYS);
static bool faulty;

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {{"EPERM", SCMP_ACT_ERRNO(EPERM)},
	{"ENOSYS", SCMP_ACT_ERRNO(ENOSYS)}, {"EACCES", SCMP_ACT_ERRNO(EACCES)},
	{"EINVAL", SCMP_ACT_ERRNO(EINVAL)},
	{"EAFNOSUPPORT", SCMP_ACT_ERRNO(EAFNOSUPPORT)},
	{"kill", SCMP_ACT_KILL_PROCESS}};

static const struct {
	const char *name;
	uint32_t value;
} values[] = {{"AF_UNIX", 1}, {"AF_INET", 2}, {"AF_INET6", 10},
	{"AF_NETLINK", 16}, {"AF_PACKET", 17}, {"AF_CAN", 29},
	{"AF_BLUETOOTH", 31}, {"AF_ALG", 38}, {"AF_VSOCK", 40},
	{"TIOCSTI", 0x5412}, {"TIOCLINUX", 0x541c},
	{"NEW_NAMESPACES", 0x7e020000}, {"PER_LINUX", 0},
	{"PER_QUERY", 0xffffffff}};

__attribute__((format(printf, 2, 3))) static void fault(
	const struct place *place, const char *format, ...)
{
	va_list arguments;

	if (place->line)
		fprintf(stderr, "%s:%u: ", place->file, place->line);
	else
		fprintf(stderr, "%s: ", place->file);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	faulty = true;
}

/* Changes between two words, as far as a hint needs them. */
static unsigned distance(const char *one, const char *other)
{
	size_t length = strlen(other);
	unsigned row[64];

	if (strlen(one) >= 64 || length >= 63)
		return 64;
	for (unsigned i = 0; i <= length; i++)
		row[i] = i;
	for (; *one; one++) {
		unsigned corner = row[0]++;

		for (size_t i = 0; i < length; i++) {
			unsigned best = corner + (*one != other[i]);

			corner = row[i + 1];
			if (corner + 1 < best)
				best = corner + 1;
			if (row[i] + 1 < best)
				best = row[i] + 1;
			row[i + 1] = best;
		}
	}
	return row[length];
}

static void refuse_call(const struct place *place, const char *name)
{
	unsigned best = 3;
	char nearest[40] = "";

	for (int number = 0; number < CALLS_MAX; number++) {
		char *known = seccomp_syscall_resolve_num_arch(
			SCMP_ARCH_X86_64, number);

		if (known && distance(name, known) < best) {
			best = distance(name, known);
			snprintf(nearest, sizeof(nearest), "%s", known);
		}
		free(known);
	}
	if (*nearest)
		fault(place, "unknown system call '%s'; did you mean '%s'?",
			name, nearest);
	else
		fault(place, "unknown system call '%s'; syscalls(2) lists them",
			name);
}

static struct call *find_call(const struct place *place, const char *name)
{
	for (size_t i = 0; i < call_count; i++)
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	if (seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR ||
		strlen(name) >= sizeof(calls->name)) {
		refuse_call(place, name);
		return NULL;
	}
	if (call_count == CALLS_MAX) {
		fault(place, "more than %d calls", CALLS_MAX);
		return NULL;
	}
	snprintf(calls[call_count].name, sizeof(calls->name), "%s", name);
	calls[call_count].action = otherwise;
	return &calls[call_count++];
}

static bool read_value(const char *text, uint32_t *value)
{
	char *end;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (strcmp(values[i].name, text) == 0) {
			*value = values[i].value;
			return true;
		}
	*value = (uint32_t)strtoul(text, &end, 0);
	return *text && !*end;
}

/* "ARGUMENT=VALUE" or "ARGUMENT&MASK=VALUE", with a ')' at its end. */
static bool read_condition(char *text, struct exception *exception)
{
	size_t length = strlen(text);
	char *value = strchr(text, '=');
	char *mask = strchr(text, '&');

	exception->mask = UINT32_MAX;
	if (*text < '0' || *text > '5' || !value || text[length - 1] != ')')
		return false;
	text[length - 1] = '\0';
	*value++ = '\0';
	if (mask)
		*mask++ = '\0';
	exception->argument = (unsigned)(*text - '0');
	return !text[1] && read_value(value, &exception->value) &&
		(!mask || read_value(mask, &exception->mask));
}

static void add_exception(const struct place *place, const char *word,
	const char *name, char *condition, uint32_t action)
{
	struct exception exception = {.action = action};
	struct call *call = find_call(place, name);

	if (!call)
		return;
	if (!read_condition(condition, &exception))
		fault(place,
			"'%s': not a condition; write %s(0=VALUE) or "
			"%s(0&MASK=VALUE), of the arguments 0 to 5",
			word, name, name);
	else if (call->count == EXCEPTIONS_MAX)
		fault(place, "more than %d conditions of '%s'", EXCEPTIONS_MAX,
			name);
	else
		call->exceptions[call->count++] = exception;
}

static void set_call(
	const struct place *place, const char *word, uint32_t action)
{
	char copy[80];
	char *condition;
	struct call *call;

	snprintf(copy, sizeof(copy), "%s", word);
	condition = strchr(copy, '(');
	if (condition) {
		*condition++ = '\0';
		add_exception(place, word, copy, condition, action);
		return;
	}
	call = find_call(place, copy);
	if (!call)
		return;
	call->action = action;
	call->count = 0;
}

/* A call, or all members of a group; groups hold no groups. */
static void set_word(
	const struct place *place, const char *word, uint32_t action)
{
	bool found = false;

	if (*word != '@') {
		set_call(place, word, action);
		return;
	}
	for (size_t i = 0; i < member_count; i++) {
		if (strcmp(members[i].group, word) != 0)
			continue;
		found = true;
		set_call(place, members[i].name, action);
	}
	if (!found)
		fault(place,
			"unknown group '%s'; write 'include groups' above, or "
			"'group %s CALL ...'",
			word, word);
}

static bool read_action(const char *word, uint32_t *action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].name, word) == 0) {
			*action = actions[i].action;
			return true;
		}
	return false;
}

static void read_deny(const struct place *place, char **words)
{
	uint32_t action = SCMP_ACT_ERRNO(EPERM);

	if (*words && read_action(*words, &action))
		words++;
	for (; *words; words++)
		set_word(place, *words, action);
}

static void read_allow(const struct place *place, char **words)
{
	for (; *words; words++)
		set_word(place, *words, SCMP_ACT_ALLOW);
}

static void read_group(const struct place *place, char **words)
{
	const char *group = *words++;

	if (!group || *group != '@' ||
		strlen(group) >= sizeof(members->group)) {
		fault(place, "a group is '@NAME CALL ...'");
		return;
	}
	for (; *words; words++) {
		struct member *member = &members[member_count];

		if (member_count == WORDS_MAX ||
			strlen(*words) >= sizeof(member->name)) {
			fault(place, "the groups are too large");
			return;
		}
		snprintf(member->group, sizeof(member->group), "%s", group);
		snprintf(member->name, sizeof(member->name), "%s", *words);
		member_count++;
	}
}

/* Only calls that no line has named yet get it. */
static void read_else(const struct place *place, char **words)
{
	if (!*words || words[1] || !read_action(*words, &otherwise))
		fault(place,
			"'else' is one of EPERM ENOSYS EACCES EINVAL "
			"EAFNOSUPPORT kill");
	if (call_count)
		fault(place, "'else' stands above all other lines");
}

/* An include, opened and to be read before what follows it. */
struct source {
	FILE *text;
	char path[256];
	struct place place;
};

static struct source sources[DEPTH_MAX];
static unsigned depth;

static bool open_source(const char *path)
{
	struct source *source = &sources[depth];

	snprintf(source->path, sizeof(source->path), "%s", path);
	source->text = fopen(path, "re");
	source->place = (struct place){source->path, 0};
	depth += source->text != NULL;
	return source->text != NULL;
}

static const char *more; /* a folder where includes are looked for, or NULL */

/* NAME.policy or NAME.part of a folder, which ends in a '/' or is "". */
static bool open_include(const char *folder, int length, const char *name)
{
	static const char *const kinds[] = {"policy", "part"};
	char path[256];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%.*s%s.%s", length, folder, name,
			kinds[i]);
		if (open_source(path))
			return true;
	}
	return false;
}

static void read_include(const struct place *place, char **words)
{
	const char *slash = strrchr(place->file, '/');
	int length = slash ? (int)(slash + 1 - place->file) : 0;

	if (!*words || words[1] || strchr(*words, '/'))
		fault(place, "'include' has one name");
	else if (depth == DEPTH_MAX)
		fault(place, "'%s': more than %d includes in one another",
			*words, DEPTH_MAX);
	else if (!open_include(place->file, length, *words) &&
		!(more && open_include(more, (int)strlen(more), *words)))
		fault(place, "'%s': there is neither %s.policy nor %s.part",
			*words, *words, *words);
}

static const struct {
	const char *name;
	void (*read)(const struct place *place, char **words);
} statements[] = {{"allow", read_allow}, {"deny", read_deny},
	{"group", read_group}, {"include", read_include}, {"else", read_else}};

static void read_line(const struct place *place, char *line)
{
	static char *words[LINE_BYTES / 2 + 1];
	size_t count = 0;

	for (char *word = strtok(line, " \t\r\n"); word && *word != '#';
		word = strtok(NULL, " \t\r\n"))
		words[count++] = word;
	words[count] = NULL;
	if (!count)
		return;
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		if (strcmp(statements[i].name, words[0]) == 0) {
			statements[i].read(place, words + 1);
			return;
		}
	fault(place,
		"'%s': a line begins with allow, deny, group, include or "
		"else",
		words[0]);
}

static void read_sources(void)
{
	static char line[LINE_BYTES];

	while (depth) {
		struct source *source = &sources[depth - 1];

		if (!fgets(line, sizeof(line), source->text)) {
			fclose(source->text);
			depth--;
			continue;
		}
		source->place.line++;
		read_line(&source->place, line);
	}
}

static struct sock_filter code[CODE_MAX];
static size_t code_count;
static struct sock_filter plain[CODE_MAX]; /* libseccomp's */
static size_t plain_count;

static void emit(uint16_t what, uint32_t value, size_t yes, size_t no)
{
	if (code_count == CODE_MAX) {
		fprintf(stderr, "policy: more than %d instructions\n",
			CODE_MAX);
		exit(1);
	}
	if (yes > UINT8_MAX || no > UINT8_MAX) {
		fputs("policy: a jump of more than 255 instructions\n", stderr);
		exit(1);
	}
	code[code_count++] =
		(struct sock_filter){what, (uint8_t)yes, (uint8_t)no, value};
}

static void emit_load(size_t at)
{
	emit(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

/* --- one call's exceptions ------------------------------------------------ */

/* The load of what a condition looks at, unless the one before it did. */
static void emit_argument(
	const struct exception *exception, const struct exception *before)
{
	if (before && before->argument == exception->argument &&
		before->mask == exception->mask)
		return;
	/* the lower half: both boards have the little end first */
	emit_load(
		offsetof(struct seccomp_data, args) + 8 * exception->argument);
	if (exception->mask != UINT32_MAX)
		emit(BPF_ALU | BPF_AND | BPF_K, exception->mask, 0, 0);
}

/* Where an action is returned, from the place of the first return on. */
static size_t emit_return(size_t first, uint32_t action)
{
	size_t at = first;

	while (at < code_count && code[at].k != action)
		at++;
	if (at == code_count)
		emit(BPF_RET | BPF_K, action, 0, 0);
	return at;
}

/* The last condition of a call that holds decides, then its base action. */
static void emit_call(const struct call *call)
{
	size_t places[EXCEPTIONS_MAX] = {0};
	size_t first;

	for (unsigned i = call->count; i-- > 0;) {
		emit_argument(&call->exceptions[i],
			i + 1 < call->count ? &call->exceptions[i + 1] : NULL);
		places[i] = code_count;
		emit(BPF_JMP | BPF_JEQ | BPF_K, call->exceptions[i].value, 0,
			0);
	}
	first = code_count;
	emit(BPF_RET | BPF_K, call->action, 0, 0);
	for (unsigned i = 0; i < call->count; i++)
		code[places[i]].jt =
			(uint8_t)(emit_return(
					  first, call->exceptions[i].action) -
				places[i] - 1);
}

/* How many instructions that is. */
static size_t call_length(const struct call *call)
{
	size_t from = code_count;
	size_t length;

	emit_call(call);
	length = code_count - from;
	code_count = from;
	return length;
}

/* No number means anything before the architecture is known. */
static void emit_head(uint32_t arch)
{
	emit_load(offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
	emit(BPF_RET | BPF_K, SCMP_ACT_KILL_PROCESS, 0, 0);
	emit_load(offsetof(struct seccomp_data, nr));
}

/* --- libseccomp ----------------------------------------------------------- */

static int add_rules(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < call_count && !error; i++)
		if (!calls[i].count && calls[i].action != otherwise)
			error = seccomp_rule_add(filter, calls[i].action,
				seccomp_syscall_resolve_name(calls[i].name), 0);
	return error;
}

/* What libseccomp makes of all calls without exceptions. */
static int export_plain(uint32_t arch)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	FILE *program = tmpfile();
	int error = -ENOMEM;

	if (!filter || !program)
		return error;
	if (arch != seccomp_arch_native()) {
		error = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
		error = error ? error : seccomp_arch_add(filter, arch);
	} else {
		error = 0;
	}
	error = error ? error
		      : seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				SCMP_ACT_KILL_PROCESS);
	error = error ? error
		      : seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	error = error ? error : add_rules(filter);
	error = error ? error : seccomp_export_bpf(filter, fileno(program));
	rewind(program);
	plain_count = fread(plain, sizeof(*plain), CODE_MAX, program);
	if (!error && fgetc(program) != EOF)
		error = -E2BIG;
	seccomp_release(filter);
	fclose(program);
	return error;
}

/* --- ranges --------------------------------------------------------------- */

static void stop_at(const struct sock_filter *instruction)
{
	fprintf(stderr, "policy: unexpected instruction 0x%x of libseccomp\n",
		instruction->code);
	exit(1);
}

static uint32_t load(const struct sock_filter *from, uint32_t arch, uint32_t nr)
{
	if (from->k == offsetof(struct seccomp_data, nr))
		return nr;
	if (from->k != offsetof(struct seccomp_data, arch))
		stop_at(from);
	return arch;
}

static bool jumps(const struct sock_filter *jump, uint32_t value)
{
	switch (BPF_OP(jump->code)) {
	case BPF_JEQ:
		return value == jump->k;
	case BPF_JGT:
		return value > jump->k;
	case BPF_JGE:
		return value >= jump->k;
	default:
		stop_at(jump);
		return false;
	}
}

/* What a program that looks at numbers only decides about one. */
static uint32_t decide(
	const struct sock_filter *program, uint32_t arch, uint32_t nr)
{
	uint32_t value = 0;

	for (;; program++) {
		switch (BPF_CLASS(program->code)) {
		case BPF_LD:
			value = load(program, arch, nr);
			break;
		case BPF_JMP:
			if (program->code == (BPF_JMP | BPF_JA))
				program += program->k;
			else
				program += jumps(program, value) ? program->jt
								 : program->jf;
			break;
		case BPF_RET:
			return program->k;
		default:
			stop_at(program);
		}
	}
}

static struct range {
	uint32_t first;
	uint32_t action;
	const struct call *call; /* whose exceptions decide, or NULL */
} ranges[RANGES_MAX];

static size_t range_count;

static int compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	return a < b ? -1 : a > b;
}

static const struct call *excepted(uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < call_count; i++) {
		int number =
			seccomp_syscall_resolve_name_arch(arch, calls[i].name);

		if (calls[i].count && number >= 0 && (uint32_t)number == nr)
			return &calls[i];
	}
	return NULL;
}

static void add_range(uint32_t arch, uint32_t first)
{
	const struct call *call = excepted(arch, first);
	const struct range range = {
		first, call ? 0 : decide(plain, arch, first), call};
	const struct range *last =
		range_count ? &ranges[range_count - 1] : NULL;

	if (last && last->action == range.action && last->call == call)
		return;
	if (range_count == RANGES_MAX) {
		fprintf(stderr, "policy: more than %d ranges of numbers\n",
			RANGES_MAX);
		exit(1);
	}
	ranges[range_count++] = range;
}

/* It can decide otherwise only where it compares, or for a call of its own. */
static void find_ranges(uint32_t arch)
{
	static uint32_t borders[2 * (CODE_MAX + CALLS_MAX) + 1];
	size_t count = 1;

	for (size_t i = 0; i < plain_count; i++) {
		if (BPF_CLASS(plain[i].code) != BPF_JMP)
			continue;
		borders[count++] = plain[i].k;
		borders[count++] = plain[i].k + 1;
	}
	for (size_t i = 0; i < call_count; i++) {
		int number =
			seccomp_syscall_resolve_name_arch(arch, calls[i].name);

		if (!calls[i].count || number < 0)
			continue;
		borders[count++] = (uint32_t)number;
		borders[count++] = (uint32_t)number + 1;
	}
	qsort(borders, count, sizeof(*borders), compare);
	for (size_t i = 0; i < count; i++)
		add_range(arch, borders[i]);
}

/* --- the tree ------------------------------------------------------------- */

/* What the kernel asks at each start, and what an instruction of its own costs
 * it in comparisons: it makes two of one that jumps both ways. */
#define ASKED 512U
#define INSTRUCTION_COST 64U

static uint64_t costs[RANGES_MAX][RANGES_MAX];
static uint16_t halves[RANGES_MAX][RANGES_MAX]; /* the last below */

static uint64_t asked(size_t from, size_t to)
{
	uint64_t first = ranges[from].first;
	uint64_t end = ASKED;

	if (to + 1 < range_count && ranges[to + 1].first < end)
		end = ranges[to + 1].first;
	return first < end ? end - first : 0;
}

static void choose_half(size_t from, size_t to)
{
	uint64_t all =
		asked(from, to) + (to - from == 1 ? INSTRUCTION_COST : 0);

	costs[from][to] = UINT64_MAX;
	for (size_t half = from; half < to; half++) {
		uint64_t cost = costs[from][half] + costs[half + 1][to] + all;

		if (cost >= costs[from][to])
			continue;
		costs[from][to] = cost;
		halves[from][to] = (uint16_t)half;
	}
}

/* The cheapest tree of each part is made of the cheapest of smaller ones. */
static void choose_halves(void)
{
	for (size_t size = 1; size < range_count; size++)
		for (size_t from = 0; from + size < range_count; from++)
			choose_half(from, from + size);
}

/* The tree of ranges from..to is made of to - from comparisons, each in front
 * of its lower and then its upper half; behind the tree stands what is
 * returned, once for each action, and then the exceptions of each call. */
static uint32_t returns[CODE_MAX];
static size_t return_count;

static size_t place_of(uint32_t action)
{
	size_t i = 0;

	while (i < return_count && returns[i] != action)
		i++;
	if (i == return_count)
		returns[return_count++] = action;
	return i;
}

/* Of what a range leads to, behind the tree. */
static size_t leaf_place(size_t leaf)
{
	size_t place = return_count;

	if (!ranges[leaf].call)
		return place_of(ranges[leaf].action);
	for (size_t i = 0; i < leaf; i++)
		if (ranges[i].call)
			place += call_length(ranges[i].call);
	return place;
}

/* How far it is from behind `at` to the tree of from..to, which begins there if
 * it is one. */
static size_t distance_to(size_t at, size_t begins, size_t from, size_t to)
{
	size_t all = range_count - 1; /* comparisons */

	return (from == to ? all + leaf_place(from) : begins) - at - 1;
}

static void emit_leaves(void)
{
	for (size_t i = 0; i < return_count; i++)
		emit(BPF_RET | BPF_K, returns[i], 0, 0);
	for (size_t i = 0; i < range_count; i++)
		if (ranges[i].call)
			emit_call(ranges[i].call);
}

static void emit_ranges(void)
{
	static struct {
		size_t from;
		size_t to;
	} open[RANGES_MAX];

	size_t count = range_count > 1;
	size_t at = 0;

	open[0].to = range_count - 1;
	while (count) {
		size_t from = open[--count].from;
		size_t to = open[count].to;
		size_t half = halves[from][to];
		size_t above = at + 1 + half - from;

		emit(BPF_JMP | BPF_JGE | BPF_K, ranges[half + 1].first,
			distance_to(at, above, half + 1, to),
			distance_to(at, at + 1, from, half));
		at++;
		if (half + 1 < to) {
			open[count].from = half + 1;
			open[count++].to = to;
		}
		if (from < half) {
			open[count].from = from;
			open[count++].to = half;
		}
	}
	emit_leaves();
}

/* libseccomp has the last word: where the two differ nothing is made. */
static int emit_tree(uint32_t arch)
{
	int error = export_plain(arch);

	if (error)
		return error;
	find_ranges(arch);
	choose_halves();
	for (size_t i = 0; i < range_count; i++)
		if (!ranges[i].call)
			place_of(ranges[i].action);
	emit_head(arch);
	emit_ranges();
	for (size_t i = 0; i < plain_count; i++)
		for (uint32_t on = 0; on < 3; on++) {
			uint32_t nr = plain[i].k + on - 1;

			if (!excepted(arch, nr) &&
				decide(code, arch, nr) !=
					decide(plain, arch, nr))
				return -EDOM;
		}
	return 0;
}

/* Without these no program can be started, nor can its failure be told. */
static void check_start(const char *file)
{
	static const char *const needed[] = {"execve", "write", "exit_group"};
	struct place place = {file, 0};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const struct call *call = find_call(&place, needed[i]);

		if (!call || call->action != SCMP_ACT_ALLOW || call->count)
			fault(&place,
				"'%s' is not allowed: no program can be "
				"started without; write 'allow %s'",
				needed[i], needed[i]);
	}
}

static int compile(uint32_t arch, const char *from, const char *to)
{
	FILE *out;
	int error;

	if (!open_source(from)) {
		perror(from);
		return 1;
	}
	read_sources();
	check_start(from);
	if (faulty)
		return 1;
	error = emit_tree(arch);
	if (error) {
		fprintf(stderr, "%s: libseccomp: %s\n", from, strerror(-error));
		return 1;
	}
	out = fopen(to, "we");
	if (!out ||
		fwrite(code, sizeof(*code), code_count, out) != code_count ||
		fclose(out) != 0) {
		perror(to);
		return 1;
	}
	return 0;
}

static int list_calls(uint32_t arch)
{
	for (int number = 0; number < CALLS_MAX; number++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, number);

		if (name)
			printf("%d %s\n", number, name);
		free(name);
	}
	return 0;
}

int main(int count, char **words)
{
	uint32_t arch = count > 2 ? seccomp_arch_resolve_name(words[2]) : 0;

	if (count == 3 && arch && strcmp(words[1], "calls") == 0)
		return list_calls(arch);
	if (count >= 5 && count <= 6 && arch &&
		strcmp(words[1], "compile") == 0) {
		more = words[5];
		return compile(arch, words[3], words[4]);
	}
	fputs("usage: policy compile ARCH FILE TO [FOLDER/] | calls ARCH\n",
		stderr);
	return 2;
}
