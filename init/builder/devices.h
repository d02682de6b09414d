/* Devices of a service: which there are, nodes for them, and rules for the
 * filter. The builder looks at the start; the watcher again whenever a device
 * comes or goes.
 */
#ifndef BUILDER_DEVICES_H
#define BUILDER_DEVICES_H

#include "sandbox/access.h"

#define FOLDERS_MOST 64U /* in /dev */
#define DEVICE_PATH_MOST 64U

struct found_device {
	char path[DEVICE_PATH_MOST]; /* below /dev */
	uint32_t mode;
	uint64_t number; /* dev_t */
};

/* Too large for a stack, and short-lived: mapped. */
struct devices {
	const struct table *table;
	const struct service *service;
	int host; /* the host's /dev */
	int inside; /* the service's, writable; -1: it has the host's */
	uint32_t uid; /* on the host, whose the nodes are */
	uint32_t gid;
	uint64_t missing; /* bits of the table's entries */
	unsigned found_count;
	unsigned folder_count;
	char console[96]; /* words: names of the kernel's consoles */
	struct found_device found[DEVICES_MOST];
	char folders[FOLDERS_MOST][DEVICE_PATH_MOST];
	struct access access;
};

/* With the host's /dev open, or NULL with errno. */
struct devices *devices_open(
	const struct table *table, const struct service *service);

/* Fills in what of the table's devices the host has, and rules for that and
 * nothing else. 0, or -1 with errno. */
int devices_find(struct devices *d) __attribute__((nonnull));

/* Removes nodes of what is gone; makes those that are missing. */
int devices_drop_nodes(struct devices *d) __attribute__((nonnull));
int devices_make_nodes(struct devices *d) __attribute__((nonnull));

/* Takes an open folder for its /dev where it is one that was made here, with
 * the same owner of its nodes. False: it is none. */
bool devices_take(struct devices *d, int folder) __attribute__((nonnull));

/* A running service whose devices may come and go (service.hotplug). */
struct watched {
	const struct table *table;
	uint32_t service;
	int32_t reaper; /* 0: none */
	uint64_t generation;
};

/* The body of a watcher: watch.c. */
_Noreturn void watch_run(const struct sandbox_host *host,
	const struct watched *watched) __attribute__((nonnull));

#endif
