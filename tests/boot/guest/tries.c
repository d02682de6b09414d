/* The attempts that are more than one system call, what they are made at, and
 * the host as the judge compares it.
 */
#include "attempts.h"

#include "control/protocol.h"
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/if_packet.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define FOUND(meaning) (1 + (meaning))
#define PORT 5099 /* of the host's loopback: outer listens there */
#define EVERYWHERE 5098 /* of all addresses of outer and neighbour */
#define THINGS "/run/things" /* what neighbour offers */

static long opened(const char *path, int flags)
{
	return result_of(open(path, flags | O_CLOEXEC));
}

static long written(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : write(fd, text, strlen(text));

	return result_of(count < 0 ? -1 : 0);
}

/* --- processes ------------------------------------------------------------ */

static long read_memory(void)
{
	char here[8];
	struct iovec local = {here, sizeof(here)};
	struct iovec remote = {(void *)(uintptr_t)&deed_attempts, 8};

	return result_of(process_vm_readv(1, &local, 1, &remote, 1, 0));
}

static long write_memory(void)
{
	char here[8] = "";
	struct iovec local = {here, sizeof(here)};
	struct iovec remote = {(void *)(uintptr_t)here, 8};

	return result_of(process_vm_writev(1, &local, 1, &remote, 1, 0));
}

static int reaper_fd(void)
{
	return (int)syscall(SYS_pidfd_open, 1, 0);
}

static long take_descriptor(void)
{
	return result_of(syscall(SYS_pidfd_getfd, reaper_fd(), 0, 0));
}

static long advise(void)
{
	char here[8];
	struct iovec remote = {here, sizeof(here)};

	return result_of(
		syscall(SYS_process_madvise, reaper_fd(), &remote, 1, 20, 0));
}

static long enter(void)
{
	return result_of(setns(reaper_fd(), CLONE_NEWNS | CLONE_NEWUSER));
}

static long enter_own(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : result_of(setns(fd, 0));
}

/* All that it might be asked to end by; from inside none of it counts. */
static long kill_one(void)
{
	static const int all[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGTERM, SIGINT};

	if (!has_own_pids())
		return result_of(kill(1, SIGCONT));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (kill(1, all[i]) < 0)
			return -errno;
	return kill(1, 0) < 0 ? FOUND(OUT) : 0;
}

/* The neighbour has not asked for it and would die. */
static long kill_all(void)
{
	return result_of(kill(-1, geteuid() || has_own_pids() ? SIGUSR1 : 0));
}

static long own_signal(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	signal(SIGIO, SIG_IGN);
	if (fcntl(ends[0], F_SETOWN, 1) < 0 || fcntl(ends[0], F_SETFL, O_ASYNC))
		return -errno;
	return write(ends[1], "", 1) < 0 ? -errno : 0;
}

static long spare_itself(void)
{
	return written("/proc/self/oom_score_adj", "-1000");
}

static long lock_memory(void)
{
	void *at = mmap(
		NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result_of(mlock(at, 64 << 20));
}

static long queue_signals(void)
{
	const union sigval value = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (long i = 0; i < 200000; i++)
		if (sigqueue(getpid(), SIGRTMIN, value) < 0)
			return errno == EAGAIN ? 0 : -errno;
	return FOUND(OUT);
}

static long run_with(int fd, const char *path, const char *const *words)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		syscall(SYS_execveat, fd, path, words, environ, AT_EMPTY_PATH);
		_exit(100 + (errno & 63));
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) > 100 ? 100 - WEXITSTATUS(status)
					 : WEXITSTATUS(status);
}

static unsigned long long capabilities(const char *path)
{
	char text[8192];
	const char *at = strstr(slurp(path, text, sizeof(text)), "CapEff:\t");

	return at ? strtoull(at + 8, NULL, 16) : ~0ULL;
}

/* 0: nobody else, and nothing more, than its parent. */
int who_am_i(char **words)
{
	char path[64];
	unsigned long long parents;

	(void)words;
	snprintf(path, sizeof(path), "/proc/%d/status", getppid());
	parents = capabilities(path);
	return geteuid() != getuid() || getegid() != getgid() ||
		(capabilities("/proc/self/status") & ~parents);
}

