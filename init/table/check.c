/* Keys of one service that contradict each other. What comes from [defaults]
 * is never at fault: it is left out where it has no meaning.
 */
#include "table/parse.h"

/* The first mention of a key by the service's own stanzas that gives it a
 * value, or NULL. */
static struct word *own(const struct parser *p, enum key_id id)
{
	if (!(keys[id].shape & SHAPE_LIST))
		return p->own[id];
	for (uint32_t i = 0; i < p->item_count; i++)
		if (p->items[i].key == &keys[id] && !p->items[i].from_defaults)
			return p->items[i].name;
	return NULL;
}

struct rule {
	enum key_id key;
	const char *with; /* what it contradicts */
	const char *mend;
};

static void refuse_own(
	struct table_build *b, const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct word *word = own(b->parser, rules[i].key);

		if (word)
			fault(b, word, "'%s' with '%s': %s",
				keys[rules[i].key].name, rules[i].with,
				rules[i].mend);
	}
}

#define REFUSE(b, rules) refuse_own(b, rules, sizeof(rules) / sizeof(*(rules)))
#define NO_COMPARTMENT \
	"isolation = none", "there is no compartment; remove one of the two"
#define HOST_FILES \
	"host = mnt", "it would change the host's files; remove one of the two"
#define HOST_ROOT "host = mnt", "its root is the host's; remove one of the two"

#define HOST_CONTROL(word) \
	word, \
		"it finds init's socket on the host; remove it, and grant " \
		"its " \
		"user what it may by 'control-user' of [system]"

#define HOST_NET(word) \
	word, "it is on the host's network already; remove one of the two"

static void check_isolation(struct table_build *b)
{
	static const struct rule rules[] = {
		{KEY_root, NO_COMPARTMENT},
		{KEY_image, NO_COMPARTMENT},
		{KEY_bind, NO_COMPARTMENT},
		{KEY_bind_ro, NO_COMPARTMENT},
		{KEY_tmpfs, NO_COMPARTMENT},
		{KEY_runtime, NO_COMPARTMENT},
		{KEY_state, NO_COMPARTMENT},
		{KEY_credential, NO_COMPARTMENT},
		{KEY_offer, NO_COMPARTMENT},
		{KEY_use, NO_COMPARTMENT},
		{KEY_devices, NO_COMPARTMENT},
		{KEY_host, NO_COMPARTMENT},
		{KEY_join, NO_COMPARTMENT},
		{KEY_hostname, NO_COMPARTMENT},
		{KEY_clock_offset, NO_COMPARTMENT},
		{KEY_ids, NO_COMPARTMENT},
		{KEY_delegate, NO_COMPARTMENT},
		{KEY_capabilities, NO_COMPARTMENT},
		{KEY_new_privileges, NO_COMPARTMENT},
		{KEY_net, NO_COMPARTMENT},
		{KEY_dns, NO_COMPARTMENT},
		{KEY_landlock, NO_COMPARTMENT},
		{KEY_seccomp, NO_COMPARTMENT},
		{KEY_nest, NO_COMPARTMENT},
		{KEY_vsock, NO_COMPARTMENT},
		{KEY_publish, HOST_NET("isolation = none")},
		{KEY_control, HOST_CONTROL("isolation = none")},
	};

	REFUSE(b, rules);
}

/* With the host's user namespace whoever owns a file may leave its quota. */
static void check_host_state(struct table_build *b)
{
	const struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->mount_count; i++)
		if (g->mounts[i].kind == MOUNT_STATE && g->mounts[i].size)
			fault(b, b->parser->set[KEY_state],
				"'state' with a size and 'host = user': its "
				"size could not be held; remove one of the "
				"two");
}

static void check_host(struct table_build *b)
{
	static const struct rule files[] = {
		{KEY_root, HOST_ROOT},
		{KEY_image, HOST_ROOT},
		{KEY_bind, HOST_FILES},
		{KEY_bind_ro, HOST_FILES},
		{KEY_tmpfs, HOST_FILES},
		{KEY_runtime, HOST_FILES},
		{KEY_dns, HOST_FILES},
		{KEY_state, HOST_FILES},
		{KEY_credential, HOST_FILES},
		{KEY_offer, HOST_FILES},
		{KEY_use, HOST_FILES},
		{KEY_control, HOST_CONTROL("host = mnt")},
	};
	static const struct rule net[] = {
		{KEY_net, "host = net",
			"it would change the host's network; remove one of the "
			"two"},
		{KEY_publish, HOST_NET("host = net")}};
	static const struct rule uts[] = {{KEY_hostname, "host = uts",
		"it would rename the host; remove one of the two"}};
	static const struct rule user[] = {{KEY_ids, "host = user",
		"its ids are the host's; remove one of the two"}};
	static const struct rule group[] = {{KEY_delegate, "host = cgroup",
		"it would see, but not own, the host's groups; remove one of "
		"the two"}};
	uint32_t host = b->parser->draft.service.host_spaces;

	if (host & SPACE_BIT(SPACE_MNT))
		REFUSE(b, files);
	if (host & SPACE_BIT(SPACE_NET))
		REFUSE(b, net);
	if (host & SPACE_BIT(SPACE_UTS))
		REFUSE(b, uts);
	if (host & SPACE_BIT(SPACE_CGROUP))
		REFUSE(b, group);
	if (host & SPACE_BIT(SPACE_USER)) {
		REFUSE(b, user);
		check_host_state(b);
	} else {
		capabilities_check(b);
	}
}

