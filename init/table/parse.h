/* What the files of table/ share among themselves: words, stanzas, the draft
 * of the service at hand. Nothing outside table/ includes it.
 */
#ifndef TABLE_PARSE_H
#define TABLE_PARSE_H

#include "table/build.h"
#include "table/keys.h"
#include "table/names.h"
#include <string.h>

/* Bounds of one service, so that one check ahead covers all of its memory. */
#define ITEM_MAX 8192U /* words of its lists */
#define ITEM_BYTES_MAX (256U << 10)
#define MOUNT_MAX 256U
#define DEVICE_MAX 64U
#define GROUP_MAX 64U
#define NET_MAX 8U
#define NET_ADDRESSES_MOST 65536U /* of all services */
#define SERVER_MAX 3U /* as many as a resolver asks */
#define LANDLOCK_MAX 64U
#define POLICIES_MAX 64U /* of a table */
#define ENV_MAX 512U
#define NAME_PART_MAX 63U /* of a name, and of an instance */
#define PATH_BYTES_MAX 4096U /* with its NUL, as in the kernel */
#define HOSTNAME_BYTES_MAX 64U
#define RLIMITS 16U /* that the kernel has */
#define COMMAND_MAX 64U /* words of a command besides run */
#define PATHS_MAX 16U /* of reload-on, and of env-file */
#define RIGHTS_MAX 32U /* mentions of control-group and control-user */
#define NAMES_MAX 64U /* of control, and of healthy */
#define DISKS_MAX 64U /* of one service's io-max */
/* 64 would map the id 65534 twice, of which one stands for nobody. */
#define IDS_SLOTS_MAX 63U

#define WORD_OPTIONAL 1U /* ends in a '?' outside quotes, left in the text */
#define WORD_FAULTY 2U /* was reported: never twice */
#define WORD_QUOTED 4U

struct word {
	const char *text; /* without quotes, ends with a NUL */
	struct place place;
	uint32_t length;
	uint32_t flags;
};

/* key = words, or what is left of it. */
struct entry {
	const struct key *key;
	struct word *name; /* the key as written */
	struct word *words;
	uint32_t count;
	struct entry *next;
};

enum stanza_kind {
	STANZA_LOST, /* header not understood: what follows is skipped */
	STANZA_SERVICE,
	STANZA_DEFAULTS,
	STANZA_TEMPLATE,
	STANZA_OVERRIDE,
	STANZA_SYSTEM,
	STANZA_MOUNT,
	STANZA_INTERFACE,
	STANZA_BRIDGE
};

struct stanza {
	enum stanza_kind kind;
	bool faulty;
	bool skipped; /* a second one of its name: read, but not used */
	struct word name; /* of a template: with its '@' */
	const char *instance; /* NULL: none */
	struct stanza *defaults; /* that stand above it in its file */
	struct stanza *template;
	struct stanza *overrides; /* of a service, in order */
	struct stanza *last_override;
	struct stanza *next_override;
	struct entry *first;
	struct entry *last;
	struct stanza *next;
	uint32_t service; /* index, of a service that is used */
};

/* One word of a list key that is in force for the service at hand. */
struct item {
	const struct key *key;
	struct word *name;
	struct word *word;
	uint32_t count; /* words: 1 but for a key of SHAPE_LINE */
	bool from_defaults;
};

#define ENVIRONMENT_OF_USER 4U /* HOME, USER, LOGNAME, SHELL */

/* Who a user is. Strings stand in the scratch arena. */
struct account {
	uint32_t uid;
	uint32_t gid;
	const char *name;
	const char *home;
	const char *shell;
	const char *group; /* as written, or NULL */
	struct word *word;
};

/* The service, interface or system at hand while its keys are read. */
struct draft {
	struct service service;
	struct system_settings system;
	struct file_system file_system;
	struct interface interface;
	struct account account;
	struct health health;
	struct timer timer;
	struct word *policy; /* as written, or the default */
	uint8_t vsock;
};

/* An interface of a service as written: its words, for faults. */
struct net_words {
	struct word *kind;
	struct word *link; /* NULL: veth */
	struct word *addresses[NET_ADDRESSES];
	struct word *automatic; /* "auto", or NULL */
};

/* Arrays being filled, copied to the table when complete. All that has to be
 * cleared for the next service stands in front. */
