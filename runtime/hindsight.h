// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_HINDSIGHT_H
#define WEIR_RUNTIME_HINDSIGHT_H

struct cgroup;
struct container;
struct emit;
struct err;
struct recorder;

/*
 * A container as whoever did not govern it can explain it: from its counters, the kernel's witnesses, and what
 * a governor left in its directory, whether that lives or was killed. Its cgroup must still exist.
 */
int hindsight_explain(const struct container *container, int cgroup_rootfd,
		      const struct cgroup *cgroup, struct emit *report, struct err *err);

/* The recorder of its governor. -ENOENT: nobody governs or governed it. */
int hindsight_recorder(const struct container *container, struct recorder *recorder,
		       struct err *err);

#endif
