// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_IDMAP_H
#define WEIR_RUNTIME_IDMAP_H

struct err;
struct plan;

/*
 * The sources of the plan's id-mapped mounts, detached and mapped, for the child: it could not do it,
 * since in a user namespace it has no privilege over the host's file systems (mount_setattr(2)). *fds
 * becomes one descriptor for each of plan->mounts, -1 for the others; NULL if there is none at all.
 * 0 or -errno; given back with idmap_close().
 */
int idmap_sources(const struct plan *plan, int **fds, struct err *err);

/* Closes and frees; *fds may be NULL. */
void idmap_close(const struct plan *plan, int **fds);

#endif
