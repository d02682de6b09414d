/* The filter of devices: a BPF program of a cgroup, put together here, which
 * the kernel asks at each open of a device and at each mknod. That of the group
 * "svc" allows the least, for all services that have none of their own.
 * bpf(2), cgroup-v2.rst
 */
#include "sandbox/access.h"

#include "sandbox/build.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NUMBER(major, minor) ((uint32_t)(major) << 20 | (uint32_t)(minor))
#define ACCESS(bits) ((bits) << 16) /* where the kernel has them */
#define PTS_FIRST 136U /* majors of terminals in /dev/pts: 8 of them */
#define PTS_BITS 23

/* Registers */
enum {
	RESULT,
	CONTEXT,
	ASKED, /* type of the device, and what is to be done to it */
	DEVICE,
	SCRATCH
};

#define INSTRUCTION(operation, to, from, jump, value) \
	(struct bpf_insn) \
	{ \
		.code = (operation), .dst_reg = (to), .src_reg = (from), \
		.off = (jump), .imm = (value) \
	}
#define LOAD(to, member) \
	INSTRUCTION(BPF_LDX | BPF_MEM | BPF_W, to, CONTEXT, \
		offsetof(struct bpf_cgroup_dev_ctx, member), 0)
#define ANSWER(value) \
	INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, RESULT, 0, 0, value), \
		INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static const struct bpf_insn head[] = {LOAD(ASKED, access_type),
	LOAD(DEVICE, major), LOAD(SCRATCH, minor),
	INSTRUCTION(BPF_ALU | BPF_LSH | BPF_K, DEVICE, 0, 0, 20),
	INSTRUCTION(BPF_ALU | BPF_OR | BPF_X, DEVICE, SCRATCH, 0, 0)};

static const struct bpf_insn pts[] = {
	INSTRUCTION(BPF_ALU | BPF_MOV | BPF_X, SCRATCH, DEVICE, 0, 0),
	INSTRUCTION(BPF_ALU | BPF_RSH | BPF_K, SCRATCH, 0, 0, PTS_BITS)};

static const struct bpf_insn answers[] = {ANSWER(1), ANSWER(0)};

/* Where parts of it begin, once it is known how long they are. */
struct plan {
	unsigned blocks;
	unsigned allow_read;
	unsigned allow;
	unsigned deny;
};

struct writer {
	struct bpf_insn *code;
	unsigned at;
	struct plan plan;
};

static void copy(struct writer *w, const struct bpf_insn *from, unsigned count)
{
	memcpy(&w->code[w->at], from, count * sizeof(*from));
	w->at += count;
}

static void jump(
	struct writer *w, unsigned operation, unsigned to, uint32_t value)
{
	unsigned reg = operation == (BPF_JMP | BPF_JSET | BPF_K) ? ASKED
		: operation == (BPF_JMP | BPF_JEQ | BPF_K)	 ? SCRATCH
								 : DEVICE;

	w->code[w->at] = INSTRUCTION((uint8_t)operation, reg & 0xf, 0,
		(int16_t)(to - w->at - 1), (int32_t)value);
	if (operation == (BPF_JMP | BPF_JA))
		w->code[w->at].dst_reg = 0;
	w->at++;
}

#define IF_ASKED (BPF_JMP | BPF_JSET | BPF_K)
#define IF_DEVICE (BPF_JMP32 | BPF_JEQ | BPF_K)
#define IF_SCRATCH (BPF_JMP | BPF_JEQ | BPF_K)
#define ALWAYS (BPF_JMP | BPF_JA)

static void write_rules(
	struct writer *w, const struct rule *rules, unsigned count, bool block)
{
	for (unsigned i = 0; i < count; i++)
		if (rules[i].block == block)
			jump(w, IF_DEVICE,
				rules[i].read_only ? w->plan.allow_read
						   : w->plan.allow,
				rules[i].number);
}

static bool has_read_only(const struct rule *rules, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (rules[i].read_only)
			return true;
	return false;
}

