// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_ACCOUNT_H
#define WEIR_GOVERNOR_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroupfs/cgroup.h"
#include "runtime/governor/kernel_log.h"
#include "runtime/governor/reading.h"
#include "runtime/governor/verdict.h"

struct emit;
struct err;
struct recorder;
struct timeline;
struct watch;
struct witness;

/* Who was there to see it. */
enum governor_state {
	GOVERNOR_NONE,
	GOVERNOR_RUNS, /* it watches still */
	GOVERNOR_ENDED,
	GOVERNOR_DIED, /* before its container: what it saw until then is all there is */
};

/* All that is known of an end, gathered before it is told. */
struct account {
	const char *id;
	const struct cgroup *cgroup;
	struct evidence evidence;
	struct judgement judgement;
	struct kernel_log *log; /* owned; NULL: there was nothing to ask */
	uint64_t limit_bytes;	/* MEMORY_NO_LIMIT if none */
	char limit_holder[CGROUP_PATH_ROOM];
	uint64_t swap_limit_bytes; /* MEMORY_NO_LIMIT if none */
	bool swap_limit_known;
	uint64_t peak_bytes; /* 0: the kernel does not tell */
	uint64_t current_bytes;
	struct memory_stat stat;	 /* at the end: what outlived the processes */
	uint64_t began_usec, ended_usec; /* CLOCK_MONOTONIC */
	uint64_t began_wall_usec;
	const struct recorder *recorder; /* NULL: nobody governed it */
	const struct witness *witness;	 /* NULL: the kernel log alone */
	const struct timeline *timeline; /* NULL: not at hand */
	const char *timeline_text;	 /* else as it was kept: a line of JSON each; NULL: none */
	enum governor_state governor;
	void (*annotate)(void *context, struct emit *report); /* NULL: nothing */
	void *context;
};

/* Gathers, judges and writes the report of a governed cgroup. */
int account_watch(const struct watch *watch, const struct ending *ending, struct emit *report,
		  struct err *err);

/* ---- report.c ---- */

/* Writes the account as the JSON object of explain.h. */
void report_emit(const struct account *account, struct emit *emit);

/* ---- report_seen.c: what a governor saw ---- */

void report_emit_rungs(const struct account *account, struct emit *emit);
void report_emit_seen(const struct account *account, struct emit *emit);

/* "anon", "file" … of memory.stat as the object `key`. */
void report_emit_stat(struct emit *emit, const char *key, const struct memory_stat *stat);

/* ---- cause.c ---- */

/* The likely causes, the strongest first, as the array "causes"; and the limit that it would need, as
 * far as that can be told, as "suggested_limit". */
void cause_emit(const struct account *account, struct emit *emit);

/* ---- headline.c ---- */

/* One sentence for the verdict, and what to do next (empty when nothing follows from it). */
struct text;
void headline_write(const struct account *account, struct text *text);
void advice_write(const struct account *account, struct text *text);

/* The path of the cgroup whose limit was hit; NULL if none was, or the host's. */
const char *account_holder(const struct account *account, char path[CGROUP_PATH_ROOM]);

#endif
