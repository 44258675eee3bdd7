// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_READING_H
#define WEIR_GOVERNOR_READING_H

#include <stdint.h>

#include "cgroupfs/memory.h"
#include "runtime/governor/ladder.h"

struct cgroup;
struct err;

/* One look at a cgroup's memory. */
struct reading {
	uint64_t at_usec; /* CLOCK_MONOTONIC */
	uint64_t current_bytes;
	uint64_t need_bytes;  /* memory_need() */
	uint64_t limit_bytes; /* the tightest of self and ancestors; MEMORY_NO_LIMIT if none */
	uint64_t slack_bytes; /* what the kernel's own bookkeeping may hide of need, see below */
	struct memory_stat stat;
	/* read only if the ladder asks for it */
	uint64_t swap_bytes;
	uint64_t swap_limit_bytes; /* MEMORY_NO_LIMIT if none */
	/* what takes several readings to know (history.h) */
	uint64_t time_to_limit_usec;	/* at the worst of several paces; 0: need does not rise */
	double windows[LADDER_WINDOWS]; /* percent of stall, or events */
};

/*
 * memory.current includes up to 64 pages per CPU that are charged in advance, and memory.stat may
 * lag by as many (it is flushed when read only once more than that is pending). So need can be
 * 256 KiB per CPU short of the truth, and a rung that close counts as reached: otherwise the
 * trip-line would be set again a few pages further, again and again. Bounded by half a point of the
 * limit, lest a small container on a machine with many CPUs fires far too early; at least one page,
 * lest the trip-line is set where usage already is.
 */
uint64_t reading_slack(uint64_t limit_bytes, unsigned cpus);

/* memory.current and memory.stat, once each, and the limit. */
int reading_take(int cgroup_rootfd, const struct cgroup *cgroup, unsigned cpus,
		 struct reading *reading, struct err *err);

#endif
