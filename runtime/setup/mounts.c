// SPDX-License-Identifier: Apache-2.0
/*
 * The mounts of the plan, in the order listed.
 * Should: make each mount detached, give it its attributes, and put it in place by descriptor: what
 * the container sees is never less restricted than asked.
 * Must not: resolve a destination twice, or cover procfs with something that is not procfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/host.h"
#include "runtime/inroot.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

#define CONTRACT_PATH "/run/weir" /* docs/governor.md, the in-container contract */
#define PROC_ROOT     1		  /* inode number of procfs' root */

/* ---- what is mounted ---- */

static int open_bind(const struct plan_mount *mount, struct err *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int tree;

	if (mount->recursive)
		flags |= AT_RECURSIVE;
	if (mount->source_nofollow)
		flags |= AT_SYMLINK_NOFOLLOW;
	tree = open_tree(AT_FDCWD, mount->source, flags);
	return tree < 0 ? err_set(err, errno, "source %s", mount->source) : tree;
}

/* The container's own part of the hierarchy; without a cgroup namespace by a bind of its cgroup,
 * read-only whatever was asked (CVE-2023-25809). */
static int open_cgroup(const struct setup *setup, struct err *err)
{
	const struct plan_cgroup *cgroup = &setup->plan->cgroup;
	auto_text struct text path = { 0 };
	auto_fd int tree = -1;
	int result;

	if ((setup->plan->new_namespaces & CLONE_NEWCGROUP) != 0)
		return mount_make("cgroup2", "cgroup", NULL, 0, err);
	text_add(&path, HOST_CGROUP_MOUNT);
	if (cgroup->manager != CGROUP_MANAGER_DISABLED)
		text_add(&path, cgroup->path);
	tree = open_tree(AT_FDCWD, text_string(&path),
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return err_set(err, errno, "%s", text_string(&path));
	result = mount_change(tree, 1, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }, err);
	return result < 0 ? result : take_fd(&tree);
}

static int open_filesystem(const struct setup *setup, const struct plan_mount *mount,
			   struct err *err)
{
	int made = mount_make(mount->type, mount->source, mount->options, 0, err);

	/* A user namespace that does not own the network namespace may not mount sysfs: the
	 * host's is shown instead (engines.md §6). */
	if (made == -EPERM && strcmp(mount->type, "sysfs") == 0 &&
	    (setup->plan->new_namespaces & CLONE_NEWUSER) != 0) {
		made = open_tree(AT_FDCWD, "/sys",
				 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		return made < 0 ? err_set(err, errno, "/sys") : made;
	}
	return made;
}

static int open_source(const struct setup *setup, const struct plan_mount *mount, struct err *err)
{
	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		return open_bind(mount, err);
	case PLAN_MOUNT_CGROUP:
		return open_cgroup(setup, err);
	case PLAN_MOUNT_FILESYSTEM:
		return open_filesystem(setup, mount, err);
	case PLAN_MOUNT_REMOUNT:
		break;
	}
	return err_say(err, EINVAL, "nothing to mount");
}

/* ---- where ---- */

static mode_t type_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode) ? S_IFREG : S_IFDIR;
}

static bool is_proc_root(int fd)
{
	struct statfs filesystem;
	struct stat status;

	return fstatfs(fd, &filesystem) == 0 && fstat(fd, &status) == 0 &&
	       filesystem.f_type == PROC_SUPER_MAGIC && status.st_ino == PROC_ROOT;
}

static bool on_procfs(int fd)
{
	struct statfs filesystem;

	return fstatfs(fd, &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
}

/* However the destination was spelled. */
static bool is_the_proc(const struct setup *setup, int target)
{
	auto_fd int proc = inroot_open(setup->root, "/proc", O_PATH | O_NOFOLLOW, NULL);
	struct stat wanted;
	struct stat found;

	return proc >= 0 && fstat(proc, &wanted) == 0 && fstat(target, &found) == 0 &&
	       wanted.st_dev == found.st_dev && wanted.st_ino == found.st_ino;
}

/* Files that engines cover to show a container its own numbers (lxcfs). */
static bool may_cover_in_proc(const char *destination)
{
	static const char *const files[] = {
		"uptime",    "cpuinfo", "stat",	    "meminfo", "swaps",
		"diskstats", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
		"version",
	};
	size_t i;

	if (!text_starts(destination, "/proc/"))
		return false;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(destination + strlen("/proc/"), files[i]) == 0)
			return true;
	return false;
}

/* On /proc only procfs, inside it only a regular file of the list: anything else could be a trap
 * for what we, or an LSM library, write there (CVE-2019-16884). */
