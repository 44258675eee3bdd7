// SPDX-License-Identifier: Apache-2.0
/*
 * Removing a cgroup and all below it.
 * Should: finish as soon as the last process is gone, and say what is left when it cannot.
 * Must not: kill, or trust what it saw a moment ago: others may still fork and mkdir in there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/cgroup.h"
#include "cgroupfs/events.h"
#include "cgroupfs/walk.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"

/* How long to wait for a change that may not be announced: an exiting process can hold a cgroup for
 * a moment after "populated 0". Doubles from the first to the last, so that it costs little. */
#define FIRST_PATIENCE_MSEC 1
#define LAST_PATIENCE_MSEC  64

#define BAR_FILE "cgroup.max.descendants"

struct removal {
	int parentfd; /* of the topmost; borrowed */
	const char *name;
	char bound[32]; /* what BAR_FILE of the topmost said before it was barred; "": not barred */
	uint64_t deadline_usec;
	int patience_msec; /* 0: something was removed since the last pause, so try again at once */
};

/* 1: it is gone; 0: the kernel will not have it yet. */
static int try_rmdir(struct removal *removal, int parentfd, const char *name, struct err *err)
{
	if (unlinkat(parentfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV) {
		removal->patience_msec = 0;
		return 1;
	}
	/* Not a directory: an entry whose type the file system did not tell. */
	if (errno == ENOTDIR)
		return 1;
	if (errno == EBUSY || errno == ENOTEMPTY)
		return 0;
	return err_set(err, errno, "rmdir '%s'", name);
}

static int before(void *me, int parentfd, const char *name, struct err *err)
{
	return try_rmdir(me, parentfd, name, err) == 1 ? WALK_SKIP : 0;
}

static int give_up(int dirfd, const char *name, struct err *err)
{
	struct cgroup cgroup = { .dirfd = dirfd, .path = "" };
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	(void) cgroup_pids(&cgroup, &pids, &count, NULL);
	if (count == 0)
		return err_set(err, EBUSY, "rmdir '%s'", name);
	return err_say(err, EBUSY, "'%s' still holds %zu process(es), pid %d among them", name,
		       count, (int) pids[0]);
}

/* Somebody still makes cgroups in there: none can be made below one that may have none. Removing
 * would go on for ever else, since making one is as fast as removing one. */
static void bar(struct removal *removal)
{
	auto_fd int fd = -1;

	if (removal->bound[0] != '\0')
		return;
	fd = beneath_directory(removal->parentfd, removal->name);
	if (fd < 0 || file_read_at(fd, BAR_FILE, removal->bound, sizeof(removal->bound), NULL) < 0)
		return;
	(void) file_write_at(fd, BAR_FILE, "0", NULL);
}

static void unbar(struct removal *removal)
{
	auto_fd int fd = -1;

	if (removal->bound[0] == '\0')
		return;
	fd = beneath_directory(removal->parentfd, removal->name);
	if (fd >= 0)
		(void) file_write_at(fd, BAR_FILE, removal->bound, NULL);
}

static int next_patience(int patience_msec)
{
	if (patience_msec == 0)
		return FIRST_PATIENCE_MSEC;
	return patience_msec < LAST_PATIENCE_MSEC ? patience_msec * 2 : patience_msec;
}

/* Waits for what keeps the cgroup: its last process, or something of which there is no word. */
static int wait_for_last(struct removal *removal, int dirfd, const char *name, struct err *err)
{
	int result = events_wait(dirfd, "populated", 0, removal->deadline_usec, err);

	if (result < 0 && result != -ETIMEDOUT)
		return result;
	if (result == -ETIMEDOUT || clock_monotonic_usec() >= removal->deadline_usec)
		return give_up(dirfd, name, err);
	if (result > 0)
		return WALK_AGAIN;
	bar(removal);
	if (removal->patience_msec > 0)
		events_pause(dirfd, removal->patience_msec, removal->deadline_usec);
	removal->patience_msec = next_patience(removal->patience_msec);
	return WALK_AGAIN;
}

static int after(void *me, int parentfd, const char *name, struct err *err)
{
	int result = try_rmdir(me, parentfd, name, err);
	auto_fd int fd = -1;

	if (result != 0)
		return result < 0 ? result : 0;
	fd = beneath_directory(parentfd, name);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_set(err, -fd, "open '%s'", name);
	return wait_for_last(me, fd, name, err);
}

int cgroup_remove_unused(int rootfd, const char *path, struct err *err)
{
	char normal[CGROUP_PATH_ROOM];
	const char *name = NULL;
	auto_fd int parent = -1;
	int result = cgroup_path_normalise(path, normal, err);

	if (result < 0)
		return result;
	parent = beneath_parent(rootfd, normal, &name);
	if (parent == -ENOENT)
		return 0;
	if (parent < 0)
		return err_set(err, -parent, "open the cgroup above %s", normal);
	/* The kernel refuses one with processes or cgroups in it. */
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != EBUSY &&
	    errno != ENOTEMPTY)
		return err_set(err, errno, "remove cgroup %s", normal);
	return 0;
}

int cgroup_remove(int rootfd, const char *path, int timeout_msec, struct err *err)
{
	static const struct walk_steps steps = { .before = before, .after = after };
	struct removal removal = { .deadline_usec = events_deadline(timeout_msec) };
	char normal[CGROUP_PATH_ROOM];
	auto_fd int parent = -1;
	int result = cgroup_path_normalise(path, normal, err);

	if (result < 0)
		return result;
	parent = beneath_parent(rootfd, normal, &removal.name);
	if (parent == -ENOENT)
		return 0;
	removal.parentfd = parent;
	result = parent < 0 ? err_set(err, -parent, "open the cgroup above")
			    : walk_tree(parent, removal.name, &steps, &removal, err);
	if (result < 0) {
		unbar(&removal);
		err_context(err, "remove cgroup %s", normal);
	}
	return result;
}
