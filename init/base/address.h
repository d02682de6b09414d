/* Addresses of the internet, with their prefix: as text, and who is in whose
 * subnet. Pure.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	uint8_t family; /* 4 or 6; 0: none */
	uint8_t prefix; /* bits */
	uint8_t bytes[16];
	uint8_t spare[2];
};

#define ADDRESS_SIZE 48U /* of any as text, with its NUL */

/* Reads "10.0.0.1" or, as in RFC 4291, section 2.2, "fd00::1": all of length
 * bytes. The prefix is that of a single machine. */
bool address_parse(const char *text, size_t length, struct address *address)
	__attribute__((nonnull));

/* Bytes of an address of its family. */
size_t address_size(const struct address *address) __attribute__((nonnull));

/* As text, without its prefix (RFC 5952, but that no zeroes are left out
 * twice). Returns to. */
const char *address_write(char to[ADDRESS_SIZE], const struct address *address)
	__attribute__((nonnull));

/* Whether both are the same, whatever their prefixes; whether an address is in
 * the subnet of another. */
bool address_same(const struct address *one, const struct address *other)
	__attribute__((nonnull));
bool address_within(const struct address *subnet, const struct address *address)
	__attribute__((nonnull));

#endif
