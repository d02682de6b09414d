/* init, for the measurements on the build host itself, without the first and
 * the last second of a machine, which is not its own: no kernel setting is
 * written, nothing is unmounted, and the end is that of process 1 of a pid
 * namespace. What a service is started with is init's own. Linked in the place
 * of boot/early.c and boot/end.c; native.c has made the mounts.
 */
#include "boot/boot.h"

#include "base/file.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup"

static int open_folder(const char *path, int flags)
{
	return open(path, O_DIRECTORY | O_CLOEXEC | flags);
}

void boot_early(struct sandbox_host *host)
{
	umask(022);
	setsid();
	mkdir(CGROUP "/init", 0755);
	mkdir(CGROUP "/build", 0755);
	mkdir(CGROUP "/svc", 0755);
	(void)!file_write(AT_FDCWD, CGROUP "/init/cgroup.procs", "0");
	host->proc = open_folder("/proc", O_PATH);
	host->cgroup = open_folder(CGROUP, O_RDONLY);
	host->builders = open_folder(CGROUP "/build", O_RDONLY);
	host->services = open_folder(CGROUP "/svc", O_RDONLY);
	host->template = host->table = host->places = -1;
}

bool boot_move(void)
{
	return true; /* boot_early() has done it */
}

void boot_settle(const struct sandbox_host *host)
{
	(void)!sandbox_limit_devices(host->services);
}

_Noreturn void boot_tidy(int table, int code)
{
	(void)table;
	(void)code;
	_exit(0);
}

_Noreturn void boot_end(
	const struct system_settings *system, const struct end *end)
{
	(void)system;
	(void)end;
	_exit(0);
}

void boot_force(void)
{
	_exit(1);
}
