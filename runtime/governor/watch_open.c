// SPDX-License-Identifier: Apache-2.0
/*
 * Beginning and ending to watch one cgroup.
 * Should: leave nothing changed when it cannot begin, and memory.high restored at the end.
 * Must not: decide.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/governor/deadman.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/watch.h"

static int make(const struct governed *governed, int epoll, struct watch **out)
{
	size_t rungs = governed->ladder != NULL ? governed->ladder->rung_count : 0;
	struct watch *watch = calloc(1, sizeof(*watch));
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t i;

	if (watch == NULL)
		return -ENOMEM;
	watch->governed = *governed;
	watch->epoll = epoll;
	watch->cpus = cpus > 0 ? (unsigned) cpus : 1;
	watch->events = watch->line.fd = watch->contract.fifo = -1;
	watch->freeze = watch->grown.fd = watch->contract.dirfd = -1;
	for (i = 0; i < JOBS; i++)
		watch->jobs[i].pidfd = watch->jobs[i].output = -1;
	watch->look_usec = UINT64_MAX;
	watch->events_source = (struct source){ SOURCE_EVENTS, watch, 0 };
	watch->init_source = (struct source){ SOURCE_INIT, watch, 0 };
	watch->changed_source = (struct source){ SOURCE_CHANGED, watch, 0 };
	timeline_open(&watch->timeline, governed->timeline_fd);
	watch->states = calloc(rungs + 1, sizeof(*watch->states));
	watch->rungs = calloc(rungs + 1, sizeof(*watch->rungs));
	watch->recorder = recorder_open(governed->recorder_fd);
	if (watch->states == NULL || watch->rungs == NULL || watch->recorder == NULL ||
	    (governed->ladder != NULL && history_begin(&watch->history, governed->ladder) < 0)) {
		watch_close(watch);
		return -ENOMEM;
	}
	*out = watch;
	return 0;
}

static bool has_action(const struct ladder *ladder, enum action_kind kind)
{
	size_t i;

	for (i = 0; i < ladder->rung_count; i++)
		if (rung_action(&ladder->rungs[i], kind) != NULL)
			return true;
	return false;
}

/* What is written in an emergency is open before it. */
static int open_held(struct watch *watch, struct err *err)
{
	const struct ladder *ladder = watch->governed.ladder;
	int dirfd = watch->governed.cgroup->dirfd;

	if (has_action(ladder, ACTION_GROW)) {
		watch->grown.fd = openat(dirfd, "memory.max", O_WRONLY | O_CLOEXEC);
		if (watch->grown.fd < 0)
			return err_set(err, errno, "memory.max");
	}
	if (has_action(ladder, ACTION_BRAKE) || has_action(ladder, ACTION_SNAPSHOT)) {
		watch->freeze = openat(dirfd, "cgroup.freeze", O_RDWR | O_CLOEXEC);
		if (watch->freeze < 0)
			return err_set(err, errno, "cgroup.freeze");
	}
	return 0;
}

/* Opens what a ladder needs; the first look arms the trip-line. */
static int open_ladder(struct watch *watch, struct err *err)
{
	const struct governed *governed = &watch->governed;
	int result;

	result = reading_take(governed->cgroup_rootfd, governed->cgroup, watch->cpus, &watch->last,
			      err);
	if (result < 0)
		return result;
	if (watch->last.limit_bytes == MEMORY_NO_LIMIT)
		return err_say(err, EINVAL,
			       "a ladder needs a memory limit, and there is none at "
			       "or above the cgroup");
	result = tripline_open(&watch->line, governed->cgroup->dirfd, governed->config_high_bytes,
			       err);
	if (result == 0)
		result = contract_open(&watch->contract, governed->contract_dirfd, err);
	if (result == 0)
		result = open_held(watch, err);
	if (result < 0)
		return result;
	watch->events = openat(governed->cgroup->dirfd, "memory.events", O_RDONLY | O_CLOEXEC);
	return watch->events < 0 ? err_set(err, errno, "memory.events") : 0;
}

