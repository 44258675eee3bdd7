// SPDX-License-Identifier: Apache-2.0
/*
 * Staying with a process in the foreground.
 * Should: be a loop over descriptors: our signals, its end, its governor, its terminal, its deadline.
 * Must not: poll, or swallow a signal meant for the program.
 */
#include "runtime/attend.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/governor/governor.h"
#include "runtime/host.h"
#include "runtime/notify.h"
#include "runtime/relay.h"

struct attendance {
	const struct attended *of;
	int signals; /* signalfd */
	uint64_t deadline_usec;
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

int attend_prepare(struct err *err)
{
	sigset_t set;

	signals_to_forward(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(err, errno, "block signals");
	/* A closed pipe is an error of the write, not the end of the supervisor. */
	(void) signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void forward_signals(const struct attendance *now)
{
	struct signalfd_siginfo info;

	while (read(now->signals, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
		/* Its own terminal's size changes with ours, and tells it so. */
		if (now->of->relay != NULL && info.ssi_signo == SIGWINCH) {
			relay_resize(now->of->relay);
			continue;
		}
		if (now->of->relay != NULL && info.ssi_signo == SIGCONT)
			relay_resume(now->of->relay);
		(void) host_signal(now->of->pidfd, (int) info.ssi_signo);
	}
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

static int turn(struct attendance *now, struct err *err)
{
	struct governor *governor = now->of->governor;
	struct notify *notify = now->of->notify;
	struct pollfd slots[4 + RELAY_SLOTS] = {
		{ .fd = now->of->pidfd, .events = POLLIN },
		{ .fd = now->signals, .events = POLLIN },
		{ .fd = governor != NULL ? governor_fd(governor) : -1, .events = POLLIN },
		{ .fd = notify != NULL ? notify->socket : -1, .events = POLLIN },
	};
	int ready;

	if (now->of->relay != NULL)
		relay_slots(now->of->relay, slots + 4);
	ready = poll(slots, now->of->relay != NULL ? 4 + RELAY_SLOTS : 4,
		     wait_msec(now->deadline_usec));
	if (ready < 0 && errno != EINTR)
		return err_set(err, errno, "poll");
	if (ready <= 0) {
		if (now->deadline_usec != 0 && clock_monotonic_usec() >= now->deadline_usec)
			now->deadline_usec = now->of->pass_deadline(now->of->context);
		return 0;
	}
	if (slots[1].revents != 0)
		forward_signals(now);
	/* Before the end is noted: what happened last belongs into the report. */
	if (slots[2].revents != 0 && governor_dispatch(governor, err) < 0)
		return -err->number;
	/* That nobody heard it is no reason to leave the program. */
	if (slots[3].revents != 0)
		(void) notify_turn(notify, NULL);
	if (now->of->relay != NULL)
		relay_turn(now->of->relay, slots + 4);
	now->ended = slots[0].revents != 0;
	return 0;
}

int attend(const struct attended *attended, struct err *err)
{
	struct attendance now = { .of = attended, .deadline_usec = attended->deadline_usec };
	auto_fd int signals = -1;
	sigset_t set;
	int result = 0;

	signals_to_forward(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_set(err, errno, "signalfd");
	now.signals = signals;
	while (result == 0 && !now.ended)
		result = turn(&now, err);
	if (attended->relay != NULL)
		relay_finish(attended->relay);
	return result;
}

int attend_status(int pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status;
}
