// SPDX-License-Identifier: Apache-2.0
/*
 * The container's root: made a mount of its own, and moved into.
 * Should: end every propagation between host and container before anything is mounted.
 * Must not: change a mount of the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

/* What the new mount namespace's copies of the host's mounts do with events: "shared" lets them out
 * again only from the container's own peer group, so the host's side is a slave even then. */
static uint64_t host_side(const struct plan *plan)
{
	uint64_t asked = plan->rootfs_propagation;

	return asked == MS_SHARED || asked == MS_SLAVE ? MS_SLAVE : MS_PRIVATE;
}

static int isolate(const struct plan *plan, struct err *err)
{
	auto_fd int top = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_set(err, errno, "/");
	return mount_change(top, 1, (struct mount_attr){ .propagation = host_side(plan) }, err);
}

static int copy_of_rootfs(const struct plan *plan, struct err *err)
{
	int tree = open_tree(AT_FDCWD, plan->rootfs,
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	struct stat status;

	if (tree < 0)
		return err_set(err, errno, "/root/path: %s", plan->rootfs);
	if (fstat(tree, &status) == 0 && S_ISDIR(status.st_mode))
		return tree;
	close(tree);
	return err_set(err, ENOTDIR, "/root/path: %s", plan->rootfs);
}

int setup_rootfs(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	auto_fd int target = -1;
	auto_fd int tree = -1;
	int result;

	result = setup_open_sources(setup, err);
	if (result < 0)
		return result;
	if ((plan->new_namespaces & CLONE_NEWNS) == 0) {
		setup->root = openat(AT_FDCWD, plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return setup->root < 0 ? err_set(err, errno, "/root/path: %s", plan->rootfs) : 0;
	}
	result = isolate(plan, err);
	if (result < 0)
		return err_context(err, "/linux/rootfsPropagation");
	tree = copy_of_rootfs(plan, err);
	if (tree < 0)
		return tree;
	/* pivot_root(2) refuses a new root whose parent is shared; and what is mounted in the
	 * container must not come out through it. */
	result = mount_change(tree, 1, (struct mount_attr){ .propagation = host_side(plan) }, err);
	target = openat(AT_FDCWD, plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (result == 0 && target < 0)
		result = err_set(err, errno, "open");
	if (result == 0)
		result = mount_attach(tree, target, err);
	if (result < 0)
		return err_context(err, "/root/path: %s", plan->rootfs);
	setup->root = take_fd(&tree);
	return 0;
}

static int pivot(int root, struct err *err)
{
	/* The old root ends up on top of the new one, under the same directory: detaching "."
	 * takes it off (pivot_root(2), NOTES). */
	auto_fd int old = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		return err_set(err, errno, "open the old root");
	if (fchdir(root) < 0)
		return err_set(err, errno, "enter the root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(err, errno, "pivot_root");
	if (fchdir(old) < 0)
		return err_set(err, errno, "enter the old root");
	/* Nothing of it may be left that could propagate the detaching to the host. */
	if (mount_change(old, 1, (struct mount_attr){ .propagation = MS_PRIVATE }, err) < 0)
		return err_context(err, "old root");
	if (umount2(".", MNT_DETACH) < 0) /* lint: allowed: "." is the old root's descriptor */
		return err_set(err, errno, "detach the old root");
	return chdir("/") < 0 ? err_set(err, errno, "enter /") : 0;
}

/* Where pivot_root(2) cannot be, because the old root is an initramfs: the new one is put over it. The
 * old one stays below, where a container that may change its mounts could dig for it. */
static int move(int root, struct err *err)
{
	auto_fd int top = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_set(err, errno, "open the old root");
	if (move_mount(root, "", top, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_set(err, errno, "move the root");
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(err, errno, "chroot");
	return chdir("/") < 0 ? err_set(err, errno, "enter /") : 0;
}

int setup_pivot(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	int result;

	if ((plan->new_namespaces & CLONE_NEWNS) != 0) {
		result = (plan->no_pivot ? move : pivot)(setup->root, err);
		if (result == 0 && plan->rootfs_propagation != 0)
			result = mount_change(
				setup->root, 0,
				(struct mount_attr){ .propagation = plan->rootfs_propagation },
				err);
		return result;
	}
	if (fchdir(setup->root) < 0 || chroot(".") < 0)
		return err_set(err, errno, "chroot");
	return chdir("/") < 0 ? err_set(err, errno, "enter /") : 0;
}
