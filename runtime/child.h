// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_CHILD_H
#define WEIR_RUNTIME_CHILD_H

#include <stdbool.h>

#include "runtime/hooks.h"
#include "runtime/plan.h"

/* What the child is given across clone3(2); its own copy of everything. */
struct child {
	const struct plan *plan;
	int sync;	     /* its end of the conversation */
	int listener;	     /* of exec.sock; -1 when the parent itself will say START */
	int contract_mount;  /* detached; -1: none */
	int notify_mount;    /* likewise */
	const int *idmapped; /* sources of id-mapped mounts (idmap.h), or NULL */
	bool new_keyring;    /* unless --no-new-keyring */
	/* one line of JSON for hooks: createContainer's (creating), startContainer's (created) */
	const char *hook_state;
	const char *start_hook_state;
	struct hook_output hook_output; /* opened by the parent, in the runtime's namespaces */
};

/* Becomes the container's first process, or reports FAILED through `sync` and exits with 1. */
_Noreturn void child_run(const struct child *child);

#endif
