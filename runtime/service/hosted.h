// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SERVICE_HOSTED_H
#define WEIR_SERVICE_HOSTED_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct governor;
struct hosted;
struct shared_ladder;

/* The containers of one root under one governor. */
struct hosting {
	const char *root_path; /* absolute */
	int rootfd;
	int cgroup_rootfd;
	bool speaks; /* what rungs log goes to stderr */
	struct governor *governor;
	struct hosted *first;
	struct shared_ladder *ladders;
	size_t count;
};

/* Governs ROOT/ID from here on, from its state alone. With `orphan`, whoever did so before is dead: what
 * that left behind is undone first. Nothing is left of one that fails. */
int hosted_begin(struct hosting *hosting, const char *id, bool orphan, struct err *err);

/* Whether it does. */
bool hosted_has(const struct hosting *hosting, const char *id);

/* As if it had never begun: memory.high is restored, nothing is explained. */
void hosted_abandon(struct hosting *hosting, const char *id);

/* Explains, and lets go of, one container that has ended; `id` (NAME_MAX + 1) is its. 1: there was one.
 * 0: there is none. -errno: there was, and its explanation is lost. */
int hosted_reap(struct hosting *hosting, char *id, struct err *err);

/* Lets go of all; what is held over them is undone by the deadman. */
void hosted_end(struct hosting *hosting);

#endif
