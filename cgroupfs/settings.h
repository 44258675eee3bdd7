// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_SETTINGS_H
#define WEIR_CGROUPFS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * The values to write into one cgroup. Zero-filled means: leave every file alone. A limit of 0 is
 * a real limit, so each knows whether it is to be written at all.
 */
enum cgroup_limit_kind {
	CGROUP_LIMIT_KEEP,  /* leave the file alone */
	CGROUP_LIMIT_VALUE, /* write `value` */
	CGROUP_LIMIT_MAX,   /* write "max" */
};

struct cgroup_limit {
	enum cgroup_limit_kind kind;
	uint64_t value;
};

/* One file by name: written last and as it is, one write(2) a line; "" is written as an empty line,
 * which clears a list. */
struct cgroup_raw {
	const char *file;
	const char *value;
};

/* One line for a file that has one for each device or size, or that not every kernel has. */
struct cgroup_line {
	const char *file;
	const char *value;
	const char *instead_file; /* written where `file` is not there; NULL: nothing would do */
	const char *instead_value;
	bool harmless; /* where neither is there, it holds anyway */
};

struct cgroup_settings {
	struct cgroup_limit memory_max_bytes;
	struct cgroup_limit memory_swap_max_bytes;
	struct cgroup_limit memory_high_bytes;
	struct cgroup_limit memory_low_bytes;
	struct cgroup_limit memory_min_bytes;
	struct cgroup_limit memory_oom_group; /* 0 or 1 */
	struct cgroup_limit pids_max;
	struct cgroup_limit cpu_weight;	     /* 1 … 10000 */
	struct cgroup_limit cpu_idle;	     /* 0 or 1 */
	struct cgroup_limit cpu_quota_usec;  /* alone: the period stays */
	struct cgroup_limit cpu_period_usec; /* alone: the quota stays; never CGROUP_LIMIT_MAX */
	struct cgroup_limit cpu_burst_usec;
	const char *cpuset_cpus;	 /* NULL: keep */
	const char *cpuset_mems;	 /* NULL: keep */
	const struct cgroup_line *lines; /* behind all the above */
	size_t line_count;
	const struct cgroup_raw *raw; /* behind the lines */
	size_t raw_count;
};

/* The controllers (bits of enum cgroup_controller) that these settings need; a raw file's is the
 * part of its name before the first dot ("cgroup." is the core's and needs none). */
unsigned cgroup_settings_controllers(const struct cgroup_settings *settings);

/*
 * Writes the settings, in an order in which no intermediate state refuses the next (memory.swap.max
 * before memory.max; cpu.max before cpu.max.burst; cpu.idle around cpu.weight; raw last). The
 * order is for a new cgroup; it does not weigh old values against new ones. A raw name must be a
 * plain file name of the cgroup, CONTROLLER.NAME: no '/', no blank or control character, opened
 * beneath the directory without following links (-EINVAL; -ENOENT for one that is not there); cgroup.procs,
 * cgroup.threads, cgroup.kill, cgroup.freeze, cgroup.type and cgroup.subtree_control are refused.
 * memory.swap.max may be missing (kernel without swap accounting) when 0 or "max" was asked for.
 * Errors name file and value. 0 or -errno.
 */
int cgroup_settings_apply(int dirfd, const struct cgroup_settings *settings, struct err *err);

/*
 * Calls `show` with each file and value that cgroup_settings_apply() would write, in its order,
 * without a cgroup. What only the cgroup knows, the quota beside a period alone, is shown as "-".
 */
void cgroup_settings_show(const struct cgroup_settings *settings,
			  void (*show)(void *context, const char *file, const char *value),
			  void *context);

#endif
