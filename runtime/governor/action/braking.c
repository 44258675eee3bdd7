// SPDX-License-Identifier: Apache-2.0
/*
 * The brake on and off.
 * Should: let go in time, whoever forgot to.
 * Must not: set memory.high above the config's, or hold it longer than the budget.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "cgroupfs/pressure.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/governor/action/action.h"
#include "runtime/governor/deadman.h"

#define THREADS 256 /* looked at: more of them, and there is no brake to speak of anyway */

/* ---- who pulls ---- */

/* 'R': it runs. 'D': the brake itself, or a disk. The others wait for something and take nothing. */
static bool is_busy(int tasks, const char *tid)
{
	char path[64];
	char stat[512];
	const char *behind;

	snprintf(path, sizeof(path), "%.20s/stat", tid);
	if (file_read_at(tasks, path, stat, sizeof(stat), NULL) < 0)
		return false;
	behind = strrchr(stat, ')');
	return behind != NULL && behind[1] == ' ' && (behind[2] == 'R' || behind[2] == 'D');
}

static unsigned busy_threads_of(pid_t pid, unsigned *looked)
{
	char path[64];
	unsigned busy = 0;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int) pid);
	tasks = opendir(path);
	while (tasks != NULL && *looked < THREADS && (entry = readdir(tasks)) != NULL) {
		if (!isdigit((unsigned char) entry->d_name[0]))
			continue;
		(*looked)++;
		busy += is_busy(dirfd(tasks), entry->d_name);
	}
	if (tasks != NULL)
		closedir(tasks);
	return busy;
}

static unsigned busy_threads(const struct watch *watch)
{
	auto_free pid_t *pids = NULL;
	unsigned looked = 0;
	unsigned busy = 0;
	size_t count = 0;
	size_t i;

	if (cgroup_pids(watch->governed.cgroup, &pids, &count, NULL) < 0)
		return 1;
	for (i = 0; i < count && looked < THREADS; i++)
		busy += busy_threads_of(pids[i], &looked);
	return busy > 0 ? busy : 1;
}

/* ---- freezing ---- */

static int write_freeze(const struct watch *watch, const char *value)
{
	return watch->freeze >= 0 && pwrite(watch->freeze, value, 1, 0) == 1 ? 0 : -errno;
}

bool freeze_guard(struct watch *watch, uint64_t until_usec)
{
	char held = '0';

	/* Paused by somebody: then it stands still already, and is not ours to let go. */
	if (watch->freeze < 0 || pread(watch->freeze, &held, 1, 0) != 1 || held != '0')
		return false;
	if (watch->undo != NULL) {
		watch->undo->files[UNDO_FREEZE].value = 0;
		watch->undo->files[UNDO_FREEZE].due = true;
	}
	watch->braking.thaw_usec = until_usec;
	return true;
}

bool freeze_begin(struct watch *watch, uint64_t until_usec)
{
	if (!freeze_guard(watch, until_usec))
		return false;
	/* Not waited for: it is done when each task has left the kernel. */
	if (write_freeze(watch, "1") == 0)
		return true;
	freeze_end(watch);
	return false;
}

void freeze_end(struct watch *watch)
{
	if (watch->braking.thaw_usec == 0)
		return;
	watch->braking.thaw_usec = 0;
	if (write_freeze(watch, "0") == 0 && watch->undo != NULL)
		watch->undo->files[UNDO_FREEZE].due = false;
}

/* ---- braking ---- */

static void look_at(const struct watch *watch, struct brake_look *look)
{
	int dirfd = watch->governed.cgroup->dirfd;
	struct memory_events events = { 0 };
	struct memory_stat stat = { 0 };
	struct pressure pressure = { 0 };

	look->at_usec = clock_monotonic_usec();
	/* Without PSI all the time counts as stalled: the shorter of two. */
	look->stalled_usec = look->at_usec;
	if (pressure_read(dirfd, &pressure, NULL) == 0)
		look->stalled_usec = pressure.some_usec;
	if (memory_events_read(dirfd, true, &events, NULL) == 0)
		look->high_events = events.high;
	if (memory_stat_read(dirfd, &stat, NULL) == 0) {
		look->scanned_pages = stat.pgscan;
		look->stolen_pages = stat.pgsteal;
	}
}

