// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_GLANCE_H
#define WEIR_RUNTIME_GLANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroupfs/memory.h"
#include "cgroupfs/pressure.h"
#include "runtime/governor/recorder.h"
#include "runtime/state.h"

struct err;

/* One container's memory as it is now: out of its cgroup, and out of its governor's recorder. */
struct glance {
	char id[1025]; /* container_check_id() */
	enum state_status status;
	pid_t pid;
	bool has_cgroup;      /* what follows is known */
	uint64_t at_usec;     /* CLOCK_MONOTONIC */
	uint64_t limit_bytes; /* MEMORY_NO_LIMIT if none */
	char limit_holder[CGROUP_PATH_ROOM];
	uint64_t current_bytes, need_bytes;
	uint64_t peak_bytes; /* 0: the kernel does not tell */
	uint64_t swap_bytes;
	struct memory_stat stat;
	struct memory_events events;
	struct pressure pressure;
	bool governed;		     /* it has a ladder, and a governor that lives */
	bool recorded;		     /* it has or had a governor: what follows is known */
	uint64_t time_to_limit_usec; /* 0: need does not rise, or the last look is old */
	uint32_t rung_count;
	struct recorded_rung rungs[LADDER_RUNGS];
	struct suspect next_victim; /* pid 0: nobody looked */
};

/* -ENOENT: no such container. One without memory controller, or that has just gone, has has_cgroup false. */
int glance_take(const char *root_path, const char *id, struct glance *glance, struct err *err);

/* Need as a percentage of the limit; 0 without one. */
double glance_percent(const struct glance *glance);

/* The highest rung that stands, and the lowest that does not; NULL if there is none. */
const struct recorded_rung *glance_standing(const struct glance *glance);
const struct recorded_rung *glance_next(const struct glance *glance);

struct glances {
	struct glance *items; /* owned: free(3) */
	size_t count;
};

/* All containers of a root, or those named (NULL-ended or not: `count`). */
int glance_all(const char *root_path, char *const ids[], size_t count, struct glances *glances,
	       struct err *err);

#endif
