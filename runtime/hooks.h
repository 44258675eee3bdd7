// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_HOOKS_H
#define WEIR_RUNTIME_HOOKS_H

#include "spec/spec.h"

struct err;

/* Where the output of hooks goes, -1: where the caller's does; and what ends a hook as its time-out
 * does, with -EINTR, as soon as it is readable (interrupt.h), -1: nothing. */
struct hook_output {
	int out;
	int errors;
	int interrupt;
};

#define HOOK_OUTPUT_NONE                                                                           \
	{                                                                                          \
		.out = -1, .errors = -1, .interrupt = -1                                           \
	}
#define auto_hook_output __attribute__((cleanup(hooks_close_output)))

/* Opens, to append to, the files that the annotations run.oci.hooks.stdout and run.oci.hooks.stderr
 * name in the caller's mount namespace. 0 or -errno; what was opened is closed by the other. */
int hooks_open_output(const struct spec_pairs *annotations, struct hook_output *output,
		      struct err *err);
void hooks_close_output(struct hook_output *output);

/*
 * Runs the hooks of one kind (`name`: "prestart" …) in the order listed, in the caller's
 * namespaces, each with `state` (one line of JSON) on its stdin (config.md, POSIX-platform Hooks).
 * `output` may be NULL.
 * A hook that outlives its time-out is killed with its whole process group. The first that fails
 * ends the run: "hook createRuntime[0] /usr/bin/x: exited with status 1".
 */
int hooks_run(const char *name, const struct spec_hook_list *hooks, const char *state,
	      const struct hook_output *output, struct err *err);

#endif
