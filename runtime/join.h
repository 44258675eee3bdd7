// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_JOIN_H
#define WEIR_RUNTIME_JOIN_H

#include "cgroupfs/cgroup.h"
#include "runtime/plan.h"

struct err;
struct policy_host_exec;
struct setup;

/*
 * Becoming one more process of a running container. Everything that needs a privilege or shows a
 * state in between happens before the container's pid namespace is entered: of that, the caller's
 * next child becomes a member, and nobody in there can trace what it does not see (CVE-2016-9962).
 *
 *	join_enter()    namespaces and root
 *	(the caller closes all that is the host's)
 *	join_become()   identity, limits, working directory; the program is found; all is verified
 *	fork(2)
 *	join_execute()  session, filter, exec
 */

/* Enters the namespaces that the plan's container does not share with us, and its root. */
int join_enter(const struct plan *plan, int init_pidfd, struct err *err);

/* Fills `setup`, which has a plan, and is undone by nothing. `executable` NULL: no program is to be
 * found. */
int join_become(struct setup *setup, char *executable, size_t size, struct err *err);

/* Returns only if it failed. */
int join_execute(struct setup *setup, const char *executable, struct err *err);

/* Signals that the runtime handles or ignores must not reach a program that way. */
void join_reset_signals(void);

/* The cgroup in which programs of the ladder run: beside the container's own, so that they are not
 * charged to the memory they are to free, and bounded, so that a policy cannot escape its limits. */
void join_cgroup_path(const char *container_cgroup_path, char out[CGROUP_PATH_ROOM]);

/* Kills whatever is in it: no job of the container is under way any more, and what they left behind
 * would run without a time-out. */
void join_end(int cgroup_rootfd, const char *container_cgroup_path);

/* A program of the ladder. All borrowed. */
struct join {
	const struct plan *plan; /* whose identity and namespaces it gets */
	int init_pidfd;
	int cgroup_rootfd;	 /* -1: it stays in the caller's cgroup */
	const char *cgroup_path; /* the container's; not the plan's, which may have none */
	int oom_score_adj;	 /* what the container's process has */
	const struct policy_host_exec *host; /* who a program of the host is; NULL: none may run */
};

/* Makes, or opens, that cgroup with its bounds. */
int join_open_cgroup(const struct join *join, struct cgroup *cgroup, struct err *err);

/*
 * Starts `words` in the namespaces of the container, as the user and with the privileges of its
 * process, stdio on /dev/null, in the cgroup of join_cgroup_path(). `env` is added to the
 * container's environment. Returns at once; *pidfd, the caller's, ends when the program does, and
 * killing it kills the program.
 */
int join_exec(const struct join *join, const char *const words[], const char *const env[],
	      int *pidfd, struct err *err);

/*
 * The same for a function of ours (shed_all()) in the place of a program: nothing of the container is
 * executed. What it prints can be read from *output, the caller's too.
 */
struct join_work {
	int (*function)(const void *context);
	const void *context;
};

int join_call(const struct join *join, const struct join_work *work, int *pidfd, int *output,
	      struct err *err);

#endif
