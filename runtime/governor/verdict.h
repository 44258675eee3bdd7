// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_VERDICT_H
#define WEIR_GOVERNOR_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/governor/counters.h"
#include "runtime/governor/governor.h"

/*
 * What ended a cgroup's first process, from the counters up the hierarchy (governor.md §3.3). Pure.
 */
enum verdict {
	VERDICT_OK,
	VERDICT_FAILED,	 /* exit status other than 0 */
	VERDICT_CRASHED, /* a signal other than SIGKILL */
	VERDICT_NOT_OOM, /* SIGKILL, and the kernel killed nothing for memory */
	VERDICT_OWN_LIMIT,
	VERDICT_ANCESTOR_LIMIT,
	VERDICT_GLOBAL,
	VERDICT_CHILD_OOM,  /* something was OOM-killed, and the first process was not */
	VERDICT_UNKILLABLE, /* at the limit, and nothing that may be killed */
	VERDICT_GRACEFUL_STOP,
	VERDICT_FORCED_STOP, /* the grace period of a stop was over */
	VERDICT_TIMED_OUT,
	VERDICT_RUNNING, /* it has not ended */
	VERDICT_ENDED,	 /* how is not known here; no OOM */
	VERDICTS
};

const char *verdict_name(enum verdict verdict);

/* Whose limit was hit. */
enum holder { HOLDER_NONE, HOLDER_OWN, HOLDER_ANCESTOR, HOLDER_GLOBAL };

enum tristate { UNKNOWN, NO, YES };

struct evidence {
	struct ending ending;
	struct counters delta; /* since the baseline */
	bool stop_sent;	       /* our ladder's stop sent its signal */
	bool stop_forced;      /* and its grace period was over */
	int stop_signal;
	enum tristate init_killed;   /* the kernel log names init as the victim, or others only */
	enum holder logged_holder;   /* as the kernel log tells; HOLDER_NONE: it does not */
	enum tristate killed_at_end; /* the last OOM kill was seen right before init's end */
};

struct judgement {
	enum verdict verdict;
	enum holder holder; /* of the limit that was hit; HOLDER_NONE if none was */
	size_t level;	    /* HOLDER_ANCESTOR: index into the delta's levels */
	bool group;	    /* memory.oom.group: all were killed together */
};

void verdict_judge(const struct evidence *evidence, struct judgement *judgement);

#endif
