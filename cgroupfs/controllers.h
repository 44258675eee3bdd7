// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_CONTROLLERS_H
#define WEIR_CGROUPFS_CONTROLLERS_H

#include <stddef.h>

struct err;

/* The bit of the controller whose name is the first `length` bytes of `word`; 0 if unknown. */
unsigned controller_of_word(const char *word, size_t length);

/*
 * Makes the cgroup behind `dirfd`, called `path` in errors, pass controllers on to its children
 * (cgroup.subtree_control): all of `needed` or an error that names what is missing and where, and
 * each of `wished` that can be had. What is enabled already is not written again: a delegated
 * cgroup's files above it are not ours to write. -EOPNOTSUPP: a needed one is not available;
 * -EBUSY: processes live in this cgroup.
 */
int controllers_enable(int dirfd, const char *path, unsigned needed, unsigned wished,
		       struct err *err);

#endif
