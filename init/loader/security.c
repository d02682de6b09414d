/* svc security: what each service of a table could reach outside of its
 * compartment, how bad that would be, and which words of the table open it.
 * The weights are a judgement: tenths, of which a hundred stand for the whole
 * machine.
 */
#include "loader/loader.h"
#include "loader/source.h"
#include "svc/json.h"
#include "svc/out.h"

#include "base/text.h"
#include <string.h>

#define WORST 100U
#define BEST_MENDS 3U

struct subject {
	const struct table *table;
	const struct service *service;
};

/* How often a word opens something; 0: it does not. */
typedef unsigned opens(const struct subject *subject);

static bool has_space(const struct subject *s, enum space space)
{
	return s->service->isolated &&
		(s->service->host_spaces & SPACE_BIT(space));
}

static unsigned opens_all(const struct subject *s)
{
	return !s->service->isolated;
}

static unsigned opens_real_power(const struct subject *s)
{
	return has_space(s, SPACE_USER) && s->service->capabilities;
}

static unsigned opens_power(const struct subject *s)
{
	return s->service->isolated && !has_space(s, SPACE_USER) &&
		s->service->capabilities;
}

static unsigned opens_privileges(const struct subject *s)
{
	return s->service->isolated && s->service->new_privileges;
}

static unsigned opens_calls(const struct subject *s)
{
	return s->service->isolated && !s->service->policy;
}

static unsigned opens_nest(const struct subject *s)
{
	return s->service->nest;
}

static unsigned opens_vsock(const struct subject *s)
{
	const struct policy *all =
		table_pointer(s->table, s->table->policies.at);
	uint32_t number = s->service->policy;

	return number &&
		strchr(table_string(s->table, all[number - 1].name), '+');
}

static unsigned count_mounts(const struct subject *s, enum mount_kind kind)
{
	const struct mount_entry *all =
		table_pointer(s->table, s->service->mounts.at);
	unsigned count = 0;

	for (uint32_t i = 0; i < s->service->mounts.count; i++)
		count += all[i].kind == kind;
	return count;
}

static unsigned opens_bind(const struct subject *s)
{
	return count_mounts(s, MOUNT_BIND);
}

static unsigned opens_bind_ro(const struct subject *s)
{
	return count_mounts(s, MOUNT_BIND_RO);
}

/* A directory of the host: an image is its own. */
static unsigned opens_tree(const struct subject *s)
{
	return s->service->root != 0;
}

static unsigned opens_mapped(const struct subject *s)
{
	const struct mount_entry *all =
		table_pointer(s->table, s->service->mounts.at);
	unsigned count = 0;

	for (uint32_t i = 0; i < s->service->mounts.count; i++)
		count += all[i].kind == MOUNT_BIND && all[i].mapped;
	return count;
}

static unsigned opens_use(const struct subject *s)
{
	return count_mounts(s, MOUNT_USE);
}

static unsigned opens_devices(const struct subject *s)
{
	return s->service->devices.count;
}

static unsigned opens_root(const struct subject *s)
{
	return s->service->isolated && !s->service->uid;
}

static unsigned opens_join(const struct subject *s)
{
	return s->service->join.count;
}

static unsigned opens_links(const struct subject *s)
{
	return s->service->nets.count;
}

static unsigned opens_memory(const struct subject *s)
{
	return s->service->isolated && !s->service->memory.percent &&
		s->service->memory.bytes == LIMIT_NONE;
}

static unsigned opens_real_time(const struct subject *s)
{
	return s->service->isolated &&
		s->service->scheduling.scheduler >= SCHEDULER_FIFO;
}

static unsigned opens_oom(const struct subject *s)
{
	return s->service->isolated && s->service->oom_score < 0;
}

