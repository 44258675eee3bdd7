// SPDX-License-Identifier: Apache-2.0
/*
 * Making and opening a cgroup.
 * Should: leave nothing behind when it fails half-way.
 * Must not: take a cgroup over from processes that live in it.
 */
#include "cgroupfs/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/controllers.h"
#include "cgroupfs/events.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

int cgroup_root_open(const char *mountpoint, int *rootfd, struct err *err)
{
	auto_fd int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs status;

	if (fd < 0)
		return err_set(err, errno, "%s", mountpoint);
	if (fstatfs(fd, &status) < 0)
		return err_set(err, errno, "statfs %s", mountpoint);
	if (status.f_type != CGROUP2_SUPER_MAGIC)
		return err_say(err, ENODEV, "%s is not a cgroup v2 mount", mountpoint);
	*rootfd = take_fd(&fd);
	return 0;
}

int cgroup_open(int rootfd, const char *path, struct cgroup *out, struct err *err)
{
	char normal[CGROUP_PATH_ROOM] = "/";
	int result = strcmp(path, "/") == 0 ? 0 : cgroup_path_normalise(path, normal, err);
	int fd;

	if (result < 0)
		return result;
	fd = beneath_directory(rootfd, normal[1] == '\0' ? "." : normal + 1);
	if (fd < 0)
		return err_set(err, -fd, "cgroup %s", normal);
	out->dirfd = fd;
	memcpy(out->path, normal, sizeof(normal));
	return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
	fd_close(&cgroup->dirfd);
}

/* One cgroup being made. */
struct making {
	int rootfd;
	char path[CGROUP_PATH_ROOM];
	unsigned needed;
	unsigned wished;
	size_t kept; /* how much of the path, in bytes, was there before */
	size_t made; /* how much of it is there now; above `kept` everything was made here */
};

/* A leftover may be taken over; one that is in use, or would stop whoever enters it, may not. */
static int refuse_in_use(const struct making *making, struct err *err)
{
	auto_fd int fd = beneath_directory(making->rootfd, making->path + 1);
	int result;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_set(err, -fd, "open");
	result = events_read(fd, "populated", err);
	if (result > 0)
		return err_say(err, EBUSY, "exists, and processes live in it");
	if (result == 0)
		result = events_read(fd, "frozen", err);
	if (result > 0)
		return err_say(err, EBUSY, "exists, and is frozen");
	return result;
}

static int explain_mkdir(int number, const char *path, struct err *err)
{
	if (number == EAGAIN)
		return err_say(err, number,
			       "mkdir %s: cgroup.max.descendants or cgroup.max.depth of a cgroup "
			       "above is reached",
			       path);
	return err_set(err, number, "mkdir %s", path);
}

/* Goes from the cgroup *fd, the first `start` bytes of the path, into its child that ends at
 * `end`; makes the child if it is not there. */
static int make_level(struct making *making, size_t start, size_t end, int *fd, struct err *err)
{
	char path[CGROUP_PATH_ROOM];
	const char *name = path + start + 1;
	int result;
	int child;

	memcpy(path, making->path, end);
	path[start] = '\0';
	result = controllers_enable(*fd, start == 0 ? "/" : path, making->needed, making->wished,
				    err);
	if (result < 0)
		return result;
	path[start] = '/';
	path[end] = '\0';
	if (mkdirat(*fd, name, 0755) == 0)
		making->made = end;
	else if (errno != EEXIST)
		return explain_mkdir(errno, path, err);
	if (making->made == 0)
		making->kept = end;
	child = beneath_directory(*fd, name);
	if (child < 0)
		return err_set(err, -child, "open %s", path);
	fd_close(fd);
	*fd = child;
	return 0;
}

static int make_levels(struct making *making, int *out, struct err *err)
{
	auto_fd int fd = beneath_directory(making->rootfd, ".");
	size_t start = 0;
	int result = 0;

	if (fd < 0)
		return err_set(err, -fd, "open the root");
	while (result == 0 && making->path[start] == '/') {
		size_t end = start + 1 + strcspn(making->path + start + 1, "/");

		result = make_level(making, start, end, &fd, err);
		start = end;
	}
	if (result == 0)
		*out = take_fd(&fd);
	return result;
}

/* Deepest first. One that somebody moved into meanwhile is no longer ours to remove: it stays. */
static void unmake_levels(struct making *making)
{
	while (making->made > making->kept) {
		const char *name = NULL;
		auto_fd int parent = -1;

		making->path[making->made] = '\0';
		parent = beneath_parent(making->rootfd, making->path, &name);
		if (parent < 0 || unlinkat(parent, name, AT_REMOVEDIR) < 0)
			return;
		making->made = (size_t) (name - making->path) - 1;
	}
}

int cgroup_create(int rootfd, const char *path, struct cgroup_controllers wanted,
		  struct cgroup *out, struct err *err)
{
	struct making making = { .rootfd = rootfd,
				 .needed = wanted.needed,
				 .wished = wanted.wished };
	int fd = -1;
	int result = cgroup_path_normalise(path, making.path, err);

	if (result < 0)
		return result;
	result = refuse_in_use(&making, err);
	if (result == 0)
		result = make_levels(&making, &fd, err);
	if (result < 0) {
		err_context(err, "cgroup %s", making.path);
		unmake_levels(&making);
		return result;
	}
	out->dirfd = fd;
	memcpy(out->path, making.path, sizeof(making.path));
	return 0;
}
