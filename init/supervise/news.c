/* What a running service says of itself, by its reaper: it is ready, it goes on
 * longer, it has hung. Records of numbers; nothing here parses text.
 */
#include "supervise/unit.h"

#include "base/loop.h"
#include "base/text.h"
#include "log/journal.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_A_TIME 4

int news_open(struct unit *unit, int *other)
{
	int pair[2];
	int error;

	news_close(unit);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	error = loop_add(
		pair[0], EPOLLIN, LOOP_NEWS, (uint32_t)(unit - s.units));
	if (error) {
		close(pair[0]);
		close(pair[1]);
		return error;
	}
	unit->news = pair[0];
	*other = pair[1];
	return 0;
}

void news_close(struct unit *unit)
{
	if (unit->news < 0)
		return;
	loop_remove(unit->news);
	close(unit->news);
	unit->news = -1;
}

static void take_news(struct unit *unit, struct sandbox_notice *news)
{
	news->text[sizeof(news->text) - 1] = '\0';
	if (news->said & NOTICE_STATUS)
		note(unit, "%s", news->text);
	if (news->said & NOTICE_MAINPID)
		say("%s: MAINPID: not done: the main process of a service is "
		    "the one that 'run' names; run it in the foreground",
			name_of(unit));
	if (news->said & NOTICE_READY)
		feed(unit, EVENT_READY);
	look_later(unit);
}

void supervise_news(uint32_t service)
{
	struct unit *unit = &s.units[service];
	struct sandbox_notice news;

	for (int i = 0; i < AT_A_TIME; i++) {
		ssize_t count =
			recv(unit->news, &news, sizeof(news), MSG_DONTWAIT);

		if (count < 0)
			return;
		if (count != (ssize_t)sizeof(news)) {
			news_close(unit);
			return;
		}
		take_news(unit, &news);
	}
}