static long run_setuid(void)
{
	const char *const words[] = {"setuid", "who-am-i", NULL};
	long got = run_with(AT_FDCWD, "/test/setuid", words);

	return got > 0 ? FOUND(OUT) : got;
}

static long run_from_memory(void)
{
	const char *const words[] = {"memory", "exit", "0", NULL};
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = memfd_create("program", MFD_CLOEXEC);
	char part[4096];
	ssize_t got;

	while ((got = read(from, part, sizeof(part))) > 0)
		if (write(to, part, (size_t)got) != got)
			return -EIO;
	return run_with(to, "", words);
}

/* What a core_pattern of its own would have run as the host's root. */
static long crash(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (chdir("/tmp") == 0)
			kill(getpid(), SIGSEGV);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WCOREDUMP(status) || access("/tmp/core", F_OK) == 0 ? FOUND(OUT)
								   : 0;
}

/* --- mounts and files ----------------------------------------------------- */

static unsigned entries(const char *folder, bool (*counts)(const char *))
{
	DIR *all = opendir(folder);
	const struct dirent *entry;
	unsigned count = 0;

	while (all && (entry = readdir(all)) != NULL)
		count += counts(entry->d_name);
	if (all)
		closedir(all);
	return count;
}

static bool is_number(const char *name)
{
	return strspn(name, "0123456789") == strlen(name);
}

static bool is_interface(const char *name)
{
	return *name != '.' && strcmp(name, "lo") != 0;
}

/* What stands below the service's own is the template's: empty namespaces. */
static long uncover(
	const char *path, const char *folder, bool (*counts)(const char *))
{
	unsigned layers = 0;

	while (layers < 8 && umount2(path, MNT_DETACH) == 0) {
		layers++;
		if (entries(folder, counts) > 0)
			return FOUND(OUT);
	}
	return layers ? FOUND(NOTHING) : -errno;
}

static long uncover_proc(void)
{
	return uncover("/proc", "/proc", is_number);
}

static long uncover_sys(void)
{
	return uncover("/sys", "/sys/class/net", is_interface);
}

static bool is_outers(const char *name)
{
	return strncmp(name, "outer", 5) == 0 || strcmp(name, "bulkhead") == 0;
}

static long uncover_tmp(void)
{
	return uncover("/tmp", "/tmp", is_outers);
}

static long uncover_run(void)
{
	return uncover("/run", "/run", is_outers);
}

/* The old way out of an inside that was made without pivot_root. */
static long leave_root(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (umount2("/", MNT_DETACH) < 0 || setns(fd, CLONE_NEWNS) < 0)
		return -errno;
	return access("/tmp/outer.socket", F_OK) == 0 ? FOUND(OUT) : 0;
}

static long leaked(void)
{
	struct stat about;

	for (int fd = 3; fd < 1024; fd++)
		if (fstat(fd, &about) == 0)
			return FOUND(OUT);
	return FOUND(NOTHING);
}

static long working_folder(void)
{
	char path[4096];
	struct stat here;
	struct stat root;

	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return -errno;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0 || path[0] != '/')
		return FOUND(OUT);
	return stat(".", &here) == 0 && stat("/", &root) == 0 &&
			here.st_ino == root.st_ino && here.st_dev == root.st_dev
		? FOUND(NOTHING)
		: FOUND(OUT);
}

static unsigned long writable;
static unsigned long own;

/* What belongs to an ipc or pid namespace is the service's as long as that is:
 * the host's can be opened by nobody but root. */
static bool is_own(const char *path)
{
	static const char *const all[] = {"/fs/mqueue/", "/kernel/auto_msgmni",
		"/kernel/msgm", "/kernel/sem", "/kernel/shm",
		"/kernel/ns_last_pid"};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strstr(path, all[i]))
			return true;
	return false;
}

static int count_writable(
	const char *path, const struct stat *about, int flag, struct FTW *where)
{
	/* what is its network's, or its user's quota, is its own */
	if (strstr(path, "/sys/net/") || flag != FTW_F ||
		!(about->st_mode & 0222) || where->level == 0)
		return 0;
	if (opened(path, O_WRONLY) != 0)
		return 0;
	own += is_own(path);
	writable += !is_own(path);
	return 0;
}

