// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_LADDER_H
#define WEIR_GOVERNOR_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * The ladder: what is to be done at which share of the limit, and when a rung fires. Pure: readings
 * and times come in, decisions go out.
 */

#define LADDER_RUNGS   16 /* more than any policy we have seen asks for; bounds every table below */
#define LADDER_ACTIONS 8  /* per rung */
#define LADDER_WORDS   16 /* of one exec action, the program included */

/* Rearming: need has to stay this far below the rung, for this long (governor.md 6.5). */
#define LADDER_REARM_POINTS    5
#define LADDER_REARM_HOLD_USEC 2000000
/* A fall by as much, the distance of two rungs of graceful, is something freed and no noise: the rung is
 * ready at once. A program that refills at full speed has no two seconds. */
#define LADDER_DROP_POINTS 15
/* A rung that fired does not fire again sooner than this, unless something was freed. */
#define LADDER_COOLDOWN_USEC 5000000

enum action_kind {
	ACTION_LOG,    /* a line for people, on the runtime's stderr or log */
	ACTION_NOTIFY, /* a line to the program, through the in-container contract */
	ACTION_SIGNAL, /* a signal to init */
	ACTION_EXEC,   /* a program inside the container */
	ACTION_STOP,   /* lift memory.high, stop signal, grace, cgroup.kill */
};

struct action {
	enum action_kind kind;
	int signal;			 /* ACTION_SIGNAL */
	uint64_t grace_usec;		 /* ACTION_STOP */
	const char *words[LADDER_WORDS]; /* ACTION_EXEC: argv, NULL-ended */
};

struct rung {
	unsigned percent; /* of the limit, 1 … 100, by need (non-reclaimable bytes) */
	struct action actions[LADDER_ACTIONS];
	size_t action_count;
};

struct ladder {
	struct rung rungs[LADDER_RUNGS]; /* ascending */
	size_t rung_count;
	char *text; /* what `words` point into; owned */
};

/*
 * Parses "70:log,notify; 85:notify,signal:USR1; 95:notify,stop=20s" or a preset's name ("graceful").
 * An error names the column: "column 12: unknown action 'shoud' (did you mean 'shed'?)"; actions of
 * the design that are not carried out yet are refused as "column 12: not supported yet: shed".
 * *ladder is released with ladder_free() and untouched on failure.
 */
int ladder_parse(const char *text, struct ladder *ladder, struct err *err);
void ladder_free(struct ladder *ladder);

/* "log", "notify", "signal", "exec", "stop". */
const char *action_name(enum action_kind kind);

#endif
