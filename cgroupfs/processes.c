// SPDX-License-Identifier: Apache-2.0
/*
 * The processes of a cgroup: in, out, stopped, listed.
 * Should: leave waiting to the kernel's notifications.
 * Must not: signal by pid: what a pid names may change between listing and signalling.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/cgroup.h"
#include "cgroupfs/events.h"
#include "cgroupfs/walk.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

int cgroup_join(const struct cgroup *cgroup, pid_t pid, struct err *err)
{
	char number[24];
	int result;

	snprintf(number, sizeof(number), "%d", (int) pid);
	result = file_write_at(cgroup->dirfd, "cgroup.procs", number, err);
	if (result == -EBUSY)
		err_say(err, EBUSY,
			"it passes controllers on to its children, so no process may live in it "
			"(no-internal-process rule)");
	if (result < 0)
		err_context(err, "join cgroup %s", cgroup->path);
	return result;
}

int cgroup_kill(const struct cgroup *cgroup, struct err *err)
{
	int result = file_write_at(cgroup->dirfd, "cgroup.kill", "1", err);

	if (result == -ENODEV || (result == -ENOENT && events_is_gone(cgroup->dirfd)))
		return 0;
	if (result < 0)
		err_context(err, "kill cgroup %s", cgroup->path);
	return result;
}

int cgroup_is_populated(const struct cgroup *cgroup, struct err *err)
{
	int result = events_read(cgroup->dirfd, "populated", err);

	if (result < 0)
		err_context(err, "cgroup %s", cgroup->path);
	return result;
}

int cgroup_is_frozen(const struct cgroup *cgroup, struct err *err)
{
	auto_fd int wish = -1;
	int result = events_read(cgroup->dirfd, "frozen", err);
	char asked = '0';

	if (result < 0)
		err_context(err, "cgroup %s", cgroup->path);
	if (result != 0)
		return result;
	/* It is told as not frozen for a moment whenever a process comes or ends, though whoever comes
	 * stands still at once. */
	wish = beneath_file(cgroup->dirfd, "cgroup.freeze", O_RDONLY);
	return wish >= 0 && read(wish, &asked, 1) == 1 && asked == '1';
}

int cgroup_wait_empty(const struct cgroup *cgroup, int timeout_msec, struct err *err)
{
	uint64_t deadline = events_deadline(timeout_msec);
	int result = events_wait(cgroup->dirfd, "populated", 0, deadline, err);
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	if (result >= 0)
		return 0;
	if (result == -ETIMEDOUT && cgroup_pids(cgroup, &pids, &count, NULL) == 0)
		err_say(err, ETIMEDOUT, "processes left after %d ms: %zu", timeout_msec, count);
	err_context(err, "cgroup %s", cgroup->path);
	return result;
}

int cgroup_freeze(const struct cgroup *cgroup, bool frozen, int timeout_msec, struct err *err)
{
	uint64_t deadline = events_deadline(timeout_msec);
	int result = file_write_at(cgroup->dirfd, "cgroup.freeze", frozen ? "1" : "0", err);

	if (result == 0)
		result = events_wait(cgroup->dirfd, "frozen", frozen, deadline, err);
	if (result >= 0)
		return 0;
	/* Half frozen is the worst of both: who asked is told no, and everything runs. */
	if (frozen)
		(void) file_write_at(cgroup->dirfd, "cgroup.freeze", "0", NULL);
	err_context(err, "%s cgroup %s", frozen ? "freeze" : "thaw", cgroup->path);
	return result;
}

struct listing {
	pid_t *pids;
	size_t count;
	size_t room;
};

static int add_pid(struct listing *listing, pid_t pid)
{
	size_t room = listing->room * 2 + 64;
	pid_t *pids;

	if (listing->count == listing->room) {
		pids = reallocarray(listing->pids, room, sizeof(*pids));
		if (pids == NULL)
			return -ENOMEM;
		listing->pids = pids;
		listing->room = room;
	}
	listing->pids[listing->count++] = pid;
	return 0;
}

/* The whole file: its size is not known before, and grows with the number of processes. */
static int read_all(int fd, struct text *text)
{
	char chunk[4096];
	ssize_t got;

	while ((got = fd_read_full(fd, chunk, sizeof(chunk))) > 0)
		text_add_bytes(text, chunk, (size_t) got);
	if (got < 0)
		return (int) got;
	return text_ok(text) ? 0 : -ENOMEM;
}

/* A process of a pid namespace that we cannot see is listed as 0: there is nothing to name. */
static int add_pids(struct listing *listing, const char *cursor)
{
	uint64_t pid;
	int result = 0;

	while (result == 0 && number_u64_next(&cursor, &pid)) {
		if (pid > 0 && pid <= INT32_MAX)
			result = add_pid(listing, (pid_t) pid);
		if (*cursor == '\n')
			cursor++;
	}
	return result;
}

static int list_here(void *me, int dirfd, struct err *err)
{
	auto_fd int fd = beneath_file(dirfd, "cgroup.procs", O_RDONLY);
	auto_text struct text text = { 0 };
	int result = fd < 0 ? fd : read_all(fd, &text);

	/* Gone, or threaded: its processes are listed in the threaded domain's root above it. */
	if (result == -ENOENT || result == -ENODEV || result == -EOPNOTSUPP)
		return 0;
	if (result == 0)
		result = add_pids(me, text_string(&text));
	return result < 0 ? err_set(err, -result, "read cgroup.procs") : 0;
}

static int compare_pids(const void *left, const void *right)
{
	pid_t a = *(const pid_t *) left;
	pid_t b = *(const pid_t *) right;

	return (a > b) - (a < b);
}

/* The kernel may list one twice that moves, or whose number is reused, while we read. */
static void sort_once(struct listing *listing)
{
	size_t kept = 0;
	size_t i;

	if (listing->count > 0)
		qsort(listing->pids, listing->count, sizeof(pid_t), compare_pids);
	for (i = 0; i < listing->count; i++) {
		if (kept == 0 || listing->pids[i] != listing->pids[kept - 1])
			listing->pids[kept++] = listing->pids[i];
	}
	listing->count = kept;
}

int cgroup_pids(const struct cgroup *cgroup, pid_t **pids, size_t *count, struct err *err)
{
	static const struct walk_steps steps = { .inside = list_here };
	struct listing listing = { 0 };
	int result = list_here(&listing, cgroup->dirfd, err);

	if (result == 0)
		result = walk_tree(cgroup->dirfd, NULL, &steps, &listing, err);
	if (result < 0) {
		free(listing.pids);
		err_context(err, "cgroup %s", cgroup->path);
		return result;
	}
	sort_once(&listing);
	*pids = listing.pids;
	*count = listing.count;
	return 0;
}