struct gather {
	uint32_t argv;
	uint32_t env;
	uint32_t mount_count;
	uint32_t device_count;
	uint32_t group_count;
	uint32_t join_count;
	uint32_t landlock_count;
	uint32_t io_count;
	uint32_t rlimit_count;
	uint32_t address_count;
	uint32_t port_count;
	uint32_t net_count;
	uint32_t server_count;
	uint32_t when_count;
	uint32_t listener_count;
	uint32_t target_count;
	uint32_t name_count;
	uint32_t right_count;
	uint32_t env_file_count;
	uint32_t reload_on_count;
	uint32_t setting_count[2];
	table_at strings[2 * ITEM_MAX]; /* argv from its start, env from half */
	struct mount_entry mounts[MOUNT_MAX];
	struct device_entry devices[DEVICE_MAX];
	uint32_t groups[GROUP_MAX];
	struct word *group_words[GROUP_MAX];
	struct joined joins[SPACES];
	struct landlock_rule landlock[LANDLOCK_MAX];
	struct io_limit io_limits[DISKS_MAX];
	struct word *io_words[DISKS_MAX];
	struct resource_limit rlimits[RLIMITS];
	struct address addresses[MOUNT_MAX];
	table_at ports[MOUNT_MAX];
	struct net_entry nets[NET_MAX];
	struct net_words net_words[NET_MAX];
	struct address servers[SERVER_MAX];
	struct condition when[WHEN_MAX];
	struct listener listeners[LISTEN_MAX];
	struct word *listen_words[LISTEN_MAX];
	struct log_target targets[LOG_TO_MAX];
	uint32_t names[NAMES_MAX]; /* services of control, or of healthy */
	struct right rights[RIGHTS_MAX];
	struct env_file env_files[PATHS_MAX];
	table_at reload_on[PATHS_MAX];
	struct setting settings[2][ITEM_MAX]; /* modules, sysctls */
};

/* A policy that a service names. */
struct policy_wish {
	const char *name;
	struct place place; /* of who named it first */
};

struct passwd_row;

/* publish.c: ports as written, as they will be taken, and the addresses and
 * ports of one service. */
struct publishing {
	struct publish_wish *wishes;
	uint32_t wish_count;
	struct publish_claim *claims;
	uint32_t claim_count;
	struct publish *ports;
	struct name_map listeners; /* that are no ports; value: service */
	uint32_t listener_count;
};

/* A join as written, for the checks that need all services. */
struct join_wish {
	uint32_t service;
	uint32_t owner;
	uint32_t space;
	struct word *word;
	struct join_wish *next;
};

/* An interface of a service, for the checks that need all of them. */
struct net_wish {
	uint32_t service;
	uint32_t number; /* in its list */
	struct net_words words;
	struct net_wish *next; /* in the order of the text */
	struct net_wish *next_member; /* of the same bridge */
};

/* A state or a use as written, for the checks that need all services. */
struct file_wish {
	uint32_t service;
	uint32_t owner; /* use: who offers */
	const char *name; /* state, or what is offered */
	struct word *word;
	struct file_wish *next;
};

/* A range of host ids. */
struct id_range {
	uint32_t slot;
	uint32_t slots;
	uint32_t service;
	struct word *word; /* of `ids`, or of the stanza */
};

#define INTERN_SLOTS 4096U

struct parser {
	/* reading lines */
	uint32_t file;
	uint32_t line;
	struct stanza *current;
	struct stanza *current_defaults;
	struct stanza *current_system;
	struct stanza *stanzas; /* in the order of the text */
	struct stanza **stanza_end;
	uint32_t stanza_count;
	uint32_t serial; /* stamps of `seen` */
	uint32_t seen[KEYS]; /* stanza or layer in which a key stood last */
	struct word *line_words; /* room for a whole line */
	bool plain; /* the file is ASCII without a NUL */
	bool too_large; /* said once */
	table_at *file_names; /* in the table, by index + 1 */

	/* names */
	struct name_map keys[KEY_STANZAS];
	struct name_map services; /* index in the table */
	struct name_map templates; /* number in template_list */
	struct name_map interfaces;
	struct name_map file_systems;
	struct stanza **service_list; /* by index; NULL for built-in ones */
	struct stanza **template_list;
	uint32_t template_count;
	uint32_t service_count; /* with the built-in ones */
	uint32_t interface_count;
	uint32_t file_system_count;

	struct name_map capabilities; /* their numbers */