static const struct exposure {
	opens *count; /* NULL: a namespace of the host */
	uint8_t weight; /* of one */
	uint8_t space; /* which, enum space */
	char word[20];
	const char *reach;
	const char *mend;
} exposures[] = {
	{opens_all, 100, 0, "isolation = none", "all of the host's",
		"remove it, and open single things"},
	{NULL, 40, SPACE_MNT, "host = mnt", "every file of the host",
		"name files with 'bind-ro' or 'bind'"},
	{opens_real_power, 40, 0, "capabilities", "what they allow on the host",
		"remove 'user' from 'host', or capabilities"},
	{NULL, 30, SPACE_USER, "host = user",
		"files and processes of its real user",
		"remove 'user' from 'host'"},
	{NULL, 25, SPACE_NET, "host = net", "interfaces and ports of the host",
		"remove 'net' from 'host', and 'publish' its ports"},
	{NULL, 25, SPACE_PID, "host = pid", "processes of the host",
		"remove 'pid' from 'host'"},
	{NULL, 10, SPACE_IPC, "host = ipc",
		"queues and shared memory of the host",
		"remove 'ipc' from 'host'"},
	{opens_bind, 10, 0, "bind", "files of the host, to write",
		"'bind-ro', or 'state' for what is its own"},
	{opens_mapped, 10, 0, "bind", "what the host's users own there",
		"remove ':idmap', or write 'state' for what is its own"},
	{opens_devices, 5, 0, "devices", "devices, and their drivers",
		"leave out what it does not need"},
	{opens_memory, 10, 0, "memory = none", "all memory", "give it a limit"},
	{opens_real_time, 5, 0, "scheduler", "the CPU before all others",
		"'cpu-weight', which shares"},
	{opens_privileges, 5, 0, "new-privileges = yes",
		"programs that give privileges", "name 'capabilities' instead"},
	{opens_power, 5, 0, "capabilities", "more of the kernel",
		"remove those it does not need"},
	{opens_calls, 10, 0, "seccomp = none", "every system call",
		"'default', or a policy of its own"},
	{opens_nest, 5, 0, "nest = yes", "more of the kernel, in namespaces",
		"remove it"},
	{opens_vsock, 5, 0, "vsock = yes", "the hypervisor", "remove it"},
	{NULL, 5, SPACE_UTS, "host = uts", "the name of the host",
		"remove 'uts' from 'host'"},
	{NULL, 3, SPACE_CGROUP, "host = cgroup", "the tree of groups, to read",
		"remove 'cgroup' from 'host'"},
	{opens_bind_ro, 3, 0, "bind-ro", "files of the host, to read",
		"leave out what it does not need"},
	{opens_tree, 3, 0, "root", "files of the host, to read",
		"'image', a file that holds its root"},
	{opens_links, 3, 0, "net", "other machines or services", "'publish'"},
	{opens_use, 2, 0, "use", "sockets of another service",
		"leave out what it does not need"},
	{opens_join, 2, 0, "join", "namespaces of another service",
		"remove it"},
	{opens_oom, 2, 0, "oom-score", "others' memory before its own",
		"remove it"},
	{opens_root, 1, 0, "user = root", "files of root in its own root",
		"name a user"},
};

static unsigned count_of(const struct exposure *e, const struct subject *s)
{
	return e->count ? e->count(s) : has_space(s, (enum space)e->space);
}

#define EXPOSURES (sizeof(exposures) / sizeof(*exposures))

/* What would help most, over all services. */
struct mend {
	const struct exposure *exposure;
	const char *name;
	unsigned points;
};

static struct mend mends[BEST_MENDS];

static void keep_mend(struct mend mend)
{
	for (unsigned i = 0; i < BEST_MENDS; i++) {
		struct mend other = mends[i];

		if (mend.points <= other.points)
			continue;
		mends[i] = mend;
		mend = other;
	}
}

/* A shell for people is the host's on purpose. */
static bool is_for_people(const struct service *service)
{
	return !service->isolated && service->tty;
}

static unsigned score(const struct subject *s)
{
	const char *name = table_string(s->table, s->service->name);
	unsigned sum = 0;

	for (size_t i = 0; i < EXPOSURES; i++) {
		unsigned points =
			count_of(&exposures[i], s) * exposures[i].weight;

		sum += points;
		keep_mend((struct mend){&exposures[i], name, points});
	}
	return sum < WORST ? sum : WORST;
}

