// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SCHEDULE_H
#define WEIR_RUNTIME_SCHEDULE_H

#include <sys/types.h>

struct err;
struct plan_bits;
struct plan_process;

/*
 * process.scheduler and process.ioPriority (config.md, Linux Process), given to a process by the
 * runtime: a process of another user has no privilege for it, and one under SCHED_DEADLINE may not fork. Each
 * is read back. 0 or -errno with the JSON path in err.
 */

/* All of it, to the process that is meant. */
int schedule_process(const struct plan_process *process, pid_t pid, struct err *err);

/* To one that is going to fork the process meant: what that inherits; and then to the process itself:
 * what it does not (sched(7), "Reset scheduling policy for child processes"). */
int schedule_helper(const struct plan_process *process, pid_t pid, struct err *err);
int schedule_child(const struct plan_process *process, pid_t pid, struct err *err);

/* process.execCPUAffinity: lets the caller run on `cpus` alone; words of NULL: no change. `path` is
 * the JSON path. */
int schedule_on(const struct plan_bits *cpus, const char *path, struct err *err);

#endif
