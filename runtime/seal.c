// SPDX-License-Identifier: Apache-2.0
/*
 * The runtime's own file, out of reach of containers.
 * Should: cost one exec: of the file itself by way of a read-only mount that is nowhere, and copied only where
 * such a mount may not be made.
 * Must not: trust a word of the caller's environment about whether that was done already.
 */
#include "runtime/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/mountapi.h"

#define SELF "/proc/self/exe"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* On a read-only mount it cannot be opened for writing, whoever asks. Only who is in the mount's own
 * namespace could make it writable, and a container is in another. */
static bool is_sealed(int self)
{
	struct statvfs status;
	int seals;

	if (fstatvfs(self, &status) == 0 && (status.f_flag & ST_RDONLY) != 0)
		return true;
	seals = fcntl(self, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS;
}

/* Private: a copy of a shared mount would hear of what is mounted on its peer. It is attached
 * nowhere, so nobody can change it, and it goes with the last process that runs from it. */
static int clone_read_only(int self, struct err *err)
{
	const struct mount_attr change = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV,
					   .propagation = MS_PRIVATE };
	auto_fd int mount = mount_copy(self, 0, err);
	int result = mount < 0 ? mount : mount_change(mount, 0, change, err);

	return result < 0 ? result : take_fd(&mount);
}

static int copy_all(int from, int to, struct err *err)
{
	struct stat status;
	off_t done = 0;

	if (fstat(from, &status) < 0)
		return err_set(err, errno, SELF);
	while (done < status.st_size) {
		ssize_t part = sendfile(to, from, &done, (size_t) (status.st_size - done));

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return err_set(err, part < 0 ? errno : EIO, "copy " SELF);
	}
	return 0;
}

static int copy_sealed(int self, struct err *err)
{
	auto_fd int copy = memfd_create("weir", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (copy < 0)
		return err_set(err, errno, "memfd_create");
	result = copy_all(self, copy, err);
	if (result == 0 && fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		result = err_set(err, errno, "seal the copy of " SELF);
	return result < 0 ? result : take_fd(&copy);
}

int seal_self(char **argv, struct err *err)
{
	auto_fd int self = open(SELF, O_RDONLY | O_CLOEXEC);
	auto_fd int sealed = -1;

	if (self < 0)
		return err_set(err, errno, SELF);
	if (is_sealed(self)) {
		/* Executed by descriptor, it is named after that. */
		(void) prctl(PR_SET_NAME, "weir");
		return 0;
	}
	sealed = clone_read_only(self, NULL);
	/* A mount is for who has CAP_SYS_ADMIN over this mount namespace. */
	if (sealed < 0)
		sealed = copy_sealed(self, err);
	if (sealed < 0)
		return sealed;
	execveat(sealed, "", argv, environ, AT_EMPTY_PATH);
	return err_set(err, errno, "execute " SELF " again");
}
