// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SETUP_SOURCES_H
#define WEIR_SETUP_SOURCES_H

struct err;
struct plan_mount;
struct setup;

/* What is to be mounted, as a detached mount without the plan's attributes yet. All return a
 * descriptor that is the caller's, or -errno. */

/* A bind's source, as it is now: with its source's propagation. */
int source_bind(const struct plan_mount *mount, struct err *err);

/* The container's view of the cgroup hierarchy: of its own cgroup namespace, else a read-only bind
 * of its cgroup (CVE-2023-25809): then *mount no longer asks for "rw". */
int source_cgroup(const struct setup *setup, struct plan_mount *mount, struct err *err);

/* A new file system; for one that a user namespace may not mount, the host's, read-only likewise. A
 * tmpfs for which no mode was asked for takes that of `target`, the directory
 * it will cover (-1: none), and its content if `copy_up` says so. */
int source_filesystem(const struct setup *setup, struct plan_mount *mount, int target,
		      struct err *err);

/* Copies what lies in the directory `from` to the directory `to`, with owners, modes and times;
 * what is mounted below is left out. */
int source_copy_up(int from, int to, struct err *err);

#endif
