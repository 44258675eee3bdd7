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

#define LADDER_RUNGS	16 /* more than any policy we have seen asks for; bounds every table below */
#define LADDER_ACTIONS	8  /* per rung */
#define LADDER_TRIGGERS 4  /* per rung, joined by & */
#define LADDER_WINDOWS	8  /* triggers with a window of time, in all */
#define LADDER_WORDS	16 /* of one exec action, the program included */

/* Rearming: need has to stay this far below the rung, for this long (governor.md 6.5). */
#define LADDER_REARM_POINTS    5
#define LADDER_REARM_HOLD_USEC 2000000
/* A fall by as much, the distance of two rungs of graceful, is something freed and no noise: the rung is
 * ready at once. A program that refills at full speed has no two seconds. */
#define LADDER_DROP_POINTS 15
/* A rung that fired does not fire again sooner than this, unless something was freed; twice as long
 * each time its actions free nothing. */
#define LADDER_COOLDOWN_USEC	     5000000
#define LADDER_COOLDOWN_LONGEST_USEC 300000000
/* A rung without a share of the limit of its own is looked after from here on (governor.md 6.7). */
#define LADDER_FLOOR_PERCENT 50

/* What a trigger looks at (governor.md 6.1). The first four tell by usage alone: memory.high can be
 * set where they come true. The others are sampled. */
enum metric {
	METRIC_NEED, /* what only the program can give back */
	METRIC_USE,  /* memory.current */
	METRIC_WS,   /* memory.current less the inactive page cache */
	METRIC_FREE, /* what need leaves of the limit */
	METRIC_TTL,  /* the time until need meets the limit */
	METRIC_PSI_SOME,
	METRIC_PSI_FULL,
	METRIC_SWAP, /* of memory.swap.max */
	METRIC_MAX,  /* `max` events of memory.events */
	METRICS
};

struct trigger {
	enum metric metric;
	bool percent;	/* of the limit, of the time, of swap; otherwise bytes, usec or events */
	uint64_t value; /* true above it; METRIC_FREE and METRIC_TTL: below it */
	uint64_t window_usec; /* METRIC_PSI_*, METRIC_MAX */
	unsigned slot;	      /* of those: which of the reading's windows it is */
};

enum action_kind {
	ACTION_LOG,	 /* a line for people, on the runtime's stderr or log */
	ACTION_EVENT,	 /* a line of JSON for programs on the host */
	ACTION_NOTIFY,	 /* a line to the program, through the in-container contract */
	ACTION_UNREADY,	 /* a file that a readiness probe looks at, until the rung is ready again */
	ACTION_SIGNAL,	 /* a signal to init, all, or those of a name */
	ACTION_RECLAIM,	 /* memory.reclaim */
	ACTION_SHED,	 /* what fits each language runtime found in the container */
	ACTION_SNAPSHOT, /* who has the memory, while it stands still */
	ACTION_HEAP_DUMP,    /* of the runtimes that can */
	ACTION_GROW,	     /* memory.max up for a while */
	ACTION_EXEC,	     /* a program inside the container */
	ACTION_HOST_EXEC,    /* a program of the host */
	ACTION_BRAKE,	     /* memory.high where usage is */
	ACTION_KILL_LARGEST, /* SIGKILL to the process with the most memory that is not init */
	ACTION_KILL_GROUP,   /* cgroup.kill */
	ACTION_STOP,	     /* lift memory.high, stop signal, grace, cgroup.kill */
	ACTIONS
};

enum target { TARGET_INIT, TARGET_ALL, TARGET_COMM };

struct action {
	enum action_kind kind;
	int signal;	    /* ACTION_SIGNAL */
	enum target target; /* ACTION_SIGNAL */
	const char *comm;   /* TARGET_COMM */
	uint64_t time_usec; /* ACTION_STOP: the grace; ACTION_BRAKE: the budget;
				ACTION_HOST_EXEC: the time-out */
	uint64_t bytes;	    /* ACTION_RECLAIM, ACTION_GROW; 0: `percent` of the limit */
	unsigned percent;   /* see bytes */
	const char *words[LADDER_WORDS]; /* ACTION_EXEC, ACTION_HOST_EXEC: argv, NULL-ended */
};

struct rung {
	const char *name; /* its triggers, as written */
	unsigned percent; /* of a rung that is nothing but a share of need, 1 … 100; 0: another */
	struct trigger triggers[LADDER_TRIGGERS]; /* all have to be true */
	size_t trigger_count;
	struct action actions[LADDER_ACTIONS];
	size_t action_count;
};

/* What no action may go beyond, whatever is written: the host's ceilings. Parsed: none. */
struct ladder_ceiling {
	uint64_t grow_bytes; /* ACTION_GROW; 0: `grow_percent` of the limit; both 0: none */
	unsigned grow_percent;
	uint64_t brake_usec; /* ACTION_BRAKE, and the one of ACTION_STOP */
};

struct ladder {
	struct rung rungs[LADDER_RUNGS]; /* ascending */
	size_t rung_count;
	struct trigger windows[LADDER_WINDOWS]; /* by slot */
	size_t window_count;
	unsigned metrics; /* bits: what has to be read for it */
	struct ladder_ceiling ceiling;
	char *text; /* what `words` and names point into; owned */
};

/*
 * Parses "70:log,notify; 85:notify,signal:USR1; 95:notify,stop=20s" or a preset's name ("graceful").
 * An error names the column: "column 12: unknown action 'shoud' (did you mean 'shed'?)". *ladder is
 * released with ladder_free() and untouched on failure.
 */
int ladder_parse(const char *text, struct ladder *ladder, struct err *err);
void ladder_free(struct ladder *ladder);

/* "log", "notify", "signal", "exec", "stop" … */
const char *action_name(enum action_kind kind);

/* Whether the rung has such an action; the action itself, or NULL. */
const struct action *rung_action(const struct rung *rung, enum action_kind kind);
bool ladder_has(const struct ladder *ladder, enum action_kind kind);

#endif
