/* Lines of passwd and group files, as the root of a service has them: pure, no
 * allocation. passwd(5), group(5)
 */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_ID_MOST (UINT32_MAX - 1)
#define ACCOUNT_GROUPS_MAX 64U
#define ACCOUNT_NAME_MAX 64U /* bytes with the NUL */
#define ACCOUNT_PATH_MAX 256U

/* Who is wanted: names or numbers, as a table has them. */
struct account_wanted {
	const char *user;
	const char *group; /* NULL: the user's own */
	const char *groups[ACCOUNT_GROUPS_MAX];
	uint32_t group_count;
};

struct account_found {
	char name[ACCOUNT_NAME_MAX];
	char home[ACCOUNT_PATH_MAX];
	char shell[ACCOUNT_PATH_MAX];
	uint32_t uid;
	uint32_t gid;
	uint32_t groups[ACCOUNT_GROUPS_MAX];
	uint32_t group_count;
	uint32_t missing; /* of the wanted: 0 none, 1 user, 2 group, 3.. */
	bool has_user; /* these three are for account.c alone */
	bool has_group;
	bool has[ACCOUNT_GROUPS_MAX];
};

/* What is known without any file: numbers, and the name root. */
void account_begin(
	struct account_found *found, const struct account_wanted *wanted);

/* Takes from a line what is wanted; the first line that has it counts. The
 * line, without its end, is cut into pieces. */
void account_user(struct account_found *found,
	const struct account_wanted *wanted, char *line);
void account_group(struct account_found *found,
	const struct account_wanted *wanted, char *line);

/* Says in found->missing what no line had. True: it is nothing. */
bool account_end(
	struct account_found *found, const struct account_wanted *wanted);

#endif
