/* What svc explain tells, for people (explain.c) and as JSON (explained.c). */
#ifndef LOADER_EXPLAIN_H
#define LOADER_EXPLAIN_H

#include "table/build.h"
#include <stdbool.h>

struct explained {
	const struct table *table;
	const struct service *service;
};

/* SPACE_BITs of the namespaces that are its own. */
unsigned explain_spaces(const struct service *service) __attribute__((nonnull));

/* What `spare` comes to, "" where nobody asks for it. */
#define SPARE_SIZE 128U
const char *explain_spare(const struct service *service, char to[SPARE_SIZE])
	__attribute__((nonnull));

/* What a mount is, for people, and a colon. */
const char *explain_mount(const struct mount_entry *entry)
	__attribute__((nonnull));

/* As JSON: a key or a word of it, as in table_tell; and all the rest. */
void explained_key(const char *name, const struct table_told *told,
	const char *word) __attribute__((nonnull(1, 2)));
void explained_end(const struct explained *explained) __attribute__((nonnull));

#endif
