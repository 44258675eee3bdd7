// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_GOVERNOR_H
#define WEIR_GOVERNOR_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup;
struct emit;
struct err;
struct json;
struct ladder;
struct text;

/*
 * The governor: a loop over N cgroups (governor.md §6). It arms each one's memory.high as a
 * trip-line below the next rung, is woken by memory.events, decides with the ladder, acts, and at
 * the end explains. It knows neither OCI nor containers: whoever hosts it (foreground `run`, the
 * keeper after `create`) gives it descriptors and two callbacks.
 */
struct governor;

/* How the first process of the cgroup ended, as far as the host knows. */
enum ending_kind {
	ENDING_UNKNOWN,	 /* not ours to wait for */
	ENDING_NONE,	 /* it lives */
	ENDING_EXITED,	 /* `value` is the exit status */
	ENDING_SIGNALED, /* `value` is the signal */
};

struct ending {
	enum ending_kind kind;
	int value;
	bool timed_out; /* the host ended it at its own deadline (`weir sandbox --timeout`) */
};

/* One governed cgroup. Everything is borrowed and must outlive the governor. */
struct governed {
	const char *id;
	int cgroup_rootfd;	     /* of the cgroup2 mount */
	const struct cgroup *cgroup; /* the governed one */
	pid_t init_pid;		     /* as the host numbers it; for messages */
	int init_pidfd;
	const struct ladder *ladder; /* NULL: only watch and explain */
	uint64_t
		config_high_bytes; /* memory.high that the config asks for, MEMORY_NO_LIMIT if none:
					the trip-line is never above it, and it is what is restored */
	int contract_dirfd; /* the directory mounted at /run/weir: FIFO "pressure", memory.json;
					-1: no contract */
	int timeline_fd;    /* O_APPEND; one JSON line per event; -1: none */
	int recorder_fd;    /* an empty file for what is seen (recorder.h); -1: none */
	int stop_signal;    /* what ACTION_STOP sends first */
	/* Polls readable when somebody changed the limits; -1: nobody does. `changed` takes that off
	 * and returns the memory.high that the config asks for now. */
	int changed_fd;
	uint64_t (*changed)(void *context);
	void *context; /* handed to the callbacks */
	/* Starts a program inside the container and outside its memory cgroup, its output at
	 * most kept, never waited for; *pidfd becomes the governor's, which enforces the time-out. */
	int (*exec)(void *context, const char *const words[], const char *const env[], int *pidfd,
		    struct err *err);
	/* The same for a program of the host, outside the container. NULL: never. */
	int (*host_exec)(void *context, const char *const words[], const char *const env[],
			 int *pidfd, struct err *err);
	/* Starts what frees memory in each language runtime that it finds in the container, in the
	 * same way; *output becomes the governor's and has one line for each. NULL: not here. */
	int (*shed)(void *context, int *pidfd, int *output, struct err *err);
	/* The same for what writes their heaps to files in a directory of the container. */
	int (*dump)(void *context, const char *directory, int *pidfd, int *output, struct err *err);
	/* The last process that these started has ended, or was killed at its time-out: what
	 * it left behind goes too. NULL: nobody. */
	void (*over)(void *context);
	/* One event as JSON, for programs on the host (ACTION_EVENT). NULL: nobody. */
	void (*event)(void *context, const char *json);
	/* Adds members to the report: what only the host knows. NULL: nothing. */
	void (*annotate)(void *context, struct emit *report);
	/* One line for people (ACTION_LOG and what goes wrong); without newline. */
	void (*say)(void *context, const char *line);
};

int governor_open(struct governor **governor, struct err *err);

/* Takes the baseline of the counters up the hierarchy, arms the trip-line, begins to watch.
 * A ladder without a finite limit anywhere up the hierarchy is -EINVAL. */
int governor_add(struct governor *governor, const struct governed *governed, struct err *err);

/* How many cgroups one governor can have. */
#define GOVERNOR_CGROUPS 8192

/*
 * Forks the deadman (deadman.h): from here on the death of the calling process, whatever its cause,
 * undoes within milliseconds what the governor holds over its cgroups, those added later included.
 * Called by the process that stays: after fork(2) it has to be called anew.
 */
int governor_guard(struct governor *governor, struct err *err);

/* A descriptor that polls readable when governor_dispatch() has work. Nothing else wakes it: below
 * the first rung no more than one sweep in 10 s. */
int governor_fd(const struct governor *governor);

/* Does all that is due now, without blocking. */
int governor_dispatch(struct governor *governor, struct err *err);

/* A governed cgroup whose init has ended (its pidfd) and which is still to be finished; NULL: none. */
const struct governed *governor_ended(const struct governor *governor);

/* Lets go of a governed cgroup as if it had never been added: memory.high is restored. */
void governor_drop(struct governor *governor, const char *id);

/*
 * Takes the last reading of the cgroup, which must still exist, restores memory.high, and writes
 * the report (explain.h) of the governed cgroup `id` to `report`.
 */
int governor_finish(struct governor *governor, const char *id, const struct ending *ending,
		    struct emit *report, struct err *err);

/*
 * Closes the descriptors. What is held over a cgroup that was not finished is undone if the governor is guarded and stays as it
 * is otherwise: so a host may hand its governor to a child by fork(2), as create does to the
 * keeper, and close its own. The deadman has ended when this returns.
 */
void governor_close(struct governor *governor);

#endif
