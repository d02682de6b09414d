/* svc explain: all that a service gets, defaults included, as a stanza that
 * could stand in a table; behind it, as comments, what follows from it.
 */
#include "loader/explain.h"

#include "loader/loader.h"
#include "loader/source.h"
#include "svc/out.h"

#include "base/text.h"
#include <string.h>

#define VALUE_COLUMN 19U /* "# ", the longest key, and " = " */
#define NOTE_COLUMN 56U

static struct source source;

static struct {
	struct table_told last; /* the key at hand */
	unsigned group;
	size_t column;
	bool begun;
} line;

static void put(const char *text)
{
	out("%s", text);
	line.column += strlen(text);
}

static bool is_bare(const char *word)
{
	if (!*word || *word == '#')
		return false;
	for (; *word; word++)
		if ((unsigned char)*word <= ' ' || *word == 0x7f ||
			*word == '"')
			return false;
	return true;
}

/* As it may stand in a table. */
static void put_word(const char *word)
{
	char one[8];

	if (is_bare(word)) {
		put(word);
		return;
	}
	put("\"");
	for (; *word; word++) {
		unsigned char byte = (unsigned char)*word;

		if (byte < ' ' || byte == 0x7f)
			text_compose(one, sizeof(one), "\\x%c%c",
				"0123456789abcdef"[byte >> 4],
				"0123456789abcdef"[byte & 15]);
		else
			text_compose(one, sizeof(one), "%s%c",
				byte == '"' || byte == '\\' ? "\\" : "", byte);
		put(one);
	}
	put("\"");
}

static void end_line(void)
{
	if (!line.begun)
		return;
	if (!line.last.file && *line.last.fallback) {
		put(" ");
		put(line.last.fallback);
	}
	out_spaces(line.column < NOTE_COLUMN ? NOTE_COLUMN - line.column : 1);
	if (line.last.file)
		out("# %s:%u\n", line.last.file, line.last.line);
	else
		out("# default\n");
	line.begun = false;
}

/* What is not there by default, or told in prose, could not stand in a table.
 */
static bool is_comment(const struct table_told *told)
{
	return !told->file && (!*told->fallback || *told->fallback == '(');
}

static void tell(const struct table_told *told, const char *word)
{
	if (source.json) {
		explained_key(source.request.explained, told, word);
		return;
	}
	if (word) {
		put(" ");
		put_word(word);
		return;
	}
	end_line();
	if (told->group != line.group)
		out("\n");
	line.group = told->group;
	line.last = *told;
	line.begun = true;
	line.column = 0;
	put(is_comment(told) ? "# " : "");
	put(told->key);
	out_spaces(VALUE_COLUMN - line.column - 2);
	line.column = VALUE_COLUMN - 2;
	put(" =");
}

/* --- what follows from it ------------------------------------------------- */

unsigned explain_spaces(const struct service *service)
{
	unsigned own = SPACE_ALL & ~service->host_spaces;

	if (!service->isolated)
		return 0;
	return own | (service->clock_offset_ms ? SPACE_BIT(SPACE_TIME) : 0);
}

static void put_spaces(const struct service *service)
{
	unsigned own = explain_spaces(service);

	out("# namespaces of its own:");
	for (unsigned i = 0; i < SPACES; i++)
		if (own & SPACE_BIT(i))
			out(" %s", space_names[i]);
	out("%s\n", own ? "" : " none");
}

static void put_joins(const struct table *table, const struct service *service)
{
	const struct joined *joins = table_pointer(table, service->join.at);

	for (uint32_t i = 0; i < service->join.count; i++)
		out("# namespace shared with %s: %s\n",
			table_string(table,
				table_service(table, joins[i].service)->name),
			space_names[joins[i].space]);
}

/* With the addresses that `auto` has found. */
static void put_nets(const struct table *table, const struct service *service)
{
	const struct net_entry *all = table_pointer(table, service->nets.at);
	char bare[ADDRESS_SIZE];

	for (uint32_t i = 0; i < service->nets.count; i++) {
		const struct net_entry *net = &all[i];

		out("# interface %s:", table_string(table, net->name));
		for (unsigned j = 0; j < net->address_count; j++)
			out(" %s/%u", address_write(bare, &net->addresses[j]),
				net->addresses[j].prefix);
		if (net->kind == NET_BRIDGE || net->kind == NET_VETH)
			out("; on the host %s",
				table_string(table, net->host_name));
		out("\n");
	}
}

