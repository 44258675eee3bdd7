// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_WATCH_H
#define WEIR_GOVERNOR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/governor/brake.h"
#include "runtime/governor/contract.h"
#include "runtime/governor/counters.h"
#include "runtime/governor/governor.h"
#include "runtime/governor/history.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/step.h"
#include "runtime/governor/timeline.h"
#include "runtime/governor/tripline.h"

/*
 * One governed cgroup: its descriptors, what is known of it, what is under way. Private to the
 * governor's loop (governor.c), the looking (watch.c) and the acting (action.c).
 */
struct undo;
struct watch;
struct witness;

/* Where a wake-up comes from: what epoll hands back. */
enum source_kind {
	SOURCE_TIMER,
	SOURCE_EVENTS,
	SOURCE_INIT,
	SOURCE_CHANGED,
	SOURCE_JOB,
	SOURCE_DEADMAN,
};

struct source {
	enum source_kind kind;
	struct watch *watch;
	size_t job; /* SOURCE_JOB */
};

#define EFFECTS 2 /* what a rung freed is looked at after 1 s and after 5 s */
#define JOBS	4 /* in flight for one cgroup (governor.md 6.4) */

/* A process that does what takes time: a program of the ladder, or a helper of ours. */
struct job {
	int pidfd;  /* -1: none */
	int output; /* what it has to say; -1: nothing */
	struct source source;
	enum action_kind kind;
	size_t rung;
	uint64_t began_usec;
	uint64_t began_need_bytes;
	uint64_t timeout_usec;
	bool killed;
};

/* The brake of a rung or of a stop. */
struct braking {
	bool on;
	size_t rung;
	uint64_t budget_usec;
	struct brake_look began;
	uint64_t again_usec; /* when to ask how much was spent */
	uint64_t thaw_usec;  /* frozen until then; 0: not frozen */
};

/* memory.max while it is more than the config's. */
struct grown {
	int fd;		     /* memory.max; -1: no rung grows */
	uint64_t from_bytes; /* what it was; 0: it is that */
	uint64_t to_bytes;
	size_t rung;
	uint64_t until_usec; /* when to try to give it back */
};

struct watched_rung {
	int64_t freed_bytes; /* the most seen since it fired */
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
	struct source changed_source;
	/* what is known */
	struct counters baseline;
	struct reading last;
	struct history history;
	uint64_t oom_kill_usec; /* when the last OOM kill was seen; 0: never */
	bool unkillable_said;
	/* what is under way */
	struct tripline line;
	struct undo *undo; /* what the deadman is to undo; NULL: nobody guards it */
	struct contract contract;
	unsigned unheard_said; /* bits */
	struct timeline timeline;
	struct recorder *recorder;     /* owned */
	const struct witness *witness; /* borrowed; NULL: none */
	struct decision decision;
	uint64_t look_usec; /* look again at; UINT64_MAX: only when woken */
	bool stop_sent;
	bool stop_forced;
	uint64_t stop_kill_usec;
	struct braking braking;
	int freeze; /* cgroup.freeze; -1: no rung freezes */
	struct grown grown;
	bool unready;
	struct job jobs[JOBS];
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
void watch_changed_ready(struct watch *watch);

/* Does all whose time has come; when the next thing is due (UINT64_MAX: never). */
void watch_tick(struct watch *watch, uint64_t now_usec);
uint64_t watch_due_usec(const struct watch *watch);

/* The number of rungs; 0 without a ladder. */
size_t watch_rungs(const struct watch *watch);

/* A line for the timeline about a rung (index; -1: none); `note` may be NULL. */
void watch_note(struct watch *watch, enum moment moment, int rung, const char *note);
/* The same with what went wrong. */
void watch_note_failure(struct watch *watch, int rung, const struct err *err);
/* Only said, not written down. */
void watch_say_failure(struct watch *watch, const char *what);

/* A line of the timeline with all that is known of the rung. */
void watch_add(struct watch *watch, const struct entry *entry, int rung, const char *note);

/* ---- the recorder ---- */

/* What is known from the beginning; what the last look told; how it stands with the end. */
void watch_record_begin(struct watch *watch);
void watch_record(struct watch *watch);
void watch_record_end(struct watch *watch);

/* ---- action/ ---- */

/* Does what the decision says about `reading`, the program first, and sets the trip-line anew in
 * between: see action/fire.c for the order. */
void action_fire(struct watch *watch, const struct decision *decision,
		 const struct reading *reading);

/* What the program can read at any time is true again: the limit, or which rungs have fired. */
void action_publish(struct watch *watch);

/* Rungs (bits) that are ready again: what they hold is let go. */
void action_rearmed(struct watch *watch, unsigned rungs);

/* The time of a stop's grace, of a brake or of a job is up. */
void action_tick(struct watch *watch, uint64_t now_usec);
uint64_t action_due_usec(const struct watch *watch);
void action_job_ready(struct watch *watch, size_t job);

/* Lets go of everything that is held: init has ended, or the watch does. */
void action_release(struct watch *watch);

/* Sets the trip-line for the rung that the decision names next; lifts it when there is none, when
 * stopping, or when init ended. A brake stays as it is. */
void watch_arm(struct watch *watch, const struct decision *decision, const struct reading *reading);

#endif
