/* What the table says of each process of a service: its limits, and how it
 * gets the CPU. Both while it has the host's privileges. setrlimit(2), sched(7)
 */
#include "sandbox/build.h"

#include "base/kernel.h"

/* They come behind those that every service has, and may be more than init
 * itself has. */
int program_limit(struct build *b)
{
	const struct list *list = &b->service->rlimits;
	const struct resource_limit *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		const struct rlimit limit = {all[i].soft, all[i].hard};

		b->object = table_string(b->table, all[i].name);
		if (prlimit(0, (int)all[i].resource, &limit, NULL) < 0)
			return -1;
	}
	return 0;
}

/* Children of a real-time program are as it is, those of one with a deadline
 * are not: the kernel lets it make no others. It cannot change any of this,
 * since its limits of "nice" and "rtprio" are 0. */
int program_schedule(struct build *b)
{
	static const uint8_t policies[] = {[SCHEDULER_OTHER] = K_SCHED_NORMAL,
		[SCHEDULER_BATCH] = K_SCHED_BATCH,
		[SCHEDULER_IDLE] = K_SCHED_IDLE,
		[SCHEDULER_FIFO] = K_SCHED_FIFO,
		[SCHEDULER_RR] = K_SCHED_RR,
		[SCHEDULER_DEADLINE] = K_SCHED_DEADLINE};
	const struct scheduling *wanted = &b->service->scheduling;
	const struct kernel_sched_attr attributes = {.size = sizeof(attributes),
		.sched_policy = policies[wanted->scheduler],
		.sched_flags = wanted->scheduler == SCHEDULER_DEADLINE
			? K_SCHED_FLAG_RESET_ON_FORK
			: 0,
		.sched_nice = b->service->nice,
		.sched_priority = wanted->priority,
		.sched_runtime = wanted->runtime_us * (uint64_t)1000,
		.sched_deadline = wanted->deadline_us * (uint64_t)1000,
		.sched_period = wanted->period_us * (uint64_t)1000};

	return kernel_sched_setattr(&attributes);
}
