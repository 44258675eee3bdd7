// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_WRITES_H
#define WEIR_CGROUPFS_WRITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroupfs/settings.h"

struct err;

/*
 * Settings as a list of writes: for a new cgroup they are done in their order (settings.c), for one
 * that lives in an order that the old values decide (change.c). Private to this folder.
 */
#define WRITE_ROOM 64 /* two numbers of 20 digits and a blank */
#define WRITES_MAX 16 /* more than settings.c has rows */

struct cgroup_write {
	const char *file;
	const char *string; /* the text; NULL: `value` */
	char value[WRITE_ROOM];
	uint64_t number; /* what `value` says first; UINT64_MAX for "max" */
	bool optional;	 /* where the file is missing, this holds anyway */
};

/* The writes that the limits and strings of the settings ask for, in the order for a new cgroup:
 * how many, or -errno. Reads cpu.max where a period is given without a quota; without a
 * cgroup (dirfd -1) the quota is "-". */
int cgroup_writes(int dirfd, const struct cgroup_settings *settings,
		  struct cgroup_write writes[WRITES_MAX], struct err *err);

int cgroup_write_do(int dirfd, const struct cgroup_write *write, struct err *err);

/* The lines of one raw file, one write(2) each. */
int cgroup_raw_do(int dirfd, const struct cgroup_raw *raw, struct err *err);

/* The line, or what is written in its place. */
int cgroup_line_do(int dirfd, const struct cgroup_line *line, struct err *err);

/* The file that exists of the two; NULL: neither. */
const char *cgroup_line_file(int dirfd, const struct cgroup_line *line);

/* What of the raw name is the controller: its bit, 0 for an unknown one. */
unsigned cgroup_raw_controller(const char *file);

/* What a living cgroup has that matters for the order; UINT64_MAX: no limit. */
struct cgroup_now {
	uint64_t memory_max_bytes;
	uint64_t cpu_quota_usec;
};

/*
 * Puts the writes into the order in which a living cgroup is changed: of two that belong together,
 * what is raised is raised before the other is lowered, so that no state in between refuses what both
 * the old and the new one allow.
 *   memory.max and memory.swap.max: memory.max first exactly when it is raised. When it is lowered,
 *   the new swap limit is in force already: what is pushed out may go where it may stay, and nowhere else.
 *   cpu.max and cpu.max.burst: the kernel refuses a burst above the quota, so the quota first exactly
 *   when it is raised.
 */
void cgroup_writes_order(struct cgroup_write writes[], size_t count, const struct cgroup_now *now);

#endif
