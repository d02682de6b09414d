/* The last second: main calls boot_end() in a child once all services are
 * down, since reboot(2) ends its caller.
 */
#include "boot/end.h"

#include "base/file.h"
#include "base/text.h"
#include "boot/boot.h"
#include "boot/dog.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/reboot.h>

#define LINE_SIZE 256U
#define DEEDS_MS (BOOT_END_S * 1000U - 2000U)
#define KEXEC_S 60U /* until the next kernel's init has the watchdog */

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

static void tidy_up(const struct system_settings *system, int code)
{
	end_begin(DEEDS_MS);
	if (system)
		report_listener(system, code);
	unmount_all();
	if (system)
		report_device(system, code);
}

static bool is_kernel_loaded(void)
{
	char text[2];

	return file_read(AT_FDCWD, "/sys/kernel/kexec_loaded", text,
		       sizeof(text)) > 0 &&
		text[0] == '1';
}

static int restart_with(const char *argument)
{
	return (int)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1,
		LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2, argument);
}

/* Comes back where the kernel cannot do it; then it is done without. */
static void restart(const char *argument)
{
	if (*argument)
		restart_with(argument);
	if (!*argument && is_kernel_loaded()) {
		dog_leave(KEXEC_S);
		reboot(RB_KEXEC);
		end_say("boot: start the loaded kernel: %s; the machine "
			"restarts",
			strerror(errno));
	}
	reboot(RB_AUTOBOOT);
}

_Noreturn void boot_end(
	const struct system_settings *system, const struct end *end, bool tidy)
{
	if (tidy)
		tidy_up(system, end->code);
	if (end->how == END_HALT)
		reboot((int)RB_HALT_SYSTEM);
	else if (end->how == END_REBOOT)
		restart(end->argument);
	else if (system && system->poweroff_by == POWEROFF_BY_REBOOT)
		reboot(RB_AUTOBOOT);
	else
		reboot(RB_POWER_OFF);
	end_say("boot: end the machine: %s; switch it off by hand",
		strerror(errno));
	_exit(1);
}

void boot_force(void)
{
	end_say("boot: the machine does not end; it is made to restart");
	if (file_write(AT_FDCWD, "/proc/sysrq-trigger", "b") < 0)
		reboot(RB_AUTOBOOT);
}
