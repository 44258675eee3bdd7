// SPDX-License-Identifier: Apache-2.0
/*
 * The order of writes to a cgroup that lives. Pure.
 * Should: keep every state in between within what the old and the new one allow.
 * Must not: add, drop or change a write.
 */
#include <string.h>

#include "cgroupfs/writes.h"

/* Puts `first` right before `second` or right behind it; the two stand next to each other. */
static void pair(struct cgroup_write writes[], size_t count, const char *first, const char *second,
		 bool in_this_order)
{
	size_t i;

	for (i = 0; i + 1 < count; i++) {
		struct cgroup_write kept = writes[i];
		bool as_named = strcmp(writes[i].file, first) == 0 &&
				strcmp(writes[i + 1].file, second) == 0;
		bool reversed = strcmp(writes[i].file, second) == 0 &&
				strcmp(writes[i + 1].file, first) == 0;

		if (!(as_named && !in_this_order) && !(reversed && in_this_order))
			continue;
		writes[i] = writes[i + 1];
		writes[i + 1] = kept;
		return;
	}
}

static uint64_t number_of(const struct cgroup_write writes[], size_t count, const char *file)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(writes[i].file, file) == 0)
			return writes[i].number;
	return 0;
}

void cgroup_writes_order(struct cgroup_write writes[], size_t count, const struct cgroup_now *now)
{
	pair(writes, count, "memory.max", "memory.swap.max",
	     number_of(writes, count, "memory.max") > now->memory_max_bytes);
	pair(writes, count, "cpu.max", "cpu.max.burst",
	     number_of(writes, count, "cpu.max") > now->cpu_quota_usec);
}
