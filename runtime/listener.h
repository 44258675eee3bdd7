// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_LISTENER_H
#define WEIR_RUNTIME_LISTENER_H

#include <sys/types.h>

#include "runtime/sync.h"

struct container;
struct err;
struct spec;

/*
 * A seccomp listener on its way to the agent (config-linux.md, The Container Process State): one
 * connection, one JSON object, one descriptor.
 */
struct listener_delivery {
	const struct container *container;
	const struct spec *spec;     /* NULL: ... */
	struct container *read_spec; /* ... the copy kept with it is read, into its arena */
	const char *status;	     /* of the container, as the agent is told */
	pid_t pid;		     /* the filtered process; 0: the container's first */
};

/* What a conversation (sync.h) needs to have one delivered. The delivery is borrowed. */
struct sync_taker listener_taker(struct listener_delivery *delivery);

#endif
