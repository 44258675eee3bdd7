// SPDX-License-Identifier: Apache-2.0
/*
 * Looking at one cgroup when something says so.
 * Should: never be woken for nothing, and never sleep through a rung.
 * Must not: block; lower memory.high below usage on purpose.
 */
#include "runtime/governor/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/pressure.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/governor/deadman.h"
#include "runtime/governor/ladder.h"

#define EVENTS_ROOM 512 /* memory.events has 8 short lines */

/* Need can grow without usage growing (cache becomes anonymous memory): one look in 10 s, at the
 * same moment for all cgroups, so that a thousand of them wake the machine no more often than one. */
#define SWEEP_USEC 10000000

/* While page cache alone pushes against a limit, events come every 10 ms and say nothing. */
#define STORM_USEC    100000 /* two wake-ups closer than this, need unmoved, are one */
#define PAUSE_LONGEST 100000
#define PAUSE_LEAST   10000 /* the kernel's own distance of two notifications */
/* No pause is longer than need takes to the next rung at 2 GiB per s: one thread faults 2.25 GiB/s
 * where memory is free [governor.md, finding 1], and here it has to be reclaimed first. */
#define FASTEST_BYTES_PER_USEC ((2ULL << 30) / 1000000)

/* After the trip-line was set, usage may be past it already without a further charge to tell us.
 * An allocator at full speed can do that more than once; then its next charge wakes us. */
#define LOOKS 4

#define UNKILLABLE_OOMS 10 /* as in verdict.c */

size_t watch_rungs(const struct watch *watch)
{
	return watch->governed.ladder != NULL ? watch->governed.ladder->rung_count : 0;
}

void watch_add(struct watch *watch, const struct entry *entry, int rung, const char *note)
{
	struct entry whole = *entry;

	if (rung >= 0) {
		const struct rung *about = &watch->governed.ladder->rungs[rung];

		whole.rung = about->percent;
		whole.trigger = about->percent == 0 ? about->name : NULL;
	}
	timeline_add(&watch->timeline, &whole, note);
}

void watch_note(struct watch *watch, enum moment moment, int rung, const char *note)
{
	struct entry entry = { .moment = moment, .at_usec = clock_monotonic_usec() };

	if (moment == MOMENT_FIRED || moment == MOMENT_PASSED || moment == MOMENT_REARMED) {
		entry.need_bytes = watch->last.need_bytes;
		entry.limit_bytes = watch->last.limit_bytes;
	}
	watch_add(watch, &entry, rung, note);
}

void watch_say_failure(struct watch *watch, const char *what)
{
	char line[ERR_TEXT_SIZE + 64];

	snprintf(line, sizeof(line), "memory governor: %s", what);
	watch->governed.say(watch->governed.context, line);
}

void watch_note_failure(struct watch *watch, int rung, const struct err *err)
{
	watch_note(watch, MOMENT_FAILED, rung, err->text);
	watch_say_failure(watch, err->text);
}

/* ---- listening to memory.events ---- */

/* Removed and not masked: EPOLLERR, which kernfs raises along with EPOLLPRI, cannot be masked. */
static void listen_to_events(struct watch *watch, bool listen)
{
	struct epoll_event event = { .events = EPOLLPRI, .data.ptr = &watch->events_source };

	if (watch->events < 0 || watch->listening == listen)
		return;
	if (epoll_ctl(watch->epoll, listen ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, watch->events,
		      &event) == 0)
		watch->listening = listen;
}

/* Reads the counters, which also makes the next change wake us. False when the cgroup is gone. */
static bool read_events(struct watch *watch, struct memory_events *events)
{
	char text[EVENTS_ROOM];
	ssize_t length = pread(watch->events, text, sizeof(text) - 1, 0);

	if (length < 0)
		return false;
	text[length] = '\0';
	return memory_events_parse(text, events, NULL) == 0;
}

