// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_GOVERN_H
#define WEIR_RUNTIME_GOVERN_H

#include "cgroupfs/cgroup.h"
#include "runtime/governor/governor.h"
#include "runtime/join.h"
#include "runtime/plan.h"

struct container;
struct err;
struct policy_host_exec;
struct text;

/*
 * One container under the governor: what the foreground `run` and the keeper share. Gives the
 * governor its descriptors and callbacks, and keeps its report.
 */
struct govern {
	struct governor *governor;
	bool hosted; /* the governor has others too, and is whoever's gave it */
	struct governed governed;
	struct join join;
	const char *root_path;		   /* ROOT, where programs of the host listen for events */
	const struct container *container; /* borrowed */
	int news;			   /* news.h */
	int timeline;
	int recorder; /* while beginning */
	int contract; /* the directory seen at /run/weir */
	bool speaks;  /* ACTION_LOG lines go to stderr (foreground) and not only to the timeline */
};

#define GOVERN_NONE                                                                                \
	{                                                                                          \
		.news = -1, .timeline = -1, .recorder = -1, .contract = -1                         \
	}

/* Makes the contract directory in the container's: FIFO "pressure", readable by the process's user; or,
 * where nothing but the limit is published, memory.json. */
int govern_make_contract(struct govern *govern, const struct container *container,
			 const struct plan *plan, struct err *err);

/* The governed container's own facts, known once init exists. All borrowed. */
struct govern_subject {
	const struct container *container;
	const struct plan *plan; /* NULL: it is read (kept-plan.h) when a rung needs it */
	const struct ladder *ladder;
	uint64_t config_high_bytes;
	int stop_signal;
	const struct policy_host_exec *host_exec; /* NULL: no program of the host runs */
	const struct cgroup *cgroup;
	int cgroup_rootfd;
	int init_pidfd;
};

/* Begins to govern: from here on rungs fire. In a governor of its own, unless govern->hosted says
 * that it has one already, and govern->contract that directory's descriptor. */
int govern_begin(struct govern *govern, const struct govern_subject *subject, struct err *err);

/* Stays: from here on the caller's death, kill -9 included, leaves the container unbraked. */
int govern_guard(struct govern *govern, struct err *err);

/* The memory.high of the container's config as it is now, MEMORY_NO_LIMIT if it asks for none. */
uint64_t govern_config_high(const struct container *container);

/* Takes the last reading and keeps the report under ROOT/.reports and marks the container as
 * explained; the report's JSON is added to `report` (may be NULL). */
int govern_finish(struct govern *govern, const struct container *container,
		  const struct ending *ending, struct text *report, struct err *err);

void govern_close(struct govern *govern);

#endif