	/* users */
	struct name_map users;
	struct name_map user_groups;
	struct passwd_row *rows;
	uint32_t *gids;
	bool resolve;

	/* the service at hand */
	struct draft base; /* every default */
	struct draft draft;
	struct word *set[KEYS]; /* the key's word, by whatever stanza */
	struct word *own[KEYS]; /* the same, but not by [defaults] */
	struct entry in_force[KEYS]; /* of single values */
	uint8_t given[KEYS]; /* the keys of which there is something there */
	uint32_t given_count;
	bool faulty;
	bool trial; /* only to find faults: nothing is laid out */
	uint32_t index;
	struct stanza *stanza;
	struct item *items;
	const struct item *item; /* being read */
	uint32_t item_count;
	size_t item_bytes;
	struct gather gather;

	table_at search_path; /* PATH, once it is in the table */
	/* the latest user, and his part of the environment, in the table */
	struct account environment_of;
	table_at environment[ENVIRONMENT_OF_USER];

	/* over all services */
	struct join_wish *joins;
	struct file_wish *states;
	struct file_wish *log_files;
	struct file_wish *uses;
	struct net_wish *nets;
	struct net_wish **net_end;
	uint32_t net_address_count; /* of all services */
	struct name_map links; /* index in the table's interfaces */
	struct name_map ports; /* name of their bridge, in the table */
	uint32_t port_count;
	struct id_range *ranges;
	uint32_t range_count;
	struct policy_wish policies[POLICIES_MAX];
	uint32_t policy_count;
	struct publishing publishing;
	table_at interned[INTERN_SLOTS];
};

