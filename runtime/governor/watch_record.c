// SPDX-License-Identifier: Apache-2.0
/*
 * Writing down what was seen, for whoever looks and for when we are gone.
 * Should: be done after the actions: nobody waits for it.
 * Must not: fail anybody; cost an idle cgroup more than its first page.
 */
#include <stdio.h>
#include <string.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/pressure.h"
#include "runtime/governor/watch.h"

/* Below half of the limit a look is worth a point only when need has moved (governor.md 6.7). */
#define QUIET_PERCENT 50
#define MOVED_PERCENT 2

/* The processes are weighed when a rung fires and once a second while one is. */
#define SUSPECTS_USEC 1000000

static bool worth_a_point(const struct recorder *recorder, const struct reading *reading)
{
	const struct point *last = &recorder->points[recorder->point_count - 1];
	uint64_t need = reading->need_bytes;
	uint64_t moved;

	if (recorder->point_count == 0 || need >= ladder_bytes(reading->limit_bytes, QUIET_PERCENT))
		return true;
	moved = need > last->need_bytes ? need - last->need_bytes : last->need_bytes - need;
	return moved >= ladder_bytes(reading->limit_bytes, MOVED_PERCENT);
}

static struct point point_of(const struct reading *last)
{
	return (struct point){ .at_usec = last->at_usec,
			       .current_bytes = last->current_bytes,
			       .need_bytes = last->need_bytes,
			       .limit_bytes = last->limit_bytes,
			       .anon_bytes = last->stat.anon,
			       .shmem_bytes = last->stat.shmem,
			       .file_bytes = last->stat.file,
			       .kernel_bytes = last->stat.kernel,
			       .sock_bytes = last->stat.sock,
			       .swap_bytes = last->swap_bytes };
}

static void add_point(struct watch *watch)
{
	struct point point = point_of(&watch->last);
	struct pressure pressure = { 0 };

	recorder_look(watch->recorder, &point, &watch->last.stat);
	if (!worth_a_point(watch->recorder, &watch->last))
		return;
	if (pressure_read(watch->governed.cgroup->dirfd, &pressure, NULL) == 0) {
		point.some_usec = pressure.some_usec;
		point.full_usec = pressure.full_usec;
	}
	recorder_add(watch->recorder, &point);
}

/* What may be charged to the cgroup in all, which is what oom_score_adj is a share of. */
static uint64_t chargeable_bytes(const struct watch *watch)
{
	uint64_t swap = 0;

	if (memory_value_read(watch->governed.cgroup->dirfd, "memory.swap.max", &swap, NULL) < 0 ||
	    swap == MEMORY_NO_LIMIT)
		swap = 0;
	return watch->last.limit_bytes + swap;
}

static void weigh_suspects(struct watch *watch)
{
	struct recorder *recorder = watch->recorder;
	bool fired = watch->decision.fire >= 0;

	if (!fired && (!watch->decision.watch_fall || watch->stop_sent ||
		       watch->last.at_usec - recorder->suspects.at_usec < SUSPECTS_USEC))
		return;
	if (fired && recorder->first_stat_usec == 0) {
		recorder->first_stat = watch->last.stat;
		recorder->first_stat_usec = watch->last.at_usec;
	}
	suspects_take(&recorder->suspects, watch->governed.cgroup, chargeable_bytes(watch));
}

static void record_rungs(struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch_rungs(watch); i++) {
		struct recorded_rung *rung = &watch->recorder->rungs[i];

		rung->fired = watch->states[i].fired;
		rung->fired_count = watch->rungs[i].fired_count;
		rung->first_fired_usec = watch->rungs[i].first_fired_usec;
		rung->fired_usec = watch->rungs[i].fired_usec;
		rung->freed_bytes = watch->rungs[i].freed_bytes;
	}
}

void watch_record(struct watch *watch)
{
	struct recorder *recorder = watch->recorder;

	recorder->time_to_limit_usec = watch->last.time_to_limit_usec;
	add_point(watch);
	record_rungs(watch);
	weigh_suspects(watch);
	watch_record_end(watch);
}

void watch_record_end(struct watch *watch)
{
	struct recorder *recorder = watch->recorder;

	recorder->stop_sent = watch->stop_sent;
	recorder->stop_forced = watch->stop_forced;
	recorder->oom_kill_usec = watch->oom_kill_usec;
	recorder->ended_usec = watch->ended_usec;
}

/* Another governor watched it before and died: its beginning is ours. */
static void go_on(struct watch *watch)
{
	struct recorder *recorder = watch->recorder;
	const struct ladder *ladder = watch->governed.ladder;
	size_t i;

	watch->timeline.began_usec = recorder->began_usec;
	watch->timeline.began_wall_usec = recorder->began_wall_usec;
	watch->baseline = recorder->baseline;
	watch->oom_kill_usec = recorder->oom_kill_usec;
	for (i = 0; i < watch_rungs(watch) && i < recorder->rung_count; i++) {
		const struct recorded_rung *rung = &recorder->rungs[i];

		if (strncmp(rung->name, ladder->rungs[i].name, RECORDER_NAME - 1) != 0)
			continue;
		watch->rungs[i].fired_count = rung->fired_count;
		watch->rungs[i].first_fired_usec = rung->first_fired_usec;
	}
}

void watch_record_begin(struct watch *watch)
{
	const struct ladder *ladder = watch->governed.ladder;
	struct recorder *recorder = watch->recorder;
	size_t i;

	if (recorder->began_usec > 0)
		go_on(watch);
	recorder->began_usec = watch->timeline.began_usec;
	recorder->began_wall_usec = watch->timeline.began_wall_usec;
	recorder->baseline = watch->baseline;
	recorder->rung_count = (uint32_t) watch_rungs(watch);
	for (i = 0; i < watch_rungs(watch); i++) {
		recorder->rungs[i].percent = ladder->rungs[i].percent;
		snprintf(recorder->rungs[i].name, RECORDER_NAME, "%s", ladder->rungs[i].name);
	}
}
