// SPDX-License-Identifier: Apache-2.0
/*
 * Several readings together.
 * Should: cost a few words for each window, however often it is read.
 * Must not: ask the time.
 */
#include "runtime/governor/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/governor/reading.h"

#define SHORTEST_BASE_USEC 10000 /* of a slope: the kernel's own events are 10 ms apart */

static const uint64_t slope_spans_usec[HISTORY_SLOPES] = { 500000, 5000000, 60000000 };

static void drop_first(struct window *window)
{
	memmove(window->points, window->points + 1,
		(window->count - 1) * sizeof(window->points[0]));
	window->count--;
}

void window_add(struct window *window, uint64_t at_usec, uint64_t value)
{
	uint64_t span = window->span_usec;

	if (window->count > 0 && at_usec - window->points[window->count - 1].at_usec < span / 8)
		return;
	/* The one before the window's far end is the base; those before it are of no use. */
	while (window->count > 1 && at_usec - window->points[1].at_usec >= span)
		drop_first(window);
	if (window->count == WINDOW_POINTS)
		drop_first(window);
	window->points[window->count].at_usec = at_usec;
	window->points[window->count++].value = value;
}

uint64_t window_base(const struct window *window, uint64_t now_usec, uint64_t *value)
{
	size_t i = 0;

	if (window->count == 0 || window->points[0].at_usec >= now_usec)
		return 0;
	while (i + 1 < window->count &&
	       now_usec - window->points[i + 1].at_usec >= window->span_usec)
		i++;
	*value = window->points[i].value;
	return now_usec - window->points[i].at_usec;
}

int history_begin(struct history *history, const struct ladder *ladder)
{
	size_t i;

	*history = (struct history){ 0 };
	if (ladder->window_count > 0) {
		history->slots = calloc(ladder->window_count, sizeof(*history->slots));
		if (history->slots == NULL)
			return -ENOMEM;
	}
	for (i = 0; i < HISTORY_SLOPES; i++)
		history->need[i].span_usec = slope_spans_usec[i];
	for (i = 0; i < ladder->window_count; i++)
		history->slots[i].span_usec = ladder->windows[i].window_usec;
	return 0;
}

void history_end(struct history *history)
{
	free(history->slots);
	history->slots = NULL;
}

/* Microseconds until need meets the limit at the pace over this window; UINT64_MAX: never. */
static uint64_t time_at_pace(const struct window *window, const struct reading *reading)
{
	uint64_t before = 0;
	uint64_t elapsed = window_base(window, reading->at_usec, &before);
	double left = (double) reading->limit_bytes - (double) reading->need_bytes;
	double time;

	if (elapsed < SHORTEST_BASE_USEC || reading->need_bytes <= before || left <= 0)
		return UINT64_MAX;
	time = left / (double) (reading->need_bytes - before) * (double) elapsed;
	return time < 1e15 ? (uint64_t) time + 1 : UINT64_MAX;
}

static void take_need(struct history *history, struct reading *reading)
{
	uint64_t worst = UINT64_MAX;
	size_t i;

	for (i = 0; i < HISTORY_SLOPES; i++) {
		uint64_t time = time_at_pace(&history->need[i], reading);

		worst = time < worst ? time : worst;
		window_add(&history->need[i], reading->at_usec, reading->need_bytes);
	}
	reading->time_to_limit_usec = worst != UINT64_MAX ? worst : 0;
}

/* A stall is a share of the window, or of the time since its base if that is longer; before the
 * window has passed once, what is not known counts as calm. Events are counted to the window. */
static double measure(const struct trigger *trigger, const struct window *window, uint64_t now_usec,
		      uint64_t counter)
{
	uint64_t before = counter;
	uint64_t elapsed = window_base(window, now_usec, &before);
	double grown = counter > before ? (double) (counter - before) : 0;

	if (elapsed < window->span_usec)
		elapsed = window->span_usec;
	if (trigger->metric == METRIC_MAX)
		return grown * (double) window->span_usec / (double) elapsed;
	return 100.0 * grown / (double) elapsed;
}

void history_take(struct history *history, const struct ladder *ladder,
		  const uint64_t counters[LADDER_WINDOWS], struct reading *reading)
{
	size_t i;

	take_need(history, reading);
	for (i = 0; i < ladder->window_count; i++) {
		reading->windows[i] = measure(&ladder->windows[i], &history->slots[i],
					      reading->at_usec, counters[i]);
		window_add(&history->slots[i], reading->at_usec, counters[i]);
	}
}
