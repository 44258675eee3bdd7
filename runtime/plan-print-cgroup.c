// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's cgroup and memory policy as JSON.
 * Should: show the files in the order in which they are written, with what is written.
 * Must not: repeat how a value becomes a text; cgroupfs says that.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "runtime/align/align.h"
#include "runtime/base/emit.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/step.h"
#include "runtime/plan-print.h"
#include "runtime/plan.h"

static void print_file(void *context, const char *file, const char *value)
{
	struct emit *emit = context;

	emit_object(emit, NULL);
	emit_string(emit, "file", file);
	emit_string(emit, "value", value);
	emit_object_end(emit);
}

static void print_controllers(const char *key, unsigned controllers, struct emit *emit)
{
	unsigned bit;

	emit_array(emit, key);
	for (bit = 1; bit != 0 && bit <= controllers; bit <<= 1)
		if ((controllers & bit) != 0)
			emit_string(emit, NULL, cgroup_controller_name(bit));
	emit_array_end(emit);
}

static void write_number(int64_t number, char out[24])
{
	if (number == DEVICE_ANY)
		snprintf(out, 24, "*");
	else
		snprintf(out, 24, "%lld", (long long) number);
}

/* As devices.list of cgroup v1 has them, with the decision in front: "allow c 1:3 rwm". */
static void print_rule(const struct device_rule *rule, struct emit *emit)
{
	char major[24];
	char minor[24];
	char text[80];

	write_number(rule->major, major);
	write_number(rule->minor, minor);
	snprintf(text, sizeof(text), "%s %c %s:%s %s%s%s", rule->allow ? "allow" : "deny",
		 rule->type, major, minor, (rule->access & DEVICE_READ) != 0 ? "r" : "",
		 (rule->access & DEVICE_WRITE) != 0 ? "w" : "",
		 (rule->access & DEVICE_MKNOD) != 0 ? "m" : "");
	emit_string(emit, NULL, text);
}

static void print_rules(const struct plan_cgroup *cgroup, struct emit *emit)
{
	size_t i;

	emit_array(emit, "deviceRules");
	for (i = 0; i < cgroup->device_rule_count; i++)
		print_rule(&cgroup->device_rules[i], emit);
	emit_array_end(emit);
}

static void print_property(const struct unit_property *property, struct emit *emit)
{
	size_t i;

	switch (property->type) {
	case UNIT_BOOL:
		emit_bool(emit, property->name, property->number != 0);
		break;
	case UNIT_I32:
	case UNIT_I64:
		emit_i64(emit, property->name, (int64_t) property->number);
		break;
	case UNIT_U32:
	case UNIT_U64:
		emit_u64(emit, property->name, property->number);
		break;
	case UNIT_STRING:
		emit_string(emit, property->name, property->string);
		break;
	case UNIT_BYTES:
		emit_array(emit, property->name);
		for (i = 0; i < property->byte_count; i++)
			emit_u64(emit, NULL, property->bytes[i]);
		emit_array_end(emit);
		break;
	case UNIT_STRINGS:
		emit_array(emit, property->name);
		for (i = 0; i < property->strings.count; i++)
			emit_string(emit, NULL, property->strings.items[i]);
		emit_array_end(emit);
		break;
	}
}

static void print_scope(const struct plan_cgroup *cgroup, struct emit *emit)
{
	size_t i;

	emit_string(emit, "slice", cgroup->names.slice);
	emit_string(emit, "scope", cgroup->names.scope);
	emit_object(emit, "properties");
	for (i = 0; i < cgroup->properties.count; i++)
		print_property(&cgroup->properties.items[i], emit);
	emit_object_end(emit);
}