static int check_proc(const struct setup *setup, const struct plan_mount *mount, int source,
		      int target, struct err *err)
{
	bool is_proc = is_the_proc(setup, target);

	if (is_proc && !is_proc_root(source))
		return err_say(err, EPERM, "only procfs may be mounted there");
	if (is_proc || !on_procfs(target) || is_proc_root(source))
		return 0;
	if (type_of(source) == S_IFREG && may_cover_in_proc(mount->destination))
		return 0;
	return err_say(err, EPERM, "lies inside procfs, which may not be covered");
}

/* procfs and sysfs only on a real directory: where a link leads is the image's choice
 * (CVE-2019-19921). */
static bool needs_real_directory(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_FILESYSTEM &&
	       (strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0);
}

static int open_destination(const struct setup *setup, const struct plan_mount *mount, mode_t type,
			    struct err *err)
{
	int fd;

	if (needs_real_directory(mount) || mount->destination_nofollow)
		return inroot_make_nofollow(setup->root, mount->destination, type, err);
	fd = inroot_open(setup->root, mount->destination, O_PATH, err);
	if (fd == -ENOENT)
		fd = inroot_make(setup->root, mount->destination, type, err);
	return fd;
}

/* ---- one mount ---- */

static int give_attributes(const struct plan_mount *mount, int fd, struct err *err)
{
	const struct mount_attr all = { .attr_set = mount->recursive_attr_set,
					.attr_clr = mount->recursive_attr_clear };
	const struct mount_attr top = { .attr_set = mount->attr_set,
					.attr_clr = mount->attr_clear };
	int result = mount_change(fd, 1, all, err);

	return result < 0 ? result : mount_change(fd, 0, top, err);
}

/* Propagation can be given only to what is attached, and a bind comes with its source's. */
static int give_propagation(const struct plan_mount *mount, int fd, struct err *err)
{
	const struct mount_attr change = { .propagation = mount->propagation != 0
								  ? mount->propagation
								  : MS_PRIVATE };

	return mount_change(fd, mount->propagation == 0 || mount->propagation_recursive, change,
			    err);
}

static int remount(const struct setup *setup, const struct plan_mount *mount, struct err *err)
{
	auto_fd int fd = inroot_open(setup->root, mount->destination, O_PATH, err);
	int result;

	if (fd < 0)
		return fd;
	result = give_attributes(mount, fd, err);
	if (result == 0 && mount->propagation != 0)
		result = give_propagation(mount, fd, err);
	return result;
}

/* move_mount(2) says no more than EINVAL. */
static int check_types(int source, int target, struct err *err)
{
	if (type_of(source) == type_of(target))
		return 0;
	return err_say(err, ENOTDIR, "a %s cannot be mounted on a %s",
		       type_of(source) == S_IFREG ? "file" : "directory",
		       type_of(target) == S_IFREG ? "file" : "directory");
}

static int mount_one(const struct setup *setup, const struct plan_mount *mount, struct err *err)
{
	auto_fd int source = -1;
	auto_fd int target = -1;
	int result;

	if (mount->kind == PLAN_MOUNT_REMOUNT)
		return remount(setup, mount, err);
	source = open_source(setup, mount, err);
	if (source < 0)
		return source;
	target = open_destination(setup, mount, type_of(source), err);
	if (target < 0)
		return target;
	result = check_types(source, target, err);
	if (result == 0)
		result = check_proc(setup, mount, source, target, err);
	if (result == 0)
		result = give_attributes(mount, source, err);
	if (result == 0)
		result = mount_attach(source, target, err);
	if (result == 0)
		result = give_propagation(mount, source, err);
	return result;
}

/* The directory through which the governor speaks to the program: it can read and not write, so
 * that what lies there is always the governor's. */
static int mount_contract(const struct setup *setup, struct err *err)
{
	auto_fd int target = -1;
	int result;

	if (setup->contract_mount < 0)
		return 0;
	target = inroot_make(setup->root, CONTRACT_PATH, S_IFDIR, err);
	if (target < 0)
		return target;
	result = mount_change(
		setup->contract_mount, 0,
		(struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						 MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
		err);
	if (result == 0)
		result = mount_attach(setup->contract_mount, target, err);
	return result < 0 ? result
			  : mount_change(setup->contract_mount, 0,
					 (struct mount_attr){ .propagation = MS_PRIVATE }, err);
}

int setup_mounts(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	size_t i;

	for (i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount_one(setup, mount, err) < 0)
			return err_context(err, "%s: %s", mount->where, mount->destination);
	}
	if (mount_contract(setup, err) < 0)
		return err_context(err, "%s", CONTRACT_PATH);
	return 0;
}
