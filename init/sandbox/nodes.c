/* What every compartment has in its /dev: in the root template's, and in those
 * of services with devices of their own.
 */
#include "sandbox/build.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const struct node nodes[NODES] = {{"null", 1, 3}, {"zero", 1, 5},
	{"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

static const char *const folders[] = {"pts", "shm", "mqueue"};

static const struct {
	const char *name;
	const char *target;
} links[] = {{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
	{"ptmx", "pts/ptmx"}, {"log", SYSLOG_PATH}};

int nodes_fill(int dev)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdirat(dev, folders[i], 0755) < 0)
			return -1;
	for (size_t i = 0; i < NODES; i++)
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major, nodes[i].minor)) < 0)
			return -1;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return -1;
	return 0;
}
