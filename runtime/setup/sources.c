// SPDX-License-Identifier: Apache-2.0
/*
 * What is mounted: binds, the cgroup hierarchy, new file systems.
 * Should: show a container no more of the host where its own cannot be made.
 * Must not: attach anything.
 */
#include "runtime/setup/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/host.h"
#include "runtime/setup/mountapi.h"
#include "runtime/setup/setup.h"

#define COPY_TREE (OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)

int source_bind(const struct plan_mount *mount, struct err *err)
{
	unsigned flags = COPY_TREE;
	int tree;

	if (mount->recursive)
		flags |= AT_RECURSIVE;
	if (mount->source_nofollow)
		flags |= AT_SYMLINK_NOFOLLOW;
	tree = open_tree(AT_FDCWD, mount->source, flags);
	return tree < 0 ? err_set(err, errno, "source %s", mount->source) : tree;
}

/* A directory of the host with all below it, that can only be looked at, whatever was asked. */
static int source_of_host(const char *path, struct plan_mount *mount, struct err *err)
{
	const struct mount_attr harmless = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
							 MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	auto_fd int tree = open_tree(AT_FDCWD, path, COPY_TREE | AT_RECURSIVE);
	int result;

	if (tree < 0)
		return err_set(err, errno, "the host's %s", path);
	mount->attr_clear &= ~harmless.attr_set;
	mount->recursive_attr_clear &= ~harmless.attr_set;
	result = mount_change(tree, 1, harmless, err);
	return result < 0 ? result : take_fd(&tree);
}

static int source_own_cgroup(const struct plan_cgroup *cgroup, struct plan_mount *mount,
			     struct err *err)
{
	auto_text struct text path = { 0 };

	text_add(&path, HOST_CGROUP_MOUNT);
	if (cgroup->manager != CGROUP_MANAGER_DISABLED)
		text_add(&path, cgroup->path);
	if (!text_ok(&path))
		return err_set(err, ENOMEM, "cgroup");
	return source_of_host(text_string(&path), mount, err);
}

int source_cgroup(const struct setup *setup, struct plan_mount *mount, struct err *err)
{
	int made;

	if (!plan_has_namespace(setup->plan, CLONE_NEWCGROUP))
		return source_own_cgroup(&setup->plan->cgroup, mount, err);
	made = mount_make(&(struct mount_new){ .type = "cgroup2",
					       .source = "cgroup",
					       .options = mount->options },
			  err);
	/* A user namespace that does not own the cgroup namespace may not mount it. */
	return made == -EPERM ? source_own_cgroup(&setup->plan->cgroup, mount, err) : made;
}

/* What a user namespace may not mount unless it owns the network, or ipc, namespace too: there the
 * host's is shown instead (engines.md §6). */
static const struct {
	const char *type;
	const char *of_host;
} fallbacks[] = {
	{ "sysfs", "/sys" },
	{ "mqueue", "/dev/mqueue" },
};

static int source_instead(const struct setup *setup, struct plan_mount *mount, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++)
		if (plan_has_namespace(setup->plan, CLONE_NEWUSER) &&
		    strcmp(fallbacks[i].type, mount->type) == 0)
			return source_of_host(fallbacks[i].of_host, mount, err);
	return -EPERM;
}

static bool asks_for(const struct plan_mount *mount, const char *key)
{
	size_t i;

	for (i = 0; i < mount->option_count; i++)
		if (strcmp(mount->options[i].key, key) == 0)
			return true;
	return false;
}

/* A tmpfs over a directory of the image is expected to look like it: /tmp stays 1777. */
static int source_tmpfs(const struct plan_mount *mount, int target, struct err *err)
{
	struct plan_mount_option options[2] = { { "mode", NULL }, { NULL, NULL } };
	auto_fd int made = -1;
	struct stat status;
	char mode[8];
	int result = 0;

	if (target >= 0 && !asks_for(mount, "mode") && fstat(target, &status) == 0) {
		snprintf(mode, sizeof(mode), "%04o", status.st_mode & 07777);
		options[0].value = mode;
	}
	made = mount_make(
		&(struct mount_new){ .type = mount->type,
				     .source = mount->source,
				     .options = mount->options,
				     .more_options = options[0].value != NULL ? options : NULL },
		err);
	if (made < 0)
		return made;
	if (mount->copy_up && target >= 0)
		result = source_copy_up(target, made, err);
	return result < 0 ? result : take_fd(&made);
}

int source_filesystem(const struct setup *setup, struct plan_mount *mount, int target,
		      struct err *err)
{
	int made;

	if (strcmp(mount->type, "tmpfs") == 0)
		return source_tmpfs(mount, target, err);
	made = mount_make(&(struct mount_new){ .type = mount->type,
					       .source = mount->source,
					       .options = mount->options },
			  err);
	return made == -EPERM ? source_instead(setup, mount, err) : made;
}
