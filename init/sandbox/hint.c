/* What to do about errors that mean the same whatever was tried. Pure. */
#include "sandbox/build.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	int error;
	const char *hint;
} common[] = {
	{EAGAIN,
		"no process can be made: look at kernel.pid_max, "
		"kernel.threads-max and the pids.max of groups"},
	{ENOMEM, "memory is short: look at the limits of the service"},
	{ENOSPC, "a limit is reached: look at user.max_*_namespaces"},
	{EMFILE, "too many files are open: raise the limit of init"},
	{ENFILE, "too many files are open: raise fs.file-max"},
	{EIO, "a device or the kernel fails: look at what it says"},
};

static const char *find(int error)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (common[i].error == error)
			return common[i].hint;
	return NULL;
}

bool error_is_common(int error)
{
	return find(error) != NULL;
}

bool error_is_lack(int error)
{
	return error == ENOENT || error == ENODEV || error == ENOSYS ||
		error == EINVAL || error == EOPNOTSUPP || error == ENOTDIR ||
		error == EROFS;
}

const char *sandbox_error_hint(int error)
{
	const char *hint = find(error);

	if (hint)
		return hint;
	return error_is_lack(error)
		? "this kernel cannot do it"
		: "the kernel refuses it: look at what it says, "
		  "and at what started init";
}
