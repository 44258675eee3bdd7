// SPDX-License-Identifier: Apache-2.0
/*
 * The mounts of the plan, in the order listed.
 * Should: make each mount detached, give it its attributes, and put it in place by descriptor: what
 * the container sees is never less restricted than asked.
 * Must not: resolve a destination twice, or cover procfs with something that is not procfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/inroot.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/places.h"
#include "runtime/setup/setup.h"
#include "runtime/setup/sources.h"

#define CONTRACT_PATH "/run/weir" /* docs/governor.md, the in-container contract */
#define PROC_ROOT     1		  /* inode number of procfs' root */

/* ---- where ---- */

static mode_t type_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode) ? S_IFREG : S_IFDIR;
}

static bool on_procfs(int fd)
{
	struct statfs filesystem;

	return fstatfs(fd, &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
}

static bool is_proc_root(int fd)
{
	struct stat status;

	return on_procfs(fd) && fstat(fd, &status) == 0 && status.st_ino == PROC_ROOT;
}

/* Files that engines cover to show a container its own numbers (lxcfs). */
static bool may_cover_in_proc(const char *place)
{
	static const char *const files[] = {
		"uptime",    "cpuinfo", "stat",	    "meminfo", "swaps",
		"diskstats", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
		"version",
	};
	size_t i;

	if (!text_starts(place, "/proc/"))
		return false;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(place + strlen("/proc/"), files[i]) == 0)
			return true;
	return false;
}

/* On /proc only procfs, inside it only a regular file of the list: anything else could be a trap
 * for what we, or an LSM library, write there (CVE-2019-16884). The place is where the descriptor
 * really is, so that no link in the destination's name hides it. */
static int check_place(const struct setup *setup, int source, int target, struct err *err)
{
	char place[PATH_MAX];
	int result = place_in_container(setup, target, place, err);

	if (result < 0)
		return result;
	if (strcmp(place, "/") == 0)
		return err_say(err, EINVAL, "is the root itself, which cannot be covered");
	if (strcmp(place, "/proc") != 0 && !text_starts(place, "/proc/") && !on_procfs(target))
		return 0;
	if (is_proc_root(source))
		return 0;
	if (!on_procfs(source) && type_of(source) == S_IFREG && may_cover_in_proc(place))
		return 0;
	if (strcmp(place, "/proc") == 0)
		return err_say(err, EPERM, "only procfs may be mounted there");
	return err_say(err, EPERM, "%s lies inside procfs, which may not be covered", place);
}

/* procfs and sysfs only on a real directory: where a link leads is the image's choice
 * (CVE-2019-19921). */
static bool needs_real_directory(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_FILESYSTEM &&
	       (strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0);
}

static int open_real_directory(const struct setup *setup, const char *destination, struct err *err)
{
	int fd = inroot_make_nofollow(setup->root, destination, S_IFDIR, err);

	if (fd == -ENOTDIR || fd == -ELOOP)
		return err_say(err, -fd, "is not a directory (a link does not count)");
	return fd;
}

/* *existed: it was there before we came. */
static int open_destination(const struct setup *setup, const struct plan_mount *mount, mode_t type,
			    bool *existed, struct err *err)
{
	int fd;

	*existed = false;
	if (needs_real_directory(mount))
		return open_real_directory(setup, mount->destination, err);
	/* A link that is there is what is mounted on, and not what it leads to. */
	if (mount->destination_nofollow) {
		fd = inroot_open(setup->root, mount->destination, O_PATH | O_NOFOLLOW, NULL);
		return fd >= 0 ? fd
			       : inroot_make_nofollow(setup->root, mount->destination, type, err);
	}
	fd = inroot_open(setup->root, mount->destination, O_PATH, err);
	*existed = fd >= 0;
	return fd == -ENOENT ? inroot_make(setup->root, mount->destination, type, err) : fd;
}

/* ---- one mount ---- */

