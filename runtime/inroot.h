// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_INROOT_H
#define WEIR_RUNTIME_INROOT_H

#include <stdint.h>
#include <sys/types.h>

struct err;

/*
 * Opening and making things inside a hostile root: the ONE place that does so by path. Every path
 * is the container's (absolute or not, it is taken from the root), resolved by openat2(2) with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, so that no link, "..", or mount trick leads out; after
 * that only descriptors are used. EAGAIN (a rename race) is retried until a deadline. Missing parts are made one component at a
 * time under descriptors (CVE-2024-45310).
 */

/* What `path` is, following links inside the root; flags as open(2) (O_PATH for a descriptor that
 * opens nothing). -errno (-ENOENT ...; -ELOOP for a magic link of procfs, which is never followed). */
int inroot_open(int root, const char *path, int flags, struct err *err);

/* O_PATH descriptor of what `path` is, making missing directories (0755, less the umask) on the way
 * and, for the last component, a directory or an empty regular file, as `type` (S_IFDIR, S_IFREG)
 * says. What a link to nothing names is made inside the root. */
int inroot_make(int root, const char *path, mode_t type, struct err *err);

/* As inroot_make(), but a last component that is a link is not followed: -ELOOP or -ENOTDIR. */
int inroot_make_nofollow(int root, const char *path, mode_t type, struct err *err);

/* The directory that holds the last component of `path` (made if missing), O_PATH; *name points at
 * that component inside `path` (with the slashes behind it, if there are any). Refused: "/", a last
 * component of "." or "..". */
int inroot_open_parent(int root, const char *path, const char **name, struct err *err);

/* Likewise, but nothing is made, and no link is followed on the way: -ELOOP. */
int inroot_open_plain_parent(int root, const char *path, const char **name, struct err *err);

/* Once the root was entered (pivot_root): what `path` is as execve(2) would find it, from "/" or the
 * working directory, but never through a magic link of procfs, which could lead to a descriptor of
 * the host (CVE-2024-21626). A descriptor (O_CLOEXEC), or -errno. */
int inroot_find(const char *path, int flags);

#endif
