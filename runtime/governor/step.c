// SPDX-License-Identifier: Apache-2.0
/*
 * One step on the ladder.
 * Should: fire each rung once per crossing, the highest first, and never delay it for a lower one.
 * Must not: read, write or ask the time.
 */
#include "runtime/governor/step.h"

#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/trigger.h"

#define SAMPLE_SHORTEST_USEC 20000
#define SAMPLE_LONGEST_USEC  1000000

/* How much sooner a rung comes when the one below it freed nothing (governor.md 6.5). */
#define RELIEF_POINTS 5.0

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

/* Only between two shares of need is there a distance to halve. */
static double relief(const struct ladder *ladder, const struct rung_state states[], size_t index)
{
	unsigned own = ladder->rungs[index].percent;
	unsigned below = index > 0 ? ladder->rungs[index - 1].percent : 0;
	double half = (own - below) / 2.0;

	if (own == 0 || below == 0 || !states[index - 1].futile)
		return 0;
	return half < RELIEF_POINTS ? half : RELIEF_POINTS;
}

static void make_ready(struct rung_state *state, bool dropped)
{
	state->fired = false;
	state->dipped = false;
	state->dropped = dropped;
}

/* A rung that fired becomes ready when it has stood below its line for the hold time, or has
 * fallen far. */
static bool rearm(struct rung_state *state, const struct standing *standing, uint64_t now_usec,
		  struct decision *decision)
{
	if (standing->dropped) {
		make_ready(state, true);
		return true;
	}
	if (!standing->rearms) {
		state->dipped = false;
		return false;
	}
	if (!state->dipped) {
		state->dipped = true;
		state->dipped_usec = now_usec;
	}
	if (now_usec - state->dipped_usec < LADDER_REARM_HOLD_USEC) {
		due_by(decision, state->dipped_usec + LADDER_REARM_HOLD_USEC);
		return false;
	}
	make_ready(state, false);
	return true;
}

static uint64_t cooldown(const struct rung_state *state)
{
	return state->cooldown_usec > 0 ? state->cooldown_usec : LADDER_COOLDOWN_USEC;
}

static bool cooling(const struct rung_state *state, uint64_t now_usec)
{
	return state->ever_fired && !state->dropped &&
	       now_usec - state->fired_usec < cooldown(state);
}

void ladder_effect(struct rung_state *state, int64_t freed_bytes, uint64_t limit_bytes)
{
	state->futile = !state->dropped && freed_bytes < (int64_t) (limit_bytes / 100);
	if (!state->futile) {
		state->cooldown_usec = LADDER_COOLDOWN_USEC;
		return;
	}
	state->cooldown_usec = 2 * cooldown(state);
	if (state->cooldown_usec > LADDER_COOLDOWN_LONGEST_USEC)
		state->cooldown_usec = LADDER_COOLDOWN_LONGEST_USEC;
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
 * Below a rung that fires, a ready one that is reached is told. One in its cooldown is not: the
 * program heard of it a short time ago and must not hear it after the higher one. It counts as
 * fired all the same.
 */
static void pass(struct rung_state states[], const struct standing standings[], int below,
		 uint64_t now_usec, struct decision *decision)
{
	int i;

	for (i = 0; i < below; i++) {
		if (states[i].fired || !standings[i].reached)
			continue;
		if (cooling(&states[i], now_usec)) {
			states[i].fired = true;
			continue;
		}
		decision->passed |= 1U << i;
		mark_fired(&states[i], now_usec);
	}
}

/* A ready rung that is not reached: where usage will meet it, or what has to be sampled for it. */
static void wait_for(const struct standing *standing, int index, struct decision *decision)
{
	decision->watch_rest |= standing->sampled;
	if (standing->ahead_bytes == UINT64_MAX || standing->ahead_bytes > decision->ahead_bytes)
		return;
	decision->ahead_bytes = standing->ahead_bytes;
	decision->next = index;
}

/* Which rung fires, and which wait: top down, so that nothing lower is ever looked at first. */
static void choose(const struct ladder *ladder, struct rung_state states[],
		   const struct standing standings[], uint64_t now_usec, struct decision *decision)
{
	int i;

	for (i = (int) ladder->rung_count - 1; i >= 0; i--) {
		if (states[i].fired)
			continue;
		if (!standings[i].reached) {
			wait_for(&standings[i], i, decision);
		} else if (cooling(&states[i], now_usec)) {
			due_by(decision, states[i].fired_usec + cooldown(&states[i]));
		} else if (decision->fire < 0) {
			decision->fire = i;
			mark_fired(&states[i], now_usec);
			pass(states, standings, i, now_usec, decision);
		}
	}
}

void ladder_step(const struct ladder *ladder, struct rung_state states[],
		 const struct reading *reading, struct decision *decision)
{
	struct standing standings[LADDER_RUNGS];
	uint64_t now_usec = reading->at_usec;
	size_t i;

	*decision = (struct decision){
		.fire = -1, .next = -1, .ahead_bytes = UINT64_MAX, .due_usec = UINT64_MAX
	};
	for (i = 0; i < ladder->rung_count; i++) {
		rung_stand(&ladder->rungs[i], reading, relief(ladder, states, i), &standings[i]);
		if (states[i].fired && rearm(&states[i], &standings[i], now_usec, decision))
			decision->rearmed |= 1U << i;
	}
	choose(ladder, states, standings, now_usec, decision);
	for (i = 0; i < ladder->rung_count; i++)
		decision->watch_fall |= states[i].fired;
}
