// SPDX-License-Identifier: Apache-2.0
/*
 * What takes time is done by another process: programs of the ladder, and helpers of ours.
 * Should: bound each in time and in what it may say.
 * Must not: let a lower rung's keep a higher rung's from starting.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

#define TIMEOUT_USEC  5000000	/* governor.md 6.4 */
#define DUMP_USEC     60000000	/* a heap of gigabytes goes to a disk */
#define OUTPUT_ROOM   4096	/* kept of what it says (governor.md 6.4) */
#define PROCESS_GROUP (1U << 2) /* PIDFD_SIGNAL_PROCESS_GROUP of <linux/pidfd.h> */

static bool runs(const struct job *job)
{
	return job->pidfd >= 0;
}

static bool starts_program(enum action_kind kind)
{
	return kind == ACTION_EXEC || kind == ACTION_HOST_EXEC;
}

/* With all that a program of the host started and did not detach, where the kernel can do that (6.9). */
static void kill_job(const struct job *job)
{
	if (job->kind == ACTION_HOST_EXEC &&
	    pidfd_send_signal(job->pidfd, SIGKILL, NULL, PROCESS_GROUP) == 0)
		return;
	pidfd_send_signal(job->pidfd, SIGKILL, NULL, 0);
}

/* ---- beginning ---- */

int job_may_start(struct fire *fire, const struct action *action, struct err *err)
{
	size_t i;

	for (i = 0; i < JOBS; i++) {
		const struct job *job = &fire->watch->jobs[i];

		if (runs(job) && job->kind == action->kind && job->rung == fire->rung)
			return err_say(err, EBUSY, "%s%s%s: the last one is still running",
				       action_name(action->kind),
				       starts_program(action->kind) ? " " : "",
				       starts_program(action->kind) ? action->words[0] : "");
	}
	return 0;
}

static void end_job(struct watch *watch, struct job *job);

/* A free place; or one of a lower rung, whose process is killed for it. */
static struct job *take_place(struct watch *watch, size_t rung)
{
	struct job *lowest = NULL;
	size_t i;

	for (i = 0; i < JOBS; i++) {
		struct job *job = &watch->jobs[i];

		if (!runs(job))
			return job;
		if (job->rung < rung && (lowest == NULL || job->rung < lowest->rung))
			lowest = job;
	}
	if (lowest == NULL)
		return NULL;
	lowest->killed = true;
	kill_job(lowest);
	/* SIGKILL is not waited for by our loop, but the place is: it is a matter of microseconds. */
	(void) fd_wait(lowest->pidfd, POLLIN, 10);
	end_job(watch, lowest);
	return lowest;
}

int job_adopt(struct fire *fire, const struct action *action, int pidfd, int output,
	      struct err *err)
{
	struct watch *watch = fire->watch;
	struct job *job = take_place(watch, fire->rung);
	struct epoll_event event = { .events = EPOLLIN };

	if (job == NULL) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		(void) waitid(P_PIDFD, (id_t) pidfd, NULL, WEXITED);
		fd_close(&pidfd);
		fd_close(&output);
		return err_say(err, EBUSY, "%s: %d others are in flight", action_name(action->kind),
			       JOBS);
	}
	*job = (struct job){ .pidfd = pidfd,
			     .output = output,
			     .kind = action->kind,
			     .rung = fire->rung,
			     .began_usec = clock_monotonic_usec(),
			     .began_need_bytes = watch->last.need_bytes,
			     .timeout_usec = action->kind == ACTION_HOST_EXEC	? action->time_usec
					     : action->kind == ACTION_HEAP_DUMP ? DUMP_USEC
										: TIMEOUT_USEC };
	job->source = (struct source){ SOURCE_JOB, watch, (size_t) (job - watch->jobs) };
	event.data.ptr = &job->source;
	if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, job->pidfd, &event) < 0)
		return err_set(err, errno, "%s: pidfd", action_name(action->kind));
	return 0;
}

/* Everything but the few that it needs goes: whoever waits for an end of file must not wait for a helper. */
static void close_others(const int keep[], size_t count)
{
	int from = 0;

	for (;;) {
		int next = -1;
		size_t i;

		for (i = 0; i < count; i++)
			if (keep[i] >= from && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			break;
		if (next > from)
			(void) close_range((unsigned) from, (unsigned) next - 1, 0);
		from = next + 1;
	}
	(void) close_range((unsigned) from, ~0U, 0);
}

static _Noreturn void be_helper(const struct job_work *work, int output)
{
	const int keep[] = { output, work->keep[0], work->keep[1], work->keep[2], work->keep[3] };
	sigset_t none;

	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void) prctl(PR_SET_NAME, "weir-helper");
	(void) prctl(PR_SET_DUMPABLE, 0);
	(void) setsid();
	close_others(keep, sizeof(keep) / sizeof(keep[0]));
	sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(work->work(work->context, output) < 0 ? 1 : 0);
}

