/* Which devices the processes of a group may open. Services with no filter of
 * their own have that of the group "svc", by sandbox_limit_devices().
 */
#ifndef SANDBOX_ACCESS_H
#define SANDBOX_ACCESS_H

#include "sandbox/sandbox.h"

#include <linux/bpf.h>

#define DEVICES_MOST 256U /* of one service */
#define BOUND_MOST 257U /* devices bound, and a terminal */
#define RULES_MOST (DEVICES_MOST + BOUND_MOST)
#define CODE_FIXED 24U /* instructions of a filter without rules */
#define CODE_MOST (CODE_FIXED + RULES_MOST)

struct rule {
	uint32_t number; /* as the kernel keeps it: major << 20 | minor */
	bool block;
	bool read_only;
};

/* Too large for a stack, and short-lived: mapped. */
struct access {
	unsigned rule_count;
	unsigned code_count;
	struct rule rules[RULES_MOST];
	struct bpf_insn code[CODE_MOST];
};

/* Adds a rule for a device, by its mode and number as of stat(2). */
void access_add(struct access *access, uint32_t mode, uint64_t number,
	bool read_only) __attribute__((nonnull));

/* Adds rules for the terminal of a service and the devices that are bound, and
 * writes the instructions for them, those that stand there already, and what
 * every service may open. */
void access_make(struct access *access, const struct table *table,
	const struct service *service) __attribute__((nonnull));

/* Makes a group obey, in place of what it had: 0, or -1 with errno. bpf(2) */
int access_attach(int group, const struct access *access)
	__attribute__((nonnull));

#endif
