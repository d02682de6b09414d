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
	error = loop_add(pair[0], EPOLLIN, LOOP_NEWS, index_of(unit));
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

/* What was said at once, in this order. */
static const struct {
	uint32_t said;
	enum event event;
} events[] = {
	{NOTICE_EXTEND, EVENT_EXTEND},
	{NOTICE_RELOADING, EVENT_RELOADING},
	{NOTICE_READY, EVENT_READY},
	{NOTICE_STOPPING, EVENT_LEAVES},
	{NOTICE_TRIGGER | SANDBOX_MISSED | SANDBOX_ILL, EVENT_UNHEALTHY},
};

/* What its checker has found. */
static void take_checks(struct unit *unit, const struct sandbox_notice *news)
{
	if (news->said & SANDBOX_ILL) {
		unit->ill = true;
		tell(unit, "health: %s; it is ended", news->text);
	}
	if (news->said & SANDBOX_RELOADED)
		unit->reloading = false;
	if (news->said & SANDBOX_NOT_RELOADED) {
		unit->not_reloaded = true;
		tell(unit, "%s; it goes on as it was", news->text);
	}
}

static void take_news(struct unit *unit, struct sandbox_notice *news)
{
	news->text[sizeof(news->text) - 1] = '\0';
	if (news->said & NOTICE_STATUS)
		note(unit, "%s", news->text);
	if (news->said & NOTICE_ERRNO)
		unit->error = news->code;
	if (news->said & NOTICE_EXIT)
		unit->exit_status = news->exit_status;
	if (news->said & NOTICE_MAINPID)
		say("%s: MAINPID: not done: the main process of a service is "
		    "the one that 'run' names; run it in the foreground",
			name_of(unit));
	take_checks(unit, news);
	fate_of(unit)->extend_ms = news->extend_us / 1000 < UINT32_MAX
		? (uint32_t)(news->extend_us / 1000)
		: UINT32_MAX;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (news->said & events[i].said)
			deliver(unit, events[i].event);
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

/* Nobody speaks on it before. */
void news_take(struct unit *unit, int socket)
{
	news_close(unit);
	unit->news = socket;
	news_resume(unit);
}

void news_resume(const struct unit *unit)
{
	if (unit->news >= 0)
		loop_add(unit->news, EPOLLIN, LOOP_NEWS, index_of(unit));
}