/* The kernel wants no instruction that is never reached. */
static void write_code(
	struct writer *w, const struct rule *rules, unsigned count)
{
	w->at = 0;
	copy(w, head, sizeof(head) / sizeof(*head));
	jump(w, IF_ASKED, w->plan.deny, ACCESS(BPF_DEVCG_ACC_MKNOD));
	jump(w, IF_ASKED, w->plan.blocks, BPF_DEVCG_DEV_BLOCK);
	for (unsigned i = 0; i < NODES; i++)
		jump(w, IF_DEVICE, w->plan.allow,
			NUMBER(nodes[i].major, nodes[i].minor));
	jump(w, IF_DEVICE, w->plan.allow, NUMBER(5, 2)); /* ptmx */
	write_rules(w, rules, count, false);
	copy(w, pts, sizeof(pts) / sizeof(*pts));
	jump(w, IF_SCRATCH, w->plan.allow, NUMBER(PTS_FIRST, 0) >> PTS_BITS);
	jump(w, ALWAYS, w->plan.deny, 0);
	w->plan.blocks = w->at;
	write_rules(w, rules, count, true);
	jump(w, ALWAYS, w->plan.deny, 0);
	w->plan.allow_read = w->at;
	if (has_read_only(rules, count))
		jump(w, IF_ASKED, w->plan.deny, ACCESS(BPF_DEVCG_ACC_WRITE));
	w->plan.allow = w->at;
	w->plan.deny = w->at + 2;
	copy(w, answers, sizeof(answers) / sizeof(*answers));
}

/* Twice: the first time finds where to jump to. */
static unsigned write_filter(
	struct bpf_insn *code, const struct rule *rules, unsigned count)
{
	struct writer w = {.code = code};

	write_code(&w, rules, count);
	write_code(&w, rules, count);
	return w.at;
}

static int bpf(unsigned command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int attach(
	int group, const struct bpf_insn *code, unsigned count, unsigned flags)
{
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = count,
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "MIT"};
	union bpf_attr order = {.target_fd = (uint32_t)group,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = flags};
	int program = bpf(BPF_PROG_LOAD, &load);
	int done;
	int error;

	if (program < 0)
		return -1;
	order.attach_bpf_fd = (uint32_t)program;
	done = bpf(BPF_PROG_ATTACH, &order);
	error = errno;
	close(program);
	errno = error;
	return done;
}

int access_attach(int group, const struct access *access)
{
	return attach(group, access->code, access->code_count, 0);
}

/* All may be opened, and made. */
static int attach_none(int group)
{
	static const struct bpf_insn code[] = {ANSWER(1)};

	return attach(group, code, sizeof(code) / sizeof(*code), 0);
}

int sandbox_limit_devices(int services)
{
	struct bpf_insn code[CODE_FIXED];
	unsigned count = write_filter(code, NULL, 0);

	return attach(services, code, count, BPF_F_ALLOW_OVERRIDE);
}

void access_add(
	struct access *access, uint32_t mode, uint64_t number, bool read_only)
{
	bool block = S_ISBLK(mode);

	if ((!block && !S_ISCHR(mode)) || access->rule_count == RULES_MOST)
		return;
	access->rules[access->rule_count++] = (struct rule){
		NUMBER(major(number), minor(number)), block, read_only};
}

static void add_path(struct access *access, const char *path, bool read_only)
{
	struct stat status;

	if (lstat(path, &status) == 0)
		access_add(access, status.st_mode, status.st_rdev, read_only);
}

void access_make(struct access *access, const struct table *table,
	const struct service *service)
{
	const struct list *list = &service->mounts;
	const struct mount_entry *mounts = table_pointer(table, list->at);
	char path[64];
	const char *tty = tty_path(table, service, path, sizeof(path));

	if (*tty)
		add_path(access, tty, false);
	for (uint32_t i = 0; i < list->count; i++)
		if (mounts[i].kind == MOUNT_BIND ||
			mounts[i].kind == MOUNT_BIND_RO)
			add_path(access, table_string(table, mounts[i].host),
				mounts[i].kind == MOUNT_BIND_RO);
	access->code_count =
		write_filter(access->code, access->rules, access->rule_count);
}

static int limit(struct build *b)
{
	if (!b->service->isolated)
		return attach_none(b->group);
	if (!b->access && b->tty < 0 && !b->binds_device)
		return 0;
	if (!b->access)
		b->access =
			mmap(NULL, sizeof(*b->access), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->access == MAP_FAILED)
		return -1;
	access_make(b->access, b->table, b->service);
	return access_attach(b->group, b->access);
}

/* A kernel without filters has none for "svc" either, which was said at boot:
 * only who names devices waits for a better one. */
int devices_limit(struct build *b)
{
	if (b->group < 0 || limit(b) == 0)
		return 0;
	if (b->service->devices.count ||
		(errno != ENOSYS && errno != EINVAL && errno != EPERM))
		return -1;
	return 0;
}