static void check_root(struct table_build *b)
{
	const struct parser *p = b->parser;
	struct word *image = own(p, KEY_image);

	if (image && own(p, KEY_root))
		fault(b, image,
			"'image' with 'root': it has one root only; remove one "
			"of the two");
}

static void check_joins(struct table_build *b)
{
	static const struct rule uts[] = {{KEY_hostname, "join = uts",
		"the name is that of the other; remove one of the two"}};
	static const struct rule net[] = {{KEY_net, "join = net",
		"the network is that of the other; write it there"}};
	struct parser *p = b->parser;
	struct word *word = p->set[KEY_join];

	for (uint32_t i = 0; i < p->gather.join_count; i++) {
		uint32_t space = p->gather.joins[i].space;

		if (p->draft.service.host_spaces & SPACE_BIT(space))
			fault(b, word,
				"'join' and 'host' name the same namespace; "
				"remove one of the two");
		if (space == SPACE_UTS)
			REFUSE(b, uts);
		if (space == SPACE_NET)
			REFUSE(b, net);
	}
}

static void check_life(struct table_build *b)
{
	const struct parser *p = b->parser;
	const struct service *service = &p->draft.service;
	struct word *ready = own(p, KEY_ready);
	struct word *restart = own(p, KEY_restart);
	struct word *lost = own(p, KEY_when_lost);

	if (ready && service->type == TYPE_DAEMON &&
		service->ready == READY_EXIT)
		fault(b, ready,
			"'ready = exit' with a daemon: it would never be up; "
			"write 'type = oneshot', or remove 'ready'");
	if (ready && service->type == TYPE_ONESHOT &&
		service->ready == READY_STARTED)
		fault(b, ready,
			"'ready = started' (or exec) with a oneshot: it is up "
			"when it has exited 0; remove 'ready'");
	if (lost && service->when_lost != WHEN_LOST_STOP &&
		!p->gather.when_count)
		fault(b, lost,
			"'when-lost' without 'when': there is nothing to lose; "
			"remove it");
	if (restart && service->on_exit && service->restart == RESTART_ALWAYS)
		fault(b, restart,
			"'restart = always' with 'on-exit': its end is the "
			"machine's; remove one of the two");
}

/* Who starts it, and when. */
static void check_starts(struct table_build *b)
{
	const struct parser *p = b->parser;
	const struct service *service = &p->draft.service;
	struct word *demand = own(p, KEY_on_demand);
	struct word *every = own(p, KEY_every);

	if (demand && service->on_demand && !p->gather.listener_count)
		fault(b, demand,
			"'on-demand' without 'listen': nothing would start it; "
			"write where it listens");
	if (demand && service->on_demand && service->type == TYPE_ONESHOT)
		fault(b, demand,
			"'on-demand' with a oneshot: it would be started once "
			"and leave its next client waiting; write 'type = "
			"daemon', or remove 'on-demand'");
	if (every && p->draft.timer.period_ms && service->type != TYPE_ONESHOT)
		fault(b, every,
			"'every' with a daemon: it would never end to run "
			"again; write 'type = oneshot'");
}

static bool is_period_of(const struct health *one, const struct health *other)
{
	return one->period_ms == other->period_ms &&
		one->timeout_ms == other->timeout_ms &&
		one->failures == other->failures;
}

/* Checks are of what stays, and is there to be asked. */
static void check_health(struct table_build *b)
{
	const struct parser *p = b->parser;
	struct word *health = own(p, KEY_health);
	struct word *every = own(p, KEY_health_every);

	if (health && p->draft.health.kind &&
		p->draft.service.type == TYPE_ONESHOT)
		fault(b, health,
			"'health' with a oneshot: there is nothing to check "
			"once it has ended; remove one of the two");
	if (every && !p->draft.health.kind &&
		!is_period_of(&p->draft.health, &p->base.health))
		fault(b, every,
			"'health-every' without 'health': write what is "
			"checked, or remove it");
}

/* Whether a list has any, whoever gave them. */
static bool has_words(const struct parser *p, enum key_id id)
{
	for (uint32_t i = 0; i < p->item_count; i++)
		if (p->items[i].key == &keys[id])
			return true;
	return false;
}

/* What two compartments of it cannot have at once, or not that early. What only
 * its defaults ask for is left out. */
