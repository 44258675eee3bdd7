// SPDX-License-Identifier: Apache-2.0
/*
 * Looking at a cgroup.
 * Should: read each file once.
 * Must not: decide.
 */
#include "runtime/governor/reading.h"

#include <stddef.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"

#define PAGE_BYTES  4096ULL
#define STOCK_BYTES (64 * PAGE_BYTES) /* MEMCG_CHARGE_BATCH */

uint64_t reading_slack(uint64_t limit_bytes, unsigned cpus)
{
	uint64_t slack = STOCK_BYTES * cpus;

	if (slack > limit_bytes / 200)
		slack = limit_bytes / 200;
	return slack > PAGE_BYTES ? slack : PAGE_BYTES;
}

int reading_take(int cgroup_rootfd, const struct cgroup *cgroup, unsigned cpus,
		 struct reading *reading, struct err *err)
{
	char holder[CGROUP_PATH_ROOM];
	int result =
		memory_value_read(cgroup->dirfd, "memory.current", &reading->current_bytes, err);

	if (result == 0)
		result = memory_stat_read(cgroup->dirfd, &reading->stat, err);
	if (result == 0)
		result = memory_effective_limit(cgroup_rootfd, cgroup->path, &reading->limit_bytes,
						holder, err);
	if (result < 0)
		return result;
	reading->need_bytes = memory_need(&reading->stat, reading->current_bytes);
	reading->slack_bytes = reading_slack(reading->limit_bytes, cpus);
	reading->at_usec = clock_monotonic_usec();
	return 0;
}
