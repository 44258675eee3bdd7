// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_KERNEL_LOG_H
#define WEIR_GOVERNOR_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroupfs/cgroup.h"

/*
 * OOM kills out of the kernel log (governor.md §3.1). Names of processes and of cgroups in it are
 * chosen by whoever is being watched: nothing is taken from a place that such a name can reach.
 */

#define KERNEL_LOG_COMM	   64 /* 15 bytes, each at most "\xHH" */
#define KERNEL_LOG_VICTIMS 32 /* the newest; a burst of 30 has been measured */

/* A process as the kernel weighs it: oom_badness() counts pages, and a 1000th of the limit for each
 * point of oom_score_adj. */
struct candidate {
	pid_t pid;
	int64_t points;
	char comm[KERNEL_LOG_COMM];
};

/* Who told of it (witness.h). */
enum victim_source { VICTIM_KERNEL_LOG, VICTIM_TRACE, VICTIM_EXIT };

struct victim {
	enum victim_source source;
	uint64_t at_usec; /* the kernel log's clock: since boot */
	pid_t pid;	  /* as the initial pid namespace numbers it */
	pid_t ns_pid;	  /* as its own does; 0: not known */
	uint64_t uid;
	char comm[KERNEL_LOG_COMM];
	uint64_t total_vm_bytes, anon_bytes, file_bytes, shmem_bytes, pgtables_bytes;
	int64_t oom_score_adj;
	/* From the record's header, which the kernel rate-limits: may be absent. */
	bool header;
	bool global;			    /* the host ran out, no cgroup's limit */
	char oom_cgroup[CGROUP_PATH_ROOM];  /* whose limit was hit; "" if global */
	char task_cgroup[CGROUP_PATH_ROOM]; /* where the victim lived */
	uint64_t usage_bytes, limit_bytes;  /* of oom_cgroup; 0: not told */
	/* From the table of processes. */
	size_t processes;	 /* that were weighed; 0: no table */
	bool was_highest;	 /* of them */
	int64_t points;		 /* its own */
	struct candidate second; /* the next; pid 0: none */
};

/* What is known while the records of one OOM come in. */
struct kernel_log_record {
	bool header;
	size_t columns; /* of the table of processes; 0: not in it */
	uint64_t usage_bytes, limit_bytes, swap_limit_bytes;
	size_t processes;
	struct candidate best[2];
	char summary[2 * CGROUP_PATH_ROOM + 256]; /* the oom-kill: line */
};

/* Which records are asked for. */
struct kernel_log_query {
	const char *path;    /* of the cgroup: it and everything below it */
	pid_t init_pid;	     /* 0: not known; matches where the header is missing */
	uint64_t since_usec; /* in the log's clock */
};

struct kernel_log {
	struct kernel_log_query query;
	struct kernel_log_record record;
	struct victim victims[KERNEL_LOG_VICTIMS]; /* the oldest first */
	size_t victim_count;
	size_t overruns;	   /* records that were overwritten before they were read */
	bool readable;		   /* false: absent or forbidden */
	enum victim_source source; /* the best that was there */
	bool complete;		   /* VICTIM_TRACE: nothing was overwritten */
};

/* Takes one record of /dev/kmsg, "prio,seq,usec,flags;text\n". Pure. */
void kernel_log_feed(struct kernel_log *log, const char *record);

/* Adds a victim; the oldest goes if there are too many. */
void kernel_log_keep(struct kernel_log *log, const struct victim *victim);

/* Reads the whole log. Never an error: log->readable tells. */
void kernel_log_read(struct kernel_log *log, const struct kernel_log_query *query);

/* A CLOCK_MONOTONIC time in the log's clock, or a little before it. */
uint64_t kernel_log_time(uint64_t monotonic_usec);

#endif