/* faults.c: reports a word once, and marks what is at hand as faulty. */
void fault(struct table_build *b, struct word *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ", did you mean" for a name of a map, composed into hint; "" if none. */
struct hint {
	char text[TABLE_NAME_MAX + 32];
};

const char *fault_hint(struct table_build *b, struct hint *hint,
	const struct name_map *map, const char *name);

/* lex.c: the words of a line's rest from `at` on. False: a fault was said. */
struct line {
	const char *text;
	size_t length;
	struct place place; /* of the first byte */
};

struct words {
	struct word *first;
	uint32_t count;
};

bool lex_words(struct table_build *b, const struct line *line, size_t at,
	struct words *words);
bool lex_sound(struct table_build *b, const struct line *line);
bool lex_plain(const char *text, size_t length);
struct place lex_place(const struct line *line, size_t at);
char *lex_copy(struct table_build *b, const char *text, size_t length);

/* header.c: makes the stanza of a line that begins with '['. */
void header_read(struct table_build *b, const struct line *line);
bool name_is_sound(const char *name, size_t length);
bool interface_name_check(struct table_build *b, struct word *name);

/* lines.c: text -> stanzas. */
void lines_read(struct table_build *b);

/* index.c: names of stanzas -> indices; templates, overrides. */
void index_stanzas(struct table_build *b);

/* layers.c: entries of stanzas -> the draft and its items. */
void layers_prepare(struct table_build *b);
void layers_service(struct table_build *b, struct stanza *stanza);
void layers_one(struct table_build *b, struct stanza *stanza);
void layers_trial(struct table_build *b, struct stanza *stanza);
void layers_host(struct table_build *b);
void layers_items(struct table_build *b);
void layers_system(struct table_build *b);

/* explain.c: tells the keys of the service at hand, if that is asked for. */
void explain_keys(const struct table_build *b);

/* service.c: one service of the table. */
bool stanza_has_room(struct table_build *b, struct stanza *stanza);
void service_build(struct table_build *b, struct stanza *stanza);

/* check.c: keys of one service that contradict each other. */
void check_service(struct table_build *b);

/* spaces.c, ids.c: what needs all services. */
void join_check_all(struct table_build *b);
void ids_check_all(struct table_build *b);
void ids_default(struct table_build *b);

/* files.c: a name that must be unique over all services. */
struct file_wish *wish_file(struct table_build *b, struct file_wish **all,
	struct word *word, const char *name);

/* files.c: what needs all services. */
void states_check_all(struct table_build *b);
void uses_check_all(struct table_build *b);

/* publish.c */
void publish_prepare(struct table_build *b);
void publish_check_all(struct table_build *b);

/* users.c: names are known as soon as it is known whose they are. */
bool users_are_its_own(const struct parser *p);
void users_prepare(struct table_build *b);
void users_resolve(struct table_build *b);
void users_check(struct table_build *b);

/* The id of a user or group of the host. False: a fault was said. */
bool users_user_id(struct table_build *b, struct word *word, uint32_t *uid);
bool users_group_id(struct table_build *b, struct word *word, uint32_t *gid);

/* privileges.c */
void privileges_prepare(struct table_build *b);
void capabilities_check(struct table_build *b);
void privileges_settle(struct table_build *b);
void policies_lay_out(struct table_build *b);

/* environment.c */
void environment_begin(struct table_build *b, const char *name);
void environment_set(struct table_build *b, const char *text);

/* system.c, filesystem.c, interface.c */
void system_build(struct table_build *b);
void file_systems_build(struct table_build *b);
void interfaces_build(struct table_build *b);
struct interface *interface_change(struct table_build *b, uint32_t index);

/* net.c: an address with its prefix, or a fault. */
bool address_read(
	struct table_build *b, struct word *word, struct address *address);
void nets_lay_out(struct table_build *b);

/* members.c: who is on which bridge, with which address. */
void members_resolve(struct table_build *b);

/* builtin.c: milestones and the rescue shell. */
extern const char *const milestone_names[MILESTONES];
#define RESCUE_NAME "rescue"
void builtin_milestones(struct table_build *b);
void builtin_rescue(struct table_build *b);

/* image.c: into the table. */
table_at image_string(struct table_build *b, const char *text);
table_at image_array(
	struct table_build *b, const void *from, uint32_t count, size_t size);

/* listen.c: contradictions of one service; where its sockets stand, once its
 * other keys are known. */
void listen_check(struct table_build *b);
void listen_settle(struct table_build *b);
bool listen_needs_modules(const struct gather *g);

/* publish.c: a port of the host that a service listens at. */
void publish_claim_listener(struct table_build *b, struct word *word,
	const struct listener *listener);

/* life.c */
void life_lay_out(struct table_build *b);

/* edges.c */
void wish_add(struct table_build *b, const struct wish *wish);
uint32_t edge_target(
	struct table_build *b, struct word *word, const char *name);

/* digest.c: of each service of a finished table, of a milestone with what it
 * does; what is kept in the table for it, when all else is laid out. */
const uint64_t *digest_all(struct table_build *b, const struct table *table);
uint64_t digest_file_system(
	const struct table *table, const struct file_system *file_system);
uint64_t digest_interface(
	const struct table *table, const struct interface *interface);
void digest_wishes(struct table_build *b);

/* compare.c: with the table before, behind that. */
void compare_all(struct table_build *b);

/* paths.c: a sound, normalised path in the scratch arena, or NULL. */
const char *path_read(struct table_build *b, struct word *word,
	const char *text, size_t length);

/* Whether path is top or stands below it. */
bool path_is_below(const char *path, const char *top);

/* False, with a fault said: nothing can be mounted there. */
bool path_may_be_covered(
	struct table_build *b, struct word *word, const char *path);

/* Up to three parts between colons; false: more, which was said. */
struct parts {
	const char *text[3];
	size_t length[3];
	unsigned count;
};

bool parts_split(struct table_build *b, struct word *word, struct parts *parts);

/* Adds a mount to the service at hand, or says a fault. */
void mount_add(struct table_build *b, struct word *word,
	struct mount_entry *mount, const char *inside);

/* values.c */
void *draft_field(struct table_build *b, const struct entry *entry);
/* Number of an entry's first word among the choices, or -1 after a fault. */
int choice_read(struct table_build *b, const struct entry *entry);
/* "what: write VALUE", the fault of a value that is none. */
void value_refuse(struct table_build *b, const struct entry *entry);
/* The first word of an entry that must have one word only, or NULL. */
struct word *only_word(struct table_build *b, const struct entry *entry);

struct unit {
	const char *text;
	uint64_t factor;
};

/* number * unit for a text of digits and one of the units, of which the last
 * has no text; false: no such unit or too much. */
bool unit_read(const char *text, size_t length, const struct unit *unit,
	uint64_t *value);
void signal_read(struct table_build *b, struct word *word, uint32_t *number);
bool time_parse(struct table_build *b, struct word *word, uint64_t *ms);
bool size_parse(struct table_build *b, struct word *word, const char *text,
	size_t length, uint64_t *bytes);

#endif
