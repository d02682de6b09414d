/* The filter of a program's system calls, compiled when the image was built and
 * mapped with the table.
 */
#include "sandbox/build.h"

#include "base/kernel.h"
#include <errno.h>

/* A table that was made without a look at the files has policies without code:
 * no program runs with less than was asked for. */
int filter_calls(struct build *b)
{
	const struct policy *policies =
		table_pointer(b->table, b->table->policies.at);
	const struct policy *policy;
	struct kernel_filter filter;

	if (!b->service->policy)
		return 0;
	if (b->service->policy > b->table->policies.count) {
		errno = ERANGE;
		return -1;
	}
	policy = &policies[b->service->policy - 1];
	b->object = table_string(b->table, policy->name);
	if (!policy->code.count) {
		errno = ENOENT;
		return -1;
	}
	filter = (struct kernel_filter){(uint16_t)policy->code.count,
		table_pointer(b->table, policy->code.at)};
	return kernel_seccomp(&filter);
}
