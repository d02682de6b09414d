/* Landlock: the program gives up what the table does not name, of its files
 * and of TCP, before it is executed. What is open already stays open.
 * landlock(7)
 */
#include "sandbox/build.h"

#include "base/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define RIGHTS_TO_READ \
	(K_LANDLOCK_EXECUTE | K_LANDLOCK_READ_FILE | K_LANDLOCK_READ_DIR)

/* All rights to files that a version of the kernel's interface knows. */
static uint64_t all_rights(long version)
{
	if (version >= 3)
		return K_LANDLOCK_FILES_3;
	return version == 2 ? K_LANDLOCK_FILES_2 : K_LANDLOCK_FILES_1;
}

static bool is_port(const struct landlock_rule *rule)
{
	return rule->kind >= LANDLOCK_TCP_CONNECT;
}

static uint64_t port_right(const struct landlock_rule *rule)
{
	return rule->kind == LANDLOCK_TCP_BIND ? K_LANDLOCK_BIND_TCP
					       : K_LANDLOCK_CONNECT_TCP;
}

/* Left out where it may be. 0, or -1 with errno. */
static int miss(struct build *b, const struct landlock_rule *rule, int error)
{
	b->object = table_string(b->table, rule->text);
	if (rule->optional)
		build_left_out(b);
	errno = error;
	return rule->optional ? 0 : -1;
}

static bool is_known(const struct landlock_rule *rule, long version)
{
	return version >= (is_port(rule) ? K_LANDLOCK_WITH_TCP : 1);
}

static int add_path(struct build *b, int rules, uint64_t all,
	const struct landlock_rule *rule)
{
	struct kernel_landlock_path path = {
		.allowed = rule->kind == LANDLOCK_RW ? all : RIGHTS_TO_READ};
	struct stat status;
	int done = -1;

	path.parent =
		open(table_string(b->table, rule->path), O_PATH | O_CLOEXEC);
	if (path.parent < 0)
		return errno == ENOENT ? miss(b, rule, ENOENT) : -1;
	if (fstat(path.parent, &status) == 0) {
		if (!S_ISDIR(status.st_mode))
			path.allowed &= K_LANDLOCK_OF_FILES;
		done = kernel_landlock_add(rules, K_LANDLOCK_PATH, &path);
	}
	close(path.parent);
	return done;
}

static int add_rule(struct build *b, int rules, long version,
	const struct landlock_rule *rule)
{
	struct kernel_landlock_port port = {port_right(rule), rule->port};

	b->object = table_string(b->table, rule->text);
	if (!is_known(rule, version))
		return 0;
	return is_port(rule)
		? kernel_landlock_add(rules, K_LANDLOCK_PORT, &port)
		: add_path(b, rules, all_rights(version), rule);
}

/* What is forbidden but for the rules: -1 where one cannot be had. */
static int gather(struct build *b, long version, int error,
	struct kernel_landlock_rules *handled)
{
	const struct list *list = &b->service->landlock;
	const struct landlock_rule *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		if (!is_known(&all[i], version)) {
			if (miss(b, &all[i], error) < 0)
				return -1;
		} else if (is_port(&all[i])) {
			handled->net |= port_right(&all[i]);
		} else {
			handled->files = all_rights(version);
		}
	}
	return 0;
}

static int restrict_to(struct build *b, int rules, long version)
{
	const struct list *list = &b->service->landlock;
	const struct landlock_rule *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++)
		if (add_rule(b, rules, version, &all[i]) < 0)
			return -1;
	b->object = NULL;
	return kernel_landlock_restrict(rules);
}

int landlock_restrict(struct build *b)
{
	struct kernel_landlock_rules handled = {0, 0};
	long version;
	int rules;
	int done;

	if (!b->service->landlock.count)
		return 0;
	version = kernel_landlock_version();
	if (gather(b, version, version < 0 ? errno : EOPNOTSUPP, &handled) < 0)
		return -1;
	if (!handled.files && !handled.net)
		return 0;
	rules = kernel_landlock_rules(&handled);
	if (rules < 0)
		return -1;
	done = restrict_to(b, rules, version);
	close(rules);
	return done;
}
