// SPDX-License-Identifier: Apache-2.0
/*
 * Staying with a foreground container.
 * Should: host its governor, keep its deadline, and explain its end.
 * Must not: lose its exit status for want of an explanation.
 */
#include "runtime/supervise.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "cgroupfs/memory.h"
#include "runtime/attend.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"
#include "runtime/kept-policy.h"
#include "runtime/launch.h"
#include "runtime/log.h"

/* After the deadline's SIGTERM, how long the program has to end by itself. */
#define TIMEOUT_GRACE_USEC 2000000

struct watch_state {
	struct launch *launch;
	bool timed_out;
};

/* First SIGTERM, then, after the grace, SIGKILL to everything. */
static uint64_t pass_deadline(void *context)
{
	struct watch_state *watch = context;
	struct launch *launch = watch->launch;

	if (!watch->timed_out) {
		watch->timed_out = true;
		(void) host_signal(launch->pidfd, SIGTERM);
		return clock_monotonic_usec() + TIMEOUT_GRACE_USEC;
	}
	if (launch->cgroup.dirfd < 0 || cgroup_kill(&launch->cgroup, NULL) < 0)
		(void) host_signal(launch->pidfd, SIGKILL);
	return 0;
}

static void read_ending(const struct launch *launch, struct ending *ending)
{
	int status = attend_status(launch->container->state.pid);

	ending->kind = WIFSIGNALED(status) ? ENDING_SIGNALED : ENDING_EXITED;
	ending->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static bool counters_tell(const struct launch *launch)
{
	struct memory_events events;

	return launch->cgroup.dirfd >= 0 &&
	       memory_events_read(launch->cgroup.dirfd, false, &events, NULL) == 0 &&
	       (events.oom > 0 || events.oom_kill > 0);
}

static int explain_plain(struct launch *launch, const struct ending *ending, struct text *report,
			 struct err *err)
{
	const struct ungoverned ungoverned = { .id = launch->plan->id,
					       .annotate = policy_annotate_container,
					       .context = launch->container,
					       .cgroup_rootfd = launch->cgroup_rootfd,
					       .cgroup = &launch->cgroup,
					       .init_pid = launch->container->state.pid,
					       .since_usec =
						       launch->container->state.created_mono_usec,
					       .ending = *ending };
	auto_emit struct emit emit = { 0 };
	auto_fd int reports = -1;
	int result;

	if (launch->cgroup.dirfd < 0)
		return 0;
	emit_open(&emit, true);
	result = explain_ungoverned(&ungoverned, &emit, err);
	if (result < 0 || emit_text(&emit) == NULL)
		return result;
	text_add(report, emit_text(&emit));
	if (!counters_tell(launch))
		return 0;
	reports = container_open_reports(launch->container, err);
	return reports < 0 ? reports
			   : report_keep(reports, launch->plan->id, emit_text(&emit), err);
}

/* That there is no explanation is never a reason to lose the program's exit status. */
static void explain(struct launch *launch, const struct ending *ending, struct text *report)
{
	struct err err = { 0 };
	int result;

	if (launch->govern.governor != NULL)
		result = govern_finish(&launch->govern, launch->container, ending, report, &err);
	else
		result = explain_plain(launch, ending, report, &err);
	if (result < 0)
		log_debug(launch->log, "no explanation: %s", err.text);
}

int supervise(struct launch *launch, uint64_t timeout_usec, struct outcome *outcome,
	      struct text *report, struct err *err)
{
	struct watch_state watch = { .launch = launch };
	const struct attended attended = {
		.pidfd = launch->pidfd,
		.governor = launch->govern.governor,
		.notify = launch->notify.socket >= 0 ? &launch->notify : NULL,
		.relay = launch->relay.master >= 0 ? &launch->relay : NULL,
		.deadline_usec = timeout_usec > 0 ? clock_monotonic_usec() + timeout_usec : 0,
		.pass_deadline = pass_deadline,
		.context = &watch,
	};
	struct ending ending = { 0 };
	int result = attend(&attended, err);

	if (result < 0)
		return result;
	read_ending(launch, &ending);
	ending.timed_out = watch.timed_out;
	outcome->timed_out = watch.timed_out;
	outcome->exit_status = ending.kind == ENDING_SIGNALED ? 128 + ending.value : ending.value;
	explain(launch, &ending, report);
	return 0;
}
