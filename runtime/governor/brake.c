// SPDX-License-Identifier: Apache-2.0
/*
 * What the brake does.
 * Should: end it early rather than late.
 * Must not: touch a file.
 */
#include "runtime/governor/brake.h"

#define MIB 1048576.0

/* The kernel charges in batches of 64 pages and lets a task sleep 64·(overage/high)² s for each, no
 * longer than 2 s. Up to the clamp the integral has the closed form of brake.h; a gap that reaches it
 * (17.7 %) only makes the true time longer. */
uint64_t brake_predict_usec(uint64_t limit_bytes, uint64_t line_bytes, unsigned threads)
{
	double limit_mib = (double) limit_bytes / MIB;
	double gap;
	double seconds;

	if (line_bytes + 4096 > limit_bytes || line_bytes == 0)
		return UINT64_MAX;
	gap = 1.0 - (double) line_bytes / (double) limit_bytes;
	seconds = 64.0 * limit_mib * gap * gap * gap / (3.0 * (1 - gap) * (1 - gap) * 0.25);
	seconds /= threads > 0 ? threads : 1;
	return seconds < 1e9 ? (uint64_t) (seconds * 1e6) : UINT64_MAX;
}

/* The signature of a brake that only thrashes: many contacts, and of what is scanned less than a
 * tenth comes back. Below the counts it is too early to say. */
#define FUTILE_HIGHS   100
#define FUTILE_SCANNED 4096

static bool is_futile(const struct brake_look *began, const struct brake_look *now)
{
	uint64_t scanned = now->scanned_pages - began->scanned_pages;
	uint64_t stolen = now->stolen_pages - began->stolen_pages;

	return now->high_events - began->high_events >= FUTILE_HIGHS && scanned >= FUTILE_SCANNED &&
	       stolen * 10 < scanned;
}

#define LOOK_SHORTEST_USEC 20000
#define LOOK_LONGEST_USEC  250000

enum brake_end brake_judge(const struct brake_look *began, const struct brake_look *now,
			   uint64_t budget_usec, uint64_t *again_usec)
{
	uint64_t spent = now->stalled_usec > began->stalled_usec
				 ? now->stalled_usec - began->stalled_usec
				 : 0;
	uint64_t left = spent < budget_usec ? budget_usec - spent : 0;

	if (left == 0)
		return BRAKE_SPENT;
	if (is_futile(began, now))
		return BRAKE_FUTILE;
	/* No more is spent than time passes: what is left cannot be over before. */
	*again_usec = left < LOOK_LONGEST_USEC ? left : LOOK_LONGEST_USEC;
	if (*again_usec < LOOK_SHORTEST_USEC)
		*again_usec = LOOK_SHORTEST_USEC;
	return BRAKE_HOLDS;
}
