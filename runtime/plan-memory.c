// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's memory: which ladder, from where; what the program is told of its limit.
 * Should: refuse a policy that could not be kept, before anything is made.
 * Must not: know how a rung is detected.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/plan.h"
#include "runtime/policy/policy.h"
#include "runtime/signals.h"
#include "spec/load.h"

#define STOP_ANNOTATION "org.opencontainers.image.stopSignal" /* image-spec annotations.md */

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

static const struct policy *find_policy(const struct plan_request *request, struct err *err)
{
	const struct spec *spec = request->spec;
	const struct policy_request asked = {
		.arena = request->arena,
		.subject = { .annotations = &spec->annotations, .cgroup = "" },
		.flags = { [POLICY_LADDER] = request->ladder_text },
	};
	struct policy *policy;

	if (request->policy != NULL)
		return request->policy;
	policy = arena_alloc(request->arena, sizeof(*policy));
	if (policy == NULL) {
		err_set(err, ENOMEM, "plan");
		return NULL;
	}
	return policy_resolve(&asked, policy, err) == 0 ? policy : NULL;
}

static void plan_limit(const struct plan_request *request, struct plan *plan)
{
	const struct cgroup_limit *own = &plan->cgroup.settings.memory_max_bytes;
	uint64_t ancestors = request->ancestor_limit_bytes;

	plan->memory.limit_is_own =
		own->kind == CGROUP_LIMIT_VALUE && (ancestors == 0 || own->value <= ancestors);
	plan->memory.limit_bytes = plan->memory.limit_is_own ? own->value : ancestors;
}

/* ---- the ladder ---- */

static int parse_ladder(struct plan_memory *memory, struct err *err)
{
	const char *text = memory->policy->values[POLICY_LADDER].text;
	int result = ladder_parse(text, memory->ladder, err);

	if (result < 0) {
		memory->ladder = NULL;
		return result;
	}
	return policy_check(memory->policy,
			    memory->limit_bytes > 0 ? memory->limit_bytes : UINT64_MAX,
			    memory->ladder, err);
}

static int plan_ladder(const struct plan_request *request, struct plan *plan, struct err *err)
{
	struct plan_memory *memory = &plan->memory;
	int result;

	memory->ladder_source = memory->policy->values[POLICY_LADDER].source;
	if (memory->policy->values[POLICY_LADDER].text == NULL)
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
	if (parse_ladder(memory, err) < 0)
		return err_context(err, "%s", memory->ladder_source);
	memory->ladder_text = memory->policy->values[POLICY_LADDER].text;
	memory->contract = true;
	plan->cgroup.controllers.needed |= CGROUP_MEMORY;
	return 0;
}

/* ---- alignment ---- */

static int plan_alignment(const struct plan_request *request, struct plan *plan, struct err *err)
{
	static const struct align_found unknown = { .why = "its program was not looked at" };
	const struct policy_value *value = &plan->memory.policy->values[POLICY_ALIGN];
	const struct spec_process *process = request->spec->process;
	struct align_program program = { 0 };
	struct align_wish wish;
	const struct align_request asked = {
		.arena = request->arena,
		.text = value->text,
		.source = value->source,
		.wish = &wish,
		.found = request->found != NULL ? request->found : &unknown,
		.program = &program,
		.limit_bytes = plan->memory.limit_bytes,
		.limit_is_own = plan->memory.limit_is_own,
	};
	struct alignment *alignment;

	if (value->text == NULL || process == NULL)
		return 0;
	program = (struct align_program){ &process->args, &process->env, process->cwd };
	if (align_parse(value->text, &wish, err) < 0)
		return err_context(err, "%s", value->source);
	alignment = arena_alloc(request->arena, sizeof(*alignment));
	if (alignment == NULL)
		return err_set(err, ENOMEM, "plan");
	plan->memory.alignment = alignment;
	/* An environment stays as it is when the limit does not. */
	plan->memory.publishes = plan->memory.limit_bytes > 0 && !plan->memory.contract;
	return align_choose(&asked, alignment, err);
}

/* ---- whom the kernel kills ---- */

/* A memory.oom.group in the config's own `unified` is written after it, and counts. */
static int plan_oom(struct plan *plan, struct err *err)
{
	const struct policy_value *value = &plan->memory.policy->values[POLICY_OOM];
	enum policy_oom oom = policy_oom_of(value->text);

	if (value->text == NULL)
		return 0;
	if (oom == OOM_UNKNOWN)
		return err_say(err, EINVAL, "%s: '%.32s' is none of group, single, spec",
			       value->source, value->text);
	plan->cgroup.settings.memory_oom_group =
		(struct cgroup_limit){ CGROUP_LIMIT_VALUE, oom == OOM_GROUP };
	plan->cgroup.controllers.needed |= CGROUP_MEMORY;
	return 0;
}

int plan_memory(const struct plan_request *request, struct plan *plan, struct err *err)
{
	int result;

	plan_limit(request, plan);
	plan->memory.policy = find_policy(request, err);
	if (plan->memory.policy == NULL)
		return -err->number;
	result = plan_ladder(request, plan, err);
	if (result == 0)
		result = plan_oom(plan, err);
	if (result == 0)
		result = plan_alignment(request, plan, err);
	return result;
}

void plan_release(struct plan *plan)
{
	if (plan->memory.ladder != NULL)
		ladder_free(plan->memory.ladder);
	plan->memory.ladder = NULL;
}
