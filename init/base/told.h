/* What the kernel tells of the machine: uevents, messages of rtnetlink, texts
 * of /proc. Bytes to values: pure, and at ease with any bytes. netlink(7),
 * rtnetlink(7), Documentation/accounting/psi.rst
 */
#ifndef BASE_TOLD_H
#define BASE_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* Whether an uevent is of a device that has a node. */
bool told_device(const char *bytes, size_t size) __attribute__((nonnull, pure));

/* The next whole message of a packet that is aligned as its header; *at: where
 * the last one ended, 0 at first. NULL: there is none. */
const struct nlmsghdr *told_next(const void *bytes, size_t size, size_t *at)
	__attribute__((nonnull));

struct told_link {
	uint32_t index; /* never 0 */
	bool up; /* switched on */
	bool carrier; /* ... and the other end is there */
};

/* False: it says of no interface that it is there. */
bool told_link(const struct nlmsghdr *message, struct told_link *link)
	__attribute__((nonnull));

/* Whether it is an address that is not of its link only, and in use, of this
 * interface. */
bool told_address(const struct nlmsghdr *message, uint32_t index)
	__attribute__((nonnull, pure));

/* Whether it is of a default route in the main table that leads somewhere, be
 * it new or gone. */
bool told_default(const struct nlmsghdr *message)
	__attribute__((nonnull, pure));

#define TOLD_NO_PRESSURE UINT32_MAX

/* avg10 of the line "some" or "full", in hundredths of a percent. */
uint32_t told_pressure(const char *text, bool full)
	__attribute__((nonnull, pure));

/* Whether the kernel's command line has a word; a quoted part is of its word.
 */
bool told_word(const char *text, const char *word)
	__attribute__((nonnull, pure));

#endif
