/* I/O ports, where the architecture has such. Debian's cloud kernels have no
 * /dev/port, hence the instruction itself. ioperm(2), outb(2)
 */
#ifndef BUILDER_PORT_H
#define BUILDER_PORT_H

#include <errno.h>
#include <stdint.h>

/* Writes one byte. 0, or -errno: -ENXIO where there are none. */
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>

static inline int port_write(uint16_t port, uint8_t byte)
{
	if (ioperm(port, 1, 1) < 0)
		return -errno;
	outb(byte, port);
	return 0;
}
#else
static inline int port_write(uint16_t port, uint8_t byte)
{
	(void)port;
	(void)byte;
	return -ENXIO;
}
#endif

#endif
