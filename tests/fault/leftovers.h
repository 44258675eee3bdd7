// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_LEFTOVERS_H
#define WEIR_TESTS_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>

/* Where something could be left. */
struct places {
	const char *root;   /* weir's --root */
	const char *cgroup; /* the directory that the container's cgroup is made in */
};

/* Begins: from here on whoever is left without a parent is ours to reap, and the mounts are as
 * they should be. */
void leftovers_begin(void);

/* Whether nothing is left: no process of ours, entry in the root, cgroup or mount. `what` says
 * which, otherwise. Waits for what is on its way out. */
bool leftovers_none(const struct places *places, char *what, size_t size);

/* Removes them, so that the next test can begin. */
void leftovers_remove(const struct places *places);

#endif