int job_fork(struct fire *fire, const struct action *action, const struct job_work *work,
	     struct err *err)
{
	auto_fd int output = -1;
	auto_fd int output_end = -1;
	int pair[2];
	int pidfd;
	pid_t pid;
	int result = job_may_start(fire, action, err);

	if (result < 0)
		return result;
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, errno, "%s: pipe", action_name(action->kind));
	output = pair[0];
	output_end = pair[1];
	pid = fork();
	if (pid == 0)
		be_helper(work, output_end);
	if (pid < 0)
		return err_set(err, errno, "%s: fork", action_name(action->kind));
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		result = err_set(err, errno, "%s: pidfd", action_name(action->kind));
		(void) kill(pid, SIGKILL);
		(void) waitpid(pid, NULL, 0);
		return result;
	}
	return job_adopt(fire, action, pidfd, take_fd(&output), err);
}

/* ---- ending ---- */

static void describe(const struct job *job, bool reaped, const siginfo_t *info, char *note,
		     size_t size)
{
	unsigned long long msec = (clock_monotonic_usec() - job->began_usec) / 1000;

	if (job->killed)
		snprintf(note, size, "killed after %llu s",
			 (unsigned long long) (job->timeout_usec / 1000000));
	else if (!reaped)
		snprintf(note, size, "after %llu ms", msec);
	else
		snprintf(note, size, "%s %d after %llu ms",
			 info->si_code == CLD_EXITED ? "exit" : "signal", info->si_status, msec);
}

/* One entry for each line that it said. */
static void note_output(struct watch *watch, struct job *job)
{
	enum moment moment = job->kind == ACTION_SNAPSHOT ? MOMENT_SNAPSHOT : MOMENT_DONE;
	char output[OUTPUT_ROOM];
	char *cursor = output;
	char *line;
	ssize_t length = job->output >= 0 ? read(job->output, output, sizeof(output) - 1) : 0;

	output[length > 0 ? length : 0] = '\0';
	while ((line = text_next(&cursor, '\n')) != NULL)
		if (*line != '\0')
			watch_note(watch, moment, (int) job->rung, line);
}

static void note_end(struct watch *watch, struct job *job, const char *how)
{
	struct entry entry = { .moment = MOMENT_DONE, .at_usec = clock_monotonic_usec() };
	char note[160];

	if (starts_program(job->kind)) {
		watch_note(watch, MOMENT_EXEC_ENDED, (int) job->rung, how);
		return;
	}
	note_output(watch, job);
	snprintf(note, sizeof(note), "%s: %s", action_name(job->kind), how);
	watch_add(watch, &entry, (int) job->rung, note);
}

/* By the host of the governor; the others are helpers of ours, in our own cgroup. */
static bool is_started(const struct job *job)
{
	return runs(job) && job->kind != ACTION_SNAPSHOT && job->kind != ACTION_RECLAIM;
}

static void end_job(struct watch *watch, struct job *job)
{
	siginfo_t info = { 0 };
	char how[96];
	/* Reaped in any case. It may be somebody else's child; then only its end is known. */
	int reaped = waitid(P_PIDFD, (id_t) job->pidfd, &info, WEXITED | WNOHANG);

	describe(job, reaped == 0, &info, how, sizeof(how));
	epoll_ctl(watch->epoll, EPOLL_CTL_DEL, job->pidfd, NULL);
	note_end(watch, job, how);
	fd_close(&job->pidfd);
	fd_close(&job->output);
	/* It may have been killed while everything stood still for it. */
	if (job->kind == ACTION_SNAPSHOT)
		freeze_end(watch);
}

/* All that was started lives in the one cgroup: it is cleared when nobody in there is waited for. Not
 * when a job makes room for another, whose process runs already. */
static void end_rest(const struct watch *watch)
{
	size_t i;

	for (i = 0; i < JOBS; i++)
		if (is_started(&watch->jobs[i]))
			return;
	if (watch->governed.over != NULL)
		watch->governed.over(watch->governed.context);
}

void action_job_ready(struct watch *watch, size_t index)
{
	bool started = is_started(&watch->jobs[index]);

	end_job(watch, &watch->jobs[index]);
	if (started)
		end_rest(watch);
}

void job_tick(struct watch *watch, uint64_t now_usec)
{
	size_t i;

	for (i = 0; i < JOBS; i++) {
		struct job *job = &watch->jobs[i];

		if (!runs(job) || job->killed || job->began_usec + job->timeout_usec > now_usec)
			continue;
		job->killed = true;
		kill_job(job);
	}
}

uint64_t job_due_usec(const struct watch *watch)
{
	uint64_t due = UINT64_MAX;
	size_t i;

	for (i = 0; i < JOBS; i++) {
		const struct job *job = &watch->jobs[i];

		if (runs(job) && !job->killed && job->began_usec + job->timeout_usec < due)
			due = job->began_usec + job->timeout_usec;
	}
	return due;
}
