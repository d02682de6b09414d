/* Capabilities: the reaper has none, the program those of the table, in all of
 * its five sets, and neither can get another. Root inside gains by execve(2)
 * what is in its bounding set, which is no more than that; an unprivileged
 * user keeps what is ambient. capabilities(7)
 */
#include "sandbox/build.h"

#include "base/kernel.h"
#include <errno.h>
#include <sys/prctl.h>

static uint64_t wanted(const struct build *b)
{
	return b->step->argument == CAPS_PROGRAM ? b->service->capabilities : 0;
}

/* Takes all others from the bounding set, so that not even root's exec gives
 * one back. The kernel says where the list ends: EINVAL. */
int caps_bound(struct build *b)
{
	uint64_t kept = wanted(b);
	unsigned long capability = 0;

	if (!b->service->isolated)
		return 0;
	for (;; capability++) {
		if (capability < 64 && kept >> capability & 1)
			continue;
		if (prctl(K_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			break;
	}
	return capability && errno == EINVAL ? 0 : -1;
}

/* Where no_new_privs is off, installing a filter takes a right, which the
 * program has until it is executed: it is not ambient, nor in root's bounding
 * set. seccomp(2) */
static uint64_t until_execve(const struct build *b)
{
	if (b->step->argument != CAPS_PROGRAM || !b->service->new_privileges)
		return 0;
	return b->service->policy || b->service->landlock.count
		? K_BIT_SYS_ADMIN
		: 0;
}

/* Over the change of the user, which takes them; execve(2) forgets this. */
int caps_keep(struct build *b)
{
	if (!b->service->isolated ||
		(!b->service->capabilities && !b->service->new_privileges))
		return 0;
	b->object = "capabilities";
	return prctl(K_PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

static int set_all(uint64_t kept, uint64_t inherited)
{
	struct kernel_cap_data data[2];

	for (unsigned i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(kept >> (32 * i));

		data[i] = (struct kernel_cap_data){
			half, half, (uint32_t)(inherited >> (32 * i))};
	}
	return kernel_capset(data);
}

int caps_drop(struct build *b)
{
	uint64_t kept = wanted(b);

	if (!b->service->isolated)
		return 0;
	if (prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		set_all(kept | until_execve(b), kept) < 0)
		return -1;
	for (unsigned long capability = 0; kept; capability++, kept >>= 1)
		if ((kept & 1) &&
			prctl(K_PR_CAP_AMBIENT, K_PR_CAP_AMBIENT_RAISE,
				capability, 0, 0) < 0)
			return -1;
	return 0;
}

int caps_lock(struct build *b)
{
	bool may_gain =
		b->step->argument == CAPS_PROGRAM && b->service->new_privileges;

	if (!b->service->isolated || may_gain)
		return 0;
	return prctl(K_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
