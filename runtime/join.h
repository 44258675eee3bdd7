// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_JOIN_H
#define WEIR_RUNTIME_JOIN_H

#include "cgroupfs/cgroup.h"
#include "runtime/plan.h"

struct err;

/* The cgroup in which programs of the ladder run: beside the container's own, so that they are not
 * charged to the memory they are to free, and bounded, so that a policy cannot escape its limits. */
void join_cgroup_path(const char *container_cgroup_path, char out[CGROUP_PATH_ROOM]);

/* A program to run inside a running container. All borrowed. */
struct join {
	const struct plan *plan; /* whose identity and namespaces it gets */
	int init_pidfd;
	int cgroup_rootfd; /* -1: it stays in the caller's cgroup */
	int oom_score_adj; /* what the container's process has */
};

/*
 * Starts `words` in the namespaces of the container, as the user and with the privileges of its
 * process, stdio on /dev/null, in the cgroup of join_cgroup_path(). `env` is added to the
 * container's environment. Returns at once; *pidfd, the caller's, ends when the program does, and
 * killing it kills the program.
 */
int join_exec(const struct join *join, const char *const words[], const char *const env[],
	      int *pidfd, struct err *err);

#endif
