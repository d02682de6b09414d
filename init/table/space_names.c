/* By itself, since init has it and nothing else of the parser. */
#include "table/table.h"

const char *const space_names[SPACES] = {
	"mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time"};
