// SPDX-License-Identifier: Apache-2.0
/*
 * Triggers against a reading.
 * Should: put every metric on one scale, so that a rung needs no other rule than its lines.
 * Must not: remember anything.
 */
#include "runtime/governor/trigger.h"

#include "cgroupfs/memory.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/step.h"

static double points(const struct reading *reading, double count)
{
	return (double) reading->limit_bytes / 100 * count;
}

/* Bytes: of need, of usage, or of need as what it leaves. */
static void gauge_usage(const struct trigger *trigger, const struct reading *reading,
			double relief_points, struct gauge *gauge)
{
	uint64_t cache = reading->stat.inactive_file;
	uint64_t level = reading->need_bytes;
	uint64_t line = trigger->value;

	if (trigger->metric == METRIC_USE)
		level = reading->current_bytes;
	if (trigger->metric == METRIC_WS)
		level = reading->current_bytes > cache ? reading->current_bytes - cache : 0;
	if (trigger->percent)
		line = ladder_bytes(reading->limit_bytes, (unsigned) trigger->value);
	if (trigger->metric == METRIC_FREE)
		line = reading->limit_bytes > line ? reading->limit_bytes - line : 0;
	gauge->usage = true;
	gauge->level = (double) level;
	gauge->line = (double) line - points(reading, relief_points);
	gauge->rearm = gauge->line - points(reading, LADDER_REARM_POINTS);
	gauge->drop = gauge->line - points(reading, LADDER_DROP_POINTS);
}

/* The shorter the time, the nearer the trouble: its inverse. Ready again at twice the time. */
static void gauge_time(const struct trigger *trigger, const struct reading *reading,
		       struct gauge *gauge)
{
	gauge->level =
		reading->time_to_limit_usec > 0 ? 1.0 / (double) reading->time_to_limit_usec : 0;
	gauge->line = 1.0 / (double) trigger->value;
	gauge->rearm = gauge->line / 2;
}

static void gauge_swap(const struct trigger *trigger, const struct reading *reading,
		       struct gauge *gauge)
{
	if (reading->swap_limit_bytes > 0 && reading->swap_limit_bytes != MEMORY_NO_LIMIT)
		gauge->level =
			100.0 * (double) reading->swap_bytes / (double) reading->swap_limit_bytes;
	gauge->line = (double) trigger->value;
	gauge->rearm = gauge->line - LADDER_REARM_POINTS;
}

/* Stalls (percent of the time) and events (their number). Ready again at half. */
static void gauge_window(const struct trigger *trigger, const struct reading *reading,
			 struct gauge *gauge)
{
	gauge->level = reading->windows[trigger->slot];
	/* "More than": a count of 10 does not pass max>10. */
	gauge->line = (double) trigger->value + (trigger->percent ? 0 : 1);
	gauge->rearm = gauge->line / 2;
}

void trigger_gauge(const struct trigger *trigger, const struct reading *reading,
		   double relief_points, struct gauge *gauge)
{
	*gauge = (struct gauge){ .drop = -1 };
	switch (trigger->metric) {
	case METRIC_TTL:
		gauge_time(trigger, reading, gauge);
		break;
	case METRIC_SWAP:
		gauge_swap(trigger, reading, gauge);
		break;
	case METRIC_PSI_SOME:
	case METRIC_PSI_FULL:
	case METRIC_MAX:
		gauge_window(trigger, reading, gauge);
		break;
	default:
		gauge_usage(trigger, reading, relief_points, gauge);
	}
}

/* What usage has to grow by until this one is true, if it can be told by usage. */
static uint64_t ahead_of(const struct gauge *gauge, const struct reading *reading)
{
	double ahead = gauge->line - gauge->level;

	return gauge->level + (double) reading->slack_bytes >= gauge->line ? 0 : (uint64_t) ahead;
}

void rung_stand(const struct rung *rung, const struct reading *reading, double relief_points,
		struct standing *standing)
{
	static const struct trigger floor = { METRIC_NEED, true, LADDER_FLOOR_PERCENT, 0, 0 };
	uint64_t ahead = 0;
	bool usage = false;
	bool all = true;
	struct gauge gauge;
	size_t i;

	*standing = (struct standing){ .reached = true, .ahead_bytes = UINT64_MAX };
	for (i = 0; i < rung->trigger_count; i++) {
		bool reached;

		trigger_gauge(&rung->triggers[i], reading, relief_points, &gauge);
		reached = gauge.usage ? ahead_of(&gauge, reading) == 0 : gauge.level >= gauge.line;
		standing->reached &= reached;
		standing->rearms |= gauge.level < gauge.rearm;
		standing->dropped |= gauge.drop >= 0 && gauge.level < gauge.drop;
		usage |= gauge.usage;
		all &= gauge.usage;
		if (gauge.usage && ahead_of(&gauge, reading) > ahead)
			ahead = ahead_of(&gauge, reading);
	}
	if (!usage) {
		trigger_gauge(&floor, reading, 0, &gauge);
		ahead = ahead_of(&gauge, reading);
	}
	standing->sampled = !all && ahead == 0;
	if (ahead > 0)
		standing->ahead_bytes = ahead;
}
