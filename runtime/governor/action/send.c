// SPDX-License-Identifier: Apache-2.0
/*
 * Signals and kills.
 * Should: reach who is meant and nobody else, whatever pids are used anew meanwhile.
 * Must not: signal what is not in the cgroup.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

#define PROCESSES  1024 /* of one cgroup that are looked at: a fork bomb must not hold us up */
#define STATM_ROOM 128

static const char *signal_name(int signal, char buffer[16])
{
	const char *name = sigabbrev_np(signal);

	if (name != NULL)
		snprintf(buffer, 16, "SIG%s", name);
	else
		snprintf(buffer, 16, "signal %d", signal);
	return buffer;
}

static int read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
	length = file_read_at(AT_FDCWD, path, text, size, NULL);
	if (length < 0)
		return (int) length;
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* Whether the process of the pidfd is (still) in the cgroup: its pid is asked while it lives. */
static bool is_inside(const struct watch *watch, pid_t pid, int pidfd)
{
	const char *own = watch->governed.cgroup->path;
	char text[2 * CGROUP_PATH_ROOM];
	char path[CGROUP_PATH_ROOM];
	size_t length = strlen(own);

	if (read_proc(pid, "cgroup", text, sizeof(text)) < 0)
		return false;
	/* On a hybrid host the v2 line is not the first. */
	if (cgroup_path_of_text(text, path) < 0)
		return pidfd_send_signal(pidfd, 0, NULL, 0) == 0;
	return strncmp(path, own, length) == 0 && (path[length] == '/' || path[length] == '\0') &&
	       pidfd_send_signal(pidfd, 0, NULL, 0) == 0;
}

static int send_to(const struct watch *watch, pid_t pid, int signal)
{
	auto_fd int pidfd = pidfd_open(pid, 0);

	if (pidfd < 0 || !is_inside(watch, pid, pidfd))
		return -ESRCH;
	return pidfd_send_signal(pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

static bool is_meant(const struct action *action, pid_t pid)
{
	char comm[32];

	return action->target == TARGET_ALL ||
	       (read_proc(pid, "comm", comm, sizeof(comm)) == 0 && strcmp(comm, action->comm) == 0);
}

static void signal_init(struct fire *fire, int signal, enum moment moment)
{
	struct watch *watch = fire->watch;
	struct err err = { 0 };
	char name[16];

	if (pidfd_send_signal(watch->governed.init_pidfd, signal, NULL, 0) == 0) {
		fire_note(fire, moment, "%s", signal_name(signal, name));
		return;
	}
	err_set(&err, errno, "%s to process %d", signal_name(signal, name),
		(int) watch->governed.init_pid);
	fire_fail(fire, &err);
}

void act_signal(struct fire *fire, const struct action *action)
{
	auto_free pid_t *pids = NULL;
	struct err err = { 0 };
	char name[16];
	size_t count = 0;
	size_t sent = 0;
	size_t i;

	if (action->target == TARGET_INIT) {
		signal_init(fire, action->signal, MOMENT_SIGNAL);
		return;
	}
	if (cgroup_pids(fire->watch->governed.cgroup, &pids, &count, &err) < 0) {
		fire_fail(fire, &err);
		return;
	}
	for (i = 0; i < count && i < PROCESSES; i++)
		if (is_meant(action, pids[i]) && send_to(fire->watch, pids[i], action->signal) == 0)
			sent++;
	fire_note(fire, MOMENT_SIGNAL, "%s to %zu processes", signal_name(action->signal, name),
		  sent);
}

/* Its resident pages (proc(5), statm); 0 if it is gone. */
static uint64_t resident(pid_t pid)
{
	char text[STATM_ROOM];
	const char *cursor = text;
	uint64_t pages = 0;

	if (read_proc(pid, "statm", text, sizeof(text)) < 0 || !number_u64_next(&cursor, &pages) ||
	    *cursor++ != ' ')
		return 0;
	return number_u64_next(&cursor, &pages) ? pages : 0;
}

/* Init is spared while there is another: its end is the container's, and that is what stop is for. */
void act_kill_largest(struct fire *fire, const struct action *action)
{
	const struct governed *governed = &fire->watch->governed;
	auto_free pid_t *pids = NULL;
	struct err err = { 0 };
	char comm[32] = "?";
	char size[TEXT_SIZE_ROOM];
	uint64_t most = 0;
	pid_t largest = 0;
	size_t count = 0;
	size_t i;

	(void) action;
	if (cgroup_pids(governed->cgroup, &pids, &count, &err) < 0)
		goto failed;
	for (i = 0; i < count && i < PROCESSES; i++) {
		uint64_t pages = pids[i] != governed->init_pid ? resident(pids[i]) : 0;

		if (pages <= most)
			continue;
		most = pages;
		largest = pids[i];
	}
	if (largest == 0) {
		err_say(&err, ESRCH, "kill-largest: there is no process beside the first one");
		goto failed;
	}
	(void) read_proc(largest, "comm", comm, sizeof(comm));
	if (send_to(fire->watch, largest, SIGKILL) < 0)
		err_say(&err, ESRCH, "kill-largest: process %d is gone", (int) largest);
failed:
	if (err.number != 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_KILLED, "process %d (%s), %s resident", (int) largest, comm,
			  text_size(most * 4096, size));
}

void act_kill_group(struct fire *fire, const struct action *action)
{
	struct err err = { 0 };

	(void) action;
	/* An end that the ladder made: the verdict is not an OOM's. */
	fire->watch->stop_sent = true;
	fire->watch->stop_forced = true;
	if (cgroup_kill(fire->watch->governed.cgroup, &err) < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_KILLED, "all processes");
}

/* ---- stop ---- */

#define STOP_BRAKE_USEC 2000000 /* the budget of governor.md 6.3 */

void act_stop(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	uint64_t most = watch->governed.ladder->ceiling.brake_usec;
	int signal = watch->governed.stop_signal > 0 ? watch->governed.stop_signal : SIGTERM;

	signal_init(fire, signal, MOMENT_STOP);
	if (rung_action(&watch->governed.ladder->rungs[fire->rung], ACTION_BRAKE) == NULL) {
		braking_begin(watch, fire->rung, most < STOP_BRAKE_USEC ? most : STOP_BRAKE_USEC);
		if (watch->braking.on)
			fire_note(fire, MOMENT_BRAKED, "for at most %g s",
				  (double) watch->braking.budget_usec / 1e6);
	}
	watch->stop_sent = true;
	watch->stop_kill_usec = clock_monotonic_usec() + action->time_usec;
}

static bool grace_runs(const struct watch *watch)
{
	return watch->stop_sent && !watch->stop_forced && !watch->ended;
}

void stop_tick(struct watch *watch, uint64_t now_usec)
{
	struct err err = { 0 };

	if (!grace_runs(watch) || watch->stop_kill_usec > now_usec)
		return;
	watch->stop_forced = true;
	if (cgroup_kill(watch->governed.cgroup, &err) < 0)
		watch_note_failure(watch, -1, &err);
	else
		watch_note(watch, MOMENT_GRACE_OVER, -1, NULL);
}

uint64_t stop_due_usec(const struct watch *watch)
{
	return grace_runs(watch) ? watch->stop_kill_usec : UINT64_MAX;
}
