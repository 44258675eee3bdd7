// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_TRIGGER_H
#define WEIR_GOVERNOR_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

struct reading;
struct rung;
struct trigger;

/* A trigger against a reading, all on one scale that rises towards trouble. Pure. */
struct gauge {
	double level; /* now */
	double line;  /* true at or above it */
	double rearm; /* ready again below it */
	double drop;  /* something was freed below it; -1: it cannot tell */
	bool usage;   /* in bytes: memory.high can stand where it comes true */
};

/* `relief_points` of the limit lower than written, for a share of it. */
void trigger_gauge(const struct trigger *trigger, const struct reading *reading,
		   double relief_points, struct gauge *gauge);

/* A rung against a reading: all its triggers. */
struct standing {
	bool reached;
	bool rearms;	      /* one of them is below its rearm line */
	bool dropped;	      /* one of them says that something was freed */
	bool sampled;	      /* what can be told by usage is so; the rest has to be looked at */
	uint64_t ahead_bytes; /* what usage has to grow by for it to be told; UINT64_MAX: it is */
};

void rung_stand(const struct rung *rung, const struct reading *reading, double relief_points,
		struct standing *standing);

#endif
