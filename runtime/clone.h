// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_CLONE_H
#define WEIR_RUNTIME_CLONE_H

#include <sys/types.h>

struct err;
struct plan;

/*
 * The container's first process: made in the plan's new namespaces, in the cgroup `cgroup` (-1: where
 * we are), and a child of ours. Returns its pid with *pidfd (the caller's), 0 in the child, or -errno.
 *
 * A new pid namespace that is joined by path is entered on the way. With plan->joins_first all other
 * joins are too, by a process between us and the child: a namespace of the host cannot be entered
 * from inside a user namespace, nor can a user namespace be left again (setns(2)).
 */
pid_t clone_first_process(const struct plan *plan, int cgroup, int *pidfd, struct err *err);

#endif
