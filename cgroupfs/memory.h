// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_MEMORY_H
#define WEIR_CGROUPFS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* The memory controller's files of one cgroup (cgroup-v2.rst, Memory Interface Files). Bytes. */

#define MEMORY_NO_LIMIT UINT64_MAX /* the file says "max" */

/* memory.events or memory.events.local. Counters; what the kernel does not have stays 0. */
struct memory_events {
	uint64_t low, high, max, oom, oom_kill, oom_group_kill;
};

/* What of memory.stat the governor and the explanation use. */
struct memory_stat {
	uint64_t anon, file, kernel, kernel_stack, pagetables, percpu, sock, shmem, unevictable;
	uint64_t slab_reclaimable, slab_unreclaimable, anon_thp;
	uint64_t inactive_anon, active_anon, inactive_file, active_file;
	uint64_t file_dirty, file_writeback, workingset_refault_anon, workingset_refault_file;
	uint64_t pgfault, pgmajfault, pgscan, pgsteal;
};

/* Parsers of a file's text; unknown keys are ignored, a malformed number is -EINVAL. */
int memory_events_parse(const char *text, struct memory_events *events, struct err *err);
int memory_stat_parse(const char *text, struct memory_stat *stat, struct err *err);

/* The files by descriptor of their cgroup. -ENOENT where the kernel or the cgroup has none. */
int memory_events_read(int dirfd, bool local, struct memory_events *events, struct err *err);
int memory_stat_read(int dirfd, struct memory_stat *stat, struct err *err);

/* memory.current, memory.max, memory.high, memory.swap.max … : one number, or MEMORY_NO_LIMIT. */
int memory_value_read(int dirfd, const char *file, uint64_t *bytes, struct err *err);

/* Writes one number, or "max" for MEMORY_NO_LIMIT. */
int memory_value_write(int dirfd, const char *file, uint64_t bytes, struct err *err);

/*
 * What cannot be taken back without the program: its anonymous and shared pages, what is locked, and
 * the kernel's own less its reclaimable slab. A locked anonymous page is in `anon` and in
 * `unevictable`, so the two are not added: the pages are counted by kind (anon + shmem) and by list
 * (inactive_anon + active_anon + unevictable, which has locked files too, but lags a little), and
 * the larger counts. Never above `current`.
 */
uint64_t memory_need(const struct memory_stat *stat, uint64_t current_bytes);

/* The tightest memory.max of the cgroup `path` and of all above it, the mount `rootfd` included (in
 * a cgroup namespace it has one). `holder` (CGROUP_PATH_ROOM) gets the path of the cgroup that sets
 * it, the lower one of two equal. MEMORY_NO_LIMIT and "" if none. A cgroup without the file does not
 * limit; -ENOENT if `path` does not exist. */
int memory_effective_limit(int rootfd, const char *path, uint64_t *bytes, char *holder,
			   struct err *err);

#endif
