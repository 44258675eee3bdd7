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
struct watch;

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
	const struct watch *watch; /* NULL: nobody governed it */
};

/* Gathers, judges and writes the report of a governed cgroup. */
int account_watch(const struct watch *watch, const struct ending *ending, struct emit *report,
		  struct err *err);

/* ---- report.c ---- */

/* Writes the account as the JSON object of explain.h. */
void report_emit(const struct account *account, struct emit *emit);

/* ---- headline.c ---- */

/* One sentence for the verdict, and what to do next (empty when nothing follows from it). */
struct text;
void headline_write(const struct account *account, struct text *text);
void advice_write(const struct account *account, struct text *text);

/* The path of the cgroup whose limit was hit; NULL if none was, or the host's. */
const char *account_holder(const struct account *account, char path[CGROUP_PATH_ROOM]);

#endif
