/* Where the exit code of an ending machine goes: last.c calls both.
 * On the console init has told it already. QEMU: docs/specs/pvpanic.rst,
 * hw/misc/debugexit.c; vsock(7)
 */
#include "builder/last.h"

#include "base/file.h"
#include "base/text.h"
#include "builder/port.h"
#include "log/console.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#define PORT_DEBUG_EXIT 0x501U
#define PORT_PVPANIC 0x505U
#define PVPANIC_PANICKED 1U
#define PVPANIC_VENDOR "0x1b36\n"
#define PVPANIC_DEVICE "0x0011\n"
#define PCI_DEVICES "/sys/bus/pci/devices"
#define NAME_SIZE 64U
#define PATIENCE_S 2

static void lost(const char *where, int error, const char *remedy)
{
	console_say("report: %s: %s; %s", where, strerror(error), remedy);
}

/* The peer's end of the connection tells that it has read the line, which a
 * reset might overtake. */
static int send_code(int fd, const struct sockaddr_vm *peer, int code)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	char text[32];
	size_t length = text_compose(
		text, sizeof(text), "EXIT_STATUS=%u\n", (unsigned)code & 255);

	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &patience,
		sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) < 0 ||
		send(fd, text, length, MSG_NOSIGNAL) < 0)
		return -1;
	shutdown(fd, SHUT_WR);
	/* in vain where the listener does not close: the code is sent */
	recv(fd, text, sizeof(text), 0);
	return 0;
}

void report_listener(const struct system_settings *system, int code)
{
	const struct sockaddr_vm peer = {.svm_family = AF_VSOCK,
		.svm_cid = system->report_cid,
		.svm_port = system->report_port};
	SCOPED_FD fd = -1;

	if (system->report != REPORT_VSOCK)
		return;
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && send_code(fd, &peer, code) == 0)
		return;
	lost("vsock", errno,
		errno == ENODEV || errno == EAFNOSUPPORT
			? "is vmw_vsock_virtio_transport among the 'modules'?"
			: "is there a listener on the host?");
}

static bool has_text(int at, const char *path, const char *wanted)
{
	char text[NAME_SIZE];

	return file_read(at, path, text, sizeof(text)) > 0 &&
		strcmp(text, wanted) == 0;
}

/* A folder of the device, where it is the one; else -1. */
static int open_device(int devices, const char *name)
{
	int fd = openat(devices, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 ||
		(has_text(fd, "vendor", PVPANIC_VENDOR) &&
			has_text(fd, "device", PVPANIC_DEVICE)))
		return fd;
	close(fd);
	return -1;
}

static int find_device(char name[NAME_SIZE])
{
	_Alignas(struct file_row) char rows[2048];
	SCOPED_FD devices =
		open(PCI_DEVICES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int found = -1;
	long got;

	while (found < 0 && devices >= 0 &&
		(got = file_rows(devices, rows, sizeof(rows))) > 0) {
		for (long at = 0; at < got && found < 0;) {
			const struct file_row *row =
				(const struct file_row *)(const void *)(rows +
					at);

			found = open_device(devices, row->name);
			text_compose(name, NAME_SIZE, "%s", row->name);
			at += row->length;
		}
	}
	return found;
}

/* The kernel lets go of the device's registers only without its driver, which
 * would use them for panics alone, and switches them on only when asked. */
static int write_register(int device, const char *name)
{
	SCOPED_FD fd = -1;
	volatile uint8_t *bar;

	file_write(device, "driver/unbind", name);
	file_write(device, "enable", "1");
	fd = openat(device, "resource0", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	bar = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		return -errno;
	*bar = PVPANIC_PANICKED;
	return 0;
}

static void report_pvpanic(int code)
{
	char name[NAME_SIZE];
	SCOPED_FD device = -1;
	int error;

	if (code == 0)
		return;
	device = find_device(name);
	error = device < 0 ? port_write(PORT_PVPANIC, PVPANIC_PANICKED)
			   : write_register(device, name);
	if (error)
		lost("pvpanic", -error, "does the machine have such a device?");
}

void report_device(const struct system_settings *system, int code)
{
	int error = 0;

	if (system->report == REPORT_PVPANIC)
		report_pvpanic(code);
	if (system->report == REPORT_ISA_DEBUG_EXIT)
		error = port_write(PORT_DEBUG_EXIT, (uint8_t)code);
	if (error)
		lost("isa-debug-exit", -error, "use pvpanic or vsock");
}
