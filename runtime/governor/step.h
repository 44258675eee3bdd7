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
 *	READY ──all triggers true, cooldown over──► FIRED ──below the rearm line for 2 s──► READY
 *	                                              └──── need < rung − 15 points, at once ──► READY, no cooldown
 *
 * A rung whose actions free nothing waits twice as long before it fires again, up to 5 minutes, and
 * the rung above it comes sooner meanwhile: by half the distance between them, at most 5 points.
 */
struct rung_state {
	bool fired;	     /* and not ready again yet */
	bool ever_fired;     /* false: fired_usec means nothing */
	bool dropped;	     /* something was freed since it fired: no cooldown */
	bool dipped;	     /* below the rearm line, since dipped_usec */
	bool futile;	     /* its actions freed nothing the last time */
	uint64_t fired_usec; /* the last time */
	uint64_t dipped_usec;
	uint64_t cooldown_usec; /* 0: the usual one */
};

struct decision {
	int fire;	      /* the rung whose actions are due; -1: none */
	unsigned passed;      /* bits: lower rungs reached at the same time; they are only told */
	unsigned rearmed;     /* bits */
	int next;	      /* the ready rung that growing usage meets first; -1: none */
	uint64_t ahead_bytes; /* and how far ahead that is */
	bool watch_fall;      /* a rung waits for need to fall: sample */
	bool watch_rest;   /* a rung waits for what usage does not tell (time, pressure): sample */
	uint64_t due_usec; /* look again at this time; UINT64_MAX: nothing is due by time */
};

/* `states` has one element per rung and starts as zeros. */
void ladder_step(const struct ladder *ladder, struct rung_state states[],
		 const struct reading *reading, struct decision *decision);

/* What came of a rung that fired: the most that need fell by within 5 s. Less than a hundredth of the
 * limit is nothing. */
void ladder_effect(struct rung_state *state, int64_t freed_bytes, uint64_t limit_bytes);

/* `percent` of the limit. */
uint64_t ladder_bytes(uint64_t limit_bytes, unsigned percent);

/* How soon to look again while above the first rung: an eighth of the time to the limit (0:
 * unknown), between 20 ms, below which sampling costs more than it tells, and 1 s. */
uint64_t ladder_sample_usec(uint64_t time_to_limit_usec);

#endif