static void note_oom(struct watch *watch, const struct memory_events *now)
{
	uint64_t ooms = now->oom - watch->baseline.own.oom;

	if (now->oom_kill > watch->seen.oom_kill) {
		watch->oom_kill_usec = clock_monotonic_usec();
		watch_note(watch, MOMENT_OOM_KILL, -1, NULL);
	} else if (now->oom > watch->seen.oom && ooms < UNKILLABLE_OOMS) {
		watch_note(watch, MOMENT_OOM, -1, NULL);
	}
	if (!watch->unkillable_said && ooms >= UNKILLABLE_OOMS &&
	    now->oom_kill == watch->baseline.own.oom_kill) {
		watch->unkillable_said = true;
		watch_note(watch, MOMENT_UNKILLABLE, -1, NULL);
	}
	watch->seen = *now;
	watch_record_end(watch);
}

/* ---- one look ---- */

void watch_arm(struct watch *watch, const struct decision *decision, const struct reading *reading)
{
	struct err err = { 0 };
	uint64_t place = MEMORY_NO_LIMIT;

	if (watch->braking.on && !watch->ended)
		return;
	if (decision->next >= 0 && !watch->stop_sent && !watch->ended)
		place = tripline_place(reading, decision->ahead_bytes,
				       watch->line.config_high_bytes);
	if (tripline_set(&watch->line, place, &err) < 0)
		watch_note_failure(watch, -1, &err);
	if (watch->undo != NULL)
		watch->undo->files[UNDO_HIGH].value = watch->line.config_high_bytes;
}

static void note_heard(struct watch *watch)
{
	unsigned heard = contract_heard(&watch->contract);
	size_t i;

	for (i = 0; i < watch_rungs(watch); i++)
		if (heard & (1U << i))
			watch_note(watch, MOMENT_HEARD, (int) i, NULL);
	watch->unheard_said &= ~heard;
}

static void note_changes(struct watch *watch, const struct reading *before)
{
	size_t i;

	if (before->at_usec > 0 && before->limit_bytes != watch->last.limit_bytes) {
		struct entry entry = { .moment = MOMENT_LIMIT,
				       .at_usec = watch->last.at_usec,
				       .limit_bytes = watch->last.limit_bytes };

		timeline_add(&watch->timeline, &entry, NULL);
		action_publish(watch);
	}
	/* After a stop no rung is waited for, and what falls is the program's end. */
	for (i = 0; !watch->stop_sent && i < watch_rungs(watch); i++)
		if (watch->decision.rearmed & (1U << i))
			watch_note(watch, MOMENT_REARMED, (int) i, NULL);
	note_heard(watch);
}

#define ASKS(ladder, metric) (((ladder)->metrics & (1U << (metric))) != 0)

/* What only some ladders ask for. What cannot be read counts as calm: a kernel without PSI, say. */
static void read_more(struct watch *watch, uint64_t counters[LADDER_WINDOWS])
{
	const struct ladder *ladder = watch->governed.ladder;
	int dirfd = watch->governed.cgroup->dirfd;
	struct memory_events events = { 0 };
	struct pressure pressure = { 0 };
	size_t i;

	if (ASKS(ladder, METRIC_SWAP) &&
	    (memory_value_read(dirfd, "memory.swap.current", &watch->last.swap_bytes, NULL) < 0 ||
	     memory_value_read(dirfd, "memory.swap.max", &watch->last.swap_limit_bytes, NULL) < 0))
		watch->last.swap_limit_bytes = 0;
	if (ASKS(ladder, METRIC_PSI_SOME) || ASKS(ladder, METRIC_PSI_FULL))
		(void) pressure_read(dirfd, &pressure, NULL);
	if (ASKS(ladder, METRIC_MAX))
		(void) memory_events_read(dirfd, false, &events, NULL);
	for (i = 0; i < ladder->window_count; i++)
		counters[i] = ladder->windows[i].metric == METRIC_MAX	     ? events.max
			      : ladder->windows[i].metric == METRIC_PSI_FULL ? pressure.full_usec
									     : pressure.some_usec;
}

