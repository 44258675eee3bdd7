// SPDX-License-Identifier: Apache-2.0
/*
 * The policy as JSON: what `weir memory plan` prints, and what is kept beside a container's state.
 * Should: name the source of everything.
 * Must not: decide.
 */
#include "runtime/base/emit.h"
#include "runtime/governor/ladder.h"
#include "runtime/policy/policy.h"

static void emit_matched(const struct policy *policy, struct emit *emit)
{
	size_t i;

	emit_array(emit, "policies");
	for (i = 0; i < policy->matched_count; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "place", policy->matched[i].place);
		emit_string(emit, "name", policy->matched[i].name);
		emit_string(emit, "why", policy->matched[i].why);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_values(const struct policy *policy, struct emit *emit)
{
	unsigned i;

	emit_object(emit, "settings");
	for (i = 0; i < POLICY_SETTINGS; i++) {
		emit_object(emit, policy_setting_name(i));
		if (policy->values[i].text != NULL)
			emit_string(emit, "value", policy->values[i].text);
		else
			emit_null(emit, "value");
		emit_string(emit, "source", policy->values[i].source);
		emit_object_end(emit);
	}
	emit_object_end(emit);
}

static void begin(const struct policy *policy, enum policy_ceiling ceiling, const char *key,
		  struct emit *emit)
{
	emit_object(emit, key);
	emit_string(emit, "source", policy->ceiling_sources[ceiling]);
}

static void emit_ceilings(const struct policy *policy, struct emit *emit)
{
	const char *const *sources = policy->ceiling_sources;
	unsigned i;

	emit_object(emit, "ceilings");
	if (sources[POLICY_ACTIONS] != NULL) {
		begin(policy, POLICY_ACTIONS, "actions", emit);
		emit_array(emit, "names");
		for (i = 0; i < ACTIONS; i++)
			if ((policy->kinds & (1U << i)) != 0)
				emit_string(emit, NULL, action_name(i));
		emit_array_end(emit);
		emit_object_end(emit);
	}
	if (sources[POLICY_STOP] != NULL) {
		begin(policy, POLICY_STOP, "stop", emit);
		emit_real(emit, "seconds", (double) policy->stop_usec / 1e6);
		emit_object_end(emit);
	}
	if (sources[POLICY_BRAKE] != NULL) {
		begin(policy, POLICY_BRAKE, "brake", emit);
		emit_real(emit, "seconds", (double) policy->brake_usec / 1e6);
		emit_object_end(emit);
	}
	if (sources[POLICY_GROW] != NULL) {
		begin(policy, POLICY_GROW, "grow", emit);
		if (policy->grow.percent > 0)
			emit_u64(emit, "percent", policy->grow.percent);
		else
			emit_u64(emit, "bytes", policy->grow.bytes);
		emit_object_end(emit);
	}
	emit_object_end(emit);
}

static void emit_allowed(const struct policy *policy, struct emit *emit)
{
	unsigned i;

	emit_object(emit, "annotations");
	emit_array(emit, "allowed");
	for (i = 0; i < POLICY_SETTINGS; i++)
		if ((policy->allowed & (1U << i)) != 0)
			emit_string(emit, NULL, policy_setting_name(i));
	emit_array_end(emit);
	emit_string(emit, "source",
		    policy->allowed_source != NULL ? policy->allowed_source : "default");
	emit_object_end(emit);
}

void policy_emit(const struct policy *policy, struct emit *emit)
{
	emit_matched(policy, emit);
	emit_values(policy, emit);
	emit_ceilings(policy, emit);
	emit_allowed(policy, emit);
	if (policy->host_exec == NULL)
		return;
	emit_object(emit, "hostExec");
	emit_u64(emit, "uid", policy->host_exec->uid);
	emit_u64(emit, "gid", policy->host_exec->gid);
	emit_real(emit, "timeout_seconds", (double) policy->host_exec->timeout_usec / 1e6);
	emit_string(emit, "source", policy->host_exec_source);
	emit_object_end(emit);
}
