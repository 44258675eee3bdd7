// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_STEP_H
#define WEIR_GOVERNOR_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ladder;
struct reading;

/*
 * One step on the ladder (governor.md §6.5). Pure: a reading in, a decision out.
 *
 *	READY ──need ≥ rung, cooldown over──► FIRED ──need < rung − 5 points for 2 s──► READY
 *	                                        └──── need < rung − 15 points, at once ───► READY, no cooldown
 */
struct rung_state {
	bool fired;	     /* and not ready again yet */
	bool ever_fired;     /* false: fired_usec means nothing */
	bool dropped;	     /* something was freed since it fired: no cooldown */
	bool dipped;	     /* below the rearm line, since dipped_usec */
	uint64_t fired_usec; /* the last time */
	uint64_t dipped_usec;
};

struct decision {
	int fire;	   /* the rung whose actions are due; -1: none */
	unsigned passed;   /* bits: lower rungs reached at the same time; they are only told */
	unsigned rearmed;  /* bits */
	int next;	   /* the lowest rung that is ready and not reached; -1: none */
	bool watch_fall;   /* a rung waits for need to fall: sample */
	uint64_t due_usec; /* look again at this time; UINT64_MAX: nothing is due by time */
};

/* `states` has one element per rung and starts as zeros. */
void ladder_step(const struct ladder *ladder, struct rung_state states[],
		 const struct reading *reading, struct decision *decision);

/* `percent` of the limit. */
uint64_t ladder_bytes(uint64_t limit_bytes, unsigned percent);

/* How soon to look again while a rung waits for need to fall: an eighth of the time to the limit
 * (0: unknown), between 20 ms, below which sampling costs more than it tells, and 1 s. */
uint64_t ladder_sample_usec(uint64_t time_to_limit_usec);

#endif
