// SPDX-License-Identifier: Apache-2.0
/*
 * memory plan: what the policy comes to, before it is needed.
 * Should: work for anybody, on any machine, for a bundle, for a container and for a mere limit.
 * Must not: do any of it, or decide by itself: it asks what `create` asks.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cgroupfs/memory.h"
#include "runtime/align/align.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/memory.h"
#include "runtime/container.h"
#include "runtime/governor/brake.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/step.h"
#include "runtime/kept-policy.h"
#include "runtime/policy/policy.h"

#define FEW_THREADS  1
#define MANY_THREADS 16 /* the columns of governor.md 2.3 */

/* ---- the ladder in bytes ---- */

static void say_amount(const struct action *action, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	if (action->percent > 0)
		text_addf(text, "=%u%%", action->percent);
	else
		text_addf(text, "=%s", text_size(action->bytes, size));
}

static void say_signal(const struct action *action, struct text *text)
{
	const char *name = sigabbrev_np(action->signal);

	if (name != NULL)
		text_addf(text, ":%s", name);
	else
		text_addf(text, ":%d", action->signal);
	if (action->target == TARGET_ALL)
		text_add(text, "@all");
	if (action->target == TARGET_COMM)
		text_addf(text, "@comm=%s", action->comm);
}

/* As it could be written. */
static void say_action(const struct action *action, struct text *text)
{
	size_t i;

	text_add(text, action_name(action->kind));
	if (action->kind == ACTION_SIGNAL)
		say_signal(action, text);
	if (action->kind == ACTION_STOP || action->kind == ACTION_BRAKE)
		text_addf(text, "=%gs", (double) action->time_usec / 1e6);
	if (action->kind == ACTION_RECLAIM || action->kind == ACTION_GROW)
		say_amount(action, text);
	for (i = 0; i < LADDER_WORDS && action->words[i] != NULL; i++)
		text_addf(text, "%c%s", i > 0 ? ' ' : '=', action->words[i]);
}

/* Where need fires it; 0: usage does not tell, or there is no limit. */
static uint64_t bytes_of(const struct rung *rung, uint64_t limit_bytes)
{
	const struct trigger *only = &rung->triggers[0];

	if (rung->trigger_count != 1 || only->metric != METRIC_NEED || limit_bytes == 0)
		return 0;
	return only->percent ? ladder_bytes(limit_bytes, (unsigned) only->value) : only->value;
}

static void emit_brake(struct emit *emit, const char *key, uint64_t limit_bytes,
		       uint64_t line_bytes, unsigned threads)
{
	uint64_t usec = brake_predict_usec(limit_bytes, line_bytes, threads);

	if (usec == UINT64_MAX)
		emit_null(emit, key);
	else
		emit_real(emit, key, (double) usec / 1e6);
}

static void emit_rung(const struct rung *rung, uint64_t limit_bytes, struct emit *emit)
{
	uint64_t bytes = bytes_of(rung, limit_bytes);
	size_t i;

	emit_object(emit, NULL);
	emit_string(emit, "rung", rung->name);
	if (bytes > 0)
		emit_u64(emit, "bytes", bytes);
	emit_array(emit, "actions");
	for (i = 0; i < rung->action_count; i++) {
		auto_text struct text action = { 0 };

		say_action(&rung->actions[i], &action);
		emit_string(emit, NULL, text_string(&action));
	}
	emit_array_end(emit);
	if (bytes > 0 && bytes < limit_bytes) {
		emit_brake(emit, "brake_seconds_1_thread", limit_bytes, bytes, FEW_THREADS);
		emit_brake(emit, "brake_seconds_16_threads", limit_bytes, bytes, MANY_THREADS);
	}
	emit_object_end(emit);
}

static void emit_rungs(const struct ladder *ladder, uint64_t limit_bytes, struct emit *emit)
{
	size_t i;

	emit_array(emit, "rungs");
	for (i = 0; ladder != NULL && i < ladder->rung_count; i++)
		emit_rung(&ladder->rungs[i], limit_bytes, emit);
	emit_array_end(emit);
}

static void emit_limit(uint64_t bytes, const char *source, struct emit *emit)
{
	emit_object(emit, "limit");
	if (bytes > 0)
		emit_u64(emit, "bytes", bytes);
	else
		emit_null(emit, "bytes");
	emit_string(emit, "source", bytes > 0 ? source : "none");
	emit_object_end(emit);
}

/* ---- from a plan ---- */

static void emit_plan(const struct plan *plan, const char *source, struct emit *emit)
{
	const struct plan_memory *memory = &plan->memory;

	emit_object(emit, NULL);
	emit_limit(memory->limit_bytes, memory->limit_is_own ? source : "a cgroup above", emit);
	emit_object(emit, "policy");
	policy_emit(memory->policy, emit);
	emit_object_end(emit);
	emit_rungs(memory->ladder, memory->limit_bytes, emit);
	if (memory->alignment != NULL)
		align_report(memory->alignment, emit, "alignment");
	emit_object_end(emit);
}

