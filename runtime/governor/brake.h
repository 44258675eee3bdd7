// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_BRAKE_H
#define WEIR_GOVERNOR_BRAKE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The brake: memory.high left where usage is, so that whoever goes on allocating is slowed ever more
 * (governor.md 2.3). Pure: what it will do, and when it has to end.
 */

/* A brake that would hold for less than this is none: then standing still is better. */
#define BRAKE_WORTH_USEC 200000
/* How long a cgroup may stand still (governor.md 6.3). */
#define BRAKE_FREEZE_USEC 200000

/*
 * How long it takes from `line_bytes` to `limit_bytes` when `threads` allocate without pause and
 * nothing can be reclaimed: 64·M·g³ / (3·(1−g)²·0.25 MiB) seconds, M the limit, g the gap's share of
 * it, divided by the threads. UINT64_MAX when the line is not below the limit by a page.
 */
uint64_t brake_predict_usec(uint64_t limit_bytes, uint64_t line_bytes, unsigned threads);

/* What was when the brake began, or is now. */
struct brake_look {
	uint64_t at_usec;
	uint64_t stalled_usec; /* some; of the cgroup */
	uint64_t high_events;
	uint64_t scanned_pages, stolen_pages;
};

enum brake_end {
	BRAKE_HOLDS,
	BRAKE_SPENT,  /* the budget of throttled time */
	BRAKE_FUTILE, /* the kernel scans and finds nothing to take back */
};

/* Whether the brake has to end, and (BRAKE_HOLDS) how soon to ask again. */
enum brake_end brake_judge(const struct brake_look *began, const struct brake_look *now,
			   uint64_t budget_usec, uint64_t *again_usec);

#endif