/* Reads, decides, acts. False when there is nothing to look at any more. */
static bool look_once(struct watch *watch)
{
	uint64_t counters[LADDER_WINDOWS] = { 0 };
	struct reading before = watch->last;
	struct err err = { 0 };

	if (reading_take(watch->governed.cgroup_rootfd, watch->governed.cgroup, watch->cpus,
			 &watch->last, &err) < 0) {
		watch->last = before;
		return false;
	}
	/* What was lent to it for a while is not its own: the ladder measures what it had. */
	if (watch->grown.from_bytes > 0 && watch->grown.from_bytes < watch->last.limit_bytes)
		watch->last.limit_bytes = watch->grown.from_bytes;
	read_more(watch, counters);
	history_take(&watch->history, watch->governed.ladder, counters, &watch->last);
	ladder_step(watch->governed.ladder, watch->states, &watch->last, &watch->decision);
	if (watch->decision.fire >= 0)
		action_fire(watch, &watch->decision, &watch->last);
	else
		watch_arm(watch, &watch->decision, &watch->last);
	note_changes(watch, &before);
	action_rearmed(watch, watch->decision.rearmed);
	watch_record(watch);
	return true;
}

/* Whether usage has passed the line that was just set. */
static bool passed_already(const struct watch *watch)
{
	uint64_t current = 0;

	if (watch->line.placed_bytes == watch->line.config_high_bytes || watch->stop_sent)
		return false;
	return memory_value_read(watch->governed.cgroup->dirfd, "memory.current", &current, NULL) ==
		       0 &&
	       current > watch->line.placed_bytes;
}

static void schedule(struct watch *watch)
{
	uint64_t now = watch->last.at_usec;
	uint64_t sample = now + ladder_sample_usec(watch->last.time_to_limit_usec);
	bool samples = watch->decision.watch_fall || watch->decision.watch_rest;

	watch->look_usec = (now / SWEEP_USEC + 1) * SWEEP_USEC;
	if (samples && sample < watch->look_usec)
		watch->look_usec = sample;
	if (watch->decision.due_usec < watch->look_usec)
		watch->look_usec = watch->decision.due_usec;
}

static void stop_watching(struct watch *watch)
{
	listen_to_events(watch, false);
	action_release(watch);
	tripline_lift(&watch->line, NULL);
	watch->paused_until_usec = 0;
	watch->look_usec = UINT64_MAX;
}

static void look(struct watch *watch)
{
	int looks = 0;

	do {
		if (!look_once(watch)) {
			stop_watching(watch);
			return;
		}
	} while (++looks < LOOKS && passed_already(watch));
	schedule(watch);
}

/* ---- what wakes us ---- */

/* How long not to listen, 0: listen on. */
static uint64_t pause_usec(const struct watch *watch, uint64_t since_usec)
{
	const struct reading *last = &watch->last;
	uint64_t moved = last->need_bytes > watch->woken_need_bytes
				 ? last->need_bytes - watch->woken_need_bytes
				 : 0;
	uint64_t pause = PAUSE_LONGEST;

	if (watch->woken_usec == 0 || since_usec > STORM_USEC + PAUSE_LONGEST ||
	    moved > last->slack_bytes)
		return 0;
	if (watch->decision.next >= 0 &&
	    watch->decision.ahead_bytes / FASTEST_BYTES_PER_USEC < pause)
		pause = watch->decision.ahead_bytes / FASTEST_BYTES_PER_USEC;
	return pause >= PAUSE_LEAST ? pause : 0;
}

void watch_events_ready(struct watch *watch)
{
	uint64_t now = clock_monotonic_usec();
	struct memory_events events = { 0 };
	uint64_t pause;

	/* The look first: whatever the counters say, a rung must not wait for them. */
	look(watch);
	if (!read_events(watch, &events)) {
		stop_watching(watch);
		return;
	}
	/* A contact between the look and the reading is eaten by the reading: look once more. */
	if (passed_already(watch))
		look(watch);
	note_oom(watch, &events);
	pause = pause_usec(watch, now - watch->woken_usec);
	if (pause > 0 && watch->listening) {
		listen_to_events(watch, false);
		watch->paused_until_usec = now + pause;
	}
	watch->woken_usec = now;
	watch->woken_need_bytes = watch->last.need_bytes;
}

/* Whoever changed the limits may have had memory.high for itself meanwhile (cgroupfs/shrink.c). */
void watch_changed_ready(struct watch *watch)
{
	uint64_t high = watch->governed.changed(watch->governed.context);

	if (watch->ended || watch->look_usec == UINT64_MAX)
		return;
	tripline_renew(&watch->line, high);
	if (watch->undo != NULL)
		watch->undo->files[UNDO_HIGH].value = high;
	/* What was lent was lent above another limit. */
	watch->grown.until_usec = 0;
	action_tick(watch, clock_monotonic_usec());
	look(watch);
}

