/* base/kernel.h against the kernel's own headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/kernel.h"
#include "table/table.h"
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/in6.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/netfilter_ipv4.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <sys/stat.h>

#define AGREES(name) assert_true((uint64_t)(K_##name) == (uint64_t)(name))

#define PART_AGREES(ours, theirs, part) \
	do { \
		assert_int_equal(offsetof(struct ours, part), \
			offsetof(struct theirs, part)); \
		assert_int_equal(sizeof(((struct ours *)0)->part), \
			sizeof(((struct theirs *)0)->part)); \
	} while (0)

static void clones(void **state)
{
	(void)state;
	AGREES(CLONE_NEWTIME);
	AGREES(CLONE_PIDFD);
	AGREES(CLONE_PARENT);
	AGREES(CLONE_NEWNS);
	AGREES(CLONE_PARENT_SETTID);
	AGREES(CLONE_NEWCGROUP);
	AGREES(CLONE_NEWUTS);
	AGREES(CLONE_NEWIPC);
	AGREES(CLONE_NEWUSER);
	AGREES(CLONE_NEWPID);
	AGREES(CLONE_NEWNET);
	AGREES(CLONE_CLEAR_SIGHAND);
	AGREES(CLONE_INTO_CGROUP);
	assert_int_equal(
		sizeof(struct kernel_clone_args), CLONE_ARGS_SIZE_VER2);
	PART_AGREES(kernel_clone_args, clone_args, flags);
	PART_AGREES(kernel_clone_args, clone_args, pidfd);
	PART_AGREES(kernel_clone_args, clone_args, child_tid);
	PART_AGREES(kernel_clone_args, clone_args, parent_tid);
	PART_AGREES(kernel_clone_args, clone_args, exit_signal);
	PART_AGREES(kernel_clone_args, clone_args, stack);
	PART_AGREES(kernel_clone_args, clone_args, stack_size);
	PART_AGREES(kernel_clone_args, clone_args, tls);
	PART_AGREES(kernel_clone_args, clone_args, set_tid);
	PART_AGREES(kernel_clone_args, clone_args, set_tid_size);
	PART_AGREES(kernel_clone_args, clone_args, cgroup);
}

static void mounts(void **state)
{
	(void)state;
	AGREES(OPEN_TREE_CLONE);
	AGREES(OPEN_TREE_CLOEXEC);
	AGREES(MOVE_MOUNT_F_EMPTY_PATH);
	AGREES(MOVE_MOUNT_T_EMPTY_PATH);
	AGREES(FSOPEN_CLOEXEC);
	AGREES(FSMOUNT_CLOEXEC);
	AGREES(FSCONFIG_SET_FLAG);
	AGREES(FSCONFIG_SET_STRING);
	AGREES(FSCONFIG_CMD_CREATE);
	AGREES(MOUNT_ATTR_RDONLY);
	AGREES(MOUNT_ATTR_NOSUID);
	AGREES(MOUNT_ATTR_NODEV);
	AGREES(MOUNT_ATTR_NOEXEC);
	AGREES(MOUNT_ATTR_IDMAP);
	AGREES(AT_EMPTY_PATH);
	AGREES(AT_RECURSIVE);
	assert_int_equal(
		sizeof(struct kernel_mount_attr), MOUNT_ATTR_SIZE_VER0);
	PART_AGREES(kernel_mount_attr, mount_attr, attr_set);
	PART_AGREES(kernel_mount_attr, mount_attr, attr_clr);
	PART_AGREES(kernel_mount_attr, mount_attr, propagation);
	PART_AGREES(kernel_mount_attr, mount_attr, userns_fd);
}

static void filters(void **state)
{
	(void)state;
	AGREES(SECCOMP_RET_KILL_PROCESS);
	AGREES(SECCOMP_RET_ALLOW);
	AGREES(AUDIT_ARCH_X86_64);
	AGREES(AUDIT_ARCH_AARCH64);
	assert_int_equal(K_SECCOMP_NUMBER, offsetof(struct seccomp_data, nr));
	assert_int_equal(K_SECCOMP_ARCH, offsetof(struct seccomp_data, arch));
	assert_int_equal(K_SECCOMP_FIRST, offsetof(struct seccomp_data, args));
	assert_int_equal(K_BPF_LOAD_WORD, BPF_LD | BPF_W | BPF_ABS);
	assert_int_equal(K_BPF_JUMP_EQUAL, BPF_JMP | BPF_JEQ | BPF_K);
	assert_int_equal(K_BPF_RETURN, BPF_RET | BPF_K);
	assert_int_equal(
		sizeof(struct kernel_filter_row), sizeof(struct sock_filter));
	PART_AGREES(kernel_filter_row, sock_filter, code);
	AGREES(IPV6_FREEBIND);
	AGREES(NF_INET_PRE_ROUTING);
	AGREES(NF_INET_FORWARD);
	AGREES(NF_INET_LOCAL_OUT);
	AGREES(NF_IP_PRI_RAW);
	AGREES(NF_IP_PRI_MANGLE);
	AGREES(NF_IP_PRI_NAT_DST);
}

static void the_rest(void **state)
{
	(void)state;
	AGREES(RESOLVE_NO_MAGICLINKS);
	AGREES(RESOLVE_NO_SYMLINKS);
	AGREES(RESOLVE_IN_ROOT);
	assert_int_equal(
		sizeof(struct kernel_open_how), sizeof(struct open_how));
	PART_AGREES(kernel_open_how, open_how, flags);
	PART_AGREES(kernel_open_how, open_how, mode);
	PART_AGREES(kernel_open_how, open_how, resolve);
	assert_true(K_BIT_SYS_ADMIN == 1ULL << CAP_SYS_ADMIN);
	assert_int_equal(K_CAPABILITY_VERSION_3, _LINUX_CAPABILITY_VERSION_3);
	assert_int_equal(sizeof(struct kernel_cap_header),
		sizeof(struct __user_cap_header_struct));
	assert_int_equal(sizeof(struct kernel_cap_data),
		sizeof(struct __user_cap_data_struct));
	PART_AGREES(kernel_cap_data, __user_cap_data_struct, effective);
	PART_AGREES(kernel_cap_data, __user_cap_data_struct, permitted);
	PART_AGREES(kernel_cap_data, __user_cap_data_struct, inheritable);
	assert_int_equal(K_SYS_QUOTACTL_FD, SYS_quotactl_fd);
	AGREES(STATX_ATTR_MOUNT_ROOT);
	assert_int_equal(sizeof(struct kernel_statx), sizeof(struct statx));
	assert_int_equal(offsetof(struct kernel_statx, attributes),
		offsetof(struct statx, stx_attributes));
	AGREES(PR_SET_DUMPABLE);
	AGREES(PR_SET_KEEPCAPS);
	AGREES(PR_SET_NAME);
	AGREES(PR_SET_SECCOMP);
	AGREES(SECCOMP_MODE_STRICT);
	AGREES(PR_CAPBSET_DROP);
	AGREES(PR_SET_NO_NEW_PRIVS);
	AGREES(PR_CAP_AMBIENT);
	AGREES(PR_CAP_AMBIENT_RAISE);
	AGREES(PR_CAP_AMBIENT_CLEAR_ALL);
	AGREES(KEYCTL_JOIN_SESSION_KEYRING);
	AGREES(FUTEX_WAIT);
	AGREES(FUTEX_WAKE);
	AGREES(FUTEX_32);
	assert_int_equal(K_FUTEX_WAITV_MOST, FUTEX_WAITV_MAX);
	assert_int_equal(K_KCMP_FILE, KCMP_FILE);
	assert_int_equal(K_SYS_FUTEX_WAITV, SYS_futex_waitv);
	assert_int_equal(
		sizeof(struct kernel_futex_wait), sizeof(struct futex_waitv));
	AGREES(SECCOMP_SET_MODE_FILTER);
	assert_int_equal(K_LANDLOCK_VERSION, LANDLOCK_CREATE_RULESET_VERSION);
	assert_int_equal(K_LANDLOCK_PATH, LANDLOCK_RULE_PATH_BENEATH);
	assert_int_equal(K_LANDLOCK_EXECUTE, LANDLOCK_ACCESS_FS_EXECUTE);
	assert_int_equal(K_LANDLOCK_READ_FILE, LANDLOCK_ACCESS_FS_READ_FILE);
	assert_int_equal(K_LANDLOCK_READ_DIR, LANDLOCK_ACCESS_FS_READ_DIR);
	assert_int_equal(
		K_LANDLOCK_FILES_1, (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1);
	assert_int_equal(
		K_LANDLOCK_FILES_2, (LANDLOCK_ACCESS_FS_REFER << 1) - 1);
	assert_int_equal(sizeof(struct kernel_landlock_path),
		sizeof(struct landlock_path_beneath_attr));
	assert_int_equal(
		sizeof(struct kernel_filter), sizeof(struct sock_fprog));
	assert_int_equal(offsetof(struct kernel_filter, code),
		offsetof(struct sock_fprog, filter));
	assert_int_equal(sizeof(struct sock_filter), POLICY_INSTRUCTION);
	assert_int_equal(BPF_MAXINSNS, POLICY_MOST);
}

#define CAPABILITY(constant, name, reach, calls) {#name, CAP_##constant},

/* The number is the place in the list; a capability that is newer than these
 * headers would be missed here, and by nobody else. */
static void capabilities(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} all[] = {

#include "base/capabilities.def"
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(all[i].number, i);
	assert_true(sizeof(all) / sizeof(*all) > CAP_LAST_CAP);
}

static void schedulers(void **state)
{
	(void)state;
	AGREES(SCHED_NORMAL);
	AGREES(SCHED_FIFO);
	AGREES(SCHED_RR);
	AGREES(SCHED_BATCH);
	AGREES(SCHED_IDLE);
	AGREES(SCHED_DEADLINE);
	AGREES(SCHED_FLAG_RESET_ON_FORK);
	assert_int_equal(
		sizeof(struct kernel_sched_attr), SCHED_ATTR_SIZE_VER0);
	PART_AGREES(kernel_sched_attr, sched_attr, size);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_policy);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_flags);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_nice);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_priority);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_runtime);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_deadline);
	PART_AGREES(kernel_sched_attr, sched_attr, sched_period);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(clones),
		cmocka_unit_test(mounts), cmocka_unit_test(filters),
		cmocka_unit_test(the_rest), cmocka_unit_test(capabilities),
		cmocka_unit_test(schedulers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