static int listen_on(int epoll, int fd, uint32_t events, struct source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

/* A file that was never read polls as changed: the first dispatch reads it, and looks. */
static int begin(struct watch *watch, struct err *err)
{
	struct entry entry = { .moment = MOMENT_WATCHING, .at_usec = clock_monotonic_usec() };
	int result;

	if (watch->last.limit_bytes != MEMORY_NO_LIMIT)
		entry.limit_bytes = watch->last.limit_bytes;
	entry.need_bytes = watch->last.need_bytes;
	watch_record_begin(watch);
	timeline_add(&watch->timeline, &entry, NULL);
	result = listen_on(watch->epoll, watch->governed.init_pidfd, EPOLLIN, &watch->init_source);
	if (result < 0)
		return err_set(err, -result, "pidfd of init");
	if (watch->events < 0)
		return 0;
	result = listen_on(watch->epoll, watch->events, EPOLLPRI, &watch->events_source);
	if (result < 0)
		return err_set(err, -result, "memory.events");
	watch->listening = true;
	if (watch->governed.changed_fd >= 0)
		result = listen_on(watch->epoll, watch->governed.changed_fd, EPOLLIN,
				   &watch->changed_source);
	if (result < 0)
		return err_set(err, -result, "news of the limits");
	action_publish(watch);
	watch_events_ready(watch);
	return 0;
}

int watch_open(const struct governed *governed, int epoll, struct watch **out, struct err *err)
{
	struct watch *watch = NULL;
	int result = make(governed, epoll, &watch);

	if (result < 0)
		return err_set(err, -result, "governor");
	result = counters_take(governed->cgroup_rootfd, governed->cgroup, &watch->baseline, err);
	watch->seen = watch->baseline.own;
	if (result == 0 && watch_rungs(watch) > 0)
		result = open_ladder(watch, err);
	if (result == 0)
		result = begin(watch, err);
	if (result < 0) {
		watch_end(watch);
		return result;
	}
	*out = watch;
	return 0;
}

void watch_guard(struct watch *watch, struct undo *undo)
{
	undo->files[UNDO_HIGH].fd = watch->line.fd;
	undo->files[UNDO_HIGH].value = watch->line.config_high_bytes;
	undo->files[UNDO_HIGH].due = true;
	undo->files[UNDO_MAX].fd = watch->grown.fd;
	undo->files[UNDO_MAX].value = watch->grown.from_bytes;
	undo->files[UNDO_MAX].due = watch->grown.from_bytes > 0;
	undo->files[UNDO_FREEZE].fd = watch->freeze;
	undo->files[UNDO_FREEZE].value = 0;
	undo->files[UNDO_FREEZE].due = watch->braking.thaw_usec > 0;
	watch->undo = undo;
}

static void end_guard(struct watch *watch)
{
	int file;

	for (file = 0; watch->undo != NULL && file < UNDO_FILES; file++)
		watch->undo->files[file].due = false;
	watch->undo = NULL;
}

void watch_end(struct watch *watch)
{
	struct err err = { 0 };
	size_t i;

	action_release(watch);
	if (tripline_lift(&watch->line, &err) < 0)
		watch_note_failure(watch, -1, &err);
	else
		end_guard(watch);
	/* Taken out by name: a child of the host's that has not called execve(2) yet holds copies,
	 * and epoll forgets a file only with its last one. */
	if (!watch->ended)
		epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->governed.init_pidfd, NULL);
	if (watch->governed.changed_fd >= 0)
		epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->governed.changed_fd, NULL);
	if (watch->listening)
		epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->events, NULL);
	for (i = 0; i < JOBS; i++)
		if (watch->jobs[i].pidfd >= 0)
			epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->jobs[i].pidfd, NULL);
	watch_close(watch);
}

void watch_close(struct watch *watch)
{
	size_t i;

	tripline_close(&watch->line);
	contract_close(&watch->contract);
	fd_close(&watch->events);
	fd_close(&watch->freeze);
	fd_close(&watch->grown.fd);
	for (i = 0; i < JOBS; i++) {
		fd_close(&watch->jobs[i].pidfd);
		fd_close(&watch->jobs[i].output);
	}
	timeline_close(&watch->timeline);
	recorder_close(watch->recorder);
	history_end(&watch->history);
	free(watch->states);
	free(watch->rungs);
	free(watch);
}
