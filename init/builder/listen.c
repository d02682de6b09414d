/* Sockets that a service is given: made by its keeper, in the network namespace
 * in which the keeper stands. ip(7), unix(7), vsock(7)
 */
#include "builder/files.h"

#include "base/file.h"
#include "base/kernel.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 4096
#define TRIES 50 /* while who had it before is on its way out */
#define TRY_MS 10

static const int types[] = {[LISTEN_TCP] = SOCK_STREAM,
	[LISTEN_UDP] = SOCK_DGRAM,
	[LISTEN_UNIX] = SOCK_STREAM,
	[LISTEN_UNIX_DGRAM] = SOCK_DGRAM,
	[LISTEN_UNIX_SEQPACKET] = SOCK_SEQPACKET,
	[LISTEN_VSOCK] = SOCK_STREAM};

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* An earlier keeper of the same service may not be gone quite yet. */
static int bind_soon(int fd, const void *address, size_t size)
{
	int done = bind(fd, address, (socklen_t)size);

	for (int i = 0; i < TRIES && done < 0 && errno == EADDRINUSE; i++) {
		poll(NULL, 0, TRY_MS);
		done = bind(fd, address, (socklen_t)size);
	}
	return done;
}

static int bind_v4(int fd, const struct listener *listener)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)listener->port)};

	memcpy(&address.sin_addr, listener->bytes, sizeof(address.sin_addr));
	return set(fd, IPPROTO_IP, IP_FREEBIND, 1) |
		bind_soon(fd, &address, sizeof(address));
}

/* Where no family was named it takes IPv4 as well. */
static int bind_v6(int fd, const struct listener *listener)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)listener->port)};

	memcpy(&address.sin6_addr, listener->bytes, sizeof(address.sin6_addr));
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, listener->family == 6) |
		set(fd, IPPROTO_IPV6, K_IPV6_FREEBIND, 1) |
		bind_soon(fd, &address, sizeof(address));
}

static int make_inet(const struct listener *listener)
{
	int type = types[listener->kind] | SOCK_CLOEXEC;
	int family = listener->family == 4 ? AF_INET : AF_INET6;
	int fd = socket(family, type, 0);

	if (fd < 0 && !listener->family && errno == EAFNOSUPPORT) {
		family = AF_INET;
		fd = socket(family, type, 0);
	}
	if (fd < 0 || set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0)
		return -1;
	return (family == AF_INET ? bind_v4(fd, listener)
				  : bind_v6(fd, listener)) < 0
		? -1
		: fd;
}

/* The folders on the way, for everyone to pass. No link is followed: what is
 * offered belongs to the service. */
static int open_parent(const char *path, const char *end)
{
	int at = folders_open(AT_FDCWD, "/");

	while (at >= 0 && path < end) {
		size_t length = strcspn(++path, "/");
		char name[256];
		int next;

		text_compose(name, sizeof(name), "%.*s", (int)length, path);
		path += length;
		if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
			return -1;
		next = folders_open(at, name);
		file_close(&at);
		at = next;
	}
	return at;
}

/* A socket that nobody has any more is replaced; anything else stays. */
static void remove_old(int folder, const char *name)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISSOCK(status.st_mode))
		unlinkat(folder, name, 0);
}

/* Its mode is right from the beginning. */
static int bind_path(const struct build *b, const struct listener *listener,
	int fd, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t before = umask(~listener->mode & 0777U);
	int done;

	text_compose(address.sun_path, sizeof(address.sun_path), "%s", name);
	done = bind(fd, (const void *)&address, sizeof(address));
	umask(before);
	if (done < 0)
		return -1;
	return fchownat(AT_FDCWD, name, users_outside(b->service, b->uid),
		users_outside(b->service, b->gid), AT_SYMLINK_NOFOLLOW);
}

static int make_unix(const struct build *b, const struct listener *listener)
{
	const char *path = table_string(b->table, listener->path);
	const char *end = strrchr(path, '/');
	SCOPED_FD folder = open_parent(path, end);
	int fd = socket(AF_UNIX, types[listener->kind] | SOCK_CLOEXEC, 0);
	int done;

	if (folder < 0 || fd < 0 || fchdir(folder) < 0)
		return -1;
	remove_old(folder, end + 1);
	done = bind_path(b, listener, fd, end + 1);
	return done < 0 || chdir("/") < 0 ? -1 : fd;
}

static int make_vsock(const struct listener *listener)
{
	const struct sockaddr_vm address = {.svm_family = AF_VSOCK,
		.svm_port = listener->port,
		.svm_cid = VMADDR_CID_ANY};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind_soon(fd, &address, sizeof(address)) < 0)
		return -1;
	return fd;
}

static int make(const struct build *b, const struct listener *listener)
{
	int fd;

	if (listener->kind <= LISTEN_UDP)
		fd = make_inet(listener);
	else if (listener->kind == LISTEN_VSOCK)
		fd = make_vsock(listener);
	else
		fd = make_unix(b, listener);
	if (fd >= 0 && types[listener->kind] != SOCK_DGRAM &&
		listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

int listen_make(struct build *b)
{
	const struct list *list = &b->service->listen;
	const struct listener *all = table_pointer(b->table, list->at);

	for (uint32_t i = 0; i < list->count; i++) {
		bool is_hosts = all[i].kind > LISTEN_UDP || all[i].on_host != 0;

		if (is_hosts != (b->step->argument != 0))
			continue;
		b->object = table_string(b->table, all[i].text);
		b->ports[i] = make(b, &all[i]);
		if (b->ports[i] >= 0)
			continue;
		if (errno == EAFNOSUPPORT)
			errno = EOPNOTSUPP;
		return -1;
	}
	b->object = NULL;
	return 0;
}
