// SPDX-License-Identifier: Apache-2.0
/*
 * A memory limit below usage.
 * Should: find out whether the limit can be had before it is set.
 * Must not: have anything killed, or leave the brake on.
 */
#include <errno.h>

#include "cgroupfs/change.h"
#include "cgroupfs/memory.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"

/* Swapping out or writing back takes its time, and the processes are held meanwhile. */
#define RECLAIM_USEC 5000000
/* One write to memory.reclaim returns when as much is reclaimed or the kernel gave up after 16
 * rounds: small enough to look at the clock in between. */
#define RECLAIM_STEP (32ULL << 20)
/* Tries that bring usage down by nothing before it is believed. */
#define RECLAIM_TRIES 3

/* Brings usage down to the limit; *usage_bytes is where it ends up. */
static int reclaim(int dirfd, uint64_t limit_bytes, uint64_t *usage_bytes, struct err *err)
{
	uint64_t deadline = clock_monotonic_usec() + RECLAIM_USEC;
	int tries = RECLAIM_TRIES;

	while (*usage_bytes > limit_bytes && tries > 0 && clock_monotonic_usec() < deadline) {
		uint64_t before = *usage_bytes;
		uint64_t above = before - limit_bytes;
		/* -EAGAIN: not all of it. -ENOENT: before 5.19 lowering memory.high reclaims. */
		int result = memory_value_write(dirfd, "memory.reclaim",
						above < RECLAIM_STEP ? above : RECLAIM_STEP, NULL);

		if (result < 0 && result != -EAGAIN && result != -ENOENT && result != -EINTR)
			return err_set(err, -result, "memory.reclaim");
		result = memory_value_read(dirfd, "memory.current", usage_bytes, err);
		if (result < 0)
			return result;
		tries = *usage_bytes < before ? RECLAIM_TRIES : tries - 1;
	}
	return 0;
}

static int refuse(uint64_t limit_bytes, uint64_t usage_bytes, struct err *err)
{
	char limit[TEXT_SIZE_ROOM];
	char usage[TEXT_SIZE_ROOM];

	return err_say(err, EBUSY,
		       "memory.max: a limit of %llu bytes (%s) is below the usage of %llu bytes "
		       "(%s), of which no more can be reclaimed",
		       (unsigned long long) limit_bytes, text_size(limit_bytes, limit),
		       (unsigned long long) usage_bytes, text_size(usage_bytes, usage));
}

/* With the brake on: reclaims, then sets the limit. */
static int set_braked(int dirfd, uint64_t limit_bytes, uint64_t usage_bytes, struct err *err)
{
	int result = reclaim(dirfd, limit_bytes, &usage_bytes, err);

	if (result < 0)
		return result;
	if (usage_bytes > limit_bytes)
		return refuse(limit_bytes, usage_bytes, err);
	return memory_value_write(dirfd, "memory.max", limit_bytes, err);
}

int memory_shrink(int dirfd, uint64_t limit_bytes, struct err *err)
{
	uint64_t usage = 0;
	uint64_t high = 0;
	uint64_t now = 0;
	int result = memory_value_read(dirfd, "memory.current", &usage, err);

	if (result < 0)
		return result;
	if (usage <= limit_bytes)
		return memory_value_write(dirfd, "memory.max", limit_bytes, err);
	result = memory_value_read(dirfd, "memory.high", &high, err);
	if (result < 0)
		return result;
	if (high <= limit_bytes)
		return set_braked(dirfd, limit_bytes, usage, err);
	result = memory_value_write(dirfd, "memory.high", limit_bytes, err);
	if (result == 0)
		result = set_braked(dirfd, limit_bytes, usage, err);
	/* The kernel rounds down to pages. A governor that wrote it meanwhile knows what it wants. */
	if (memory_value_read(dirfd, "memory.high", &now, NULL) == 0 &&
	    now == (limit_bytes & ~4095ULL))
		(void) memory_value_write(dirfd, "memory.high", high, NULL);
	return result;
}
