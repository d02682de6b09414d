/* The list of all keys (keys.def) as a table; its sentences are left to the
 * tool and the manual. */
#ifndef TABLE_KEYS_H
#define TABLE_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum key_id {
#define KEY(id, ...) KEY_##id,
#include "table/keys.def"
#undef KEY
	KEYS
};

enum key_group {
	GROUP_PROGRAM,
	GROUP_ORDER,
	GROUP_LIFE,
	GROUP_SOCKETS,
	GROUP_SPACES,
	GROUP_FILES,
	GROUP_NETWORK,
	GROUP_LIMITS,
	GROUP_PRIVILEGES,
	GROUP_LOG,
	GROUP_SYSTEM,
	GROUP_MOUNT,
	GROUP_INTERFACE,
	GROUP_BRIDGE
};

/* Stanzas with keys of their own. */
enum key_stanza {
	KEY_STANZA_SERVICE,
	KEY_STANZA_SYSTEM,
	KEY_STANZA_MOUNT,
	KEY_STANZA_INTERFACE,
	KEY_STANZA_BRIDGE,
	KEY_STANZAS
};

#define SHAPE_ONE 1U /* may stand once in a stanza, not empty */
#define SHAPE_LIST 2U /* its words are kept as items, read one by one */
#define SHAPE_OPTIONAL 4U /* a word may end in '?' */
#define SHAPE_LINE 8U /* a list: all words of a mention are one item */

struct table_build;
struct entry;
typedef void key_reader(struct table_build *b, const struct entry *entry);

struct key {
	const char *name;
	const char *value; /* what may be written, for people */
	const char *fallback; /* default; "(prose)" is not read */
	key_reader *read;
	uint16_t field; /* offset in struct draft */
	uint8_t id; /* enum key_id */
	uint8_t group; /* enum key_group */
	uint8_t shape; /* SHAPE_* */
};

extern const struct key keys[KEYS];
enum key_stanza key_stanza(const struct key *key);

/* Readers: fill the draft from an entry, or say a fault. A list's reader gets
 * one word at a time, or one mention. */
key_reader read_argument;
key_reader read_type;
key_reader read_user;
key_reader read_group;
key_reader read_ids;
key_reader read_env;
key_reader read_umask;
key_reader read_path;
key_reader read_tty;
key_reader read_edge;
key_reader read_choice;
key_reader read_time;
key_reader read_signal;
key_reader read_restart_delay;
key_reader read_restart_limit;
key_reader read_on_limit;
key_reader read_ready;
key_reader read_listen;
key_reader read_fd_store;
key_reader read_log_rate;
key_reader read_log_to;
key_reader read_control;
key_reader read_healthy;
key_reader read_env_file;
key_reader read_right;
key_reader read_timezone;
key_reader read_crash_limit;
key_reader read_when;
key_reader read_reload;
key_reader read_reload_on;
key_reader read_health;
key_reader read_health_every;
key_reader read_every;
key_reader read_host;
key_reader read_join;
key_reader read_hostname;
key_reader read_clock_offset;
key_reader read_root;
key_reader read_image;
key_reader read_bind;
key_reader read_tmpfs;
key_reader read_runtime;
key_reader read_state;
key_reader read_credential;
key_reader read_offer;
key_reader read_use;
key_reader read_net;
key_reader read_dns;
key_reader read_publish;
key_reader read_devices;
key_reader read_amount;
key_reader read_cpu;
key_reader read_weight;
key_reader read_cpus;
key_reader read_tasks;
key_reader read_capability;
key_reader read_io_max;
key_reader read_rlimit;
key_reader read_nice;
key_reader read_scheduler;
key_reader read_oom_score;
key_reader read_seccomp;
key_reader read_landlock;
key_reader read_log;
key_reader read_module;
key_reader read_sysctl;
key_reader read_reboot_limit;
key_reader read_report;
key_reader read_device;
key_reader read_fs_type;
key_reader read_fs_option;
key_reader read_address;
key_reader read_via;
key_reader read_mtu;
key_reader read_link_kind;
key_reader read_port;

#endif
