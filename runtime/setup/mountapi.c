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
#include "runtime/base/text.h"
#include "runtime/plan.h"

/* fsconfig(2) copies strings into 256 bytes, NUL included (fs/fsopen.c). */
#define STRING_MAX 256

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

static int set_options(int context, const struct plan_mount_option *options, struct err *err)
{
	int result = 0;

	for (; options != NULL && options->key != NULL && result == 0; options++)
		result = set_option(context, options, err);
	return result;
}

int mount_make(const struct mount_new *what, struct err *err)
{
	auto_fd int context = fsopen(what->type, FSOPEN_CLOEXEC);
	int result;
	int mount;

	if (context < 0)
		return err_set(err, errno, "fsopen %s", what->type);
	if (what->source != NULL &&
	    fsconfig(context, FSCONFIG_SET_STRING, "source", what->source, 0) < 0)
		return failed(context, errno, "source", err);
	result = set_options(context, what->options, err);
	if (result == 0)
		result = set_options(context, what->more_options, err);
	if (result < 0)
		return result;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return failed(context, errno, "create", err);
	mount = fsmount(context, FSMOUNT_CLOEXEC, what->attributes);
	return mount < 0 ? failed(context, errno, "fsmount", err) : mount;
}

bool mount_is_long(const struct plan_mount_option *options)
{
	for (; options != NULL && options->key != NULL; options++)
		if (options->value != NULL && strlen(options->value) >= STRING_MAX)
			return true;
	return false;
}

static unsigned long old_flags(uint64_t attributes)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} pairs[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, 1UL << 8 }, /* MS_NOSYMFOLLOW, not in every libc */
	};
	unsigned long flags = 0;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if ((attributes & pairs[i].attribute) != 0)
			flags |= pairs[i].flag;
	return flags;
}

int mount_old(const struct mount_new *what, int target, struct err *err)
{
	auto_fd int before = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct plan_mount_option *option;
	auto_text struct text data = { 0 };
	int result = 0;

	for (option = what->options; option->key != NULL; option++)
		text_addf(&data, "%s%s%s%s", data.length > 0 ? "," : "", option->key,
			  option->value != NULL ? "=" : "",
			  option->value != NULL ? option->value : "");
	if (!text_ok(&data))
		return err_set(err, ENOMEM, "mount");
	if (before < 0 || fchdir(target) < 0)
		return err_set(err, errno, "enter the directory");
	/* lint: allowed: "." is the target's descriptor */
	if (mount(what->source, ".", what->type, old_flags(what->attributes), /* lint: allowed */
		  text_string(&data)) < 0)
		result = err_set(err, errno, "mount %s", what->type);
	if (fchdir(before) < 0 && result == 0)
		result = err_set(err, errno, "go back");
	return result;
}

int mount_reconfigure(int fd, const struct plan_mount_option *options, struct err *err)
{
	auto_fd int context = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int result;

	if (context < 0)
		return err_set(err, errno, "fspick");
	result = set_options(context, options, err);
	if (result == 0 && fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		result = failed(context, errno, "reconfigure", err);
	return result;
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
