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
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

int setup_open(struct setup *setup, const struct plan *plan, struct err *err)
{
	struct stat status;

	*setup = (struct setup){
		.plan = plan, .root = -1, .proc = -1, .host_null = -1, .contract_mount = -1
	};
	setup->host_null = openat(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (setup->host_null < 0)
		return err_set(err, errno, "/dev/null");
	/* It covers masked paths: a regular file of that name would give the container one to
	 * write to (CVE-2025-31133). */
	if (fstat(setup->host_null, &status) < 0 || !S_ISCHR(status.st_mode) ||
	    status.st_rdev != makedev(1, 3))
		return err_say(err, EINVAL, "/dev/null is not the null device");
	return 0;
}

void setup_close(struct setup *setup)
{
	fd_close(&setup->root);
	fd_close(&setup->proc);
	fd_close(&setup->host_null);
	fd_close(&setup->contract_mount);
}

int setup_descriptors(int first, struct err *err)
{
	/* Fatal: a runtime that went on here gave a container its caller's directories
	 * (security.md, finding 9). */
	if (close_range((unsigned) first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(err, errno, "close_range");
	return 0;
}