/* The line goes a little above usage, lest the kernel makes the writer reclaim. */
void braking_begin(struct watch *watch, size_t rung, uint64_t budget_usec)
{
	struct braking *braking = &watch->braking;
	uint64_t current = 0;
	uint64_t line;

	if (budget_usec == 0 || braking->on ||
	    memory_value_read(watch->governed.cgroup->dirfd, "memory.current", &current, NULL) < 0)
		return;
	line = current + watch->last.slack_bytes;
	if (line >= watch->last.limit_bytes || line >= watch->line.config_high_bytes ||
	    tripline_set(&watch->line, line, NULL) < 0)
		return;
	braking->on = true;
	braking->rung = rung;
	braking->budget_usec = budget_usec;
	look_at(watch, &braking->began);
	braking->again_usec = braking->began.at_usec + 20000;
}

/* Where many threads pull, the brake holds for no time worth having: then everything stands still
 * for a moment instead, in which what frees memory from outside can work. */
void act_brake(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	const struct rung *rung = &watch->governed.ladder->rungs[fire->rung];
	unsigned threads = busy_threads(watch);
	uint64_t predicted = brake_predict_usec(fire->reading->limit_bytes,
						fire->reading->current_bytes, threads);

	if (action->time_usec == 0)
		return;
	/* A frozen program cannot end itself: with a stop it is braked in any case. */
	if (predicted < BRAKE_WORTH_USEC && rung_action(rung, ACTION_STOP) == NULL &&
	    freeze_begin(watch, clock_monotonic_usec() + BRAKE_FREEZE_USEC)) {
		fire_note(fire, MOMENT_FROZEN, "for 0.2 s: %u threads would pass a brake in %.3f s",
			  threads, (double) predicted / 1e6);
		return;
	}
	braking_begin(watch, fire->rung, action->time_usec);
	if (watch->braking.on && predicted != UINT64_MAX)
		fire_note(fire, MOMENT_BRAKED,
			  "for at most %.1f s; %u threads reach the limit in %.1f s",
			  (double) action->time_usec / 1e6, threads, (double) predicted / 1e6);
	else if (watch->braking.on)
		fire_note(fire, MOMENT_BRAKED, "for at most %.1f s",
			  (double) action->time_usec / 1e6);
}

void braking_end(struct watch *watch, const char *why)
{
	struct braking *braking = &watch->braking;
	struct brake_look now = { 0 };
	struct err err = { 0 };
	char note[96];

	if (!braking->on)
		return;
	look_at(watch, &now);
	braking->on = false;
	if (tripline_lift(&watch->line, &err) < 0)
		watch_note_failure(watch, -1, &err);
	snprintf(note, sizeof(note), "%s; slowed for %.2f s of %.2f s", why,
		 (double) (now.stalled_usec - braking->began.stalled_usec) / 1e6,
		 (double) (now.at_usec - braking->began.at_usec) / 1e6);
	watch_note(watch, MOMENT_RELEASED, (int) braking->rung, note);
}

void braking_tick(struct watch *watch, uint64_t now_usec)
{
	static const char *const reasons[] = {
		[BRAKE_SPENT] = "its time is spent",
		[BRAKE_FUTILE] = "it only made the kernel search in vain",
	};
	struct braking *braking = &watch->braking;
	struct brake_look now = { 0 };
	uint64_t again = 0;
	enum brake_end end;

	if (braking->thaw_usec > 0 && braking->thaw_usec <= now_usec)
		freeze_end(watch);
	if (!braking->on || braking->again_usec > now_usec || watch->ended)
		return;
	look_at(watch, &now);
	end = brake_judge(&braking->began, &now, braking->budget_usec, &again);
	if (end == BRAKE_HOLDS)
		braking->again_usec = now.at_usec + again;
	else
		braking_end(watch, reasons[end]);
}

uint64_t braking_due_usec(const struct watch *watch)
{
	const struct braking *braking = &watch->braking;
	uint64_t due = braking->on && !watch->ended ? braking->again_usec : UINT64_MAX;

	return braking->thaw_usec > 0 && braking->thaw_usec < due ? braking->thaw_usec : due;
}