static int plan_bundle(struct call *call, struct emit *emit, struct err *err)
{
	auto_bundle struct bundle bundle = { 0 };
	int result = bundle_load(call, "plan", &bundle, err);

	if (result == 0)
		emit_plan(&bundle.plan, "/linux/resources/memory/limit", emit);
	return result;
}

/* Of a container that has this limit, and of which nothing else is known. */
static int plan_limit(struct call *call, struct emit *emit, struct err *err)
{
	auto_bundle struct bundle bundle = { 0 };
	struct spec_memory memory = { .limit = { .set = true } };
	struct spec_resources resources = { .memory = &memory };
	uint64_t bytes = 0;
	int result;

	if (!number_bytes(call->options.memory, &bytes) || bytes == 0 || bytes > INT64_MAX)
		return err_say(err, EINVAL, "--memory: '%s' is not a size (64M, 2G)",
			       call->options.memory);
	memory.limit.value = (int64_t) bytes;
	bundle.spec.linux_config.resources = &resources;
	bundle.spec.root.path = "/";
	result = bundle_plan(call, "plan", "/", &bundle, err);
	if (result == 0)
		emit_plan(&bundle.plan, "--memory", emit);
	return result;
}

/* ---- from a container ---- */

static uint64_t limit_now(const struct container *container, const char **holder,
			  struct arena *arena)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_fd int rootfd = -1;
	char path[CGROUP_PATH_ROOM];
	uint64_t bytes = 0;

	*holder = "none";
	if (container_open_cgroup(container, &rootfd, &cgroup, NULL) < 0 ||
	    memory_effective_limit(rootfd, cgroup.path, &bytes, path, NULL) < 0 ||
	    bytes == MEMORY_NO_LIMIT)
		return 0;
	*holder = arena_printf(arena, "now, of %s", path);
	return bytes;
}

static int emit_container(struct call *call, const struct container *container,
			  const struct json *kept, struct emit *emit, struct err *err)
{
	const struct json *settings = json_member(json_member(kept, "policy"), "settings");
	const struct json *text = json_member(json_member(settings, "ladder"), "value");
	struct ladder ladder = { 0 };
	bool climbs = text != NULL && text->type == JSON_STRING;
	const char *holder;
	uint64_t limit_bytes = limit_now(container, &holder, &call->arena);

	if (climbs && ladder_parse(text->string, &ladder, err) < 0)
		return err_context(err, STATE_POLICY);
	emit_object(emit, NULL);
	emit_limit(limit_bytes, holder, emit);
	if (json_member(kept, "policy") != NULL)
		emit_json(emit, "policy", json_member(kept, "policy"));
	emit_rungs(climbs ? &ladder : NULL, limit_bytes, emit);
	if (json_member(kept, "alignment") != NULL)
		emit_json(emit, "alignment", json_member(kept, "alignment"));
	emit_object_end(emit);
	if (climbs)
		ladder_free(&ladder);
	return 0;
}

static int plan_container(struct call *call, const char *id, struct emit *emit, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const struct json *kept = NULL;
	int result = container_open(&container, call->root, id, false, err);

	if (result == 0)
		result = policy_read_kept(container.dir, &call->arena, &kept, err);
	return result < 0 ? result : emit_container(call, &container, kept, emit, err);
}

/* ---- printing ---- */

static int check_words(const struct call *call, size_t count, struct err *err)
{
	const char *format = call->options.format;

	if ((count > 0) + (call->options.bundle != NULL) + (call->options.memory != NULL) > 1)
		return err_say(err, EINVAL,
			       "memory plan: an ID, --bundle and --memory exclude each other");
	if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "text") != 0 &&
	    strcmp(format, "table") != 0)
		return err_say(err, EINVAL, "--format: '%s' is neither json nor table", format);
	return 0;
}

static bool wants_json(const struct call *call)
{
	return call->options.json ||
	       (call->options.format != NULL && strcmp(call->options.format, "json") == 0);
}

static int print(struct call *call, struct emit *emit, struct err *err)
{
	auto_text struct text words = { 0 };
	const struct json *json = NULL;
	const char *text = emit_text(emit);
	int result;

	if (text == NULL)
		return err_set(err, ENOMEM, "memory plan");
	if (wants_json(call)) {
		fputs(text, stdout);
		return 0;
	}
	result = json_parse(&call->arena, text, strlen(text), &json, err);
	if (result < 0)
		return err_context(err, "memory plan");
	memory_plan_text(json, &words);
	fputs(text_string(&words), stdout);
	return text_ok(&words) ? 0 : err_set(err, ENOMEM, "memory plan");
}

static int run(struct call *call, char *const arguments[], size_t count, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	int result = check_words(call, count, err);

	if (result < 0)
		return result;
	emit_open(&emit, true);
	if (count > 0)
		result = plan_container(call, arguments[0], &emit, err);
	else if (call->options.memory != NULL)
		result = plan_limit(call, &emit, err);
	else
		result = plan_bundle(call, &emit, err);
	return result < 0 ? result : print(call, &emit, err);
}

const struct memory_command memory_plan = {
	.name = "plan",
	.arguments = "[ID]",
	.arguments_max = 1,
	.run = run,
};
