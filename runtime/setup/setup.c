// SPDX-License-Identifier: Apache-2.0
/*
 * What the steps share: descriptors opened before the mount namespace changes.
 * Should: check what it opens to be what it is for.
 * Must not: open anything inside the container.
 */
#include "runtime/setup/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/mountapi.h"

/* It covers masked paths: a regular file of that name would give the container one to write to
 * (CVE-2025-31133). Read-only, because its inode is the host's: a container's root could otherwise
 * change the mode of the host's /dev/null through any masked file. Writing to a device needs no
 * writable mount. Private, because a copy of a shared mount is its peer: a second mask over the first
 * would be mounted on the host's /dev/null. */
static int open_null(struct err *err)
{
	const struct mount_attr harmless = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
							 MOUNT_ATTR_NOEXEC,
					     .propagation = MS_PRIVATE };
	auto_fd int null = open_tree(AT_FDCWD, "/dev/null",
				     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	struct stat status;
	int result;

	if (null < 0 || fstat(null, &status) < 0)
		return err_set(err, errno, "/dev/null");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
		return err_say(err, EINVAL, "/dev/null is not the null device");
	result = mount_change(null, 0, harmless, err);
	return result < 0 ? err_context(err, "/dev/null") : take_fd(&null);
}

int setup_open(struct setup *setup, const struct plan *plan, struct err *err)
{
	*setup = (struct setup) SETUP_NONE;
	setup->plan = plan;
	if (plan->masked_paths.count == 0)
		return 0;
	setup->host_null = open_null(err);
	return setup->host_null < 0 ? setup->host_null : 0;
}

void setup_close(struct setup *setup)
{
	size_t i;

	for (i = 0; setup->sources != NULL && i < setup->plan->mount_count; i++)
		fd_close(&setup->sources[i]);
	free(setup->sources);
	setup->sources = NULL;
	fd_close(&setup->root);
	fd_close(&setup->proc);
	fd_close(&setup->host_null);
	fd_close(&setup->contract_mount);
	fd_close(&setup->terminal);
}

int setup_descriptors(int first, struct err *err)
{
	/* Fatal: a runtime that went on here gave a container its caller's directories
	 * (security.md, finding 9). */
	if (close_range((unsigned) first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(err, errno, "close_range");
	return 0;
}
