// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_RECORDER_H
#define WEIR_GOVERNOR_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroupfs/memory.h"
#include "runtime/governor/counters.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/suspects.h"

struct err;

/*
 * The flight recorder: what a governor knows of one cgroup, in a mapped file. Whoever looks (status, top,
 * metrics) reads it without asking anybody, and what was seen outlives a governor that is killed -9.
 * A plain copy of memory in the byte order of the machine: read by the same build, or refused.
 */
#define RECORDER_POINTS 120 /* governor.md 6.7 */
#define RECORDER_RECENT 60  /* of these, as they were taken; what is older is thinned out */
/* Looks come in bursts at a contact; two of them closer than this tell one thing. */
#define RECORDER_NEAREST_USEC 10000
#define RECORDER_NAME	      48 /* of a rung: "psi.full>20%/5s & need>85%" has 26 */

struct point {
	uint64_t at_usec; /* CLOCK_MONOTONIC */
	uint64_t current_bytes, need_bytes, limit_bytes;
	uint64_t anon_bytes, shmem_bytes, file_bytes, kernel_bytes, sock_bytes, swap_bytes;
	uint64_t some_usec, full_usec; /* of memory.pressure, totals */
};

struct recorded_rung {
	char name[RECORDER_NAME]; /* its triggers, as written */
	uint32_t percent;	  /* 0: not a share of need */
	uint32_t fired_count;
	bool fired; /* and not ready again */
	uint64_t first_fired_usec, fired_usec;
	int64_t freed_bytes; /* the most need fell by within 5 s of firing; INT64_MIN: not known yet */
};

struct recorder {
	char magic[8];
	uint32_t size; /* of the struct: another build's is another one */
	uint32_t point_count;
	uint32_t rung_count;
	bool stop_sent, stop_forced;
	uint64_t began_usec, began_wall_usec;
	uint64_t ended_usec;	     /* of init; 0: it has not */
	uint64_t oom_kill_usec;	     /* when the last one was seen; 0: never */
	uint64_t time_to_limit_usec; /* at the last look; 0: need does not rise */
	/* The last time that need was at its highest, or within a 64th of that. What is read after a kill
	 * tells little of what led to it. */
	uint64_t peak_need_bytes;
	struct point peak;
	struct memory_stat peak_stat;
	struct counters baseline;
	struct point last;	       /* the last look, worth a point or not; at_usec 0: none */
	struct memory_stat stat;       /* at that */
	struct memory_stat first_stat; /* when the first rung fired */
	uint64_t first_stat_usec;      /* 0: none has */
	struct suspects suspects;      /* whom the kernel would choose, at the last look */
	struct recorded_rung rungs[LADDER_RUNGS];
	struct point points[RECORDER_POINTS]; /* ascending */
};

/* Maps `fd`, a file of the caller's, which may be closed then (-1: memory of no file). An empty one is
 * begun; one of a governor that died is gone on with. The mapping is inherited by fork(2). NULL without
 * memory. */
struct recorder *recorder_open(int fd);
void recorder_close(struct recorder *recorder);

/* The last look, for a point or not. */
void recorder_look(struct recorder *recorder, const struct point *point,
		   const struct memory_stat *stat);

/* Adds a point. When there is no room, every other one of the older half goes: the beginning stays,
 * ever coarser. */
void recorder_add(struct recorder *recorder, const struct point *point);

/* Reads a file that a governor, alive or dead, maps. -ENOENT if there is none, -EINVAL if it is no
 * such file. What a torn write left is dropped. */
int recorder_read(int dirfd, const char *name, struct recorder *recorder, struct err *err);

/* Bytes per second that need grew by in the `usec` before its peak; 0 if it fell or is not known. */
double recorder_pace(const struct recorder *recorder, uint64_t usec);

#endif
