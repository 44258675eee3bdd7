// SPDX-License-Identifier: Apache-2.0
/*
 * The private procfs: nothing a container mounts over /proc or links inside it can redirect what we
 * write there (CVE-2025-52881).
 * Should: be procfs and its root, provably.
 * Must not: cross a mount or follow a link beneath it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

/* The inode number of procfs' root (kernel: include/linux/proc_ns.h). */
#define PROC_ROOT_INODE 1

static int check(int fd, struct err *err)
{
	struct statfs filesystem;
	struct stat status;

	if (fstatfs(fd, &filesystem) < 0 || fstat(fd, &status) < 0)
		return err_set(err, errno, "private procfs");
	if (filesystem.f_type != PROC_SUPER_MAGIC || status.st_ino != PROC_ROOT_INODE)
		return err_say(err, EINVAL, "private procfs: /proc is not procfs");
	return 0;
}

int setup_private_proc(struct setup *setup, struct err *err)
{
	auto_fd int fd =
		mount_make(&(struct mount_new){ .type = "proc",
						.source = "proc",
						.attributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
							      MOUNT_ATTR_NOSUID },
			   err);

	/* A user namespace that does not own a fully visible /proc may not mount one: a copy of
	 * the host's, without what lies on it, does. */
	if (fd == -EPERM)
		fd = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		fd = open_tree(AT_FDCWD, "/proc",
			       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd < 0)
		return err_context(err, "private procfs");
	err_clear(err);
	if (check(fd, err) < 0)
		return -err->number;
	setup->proc = take_fd(&fd);
	return 0;
}

int setup_proc_open(const struct setup *setup, const char *path, int flags, struct err *err)
{
	/* openat2(2) takes no other flag beside O_PATH. */
	const int more = (flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY;
	struct open_how how = { .flags = (uint64_t) (unsigned) (flags | more),
				.resolve =
					RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
	long fd;

	do {
		fd = syscall(SYS_openat2, setup->proc, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? err_set(err, errno, "/proc/%s", path) : (int) fd;
}

int setup_proc_write(const struct setup *setup, const char *path, const char *text, struct err *err)
{
	auto_fd int fd = setup_proc_open(setup, path, O_WRONLY, err);
	int result;

	if (fd < 0)
		return fd;
	result = fd_write_full(fd, text, __builtin_strlen(text));
	return result < 0 ? err_set(err, -result, "write '%s' to /proc/%s", text, path) : 0;
}