static void check_spare(struct table_build *b)
{
	const struct parser *p = b->parser;
	const struct service *service = &p->draft.service;
	struct word *word = own(p, KEY_spare);

	const bool has[SPARES] = {
		[SPARE_NOT_ONESHOT] = service->type == TYPE_ONESHOT,
		[SPARE_NOT_OPEN] = !service->isolated,
		[SPARE_NOT_HOST_MNT] =
			service->host_spaces & SPACE_BIT(SPACE_MNT),
		[SPARE_NOT_HOST_PID] =
			service->host_spaces & SPACE_BIT(SPACE_PID),
		[SPARE_NOT_NET] = has_words(p, KEY_net),
		[SPARE_NOT_PUBLISH] = has_words(p, KEY_publish),
		[SPARE_NOT_LISTEN] = has_words(p, KEY_listen),
		[SPARE_NOT_FD_STORE] = service->fd_store,
		[SPARE_NOT_TTY] = service->tty,
		[SPARE_NOT_IMAGE] = service->image,
		[SPARE_NOT_DEADLINE] =
			service->scheduling.scheduler == SCHEDULER_DEADLINE,
		[SPARE_NOT_ENV_FILE] = has_words(p, KEY_env_file),
		[SPARE_NOT_CREDENTIAL] = has_words(p, KEY_credential),
		[SPARE_NOT_DEVICES] = service->hotplug,
		[SPARE_NOT_WATCHDOG] = service->watchdog_ms,
		[SPARE_NOT_HEALTH] = p->draft.health.kind,
		[SPARE_NOT_RELOAD_RUN] = service->reload == RELOAD_RUN,
	};
	unsigned fate = SPARE_UNWANTED;

	for (unsigned i = 0; service->has_spare && i < SPARES; i++) {
		if (!has[i])
			continue;
		if (word)
			fault(b, word, "'spare' with %s; remove one of the two",
				spare_texts[i]);
		if (!fate)
			fate = i;
	}
	if (service->has_spare && !fate)
		fate = SPARE_MADE;
	b->parser->draft.service.has_spare = fate == SPARE_MADE;
	b->parser->draft.service.flags |= fate << SERVICE_SPARE_SHIFT;
}

#define REAL_TIME "scheduler = fifo | rr | deadline"
#define NO_NICE "it has no meaning there; remove one of the two"

static void check_scheduler(struct table_build *b)
{
	static const struct rule idle[] = {
		{KEY_nice, "scheduler = idle", NO_NICE}};
	static const struct rule real_time[] = {{KEY_nice, REAL_TIME, NO_NICE},
		{KEY_cpu, REAL_TIME,
			"the kernel does not hold it back there; remove one of "
			"the two"}};
	static const struct rule deadline[] = {{KEY_cpus,
		"scheduler = deadline",
		"the kernel gives a deadline on all CPUs only; remove one of "
		"the two"}};
	uint32_t scheduler = b->parser->draft.service.scheduling.scheduler;

	if (scheduler == SCHEDULER_IDLE)
		REFUSE(b, idle);
	if (scheduler >= SCHEDULER_FIFO)
		REFUSE(b, real_time);
	if (scheduler == SCHEDULER_DEADLINE)
		REFUSE(b, deadline);
}

static void check_disks(struct table_build *b)
{
	const struct gather *g = &b->parser->gather;

	for (uint32_t i = 0; i < g->io_count; i++) {
		unsigned given = 0;

		for (unsigned kind = 0; kind < IO_KINDS; kind++)
			given += g->io_limits[i].most[kind] != LIMIT_NONE;
		if (!given)
			fault(b, g->io_words[i],
				"'%.64s': a disk without a limit; write rbps=, "
				"wbps=, riops= or wiops= behind it",
				g->io_words[i]->text);
	}
}

/* A group is a name for what it needs. */
static void check_group(struct table_build *b)
{
	for (unsigned id = 0; id < KEYS; id++) {
		struct word *word;

		if (keys[id].group == GROUP_ORDER || id == KEY_type)
			continue;
		word = own(b->parser, id);
		if (word)
			fault(b, word,
				"'%s' with 'type = group': a group has no "
				"program; remove one of the two",
				keys[id].name);
	}
}

void check_service(struct table_build *b)
{
	struct parser *p = b->parser;
	const struct service *service = &p->draft.service;

	if (service->type == TYPE_GROUP) {
		check_group(b);
		return;
	}
	if (!p->set[KEY_run])
		fault(b, &p->stanza->name,
			"'%s': no 'run'; name its program, or write "
			"'type = group'",
			p->stanza->name.text);
	check_life(b);
	check_starts(b);
	check_health(b);
	check_spare(b);
	listen_check(b);
	check_scheduler(b);
	check_disks(b);
	if (!service->isolated) {
		check_isolation(b);
		return;
	}
	check_host(b);
	check_root(b);
	check_joins(b);
}
