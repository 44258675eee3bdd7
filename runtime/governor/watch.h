// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_WATCH_H
#define WEIR_GOVERNOR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/governor/contract.h"
#include "runtime/governor/counters.h"
#include "runtime/governor/governor.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/step.h"
#include "runtime/governor/timeline.h"
#include "runtime/governor/tripline.h"

/*
 * One governed cgroup: its descriptors, what is known of it, what is under way. Private to the
 * governor's loop (governor.c), the looking (watch.c) and the acting (action.c).
 */
struct undo;
struct watch;

/* Where a wake-up comes from: what epoll hands back. */
enum source_kind { SOURCE_TIMER, SOURCE_EVENTS, SOURCE_INIT, SOURCE_HOOK, SOURCE_DEADMAN };

struct source {
	enum source_kind kind;
	struct watch *watch;
	size_t rung; /* SOURCE_HOOK */
};

#define HOOK_TIMEOUT_USEC 5000000 /* governor.md §6.4 */
#define EFFECTS		  2	  /* what a rung freed is looked at after 1 s and after 5 s */

struct watched_rung {
	int hook; /* pidfd of its exec action that runs; -1: none */
	struct source hook_source;
	uint64_t hook_began_usec;
	bool hook_killed;
	unsigned fired_count;
	uint64_t first_fired_usec;
	uint64_t fired_usec;
	uint64_t fired_need_bytes;
	unsigned effects_left;
};

struct watch {
	struct watch *next;
	struct governed governed;
	int epoll; /* borrowed */
	unsigned cpus;
	/* memory.events */
	int events;
	struct source events_source;
	bool listening;
	uint64_t paused_until_usec; /* not listening until then; 0: not paused */
	uint64_t woken_usec;	    /* the last wake-up by it */
	uint64_t woken_need_bytes;
	struct memory_events seen;
	/* init */
	struct source init_source;
	bool ended;
	uint64_t ended_usec;
	/* what is known */
	struct counters baseline;
	struct reading last;
	uint64_t time_to_limit_usec;
	uint64_t oom_kill_usec; /* when the last OOM kill was seen; 0: never */
	bool unkillable_said;
	/* what is under way */
	struct tripline line;
	struct undo *undo; /* what the deadman is to undo; NULL: nobody guards it */
	struct contract contract;
	unsigned unheard_said; /* bits */
	struct timeline timeline;
	struct decision decision;
	uint64_t look_usec; /* look again at; UINT64_MAX: only when woken */
	bool stop_sent;
	bool stop_forced;
	uint64_t stop_kill_usec;
	uint64_t brake_until_usec;  /* 0: the stop does not brake, or no more */
	struct rung_state *states;  /* one per rung */
	struct watched_rung *rungs; /* one per rung */
};

/* Begins to watch: the baseline, the first reading, the trip-line. *watch is the caller's. */
int watch_open(const struct governed *governed, int epoll, struct watch **watch, struct err *err);

/* From here on a deadman holds what has to be undone. */
void watch_guard(struct watch *watch, struct undo *undo);

/* Stops watching: memory.high is restored, nothing is left behind. */
void watch_end(struct watch *watch);

/* Only closes the descriptors and frees the memory. */
void watch_close(struct watch *watch);

/* What to do when a source is ready. */
void watch_events_ready(struct watch *watch);
void watch_init_ready(struct watch *watch);

/* Does all whose time has come; when the next thing is due (UINT64_MAX: never). */
void watch_tick(struct watch *watch, uint64_t now_usec);
uint64_t watch_due_usec(const struct watch *watch);

/* The number of rungs; 0 without a ladder. */
size_t watch_rungs(const struct watch *watch);

/* A line for the timeline about a rung (index; -1: none); `note` may be NULL. */
void watch_note(struct watch *watch, enum moment moment, int rung, const char *note);
/* The same with what went wrong. */
void watch_note_failure(struct watch *watch, int rung, const struct err *err);

/* ---- action.c ---- */

/* Does what the decision says about `reading`, the program first, and sets the trip-line anew in
 * between: see there for the order. */
void action_fire(struct watch *watch, const struct decision *decision,
		 const struct reading *reading);

/* The time of a stop's grace or of a hook is up. */
void action_tick(struct watch *watch, uint64_t now_usec);
uint64_t action_due_usec(const struct watch *watch);
void action_hook_ready(struct watch *watch, size_t rung);

/* Sets the trip-line for the rung that the decision names next; lifts it when there is none, when
 * stopping, or when init ended. The brake of a stop stays as it is. */
void watch_arm(struct watch *watch, const struct decision *decision, const struct reading *reading);

#endif
