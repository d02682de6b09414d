/* What the kernel says about the group of a service: cgroup-v2.rst, psi.rst.
 * The tool reads it itself; init has better things to do.
 */
#ifndef SVC_GROUP_H
#define SVC_GROUP_H

#include "control/protocol.h"
#include <stdbool.h>

#define GROUP_TEXT_SIZE 1024U

/* Its folder, or -1: it does not run, or there is none. */
int group_open(const struct control_reply *reply) __attribute__((nonnull));

/* The text of a file of it without the last end of line; "" where the kernel
 * has none. */
void group_text(int group, const char *file, char to[GROUP_TEXT_SIZE])
	__attribute__((nonnull));

/* The number behind a key of such a text. False: there is none. */
bool group_number(const char *text, const char *key, uint64_t *number)
	__attribute__((nonnull, warn_unused_result));

/* Prints what a service uses: for people, or for scripts as lines of its name,
 * a file of its group and what is in it. */
void group_print(const struct control_reply *reply, bool for_people)
	__attribute__((nonnull));

#endif
