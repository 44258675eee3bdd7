// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_TIMELINE_H
#define WEIR_GOVERNOR_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

struct emit;

/*
 * What happened to one governed cgroup, in order. Bounded: when it is full the middle goes, because
 * the beginning and the end explain most. Each entry is also appended to a file as it happens.
 */
#define TIMELINE_ENTRIES 256
#define TIMELINE_FIRST	 64 /* of these, the ones never dropped */

enum moment {
	MOMENT_WATCHING, /* began; limit_bytes */
	MOMENT_LIMIT,	 /* the limit changed */
	MOMENT_FIRED,	 /* a rung's actions ran; note: their names */
	MOMENT_PASSED,	 /* a rung reached together with a higher one; only told */
	MOMENT_REARMED,
	MOMENT_NOTIFIED,
	MOMENT_HEARD,
	MOMENT_UNHEARD, /* nobody had read the notification after 1 s */
	MOMENT_DROPPED, /* the FIFO was full */
	MOMENT_SIGNAL,
	MOMENT_EXEC,
	MOMENT_EXEC_ENDED,
	MOMENT_STOP,
	MOMENT_BRAKED, /* by memory.high; note: for how long it may be */
	MOMENT_RELEASED,
	MOMENT_FROZEN,
	MOMENT_THAWED,
	MOMENT_UNREADY,
	MOMENT_READY,
	MOMENT_GROWN,	 /* memory.max went up */
	MOMENT_SHRUNK,	 /* and is the config's again */
	MOMENT_KILLED,	 /* by an action; note: whom */
	MOMENT_STARTED,	 /* an action that takes time; note: which */
	MOMENT_DONE,	 /* and what came of it */
	MOMENT_SNAPSHOT, /* note: who has the memory */
	MOMENT_GRACE_OVER,
	MOMENT_FREED, /* what need fell by since a rung fired; note: after how long */
	MOMENT_OOM,
	MOMENT_OOM_KILL,
	MOMENT_UNKILLABLE, /* oom rises and nothing is killed */
	MOMENT_FAILED,	   /* an action, or the trip-line; note: why */
	MOMENT_ENDED,	   /* init did */
	MOMENTS
};

/* The word of the "event" member. */
const char *moment_name(enum moment moment);

struct entry {
	enum moment moment;
	uint64_t at_usec;    /* CLOCK_MONOTONIC */
	unsigned rung;	     /* percent; 0: about none, or another kind */
	const char *trigger; /* the name of a rung of another kind; outlives the timeline */
	uint64_t need_bytes, limit_bytes; /* 0: not said */
	int64_t bytes;			  /* MOMENT_FREED */
	char *note;			  /* owned; NULL: none */
};

struct timeline {
	struct entry *entries; /* grown on demand: most cgroups never have ten */
	size_t count, room;
	size_t dropped;
	int fd;		     /* borrowed; -1: none */
	uint64_t began_usec; /* CLOCK_MONOTONIC */
	uint64_t began_wall_usec;
};

void timeline_open(struct timeline *timeline, int fd);

/* Adds *entry with a copy of `note` (NULL: none; entry->note is not looked at). Failing to write the file or to get memory is counted as
 * dropped and never an error: the ladder goes on. */
void timeline_add(struct timeline *timeline, const struct entry *entry, const char *note);

/* The entries as an array `key`. */
void timeline_emit(const struct timeline *timeline, struct emit *emit, const char *key);

/* The same from what was appended to its file: whole lines of JSON, the newest TIMELINE_ENTRIES. */
void timeline_emit_text(const char *lines, struct emit *emit, const char *key);

/* A monotonic time of this timeline as wall time. */
uint64_t timeline_wall_usec(const struct timeline *timeline, uint64_t at_usec);

void timeline_close(struct timeline *timeline);

#endif
