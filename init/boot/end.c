/* The last second: main calls boot_tidy() in a child once all services are
 * down, and then boot_end() in another one, since reboot(2) ends its caller.
 */
#include "boot/boot.h"

#include "base/file.h"
#include "base/kernel.h"
#include "boot/dog.h"
#include "log/console.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/reboot.h>

#define KEXEC_S 60U /* until the next kernel's init has the watchdog */

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
		console_say("boot: start the loaded kernel: %s; the machine "
			    "restarts",
			strerror(errno));
	}
	reboot(RB_AUTOBOOT);
}

/* Disks are whole but for what a journal mends, where that is not there. */
_Noreturn void boot_tidy(int table, int code)
{
	static char verb[] = SANDBOX_TIDY;

	sandbox_execute(table, verb, (unsigned)code);
	console_say("boot: " SANDBOX_PROGRAM
		    ": %s; file systems stay in use at the end",
		strerror(errno));
	sync();
	kernel_exit(1);
}

_Noreturn void boot_end(
	const struct system_settings *system, const struct end *end)
{
	if (end->how == END_HALT)
		reboot((int)RB_HALT_SYSTEM);
	else if (end->how == END_REBOOT)
		restart(end->argument);
	else if (system && system->poweroff_by == POWEROFF_BY_REBOOT)
		reboot(RB_AUTOBOOT);
	else
		reboot(RB_POWER_OFF);
	console_say("boot: end the machine: %s; switch it off by hand",
		strerror(errno));
	_exit(1);
}

void boot_force(void)
{
	console_say("boot: the machine does not end; it is made to restart");
	if (file_write(AT_FDCWD, "/proc/sysrq-trigger", "b") < 0)
		reboot(RB_AUTOBOOT);
}
