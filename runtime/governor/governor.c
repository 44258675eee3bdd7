// SPDX-License-Identifier: Apache-2.0
/*
 * The loop.
 * Should: sleep; serve whoever has something, memory.events before all else.
 * Must not: know what any of it means.
 */
#include "runtime/governor/governor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/governor/account.h"
#include "runtime/governor/deadman.h"
#include "runtime/governor/watch.h"
#include "runtime/governor/witness.h"

#define BATCH 64 /* sources of one epoll_wait(2) */
/* A dispatch ends even under a storm of events: the host has other descriptors to serve. */
#define ROUNDS 16
/* What time brings to a thousand cgroups comes at the same moment (watch.c): so many are served, then who has crossed
 * a rung meanwhile. */
#define TICKS 16

struct governor {
	int epoll;
	int timer;
	uint64_t timer_usec; /* what the timer is set to; UINT64_MAX: nothing */
	struct source timer_source;
	struct source deadman_source;
	struct deadman deadman;
	struct witness witness;
	struct watch *watches;
};

int governor_open(struct governor **out, struct err *err)
{
	struct governor *governor = calloc(1, sizeof(*governor));
	struct epoll_event event = { .events = EPOLLIN };

	if (governor == NULL)
		return err_set(err, ENOMEM, "governor");
	governor->timer_usec = UINT64_MAX;
	governor->timer_source.kind = SOURCE_TIMER;
	governor->deadman_source.kind = SOURCE_DEADMAN;
	governor->deadman = DEADMAN_NONE;
	governor->witness = WITNESS_NONE;
	event.data.ptr = &governor->timer_source;
	governor->epoll = epoll_create1(EPOLL_CLOEXEC);
	governor->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (governor->epoll < 0 || governor->timer < 0 ||
	    epoll_ctl(governor->epoll, EPOLL_CTL_ADD, governor->timer, &event) < 0) {
		int result = err_set(err, errno, "governor");

		governor_close(governor);
		return result;
	}
	*out = governor;
	return 0;
}

/* ---- the deadman ---- */

static void dismiss_deadman(struct governor *governor)
{
	struct watch *watch;

	/* Taken out by name, as in watch_end(). */
	if (governor->deadman.pidfd >= 0)
		epoll_ctl(governor->epoll, EPOLL_CTL_DEL, governor->deadman.pidfd, NULL);
	deadman_close(&governor->deadman);
	for (watch = governor->watches; watch != NULL; watch = watch->next)
		watch->undo = NULL;
}

static int start_deadman(struct governor *governor, struct err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &governor->deadman_source };
	int result = deadman_start(&governor->deadman, err);

	if (result == 0 &&
	    epoll_ctl(governor->epoll, EPOLL_CTL_ADD, governor->deadman.pidfd, &event) < 0)
		result = err_set(err, errno, "deadman");
	return result;
}

/* Only a ladder asks for it, and it belongs to the process that stays. */
static void open_witness(struct governor *governor, struct watch *watch)
{
	if (watch_rungs(watch) == 0)
		return;
	witness_open(&governor->witness);
	watch->witness = &governor->witness;
}

int governor_guard(struct governor *governor, struct err *err)
{
	struct watch *watch;
	int result;

	dismiss_deadman(governor);
	result = deadman_open(&governor->deadman, GOVERNOR_CGROUPS, err);
	if (result < 0)
		return result;
	for (watch = governor->watches; watch != NULL; watch = watch->next) {
		watch_guard(watch, deadman_take_place(&governor->deadman));
		open_witness(governor, watch);
	}
	return start_deadman(governor, err);
}

/* One more for the deadman that stands by already. */
static int guard_too(struct governor *governor, struct watch *watch, struct err *err)
{
	struct undo *place;

	if (governor->deadman.pid == 0)
		return 0;
	place = deadman_take_place(&governor->deadman);
	if (place == NULL)
		return err_say(err, ENOSPC, "%d cgroups are governed, and no more can be",
			       GOVERNOR_CGROUPS);
	watch_guard(watch, place);
	open_witness(governor, watch);
	return deadman_give(&governor->deadman, place, err);
}

/* The deadman's descriptors would keep a cgroup that is gone in memory. */
static void let_go(struct governor *governor, struct undo *place)
{
	int file;

	if (place == NULL)
		return;
	for (file = 0; file < UNDO_FILES; file++) {
		place->files[file].due = false;
		place->files[file].fd = -1;
	}
	/* Refused, it is about to be replaced by one that never had them. */
	(void) deadman_give(&governor->deadman, place, NULL);
	place->used = false;
}

/* Somebody killed it. Another one takes its place, and while there is none, nothing is held. */
static void deadman_ready(struct governor *governor)
{
	struct err err = { 0 };
	struct watch *watch;

	deadman_reap(&governor->deadman);
	if (start_deadman(governor, &err) == 0)
		err_say(&err, ECHILD, "the deadman was killed; another one stands by");
	for (watch = governor->watches; watch != NULL; watch = watch->next)
		watch_note_failure(watch, -1, &err);
}

void governor_close(struct governor *governor)
{
	dismiss_deadman(governor);
	while (governor->watches != NULL) {
		struct watch *next = governor->watches->next;

		watch_close(governor->watches);
		governor->watches = next;
	}
	witness_close(&governor->witness);
	fd_close(&governor->timer);
	fd_close(&governor->epoll);
	free(governor);
}