static long write_below(const char *const *folders)
{
	writable = own = 0;
	for (; *folders; folders++)
		nftw(*folders, count_writable, 8, FTW_PHYS | FTW_MOUNT);
	if (writable)
		return FOUND(OUT);
	return own ? FOUND(OWN) : FOUND(NOTHING);
}

static long see_debug(void)
{
	return entries("/sys/kernel/debug", is_interface) ? FOUND(OUT)
							  : FOUND(NOTHING);
}

static long make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	unlink(path);
	return 0;
}

static long make_shared(void)
{
	return make_file("/test/share/mine");
}

static long make_mine(void)
{
	return make_file("/mnt/mine");
}

static long make_state(void)
{
	return make_file("/var/lib/mine/mine");
}

static long make_offered(void)
{
	return make_file("/run/mine/mine");
}

static long make_used(void)
{
	return make_file("/run/neighbour.things/mine");
}

/* 0: it is there, as the flags want it. */
static long open_credential(int flags)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[256];

	if (!folder)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/mine", folder);
	return opened(path, flags);
}

static long read_credential(void)
{
	return open_credential(O_RDONLY);
}

static long write_credential(void)
{
	return open_credential(O_WRONLY);
}

static bool is_outers_memory(const char *name)
{
	return strcmp(name, "outer") == 0;
}

static long see_memory(void)
{
	return entries("/dev/shm", is_outers_memory) ? FOUND(OUT)
						     : FOUND(NOTHING);
}

static long write_settings(void)
{
	return write_below((const char *const[]){"/proc/sys", NULL});
}

static long write_sys(void)
{
	return write_below((const char *const[]){
		"/sys/kernel", "/sys/power", "/sys/devices/system", NULL});
}

static long write_group(void)
{
	return write_below((const char *const[]){"/sys/fs/cgroup", NULL});
}

/* To end a neighbour by it would take one byte. */
static long open_neighbours_group(void)
{
	DIR *all = opendir("/sys/fs/cgroup/svc");
	const struct dirent *entry;
	char path[300] = "/sys/fs/cgroup/svc/none";

	while (all && (entry = readdir(all)) != NULL)
		if (strncmp(entry->d_name, "neighbour.", 10) == 0)
			snprintf(path, sizeof(path),
				"/sys/fs/cgroup/svc/%s/cgroup.kill",
				entry->d_name);
	if (all)
		closedir(all);
	return opened(path, O_WRONLY);
}

static long make_group(void)
{
	return result_of(mkdir("/sys/fs/cgroup/inner", 0700));
}

/* --- the terminal --------------------------------------------------------- */

static long type(int request, const char *what)
{
	int fd = open("/dev/console", O_RDWR | O_CLOEXEC);

	return result_of(ioctl(fd < 0 ? 0 : fd, request, what));
}

static long type_ahead(void)
{
	return type((int)TIOCSTI, "x");
}

static long type_virtual(void)
{
	return type(TIOCLINUX, "\3");
}

/* --- keys ----------------------------------------------------------------- */

static long read_key(void)
{
	char text[32];
	long id = number(slurp(KEY_FILE, text, sizeof(text)), -1);

	return result_of(
		syscall(SYS_keyctl, KEYCTL_READ, id, text, sizeof(text), 0));
}

static long find_key(void)
{
	return result_of(syscall(SYS_keyctl, KEYCTL_SEARCH,
		KEY_SPEC_USER_KEYRING, "user", "outer", 0));
}

static long request(void)
{
	return result_of(
		syscall(SYS_request_key, "user", "asked", "call out", 0));
}

static long list_keys(void)
{
	char text[8192];

	return strstr(slurp("/proc/keys", text, sizeof(text)), "outer")
		? FOUND(OUT)
		: FOUND(NOTHING);
}

static long hoard_keys(void)
{
	for (int i = 0; i < 3000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "key-%d", i);
		if (syscall(SYS_add_key, "user", name, name, sizeof(name),
			    KEY_SPEC_PROCESS_KEYRING) < 0)
			return errno == EDQUOT ? 0 : -errno;
	}
	return FOUND(OUT);
}

