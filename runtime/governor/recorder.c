// SPDX-License-Identifier: Apache-2.0
/*
 * The flight recorder.
 * Should: cost no system call for each point, and lose nothing to kill -9.
 * Must not: trust a file it reads: its writer may have died in the middle of a line.
 */
#include "runtime/governor/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

static const char magic[8] = "weirRec1";

static bool is_ours(const struct recorder *recorder)
{
	return recorder->size == sizeof(*recorder) &&
	       memcmp(recorder->magic, magic, sizeof(magic)) == 0;
}

/* Counts within their tables, names that end, points that ascend. */
static void mend(struct recorder *recorder)
{
	size_t count =
		recorder->point_count < RECORDER_POINTS ? recorder->point_count : RECORDER_POINTS;
	size_t kept = 0;
	size_t i;

	if (recorder->rung_count > LADDER_RUNGS)
		recorder->rung_count = LADDER_RUNGS;
	for (i = 0; i < LADDER_RUNGS; i++)
		recorder->rungs[i].name[RECORDER_NAME - 1] = '\0';
	for (i = 0; i < count; i++) {
		const struct point *point = &recorder->points[i];

		if (kept == 0 || point->at_usec > recorder->points[kept - 1].at_usec)
			recorder->points[kept++] = *point;
	}
	recorder->point_count = (uint32_t) kept;
	if (recorder->baseline.level_count > COUNTERS_LEVELS)
		recorder->baseline.level_count = COUNTERS_LEVELS;
	suspects_mend(&recorder->suspects);
}

struct recorder *recorder_open(int fd)
{
	int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
	struct recorder *recorder;

	if (fd >= 0 && ftruncate(fd, sizeof(*recorder)) < 0)
		return NULL;
	recorder = mmap(NULL, sizeof(*recorder), PROT_READ | PROT_WRITE, flags, fd, 0);
	if (recorder == MAP_FAILED)
		return NULL;
	/* Another governor's that died: what it saw is part of the story. */
	if (is_ours(recorder)) {
		mend(recorder);
		return recorder;
	}
	memset(recorder, 0, sizeof(*recorder));
	memcpy(recorder->magic, magic, sizeof(magic));
	recorder->size = sizeof(*recorder);
	return recorder;
}

void recorder_close(struct recorder *recorder)
{
	if (recorder != NULL)
		munmap(recorder, sizeof(*recorder));
}

/* Every other one of the older half: it keeps its first and, over time, halves its resolution. */
static void thin(struct recorder *recorder)
{
	size_t old = RECORDER_POINTS - RECORDER_RECENT;
	size_t kept = 1;
	size_t i;

	for (i = 2; i < old; i += 2)
		recorder->points[kept++] = recorder->points[i];
	memmove(recorder->points + kept, recorder->points + old,
		RECORDER_RECENT * sizeof(recorder->points[0]));
	recorder->point_count = (uint32_t) (kept + RECORDER_RECENT);
}

void recorder_look(struct recorder *recorder, const struct point *point,
		   const struct memory_stat *stat)
{
	recorder->last = *point;
	recorder->stat = *stat;
	if (point->need_bytes + recorder->peak_need_bytes / 64 >= recorder->peak_need_bytes) {
		recorder->peak = *point;
		recorder->peak_stat = *stat;
	}
	if (point->need_bytes > recorder->peak_need_bytes)
		recorder->peak_need_bytes = point->need_bytes;
}

/* The last point is near the one before it, and so is this one: it takes its place. */
static bool is_near(const struct recorder *recorder, uint64_t at_usec)
{
	const struct point *points = recorder->points;
	size_t count = recorder->point_count;

	return count >= 2 &&
	       points[count - 1].at_usec - points[count - 2].at_usec < RECORDER_NEAREST_USEC &&
	       at_usec - points[count - 2].at_usec < 2ULL * RECORDER_NEAREST_USEC;
}

void recorder_add(struct recorder *recorder, const struct point *point)
{
	size_t count = recorder->point_count;

	if (is_near(recorder, point->at_usec)) {
		recorder->points[count - 1] = *point;
		return;
	}
	if (count == RECORDER_POINTS)
		thin(recorder);
	recorder->points[recorder->point_count] = *point;
	recorder->point_count++;
}

int recorder_read(int dirfd, const char *name, struct recorder *recorder, struct err *err)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return err_set(err, errno, "%s", name);
	length = fd_read_full(fd, recorder, sizeof(*recorder));
	if (length < 0)
		return err_set(err, (int) -length, "%s", name);
	if ((size_t) length != sizeof(*recorder) || !is_ours(recorder))
		return err_say(err, EINVAL, "%s: not a recorder of this build", name);
	mend(recorder);
	return 0;
}

double recorder_pace(const struct recorder *recorder, uint64_t usec)
{
	const struct point *peak = &recorder->peak;
	const struct point *first = peak;
	size_t i;

	for (i = recorder->point_count; i-- > 0;) {
		const struct point *point = &recorder->points[i];

		if (point->at_usec < peak->at_usec && peak->at_usec - point->at_usec > usec &&
		    first != peak)
			break;
		if (point->at_usec < peak->at_usec)
			first = point;
	}
	if (first == peak || peak->need_bytes <= first->need_bytes)
		return 0;
	return (double) (peak->need_bytes - first->need_bytes) /
	       ((double) (peak->at_usec - first->at_usec) / 1e6);
}
