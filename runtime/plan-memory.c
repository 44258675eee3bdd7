// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's memory policy: which ladder, from where.
 * Should: refuse a policy that could not be kept, before anything is made.
 * Must not: know how a rung is detected.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/plan.h"
#include "runtime/signals.h"
#include "spec/load.h"

#define LADDER_ANNOTATION "io.weir.memory.ladder"
#define STOP_ANNOTATION	  "org.opencontainers.image.stopSignal" /* image-spec annotations.md */

static int plan_stop_signal(const struct spec *spec, struct plan_memory *memory, struct err *err)
{
	const char *word = spec_annotation(spec, STOP_ANNOTATION);

	memory->stop_signal = SIGTERM;
	if (word == NULL)
		return 0;
	memory->stop_signal = signal_parse(word);
	if (memory->stop_signal < 0)
		return err_say(err, EINVAL, "/annotations/" STOP_ANNOTATION ": unknown signal '%s'",
			       word);
	return 0;
}

int plan_memory(const struct plan_request *request, struct plan *plan, struct err *err)
{
	struct plan_memory *memory = &plan->memory;
	const char *text = request->ladder_text;
	int result;

	memory->ladder_source = "--ladder";
	if (text == NULL) {
		text = spec_annotation(request->spec, LADDER_ANNOTATION);
		memory->ladder_source = "/annotations/" LADDER_ANNOTATION;
	}
	if (text == NULL)
		return 0;
	if (plan->cgroup.manager == CGROUP_MANAGER_DISABLED)
		return err_say(err, EINVAL,
			       "%s: a ladder needs a cgroup, and the cgroup manager is "
			       "disabled",
			       memory->ladder_source);
	result = plan_stop_signal(request->spec, memory, err);
	if (result < 0)
		return result;
	memory->ladder = arena_alloc(request->arena, sizeof(*memory->ladder));
	if (memory->ladder == NULL)
		return err_set(err, ENOMEM, "plan");
	result = ladder_parse(text, memory->ladder, err);
	if (result < 0) {
		memory->ladder = NULL;
		return err_context(err, "%s", memory->ladder_source);
	}
	memory->ladder_text = text;
	memory->contract = true;
	plan->cgroup.controllers.needed |= CGROUP_MEMORY;
	return 0;
}

void plan_release(struct plan *plan)
{
	if (plan->memory.ladder != NULL)
		ladder_free(plan->memory.ladder);
	plan->memory.ladder = NULL;
}