/* --- objects of others ---------------------------------------------------- */

static long others_memory(void)
{
	return result_of(shmget(SHARED_KEY, 0, 0));
}

static long others_semaphore(void)
{
	return result_of(semget(SHARED_KEY, 0, 0));
}

static long others_messages(void)
{
	return result_of(msgget(SHARED_KEY, 0));
}

static long others_queue(void)
{
	return result_of(syscall(SYS_mq_open, SHARED_QUEUE, O_RDONLY, 0, 0));
}

static long connect_to(const char *name, size_t length, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, length);
	return result_of(connect(fd, (const void *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)));
}

static long others_abstract(void)
{
	return connect_to(
		"\0" SHARED_SOCKET, sizeof(SHARED_SOCKET), SOCK_STREAM);
}

static long used_socket(void)
{
	return connect_to("/run/neighbour.things/socket",
		sizeof("/run/neighbour.things/socket"), SOCK_STREAM);
}

/* A whole request: to start what is down. An init that hears it answers. */
/* A question that root of the host would be answered: what is refused is the
 * right to ask it. Whom init turns away at once it has answered all the same.
 */
static long ask_init(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = CONTROL_PATH};
	static const struct control_request wish = {.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.op = CONTROL_START,
		.name = "unwanted"};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct control_reply answer;
	unsigned resets = 0;
	ssize_t size;

	if (connect(fd, (const void *)&address, sizeof(address)) < 0)
		return -errno;
	if (send(fd, &wish, sizeof(wish), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
		errno != ECONNRESET)
		return -errno;
	do
		size = read(fd, &answer, sizeof(answer));
	while (size < 0 && errno == ECONNRESET && !resets++);
	if (size != sizeof(answer))
		return -EPROTO;
	if (answer.result == CONTROL_DONE)
		return FOUND(OUT);
	return answer.result == CONTROL_REFUSED ? -EPERM : -EPROTO;
}

static long ask_initctl(void)
{
	return opened("/run/initctl", O_WRONLY | O_NONBLOCK);
}

/* --- network -------------------------------------------------------------- */

/* Only the host has a bridge. */
static long see_interfaces(void)
{
	struct if_nameindex *all = if_nameindex();
	long result = FOUND(NOTHING);

	for (const struct if_nameindex *at = all; at && at->if_index; at++) {
		if (strcmp(at->if_name, "br0") == 0)
			return FOUND(OUT);
		if (strcmp(at->if_name, "lo") != 0)
			result = FOUND(OWN);
	}
	return result;
}

static long switch_interface(const char *name, short flags)
{
	struct ifreq wish = {.ifr_flags = flags};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(wish.ifr_name, name);
	return result_of(ioctl(fd, SIOCSIFFLAGS, &wish));
}

static long switch_off(void)
{
	return switch_interface("lo", 0);
}

static long switch_eth0(void)
{
	return switch_interface("eth0", IFF_UP);
}

static long bind_netlink(int protocol, unsigned group)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = group};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	return result_of(bind(fd, (const void *)&address, sizeof(address)));
}

static long hear_uevents(void)
{
	return bind_netlink(NETLINK_KOBJECT_UEVENT, 1);
}

static long hear_audit(void)
{
	return bind_netlink(NETLINK_AUDIT, 1);
}

/* A route to nowhere, as a whole message. */
static long add_route(void)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
	} wish = {{sizeof(wish), RTM_NEWROUTE,
			  NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0},
		{.rtm_family = AF_INET,
			.rtm_table = RT_TABLE_MAIN,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_type = RTN_BLACKHOLE}};

	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[256];
	} answer;

	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (write(fd, &wish, sizeof(wish)) < 0 ||
		read(fd, &answer, sizeof(answer)) < 0)
		return -errno;
	return answer.error.error;
}

