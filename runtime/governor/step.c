// SPDX-License-Identifier: Apache-2.0
/*
 * One step on the ladder.
 * Should: fire each rung once per crossing, the highest first, and never delay it for a lower one.
 * Must not: read, write or ask the time.
 */
#include "runtime/governor/step.h"

#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"

#define SAMPLE_SHORTEST_USEC 20000
#define SAMPLE_LONGEST_USEC  1000000

uint64_t ladder_bytes(uint64_t limit_bytes, unsigned percent)
{
	return limit_bytes / 100 * percent + limit_bytes % 100 * percent / 100;
}

uint64_t ladder_sample_usec(uint64_t time_to_limit_usec)
{
	uint64_t interval = time_to_limit_usec / 8;

	if (time_to_limit_usec == 0 || interval > SAMPLE_LONGEST_USEC)
		return SAMPLE_LONGEST_USEC;
	return interval > SAMPLE_SHORTEST_USEC ? interval : SAMPLE_SHORTEST_USEC;
}

static void due_by(struct decision *decision, uint64_t at_usec)
{
	if (at_usec < decision->due_usec)
		decision->due_usec = at_usec;
}

static bool reached(const struct reading *reading, unsigned percent)
{
	return reading->need_bytes + reading->slack_bytes >=
	       ladder_bytes(reading->limit_bytes, percent);
}

static uint64_t below(const struct reading *reading, unsigned percent, unsigned points)
{
	return ladder_bytes(reading->limit_bytes, percent > points ? percent - points : 0);
}

static void make_ready(struct rung_state *state, bool dropped)
{
	state->fired = false;
	state->dipped = false;
	state->dropped = dropped;
}

/* A rung that fired becomes ready when need has stayed below its line for the hold time, or has
 * fallen far. */
static bool rearm(struct rung_state *state, unsigned percent, const struct reading *reading,
		  struct decision *decision)
{
	if (reading->need_bytes < below(reading, percent, LADDER_DROP_POINTS)) {
		make_ready(state, true);
		return true;
	}
	if (reading->need_bytes >= below(reading, percent, LADDER_REARM_POINTS)) {
		state->dipped = false;
		return false;
	}
	if (!state->dipped) {
		state->dipped = true;
		state->dipped_usec = reading->at_usec;
	}
	if (reading->at_usec - state->dipped_usec < LADDER_REARM_HOLD_USEC) {
		due_by(decision, state->dipped_usec + LADDER_REARM_HOLD_USEC);
		return false;
	}
	make_ready(state, false);
	return true;
}

static bool cooling(const struct rung_state *state, uint64_t now_usec)
{
	return state->ever_fired && !state->dropped &&
	       now_usec - state->fired_usec < LADDER_COOLDOWN_USEC;
}

static void mark_fired(struct rung_state *state, uint64_t now_usec)
{
	state->fired = true;
	state->ever_fired = true;
	state->dipped = false;
	state->dropped = false;
	state->fired_usec = now_usec;
}

/*
 * Below a rung that fires, a ready one is told. One in its cooldown is not: the program heard of it
 * less than 5 s ago and must not hear it after the higher one. It counts as fired all the same.
 */
static void pass(struct rung_state states[], int below, uint64_t now_usec,
		 struct decision *decision)
{
	int i;

	for (i = 0; i < below; i++) {
		if (states[i].fired)
			continue;
		if (cooling(&states[i], now_usec)) {
			states[i].fired = true;
			continue;
		}
		decision->passed |= 1U << i;
		mark_fired(&states[i], now_usec);
	}
}

/* Which rung fires, and which wait: top down, so that nothing lower is ever looked at first. */
static void choose(const struct ladder *ladder, struct rung_state states[],
		   const struct reading *reading, struct decision *decision)
{
	int i;

	for (i = (int) ladder->rung_count - 1; i >= 0; i--) {
		if (states[i].fired)
			continue;
		if (!reached(reading, ladder->rungs[i].percent)) {
			decision->next = i;
		} else if (cooling(&states[i], reading->at_usec)) {
			due_by(decision, states[i].fired_usec + LADDER_COOLDOWN_USEC);
		} else {
			decision->fire = i;
			mark_fired(&states[i], reading->at_usec);
			pass(states, i, reading->at_usec, decision);
			return;
		}
	}
}

void ladder_step(const struct ladder *ladder, struct rung_state states[],
		 const struct reading *reading, struct decision *decision)
{
	size_t i;

	*decision = (struct decision){ .fire = -1, .next = -1, .due_usec = UINT64_MAX };
	for (i = 0; i < ladder->rung_count; i++)
		if (states[i].fired &&
		    rearm(&states[i], ladder->rungs[i].percent, reading, decision))
			decision->rearmed |= 1U << i;
	choose(ladder, states, reading, decision);
	for (i = 0; i < ladder->rung_count; i++)
		decision->watch_fall |= states[i].fired;
}
