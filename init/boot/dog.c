/* See dog.h. */
#include "boot/dog.h"

#include "base/file.h"
#include "log/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NEVER UINT64_MAX
#define PARTS 3U /* so many meals within its time-out */

static struct dog {
	int fd;
	int limit_s; /* what it has really got */
	uint64_t next_ms; /* not before that the next meal */
	bool starved; /* said */
} dog = {.fd = -1};

static int control(unsigned long request, void *value)
{
	return ioctl(dog.fd, (int)request, value);
}

/* The driver answers with the time-out that it can have. */
static void set_limit(int seconds)
{
	int real = seconds;

	if (control(WDIOC_SETTIMEOUT, &real) < 0 &&
		control(WDIOC_GETTIMEOUT, &real) < 0)
		real = seconds;
	dog.limit_s = real > 0 ? real : seconds;
}

static void introduce(int wanted_s)
{
	struct watchdog_info info = {.options = 0};
	int last = 0;

	control(WDIOC_GETSUPPORT, &info);
	control(WDIOC_GETBOOTSTATUS, &last);
	say("watchdog: %.32s: resets the machine after %u s without init",
		*info.identity ? (const char *)info.identity : DOG_PATH,
		(unsigned)dog.limit_s);
	if (dog.limit_s != wanted_s)
		say("watchdog: it cannot have %u s; write 'watchdog = %us'",
			(unsigned)wanted_s, (unsigned)dog.limit_s);
	if (last & WDIOF_CARDRESET)
		say("watchdog: it ended the last boot");
}

bool dog_open(uint32_t limit_ms)
{
	int wanted_s = (int)((limit_ms + 999) / 1000);

	if (!limit_ms || dog.fd >= 0)
		return true;
	dog.fd = open(DOG_PATH, O_WRONLY | O_CLOEXEC);
	if (dog.fd < 0)
		return false;
	set_limit(wanted_s);
	introduce(wanted_s);
	return true;
}

void dog_missing(void)
{
	say("watchdog: " DOG_PATH
	    ": %s; name its driver in 'modules' of [system], or remove "
	    "'watchdog'",
		strerror(errno));
}

int dog_feed(uint64_t now_ms, bool (*is_healthy)(void))
{
	uint64_t apart_ms = (uint64_t)dog.limit_s * 1000 / PARTS;

	if (dog.fd < 0)
		return -1;
	if (now_ms >= dog.next_ms) {
		bool healthy = is_healthy();

		if (healthy)
			control(WDIOC_KEEPALIVE, NULL);
		else if (!dog.starved)
			say("watchdog: a critical service has failed: the "
			    "machine will be reset");
		dog.starved = !healthy;
		dog.next_ms = now_ms + apart_ms;
	}
	return dog.next_ms == NEVER ? -1 : (int)(dog.next_ms - now_ms);
}

void dog_leave(unsigned seconds)
{
	if (dog.fd < 0)
		return;
	set_limit((int)seconds);
	control(WDIOC_KEEPALIVE, NULL);
	/* close-on-exec or not, nobody closes it: that could stop it */
	dog.next_ms = NEVER;
}

void dog_state(struct state_list *list)
{
	static const struct state_field fields[] = {
		STATE_RECORD(struct dog),
		STATE_FILE(struct dog, fd),
		STATE_KEPT(struct dog, limit_s),
		STATE_KEPT(struct dog, next_ms),
		STATE_KEPT(struct dog, starved),
		STATE_END,
	};

	state_add(list, STATE_KEY("dog"), fields, &dog, 1);
}
