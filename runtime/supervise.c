// SPDX-License-Identifier: Apache-2.0
/*
 * Staying with a foreground container.
 * Should: be a loop over descriptors: its signals, its end, its governor, its deadline.
 * Must not: poll, or swallow a signal meant for the program.
 */
#include "runtime/supervise.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"
#include "runtime/launch.h"
#include "runtime/log.h"

/* After the deadline's SIGTERM, how long the program has to end by itself. */
#define TIMEOUT_GRACE_USEC 2000000

struct watch_state {
	struct launch *launch;
	int signals; /* signalfd */
	uint64_t deadline_usec;
	bool timed_out;
	bool ended;
};

/* All but those that the kernel or a bug of ours sends for a reason of our own. */
static void signals_to_forward(sigset_t *set)
{
	static const int ours[] = { SIGCHLD, SIGSEGV, SIGBUS,  SIGFPE,	SIGILL,	 SIGTRAP,
				    SIGABRT, SIGSYS,  SIGTTIN, SIGTTOU, SIGTSTP, SIGPIPE };
	size_t i;

	sigfillset(set);
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigdelset(set, ours[i]);
}

int supervise_prepare(struct err *err)
{
	sigset_t set;

	signals_to_forward(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(err, errno, "block signals");
	/* A closed pipe is an error of the write, not the end of the supervisor. */
	(void) signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void forward_signals(struct watch_state *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->signals, &info, sizeof(info)) == (ssize_t) sizeof(info))
		(void) host_signal(watch->launch->pidfd, (int) info.ssi_signo);
}

/* First SIGTERM, then, after the grace, SIGKILL to everything. */
static void pass_deadline(struct watch_state *watch)
{
	struct launch *launch = watch->launch;

	if (!watch->timed_out) {
		watch->timed_out = true;
		watch->deadline_usec = clock_monotonic_usec() + TIMEOUT_GRACE_USEC;
		(void) host_signal(launch->pidfd, SIGTERM);
		return;
	}
	watch->deadline_usec = 0;
	if (launch->cgroup.dirfd < 0 || cgroup_kill(&launch->cgroup, NULL) < 0)
		(void) host_signal(launch->pidfd, SIGKILL);
}

static int wait_msec(uint64_t deadline_usec)
{
	uint64_t now = clock_monotonic_usec();
	uint64_t left;

	if (deadline_usec == 0)
		return -1;
	left = deadline_usec > now ? (deadline_usec - now) / 1000 + 1 : 0;
	return left > INT_MAX ? INT_MAX : (int) left;
}

static int turn(struct watch_state *watch, struct err *err)
{
	struct governor *governor = watch->launch->govern.governor;
	struct pollfd slots[] = {
		{ .fd = watch->launch->pidfd, .events = POLLIN },
		{ .fd = watch->signals, .events = POLLIN },
		{ .fd = governor != NULL ? governor_fd(governor) : -1, .events = POLLIN },
	};
	int ready = poll(slots, 3, wait_msec(watch->deadline_usec));

	if (ready < 0 && errno != EINTR)
		return err_set(err, errno, "poll");
	if (ready <= 0) {
		if (watch->deadline_usec != 0 && clock_monotonic_usec() >= watch->deadline_usec)
			pass_deadline(watch);
		return 0;
	}
	if (slots[1].revents != 0)
		forward_signals(watch);
	/* Before the end is noted: what happened last belongs into the report. */
	if (slots[2].revents != 0 && governor_dispatch(governor, err) < 0)
		return -err->number;
	watch->ended = slots[0].revents != 0;
	return 0;
}

static void read_ending(const struct launch *launch, struct ending *ending)
{
	int status = 0;

	while (waitpid(launch->container->state.pid, &status, 0) < 0 && errno == EINTR)
		;
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
	struct ending ending = { 0 };
	auto_fd int signals = -1;
	sigset_t set;
	int result = 0;

	signals_to_forward(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_set(err, errno, "signalfd");
	watch.signals = signals;
	if (timeout_usec > 0)
		watch.deadline_usec = clock_monotonic_usec() + timeout_usec;
	while (result == 0 && !watch.ended)
		result = turn(&watch, err);
	if (result < 0)
		return result;
	read_ending(launch, &ending);
	ending.timed_out = watch.timed_out;
	outcome->timed_out = watch.timed_out;
	outcome->exit_status = ending.kind == ENDING_SIGNALED ? 128 + ending.value : ending.value;
	explain(launch, &ending, report);
	return 0;
}
