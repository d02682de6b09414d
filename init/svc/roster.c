/* All services at once: see roster.h. */
#include "svc/roster.h"

#include "load/load.h"
#include "plan/machine.h"
#include "svc/client.h"
#include "svc/out.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define ROWS_MOST (TABLE_SERVICE_MAX + MILESTONES + 1U)

void *roster_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	complain("no memory: %s", strerror(errno));
	return NULL;
}

bool roster_take(struct roster *roster)
{
	const struct question question = {CONTROL_STATUS, "", 0};
	struct client client;
	bool whole = true;

	if (!roster->rows)
		roster->rows = roster_memory(ROWS_MOST * sizeof(*roster->rows));
	roster->count = 0;
	if (!roster->rows || !client_ask(&client, &question))
		return false;
	do {
		if (roster->count < ROWS_MOST)
			roster->rows[roster->count++] = client.reply;
	} while (client_next(&client, &whole));
	client_close(&client);
	return whole;
}

bool roster_take_table(struct roster *roster)
{
	const struct question question = {CONTROL_TABLE, "", 0};
	struct client client;

	if (!roster_take(roster) || !client_ask(&client, &question))
		return false;
	roster->table = load_map(client.fd);
	client_close(&client);
	if (roster->table && roster->table->services.count == roster->count)
		return true;
	complain("init's table is not one that this svc can read; take svc and "
		 "init from one build");
	return false;
}

bool roster_is_quiet(const struct control_reply *reply)
{
	return (reply->flags & SERVICE_BUILT_IN) &&
		(reply->state == STATE_DOWN || reply->state == STATE_DONE);
}

const char *roster_kind(uint32_t kind)
{
	static const char *const kinds[] = {[EDGE_NEEDS] = "needs",
		[EDGE_BOUND] = "bound",
		[EDGE_WANTS] = "wants",
		[EDGE_AFTER] = "after",
		[CONTROL_WHEN] = "when"};

	return kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind] : "?";
}
