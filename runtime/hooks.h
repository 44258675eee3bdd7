// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_HOOKS_H
#define WEIR_RUNTIME_HOOKS_H

#include "spec/spec.h"

struct err;

/*
 * Runs the hooks of one kind (`name`: "prestart" …) in the order listed, in the caller's
 * namespaces, each with `state` (one line of JSON) on its stdin (config.md, POSIX-platform Hooks).
 * A hook that outlives its time-out is killed with its whole process group. The first that fails
 * ends the run: "hook createRuntime[0] /usr/bin/x: exited with status 1".
 */
int hooks_run(const char *name, const struct spec_hook_list *hooks, const char *state,
	      struct err *err);

/* The same, ended as by its time-out when `interrupt` (interrupt.h) becomes readable: -EINTR. */
int hooks_run_until(const char *name, const struct spec_hook_list *hooks, const char *state,
		    int interrupt, struct err *err);

#endif
