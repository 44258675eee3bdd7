// SPDX-License-Identifier: Apache-2.0
/*
 * Id-mapped mounts.
 * Should: take the maps from a user namespace that nobody else will ever be in.
 * Must not: attach anything, or leave the process that holds the namespace.
 */
#include "runtime/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/plan.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"
#include "runtime/setup/sources.h"

static int write_map(pid_t pid, const char *name, const char *map, struct err *err)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, name);
	result = file_write_at(AT_FDCWD, path, map, NULL);
	return result < 0 ? err_set(err, -result, "write %s", path) : 0;
}

static int open_namespace(pid_t pid, const struct plan_mount *mount, struct err *err)
{
	char path[64];
	int result = write_map(pid, "uid_map", mount->uid_map, err);
	int fd;

	if (result == 0)
		result = write_map(pid, "gid_map", mount->gid_map, err);
	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int) pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(err, errno, "%s", path) : fd;
}

/* A process whose only purpose is its user namespace. It goes when we do: then its line ends. */
static int new_namespace(const struct plan_mount *mount, struct err *err)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	int line[2];
	char nothing;
	pid_t pid;
	int fd;

	if (pipe2(line, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		close(line[1]);
		_exit(read(line[0], &nothing, 1) != 0);
	}
	close(line[0]);
	fd = pid < 0 ? err_set(err, errno, "clone3 of a user namespace")
		     : open_namespace(pid, mount, err);
	close(line[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return fd;
}

static int user_namespace(const struct plan_mount *mount, struct err *err)
{
	const struct plan_join join = { .type = CLONE_NEWUSER,
					.path = mount->idmap_path,
					.where = "idmap" };

	return mount->idmap_path != NULL ? setup_open_namespace(&join, err)
					 : new_namespace(mount, err);
}

static int map_source(const struct plan_mount *mount, struct err *err)
{
	struct mount_attr change = { .attr_set = MOUNT_ATTR_IDMAP };
	auto_fd int tree = source_bind(mount, err);
	auto_fd int namespace = -1;

	if (tree < 0)
		return tree;
	namespace = user_namespace(mount, err);
	if (namespace < 0)
		return namespace;
	change.userns_fd = (unsigned) namespace;
	if (mount_change(tree, mount->idmap_recursive, change, err) == 0)
		return take_fd(&tree);
	/* mount_setattr(2): EINVAL of a file system that cannot be mapped, EPERM of one that is
	 * mapped already or not ours. */
	return err_context(err, "idmap of %s", mount->source);
}

int idmap_sources(const struct plan *plan, int **fds, struct err *err)
{
	size_t i;
	int result = 0;

	for (i = 0; i < plan->mount_count; i++)
		result += plan->mounts[i].idmapped;
	if (result == 0)
		return 0;
	*fds = calloc(plan->mount_count, sizeof(**fds));
	if (*fds == NULL)
		return err_set(err, ENOMEM, "mounts");
	for (i = 0; i < plan->mount_count; i++)
		(*fds)[i] = -1;
	for (i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (!mount->idmapped)
			continue;
		(*fds)[i] = map_source(mount, err);
		if ((*fds)[i] < 0)
			return err_context(err, "%s: %s", mount->where, mount->destination);
	}
	return 0;
}

void idmap_close(const struct plan *plan, int **fds)
{
	size_t i;

	for (i = 0; *fds != NULL && i < plan->mount_count; i++)
		fd_close(&(*fds)[i]);
	free(*fds);
	*fds = NULL;
}
