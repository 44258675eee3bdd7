// SPDX-License-Identifier: Apache-2.0
/*
 * Counters up the hierarchy.
 * Should: read the holder of a limit wherever it is.
 * Must not: judge.
 */
#include "runtime/governor/counters.h"

#include <fcntl.h>
#include <string.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/fd.h"

/* The events of the ancestor that is the first `length` bytes of `path`. */
static void read_level(int cgroup_rootfd, const char *path, size_t length,
		       struct memory_events *events)
{
	char ancestor[CGROUP_PATH_ROOM];
	auto_fd int dirfd = -1;

	memcpy(ancestor, path, length);
	ancestor[length] = '\0';
	dirfd = openat(cgroup_rootfd, ancestor + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || memory_events_read(dirfd, true, events, NULL) < 0)
		*events = (struct memory_events){ 0 };
}

static size_t parent_length(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

int counters_take(int cgroup_rootfd, const struct cgroup *cgroup, struct counters *counters,
		  struct err *err)
{
	size_t length = parent_length(cgroup->path, strlen(cgroup->path));
	int result = memory_events_read(cgroup->dirfd, false, &counters->own, err);

	if (result == 0)
		result = memory_events_read(cgroup->dirfd, true, &counters->local, err);
	if (result < 0)
		return result;
	for (counters->level_count = 0; length > 0 && counters->level_count < COUNTERS_LEVELS;
	     length = parent_length(cgroup->path, length)) {
		struct counters_level *level = &counters->levels[counters->level_count++];

		level->path_length = length;
		read_level(cgroup_rootfd, cgroup->path, length, &level->local);
	}
	return 0;
}

static uint64_t since(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

static struct memory_events events_since(const struct memory_events *before,
					 const struct memory_events *now)
{
	return (struct memory_events){
		.low = since(before->low, now->low),
		.high = since(before->high, now->high),
		.max = since(before->max, now->max),
		.oom = since(before->oom, now->oom),
		.oom_kill = since(before->oom_kill, now->oom_kill),
		.oom_group_kill = since(before->oom_group_kill, now->oom_group_kill),
	};
}

void counters_since(const struct counters *before, const struct counters *now,
		    struct counters *delta)
{
	size_t i;

	*delta = *now;
	delta->own = events_since(&before->own, &now->own);
	delta->local = events_since(&before->local, &now->local);
	for (i = 0; i < now->level_count && i < before->level_count; i++)
		delta->levels[i].local =
			events_since(&before->levels[i].local, &now->levels[i].local);
}
