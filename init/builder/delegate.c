/* delegate = yes: a service that divides its own group.
 *
 * The group is the root of its cgroup namespace, so that with nsdelegate the
 * kernel keeps its limits from whoever is inside, mapped owner or not. Such a
 * group has no processes of its own: the reaper has one leaf, the program
 * another. cgroup-v2.rst, "Delegation"
 */
#include "sandbox/build.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAPER GROUP_OF_REAPER
#define PROGRAM "main"
#define DELEGATABLE "/sys/kernel/cgroup/delegate" /* a name a line */
#define TEXT_SIZE 512U

/* The next word of a text, which it ends with a NUL, or NULL. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \n");
	size_t length = strcspn(word, " \n");

	*at = word + length + (word[length] != '\0');
	word[length] = '\0';
	return length ? word : NULL;
}

static int move_reaper(struct build *b)
{
	char pid[16];

	b->object = REAPER;
	if (mkdirat(b->group, b->object, 0755) < 0)
		return -1;
	text_compose(pid, sizeof(pid), "%u", (unsigned)b->start->pids->reaper);
	return file_write(b->group, REAPER "/cgroup.procs", pid);
}

/* Every controller that its own group has. */
static int hand_on_controllers(struct build *b)
{
	char text[TEXT_SIZE];
	char *at = text;
	char *name;
	char word[32];

	b->object = "cgroup.subtree_control";
	if (file_read(b->group, "cgroup.controllers", text, sizeof(text)) < 0)
		return -1;
	while ((name = next_word(&at)) != NULL) {
		text_compose(word, sizeof(word), "+%s", name);
		if (file_write(b->group, b->object, word) < 0)
			return -1;
	}
	return 0;
}

static int give_files(struct build *b, uid_t user, gid_t users)
{
	char text[TEXT_SIZE];
	char *at = text;
	char *name;

	b->object = DELEGATABLE;
	if (file_read(AT_FDCWD, DELEGATABLE, text, sizeof(text)) < 0 ||
		fchownat(b->group, "", user, users, K_AT_EMPTY_PATH) < 0)
		return -1;
	while ((name = next_word(&at)) != NULL)
		if (fchownat(b->group, name, user, users, 0) < 0 &&
			errno != ENOENT)
			return -1;
	return 0;
}

/* A new group and all its files belong to whom its maker's files would. */
static int make_leaf(struct build *b, uid_t user, gid_t users)
{
	int made;

	b->object = PROGRAM;
	setfsgid(users);
	setfsuid(user);
	made = mkdirat(b->group, PROGRAM, 0755);
	setfsuid(0);
	setfsgid(0);
	return made;
}

static int enter_leaf(struct build *b)
{
	int leaf =
		openat(b->group, PROGRAM, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (leaf < 0)
		return -1;
	close(b->group);
	b->group = leaf;
	return 0;
}

int group_delegate(struct build *b)
{
	const struct service *service = b->service;
	uid_t user;
	gid_t users;

	if (!service->delegate)
		return 0;
	user = users_outside(service, b->uid);
	users = users_outside(service, b->gid);
	b->object = "cgroup.max.depth";
	if (file_write(b->group, b->object, GROUP_DEPTH) < 0 ||
		move_reaper(b) < 0 || hand_on_controllers(b) < 0 ||
		give_files(b, user, users) < 0 || make_leaf(b, user, users) < 0)
		return -1;
	return enter_leaf(b);
}
