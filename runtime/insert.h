// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_INSERT_H
#define WEIR_RUNTIME_INSERT_H

struct container;
struct err;
struct plan;

/* Both for a container whose first process lives; all or nothing. `plan` has its namespaces
 * (plan_further_process()) and the mounts in question. */

/* Puts plan->mounts into it, in their order: what they bind is looked up on the host. */
int insert_mounts(struct container *container, const struct plan *plan, struct err *err);

/* Takes what is mounted on their destinations out of it, in the reverse order. Only the first of them
 * that fails has not been touched. */
int insert_undo(struct container *container, const struct plan *plan, struct err *err);

#endif
