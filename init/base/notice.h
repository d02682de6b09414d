/* What a program says of itself by sd_notify(3): one datagram, lines of
 * KEY=VALUE. Pure. Read by the reaper; init gets numbers.
 */
#ifndef BASE_NOTICE_H
#define BASE_NOTICE_H

#include <stddef.h>
#include <stdint.h>

#define NOTICE_MOST 4096U /* bytes of a datagram that are looked at */
#define NOTICE_TEXT_SIZE 112U /* of STATUS, with its NUL; more is cut */

/* Bits of what was said. */
#define NOTICE_READY 0x1U
#define NOTICE_RELOADING 0x2U
#define NOTICE_STOPPING 0x4U
#define NOTICE_STATUS 0x8U /* text */
#define NOTICE_EXTEND 0x10U /* extend_us: longer for what goes on */
#define NOTICE_ALIVE 0x20U /* WATCHDOG=1 */
#define NOTICE_TRIGGER 0x40U /* WATCHDOG=trigger: it has failed itself */
#define NOTICE_PERIOD 0x80U /* watchdog_us; 0: no watchdog any more */
#define NOTICE_ERRNO 0x100U /* code */
#define NOTICE_EXIT 0x200U /* EXIT_STATUS: exit_status */
#define NOTICE_MAINPID 0x400U /* nobody does what it asks for */
#define NOTICE_BARRIER 0x800U /* close what came with it */
#define NOTICE_STORE 0x1000U /* keep the descriptors that came; text: name */
#define NOTICE_FORGET 0x2000U /* FDSTOREREMOVE: those called text */

struct notice {
	uint32_t said; /* NOTICE_* */
	int32_t code;
	int32_t exit_status;
	uint64_t extend_us;
	uint64_t watchdog_us;
	uint64_t reloading_us; /* CLOCK_MONOTONIC of RELOADING; 0: not said */
	char status[NOTICE_TEXT_SIZE];
	char name[NOTICE_TEXT_SIZE]; /* FDNAME; "" */
};

/* Reads a datagram. Unknown keys, and values that are none, are left out, as
 * the protocol wants it; bytes of texts that do not print become '?'. */
void notice_read(struct notice *notice, const char *bytes, size_t length)
	__attribute__((nonnull));

#endif
