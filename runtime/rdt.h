// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_RDT_H
#define WEIR_RUNTIME_RDT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cgroup;
struct container;
struct emit;
struct err;
struct plan_rdt;
struct state;

/*
 * Classes of service of Intel RDT: groups of a resctrl file system (kernel: Documentation/filesystems/
 * resctrl.rst; config-linux.md, IntelRdt). A container is in one, with its tasks, and may have a
 * monitoring group of its own in that.
 */

/* The mounted resctrl, or the directory that the environment's WEIR_RESCTRL names in its place. -ENODEV "no
 * resctrl file system is mounted". The descriptor is the caller's. */
int rdt_open(struct err *err);

/* Makes what of the group is missing, writes its schemata and puts process `pid` into it. What was
 * made is written down in `state`, each before it is made, by `keep`. */
struct rdt_keeper {
	struct state *state;
	int (*keep)(void *context, struct err *err);
	void *context;
};
int rdt_enter(int root, const struct plan_rdt *rdt, pid_t pid, const struct rdt_keeper *keeper,
	      struct err *err);

/* Puts one more process where state says that the container is; nothing if it is in no group. */
int rdt_join(const struct state *state, pid_t pid, struct err *err);

/* Writes lines, one write(2) each, to the schemata of the group. */
int rdt_write_schemata(int root, const char *group, const char *const lines[], size_t count,
		       struct err *err);

/* Removes what was made for the container. A resctrl that is gone took it along. */
int rdt_leave(const struct state *state, struct err *err);

/* What `events` tells of the group, as the member intel_rdt. */
void rdt_emit(const struct state *state, struct emit *emit);

#endif
