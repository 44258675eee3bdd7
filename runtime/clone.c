// SPDX-License-Identifier: Apache-2.0
/*
 * Making the container's first process.
 * Should: put it into namespaces in an order in which each can be entered.
 * Must not: leave a namespace of the container entered by the runtime itself.
 */
#include "runtime/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/host.h"
#include "runtime/plan.h"
#include "runtime/setup/setup.h"

/* setns(2) moves not us but the children we make into a pid namespace: from here to
 * leave_pid_namespace(). *own is the way back; -1 if none is to be joined. */
static int enter_pid_namespace(const struct plan *plan, int *own, struct err *err)
{
	size_t i;

	for (i = 0; i < plan->join_count; i++) {
		auto_fd int fd = -1;

		if (plan->joins[i].type != CLONE_NEWPID)
			continue;
		fd = setup_open_namespace(&plan->joins[i], err);
		if (fd < 0)
			return fd;
		*own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
		if (*own < 0)
			return err_set(err, errno, "/proc/self/ns/pid");
		if (setns(fd, CLONE_NEWPID) < 0)
			return err_set(err, errno, "%s: setns %s", plan->joins[i].where,
				       plan->joins[i].path);
	}
	return 0;
}

static int leave_pid_namespace(int own, struct err *err)
{
	if (own >= 0 && setns(own, CLONE_NEWPID) < 0)
		return err_set(err, errno, "return to the pid namespace");
	return 0;
}

/* The child itself makes the cgroup namespace (made here, its root would be ours) and the time
 * namespace (whose clocks are set before anybody is in it). */
static uint64_t clone_flags(const struct plan *plan)
{
	return plan->new_namespaces & ~(unsigned) (CLONE_NEWCGROUP | CLONE_NEWTIME);
}

static pid_t clone_into(int cgroup, uint64_t flags, int exit_signal, int *pidfd)
{
	struct clone_args args = { .flags = flags, .exit_signal = (unsigned) exit_signal };

	if (pidfd != NULL) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t) (uintptr_t) pidfd;
	}
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned) cgroup;
	}
	return (pid_t) syscall(SYS_clone3, &args, sizeof(args));
}

static pid_t clone_plainly(const struct plan *plan, int cgroup, int *pidfd, struct err *err)
{
	auto_fd int own = -1;
	int result = enter_pid_namespace(plan, &own, err);
	pid_t pid;

	if (result < 0)
		return result;
	pid = clone_into(cgroup, clone_flags(plan), SIGCHLD, pidfd);
	if (pid == 0)
		return 0;
	if (pid < 0)
		return err_set(err, errno, "clone3");
	result = leave_pid_namespace(own, err);
	return result < 0 ? result : pid;
}

/* ---- by way of a process between ---- */

/* What it tells us: the pid, as it is in our pid namespace; or what went wrong. */
struct word {
	pid_t pid;
	struct err err;
};

static int enter(const struct plan_join *join, int fd, struct err *err)
{
	if (setns(fd, join->type) < 0)
		return err_set(err, errno, "%s: setns %s", join->where, join->path);
	return 0;
}

/* The mount namespace next to last, the user namespace last: nothing is found or permitted after
 * each as it was before. All files are opened before any is entered. */
static int enter_all(const struct plan *plan, struct err *err)
{
	static const int last[] = { CLONE_NEWNS, CLONE_NEWUSER };
	int fds[PLAN_JOINS_MAX];
	size_t i;
	size_t turn;
	int result = 0;

	for (i = 0; i < plan->join_count && result >= 0; i++)
		result = fds[i] = setup_open_namespace(&plan->joins[i], err);
	for (i = 0; i < plan->join_count && result >= 0; i++)
		if (plan->joins[i].type != CLONE_NEWNS && plan->joins[i].type != CLONE_NEWUSER)
			result = enter(&plan->joins[i], fds[i], err);
	for (turn = 0; turn < sizeof(last) / sizeof(last[0]); turn++)
		for (i = 0; i < plan->join_count && result >= 0; i++)
			if (plan->joins[i].type == last[turn])
				result = enter(&plan->joins[i], fds[i], err);
	for (i = 0; i < plan->join_count && result >= 0; i++)
		close(fds[i]);
	return result < 0 ? result : 0;
}

/* Returns 0 in the container's first process, which is a child of the runtime and not of ours; the
 * process between ends here. */
static pid_t clone_from_between(const struct plan *plan, int report)
{
	struct word word = { 0 };
	int result = 0;

	/* Who has CAP_SYS_PTRACE in the namespaces must not find us in them. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		result = err_set(&word.err, errno, "PR_SET_DUMPABLE");
	if (result == 0)
		result = enter_all(plan, &word.err);
	if (result == 0) {
		/* Without an exit signal of its own: it is our parent's child with ours. */
		word.pid = clone_into(-1, clone_flags(plan) | CLONE_PARENT, 0, NULL);
		if (word.pid == 0) {
			close(report);
			return 0;
		}
		if (word.pid < 0)
			(void) err_set(&word.err, errno, "clone3");
	}
	(void) fd_write_full(report, &word, sizeof(word));
	_exit(0);
}

static pid_t clone_by_way(const struct plan *plan, int cgroup, int *pidfd, struct err *err)
{
	struct word word = { 0 };
	int ends[2];
	pid_t between;
	ssize_t got;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	between = clone_into(cgroup, 0, SIGCHLD, NULL);
	if (between == 0) {
		close(ends[0]);
		return clone_from_between(plan, ends[1]);
	}
	close(ends[1]);
	got = between < 0 ? -errno : fd_read_full(ends[0], &word, sizeof(word));
	close(ends[0]);
	if (between < 0)
		return err_set(err, (int) -got, "clone3");
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	if (got != (ssize_t) sizeof(word))
		return err_say(err, ECONNRESET, "the process that joins namespaces ended");
	if (word.pid <= 0) {
		if (err != NULL)
			*err = word.err;
		return -word.err.number;
	}
	/* Our own child, not waited for: its pid cannot be another's. */
	*pidfd = host_pidfd(word.pid);
	return *pidfd < 0 ? err_set(err, -*pidfd, "pidfd_open") : word.pid;
}

pid_t clone_first_process(const struct plan *plan, int cgroup, int *pidfd, struct err *err)
{
	pid_t pid = plan->joins_first ? clone_by_way(plan, cgroup, pidfd, err)
				      : clone_plainly(plan, cgroup, pidfd, err);

	if (pid < 0)
		*pidfd = -1;
	return pid;
}