/* With those of propagation: a new mount's is private, a bind's was its source's. */
static int give_attributes(const struct plan_mount *mount, int fd, struct err *err)
{
	const bool recursive = mount->propagation == 0 || mount->propagation_recursive;
	const uint64_t propagation = mount->propagation != 0 ? mount->propagation : MS_PRIVATE;
	const struct mount_attr all = { .attr_set = mount->recursive_attr_set,
					.attr_clr = mount->recursive_attr_clear,
					.propagation = recursive ? propagation : 0 };
	const struct mount_attr top = { .attr_set = mount->attr_set,
					.attr_clr = mount->attr_clear,
					.propagation = recursive ? 0 : propagation };
	int result = mount_change(fd, 1, all, err);

	return result < 0 ? result : mount_change(fd, 0, top, err);
}

static int remount(const struct setup *setup, const struct plan_mount *mount, struct err *err)
{
	auto_fd int fd = inroot_open(setup->root, mount->destination, O_PATH, err);
	const struct mount_attr all = { .attr_set = mount->recursive_attr_set,
					.attr_clr = mount->recursive_attr_clear };
	const struct mount_attr top = { .attr_set = mount->attr_set,
					.attr_clr = mount->attr_clear };
	int result = fd < 0 ? fd : 0;

	if (result == 0 && mount->option_count > 0)
		result = mount_reconfigure(fd, mount->options, err);
	if (result == 0)
		result = mount_change(fd, 1, all, err);
	if (result == 0)
		result = mount_change(fd, 0, top, err);
	if (result == 0 && mount->propagation != 0)
		result =
			mount_change(fd, mount->propagation_recursive,
				     (struct mount_attr){ .propagation = mount->propagation }, err);
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

static int put_in_place(const struct setup *setup, const struct plan_mount *mount, int source,
			int target, struct err *err)
{
	int result = check_place(setup, source, target, err);

	if (result == 0)
		result = check_types(source, target, err);
	if (result == 0)
		result = give_attributes(mount, source, err);
	return result == 0 ? mount_attach(source, target, err) : result;
}

/* A link in the container with the same content, if there is not one already. */
static int copy_link(const struct setup *setup, const char *destination, const char *content,
		     struct err *err)
{
	char there[PATH_MAX];
	char last[NAME_MAX + 1];
	const char *name;
	auto_fd int parent = inroot_open_parent(setup->root, destination, &name, err);
	ssize_t length;

	if (parent < 0)
		return parent;
	snprintf(last, sizeof(last), "%.*s", (int) strcspn(name, "/"), name);
	if (symlinkat(content, parent, last) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(err, errno, "symlink");
	length = readlinkat(parent, last, there, sizeof(there) - 1);
	if (length < 0)
		return err_say(err, EEXIST, "exists and is no symbolic link");
	there[length] = '\0';
	if (strcmp(there, content) != 0)
		return err_say(err, EEXIST, "is a symbolic link to %.128s, not to %.128s", there,
			       content);
	return 0;
}

static bool is_link(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISLNK(status.st_mode);
}

/* "copy-symlink": 1 if the source is a symbolic link, which was copied; 0 if it is none. */
static int try_copy_link(const struct setup *setup, size_t index, struct err *err)
{
	const struct plan_mount *mount = &setup->plan->mounts[index];
	int source = setup->sources != NULL ? setup->sources[index] : -1;
	char content[PATH_MAX];
	ssize_t length;
	int result;

	if (!mount->copy_symlink)
		return 0;
	/* Where the host cannot be seen any more, the link itself was opened before (insert.c). */
	if (source >= 0 && is_link(source))
		length = readlinkat(source, "", content, sizeof(content) - 1);
	else
		length = readlinkat(AT_FDCWD, mount->source, content, sizeof(content) - 1);
	if (length < 0)
		return errno == EINVAL ? 0 : err_set(err, errno, "source %s", mount->source);
	content[length] = '\0';
	result = copy_link(setup, mount->destination, content, err);
	return result < 0 ? result : 1;
}

/* A bind's destination becomes what its source is. */
static int mount_bind(const struct setup *setup, size_t index, struct err *err)
{
	const struct plan_mount *mount = &setup->plan->mounts[index];
	int copied = try_copy_link(setup, index, err);
	auto_fd int source = setup->sources != NULL ? take_fd(&setup->sources[index]) : -1;
	auto_fd int target = -1;
	bool existed;

	if (copied != 0)
		return copied < 0 ? copied : 0;
	if (source < 0)
		source = source_bind(mount, err);
	if (source < 0)
		return source;
	target = open_destination(setup, mount, type_of(source), &existed, err);
	return target < 0 ? target : put_in_place(setup, mount, source, target, err);
}

/* overlay's list of directories may be longer than fsconfig(2) takes: mount(2), with "." for the
 * target's path. */
static int mount_long(const struct setup *setup, const struct plan_mount *mount, int target,
		      struct err *err)
{
	const struct mount_new what = { .type = mount->type,
					.source = mount->source,
					.options = mount->options,
					.attributes = (unsigned) mount->attr_set };
	int result = check_place(setup, -1, target, err);

	if (result < 0)
		return result;
	if (mount->recursive_attr_set != 0 || mount->recursive_attr_clear != 0 ||
	    (mount->propagation != 0 && mount->propagation != MS_PRIVATE))
		return err_say(err, EINVAL, "options of 256 bytes and more exclude these");
	return mount_old(&what, target, err);
}

static int mount_new(const struct setup *setup, struct plan_mount *mount, struct err *err)
{
	bool existed;
	auto_fd int target = open_destination(setup, mount, S_IFDIR, &existed, err);
	auto_fd int source = -1;

	if (target < 0)
		return target;
	if (mount_is_long(mount->options))
		return mount_long(setup, mount, target, err);
	if (mount->kind == PLAN_MOUNT_CGROUP)
		source = source_cgroup(setup, mount, err);
	else
		source = source_filesystem(setup, mount, existed ? target : -1, err);
	return source < 0 ? source : put_in_place(setup, mount, source, target, err);
}

static int mount_one(const struct setup *setup, size_t index, struct err *err)
{
	struct plan_mount mount = setup->plan->mounts[index];

	switch (mount.kind) {
	case PLAN_MOUNT_BIND:
		return mount_bind(setup, index, err);
	case PLAN_MOUNT_FILESYSTEM:
	case PLAN_MOUNT_CGROUP:
		return mount_new(setup, &mount, err);
	case PLAN_MOUNT_REMOUNT:
		return remount(setup, &mount, err);
	}
	return err_say(err, EINVAL, "nothing to mount");
}

/* The directories through which the governor speaks to the program and the program to its caller: it can
 * read and not write, so that what lies there is always ours. */
static int mount_ours(const struct setup *setup, const char *path, int source, struct err *err)
{
	const struct plan_mount mount = {
		.kind = PLAN_MOUNT_BIND,
		.destination = path,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	auto_fd int target = -1;

	if (source < 0)
		return 0;
	target = inroot_make(setup->root, path, S_IFDIR, err);
	if (target < 0 || put_in_place(setup, &mount, source, target, err) < 0)
		return err_context(err, "%s", path);
	return 0;
}

/* A source that is to stay in touch with the host's mounts has to be copied while the mount
 * namespace still is: setup_rootfs() ends that for all others. */
int setup_open_sources(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	size_t i;

	setup->sources = calloc(plan->mount_count + 1, sizeof(*setup->sources));
	if (setup->sources == NULL)
		return err_set(err, ENOMEM, "mounts");
	for (i = 0; i < plan->mount_count; i++)
		setup->sources[i] = setup->idmapped != NULL ? setup->idmapped[i] : -1;
	for (i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (setup->sources[i] >= 0 || mount->kind != PLAN_MOUNT_BIND ||
		    (mount->propagation != MS_SHARED && mount->propagation != MS_SLAVE))
			continue;
		setup->sources[i] = source_bind(mount, err);
		if (setup->sources[i] < 0)
			return err_context(err, "%s: %s", mount->where, mount->destination);
	}
	return 0;
}

int setup_mounts(struct setup *setup, struct err *err)
{
	const struct plan *plan = setup->plan;
	size_t i;

	if (plan->mount_label != NULL && setup_need_selinux(setup, err) < 0)
		return err_context(err, "/linux/mountLabel");
	for (i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount_one(setup, i, err) < 0)
			return err_context(err, "%s: %s", mount->where, mount->destination);
	}
	if (mount_ours(setup, CONTRACT_PATH, setup->contract_mount, err) < 0)
		return -err->number;
	return mount_ours(setup, plan->notify_directory, setup->notify_mount, err);
}
