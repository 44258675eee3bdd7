// SPDX-License-Identifier: Apache-2.0
/*
 * Scheduling of the container's processes.
 * Should: read back what it sets.
 * Must not: touch what was not asked for.
 */
#include "runtime/schedule.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/plan.h"
#include "spec/names.h"

/* sched_setattr(2), as of Linux 5.3; not in every libc, and <linux/sched/types.h> contradicts some. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static bool has_flag(const struct plan_scheduler *wanted, uint64_t flag)
{
	return (wanted->flags & flag) != 0;
}

/* A runtime of the other policies is a slice, which the kernel (6.12) chooses if none is asked for. */
static bool are_parameters(const struct plan_scheduler *wanted, const struct attributes *now)
{
	return now->nice == wanted->nice && now->priority == wanted->priority &&
	       (wanted->policy != SCHED_DEADLINE || now->runtime == wanted->runtime_nsec);
}

static int verify_scheduler(const struct plan_scheduler *wanted, pid_t pid, struct err *err)
{
	struct attributes now = { 0 };

	if (syscall(SYS_sched_getattr, pid, &now, sizeof(now), 0) < 0)
		return err_set(err, errno, "/process/scheduler: sched_getattr");
	if (has_flag(wanted, SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS))
		return 0;
	if (now.policy != wanted->policy || !are_parameters(wanted, &now))
		return err_say(err, EPERM,
			       "/process/scheduler: the kernel reports another value than was set");
	return 0;
}

static int set_scheduler(const struct plan_scheduler *wanted, pid_t pid, struct err *err)
{
	const struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = wanted->policy,
		.flags = wanted->flags,
		.nice = wanted->nice,
		.priority = wanted->priority,
		.runtime = wanted->runtime_nsec,
		.deadline = wanted->deadline_nsec,
		.period = wanted->period_nsec,
	};

	if (!wanted->set)
		return 0;
	if (syscall(SYS_sched_setattr, pid, &attributes, 0) < 0)
		return err_set(err, errno, "/process/scheduler: %s",
			       names_word(names_scheduler_policies, wanted->policy));
	return verify_scheduler(wanted, pid, err);
}

static int set_io_priority(int wanted, pid_t pid, struct err *err)
{
	if (wanted == 0)
		return 0;
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, wanted) < 0)
		return err_set(err, errno, "/process/ioPriority: %s, %d",
			       names_word(names_io_classes, IOPRIO_PRIO_CLASS(wanted)),
			       (int) IOPRIO_PRIO_DATA(wanted));
	if (syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid) != wanted)
		return err_say(
			err, EPERM,
			"/process/ioPriority: the kernel reports another value than was set");
	return 0;
}

static bool is_inherited(const struct plan_scheduler *scheduler)
{
	return scheduler->policy != SCHED_DEADLINE &&
	       (scheduler->flags & SCHED_FLAG_RESET_ON_FORK) == 0;
}

int schedule_process(const struct plan_process *process, pid_t pid, struct err *err)
{
	int result = set_io_priority(process->io_priority, pid, err);

	return result < 0 ? result : set_scheduler(&process->scheduler, pid, err);
}

int schedule_helper(const struct plan_process *process, pid_t pid, struct err *err)
{
	int result = set_io_priority(process->io_priority, pid, err);

	if (result < 0 || !is_inherited(&process->scheduler))
		return result;
	return set_scheduler(&process->scheduler, pid, err);
}

int schedule_child(const struct plan_process *process, pid_t pid, struct err *err)
{
	return is_inherited(&process->scheduler) ? 0 : set_scheduler(&process->scheduler, pid, err);
}

int schedule_on(const struct plan_bits *cpus, const char *path, struct err *err)
{
	if (cpus->words == NULL)
		return 0;
	if (sched_setaffinity(0, cpus->bytes, (const cpu_set_t *) cpus->words) < 0)
		return err_set(err, errno, "%s: sched_setaffinity", path);
	return 0;
}
