/* Users and groups of a service's own root. A line that is not of the form is
 * no line, and a name that no line has is missing: it never becomes another
 * (CVE-2017-1000082).
 */
#include "base/account.h"

#include "base/text.h"
#include <string.h>

#define PASSWD_FIELDS 7U
#define GROUP_FIELDS 3U

static bool read_id(const char *text, uint32_t *id)
{
	uint64_t value;

	if (!text_decimal(text, ACCOUNT_ID_MOST, &value))
		return false;
	*id = (uint32_t)value;
	return true;
}

/* Names begin with a letter or '_', so that what is a number is clear. */
static bool is_root(const char *name)
{
	return strcmp(name, "root") == 0;
}

void account_begin(
	struct account_found *found, const struct account_wanted *wanted)
{
	*found = (struct account_found){
		.home = "/", .shell = "/bin/sh", .missing = 0};
	text_compose(found->name, sizeof(found->name), "%s", wanted->user);
	if (read_id(wanted->user, &found->uid))
		found->gid = found->uid;
	if (is_root(wanted->user))
		text_compose(found->home, sizeof(found->home), "/root");
	if (wanted->group)
		found->has_group = read_id(wanted->group, &found->gid);
	for (uint32_t i = 0; i < wanted->group_count; i++)
		found->has[i] = read_id(wanted->groups[i], &found->groups[i]);
	found->group_count = wanted->group_count;
}

/* Cuts a line at its colons. Returns how many pieces there are. */
static unsigned cut(char *line, char **fields, unsigned most)
{
	unsigned count = 0;

	while (line && count < most) {
		fields[count++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	return count;
}

static bool is_fit(const char *path)
{
	return *path == '/' && strlen(path) < ACCOUNT_PATH_MAX;
}

void account_user(struct account_found *found,
	const struct account_wanted *wanted, char *line)
{
	char *fields[PASSWD_FIELDS];
	uint32_t number = 0;
	uint32_t uid = 0;
	uint32_t gid = 0;

	if (found->has_user || cut(line, fields, PASSWD_FIELDS) < PASSWD_FIELDS)
		return;
	if (!read_id(fields[2], &uid) || !read_id(fields[3], &gid))
		return;
	if (read_id(wanted->user, &number)
			? uid != number
			: strcmp(fields[0], wanted->user) != 0)
		return;
	found->has_user = true;
	found->uid = uid;
	if (!wanted->group)
		found->gid = gid;
	text_compose(found->name, sizeof(found->name), "%s", fields[0]);
	text_compose(found->home, sizeof(found->home), "%s",
		is_fit(fields[5]) ? fields[5] : "/");
	text_compose(found->shell, sizeof(found->shell), "%s",
		is_fit(fields[6]) ? fields[6] : "/bin/sh");
}

void account_group(struct account_found *found,
	const struct account_wanted *wanted, char *line)
{
	char *fields[GROUP_FIELDS];
	uint32_t gid = 0;

	if (cut(line, fields, GROUP_FIELDS) < GROUP_FIELDS ||
		!read_id(fields[2], &gid))
		return;
	if (wanted->group && !found->has_group &&
		strcmp(fields[0], wanted->group) == 0) {
		found->has_group = true;
		found->gid = gid;
	}
	for (uint32_t i = 0; i < wanted->group_count; i++) {
		if (found->has[i] || strcmp(fields[0], wanted->groups[i]) != 0)
			continue;
		found->has[i] = true;
		found->groups[i] = gid;
	}
}

bool account_end(
	struct account_found *found, const struct account_wanted *wanted)
{
	uint32_t number;

	found->missing = 0;
	if (!found->has_user && !is_root(wanted->user) &&
		!read_id(wanted->user, &number))
		found->missing = 1;
	else if (wanted->group && !found->has_group && !is_root(wanted->group))
		found->missing = 2;
	for (uint32_t i = 0; i < wanted->group_count && !found->missing; i++)
		if (!found->has[i] && !is_root(wanted->groups[i]))
			found->missing = i + 3;
	return !found->missing;
}
