/* Capabilities: the program and the reaper have none, and can get none. */
#include "sandbox/build.h"

#include "base/kernel.h"
#include <errno.h>
#include <sys/prctl.h>

/* Empties the bounding set, so that not even root's exec gives one back. The
 * kernel says where the list ends: EINVAL. capabilities(7) */
int caps_bound(struct build *b)
{
	unsigned long capability = 0;

	if (!b->service->isolated)
		return 0;
	while (prctl(K_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
		capability++;
	return capability && errno == EINVAL ? 0 : -1;
}

int caps_drop(struct build *b)
{
	static const struct kernel_cap_data none[2];

	if (!b->service->isolated)
		return 0;
	if (prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -1;
	return kernel_capset(none);
}

int caps_lock(struct build *b)
{
	if (!b->service->isolated)
		return 0;
	return prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
