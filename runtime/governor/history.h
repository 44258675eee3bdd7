// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_HISTORY_H
#define WEIR_GOVERNOR_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/governor/ladder.h"

struct reading;

/*
 * What readings were, for what only several of them tell: slopes, shares of time, rates. Pure:
 * readings come at whatever times they are taken.
 */
#define WINDOW_POINTS 9 /* eight parts of a window, and the point before it */

/* One counter or level over `span_usec`. */
struct window {
	uint64_t span_usec;
	size_t count;
	struct {
		uint64_t at_usec, value;
	} points[WINDOW_POINTS]; /* the oldest first */
};

/* Adds a value, unless the last one is nearer than an eighth of the window. */
void window_add(struct window *window, uint64_t at_usec, uint64_t value);

/* How long before `now_usec` the value was last known at the window's far end, and that value; 0:
 * nothing is known from before now. */
uint64_t window_base(const struct window *window, uint64_t now_usec, uint64_t *value);

#define HISTORY_SLOPES 3 /* of need over 0.5, 5 and 60 s: the worst one counts (governor.md 6.1) */

struct history {
	struct window need[HISTORY_SLOPES];
	struct window *slots; /* as many as the ladder has windows, which is mostly none; owned */
};

/* -ENOMEM or 0; given back by history_end(). */
int history_begin(struct history *history, const struct ladder *ladder);
void history_end(struct history *history);

/* Fills in what the reading itself cannot know: time_to_limit_usec and windows. `counters` has the
 * value of each of the ladder's windows: stalled usec, or `max` events. */
void history_take(struct history *history, const struct ladder *ladder,
		  const uint64_t counters[LADDER_WINDOWS], struct reading *reading);

#endif