static long raw_socket(void)
{
	return result_of(
		socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static long packet_socket(void)
{
	return result_of(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(3)));
}

/* An unknown family: the kernel would load a module for it. */
static long load_by_family(void)
{
	return result_of(socket(AF_AX25, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static long load_by_interface(void)
{
	struct ifreq wish = {.ifr_name = "sit0"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return result_of(ioctl(fd, SIOCGIFFLAGS, &wish));
}

static long filter_packets(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char table[1024] = "filter";
	socklen_t size = sizeof(table);

	return result_of(getsockopt(fd, IPPROTO_IP, 64, table, &size));
}

static long connect_port(in_addr_t where, unsigned short port)
{
	static const struct timeval patience = {.tv_sec = 2};
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(where)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return result_of(connect(fd, (const void *)&address, sizeof(address)));
}

static long others_port(void)
{
	return connect_port(INADDR_LOOPBACK, PORT);
}

static long host_on_bridge(void)
{
	return connect_port(0x0a000001, EVERYWHERE);
}

static long neighbour_on_bridge(void)
{
	return connect_port(0x0a000002, EVERYWHERE);
}

static long host_on_pair(void)
{
	return connect_port(0x0a030001, EVERYWHERE);
}

static long host_on_wire(void)
{
	return connect_port(0x0a090001, EVERYWHERE);
}

static long low_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(81)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result_of(bind(fd, (const void *)&address, sizeof(address)));
}

static long force_buffer(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int size = 64 << 20;

	return result_of(setsockopt(
		fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
}

/* --- clocks --------------------------------------------------------------- */

static long wake_machine(void)
{
	return result_of(timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_CLOEXEC));
}

/* --- what there is only so much of ---------------------------------------- */

static long hoard_descriptors(void)
{
	for (int i = 0; i < 10000; i++)
		if (dup(0) < 0)
			return errno == EMFILE ? 0 : -errno;
	return FOUND(OUT);
}

static long hoard_watches(void)
{
	for (int i = 0; i < 1000; i++)
		if (inotify_init1(IN_CLOEXEC) < 0)
			return errno == EMFILE ? 0 : -errno;
	return FOUND(OUT);
}

static long fill(const char *folder)
{
	static char block[1 << 16];
	char path[64];
	long result = FOUND(OUT);
	int fd;

	snprintf(path, sizeof(path), "%s/fill", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (int i = 0; i < 1024 && result == FOUND(OUT); i++)
		if (write(fd, block, sizeof(block)) < 0)
			result = errno == ENOSPC ? 0 : -errno;
	unlink(path);
	return result;
}

static long fill_tmp(void)
{
	return fill("/tmp");
}

static long fill_shm(void)
{
	return fill("/dev/shm");
}

static long hoard_tasks(void)
{
	long result = FOUND(OUT);
	int count = 0;
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	for (; count < 5000; count++) {
		pid_t child = fork();

		if (child < 0) {
			result = errno == EAGAIN ? 0 : -errno;
			break;
		}
		if (child == 0) {
			close(ends[1]);
			_exit(read(ends[0], &byte, 1) < 0);
		}
	}
	close(ends[1]);
	while (wait(NULL) > 0)
		;
	return result;
}

#define DEED(text, function, meaning) \
	{ \
		.name = text, .run = function, .means = meaning \
	}

static const struct attempt deeds[] = {
	DEED("process_vm_readv of 1", read_memory, OUT),
	DEED("process_vm_writev of 1", write_memory, OUT),
	DEED("pidfd_getfd of 1", take_descriptor, OUT),
	DEED("process_madvise of 1", advise, OUT),
	DEED("setns to 1", enter, OUT),
	DEED("setns to its own", enter_own, OWN),
	DEED("signals to 1", kill_one, OWN),
	DEED("a signal to all", kill_all, OWN),
	DEED("SIGIO to 1", own_signal, OWN),
	DEED("oom_score_adj -1000", spare_itself, OUT),
	DEED("lock 64 MiB", lock_memory, OUT),
	DEED("a set-user-id program", run_setuid, OWN),
	DEED("a program from memory", run_from_memory, OWN),
	DEED("crash", crash, OWN),
	DEED("make a file in /test/share", make_shared, OUT),
	DEED("make a file in /mnt", make_mine, OWN),
	DEED("make a file in /var/lib/mine", make_state, OWN),
	DEED("make a file in /run/mine", make_offered, OWN),
	DEED("make a file in what others offer", make_used, OUT),
	DEED("read a credential", read_credential, OWN),
	DEED("write a credential", write_credential, OUT),
	DEED("leave the root", leave_root, OWN),
	DEED("make a group", make_group, OUT),
	DEED("the group of a neighbour", open_neighbours_group, OUT),
	DEED("type into the console", type_ahead, OUT),
	DEED("paste into the console", type_virtual, OUT),
	DEED("read a key of the host", read_key, OUT),
	DEED("search the user's keys", find_key, OUT),
	DEED("request a key", request, OUT),
	DEED("shared memory of others", others_memory, OUT),
	DEED("semaphores of others", others_semaphore, OUT),
	DEED("messages of others", others_messages, OUT),
	DEED("message queue of others", others_queue, OUT),
	DEED("abstract socket of others", others_abstract, OUT),
	DEED("a socket that others offer", used_socket, OUT),
	DEED("port of others", others_port, OUT),
	DEED("the host at 10.0.0.1, a bridge", host_on_bridge, OUT),
	DEED("a neighbour at 10.0.0.2, there", neighbour_on_bridge, OUT),
	DEED("the host at 10.3.0.1, a pair", host_on_pair, OUT),
	DEED("the host at 10.9.0.1, a wire", host_on_wire, OUT),
	DEED("init's control socket", ask_init, OUT),
	DEED("init's fifo", ask_initctl, OUT),
	DEED("switch lo off", switch_off, OWN),
	DEED("switch eth0", switch_eth0, OUT),
	DEED("add a route", add_route, OWN),
	DEED("hear uevents", hear_uevents, OWN),
	DEED("hear audit", hear_audit, OUT),
	DEED("raw socket", raw_socket, OWN),
	DEED("packet socket", packet_socket, OWN),
	DEED("load a module by family", load_by_family, OUT),
	DEED("load a module by interface", load_by_interface, OUT),
	DEED("packet filter", filter_packets, OUT),
	DEED("port 81", low_port, OWN),
	DEED("a buffer of 64 MiB", force_buffer, OUT),
	DEED("wake the machine", wake_machine, OUT),
	DEED("all signals", queue_signals, HELD),
	DEED("all keys", hoard_keys, HELD),
	DEED("all descriptors", hoard_descriptors, HELD),
	DEED("all watches", hoard_watches, HELD),
	DEED("all of /tmp", fill_tmp, HELD),
	DEED("all of /dev/shm", fill_shm, HELD),
	DEED("all tasks", hoard_tasks, HELD),
};

const struct attempts deed_attempts = {deeds, sizeof(deeds) / sizeof(*deeds)};

/* --- looking around ------------------------------------------------------- */

/* Processes that are neither its reaper, nor itself, nor its children. */
static long see_processes(void)
{
	unsigned count = entries("/proc", is_number);

	return count > 3 ? FOUND(OUT) : FOUND(NOTHING);
}

/* The last refusal, where there is one to trace. */
static long trace_others(void)
{
	DIR *all = opendir("/proc");
	const struct dirent *entry;
	long result = FOUND(NOTHING);

	while (all && result != 0 && (entry = readdir(all)) != NULL) {
		long pid = is_number(entry->d_name)
			? strtol(entry->d_name, NULL, 10)
			: 1;

		if (pid != 1 && pid != getpid() && pid != getppid())
			result = result_of(
				syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0));
	}
	if (all)
		closedir(all);
	return result;
}

static long see_files(void)
{
	return access(KEY_FILE, W_OK) == 0 ? FOUND(OUT) : FOUND(NOTHING);
}

static const struct attempt looks[] = {
	DEED("descriptors left open", leaked, NOTHING),
	DEED("a folder above the root", working_folder, NOTHING),
	DEED("processes of others", see_processes, NOTHING),
	DEED("trace processes of others", trace_others, OUT),
	DEED("interfaces of others", see_interfaces, NOTHING),
	DEED("keys of others", list_keys, NOTHING),
	DEED("files of others to write", see_files, NOTHING),
	DEED("files of others in /dev/shm", see_memory, NOTHING),
	DEED("the kernel's debugging", see_debug, NOTHING),
	DEED("settings to write", write_settings, NOTHING),
	DEED("/sys to write", write_sys, NOTHING),
	DEED("its group to write", write_group, NOTHING),
	DEED("below /sys", uncover_sys, NOTHING),
	DEED("below /tmp", uncover_tmp, NOTHING),
	DEED("below /run", uncover_run, NOTHING),
	DEED("below /proc", uncover_proc, NOTHING),
};

const struct attempts look_attempts = {looks, sizeof(looks) / sizeof(*looks)};

/* --- what they are made at ------------------------------------------------ */

static void listen_abstract(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, "\0" SHARED_SOCKET, sizeof(SHARED_SOCKET));
	if (bind(fd, (const void *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    sizeof(SHARED_SOCKET))) == 0)
		listen(fd, 8);
}

static void listen_port(in_addr_t where, unsigned short port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(where)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const void *)&address, sizeof(address)) == 0)
		listen(fd, 64);
}

static void listen_offered(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = THINGS "/socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const void *)&address, sizeof(address)) == 0)
		listen(fd, 64);
}

/* One of each kind, under the names that the attempts use. Then it answers at
 * /tmp/socket, as the neighbour whose latency is measured. */
int hold_shared(char **words)
{
	char path[64];
	long key = syscall(SYS_add_key, "user", "outer", "secret", 6,
		KEY_SPEC_USER_KEYRING);

	shmget(SHARED_KEY, 4096, IPC_CREAT | 0666);
	semget(SHARED_KEY, 1, IPC_CREAT | 0666);
	msgget(SHARED_KEY, IPC_CREAT | 0666);
	syscall(SYS_mq_open, SHARED_QUEUE, O_RDWR | O_CREAT, 0666, NULL);
	listen_abstract();
	listen_port(INADDR_LOOPBACK, PORT);
	listen_port(INADDR_ANY, EVERYWHERE);
	listen_offered();
	if (strcmp(words[0], "outer") == 0) {
		put_file(KEY_FILE, "%ld\n", key);
		put_file("/dev/shm/outer", "%ld\n", key);
	}
	snprintf(path, sizeof(path), "/tmp/%s.socket", words[0]);
	say_done("holding\n");
	return serve_unix((char *[]){path, words[0], NULL});
}

/* --- the host, before and after ------------------------------------------- */

static int print_setting(
	const char *path, const struct stat *about, int flag, struct FTW *where)
{
	static const char *const moving[] = {"/random/", "/ns_last_pid",
		"dentry-state", "file-nr", "inode-nr", "inode-state", "/pty/nr",
		"/netdev_rss_key", "/aio-nr", "stat_refresh", "_cost",
		"/nf_conntrack_count", "/user_events"};
	char text[512];

	(void)where;
	if (flag != FTW_F || !(about->st_mode & 0444))
		return 0;
	for (size_t i = 0; i < sizeof(moving) / sizeof(*moving); i++)
		if (strstr(path, moving[i]))
			return 0;
	slurp(path, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	printf("%s %s\n", path, text);
	return 0;
}

static void print_file_of(const char *path, const char *end)
{
	static char text[1 << 16];
	char *next = text;
	char *line;

	slurp(path, text, sizeof(text));
	while ((line = strsep(&next, "\n")) != NULL)
		if (*line)
			printf("%s %.*s\n", path, (int)strcspn(line, end),
				line);
}

/* How far the wall clock is ahead of the one that nobody sets, in hours. */
static long wall(void)
{
	struct timespec real;
	struct timespec boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) / 3600;
}

int show_host(char **words)
{
	static const char *const whole[] = {"/proc/1/mounts", "/proc/1/cgroup",
		"/proc/1/oom_score_adj", "/proc/1/limits", "/proc/swaps",
		"/proc/net/route", "/proc/net/if_inet6",
		"/sys/kernel/uevent_helper", "/sys/class/net/eth0/flags",
		"/sys/class/net/lo/flags", "/etc/passwd", NULL};

	(void)words;
	for (const char *const *at = whole; *at; at++)
		print_file_of(*at, "");
	print_file_of("/proc/modules", " ");
	nftw("/proc/sys", print_setting, 8, FTW_PHYS);
	printf("wall clock %ld\n", wall());
	printf("init's nice value %d\n", getpriority(PRIO_PROCESS, 1));
	printf("root's folder %u\n", entries("/", is_interface));
	return 0;
}
