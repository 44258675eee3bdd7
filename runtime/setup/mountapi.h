// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SETUP_MOUNTAPI_H
#define WEIR_SETUP_MOUNTAPI_H

#include <stdint.h>
#include <sys/mount.h>

struct err;
struct plan_mount_option;

/* The new mount API (mount_setattr(2), fsopen(2), open_tree(2), move_mount(2)) by descriptor. All
 * return a descriptor or 0, or -errno with the call named in err. */

/* A mount of file system `type` that is not attached anywhere, with `attributes` MOUNT_ATTR_*. */
int mount_make(const char *type, const char *source, const struct plan_mount_option *options,
	       uint64_t attributes, struct err *err);

/* A detached copy of the mount that `fd` lies on, from `fd` on; recursive: with all below it. */
int mount_copy(int fd, int recursive, struct err *err);

/* Changes attributes and propagation of the mount at `fd`; all zero is nothing to do. */
int mount_change(int fd, int recursive, struct mount_attr change, struct err *err);

/* Attaches a detached mount on `target`. */
int mount_attach(int mount, int target, struct err *err);

#endif
