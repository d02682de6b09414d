/* Published ports by the kernel's own address translation: for a service that
 * the host can route to, so that the program sees its clients' addresses.
 * Nothing outside builder/ includes it.
 */
#ifndef BUILDER_NAT_H
#define BUILDER_NAT_H

#include "sandbox/build.h"

/* Whether any port of the service may be led inside by the kernel: table only.
 */
bool nat_is_possible(const struct build *b) __attribute__((nonnull));

/* Called in the host's network namespace. The rules last as long as the socket
 * that is returned is open somewhere. -1 with errno and b->object; ENOENT: this
 * kernel has no NAT, and nothing was changed. */
int nat_make(struct build *b) __attribute__((nonnull, warn_unused_result));

#endif
