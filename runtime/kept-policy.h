// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_KEPT_POLICY_H
#define WEIR_RUNTIME_KEPT_POLICY_H

#include "runtime/governor/ladder.h"
#include "runtime/policy/policy.h"

struct arena;
struct emit;
struct err;
struct json;
struct plan;

/*
 * What the memory policy came to when the container was created: ROOT/ID/policy.json, written once,
 * { "version": 1, "policy": { … policy_emit() }, "bounds": { … },
 * "alignment": { … align_report() } }. What was decided
 * then holds for the container's life, whatever becomes of the host's files.
 */

/* Nothing is written when there is nothing to say: no policy matched, and nothing was asked for. */
int policy_keep(int dirfd, const struct plan *plan, struct err *err);

/* *kept is NULL if there is none. */
int policy_read_kept(int dirfd, struct arena *arena, const struct json **kept, struct err *err);

/* What a ladder has to keep to, for whoever governs the container without having created it. */
struct kept_bounds {
	struct ladder_ceiling ceiling;
	struct policy_host_exec host_exec; /* uid 0: no program of the host runs */
};

/* None without the file. */
int policy_kept_bounds(int dirfd, struct kept_bounds *bounds, struct err *err);
bool policy_same_bounds(const struct kept_bounds *left, const struct kept_bounds *right);

/* As policy_check() did when the container was created. */
void policy_bind(const struct kept_bounds *bounds, struct ladder *ladder);

/* Its members "policy" and "alignment", into a report. */
void policy_annotate(int dirfd, struct emit *report);

/* The same as a callback: `container` is a struct container. */
void policy_annotate_container(void *container, struct emit *report);

#endif