void plan_print_cgroup(const struct plan *plan, struct emit *emit)
{
	const struct plan_cgroup *cgroup = &plan->cgroup;

	emit_object(emit, "cgroup");
	if (cgroup->manager == CGROUP_MANAGER_DISABLED) {
		emit_string(emit, "manager", "disabled");
		emit_object_end(emit);
		return;
	}
	emit_string(emit, "manager", plan_manager_name(cgroup->manager));
	if (cgroup->manager == CGROUP_MANAGER_SYSTEMD)
		print_scope(cgroup, emit);
	emit_string(emit, "path", cgroup->path);
	emit_object(emit, "controllers");
	print_controllers("needed", cgroup->controllers.needed, emit);
	print_controllers("wished", cgroup->controllers.wished, emit);
	emit_object_end(emit);
	emit_array(emit, "files");
	cgroup_settings_show(&cgroup->settings, print_file, emit);
	emit_array_end(emit);
	if (cgroup->delegated)
		emit_u64(emit, "owner", cgroup->owner);
	print_rules(cgroup, emit);
	emit_object_end(emit);
}

static void print_words(const char *const *words, struct emit *emit)
{
	emit_array(emit, "args");
	for (; *words != NULL; words++)
		emit_string(emit, NULL, *words);
	emit_array_end(emit);
}

static void print_signal(const char *key, int number, struct emit *emit)
{
	const char *name = sigabbrev_np(number);
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	emit_string(emit, key, name != NULL ? name : text);
}

static void print_action(const struct action *action, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_string(emit, "action", action_name(action->kind));
	if (action->kind == ACTION_SIGNAL)
		print_signal("signal", action->signal, emit);
	if (action->kind == ACTION_SIGNAL && action->target != TARGET_INIT)
		emit_string(emit, "to", action->target == TARGET_ALL ? "all" : action->comm);
	if (action->kind == ACTION_STOP)
		emit_real(emit, "graceSeconds", (double) action->time_usec / 1e6);
	if (action->kind == ACTION_BRAKE)
		emit_real(emit, "budgetSeconds", (double) action->time_usec / 1e6);
	if (action->bytes > 0)
		emit_u64(emit, "bytes", action->bytes);
	if (action->percent > 0)
		emit_u64(emit, "percent", action->percent);
	if (action->kind == ACTION_HOST_EXEC)
		emit_real(emit, "timeoutSeconds", (double) action->time_usec / 1e6);
	if (action->kind == ACTION_EXEC || action->kind == ACTION_HOST_EXEC)
		print_words(action->words, emit);
	emit_object_end(emit);
}

/* The bytes are those of this container's own limit; where it has none, the one that holds above it
 * on the host decides, and is not known yet. */
static void print_rung(const struct rung *rung, const struct cgroup_limit *limit, struct emit *emit)
{
	size_t i;

	emit_object(emit, NULL);
	if (rung->percent > 0)
		emit_u64(emit, "percent", rung->percent);
	else
		emit_string(emit, "trigger", rung->name);
	if (limit->kind == CGROUP_LIMIT_VALUE && rung->percent > 0)
		emit_u64(emit, "bytes", ladder_bytes(limit->value, rung->percent));
	emit_array(emit, "actions");
	for (i = 0; i < rung->action_count; i++)
		print_action(&rung->actions[i], emit);
	emit_array_end(emit);
	emit_object_end(emit);
}

void plan_print_memory(const struct plan *plan, struct emit *emit)
{
	const struct plan_memory *memory = &plan->memory;
	size_t i;

	if (memory->ladder == NULL && memory->alignment == NULL)
		return;
	emit_object(emit, "memory");
	if (memory->alignment != NULL)
		align_report(memory->alignment, emit, "alignment");
	if (memory->ladder == NULL) {
		emit_object_end(emit);
		return;
	}
	emit_string(emit, "ladderSource", memory->ladder_source);
	emit_bool(emit, "contract", memory->contract);
	print_signal("stopSignal", memory->stop_signal, emit);
	emit_array(emit, "rungs");
	for (i = 0; i < memory->ladder->rung_count; i++)
		print_rung(&memory->ladder->rungs[i], &plan->cgroup.settings.memory_max_bytes,
			   emit);
	emit_array_end(emit);
	emit_object_end(emit);
}
