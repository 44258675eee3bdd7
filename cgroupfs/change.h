// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_CHANGE_H
#define WEIR_CGROUPFS_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroupfs/settings.h"

struct err;

/* Other values for a cgroup in which processes live. */
struct cgroup_change {
	const struct cgroup_settings *settings;
	bool refuse_below_usage; /* a memory.max that is not above memory.current: -EBUSY before any
				    write */
};

/*
 * Writes the settings in an order that suits the values which are there (writes.h), a memory.max
 * below usage by memory_shrink(). When a write is refused, those before it are taken back, the last
 * first, and the error tells which it was: all or nothing, as far as files with one value go; of a
 * file with a line for each device, the lines that were there are written again.
 */
int cgroup_settings_change(int dirfd, const struct cgroup_change *change, struct err *err);

/*
 * Lowers memory.max without an OOM kill: the kernel kills when it cannot reclaim down to a new
 * limit, and cannot be asked whether it could. So memory.high holds the processes at the new limit
 * first, memory.reclaim (5.19) pushes out what is above it, and only when usage has come down the limit
 * is written; memory.high is as before in the end, unless somebody else wrote it meanwhile. -EBUSY:
 * what is in use cannot be reclaimed; the message has usage and limit, and nothing is changed.
 */
int memory_shrink(int dirfd, uint64_t limit_bytes, struct err *err);

#endif