/* One timer for all that is due; a time of zero disarms it. */
static int set_timer(struct governor *governor, struct err *err)
{
	struct itimerspec when = { 0 };
	uint64_t due = UINT64_MAX;
	struct watch *watch;

	for (watch = governor->watches; watch != NULL; watch = watch->next)
		if (watch_due_usec(watch) < due)
			due = watch_due_usec(watch);
	if (due == governor->timer_usec)
		return 0;
	if (due != UINT64_MAX) {
		when.it_value.tv_sec = (time_t) (due / 1000000);
		when.it_value.tv_nsec = (long) (due % 1000000) * 1000 + 1;
	}
	if (timerfd_settime(governor->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		return err_set(err, errno, "timerfd_settime");
	governor->timer_usec = due;
	return 0;
}

static void tick(struct governor *governor)
{
	uint64_t now = clock_monotonic_usec();
	struct watch *watch;
	int left = TICKS;

	for (watch = governor->watches; watch != NULL && left > 0; watch = watch->next) {
		if (watch_due_usec(watch) > now)
			continue;
		watch_tick(watch, now);
		left--;
	}
}

static void serve(struct governor *governor, const struct source *source)
{
	uint64_t expirations;

	switch (source->kind) {
	case SOURCE_TIMER:
		if (read(governor->timer, &expirations, sizeof(expirations)) > 0)
			governor->timer_usec = UINT64_MAX;
		break;
	case SOURCE_EVENTS:
		watch_events_ready(source->watch);
		break;
	case SOURCE_INIT:
		watch_init_ready(source->watch);
		break;
	case SOURCE_JOB:
		action_job_ready(source->watch, source->job);
		break;
	case SOURCE_DEADMAN:
		deadman_ready(governor);
		break;
	case SOURCE_CHANGED:
		watch_changed_ready(source->watch);
		break;
	}
}

/* Whether the source is still of interest: one served before it in the batch may have ended it. */
static bool is_current(const struct source *source)
{
	switch (source->kind) {
	case SOURCE_EVENTS:
		return source->watch->listening;
	case SOURCE_INIT:
		return !source->watch->ended;
	case SOURCE_JOB:
		return source->watch->jobs[source->job].pidfd >= 0;
	case SOURCE_TIMER:
	case SOURCE_DEADMAN:
	case SOURCE_CHANGED:
		break;
	}
	return true;
}

/* Serves the sources of one kind, or all others. */
static void serve_batch(struct governor *governor, const struct epoll_event events[], int count,
			bool memory)
{
	int i;

	for (i = 0; i < count; i++) {
		const struct source *source = events[i].data.ptr;

		if ((source->kind == SOURCE_EVENTS) == memory && is_current(source))
			serve(governor, source);
	}
}

int governor_dispatch(struct governor *governor, struct err *err)
{
	struct epoll_event events[BATCH];
	int rounds;

	for (rounds = 0; rounds < ROUNDS; rounds++) {
		int count = epoll_wait(governor->epoll, events, BATCH, 0);

		if (count < 0 && errno != EINTR)
			return err_set(err, errno, "epoll_wait");
		if (count == 0)
			break;
		serve_batch(governor, events, count, true);
		serve_batch(governor, events, count, false);
	}
	tick(governor);
	return set_timer(governor, err);
}

int governor_fd(const struct governor *governor)
{
	return governor->epoll;
}

static struct watch *find(const struct governor *governor, const char *id)
{
	struct watch *watch;

	for (watch = governor->watches; watch != NULL; watch = watch->next)
		if (strcmp(watch->governed.id, id) == 0)
			return watch;
	return NULL;
}

int governor_add(struct governor *governor, const struct governed *governed, struct err *err)
{
	struct watch *watch = NULL;
	int result;

	if (find(governor, governed->id) != NULL)
		return err_say(err, EEXIST, "'%s' is governed already", governed->id);
	result = watch_open(governed, governor->epoll, &watch, err);
	if (result < 0)
		return result;
	result = guard_too(governor, watch, err);
	if (result < 0) {
		struct undo *place = watch->undo;

		watch_end(watch);
		let_go(governor, place);
		return result;
	}
	watch->next = governor->watches;
	governor->watches = watch;
	return set_timer(governor, err);
}

const struct governed *governor_ended(const struct governor *governor)
{
	const struct watch *watch;

	for (watch = governor->watches; watch != NULL; watch = watch->next)
		if (watch->ended)
			return &watch->governed;
	return NULL;
}

static void take_out(struct governor *governor, struct watch *watch)
{
	struct watch **link = &governor->watches;
	struct undo *place = watch->undo;

	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	watch_end(watch);
	let_go(governor, place);
}

void governor_drop(struct governor *governor, const char *id)
{
	struct watch *watch = find(governor, id);

	if (watch != NULL)
		take_out(governor, watch);
}

int governor_finish(struct governor *governor, const char *id, const struct ending *ending,
		    struct emit *report, struct err *err)
{
	struct watch *watch = find(governor, id);
	int result;

	if (watch == NULL)
		return err_say(err, ENOENT, "'%s' is not governed", id);
	/* What is still waiting to be served is part of the story. */
	result = governor_dispatch(governor, err);
	if (result == 0)
		result = account_watch(watch, ending, report, err);
	take_out(governor, watch);
	return result;
}
