// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_COUNTERS_H
#define WEIR_GOVERNOR_COUNTERS_H

#include <stddef.h>

#include "cgroupfs/memory.h"

struct cgroup;
struct err;

/*
 * memory.events of a cgroup and memory.events.local of it and of everything above it: one file
 * cannot tell whose limit it was (governor.md §3.3). The root of the hierarchy has none.
 */
#define COUNTERS_LEVELS 16 /* systemd under Kubernetes nests 6 deep; what is above is left out */

struct counters_level {
	size_t path_length; /* this ancestor's path is so much of the cgroup's own */
	struct memory_events local;
};

struct counters {
	struct memory_events own;		       /* the cgroup and all below it */
	struct memory_events local;		       /* the cgroup itself */
	struct counters_level levels[COUNTERS_LEVELS]; /* the parent first */
	size_t level_count;
};

/* Reads them all. A level that cannot be read stays 0: it may not be ours to see. */
int counters_take(int cgroup_rootfd, const struct cgroup *cgroup, struct counters *counters,
		  struct err *err);

/* What happened between two takes of the same cgroup. A counter that went backwards (the ancestor
 * was made anew) counts from 0. */
void counters_since(const struct counters *before, const struct counters *now,
		    struct counters *delta);

#endif
