// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_WALK_H
#define WEIR_CGROUPFS_WALK_H

struct err;

/*
 * A walk over the cgroups below one directory, however deep they are: it holds one descriptor of
 * its own and one name for each cgroup still to be visited. What vanishes meanwhile is passed over.
 * Whoever is inside a container may have made these cgroups: names are used one at a time, and
 * depth and number are only bounded by the kernel's.
 */
#define WALK_SKIP  1 /* from `before`: do not go into this one */
#define WALK_AGAIN 1 /* from `after`: visit this one once more */

/* Each may be NULL; -errno ends the walk. `name` lies in the directory `parentfd`. */
struct walk_steps {
	int (*before)(void *me, int parentfd, const char *name, struct err *err);
	int (*inside)(void *me, int dirfd, struct err *err);
	int (*after)(void *me, int parentfd, const char *name, struct err *err);
};

/* Visits `only`, a child of `basefd`, and all below it; NULL: all children. 0 or -errno. */
int walk_tree(int basefd, const char *only, const struct walk_steps *steps, void *me,
	      struct err *err);

#endif
