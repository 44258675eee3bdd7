// SPDX-License-Identifier: Apache-2.0
/*
 * Namespaces to join, and those that have to be made from inside.
 * Should: know that a file is a namespace of the type said before entering it.
 * Must not: make what clone3(2) has made already.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"

/* config-linux.md, Namespaces: a path that is not of the type MUST be an error. */
int setup_open_namespace(const struct plan_join *join, struct err *err)
{
	auto_fd int fd = openat(AT_FDCWD, join->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int type;

	if (fd < 0)
		return err_set(err, errno, "%s: %s", join->where, join->path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_say(err, EINVAL, "%s: %s is not a namespace", join->where, join->path);
	if (type != join->type)
		return err_say(err, EINVAL, "%s: %s is a namespace of another type", join->where,
			       join->path);
	return take_fd(&fd);
}

static int join_one(const struct plan_join *join, struct err *err)
{
	auto_fd int fd = setup_open_namespace(join, err);

	if (fd < 0)
		return fd;
	if (setns(fd, join->type) < 0)
		return err_set(err, errno, "%s: setns %s", join->where, join->path);
	return 0;
}

static int join_all(const struct plan *plan, struct err *err)
{
	size_t i;
	int result = 0;

	for (i = 0; i < plan->join_count && result == 0; i++) {
		/* The pid namespace was entered by the parent: setns(2) would move only our
		 * children. The mount namespace comes last, its paths are seen through the others. */
		if (plan->joins[i].type != CLONE_NEWPID && plan->joins[i].type != CLONE_NEWNS)
			result = join_one(&plan->joins[i], err);
	}
	for (i = 0; i < plan->join_count && result == 0; i++)
		if (plan->joins[i].type == CLONE_NEWNS)
			result = join_one(&plan->joins[i], err);
	return result;
}

int setup_namespaces(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;

	if ((plan->new_namespaces & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0)
		return err_set(err, errno, "unshare the cgroup namespace");
	/* For our children alone, until setup_time_namespace(). */
	if ((plan->new_namespaces & CLONE_NEWTIME) != 0 && unshare(CLONE_NEWTIME) < 0)
		return err_set(err, errno, "unshare the time namespace");
	return plan->joins_first ? 0 : join_all(plan, err);
}

int setup_time_namespace(struct setup *setup, struct err *err)
{
	auto_fd int folder = -1;
	auto_fd int fd = -1;

	if ((setup->plan->new_namespaces & CLONE_NEWTIME) == 0)
		return 0;
	folder = setup_proc_open(setup, "self/ns", O_PATH | O_DIRECTORY, err);
	if (folder < 0)
		return folder;
	/* A magic link of the kernel's own procfs. */
	fd = openat(folder, "time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, errno, "/proc/self/ns/time_for_children");
	return setns(fd, CLONE_NEWTIME) < 0 ? err_set(err, errno, "enter the time namespace") : 0;
}