/* Who it is in a root of its own is found there, at its start. */
static void put_user(const struct table *table, const struct service *service)
{
	const char *group = table_string(table, service->user_group);

	if (!service->user) {
		out("# runs as uid %u, gid %u", service->uid, service->gid);
		return;
	}
	out("# runs as %s%s%s, as its own root has it",
		table_string(table, service->user), *group ? ":" : "", group);
}

static void put_root(const struct table *table, const struct service *service)
{
	table_at at = service->root ? service->root : service->image;

	if (at)
		out("# its root, read-only: %s%s\n", table_string(table, at),
			service->verity ? ", verified" : "");
}

static void put_ids(const struct table *table, const struct service *service)
{
	put_user(table, service);
	if (service->id_count)
		out("; 0 inside is %u outside, and so on for %u ids",
			service->first_id, service->id_count);
	out("\n");
}

const char *explain_spare(const struct service *service, char to[SPARE_SIZE])
{
	unsigned fate = service->flags >> SERVICE_SPARE_SHIFT;

	*to = '\0';
	if (fate == SPARE_MADE)
		text_compose(to, SPARE_SIZE, "made ahead");
	else if (fate != SPARE_UNWANTED && fate < SPARES)
		text_compose(to, SPARE_SIZE, "none: %s", spare_texts[fate]);
	return to;
}

static void put_spare(const struct service *service)
{
	char text[SPARE_SIZE];

	if (*explain_spare(service, text))
		out("# its next compartment: %s\n", text);
}

static void put_environment(
	const struct table *table, const struct service *service)
{
	const table_at *all = table_pointer(table, service->env.at);

	for (uint32_t i = 0; i < service->env.count; i++)
		out("# environment: %s\n", table_string(table, all[i]));
}

const char *explain_mount(const struct mount_entry *entry)
{
	switch ((enum mount_kind)entry->kind) {
	case MOUNT_BIND:
		return "of the host, writable as its modes say:";
	case MOUNT_BIND_RO:
		return "of the host, read-only:";
	case MOUNT_TMPFS:
		return "in RAM:";
	case MOUNT_RUNTIME:
		return "in RAM, its user's:";
	case MOUNT_STATE:
		return "kept on the host, its user's:";
	case MOUNT_CREDENTIAL:
		return "copied from the host, for its user alone:";
	case MOUNT_OFFER:
		return "in RAM, its user's, for others to use:";
	case MOUNT_USE:
		return "offered by another service, read-only:";
	}
	return "";
}

static void put_files(const struct table *table, const struct service *service)
{
	const struct mount_entry *all =
		table_pointer(table, service->mounts.at);

	for (uint32_t i = 0; i < service->mounts.count; i++) {
		const char *host = table_string(table, all[i].host);

		out("# file %s %s%s%s\n", explain_mount(&all[i]),
			table_string(table, all[i].inside), *host ? " is " : "",
			host);
	}
}

static const struct service *find(const struct table *table, const char *name)
{
	for (uint32_t i = 0; i < table->services.count; i++) {
		const struct service *service = table_service(table, i);

		if (strcmp(table_string(table, service->name), name) == 0)
			return service;
	}
	complain("explain: no service '%.64s' in the table", name);
	return NULL;
}

static void put_all(const struct explained *e)
{
	end_line();
	if (e->service->flags & SERVICE_BUILT_IN) {
		out("# %s is a part of init\n",
			table_string(e->table, e->service->name));
		return;
	}
	out("\n");
	put_ids(e->table, e->service);
	put_root(e->table, e->service);
	put_spaces(e->service);
	put_joins(e->table, e->service);
	put_nets(e->table, e->service);
	put_files(e->table, e->service);
	put_environment(e->table, e->service);
	put_spare(e->service);
}

static int explain(const struct verb *verb)
{
	const char *name = source.request.explained;
	struct explained e = {source_load(&source, verb), NULL};

	if (e.table)
		e.service = find(e.table, name);
	if (!e.service)
		return SVC_FAILED;
	if (source.json)
		explained_end(&e);
	else
		put_all(&e);
	if (!(e.service->flags & SERVICE_FAULTY))
		return SVC_DONE;
	complain("explain: %s has faults, and is never started; 'svc check' "
		 "tells them",
		name);
	return SVC_FAILED;
}

int explain_run(const struct verb *verb, char **operands)
{
	int code = source_options(&source, verb, &operands);

	if (code != SVC_DONE)
		return code;
	if (!*operands)
		return usage(verb, "no service");
	source.request.explained = *operands++;
	source.request.tell = tell;
	source_files(&source, operands);
	if (!source.json)
		out("[%s]\n", source.request.explained);
	return explain(verb);
}
