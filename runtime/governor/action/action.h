// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_ACTION_ACTION_H
#define WEIR_GOVERNOR_ACTION_ACTION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/timeline.h"
#include "runtime/governor/watch.h"

/*
 * Doing what the ladder decided: one noun a file, one row an action (fire.c). Private to this folder.
 */

#define DEED_NOTE 160
#define DEEDS	  96 /* 16 rungs told, 8 actions, their failures, some more */

/* What was done, with its time, until there is time to write it down. */
struct deed {
	enum moment moment;
	size_t rung;
	uint64_t at_usec;
	char note[DEED_NOTE];
};

/* One firing. */
struct fire {
	struct watch *watch;
	const struct reading *reading;
	size_t rung; /* the one whose actions are done */
	struct deed deeds[DEEDS];
	size_t count;
};

__attribute__((format(printf, 3, 4))) void fire_note(struct fire *fire, enum moment moment,
						     const char *format, ...);
void fire_fail(struct fire *fire, const struct err *err);

/* Each does one action of a rung and notes what came of it. None waits for anybody. */
void act_log(struct fire *fire, const struct action *action);
void act_event(struct fire *fire, const struct action *action);
void act_notify(struct fire *fire, const struct action *action);
void act_unready(struct fire *fire, const struct action *action);
void act_signal(struct fire *fire, const struct action *action);
void act_kill_largest(struct fire *fire, const struct action *action);
void act_kill_group(struct fire *fire, const struct action *action);
void act_stop(struct fire *fire, const struct action *action);
void act_grow(struct fire *fire, const struct action *action);
void act_brake(struct fire *fire, const struct action *action);
void act_exec(struct fire *fire, const struct action *action);
void act_reclaim(struct fire *fire, const struct action *action);
void act_shed(struct fire *fire, const struct action *action);
void act_heap_dump(struct fire *fire, const struct action *action);
void act_snapshot(struct fire *fire, const struct action *action);

/* `bytes` or `percent` of the limit, as the action says. */
uint64_t action_amount(const struct action *action, uint64_t limit_bytes);

/* ---- time ---- */

void stop_tick(struct watch *watch, uint64_t now_usec);
uint64_t stop_due_usec(const struct watch *watch);
void braking_tick(struct watch *watch, uint64_t now_usec);
uint64_t braking_due_usec(const struct watch *watch);
void grow_tick(struct watch *watch, uint64_t now_usec);
uint64_t grow_due_usec(const struct watch *watch);
void job_tick(struct watch *watch, uint64_t now_usec);
uint64_t job_due_usec(const struct watch *watch);

/* Everything in the cgroup stands still until then, and no longer, whatever happens. freeze_guard(): a
 * helper makes it so. False if it must not be. */
bool freeze_begin(struct watch *watch, uint64_t until_usec);
bool freeze_guard(struct watch *watch, uint64_t until_usec);
void freeze_end(struct watch *watch);

/* Lets go of the brake; what is said of it. */
void braking_end(struct watch *watch, const char *why);

void grow_end(struct watch *watch);

/* A rung is ready again: is the container? */
void tell_rearmed(struct watch *watch, size_t rung);

/* Brakes from where usage stands, for at most `budget_usec` of stalled time. */
void braking_begin(struct watch *watch, size_t rung, uint64_t budget_usec);

/* ---- jobs: what takes time is done by another process ---- */

/* What the process does: writes what came of it to `output`; its status is for the timeline. Runs
 * with no other descriptors than `output` and those of `keep`. */
struct job_work {
	int (*work)(const void *context, int output);
	const void *context;
	int keep[4]; /* -1: none */
};

/* Forks it. -EBUSY if the same action of the rung still runs. */
int job_fork(struct fire *fire, const struct action *action, const struct job_work *work,
	     struct err *err);

/* Takes over a process that somebody else started; so with its output (-1: none). */
int job_adopt(struct fire *fire, const struct action *action, int pidfd, int output,
	      struct err *err);

/* Whether the rung's action may start a job; -EBUSY or 0. */
int job_may_start(struct fire *fire, const struct action *action, struct err *err);

#endif
