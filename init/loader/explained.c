/* svc explain --json: what explain.c prints for people, field by field. */
#include "loader/explain.h"

#include "svc/json.h"

#include "base/text.h"

static struct {
	struct table_told last; /* the key at hand */
	bool begun;
} json;

static void open_list(enum field field)
{
	json_open(field, '[');
}

static void close_list(void)
{
	json_close(']');
}

static void begin(const char *name)
{
	json_open(JSON_BARE, '{');
	json_text(FIELD_explain_name, name);
	open_list(FIELD_explain_keys);
}

static void end_key(void)
{
	if (!json.begun)
		return;
	close_list();
	json_text_or_null(FIELD_explain__keys_default, json.last.fallback);
	json_text_or_null(
		FIELD_explain__keys_file, json.last.file ? json.last.file : "");
	json_number_or_null(
		FIELD_explain__keys_line, json.last.file ? json.last.line : 0);
	json_close('}');
}

void explained_key(
	const char *name, const struct table_told *told, const char *word)
{
	if (word) {
		json_text(JSON_BARE, word);
		return;
	}
	if (!json.begun)
		begin(name);
	end_key();
	json.begun = true;
	json.last = *told;
	json_open(JSON_BARE, '{');
	json_text(FIELD_explain__keys_key, told->key);
	open_list(FIELD_explain__keys_words);
}

static void put_user(const struct explained *e)
{
	const struct service *service = e->service;
	const char *user = table_string(e->table, service->user);
	const char *group = table_string(e->table, service->user_group);
	char text[2 * TABLE_NAME_MAX + 2];

	if (service->user)
		text_compose(text, sizeof(text), "%s%s%s", user,
			*group ? ":" : "", group);
	else
		text_compose(text, sizeof(text), "%u:%u", service->uid,
			service->gid);
	json_text(FIELD_explain_user, text);
	json_number_or_null(FIELD_explain_first_id, service->first_id);
	json_number(FIELD_explain_id_count, service->id_count);
}

static void put_spare(const struct explained *e)
{
	char text[SPARE_SIZE];

	json_text_or_null(FIELD_explain_spare, explain_spare(e->service, text));
}

static void put_root(const struct explained *e)
{
	table_at at = e->service->root ? e->service->root : e->service->image;

	json_text_or_null(FIELD_explain_root, table_string(e->table, at));
	json_flag(FIELD_explain_verified, e->service->verity);
}

static void put_spaces(const struct explained *e)
{
	const struct joined *joins =
		table_pointer(e->table, e->service->join.at);
	unsigned own = explain_spaces(e->service);

	open_list(FIELD_explain_namespaces);
	for (unsigned i = 0; i < SPACES; i++)
		if (own & SPACE_BIT(i))
			json_text(JSON_BARE, space_names[i]);
	close_list();
	open_list(FIELD_explain_joins);
	for (uint32_t i = 0; i < e->service->join.count; i++) {
		const struct service *owner =
			table_service(e->table, joins[i].service);

		json_open(JSON_BARE, '{');
		json_text(FIELD_explain__joins_service,
			table_string(e->table, owner->name));
		json_text(FIELD_explain__joins_namespace,
			space_names[joins[i].space]);
		json_close('}');
	}
	close_list();
}

static void put_net(const struct explained *e, const struct net_entry *net)
{
	bool has_end = net->kind == NET_BRIDGE || net->kind == NET_VETH;
	char bare[ADDRESS_SIZE];
	char text[ADDRESS_SIZE + 8];

	json_open(JSON_BARE, '{');
	json_text(FIELD_explain__interfaces_name,
		table_string(e->table, net->name));
	open_list(FIELD_explain__interfaces_addresses);
	for (unsigned i = 0; i < net->address_count; i++) {
		text_compose(text, sizeof(text), "%s/%u",
			address_write(bare, &net->addresses[i]),
			net->addresses[i].prefix);
		json_text(JSON_BARE, text);
	}
	close_list();
	json_text_or_null(FIELD_explain__interfaces_host,
		has_end ? table_string(e->table, net->host_name) : "");
	json_close('}');
}

static void put_nets(const struct explained *e)
{
	const struct net_entry *all =
		table_pointer(e->table, e->service->nets.at);

	open_list(FIELD_explain_interfaces);
	for (uint32_t i = 0; i < e->service->nets.count; i++)
		put_net(e, &all[i]);
	close_list();
}

/* The texts are those for people, less the colon behind them. */
static void put_file(const struct explained *e, const struct mount_entry *mount)
{
	char kind[64];
	size_t used =
		text_compose(kind, sizeof(kind), "%s", explain_mount(mount));

	if (used && kind[used - 1] == ':')
		kind[used - 1] = '\0';
	json_open(JSON_BARE, '{');
	json_text(FIELD_explain__files_kind, kind);
	json_text(FIELD_explain__files_inside,
		table_string(e->table, mount->inside));
	json_text_or_null(
		FIELD_explain__files_host, table_string(e->table, mount->host));
	json_close('}');
}

static void put_files(const struct explained *e)
{
	const struct mount_entry *mounts =
		table_pointer(e->table, e->service->mounts.at);
	const table_at *env = table_pointer(e->table, e->service->env.at);

	open_list(FIELD_explain_files);
	for (uint32_t i = 0; i < e->service->mounts.count; i++)
		put_file(e, &mounts[i]);
	close_list();
	open_list(FIELD_explain_environment);
	for (uint32_t i = 0; i < e->service->env.count; i++)
		json_text(JSON_BARE, table_string(e->table, env[i]));
	close_list();
}

void explained_end(const struct explained *e)
{
	if (!json.begun)
		begin(table_string(e->table, e->service->name));
	end_key();
	close_list();
	json_flag(FIELD_explain_faulty, e->service->flags & SERVICE_FAULTY);
	json_flag(FIELD_explain_built_in, e->service->flags & SERVICE_BUILT_IN);
	put_user(e);
	put_root(e);
	put_spaces(e);
	put_nets(e);
	put_files(e);
	put_spare(e);
	json_close('}');
	json_end();
}
