// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SETUP_MOUNTAPI_H
#define WEIR_SETUP_MOUNTAPI_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>

struct err;
struct plan_mount_option;

/* The new mount API (mount_setattr(2), fsopen(2), open_tree(2), move_mount(2)) by descriptor. All
 * return a descriptor or 0, or -errno with the call named in err. */

/* What fsopen(2) is to make. Lists of options end with a key of NULL; NULL is an empty list. */
struct mount_new {
	const char *type;
	const char *source;
	const struct plan_mount_option *options;
	const struct plan_mount_option *more_options;
	unsigned attributes; /* MOUNT_ATTR_* */
};

/* A new mount that is not attached anywhere. */
int mount_make(const struct mount_new *what, struct err *err);

/* Whether an option is longer than fsconfig(2) takes. */
bool mount_is_long(const struct plan_mount_option *options);

/* mount(2) of it on the directory `target`, for options too long for mount_make(). */
int mount_old(const struct mount_new *what, int target, struct err *err);

/* Gives the file system of the mount at `fd` other options. */
int mount_reconfigure(int fd, const struct plan_mount_option *options, struct err *err);

/* A detached copy of the mount that `fd` lies on, from `fd` on; recursive: with all below it. The
 * mount must be one of this mount namespace. */
int mount_copy(int fd, int recursive, struct err *err);

/* Changes attributes and propagation of the mount at `fd`; all zero is nothing to do. */
int mount_change(int fd, int recursive, struct mount_attr change, struct err *err);

/* Attaches a detached mount on `target`. */
int mount_attach(int mount, int target, struct err *err);

#endif
