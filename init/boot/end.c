/* The last second: main calls boot_end() in a child once all services are
 * down, since reboot(2) ends its caller.
 */
#include "boot/end.h"

#include "base/file.h"
#include "base/text.h"
#include "boot/boot.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define LINE_SIZE 256U

void end_say(const char *format, ...)
{
	SCOPED_FD console = open(
		"/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char line[LINE_SIZE];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_compose_list(line, sizeof(line), format, arguments);
	va_end(arguments);
	line[length] = '\n';
	/* there is nobody left to tell */
	if (console < 0 || write(console, line, length + 1) < 0)
		return;
}

_Noreturn void boot_end(
	const struct system_settings *system, int command, int code, bool tidy)
{
	if (tidy) {
		if (system)
			report_listener(system, code);
		sync();
		unmount_all();
		if (system)
			report_device(system, code);
	}
	reboot(command);
	end_say("boot: end the machine: %s; switch it off by hand",
		strerror(errno));
	_exit(1);
}