void watch_init_ready(struct watch *watch)
{
	struct memory_events events = { 0 };

	epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->governed.init_pidfd, NULL);
	watch->ended = true;
	watch->ended_usec = clock_monotonic_usec();
	/* An OOM kill is counted before its SIGKILL is sent: the counters are already right. */
	if (watch->events >= 0 && read_events(watch, &events))
		note_oom(watch, &events);
	note_heard(watch);
	watch_note(watch, MOMENT_ENDED, -1, NULL);
	watch_record_end(watch);
	stop_watching(watch);
}

/* ---- what time brings ---- */

static const uint64_t effect_after_usec[EFFECTS] = { 1000000, 5000000 };

static uint64_t effect_due_usec(const struct watched_rung *rung)
{
	if (rung->effects_left == 0)
		return UINT64_MAX;
	return rung->fired_usec + effect_after_usec[EFFECTS - rung->effects_left];
}

/* Whether the rung is there to free something, and not only to tell. */
static bool frees(const struct rung *rung)
{
	return rung_action(rung, ACTION_SIGNAL) != NULL || rung_action(rung, ACTION_EXEC) != NULL ||
	       rung_action(rung, ACTION_SHED) != NULL || rung_action(rung, ACTION_RECLAIM) != NULL;
}

static void note_effect(struct watch *watch, size_t index)
{
	struct watched_rung *rung = &watch->rungs[index];
	bool first = rung->effects_left == EFFECTS;
	struct entry entry = {
		.moment = MOMENT_FREED,
		.at_usec = watch->last.at_usec,
		.need_bytes = watch->last.need_bytes,
		.bytes = (int64_t) rung->fired_need_bytes - (int64_t) watch->last.need_bytes,
	};
	unsigned unheard = watch->contract.unread & ~watch->unheard_said;
	size_t i;

	watch_add(watch, &entry, (int) index, first ? "after 1 s" : "after 5 s");
	rung->effects_left--;
	rung->freed_bytes = entry.bytes > rung->freed_bytes ? entry.bytes : rung->freed_bytes;
	if (rung->effects_left == 0 && frees(&watch->governed.ladder->rungs[index]))
		ladder_effect(&watch->states[index], rung->freed_bytes, watch->last.limit_bytes);
	for (i = 0; first && i < watch_rungs(watch); i++)
		if (unheard & (1U << i))
			watch_note(watch, MOMENT_UNHEARD, (int) i, NULL);
	if (first)
		watch->unheard_said |= unheard;
}

static bool effects_due(const struct watch *watch, uint64_t now_usec)
{
	size_t i;

	for (i = 0; i < watch_rungs(watch); i++)
		if (effect_due_usec(&watch->rungs[i]) <= now_usec)
			return true;
	return false;
}

void watch_tick(struct watch *watch, uint64_t now_usec)
{
	bool effects = !watch->ended && effects_due(watch, now_usec);
	size_t i;

	action_tick(watch, now_usec);
	if (watch->paused_until_usec > 0 && watch->paused_until_usec <= now_usec) {
		watch->paused_until_usec = 0;
		listen_to_events(watch, true);
	}
	if (watch->look_usec <= now_usec || (effects && watch->look_usec != UINT64_MAX))
		look(watch);
	for (i = 0; effects && i < watch_rungs(watch); i++)
		if (effect_due_usec(&watch->rungs[i]) <= now_usec)
			note_effect(watch, i);
}

static void due_by(uint64_t *due, uint64_t at_usec)
{
	if (at_usec < *due)
		*due = at_usec;
}

uint64_t watch_due_usec(const struct watch *watch)
{
	uint64_t due = action_due_usec(watch);
	size_t i;

	due_by(&due, watch->look_usec);
	if (watch->paused_until_usec > 0)
		due_by(&due, watch->paused_until_usec);
	for (i = 0; !watch->ended && i < watch_rungs(watch); i++)
		due_by(&due, effect_due_usec(&watch->rungs[i]));
	return due;
}
