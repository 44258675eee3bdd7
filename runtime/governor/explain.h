// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_EXPLAIN_H
#define WEIR_GOVERNOR_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/governor/governor.h"

struct cgroup;
struct emit;
struct err;
struct json;
struct recorder;
struct text;

/*
 * The explanation of an end: a verdict from the counters up the hierarchy (governor.md §3.3), the
 * limit's holder, the victim when the kernel tells, the timeline of the ladder. A report is a JSON
 * object; report_text() turns one into what a tired person reads.
 */

/* A cgroup that nobody governed. */
struct ungoverned {
	const char *id;
	int cgroup_rootfd;
	const struct cgroup *cgroup;
	pid_t init_pid;	     /* to tell its kill from a child's; 0: not known */
	uint64_t since_usec; /* when it was made (CLOCK_MONOTONIC): older records of a cgroup of
				the same name do not count */
	struct ending ending;
	/* Of a governor that is not there to tell; NULL: there was none. */
	const struct recorder *recorder;
	const char *timeline; /* the lines of its timeline */
	bool governor_died;   /* false: it lives, and so does the cgroup */
	/* Adds members to the report: what only the caller knows. NULL: nothing. */
	void (*annotate)(void *context, struct emit *report);
	void *context;
};

/* Explains it, from its counters alone plus the kernel log: its own counters began at zero with
 * it. The cgroup must still exist. */
int explain_ungoverned(const struct ungoverned *ungoverned, struct emit *report, struct err *err);

/* The `verdict` word of a report: "ok", "own-limit", "ancestor-limit", "global", "not-oom",
 * "unkillable", "child-oom", "graceful-stop", "timed-out", "running" …; NULL if it has none. */
const char *report_verdict(const struct json *report);

/* The report as text of at most 100 columns, a headline first; appended to `text`. */
void report_text(const struct json *report, struct text *text);

/* Keeps a report as ID.json in the directory `reports_dirfd`, whole or not at all, and removes the
 * oldest beyond the newest REPORTS_KEPT. */
#define REPORTS_KEPT 256
int report_keep(int reports_dirfd, const char *id, const char *json, struct err *err);

#endif
