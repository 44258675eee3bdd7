// SPDX-License-Identifier: Apache-2.0
/*
 * The new mount API by descriptor.
 * Should: name the call that failed, with the kernel's own reason where it gives one.
 * Must not: take a path of a container.
 */
#include "runtime/setup/mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/plan.h"

/* fsopen(2): what went wrong stands in the descriptor's message log ("e tmpfs: Bad value …"). */
static int failed(int context, int number, const char *what, struct err *err)
{
	char message[256];
	ssize_t length = read(context, message, sizeof(message) - 1);

	if (length <= 0)
		return err_set(err, number, "%s", what);
	message[length] = '\0';
	message[strcspn(message, "\n")] = '\0';
	return err_set(err, number, "%s (%s)", what, length > 2 ? message + 2 : message);
}

static int set_option(int context, const struct plan_mount_option *option, struct err *err)
{
	int result = option->value != NULL
			     ? fsconfig(context, FSCONFIG_SET_STRING, option->key, option->value, 0)
			     : fsconfig(context, FSCONFIG_SET_FLAG, option->key, NULL, 0);

	return result < 0 ? failed(context, errno, option->key, err) : 0;
}

int mount_make(const char *type, const char *source, const struct plan_mount_option *options,
	       uint64_t attributes, struct err *err)
{
	auto_fd int context = fsopen(type, FSOPEN_CLOEXEC);
	int mount;

	if (context < 0)
		return err_set(err, errno, "fsopen %s", type);
	if (source != NULL && fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return failed(context, errno, "source", err);
	for (; options != NULL && options->key != NULL; options++) {
		int result = set_option(context, options, err);

		if (result < 0)
			return result;
	}
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return failed(context, errno, "create", err);
	mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned) attributes);
	return mount < 0 ? failed(context, errno, "fsmount", err) : mount;
}

int mount_copy(int fd, int recursive, struct err *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int copy = open_tree(fd, "", flags | (recursive ? AT_RECURSIVE : 0U));

	return copy < 0 ? err_set(err, errno, "open_tree") : copy;
}

int mount_change(int fd, int recursive, struct mount_attr change, struct err *err)
{
	/* The kinds of access time are a field, not flags: to set one, all of it is cleared. */
	if (((change.attr_set | change.attr_clr) & MOUNT_ATTR__ATIME) != 0)
		change.attr_clr |= MOUNT_ATTR__ATIME;
	if (change.attr_set == 0 && change.attr_clr == 0 && change.propagation == 0)
		return 0;
	if (mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U), &change,
			  sizeof(change)) < 0)
		return err_set(err, errno, "mount_setattr");
	return 0;
}

int mount_attach(int mount, int target, struct err *err)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
	    0)
		return err_set(err, errno, "move_mount");
	return 0;
}
