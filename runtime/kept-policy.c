// SPDX-License-Identifier: Apache-2.0
/*
 * The policy beside a container's state.
 * Should: say what was decided, and by whose word.
 * Must not: decide again.
 */
#include "runtime/kept-policy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/plan.h"
#include "runtime/policy/policy.h"

#define KEPT_VERSION 1
#define KEPT_BYTES   (4U << 20) /* a thousand policies matched, at a path and a reason each */

static bool has_something(const struct plan *plan)
{
	const struct policy *policy = plan->memory.policy;
	size_t i;

	if (policy == NULL)
		return false;
	for (i = 0; i < POLICY_SETTINGS; i++)
		if (policy->values[i].text != NULL)
			return true;
	return policy->matched_count > 0;
}

static void emit_bounds(const struct plan *plan, struct emit *emit)
{
	const struct policy_host_exec *exec = plan->memory.policy->host_exec;
	const struct ladder *ladder = plan->memory.ladder;

	emit_object(emit, "bounds");
	if (ladder != NULL) {
		emit_u64(emit, "grow_bytes", ladder->ceiling.grow_bytes);
		emit_u64(emit, "grow_percent", ladder->ceiling.grow_percent);
		emit_u64(emit, "brake_usec", ladder->ceiling.brake_usec);
	}
	if (exec != NULL) {
		emit_u64(emit, "uid", exec->uid);
		emit_u64(emit, "gid", exec->gid);
		emit_u64(emit, "timeout_usec", exec->timeout_usec);
	}
	emit_object_end(emit);
}

int policy_keep(int dirfd, const struct plan *plan, struct err *err)
{
	auto_emit struct emit emit = { 0 };

	if (!has_something(plan))
		return 0;
	emit_open(&emit, true);
	emit_object(&emit, NULL);
	emit_u64(&emit, "version", KEPT_VERSION);
	emit_object(&emit, "policy");
	policy_emit(plan->memory.policy, &emit);
	emit_object_end(&emit);
	emit_bounds(plan, &emit);
	if (plan->memory.alignment != NULL)
		align_report(plan->memory.alignment, &emit, "alignment");
	emit_object_end(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, STATE_POLICY);
	return file_replace_at(dirfd, STATE_POLICY, emit_text(&emit), 0600, err);
}

int policy_read_kept(int dirfd, struct arena *arena, const struct json **kept, struct err *err)
{
	auto_text struct text text = { 0 };
	int result;

	*kept = NULL;
	if (faccessat(dirfd, STATE_POLICY, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	result = file_load_at(dirfd, STATE_POLICY, KEPT_BYTES, &text, err);
	if (result == 0)
		result = json_parse(arena, text_string(&text), text.length, kept, err);
	return result < 0 ? err_context(err, STATE_POLICY) : 0;
}

static uint64_t number_of(const struct json *object, const char *key, uint64_t otherwise)
{
	uint64_t number = otherwise;

	return json_u64(json_member(object, key), &number) ? number : otherwise;
}

int policy_kept_bounds(int dirfd, struct kept_bounds *bounds, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	const struct json *kept = NULL;
	int result = policy_read_kept(dirfd, &arena, &kept, err);

	if (result < 0)
		return result;
	kept = json_member(kept, "bounds");
	*bounds = (struct kept_bounds){
		.ceiling = { .grow_bytes = number_of(kept, "grow_bytes", 0),
			     .grow_percent = (unsigned) number_of(kept, "grow_percent", 0),
			     .brake_usec = number_of(kept, "brake_usec", UINT64_MAX) },
		.host_exec = { .uid = number_of(kept, "uid", 0),
			       .gid = number_of(kept, "gid", 0),
			       .timeout_usec = number_of(kept, "timeout_usec", 0) },
	};
	return 0;
}

bool policy_same_bounds(const struct kept_bounds *left, const struct kept_bounds *right)
{
	return left->ceiling.grow_bytes == right->ceiling.grow_bytes &&
	       left->ceiling.grow_percent == right->ceiling.grow_percent &&
	       left->ceiling.brake_usec == right->ceiling.brake_usec &&
	       left->host_exec.timeout_usec == right->host_exec.timeout_usec;
}

void policy_bind(const struct kept_bounds *bounds, struct ladder *ladder)
{
	size_t rung;
	size_t i;

	ladder->ceiling = bounds->ceiling;
	for (rung = 0; rung < ladder->rung_count; rung++)
		for (i = 0; i < ladder->rungs[rung].action_count; i++)
			if (ladder->rungs[rung].actions[i].kind == ACTION_HOST_EXEC)
				ladder->rungs[rung].actions[i].time_usec =
					bounds->host_exec.timeout_usec;
}

void policy_annotate(int dirfd, struct emit *report)
{
	static const char *const names[] = { "policy", "alignment" };
	auto_arena struct arena arena = { 0 };
	const struct json *kept = NULL;
	size_t i;

	if (policy_read_kept(dirfd, &arena, &kept, NULL) < 0)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_member(kept, names[i]) != NULL)
			emit_json(report, names[i], json_member(kept, names[i]));
}

void policy_annotate_container(void *container, struct emit *report)
{
	policy_annotate(((const struct container *) container)->dir, report);
}