static void put_reach(const struct subject *s)
{
	bool any = false;

	for (size_t i = 0; i < EXPOSURES; i++) {
		if (!count_of(&exposures[i], s))
			continue;
		out("%s%s", any ? "; " : "", exposures[i].reach);
		any = true;
	}
	out("%s\n", any ? "" : "nothing but its own");
}

static size_t widest(const struct table *table)
{
	size_t width = strlen("SERVICE");

	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);
		size_t length = strlen(table_string(table, service->name));

		if (!(service->flags & SERVICE_BUILT_IN) && length > width)
			width = length;
	}
	return width;
}

static void put_row(const struct subject *s, size_t width)
{
	const char *name = table_string(s->table, s->service->name);
	unsigned points;

	out("%s", name);
	out_spaces(width - strlen(name));
	if (is_for_people(s->service)) {
		out("     -  all of the host's: a shell for people\n");
		return;
	}
	points = score(s);
	out("%s%u.%u  ", points < WORST ? "   " : "  ", points / 10,
		points % 10);
	put_reach(s);
}

static void put_mends(void)
{
	if (!mends[0].points)
		return;
	out("\nTo change first:\n");
	for (unsigned i = 0; i < BEST_MENDS && mends[i].points; i++)
		out("  %s: '%s' (%u.%u): %s\n", mends[i].name,
			mends[i].exposure->word, mends[i].points / 10,
			mends[i].points % 10, mends[i].exposure->mend);
}

static void put_tenths(enum field field, unsigned points)
{
	char number[8];

	text_compose(number, sizeof(number), "%u.%u", points / 10, points % 10);
	json_decimal(field, number);
}

static void put_json_reach(const struct exposure *exposure, unsigned count)
{
	json_open(JSON_BARE, '{');
	json_text(FIELD_security__reaches_word, exposure->word);
	json_text(FIELD_security__reaches_reach, exposure->reach);
	json_number(FIELD_security__reaches_count, count);
	put_tenths(FIELD_security__reaches_weight, exposure->weight);
	json_text(FIELD_security__reaches_mend, exposure->mend);
	json_close('}');
}

static void put_json_row(const struct subject *s)
{
	json_open(JSON_BARE, '{');
	json_text(FIELD_security_service,
		table_string(s->table, s->service->name));
	if (is_for_people(s->service))
		json_null(FIELD_security_score);
	else
		put_tenths(FIELD_security_score, score(s));
	json_open(FIELD_security_reaches, '[');
	for (size_t i = 0; i < EXPOSURES; i++) {
		unsigned count = count_of(&exposures[i], s);

		if (count)
			put_json_reach(&exposures[i], count);
	}
	json_close(']');
	json_close('}');
}

static bool is_judged(const struct service *service)
{
	return !(service->flags & SERVICE_BUILT_IN) &&
		service->type != TYPE_GROUP;
}

static void put_all(const struct table *table)
{
	size_t width = widest(table);

	out("SERVICE");
	out_spaces(width - strlen("SERVICE"));
	out(" SCORE  COULD REACH\n");
	for (uint32_t i = 0; i < table->services.count; i++) {
		struct subject subject = {table, table_service(table, i)};

		if (is_judged(subject.service))
			put_row(&subject, width);
	}
	put_mends();
}

static void put_json(const struct table *table)
{
	json_open(JSON_BARE, '[');
	for (uint32_t i = 0; i < table->services.count; i++) {
		struct subject subject = {table, table_service(table, i)};

		if (is_judged(subject.service))
			put_json_row(&subject);
	}
	json_close(']');
	json_end();
}

int security_run(const struct verb *verb, char **operands)
{
	static struct source source;
	const struct table *table;
	int code = source_options(&source, verb, &operands);

	if (code != SVC_DONE)
		return code;
	source_files(&source, operands);
	table = source_load(&source, verb);
	if (!table)
		return SVC_FAILED;
	if (source.json)
		put_json(table);
	else
		put_all(table);
	return SVC_DONE;
}
