// SPDX-License-Identifier: Apache-2.0
/*
 * Masked and read-only paths, and a read-only root.
 * Should: resolve each path once, and cover what that descriptor is.
 * Must not: leave a path uncovered for any reason but that it does not exist.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/inroot.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

/* O_PATH of the thing to cover; -ENOENT if it is not there, which is fine: nothing to cover. */
static int open_target(const struct setup *setup, const char *path, struct err *err)
{
	int fd = inroot_open(setup->root, path, O_PATH, err);

	/* A component that is a file hides what would be below it just as well. */
	return fd == -ENOTDIR ? -ENOENT : fd;
}

static int make_readonly(const struct setup *setup, const char *path, struct err *err)
{
	auto_fd int target = open_target(setup, path, err);
	auto_fd int copy = -1;
	int result;

	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	/* The copy is made read-only before anybody can see it, and put over what it is a copy
	 * of: no moment, and no second look at the path, in between (GHSA-3q8j-pf29-vwv8). */
	copy = mount_copy(target, 1, err);
	if (copy < 0)
		return copy;
	result = mount_change(copy, 1, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }, err);
	return result < 0 ? result : mount_attach(copy, target, err);
}

int setup_readonly_paths(struct setup *setup, struct err *err)
{
	const struct spec_strings *paths = &setup->plan->readonly_paths;
	size_t i;

	for (i = 0; i < paths->count; i++) {
		if (make_readonly(setup, paths->items[i], err) < 0)
			return err_context(err, "/linux/readonlyPaths/%zu: %s", i, paths->items[i]);
	}
	return 0;
}

/* What paths are covered with: one empty file system for all directories, one null device for all
 * files. The first use attaches the mount itself, and then it can be copied: before Linux 6.15 only
 * an attached one can. */
struct cover {
	int mount;
	bool attached;
};

struct covers {
	struct cover directory;
	struct cover file;
};

static int cover_with(struct cover *cover, int target, struct err *err)
{
	auto_fd int copy = -1;
	int result;

	if (cover->attached) {
		copy = mount_copy(cover->mount, 0, err);
		return copy < 0 ? copy : mount_attach(copy, target, err);
	}
	result = mount_attach(cover->mount, target, err);
	cover->attached = result == 0;
	return result;
}

static int make_empty(struct cover *cover, struct err *err)
{
	/* An inode for its root and one in reserve; nobody can make a file in it anyway. */
	static const struct plan_mount_option options[] = { { "nr_inodes", "2" },
							    { "mode", "0755" },
							    { NULL, NULL } };
	const struct mount_new empty = { .type = "tmpfs",
					 .source = "tmpfs",
					 .options = options,
					 .attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

	if (cover->mount < 0)
		cover->mount = mount_make(&empty, err);
	return cover->mount < 0 ? cover->mount : 0;
}

static int mask(const struct setup *setup, struct covers *covers, const char *path, struct err *err)
{
	auto_fd int target = open_target(setup, path, err);
	struct stat status;
	int result;

	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	if (fstat(target, &status) < 0)
		return err_set(err, errno, "stat");
	if (!S_ISDIR(status.st_mode))
		return cover_with(&covers->file, target, err);
	result = make_empty(&covers->directory, err);
	return result < 0 ? result : cover_with(&covers->directory, target, err);
}

int setup_masked_paths(struct setup *setup, struct err *err)
{
	const struct spec_strings *paths = &setup->plan->masked_paths;
	struct covers covers = { { -1, false }, { setup->host_null, false } };
	int result = 0;
	size_t i;

	for (i = 0; i < paths->count && result == 0; i++) {
		result = mask(setup, &covers, paths->items[i], err);
		if (result < 0)
			err_context(err, "/linux/maskedPaths/%zu: %s", i, paths->items[i]);
	}
	fd_close(&covers.directory.mount);
	return result;
}

int setup_readonly_root(struct setup *setup, struct err *err)
{
	if (!setup->plan->rootfs_readonly)
		return 0;
	if (mount_change(setup->root, 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY },
			 err) < 0)
		return err_context(err, "/root/readonly");
	return 0;
}
