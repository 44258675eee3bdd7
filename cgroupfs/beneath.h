// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_BENEATH_H
#define WEIR_CGROUPFS_BENEATH_H

/*
 * Opening below a directory of the hierarchy and nowhere else: openat2(2) with RESOLVE_BENEATH,
 * RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV, whatever the name says. Close-on-exec always.
 */

/* The directory `path` ("a/b", "." for dirfd itself), O_RDONLY. Returns its descriptor or -errno. */
int beneath_directory(int dirfd, const char *path);

/* The existing file `name`; `flags` as open(2). Returns its descriptor or -errno. */
int beneath_file(int dirfd, const char *name, int flags);

/* The directory that holds the last name of `path` ("/a/b": "/a"), and that name, which points into
 * `path`. Returns a descriptor or -errno. */
int beneath_parent(int rootfd, const char *path, const char **name);

#endif
