/* See last.h: what init has done in its last second, or for a reboot of its
 * own, that is rare, reads files, or may hang in the kernel. It is killed then.
 */
#include "builder/last.h"

#include "base/text.h"
#include "load/load.h"
#include "sandbox/sandbox.h"
#include <string.h>
#include <unistd.h>

static int tidy(const struct system_settings *system, int code)
{
	end_begin(SANDBOX_TIDY_MS);
	report_listener(system, code);
	unmount_all();
	report_device(system, code);
	return 0;
}

static int note_crash(const struct system_settings *system, int signal)
{
	reboots_crashed(system, signal);
	sync();
	return 0;
}

int last_run(const char *verb, const char *number)
{
	const struct table *table = load_map(SANDBOX_FD);
	const struct system_settings *system;
	uint64_t value = 0;

	if (!table)
		table = load_fallback();
	system = &table->system;
	text_number(number, strlen(number), 10, &value);
	if (strcmp(verb, SANDBOX_TIDY) == 0)
		return tidy(system, (int)value);
	if (strcmp(verb, SANDBOX_CRASHED) == 0)
		return note_crash(system, (int)value);
	return strcmp(verb, SANDBOX_REBOOT) == 0 && reboots_may(system) ? 0 : 1;
}
