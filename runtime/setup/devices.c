// SPDX-License-Identifier: Apache-2.0
/*
 * Device nodes and the links that programs expect beside them.
 * Should: make each under the descriptor of its directory.
 * Must not: follow a link of the image to any of them, or open a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/inroot.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

static bool is_the_device(const struct plan_device *device, const struct stat *status)
{
	return (status->st_mode & S_IFMT) == (device->mode & S_IFMT) &&
	       (S_ISFIFO(status->st_mode) || status->st_rdev == device->device);
}

/* Where mknod(2) is not permitted, the host's node of the same path is shown: checked to be the
 * device meant. */
static int bind_host_node(const struct plan_device *device, int target, struct err *err)
{
	auto_fd int tree = open_tree(AT_FDCWD, device->path,
				     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	struct stat status;

	if (tree < 0 || fstat(tree, &status) < 0)
		return err_set(err, errno, "the host's node");
	if (!is_the_device(device, &status))
		return err_say(err, EINVAL, "the host's node of that path is another device");
	return mount_attach(tree, target, err);
}

/* The empty file that the host's node is put over. */
static int make_place(int parent, const char *name, struct err *err)
{
	int fd = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);

	fd_close(&fd);
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_set(err, errno, "open") : fd;
}

static int use_host_node(const struct plan_device *device, int parent, const char *name,
			 struct err *err)
{
	auto_fd int target = make_place(parent, name, err);

	return target < 0 ? target : bind_host_node(device, target, err);
}

/* config-linux.md, Devices: a file that does not match MUST be an error. A regular file where a user
 * namespace may not make devices is what an earlier container of this root left: see above. */
static int check_existing(const struct setup *setup, const struct plan_device *device, int parent,
			  const char *name, struct err *err)
{
	auto_fd int there = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (there < 0 || fstat(there, &status) < 0)
		return err_set(err, errno, "open");
	if (is_the_device(device, &status))
		return 0;
	if (S_ISREG(status.st_mode) && status.st_size == 0 && setup->plan->becomes_root)
		return bind_host_node(device, there, err);
	return err_say(err, EEXIST, "exists and is not the device asked for");
}

/* The node just made, and no other that was put in its place meanwhile. */
static int own(const struct plan_device *device, int parent, const char *name, struct err *err)
{
	auto_fd int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	char path[64];

	if (node < 0 || fstat(node, &status) < 0)
		return err_set(err, errno, "open");
	if (!is_the_device(device, &status))
		return err_say(err, EEXIST, "is not the device just made");
	if (fchownat(node, "", device->uid, device->gid, AT_EMPTY_PATH) < 0)
		return err_set(err, errno, "chown");
	if ((status.st_mode & 07777) == (device->mode & 07777))
		return 0;
	/* A default access list of the directory took part of the mode away. fchmodat(2) takes no
	 * O_PATH descriptor; its name in procfs does, and leads nowhere else. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	if (fchmodat(AT_FDCWD, path, device->mode & 07777, 0) < 0)
		return err_set(err, errno, "chmod");
	return 0;
}

static int make_device(const struct setup *setup, const struct plan_device *device, struct err *err)
{
	const char *name;
	auto_fd int parent = inroot_open_parent(setup->root, device->path, &name, err);

	if (parent < 0)
		return parent;
	/* The umask is 0 here: the mode is the one asked for. */
	if (mknodat(parent, name, device->mode, device->device) == 0)
		return own(device, parent, name, err);
	if (errno == EEXIST)
		return check_existing(setup, device, parent, name, err);
	if (errno == EPERM && !S_ISFIFO(device->mode))
		return use_host_node(device, parent, name, err);
	return err_set(err, errno, "mknod");
}

/* runtime-linux.md, Dev symbolic links; and config-linux.md, Default Devices, for ptmx. */
static const struct link {
	const char *path;
	const char *content;
	const char *needs; /* only if this exists */
} links[] = {
	{ "/dev/fd", "/proc/self/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd" },
	{ "/dev/core", "/proc/kcore", "/proc/kcore" },
	{ "/dev/ptmx", "pts/ptmx", "/dev/pts/ptmx" },
};

static int make_link(const struct setup *setup, const struct link *link, struct err *err)
{
	auto_fd int needed = inroot_open(setup->root, link->needs, O_PATH, NULL);
	auto_fd int parent = -1;
	const char *name;

	if (needed == -ENOENT || needed == -ENOTDIR || needed == -ELOOP)
		return 0;
	if (needed < 0)
		return err_set(err, -needed, "%s", link->needs);
	parent = inroot_open_parent(setup->root, link->path, &name, err);
	if (parent < 0)
		return parent;
	if (symlinkat(link->content, parent, name) < 0 && errno != EEXIST)
		return err_set(err, errno, "symlink");
	return 0;
}

int setup_devices(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	mode_t umask_before = umask(0);
	int result = 0;
	size_t i;

	for (i = 0; i < plan->device_count && result == 0; i++) {
		result = make_device(setup, &plan->devices[i], err);
		if (result < 0)
			err_context(err, "%s: %s", plan->devices[i].where, plan->devices[i].path);
	}
	for (i = 0; i < sizeof(links) / sizeof(links[0]) && result == 0; i++) {
		result = make_link(setup, &links[i], err);
		if (result < 0)
			err_context(err, "%s", links[i].path);
	}
	umask(umask_before);
	return result;
}
